"""Deleted records of custom objects arrive while lists are read, and no others are called so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.state import key_memory
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.engines import differences
from test_support.connector.in_memory import Syncs, take
from zendesk_emulator import Emulator
from zendesk_emulator.server.closing import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "custom_object_records"
DELETED = "[DELETED]"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    running = Emulator(size="tiny", seed=3, clock_at=CLOCK, frozen=True, limits=False)
    yield running
    running.close()


@pytest.fixture
def syncs(emulator: Emulator) -> Syncs:
    close(emulator)
    return Syncs(emulator, NAME, page_size=20)


def close(emulator: Emulator) -> None:
    emulator.site.closing.set(plan_of("closed"))


def delete(emulator: Emulator, count: int = 2, seed: int = 1) -> set[str]:
    changed = emulator.change("delete_object_record", count=count, seed=seed)
    emulator.clock.advance(HOUR_S)
    return {each.key for each in changed if each.stream == NAME}


def deleted(destination: Any) -> set[str]:
    rows = destination.tables[NAME].values()
    return {row["id"] for row in rows if row["name"] == DELETED}


def whole_readings(emulator: Emulator) -> int:
    log = emulator.site.log.state()["log"]
    return sum(
        1 for it in log if it["path"].endswith("/records") and "sort=" not in (it["query"] or "")
    )


def test_a_deleted_record_comes_once_in_the_form_of_the_export(
    emulator: Emulator, syncs: Syncs
) -> None:
    destination = syncs.destination()
    syncs.sync(destination)
    assert deleted(destination) == set(), "a list does not show what was deleted before"
    gone = delete(emulator)
    results = list(syncs.results(destination.state))
    assert take(destination, results)[NAME] == len(gone) == 2
    assert deleted(destination) == gone
    for key in gone:
        (row,) = [it for it in destination.tables[NAME].values() if it["id"] == key]
        assert row.keys() == {"id", "name", "custom_object_key", "updated_at"}
        assert row["custom_object_key"] in {"car", "apartment"}
    assert differences(emulator, destination, NAME) == []
    emulator.clock.advance(HOUR_S)
    assert syncs.sync(destination)[NAME] == 0


def test_it_is_looked_for_as_often_as_recheck_hours_say(emulator: Emulator, syncs: Syncs) -> None:
    syncs.config["recheck_hours"] = 24
    destination = syncs.destination()
    syncs.sync(destination)
    gone = delete(emulator)
    emulator.site.log.reset()
    assert syncs.sync(destination)[NAME] == 0
    assert whole_readings(emulator) == 0
    emulator.clock.advance(24 * HOUR_S)
    syncs.sync(destination)
    assert deleted(destination) == gone


def test_a_record_that_the_list_alone_leaves_out_is_not_deleted(
    emulator: Emulator, syncs: Syncs
) -> None:
    destination = syncs.destination()
    syncs.sync(destination)
    rows = emulator.account.table(NAME).rows.values()
    for how, row in zip(("filtered", "refused"), [it for it in rows if not it.gone], strict=False):
        emulator.hide(NAME, row.id, how)
    gone = delete(emulator, 1)
    syncs.sync(destination)
    assert deleted(destination) == gone


def test_many_at_once_are_held_back(emulator: Emulator, syncs: Syncs) -> None:
    destination = syncs.destination()
    held = syncs.sync(destination)[NAME]
    delete(emulator, held * 2 // 3)
    assert syncs.sync(destination)[NAME] == 0


def test_an_unanswered_question_is_asked_in_the_next_sync(emulator: Emulator, syncs: Syncs) -> None:
    syncs.config["recheck_hours"] = 24
    destination = syncs.destination()
    syncs.sync(destination)
    gone = delete(emulator)
    emulator.clock.advance(24 * HOUR_S)
    for key in gone:
        emulator.fault(path=f"/records/{key}$", status=400, body={"error": "Bad"})
    assert syncs.sync(destination)[NAME] == 0
    emulator.site.faults.clear()
    syncs.sync(destination)
    assert deleted(destination) == gone


def test_deliveries_of_exports_are_known_when_lists_begin(emulator: Emulator) -> None:
    """Also what is deleted after the last export and before the first list."""
    syncs = Syncs(emulator, NAME, page_size=20)
    destination = syncs.destination()
    syncs.sync(destination)
    before = deleted(destination)
    gone = delete(emulator)
    close(emulator)
    syncs.sync(destination)
    assert deleted(destination) - before == gone
    assert differences(emulator, destination, NAME) == []
    emulator.site.closing.set(plan_of("open"))
    later = delete(emulator, seed=2)
    syncs.sync(destination)
    assert differences(emulator, destination, NAME, by_exports=True) == []
    assert later <= deleted(destination)


def test_a_state_of_exports_alone_has_no_keys(emulator: Emulator) -> None:
    syncs = Syncs(emulator, NAME, engine="exports")
    destination = syncs.destination()
    syncs.sync(destination)
    assert "known" not in destination.state[NAME]


def test_more_keys_than_a_state_may_have_stop_no_stream(
    emulator: Emulator, syncs: Syncs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_memory, "MOST_KEYS", 20)
    destination = syncs.destination()
    syncs.sync(destination)
    delete(emulator)
    assert syncs.sync(destination)[NAME] == 0
    assert "known" not in destination.state[NAME]
    assert whole_readings(emulator) <= 4
