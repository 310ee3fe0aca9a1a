"""An account whose exports are closed is read whole and followed, whatever Zendesk answers."""

from __future__ import annotations

import pytest

from source_zendesk_support.streams.walks import ticket_list
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.engines import STREAMS, differences
from test_support.connector.in_memory import Syncs
from zendesk_emulator import Emulator
from zendesk_emulator.api.refusals import ENVELOPES
from zendesk_emulator.server.closing import STATUSES

ANSWERS = [f"{status}-{envelope}" for status in STATUSES for envelope in ENVELOPES]
ROUNDS = 3  # after a first sync, where all answers share them


@pytest.mark.parametrize(("seed", "answer"), list(enumerate(ANSWERS)))
def test_every_stream_equals_the_account_after_each_sync(
    seed: int, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_list, "SHARES", 1)
    emulator = Emulator(
        size="tiny", seed=seed, clock_at=CLOCK, frozen=True, limits=False,
        exports="closed", exports_answer=answer,
    )  # fmt: skip
    syncs = Syncs(emulator, *STREAMS, page_size=20, recheck_hours=seed % 3)
    destination = syncs.destination()
    for round_ in range(1 + ROUNDS if seed % 5 == 0 else 2):
        syncs.sync(destination)
        found = [it for name in STREAMS for it in differences(emulator, destination, name)]
        assert found == [], f"after round {round_}"
        emulator.change("mix", count=60, seed=100 * seed + round_)
        emulator.clock.advance(2 * HOUR_S)
    emulator.close()
