"""An account that all tests of verifications look at."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.verify import checks
from test_support.clock import CLOCK
from test_support.local.synced import Synced
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        yield Synced(tmp_path_factory.mktemp("synced"), emulator)


@pytest.fixture(scope="package")
def large(synced: Synced) -> Synced:
    """The same account, with pages so small that its streams are too large to be read whole."""
    config = {**synced.connector.config, "page_size": 5}
    found = copy.copy(synced)
    found.config = synced.connector.file("large.json", config)
    return found


@pytest.fixture
def none_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """No stream is small enough to be read whole."""
    monkeypatch.setattr(checks, "MOST_PAGES", 0)
