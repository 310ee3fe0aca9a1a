"""The part `privacy` of the configuration: a preset, a key, and rules for single fields.

Owns the form alone. Whether a rule names a stream and a field that exist is decided where the
schemas are known (privacy/privacy_plan.py). Never quotes the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from .validators import wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

# 128 bits of a random key in hexadecimal have 32 characters; half of that is the least we accept.
SHORTEST_KEY = 16
NO_PRESET = "none"
NO_PERSONAL_DATA = "no_personal_data"
PRESETS = (NO_PRESET, NO_PERSONAL_DATA)
EVERY_STREAM = "*"


class PrivacyAction(Enum):
    """The fate of a field's value."""

    KEEP = "keep"
    DROP = "drop"
    HASH = "hash"
    REDACT = "redact"


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """One rule of the user.

    Attributes:
        stream: the name of a stream, or `*` for every stream that has the field.
        field: the path of the field, with dots; arrays need no sign of their own.
        action: what happens to its value.
        place: where the rule stands in the configuration, for errors.

    """

    stream: str
    field: str
    action: PrivacyAction
    place: str


@dataclass(frozen=True, slots=True)
class Privacy:
    """The rules of the user for hiding values.

    Attributes:
        preset: one of PRESETS.
        hash_key: the key of hashes; None where nothing is hashed.
        rules: in the order of the configuration; the later of two for one field counts.

    """

    preset: str = NO_PRESET
    hash_key: str | None = None
    rules: tuple[PrivacyRule, ...] = ()

    @property
    def is_set(self) -> bool:
        """Return whether anything is hidden."""
        return self.preset != NO_PRESET or bool(self.rules)


def parse_privacy(raw: Mapping[str, Any]) -> Privacy:
    """Return the privacy settings of a user's JSON. Raises ConnectorError (config)."""
    given = raw.get("privacy")
    if given is None:
        return Privacy()
    if not isinstance(given, dict):
        raise wrong("The value is not an object.", "privacy", "Give its fields, or remove it.")
    preset = given.get("preset") or NO_PRESET
    if preset not in PRESETS:
        raise wrong(
            "This preset does not exist.", "privacy.preset", f"Choose one of {', '.join(PRESETS)}."
        )
    rules = _rules(given.get("rules"))
    key = _key(given.get("hash_key"))
    hashes = preset == NO_PERSONAL_DATA or any(rule.action is PrivacyAction.HASH for rule in rules)
    if hashes and key is None:
        raise wrong(
            "Values are to be hashed, and the key to hash them with is missing.",
            "privacy.hash_key",
            f"Give a random text of at least {SHORTEST_KEY} characters, and keep it: another key "
            "gives other hashes.",
        )
    return Privacy(preset, key, rules)


def _key(given: Any) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str) or len(given) < SHORTEST_KEY:
        raise wrong(
            "The key is not a text of enough characters.",
            "privacy.hash_key",
            f"Give a random text of at least {SHORTEST_KEY} characters.",
        )
    return given


def _rules(given: Any) -> tuple[PrivacyRule, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise wrong("The value is not a list.", "privacy.rules", "Give a list of rules.")
    return tuple(_rule(item, f"privacy.rules[{number}]") for number, item in enumerate(given))


def _rule(item: Any, place: str) -> PrivacyRule:
    if not isinstance(item, dict):
        raise wrong("The rule is not an object.", place, "Give stream, field and action.")
    texts = [item.get(name) for name in ("stream", "field")]
    for name, value in zip(("stream", "field"), texts, strict=True):
        if not isinstance(value, str) or not value.strip():
            raise wrong("The rule lacks a name.", f"{place}.{name}", "Give it as a text.")
    actions = [action.value for action in PrivacyAction]
    if item.get("action") not in actions:
        raise wrong(
            "This action does not exist.", f"{place}.action", f"Choose one of {', '.join(actions)}."
        )
    stream, field = (str(value).strip() for value in texts)
    return PrivacyRule(stream, field, PrivacyAction(item["action"]), place)
