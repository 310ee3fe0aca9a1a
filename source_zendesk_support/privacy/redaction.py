"""Free text without addresses and numbers: each is replaced by the name of its kind.

Pure. Finds e-mail addresses, payment cards, IBANs, IP addresses and phone numbers. A name in a text
is not found: drop the field where that matters. No library fits: those that are kept well load
language models, which take milliseconds a text.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

# Starts at the first character of a word, so that a word is looked at once.
_EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]++(?:@|%40)[\w-]++(?:\.[\w-]++)++")
# Two letters, two check digits, and 11 to 30 more characters in groups (ISO 13616).
_IBAN = r"(?P<iban>(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}(?!\w))"
_IP4 = r"(?P<ip4>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))"
# 13 to 19 digits, alone or in groups (ISO 7812).
_CARD = r"(?P<card>(?<![\w+])\d(?:[ -]?\d){12,18}(?!\w))"
# At most 15 digits (E.164): after a plus or a zero, or in groups.
_PHONE = r"(?P<phone>(?<![\w.])(?:\+|\(?0)?\(?\d(?:[ ().\-/]{0,2}\d){6,14}(?!\w))"
_NUMBER = re.compile(f"(?=[A-Z0-9+(])(?:{_IBAN}|{_IP4}|{_CARD}|{_PHONE})")
_IP6 = re.compile(r"(?<![\w:])(?=[0-9a-fA-F:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_TWO_DIGITS = re.compile(r"\d\d")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_FEWEST_PHONE_DIGITS = 7


def redact(value: Any) -> Any:
    """Return a value with every text in it redacted; other values stay as they are."""
    if isinstance(value, str):
        return _redacted(value)
    if isinstance(value, dict):
        return {name: redact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner) for inner in value]
    return value


def _redacted(text: str) -> str:
    """Return a text redacted. Most texts have no sign of an address or a number."""
    if "@" in text or "%40" in text:
        text = _EMAIL.sub("[email]", text)
    if text.count(":") > 1:
        text = _IP6.sub(lambda found: "[ip]" if _is_ip(found[0]) else found[0], text)
    return _NUMBER.sub(_replacement, text) if _TWO_DIGITS.search(text) else text


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
    digits = sum(character.isdecimal() for character in text)
    if not _FEWEST_PHONE_DIGITS <= digits <= 15 or _DATE.match(text):
        return False
    return text[0] in "+0(" or digits < len(text)
