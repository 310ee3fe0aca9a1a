"""What tests of single commands share: an account without limits, one for all tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from test_support.signals import allow_interrupts
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


allow_interrupts()


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running
