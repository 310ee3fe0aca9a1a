"""Free text without addresses and numbers: each is replaced by the name of its kind.

Pure. Finds e-mail addresses, payment cards, IBANs, IP addresses and phone numbers. A name in a text
is not found: drop the field where that matters. No library fits: those that are kept well load
language models, which take milliseconds a text.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any

# Most texts have none of these, and are looked at once.
_SIGN = re.compile(r"[@:%]|[0-9][0-9]")
_AT = re.compile(r"@|%40")
_LOCAL = re.compile(r"[\w.+'-]*")
_DOMAIN = re.compile(r"[\w-]++(?:\.[\w-]++)++")
# Each alternative stands behind the first character, which the search finds by its set: a pattern
# that begins with a lookahead is tried at each character, which takes ten times as long.
# Two letters, two check digits, and 11 to 30 more characters in groups (ISO 13616).
_IBAN = r"(?P<iban>(?<=[A-Z])(?<!\w[A-Z])[A-Z]\d{2}(?:[ ]?[A-Z0-9]){11,30}(?!\w))"
_IP4 = r"(?P<ip4>(?<=[0-9])(?<![\w.][0-9])\d{0,2}(?:\.\d{1,3}){3}(?![\w.]))"
# 13 to 19 digits, alone or in groups (ISO 7812).
_CARD = r"(?P<card>(?<=[0-9])(?<![\w+][0-9])(?:[ -]?\d){12,18}(?!\w))"
# At most 15 digits (E.164): after a plus or a zero, or in groups.
_PHONE = (
    r"(?P<phone>(?<![\w.][0-9+(])(?:(?<=\+)\(?\d|(?<=\()(?:0\(?)?\d|(?<=0)\(?\d|(?<=[0-9]))"
    r"(?:[ ().\-/]{0,2}\d){6,14}(?!\w))"
)
_NUMBER = re.compile(f"[A-Z0-9+(](?:{_IBAN}|{_IP4}|{_CARD}|{_PHONE})")
# What every card, phone number and address of four numbers has: digits close to each other.
_CHAIN = re.compile(r"[0-9](?:[ ().\-/]{0,2}[0-9]){3,}")
_SHORTEST = 7  # characters of such a chain: 1.2.3.4, or a phone number
_START = re.compile(r"[0-9+(](?<!\w.)", re.DOTALL)
_IBAN_SIGN = re.compile(r"[A-Z][A-Z][0-9][0-9]")
_IP6_SIGN = re.compile(r":[0-9a-fA-F]{0,4}:")
_HEX = re.compile(r"[0-9a-fA-F:]*")
_IP6 = re.compile(r"(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_FEWEST_PHONE_DIGITS = 7


def redact(value: Any) -> Any:
    """Return a value with every text in it redacted; other values stay as they are."""
    if isinstance(value, str):
        if not _SIGN.search(value):  # as most short texts
            return value
        return _redacted(value) if len(value) > _MOST_KEPT else _kept(value)
    if isinstance(value, dict):
        return {name: redact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner) for inner in value]
    return value


# A comment stands several times in its record, in the event of its ticket, and the first one in the
# ticket: what was just redacted is kept, within a few megabytes.
_MOST_KEPT, _KEPT = 8_000, 512


def _redacted(text: str) -> str:
    """Return a text redacted that has a sign of an address or a number."""
    if "@" in text or "%40" in text:
        text = _without_addresses(text)
    if _IP6_SIGN.search(text):
        text = _without_ip6(text)
    if _IBAN_SIGN.search(text):
        return _NUMBER.sub(_replacement, text)
    return _without_numbers(text)


_kept = lru_cache(_KEPT)(_redacted)


def _without_addresses(text: str) -> str:
    """Return a text without e-mail addresses: from each sign, to both sides."""
    parts: list[str] = []
    done = 0
    for sign in _AT.finditer(text):
        end = sign.end()
        domain = _DOMAIN.match(text, end)
        if domain is None or sign.start() < done:
            continue
        start = _start_of(_LOCAL, text, done, sign.start())
        if start < sign.start():
            parts += (text[done:start], "[email]")
            done = domain.end()
    return "".join((*parts, text[done:]))


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


def _without_numbers(text: str) -> str:
    """Return a text without cards, phone numbers and IP addresses; it has no IBAN.

    The pattern is tried where a chain of digits is, and nowhere else.
    """
    parts: list[str] = []
    done = tried = 0
    for chain in _CHAIN.finditer(text):
        first, end = chain.span()
        if end - first < _SHORTEST or _DATE.fullmatch(text, first, end):
            continue
        # A number may begin with `+(`, before its first digit.
        for start in _START.finditer(text, max(tried, first - 2), end):
            if start.start() < tried:
                continue
            found = _NUMBER.match(text, start.start())
            if found is None:
                continue
            tried = found.end()
            said = _replacement(found)
            if said != found[0]:
                parts += (text[done : found.start()], said)
                done = tried
    return "".join((*parts, text[done:]))


def _replacement(found: re.Match[str]) -> str:
    kind, text = found.lastgroup, found.group()
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
    # Zendesk's ids have 11 to 14 digits, one in ten of them with this checksum.
    if len(digits) < 15 and len(digits) == len(text):
        return False
    doubled = [divmod(2 * digit, 10) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(map(sum, doubled))) % 10 == 0


def _is_phone(text: str) -> bool:
    """Return whether a number is written as phone numbers are: a bare row of digits is an id."""
    digits = sum(map(str.isdecimal, text))
    if not _FEWEST_PHONE_DIGITS <= digits <= 15 or _DATE.match(text):
        return False
    return text[0] in "+0(" or digits < len(text)
