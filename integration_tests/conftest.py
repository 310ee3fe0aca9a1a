"""Fixtures of tests of single commands: an account without limits, one for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.streams.walks import ticket_list
from test_support.connector.account_time import Account
from test_support.signals import allow_interrupts
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


allow_interrupts()

# The files that take longest, the longest first. Workers take whole files: one that begins with a
# long file at the end lets the others wait for it.
LONGEST_FIRST = (
    "test_image",
    "test_published",
    "test_local_models",
    "test_local_postgres",
    "test_local_loader",
    "test_orchestrators",
    "test_local_duckdb",
    "test_going_back",
    "test_readme",
    "test_soak",
    "test_sync",
    "test_deletions",
    "test_stop",
    "test_budget",
    "test_kill",
    "test_engine_switches",
    "test_faults",
    "test_local_commands",
    "test_single_streams",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files and end with the unit tests, which fill what is left."""
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}

    def place_of(item: pytest.Item) -> int:
        if item.path.parent.name != "integration_tests":
            return len(order) + 1
        return order.get(item.path.stem, len(order))

    items.sort(key=place_of)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running


@pytest.fixture
def account() -> Iterator[Account]:
    """Yield an account in its own time, for tests that inject faults."""
    with Account("tiny", limits=False) as made:
        yield made


@pytest.fixture
def one_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each recheck ask for all closed tickets, so that one round shows every silent change."""
    monkeypatch.setattr(ticket_list, "SHARES", 1)
