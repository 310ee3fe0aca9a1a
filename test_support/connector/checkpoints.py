"""How much may come again after a crash: what stands between two states of a stream.

Read off an uninterrupted sync, whose pages a resumed one has too: a position is the end of a page.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from test_support.connector.process import Output

# The state of a stream that keeps no cursor, once it was read: the next sync reads it whole.
_ENDED = {"__ab_no_cursor_state_message": True}


def pages(output: Output) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the records of a stream since its last state, at each state; the last covers all."""
    open_pages: dict[str, list[dict[str, Any]]] = {}
    for message in output.messages:
        if message["type"] == "RECORD":
            record = message["record"]
            open_pages.setdefault(record["stream"], []).append(record["data"])
        elif message["type"] == "STATE":
            name = message["state"]["stream"]["stream_descriptor"]["name"]
            yield name, open_pages.pop(name, [])
    assert not open_pages, f"no state after the last records of {sorted(open_pages)}"


def largest_pages(output: Output) -> Counter[str]:
    """Return how many records of each stream stand between two of its states at most."""
    largest = Counter[str]()
    for name, records in pages(output):
        largest[name] = max(largest[name], len(records))
    return largest


def begun_anew(states: Iterable[dict[str, Any]]) -> set[str]:
    """Return the streams that a sync after these states reads whole again, as every sync does."""
    streams = (state["stream"] for state in states)
    latest = {it["stream_descriptor"]["name"]: it["stream_state"] for it in streams}
    return {name for name, state in latest.items() if state == _ENDED}
