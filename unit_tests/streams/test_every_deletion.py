"""Tombstones of every stream that has them: of what is gone, and of nothing that exists.

Which streams these are follows from their rows. Each fault strikes all lists at once.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.config.deletions import Deletions
from source_zendesk_support.streams.catalog.table import STREAMS, parent_of
from test_support.clock import HOUR_S
from test_support.connector.engines import STREAMS as OF_ENGINES
from test_support.connector.in_memory import Syncs, copy_of, take
from zendesk_emulator.data.account import REFUSED
from zendesk_emulator.server.faults import Fault, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from test_support.connector.process import Destination
    from zendesk_emulator import Emulator
    from zendesk_emulator.data.account import Row

    Keys = set[tuple[str, Any]]

VANISHING = tuple(name for name, row in STREAMS.items() if row.finds_deletions)
MARKED = tuple(
    name
    for name, row in STREAMS.items()
    if row.shows_deletions(Deletions.TOMBSTONES) or row.list_lacks_deleted
)
# With lists other streams are read otherwise, and the rest as ever.
NAMES = {"exports": MARKED, "lists": tuple(name for name in MARKED if name in OF_ENGINES)}
# An identity is found when its user changes; the tiny account has one translation of a category.
NOT_ALONE = ("user_identities", "category_translations")

DAY_S = 24 * HOUR_S
LISTS = r"/[a-z_]+(/cursor)?$"
BELOW = r"/\d+/[a-z_]+$|/custom_objects/\w+/\w+$"
SINGLE = r"/[0-9A-Za-z]*\d[0-9A-Za-z-]*$|/translations/[a-z-]+$"
KILLS = 4
NO_RECORD = {"status": 404, "body": {"error": "RecordNotFound", "description": "Not found"}}
FORBIDDEN = {"status": 403, "body": {"error": {"title": "Forbidden", "message": ""}}}
OFF = {"errors": [{"code": "FeatureNotEnabled", "status": "404", "title": "It is off"}]}


def hide(share: float, how: str) -> Callable[[Emulator], None]:
    def hide_some(emulator: Emulator) -> None:
        for name, table in emulator.account.tables.items():
            rows = list(table.rows)
            for row_id in rows[: max(1, int(len(rows) * share))]:
                emulator.hide(name, row_id, how)

    return hide_some


FAULTS: dict[str, list[dict[str, Any]] | Callable[[Emulator], None]] = {
    "every list is refused": [{"path": LISTS, **FORBIDDEN}],
    "no endpoint is there": [{"path": ".", "status": 404, "body": {"error": "InvalidEndpoint"}}],
    "features are off": [{"path": LISTS, "status": 404, "body": OFF}],
    "lists are missing as records are": [{"path": LISTS, **NO_RECORD}],
    "all is missing": [{"path": ".", **NO_RECORD}],
    "lists are cut off": [{"path": LISTS, "kind": "short_list", "keep": 1}],
    "lists count more than they bring": [
        {"path": LISTS, "kind": "short_list", "keep": 1, "counts_all": True},
        {"path": SINGLE, **NO_RECORD},
    ],
    "lists are empty": [{"path": LISTS, "kind": "short_list"}],
    "lists are cut off, and no record is shown singly": [
        {"path": LISTS, "kind": "short_list", "keep": 1},
        {"path": SINGLE, **NO_RECORD},
    ],
    "lists are empty, and no record is shown singly": [
        {"path": LISTS, "kind": "short_list"},
        {"path": SINGLE, **NO_RECORD},
    ],
    "nothing is below a parent, and no record is shown singly": [
        {"path": BELOW, "kind": "short_list"},
        {"path": SINGLE, **NO_RECORD},
    ],
    "some parents are refused": [{"path": BELOW, **FORBIDDEN, "probability": 0.5}],
    "some parents are missing": [{"path": BELOW, **NO_RECORD, "probability": 0.5}],
    "pages lead round in a circle": [{"path": LISTS, "kind": "cycle"}],
    "some pages fail": [{"path": LISTS, "status": 400, "body": "", "probability": 0.3}],
    "pages have no list": [{"path": LISTS, "kind": "missing_key"}],
    "a filter hides one": hide(0, "filtered"),
    "a role hides one": hide(0, REFUSED),
    "a filter hides half": hide(0.5, "filtered"),
    "a role hides half": hide(0.5, REFUSED),
    "a role hides all": hide(1, REFUSED),
}


def strike(emulator: Emulator, name: str) -> list[Fault]:
    what = FAULTS[name]
    if callable(what):
        what(emulator)
        return []
    faults = [fault_of(each) for each in what]
    emulator.site.faults.add(*faults)
    return faults


def heal(emulator: Emulator) -> None:
    emulator.site.faults.clear()
    for name, table in emulator.account.tables.items():
        for row in table.rows.values():
            if row.hidden:
                emulator.unhide(name, row.id)


def synced(emulator: Emulator, *names: str, **config: Any) -> tuple[Syncs, Destination]:
    """Return a connection after two syncs: what was deleted before the first is done with."""
    syncs = Syncs(emulator, *names, help_center_sweep_hours=0, **config)
    destination = syncs.destination()
    for _ in range(2):
        syncs.sync(destination)
        emulator.clock.advance(HOUR_S)
    return syncs, destination


def keys(destination: Destination) -> Keys:
    return {
        (name, row[STREAMS[name].primary_key])
        for name, rows in destination.tables.items()
        for row in rows.values()
    }


@pytest.mark.parametrize("engine", NAMES)
def test_no_row_that_exists_is_removed_by_any_fault(emulator: Emulator, engine: str) -> None:
    """One fault a day, each in the states that the one before has left."""
    syncs, destination = synced(emulator, *NAMES[engine], engine=engine, deletions="tombstones")
    # The last of its kind is removed by its own 404.
    there = {it for it in keys(destination) if len(destination.tables[it[0]]) > 1}
    assert {name for name, _ in there} >= set(NAMES[engine]) - set(NOT_ALONE)
    for fault in FAULTS:
        struck = strike(emulator, fault)
        emulator.clock.advance(DAY_S + 1)
        syncs.sync(destination, {})
        assert all(it.seen for it in struck[:1]), fault
        assert there - keys(destination) == set(), fault
        heal(emulator)
    for _ in range(2):
        next_day(syncs, destination)
    assert there <= keys(destination)


def remove_one_of_each(emulator: Emulator) -> dict[tuple[str, Any], Row]:
    """Remove the last record of each stream that can lose one, with what is below it."""
    found: dict[tuple[str, Any], Row] = {}
    with emulator.account.lock:
        for name in VANISHING:
            *others, row = emulator.account.table(name).rows.values()
            if others and name not in NOT_ALONE:
                found |= remove(emulator, name, row)
        emulator.account.changed()
    return found


def remove(emulator: Emulator, name: str, row: Row) -> dict[tuple[str, Any], Row]:
    """Remove a record and what is below it, without a trace."""
    table = emulator.account.table(name)
    table.remove(row)
    found = {(name, table.key(row.id)): row}
    for below in VANISHING:
        above = parent_of(STREAMS[below])
        if above and above.name == name:
            for child in list(emulator.account.table(below).children(row.id)):
                found |= remove(emulator, below, child)
    return found


def next_day(syncs: Syncs, destination: Destination) -> Keys:
    """Run a sync a day later, and return what it has removed."""
    before = keys(destination)
    syncs.emulator.clock.advance(DAY_S)
    syncs.sync(destination)
    return before - keys(destination)


def test_a_deletion_is_found_wherever_a_sync_dies_and_is_undone_later(emulator: Emulator) -> None:
    syncs, before = synced(emulator, *VANISHING)
    there = keys(before)
    gone = remove_one_of_each(emulator)
    assert {name for name, _ in gone} >= set(VANISHING) - set(NOT_ALONE)
    emulator.clock.advance(DAY_S)
    results = list(syncs.results(before.state))
    for number in random.Random(1).sample(range(len(results)), KILLS):
        destination = copy_of(before)
        take(destination, results[:number], is_cut=True)
        for _ in range(2):  # an open list is read to its end first
            syncs.sync(destination)
        assert there - keys(destination) == set(gone), number
    for (name, _), row in gone.items():
        if row.id in emulator.account.table(name).trash:  # it may have come with its parent
            emulator.restore(name, row.id)
    assert next_day(syncs, destination) == set()
    assert keys(destination) == there


def test_a_record_that_moves_to_another_parent_stays(emulator: Emulator) -> None:
    syncs, destination = synced(emulator, *VANISHING)
    moved = set()
    for name in VANISHING:
        table = emulator.account.table(name)
        row, *others = table.rows.values()
        parents = [it.parent for it in others if it.parent != row.parent]
        if STREAMS[name].children and parents:
            table.remove(row)
            row.parent = parents[0]
            emulator.restore(name, row.id)
            moved.add(name)
    assert moved >= {name for name in VANISHING if STREAMS[name].children} - set(NOT_ALONE)
    assert next_day(syncs, destination) == next_day(syncs, destination) == set()


def test_a_stream_that_was_not_selected_for_a_while_finds_what_went(emulator: Emulator) -> None:
    syncs, destination = synced(emulator, *VANISHING)
    gone, catalog = set(remove_one_of_each(emulator)), syncs.catalog
    syncs.catalog = {"streams": catalog["streams"][:1]}
    removed = next_day(syncs, destination)
    assert len(removed) == 1
    syncs.catalog = catalog
    assert removed | next_day(syncs, destination) == gone


@pytest.mark.parametrize("how", ["with deletions off", "in version 6.0.0"])
def test_deletions_of_a_time_without_known_keys_are_not_found_and_later_ones_are(
    emulator: Emulator, how: str
) -> None:
    syncs, destination = synced(emulator, *VANISHING)
    before = set(remove_one_of_each(emulator))
    if how == "with deletions off":
        syncs.config["deletions"] = "off"
        assert next_day(syncs, destination) == set()
        syncs.config["deletions"] = "tombstones"
    else:
        for state in destination.state.values():
            del state["known"]
    assert next_day(syncs, destination) == set()
    assert before < keys(destination)
    gone = set(remove_one_of_each(emulator))
    assert next_day(syncs, destination) == gone


@pytest.mark.parametrize("engine", NAMES)
def test_hashed_keys_and_cursors_have_tombstones_with_the_same_hashes(
    emulator: Emulator, engine: str
) -> None:
    names = [name for name in NAMES[engine] if name in VANISHING]
    fields = [(name, field) for name in names for field in (STREAMS[name].primary_key,
              STREAMS[name].cursor_field)]  # fmt: skip
    rules = [{"stream": name, "field": field, "action": "hash"} for name, field in fields]
    privacy = {"hash_key": "a key of a test, long enough", "rules": rules}
    syncs, destination = synced(emulator, *names, engine=engine, privacy=privacy)
    there = keys(destination)
    assert {len(key) for _, key in there} == {32}
    gone = Counter(name for name, _ in remove_one_of_each(emulator) if name in names)
    assert Counter(name for name, _ in next_day(syncs, destination)) == gone
    assert keys(destination) < there
