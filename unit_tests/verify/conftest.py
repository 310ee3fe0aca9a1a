"""An account that all tests of verifications look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from test_support.clock import CLOCK
from test_support.local.synced import Synced
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        yield Synced(tmp_path_factory.mktemp("synced"), emulator)
