"""Records gone in Zendesk are gone in a destination that obeys tombstones, and no others.

Which streams are looked at follows from their rows; what must be there, from the emulator. That no
fault removes a row is in unit_tests/streams/test_every_deletion.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state import key_memory
from test_support.connector.process import DELETED_AT
from test_support.connector.tombstones import Synced, tombstones
from zendesk_emulator import Emulator
from zendesk_emulator.changes.apply import KINDS
from zendesk_emulator.data.picking import NothingLeftError
from zendesk_emulator.truth.rules import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PROMISED = tuple(name for name, row in STREAMS.items() if row.finds_deletions)
DELETIONS = tuple(sorted(kind for kind in KINDS if kind.startswith(("delete_", "remove_"))))
SINGLE = r"/[0-9A-Z]+$"  # the path of one record


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=5, limits=False) as running:
        yield running


@pytest.mark.parametrize("engine", ["exports", "lists"])
def test_three_rounds_of_change_leave_what_the_account_has(
    tmp_path: Path, emulator: Emulator, engine: str
) -> None:
    emulator.clock.advance(3600)  # an export holds back what is new
    synced = Synced(tmp_path, emulator, *PROMISED, engine=engine, recheck_hours=0)
    for seed in range(3):
        emulator.change("mix", count=60, seed=seed)
        for kind in DELETIONS:
            try:
                emulator.change(kind, seed=seed)
            except NothingLeftError:
                continue  # a tiny account runs out of some
        emulator.clock.advance(3600)
        output = synced.sync()
        assert output.code == 0, output.errors
        assert tombstones(output)
        synced.expect_what_is_there()
    assert tombstones(synced.sync()) == []


@pytest.mark.parametrize(
    "single",
    [
        {"status": 403, "body": {"error": {"title": "Forbidden", "message": ""}}},
        {"status": 404, "body": {"error": "InvalidEndpoint"}},
        {"status": 404, "body": ""},
        {"status": 500},
        {"status": 422, "body": {"error": "RecordInvalid"}},
        {"kind": "html"},
    ],
)
def test_a_deletion_that_is_not_confirmed_waits(
    tmp_path: Path, emulator: Emulator, single: dict[str, Any]
) -> None:
    synced = Synced(tmp_path, emulator, "macros")
    [deleted] = emulator.change("delete_macro")
    emulator.fault(path=SINGLE, **single)
    output = synced.sync()
    assert (output.code, tombstones(output)) == (0, [])
    assert "Left out: macros: 1 missing records" in output.logs
    emulator.site.faults.clear()
    emulator.clock.advance(2 * 86_400)
    assert tombstones(synced.sync()) == [("macros", deleted.key)]
    synced.expect_what_is_there()


def test_one_of_those_that_are_hidden_is_deleted(tmp_path: Path, emulator: Emulator) -> None:
    synced = Synced(tmp_path, emulator, "views")
    hidden, deleted, *_ = emulator.account.table("views").rows
    emulator.hide("views", hidden)
    emulator.hide("views", deleted)
    assert tombstones(synced.sync()) == []
    emulator.change("delete_view", row_id=deleted)
    emulator.requests.clear()
    assert tombstones(synced.sync()) == []  # they are asked for once a day
    emulator.clock.advance(86_400)
    assert tombstones(synced.sync()) == [("views", deleted)]
    assert hidden in synced.held("views")


def test_too_many_at_once_are_held_back_and_named(tmp_path: Path, emulator: Emulator) -> None:
    for _ in range(12):
        emulator.change("new_macro")
    synced = Synced(tmp_path, emulator, "macros")
    before = synced.held("macros")
    emulator.change("delete_macro", count=11)
    output = synced.sync()
    assert tombstones(output) == []
    assert "Left out: macros: 11 missing records, more than a third of all" in output.logs
    assert synced.held("macros") == before


@pytest.mark.parametrize("stream", ["macros", "articles", "posts", "article_comments"])
def test_a_restored_record_comes_back_with_its_old_time(
    tmp_path: Path, emulator: Emulator, stream: str
) -> None:
    names = [name for name in PROMISED if name.startswith(("article", "post", "macro"))]
    synced = Synced(tmp_path, emulator, *names)
    changed = emulator.change(f"delete_{stream.removesuffix('s')}")
    (row_id,) = {it.id for it in changed if it.stream == stream and it.id
                 not in emulator.account.table(stream).rows}  # fmt: skip
    assert tombstones(synced.sync())
    synced.expect_what_is_there()
    emulator.restore(stream, row_id)
    synced.sync()
    synced.expect_what_is_there()


def test_a_hashed_key_has_a_tombstone_with_the_same_hash(
    tmp_path: Path, emulator: Emulator
) -> None:
    privacy = {
        "hash_key": "a-key-of-the-test-0",
        "preset": "no_personal_data",
        "rules": [{"stream": "macros", "field": "id", "action": "hash"}],
    }
    synced = Synced(tmp_path, emulator, "macros", privacy=privacy)
    before = dict(synced.destination.tables["macros"])
    emulator.change("delete_macro")
    [(_, key)] = tombstones(synced.sync())
    assert len(key) == 32
    assert len(synced.destination.tables["macros"]) == len(before) - 1


@pytest.mark.parametrize("how", ["off", "older catalog"])
def test_without_room_for_it_no_tombstone_comes(
    tmp_path: Path, emulator: Emulator, how: str
) -> None:
    config = {"deletions": "off"} if how == "off" else {}
    synced = Synced(tmp_path, emulator, "macros", "articles", **config)
    properties = [row["stream"]["json_schema"]["properties"] for row in synced.catalog["streams"]]
    if how == "older catalog":
        for each in properties:
            del each[DELETED_AT]
        synced.destination.state = {}
        synced.sync()
    assert all(DELETED_AT not in each for each in properties)
    emulator.change("delete_macro")
    emulator.change("delete_article")
    assert tombstones(synced.sync()) == []
    assert all("known" not in state for state in synced.destination.state.values())


@pytest.mark.parametrize("engine", ["exports", "lists"])
def test_records_that_zendesk_calls_deleted_carry_the_time_where_it_is_wanted(
    tmp_path: Path, emulator: Emulator, engine: str
) -> None:
    shown = ("tickets", "users", "organizations", "groups", "brands", "custom_object_records")
    synced = Synced(
        tmp_path, emulator, *shown, deletions="tombstones", engine=engine, recheck_hours=0
    )
    changed = [
        *emulator.change("delete_ticket"),
        *emulator.change("deactivate_user"),
        *emulator.change("delete_organization"),
        *emulator.change("delete_group"),
        *emulator.change("delete_object_record"),
    ]
    gone = {(it.stream, it.key) for it in changed if it.stream in shown}
    emulator.clock.advance(3600)
    output = synced.sync()
    marked = {
        (it["stream"], it["data"]["id"]): it["data"]
        for it in output.records
        if DELETED_AT in it["data"]
    }
    assert {key for key in gone if key[0] != "users"} <= marked.keys() | {
        key for key in gone if key[0] == "tickets"
    }
    for (stream, _), record in marked.items():
        row = STREAMS[stream]
        assert row.deleted_where is not None
        assert row.deleted_where.is_true_of(record)
        assert record[DELETED_AT]
    for stream in shown:
        truth = emulator.truth(stream, include_deleted_tickets=True)
        where = STREAMS[stream].deleted_where
        alive = {key_of(truth, it) for it in truth.must if not where.is_true_of(it)}
        assert alive <= synced.held(stream)
        assert not synced.held(stream) & {
            key_of(truth, it) for it in truth.must if where.is_true_of(it)
        }


FOLLOWING = tuple(name for name, row in STREAMS.items() if row.follows_tickets)


def of_one_ticket(synced: Synced) -> tuple[int, set[tuple[str, Any]]]:
    """Return a ticket with rows in most streams that can be deleted, and their keys by stream."""
    rows: dict[int, set[tuple[str, Any]]] = {}
    for name in synced.destination.keys:
        for row in synced.destination.tables[name].values():
            rows.setdefault(row["ticket_id"], set()).add((name, row["id"]))
    tickets = synced.emulator.account.table("tickets").rows
    alive = [it for it in rows if not tickets[it].archived and tickets[it].status != "deleted"]
    ticket = max(alive, key=lambda it: len({name for name, _ in rows[it]}))
    return ticket, rows[ticket]


def test_records_of_a_ticket_go_with_it_and_come_back(tmp_path: Path, emulator: Emulator) -> None:
    emulator.clock.advance(3600)
    synced = Synced(tmp_path, emulator, *FOLLOWING, deletions="tombstones")
    ticket, rows = of_one_ticket(synced)
    emulator.change("delete_ticket", row_id=ticket)
    emulator.clock.advance(3600)
    assert set(tombstones(synced.sync())) == rows
    emulator.change("restore_ticket", row_id=ticket)
    emulator.clock.advance(3600)
    assert tombstones(synced.sync()) == []
    for name, key in rows:
        assert key in synced.held(name)


def test_a_sync_that_dies_after_a_deletion_leaves_it_to_the_next_one(
    tmp_path: Path, emulator: Emulator
) -> None:
    emulator.clock.advance(3600)
    names = ("ticket_comments", "attachments", "ticket_metrics")
    synced = Synced(tmp_path, emulator, *names, deletions="tombstones", page_size=2)
    ticket, rows = of_one_ticket(synced)
    emulator.change("delete_ticket", row_id=ticket)
    for _ in range(8):  # so that other pages lie between
        emulator.clock.advance(600)
        emulator.change("comment")
    emulator.fault(path="incremental/ticket_events", status=500, skip=2)
    output = synced.sync()
    assert output.code == 1
    assert any(state["stream"]["stream_state"].get("known") for state in output.states)
    assert {name for name, _ in tombstones(output)} == {"ticket_metrics"}
    emulator.site.faults.clear()
    gone = {*tombstones(output), *tombstones(synced.sync())}
    assert gone == rows


def test_more_keys_than_are_kept_are_said_and_remove_nothing(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_memory, "MOST_KEYS", 10)
    emulator.clock.advance(3600)
    names = ("ticket_comments", "attachments", "satisfaction_ratings")
    synced = Synced(tmp_path, emulator, *names, deletions="tombstones")
    assert all("known" not in it for it in synced.destination.state.values())
    monkeypatch.undo()  # a later run must not begin to remember a part
    emulator.change("delete_ticket", row_id=of_one_ticket(synced)[0])
    emulator.clock.advance(3600)
    output = synced.sync()
    assert tombstones(output) == []
    for name in ("ticket_comments", "satisfaction_ratings"):
        assert f"{name}: 1 rows of deleted tickets, as there are more than" in output.logs
