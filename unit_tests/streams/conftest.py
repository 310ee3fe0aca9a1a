"""Fixtures of tests of the walks: the surroundings of a walk, and an account to change."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.context import WalkContext
from test_support.clock import CLOCK, HOUR_S
from zendesk_emulator import Emulator


def leave_as_it_is(_record: dict[str, Any]) -> None:
    """Normalise nothing: values are the subject of other tests."""


@pytest.fixture(scope="session")
def make_context() -> Callable[..., WalkContext]:
    """Return a maker of contexts round a client and a clock; the rest has plain defaults."""

    def make(client: Any, now_s: Callable[[], int], **settings: Any) -> WalkContext:
        defaults: dict[str, Any] = {
            "start_s": 0,
            "largest_page": None,
            "include_deleted_tickets": False,
            "ratings_lookback_s": 0,
            "normalize": dict.fromkeys(STREAMS, leave_as_it_is),
        }
        return WalkContext(client=client, now_s=now_s, **(defaults | settings))

    return make


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Yield a tiny account whose clock stands still, an hour after its latest changes."""
    running = Emulator(size="tiny", seed=5, clock_at=CLOCK, frozen=True, limits=False)
    running.clock.advance(HOUR_S)
    yield running
    running.close()
