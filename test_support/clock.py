"""The time at which emulated accounts stand: past, so that their clock never reaches ours."""

from datetime import UTC, datetime

CLOCK = datetime(2026, 6, 1, tzinfo=UTC)
HOUR_S = 3600
