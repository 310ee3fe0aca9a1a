"""Messages about an answer: Zendesk's own sentence, redacted, and the structure."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.wording import (
    content_type_of,
    redacted,
    sentence_of,
    structure_of,
)
from test_support.client.odd_json import ANY_JSON


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Not found", "Not found"),
        ("mail ann@example.com now", "mail *** now"),
        ("?email=ann%40example.com&x=1 is odd", "*** is odd"),
        ("call +1 (555) 123-45 67 today", "call *** today"),
        ("ticket 4711 is closed", "ticket *** is closed"),
        ("limited to 100 pages", "limited to 100 pages"),
        ("InvalidPaginationParameter: no", "InvalidPaginationParameter: no"),
        ("Bearer abcdefghij0123456789 is dead", "Bearer *** is dead"),
        ("key aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "key ***"),
        ("page.size must be an integer", "page.size must be an integer"),
        ("Name: Ann Lee is already taken", "Name: ***"),
        ('Invalid value "Ann Lee" for a user', "Invalid value *** for a user"),
        ('"Ann "Bo" Lee" is taken', "*** is taken"),
        ("The user 'Ann O'Lee' isn't active", "The user *** isn't active"),
        ("The users' names can't be \u201cAnn Lee\u201d", "The users' names can't be ***"),
        ("It cannot be \u00abAnn Lee\u00bb or `Bo`", "It cannot be *** or ***"),
        ('The name "Ann Lee', "The name ***"),
        ("User &quot;Ann Lee&quot; is gone", "User ***"),
        ("The name 'Ann Lee", "The name ***"),
        ("Couldn't authenticate you", "Couldn't authenticate you"),
        ("two\nlines\x00 and\ttabs", "two lines and tabs"),
    ],
)
def test_a_sentence_shows_no_personal_data(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"error": "RecordNotFound", "description": "Not found"}, "Not found"),
        ({"error": {"title": "Forbidden", "message": "No access."}}, "Forbidden: No access."),
        ({"errors": [{"code": "X", "title": "not valid", "detail": "Ann Lee"}]}, "not valid"),
        ({"error": "invalid_token", "error_description": "It is expired."}, "It is expired."),
        ({"error": "Couldn't authenticate you"}, "Couldn't authenticate you"),
        ({"users": [{"name": "Ann Lee"}]}, ""),
        ({"error": ["Ann Lee"], "details": {"base": [{"description": "Ann Lee"}]}}, ""),
        ("Ann Lee", ""),
        (None, ""),
        ({"description": "a short-one b"}, "a *** b"),
        (
            {
                "error": "RecordInvalid",
                "description": "Record validation errors",
                "details": {"name": [{"description": "Name: Ann Lee is already taken"}]},
            },
            "Record validation errors",
        ),
        ({"error": {"title": "Invalid user", "message": "No access."}}, "Invalid user: No access."),
        (
            {"errors": [{"title": "Name: Ann Lee", "message": "It is taken."}]},
            "Name: ***: It is taken.",
        ),
    ],
)
def test_only_the_fields_that_explain_an_error_are_quoted(body: Any, sentence: str) -> None:
    assert sentence_of(body, hide=["short-one", ""]) == sentence


@given(ANY_JSON)
def test_any_body_has_a_sentence_of_one_short_line(body: Any) -> None:
    sentence = sentence_of(body)
    assert "\n" not in sentence
    assert len(sentence) < 400


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_address_is_ever_shown(before: str, after: str) -> None:
    assert "@" not in redacted(f"{before} a@b {after}")


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("application/json; charset=utf-8", "application/json"),
        ("TEXT/HTML", "text/html"),
        ("", "no known type"),
        ("text/4711-ann@example.com", "no known type"),
        ("x" * 500, "no known type"),
    ],
)
def test_a_content_type_is_shown_if_it_is_one(header: str, shown: str) -> None:
    assert content_type_of(header) == shown


def test_a_structure_names_documented_keys_and_counts_the_others() -> None:
    body = {"error": "Ann", "users": [], "Ann Lee": 1, "ann@example.com": 2}
    shown = structure_of(body, content_type="text/html", length=80, known=("users",))
    assert shown == "text/html; 80 bytes; keys: error, users, and 2 others"
    assert structure_of([], content_type="", length=2, known=()) == (
        "no known type; 2 bytes; not an object"
    )
    assert structure_of(None, content_type="text/plain", length=5, known=()) == (
        "text/plain; 5 bytes"
    )
