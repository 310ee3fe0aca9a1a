"""States as a platform keeps them: two moments, and the shapes that more than one test writes."""

import json
from typing import Any

AT_S = 1709373602  # 2024-03-02T10:00:02Z
AT_ISO = "2024-03-02T10:00:02Z"
LATER_S = 1709546400


def state_of(name: str, state: Any) -> dict[str, Any]:
    """Return the state of a stream as a state file holds it."""
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": name}, "stream_state": state},
    }


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    """The way of a state through a platform."""
    kept: dict[str, Any] = json.loads(json.dumps(state))
    return kept


def sliced(*slices: dict[str, Any]) -> dict[str, Any]:
    return {"state_type": "date-range", "slices": list(slices)}
