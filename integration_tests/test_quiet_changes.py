"""Changes that leave the exported time alone: late as docs/delivery.md says, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from test_support.clock import CLOCK, HOUR_S
from test_support.connector.process import Destination, InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as made:
        yield made


def change(emulator: Emulator, kind: str, stream: str, row_id: int | None = None) -> int:
    """Let it happen, and let the minute pass that exports hold back."""
    made = emulator.change(kind, row_id=row_id)
    emulator.clock.advance(HOUR_S)
    return next(it.id for it in made if it.stream == stream)


@pytest.mark.parametrize(
    ("kind", "stream", "fields"),
    [
        ("rename_organization", "organization_memberships", {"organization_name"}),
        ("bounce_identity", "user_identities", {"undeliverable_count", "deliverable_state"}),
        ("withdraw_breach", "ticket_metric_events", {"deleted"}),
    ],
)
def test_a_full_refresh_brings_what_no_time_tells_of(
    tmp_path: Path, emulator: Emulator, kind: str, stream: str, fields: set[str]
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    names = (stream, "organizations")
    catalog = connector.catalog(*names)
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    assert destination.differences(stream, emulator.truth(stream)) == []
    change(emulator, kind, stream)
    destination.take(connector.read(catalog, destination.states()))
    late = " ".join(destination.differences(stream, emulator.truth(stream)))
    assert all(f"{field}: " in late for field in fields)
    assert destination.differences("organizations", emulator.truth("organizations")) == []
    destination.take(connector.read(catalog))
    assert destination.differences(stream, emulator.truth(stream)) == []


def test_identities_that_bounced_come_with_the_next_change_of_their_user(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("user_identities")
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    row_id = change(emulator, "bounce_identity", "user_identities")
    table = emulator.account.table("user_identities")
    change(emulator, "update_user", "users", table.rows[row_id].parent)
    destination.take(connector.read(catalog, destination.states()))
    assert destination.differences("user_identities", emulator.truth("user_identities")) == []
