"""Syncs of one stream against a model account: what a platform keeps, and where it is killed."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.start import begin


@dataclass
class Destination:
    """A platform: records by key, the last state, and how often a version came."""

    rows: dict[int, int] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    came: Counter[tuple[int, int]] = field(default_factory=Counter)

    def take(self, records: list[dict[str, Any]]) -> None:
        for record in records:
            self.rows[record["id"]] = record["version"]
            self.came[record["id"], record["version"]] += 1

    def expect_each_version_once(self, losses: int) -> None:
        """But for pages whose state was lost, which come again."""
        if self.came:
            assert max(self.came.values()) <= 1 + losses


@dataclass(frozen=True)
class Kill:
    """How a sync ends that does not end by itself: with its last page's state printed, or not."""

    after_pages: int
    state_was_printed: bool


kills = st.none() | st.builds(Kill, st.integers(1, 4), st.booleans())


def sync(make_context, stream, account, destination, *, page, kill=None, **settings) -> int:
    """Run one sync from the destination's state; return the number of its requests."""
    before = len(account.requests)
    position = decode(stream, json.loads(json.dumps(destination.state)))
    context = make_context(account, lambda: account.now_s, largest_page=page, **settings)
    begun = begin(context, WalkRun(stream.resource, (stream,), {stream.name: position}))
    assert not begun.waiting
    for number, delivery in enumerate(stream.resource.walk.read(context, begun.run), start=1):
        for _, records in delivery.records:
            destination.take(records)
        killed = kill is not None and number >= kill.after_pages
        if not killed or kill.state_was_printed:
            destination.state = dict(delivery.states)[stream.name]
        if killed:
            break
    return len(account.requests) - before
