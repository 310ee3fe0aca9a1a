"""How a value of Zendesk compares with a delivered one. Never imports the connector's own rules."""

from __future__ import annotations

import json
from typing import Any


def as_published(stream: str, record: dict[str, Any]) -> dict[str, Any]:
    """A comment's `via` that is a word and no object is null in the published stream too."""
    if stream == "ticket_comments" and isinstance(record.get("via"), str):
        return {**record, "via": None}
    return record


def same_value(expected: Any, held: Any) -> bool:
    """Compare a value of Zendesk with a delivered one, which may be its JSON text."""
    if expected == held and type(expected) is type(held):
        return True
    if isinstance(expected, dict) and isinstance(held, dict):
        return expected.keys() == held.keys() and all(
            same_value(value, held[name]) for name, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(held, list):
        return len(expected) == len(held) and all(map(same_value, expected, held))
    if isinstance(held, str) and not isinstance(expected, str) and expected is not None:
        return bool(json.loads(held) == expected)
    return False
