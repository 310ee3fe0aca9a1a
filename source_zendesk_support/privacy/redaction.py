"""Free text without addresses and numbers: each is replaced by the name of its kind.

Pure. Finds e-mail addresses, payment cards, IBANs, IP addresses and phone numbers. A name in a text
is not found: drop the field where that matters. No library fits: those that are kept well load
language models, which take milliseconds a text.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCAL = re.compile(r"[\w.+'-]*")
_DOMAIN = r"[\w-]++(?:\.[\w-]++)++"
# A pattern that begins with one character is found by memchr, an alternative is tried everywhere.
_AT, _ANY_AT = re.compile(f"@{_DOMAIN}"), re.compile(f"(?:@|%40){_DOMAIN}")
# Each alternative stands behind the first character, which the search finds by its set: a pattern
# that begins with a lookahead is tried at each character, which takes ten times as long.
# Two letters, two check digits, and 11 to 30 more characters in groups (ISO 13616).
_IBAN = r"(?P<iban>(?<=[A-Z])(?<!\w[A-Z])[A-Z][0-9]{2}(?:[ ]?[A-Z0-9]){11,30}(?!\w))"
_IP4 = r"(?P<ip4>(?<=[0-9])(?<![\w.][0-9])[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![\w.]))"
# 13 to 19 digits, alone or in groups (ISO 7812).
_CARD = r"(?P<card>(?<=[0-9])(?<![\w+][0-9])(?:[ -]?[0-9]){12,18}(?!\w))"
# At most 15 digits (E.164): after a plus or a zero, or in groups.
_PHONE = (
    r"(?P<phone>(?<![\w.][0-9+(])"
    r"(?:(?<=\+)\(?[0-9]|(?<=\()(?:0\(?)?[0-9]|(?<=0)\(?[0-9]|(?<=[0-9]))"
    r"(?:[ ().\-/]{0,2}+[0-9]){6,14}(?!\w))"
)
_NUMBER = re.compile(f"[A-Z0-9+(](?:{_IBAN}|{_IP4}|{_CARD}|{_PHONE})")
_ONLY_PHONE = re.compile(f"[0-9+(]{_PHONE}")
# A number may begin with `+(`, before its first digit.
_START = re.compile(r"[0-9+(](?<!\w.)", re.DOTALL)
_IP6_SIGN = re.compile(r":[0-9a-fA-F]{0,4}:")
_HEX = re.compile(r"[0-9a-fA-F:]*")
_IP6 = re.compile(r"(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_DATE = re.compile(r"[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}")
_MOST_PHONE_DIGITS, _FEWEST_CARD_DIGITS = 15, 13
# Zendesk's ids have 11 to 14 digits, one in ten of them with the checksum of cards.
_SHORTEST_BARE_CARD = 15

# The shape of a text has a byte for each character: `0` for a digit, `A` for a capital letter, `-`
# and `.` for what may stand between two digits. Patterns that begin with one byte run over it at
# the speed of memchr; the same patterns over the text itself take seven times as long.
_SHAPE = bytes.maketrans(
    b"123456789BCDEFGHIJKLMNOPQRSTUVWXYZ ()./", b"0" * 9 + b"A" * 25 + b"..." + b"--"
)
# Every card, phone number and address of four numbers has digits close to each other. They take
# seven characters at least (1.2.3.4, or a phone number).
_CHAIN = re.compile(rb"0[-.0]{5,}0")
# As each IBAN begins. `in` takes twice as long: it first asks whether the bytes are a number.
_IBAN_SIGN = re.compile(b"AA00")
_DATES = frozenset(
    {b"0000-0-0", b"0000-00-0", b"0000-0-00", b"0000-00-00"}
    | {b"0-0-0000", b"00-0-0000", b"0-00-0000", b"00-00-0000"}
)


def redact(value: Any) -> Any:
    """Return a value with every text in it redacted; other values stay as they are."""
    change = _CHANGES.get(type(value))
    return value if change is None else change(value)


def _in_text(text: str) -> str:
    if text.isalpha():  # as most words that name a kind or a state
        return text
    if len(text) > _MOST_KEPT:
        return _redacted(text)
    latest, its = _LATEST[0]
    if text == latest:
        return its
    if text[:1] == "<":
        said = _with_lines_of(text, latest, its)
        return _kept(text) if said is None else said
    said = _kept(text)
    _LATEST[0] = (text, said)
    return said


def _in_object(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: inner if (change := _CHANGES.get(type(inner))) is None else change(inner)
        for name, inner in value.items()
    }


def _in_list(value: list[Any]) -> list[Any]:
    return [redact(inner) for inner in value]


_CHANGES: dict[type, Callable[[Any], Any]] = {str: _in_text, dict: _in_object, list: _in_list}

# A comment stands several times in its record: as a text, as HTML and as a text again. Subjects and
# tags of HTML come again too: what was redacted last is kept, within a few megabytes.
_MOST_KEPT, _KEPT = 8_000, 512
_LATEST = [("", "")]
# The tags around the last text in its HTML, with nothing to redact: most comments share them.
_FRAME = [("", "")]


def _with_lines_of(html: str, text: str, said: str) -> str | None:
    """Return HTML redacted, in which a text that was just redacted stands whole or line by line.

    None where it does not. No number and no address reaches over a tag or the end of a line. Their
    replacements have neither a tag nor the end of a line.
    """
    before, after = _FRAME[0]
    if before and html == f"{before}{text}{after}":
        return html if said is text else f"{before}{said}{after}"
    start = html.find(text)
    end = start + len(text)
    if start > 0 and html[start - 1] == ">" and html[end : end + 1] == "<":
        before, after = _kept(html[:start]), _kept(html[end:])
        if before == html[:start] and after == html[end:]:
            _FRAME[0] = (before, after)
            return html if said is text else before + said + after
        return before + said + after
    parts: list[str] = []
    done = 0
    for line, its in zip(text.split("\n"), said.split("\n"), strict=True):
        if line:
            start = html.find(line, done)
            end = start + len(line)
            if start < 1 or html[start - 1] not in ">\n" or html[end : end + 1] not in "<\n":
                return None
            parts += (_kept(html[done:start]), its)
            done = end
    return "".join((*parts, _kept(html[done:]))) if parts else None


def _redacted(text: str) -> str:
    if "@" in text or ("%" in text and "%40" in text):
        text = _without_addresses(text)
    if text.find(":", text.find(":") + 1) > 0 and _IP6_SIGN.search(text):
        text = _without_ip6(text)
    # A character beyond ASCII has the shape `?`, so that places in both are the same.
    shape = text.encode("ascii", "replace").translate(_SHAPE)
    if _IBAN_SIGN.search(shape):
        return _NUMBER.sub(_replacement, text)
    return _without_numbers(text, shape)


_kept = lru_cache(_KEPT)(_redacted)


def _without_addresses(text: str) -> str:
    """Return a text without e-mail addresses: from each sign and its domain, to the left."""
    parts: list[str] = []
    done = 0
    for domain in (_ANY_AT if "%40" in text else _AT).finditer(text):
        at = domain.start()
        start = _start_of(_LOCAL, text, done, at)
        if start < at:
            parts += (text[done:start], "[email]")
            done = domain.end()
    return "".join((*parts, text[done:])) if parts else text


def _without_ip6(text: str) -> str:
    """Return a text without IP addresses that have colons."""
    parts: list[str] = []
    done = 0
    for sign in _IP6_SIGN.finditer(text):
        start = _start_of(_HEX, text, done, sign.start())
        found = _IP6.match(text, start) if start >= done else None
        if found and _is_ip(found[0]):
            parts += (text[done:start], "[ip]")
            done = found.end()
    return "".join((*parts, text[done:]))


def _start_of(run: re.Pattern[str], text: str, first: int, end: int) -> int:
    """Return where a run of characters starts that ends before `end`, not before `first`.

    It is looked for backwards, in a piece of the text: few runs are longer.
    """
    size = 80
    while True:
        begin = max(first, end - size)
        found = run.match(text[begin:end][::-1])
        assert found is not None  # it may be empty
        if found.end() < end - begin or begin == first:
            return end - found.end()
        size *= 8


def _without_numbers(text: str, shape: bytes) -> str:
    """Return a text without cards, phone numbers and IP addresses; it has no IBAN.

    Patterns are tried where a chain of digits is, and nowhere else.
    """
    parts: list[str] = []
    done = before = 0
    for chain in _CHAIN.finditer(shape):
        digits = chain[0]
        first, end = chain.span()
        if digits in _DATES and "+" not in text[max(first - 2, 0) : first]:
            continue
        if digits.isdigit() and len(digits) < _SHORTEST_BARE_CARD and _is_id(text, first):
            continue
        start = max(before, first - 2)  # a number may begin with `+(`
        before = end
        # Patterns look at one more character on both sides.
        seen = text[max(start - 1, 0) : end + 1]
        replaced = _numbers_in if end - start > _MOST_KEPT_NUMBER else _kept_numbers_in
        said = replaced(seen, int(start > 0), len(seen) - int(end < len(text)))
        if said is not None:
            parts += (text[done:start], said)
            done = end
    return "".join((*parts, text[done:])) if parts else text


def _is_id(text: str, first: int) -> bool:
    """Return whether a bare row of digits begins as no phone number does."""
    return text[first] != "0" and (first == 0 or text[first - 1] not in "+(")


def _numbers_in(text: str, first: int, end: int) -> str | None:
    """Return what stands for a chain of digits between two places; None where it stays."""
    parts: list[str] = []
    done = at = first
    is_short = end - first < _FEWEST_CARD_DIGITS and "." not in text
    pattern = _ONLY_PHONE if is_short else _NUMBER
    while start := _START.search(text, at, end):
        found = pattern.match(text, start.start())
        if found is None:
            at = start.end()
            continue
        at = found.end()
        said = _replacement(found)
        if said != found[0]:
            parts += (text[done : found.start()], said)
            done = at
    return "".join((*parts, text[done:end])) if parts else None


# The same number stands in the plain text and in the HTML of a comment.
_MOST_KEPT_NUMBER = 60
_kept_numbers_in = lru_cache(2048)(_numbers_in)


def _replacement(found: re.Match[str]) -> str:
    """Return what stands for a number: its kind, or the number itself."""
    kind, text = found.lastgroup, found[0]
    if kind == "ip4":
        return "[ip]" if _is_ip(text) else text
    if kind == "iban":
        return _iban(text)
    if kind == "card" and _is_card(text):
        return "[card]"
    return "[phone]" if _is_phone(text) else text


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _iban(text: str) -> str:
    """Return the text without its IBAN, which may be followed by words in capitals."""
    for end in range(len(text), 14, -1):
        compact = text[:end].replace(" ", "")
        if 15 <= len(compact) <= 34 and text[end - 1] != " " and _has_iban_checksum(compact):
            return f"[iban]{text[end:]}"
    return text


def _has_iban_checksum(compact: str) -> bool:
    """Return whether the number made of the letters and digits leaves 1 after division by 97."""
    digits = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return int(digits) % 97 == 1


def _is_card(text: str) -> bool:
    """Return whether the digits have Luhn's checksum, and are not an id of Zendesk's."""
    digits = [int(character) for character in reversed(text) if character.isdecimal()]
    if len(digits) < _SHORTEST_BARE_CARD and len(digits) == len(text):
        return False
    doubled = [divmod(2 * digit, 10) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(map(sum, doubled))) % 10 == 0


def _is_phone(text: str) -> bool:
    """Return whether a number is written as phone numbers are: a bare row of digits is an id."""
    if len(text) > _MOST_PHONE_DIGITS and sum(map(str.isdecimal, text)) > _MOST_PHONE_DIGITS:
        return False
    return (text[0] in "+0(" or not text.isdecimal()) and not _DATE.match(text, text[0] == "(")
