"""The records that a destination must hold of an emulated account, and the comparison.

The truth comes from the emulator alone. The one thing to know about earlier syncs is which tickets
were deleted at the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zendesk_emulator.truth.oracle import TRUTHS

if TYPE_CHECKING:
    from collections.abc import Collection

    from test_support.connector.process import Destination
    from zendesk_emulator import Emulator
    from zendesk_emulator.truth.rules import Truth

# The streams that are compared with the account.
COMPARED = tuple(TRUTHS)


def deleted(emulator: Emulator) -> set[int]:
    """The tickets that are deleted now."""
    tickets = emulator.truth("tickets", include_deleted_tickets=True).must
    return {ticket["id"] for ticket in tickets if ticket["status"] == "deleted"}


def owed(
    emulator: Emulator,
    destination: Destination,
    stream: str,
    were_deleted: Collection[int] = (),
    **options: Any,
) -> Truth:
    """Return what a destination must hold of a stream.

    `were_deleted`: tickets that were deleted when an earlier sync ran. The feed of audits left them
    out then; what of them it has not delivered, it never will (docs/delivery.md, "Audits").
    """
    truth = emulator.truth(stream, **options)
    if stream == "ticket_audits":
        came = {audit["id"] for audit in destination.tables[stream].values()}
        truth.must[:] = [
            audit
            for audit in truth.must
            if audit["ticket_id"] not in were_deleted or audit["id"] in came
        ]
    return truth


def expect_equal(
    emulator: Emulator,
    destination: Destination,
    were_deleted: Collection[int] = (),
    **options: Any,
) -> None:
    differences = [
        difference
        for stream in COMPARED
        if stream in destination.keys
        for difference in destination.differences(
            stream, owed(emulator, destination, stream, were_deleted, **options)
        )
    ]
    assert differences == [], f"{len(differences)} differences, the first: {differences[:5]}"
