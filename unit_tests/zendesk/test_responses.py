"""The action for an answer is judged by status and code, never by text."""

import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given, strategies as st
from requests.structures import CaseInsensitiveDict

from source_zendesk_support.zendesk.failures import failure_of
from source_zendesk_support.zendesk.responses import (
    Action,
    decide,
    http_date_s,
    read_error,
    retry_after_s,
)
from test_support.client.odd_json import ANY_JSON

NOW_S = 1_700_000_000.0


@pytest.fixture(params=["UTC", "America/Los_Angeles"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own time zone, which no rule may depend on."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


DECISIONS = [
    *((status, "any", Action.ACCEPT) for status in (200,)),
    # A success without a page (no content, partial, a job that was taken on) is a passing fault.
    *((status, "any", Action.RETRY) for status in (201, 202, 203, 204, 205, 206, 304)),
    *((status, "any", Action.FAIL) for status in (301, 302, 303, 307, 308)),
    *((status, "any", Action.FAIL) for status in (400, 402, 403, 404, 405, 406, 410, 413, 415)),
    *((status, "any", Action.FAIL) for status in (414, 422, 451)),
    *((status, "any", Action.RETRY) for status in (103, 408, 409, 425)),
    *((status, "any", Action.RETRY) for status in (500, 501, 502, 503, 520, 521, 522, 524, 529)),
    (429, "any", Action.WAIT),
    (401, "renew", Action.RENEW),
    (401, "no renew", Action.FAIL),
    (504, "shrink", Action.SMALLER_PAGE),
    (504, "no shrink", Action.RETRY),
]


@pytest.mark.parametrize(("status", "when", "action"), DECISIONS)
def test_decides_by_status(status: int, when: str, action: Action) -> None:
    renewals = {"renew": [True], "no renew": [False]}.get(when, [True, False])
    shrinks = {"shrink": [True], "no shrink": [False]}.get(when, [True, False])
    for can_renew in renewals:
        for can_shrink in shrinks:
            assert decide(status, can_renew=can_renew, can_shrink=can_shrink) is action


ENVELOPES: list[tuple[Any, str]] = [
    ({"error": {"title": "Forbidden", "message": "You do not have access."}}, ""),
    ({"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound"),
    (
        {"error": "TooManyValues", "description": "Parameter  cannot", "max_count": 100},
        "TooManyValues",
    ),
    (
        {"errors": [{"code": "StartTimeTooRecent", "status": "400", "title": "must be older"}]},
        "StartTimeTooRecent",
    ),
    ({"errors": [{"code": "TooManyRequests", "title": "Too many requests"}]}, "TooManyRequests"),
    (
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {"base": [{"description": "x", "error": "y"}]},
        },
        "RecordInvalid",
    ),
    ({"error": "invalid_grant", "error_description": "expired"}, "invalid_grant"),
    # Prose in the place of a code is not a code: it may quote what must not be repeated.
    ({"error": "Couldn't authenticate you"}, ""),
    ({"error": "no access for not-a-secret-0123456789"}, ""),
    ({"error": "x" * 500}, ""),
    ({"error": "Forbidden\n"}, ""),
    ({"errors": [{"code": None}]}, ""),
    ({"errors": [{"code": {"a": 1}}]}, ""),
    ({"errors": [{"title": "no code"}]}, ""),
    ({"errors": []}, ""),
    ({"errors": ["a text"]}, ""),
    ({"errors": {"code": "x"}}, ""),
    ({"error": None}, ""),
    ({"error": 5}, ""),
    ({}, ""),
    ("Rate limit exceeded", ""),
    ([], ""),
    ([{"error": "x"}], ""),
    (None, ""),
    (7, ""),
]


@pytest.mark.parametrize(("body", "code"), ENVELOPES)
def test_reads_the_code_of_every_envelope(body: Any, code: str) -> None:
    assert read_error(body).code == code


@pytest.mark.parametrize(("body", "_code"), ENVELOPES)
def test_only_an_object_as_error_can_be_about_the_account(body: Any, _code: str) -> None:
    is_object = isinstance(body, dict) and isinstance(body.get("error"), dict)
    assert read_error(body).is_about_the_account is is_object


@given(ANY_JSON)
def test_reads_any_json_without_failing(body: Any) -> None:
    read_error(body)
    for status in (400, 401, 403, 404, 422):
        failure_of(status, body, path="groups", is_oauth=True, start_age_s=30)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 93 ", 93.0),
        ("007", 7.0),
        ("1.5", 1.5),
        ("2.", 2.0),
        ("-3", 0.0),
        ("86400", 86_400.0),
        (formatdate(NOW_S + 30, usegmt=True), 30.0),
        (formatdate(NOW_S - 30, usegmt=True), 0.0),
        (formatdate(NOW_S, usegmt=True), 0.0),
        # A date without a zone is one of HTTP, so it is GMT.
        (formatdate(NOW_S + 30, usegmt=True).removesuffix(" GMT"), 30.0),
        (formatdate(NOW_S + 30, localtime=False), 30.0),
        ("", None),
        ("   ", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1_0", None),
        ("1,5", None),
        ("10 s", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("21 Oct 99999999999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 -99999999999", None),
    ],
)
@pytest.mark.usefixtures("_zone")
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after_s({"Retry-After": text}, now_s=NOW_S) == seconds


def test_retry_after_may_be_missing_and_in_any_case() -> None:
    assert retry_after_s({}, now_s=NOW_S) is None
    assert retry_after_s(CaseInsensitiveDict({"retry-after": "4"}), now_s=NOW_S) == 4.0


@given(
    st.text(max_size=30)
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,9} \d+:\d+(:\d+)? ?[-+]?\w*")
    | st.floats().map(str)
    | st.integers().map(str),
    st.floats(0, 4e9),
)
def test_retry_after_is_never_negative_and_never_fails(text: str, now_s: float) -> None:
    seconds = retry_after_s({"Retry-After": text}, now_s=now_s)
    assert seconds is None or seconds >= 0.0


@given(st.integers(0, 250_000_000_000))
def test_http_date_is_read_back(at_s: int) -> None:
    assert http_date_s(formatdate(at_s, usegmt=True)) == at_s
