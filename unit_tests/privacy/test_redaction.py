"""Texts lose addresses and numbers, and nothing else."""

import pytest
from hypothesis import example, given, strategies as st

from source_zendesk_support.privacy import redaction
from source_zendesk_support.privacy.redaction import redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to jane.doe+x@mail.example.com, please", "write to [email], please"),
        ("jürgen@exämple.de", "[email]"),
        ("?user=jane%40example.com&x=1", "?user=[email]&x=1"),
        ("call +49 (30) 901820 today", "call [phone] today"),
        ("call 030-901820", "call [phone]"),
        ("my number is (555) 123-4567.", "my number is [phone]."),
        ("card 4111 1111 1111 1111 ok", "card [card] ok"),
        ("card 4111111111111111", "card [card]"),
        ("to GB82 WEST 1234 5698 7654 32 NOW", "to [iban] NOW"),
        ("IBAN DE89370400440532013000", "IBAN [iban]"),
        ("from 192.168.10.5:8080", "from [ip]:8080"),
        ("host 2001:db8::8a2e:370:7334 down", "host [ip] down"),
        ("the answer is 42", "the answer is 42"),
        ("ticket 1234567 of 2024-05-06", "ticket 1234567 of 2024-05-06"),
        ("since 06.05.2024", "since 06.05.2024"),
        ("paid (2026-03-14) and (06.05.2024)", "paid (2026-03-14) and (06.05.2024)"),
        ("call +49.07/2026 now", "call [phone] now"),
        ("version 10.300.2.1", "version 10.300.2.1"),
        ("at 10:20:30", "at 10:20:30"),
        ("number 4111111111111112", "number 4111111111111112"),
        ("id 7253394974479", "id 7253394974479"),
        ("", ""),
    ],
)
def test_a_text(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_texts_inside_lists_and_objects() -> None:
    value = {"a": ["x@example.com", 5, None, {"b": "y@example.com"}], "c": True}
    assert redact(value) == {"a": ["[email]", 5, None, {"b": "[email]"}], "c": True}


@given(st.text())
def test_any_text_gives_a_text_and_a_second_time_changes_nothing(text: str) -> None:
    once = redact(text)
    assert isinstance(once, str)
    assert redact(once) == once


@given(
    st.from_regex(
        r"[a-z][a-z0-9.]{0,8}[a-z0-9]@[a-z][a-z0-9]{1,8}\.(com|de|example)", fullmatch=True
    ),
    st.text(alphabet=st.sampled_from(" \n.,;:!?()<>\"'"), max_size=4),
    st.text(alphabet=st.sampled_from(" \n,;:!?()<>\"'"), max_size=4),
)
def test_no_address_stays(address: str, before: str, after: str) -> None:
    assert address not in redact(f"Hello{before} {address} {after}")


_PIECES = st.sampled_from(
    ["0", "00", "49", "123", "4111", "2026", " ", "-", ".", "/", "(", ")", "+", "x", "Ä", "٣", "\n"]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
@example("1234567+1234567")
@example("x(0) 123 45 67(123) 4567")
@example("1.2.3.4 and 10.0.0.1:80")
@example("4111111111111111 4111 1111 1111 1111")
def test_the_fast_search_finds_what_the_patterns_find_at_every_place(text: str) -> None:
    """The search looks where digits stand close together. Nothing must be found elsewhere."""
    everywhere = redaction._NUMBER.sub(redaction._replacement, text)
    assert redaction._redacted(text) == everywhere


@given(
    st.lists(st.lists(_PIECES, max_size=12).map("".join), min_size=1, max_size=4),
    st.sampled_from(["\n", "<br>", "</p>\n\n<p>", "&lt;", "1", "@"]),
    st.sampled_from(["<p>", "<p>+", "< 4", '<a href="tel:+49301234567">', "<7.7.7.7>"]),
)
@example(["+49 30 1234567", "GB82 WEST 1234 5698 7654 32 A@b.c"], "<br>\n", "<p>")
@example(["12345 67", "89 12345"], "\n", "<p>+")
def test_html_with_the_lines_of_the_text_before_is_redacted_as_alone(
    lines: list[str], between: str, before: str
) -> None:
    html = f"{before}{between.join(lines)}</p>"
    redact("\n".join(lines))
    assert redact(html) == redaction._redacted(html)
