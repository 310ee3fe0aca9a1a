"""Exports with something below them: side conversations of tickets, records of custom objects."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from model_answers import iso

from source_zendesk_support.streams.children import ALL_REFUSED
from source_zendesk_support.streams.compared import read_compared_list
from source_zendesk_support.streams.export import read_cursor_export
from source_zendesk_support.streams.feeds import plan_runs
from source_zendesk_support.streams.row import Walk
from source_zendesk_support.streams.state import decode
from source_zendesk_support.streams.table import STREAMS
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    RecordRefused,
    Refusal,
    StartTimeTooRecent,
    StreamRefused,
)

T0_S = 1_700_000_000
SIDE = "2026-01-02T10:00:00.677Z"


def error(kind: type[ConnectorError], status: int) -> ConnectorError:
    if kind is StreamRefused:
        return StreamRefused("No.", about="GET", remedy="", status=status, reason=Refusal.PRODUCT)
    return kind("No.", about="GET", remedy="", failure=Failure.CONFIG)


@dataclass
class Account:
    """Tickets with side conversations, custom objects with records; `get` is the client's."""

    now_s: int = T0_S
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    errors: dict[str, ConnectorError] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def ticket(self, key: int, status: str = "open") -> None:
        self.now_s += 1
        self.tickets[key] = {"id": key, "generated_timestamp": self.now_s, "status": status}

    def record(self, name: str, key: str) -> None:
        self.now_s += 1
        records = self.objects.setdefault(name, {})
        records.pop(key, None)
        records[key] = {"id": key, "updated_at": iso(self.now_s), "at": self.now_s}

    def get(
        self, path: str, params: dict[str, str], *, expects: str, size: Any = None, **_lacks: Any
    ) -> Page:
        self.requests.append(path)
        if path in self.errors:
            raise self.errors[path]
        if path == "incremental/tickets/cursor":
            rows = sorted(self.tickets.values(), key=lambda it: it["generated_timestamp"])
            body = self._export(rows, "generated_timestamp", params, size.value)
            body["end_of_stream"] = not body.pop("more")
        elif path == "custom_objects":
            body = {"rows": [{"key": it, "updated_at": iso(T0_S)} for it in self.objects]}
        elif path.startswith("incremental/custom_objects/"):
            rows = list(self.objects[path.split("/")[2]].values())
            body = self._export(rows, "at", params, size.value)
            body["meta"] = {"has_more": body.pop("more")}
        else:
            ticket = int(path.split("/")[1])
            body = {
                "rows": [{"id": f"s{ticket}", "ticket_id": ticket, "updated_at": SIDE}],
                "next_page": None,
                "count": 1,
            }
        return Page({expects: body.pop("rows"), **body}, server_s=self.now_s)

    def _export(
        self, rows: list[dict[str, Any]], at: str, params: dict[str, str], size: int
    ) -> dict[str, Any]:
        if "cursor" in params:
            rows = [row for row in rows if row[at] > int(params["cursor"])]
        elif int(params["start_time"]) > self.now_s - 60:
            raise error(StartTimeTooRecent, 400)
        else:
            rows = [row for row in rows if row[at] >= int(params["start_time"])]
        page = rows[:size]
        cursor = str(page[-1][at]) if page else params.get("cursor")
        return {"rows": page, "after_cursor": cursor, "more": len(rows) > size}


def sync(make_context, account, states, *names: str, page: int = 2) -> dict[str, list[Any]]:
    account.requests.clear()
    streams = [STREAMS[name] for name in names]
    stands = {
        row.name: decode(row, json.loads(json.dumps(states.get(row.name)))) for row in streams
    }
    came: dict[str, list[Any]] = {name: [] for name in names}
    context = make_context(account, lambda: account.now_s + 1000, largest_page=page)
    for run in plan_runs(streams, stands):
        read = read_compared_list if run.feed.walk is Walk.COMPARED_LIST else read_cursor_export
        for delivery in read(context, run):
            for name, records in delivery.records:
                came[name] += records
            states |= dict(delivery.states)
            came.setdefault("failed", []).extend(name for name, _ in delivery.failures)
    came["left out"] = context.left_out.lines()
    return came


def test_side_conversations_are_asked_for_below_changed_tickets_alone(make_context) -> None:
    account, states = Account(), {}
    for key in range(1, 6):
        account.ticket(key)
    account.ticket(6, "deleted")
    came = sync(make_context, account, states, "tickets", "side_conversations")
    assert [it["id"] for it in came["side_conversations"]] == [f"s{key}" for key in range(1, 6)]
    assert {it["updated_at"] for it in came["side_conversations"]} == {SIDE}
    assert account.requests.count("incremental/tickets/cursor") == 6  # a history is walked apart
    assert states["tickets"]["after_cursor"] == states["side_conversations"]["after_cursor"]

    came = sync(make_context, account, states, "tickets", "side_conversations")
    assert account.requests == ["incremental/tickets/cursor"]
    assert came["tickets"] == came["side_conversations"] == []

    account.ticket(3)
    came = sync(make_context, account, states, "tickets", "side_conversations")
    assert account.requests == ["incremental/tickets/cursor", "tickets/3/side_conversations"]
    assert [it["id"] for it in came["tickets"]] == [3]


def test_refused_tickets_are_left_out_and_faults_end_side_conversations_alone(
    make_context,
) -> None:
    account, states = Account(), {}
    account.ticket(1)
    sync(make_context, account, states, "tickets", "side_conversations")
    for key in (2, 3, 4, 5):
        account.ticket(key)
    account.errors["tickets/2/side_conversations"] = error(StreamRefused, 403)
    account.errors["tickets/3/side_conversations"] = error(RecordRefused, 422)
    kept = dict(states)
    came = sync(make_context, account, states, "tickets", "side_conversations", page=9)
    assert came["left out"] == [
        "side_conversations: 1 parents that Zendesk refused with status 403",
        "side_conversations: 1 parents that Zendesk refused with status 422",
    ]
    assert [it["id"] for it in came["side_conversations"]] == ["s4", "s5"]

    account.errors = {"tickets/4/side_conversations": error(ConnectorError, 500)}
    states = kept
    before = states["side_conversations"]
    came = sync(make_context, account, states, "tickets", "side_conversations", page=9)
    assert came["failed"] == ["side_conversations"]
    assert len(came["tickets"]) == 4
    assert states["side_conversations"] == before
    assert states["tickets"] != before


def test_a_published_state_of_side_conversations_goes_on_at_its_tickets(make_context) -> None:
    account = Account()
    for key in (1, 2, 3):
        account.ticket(key)
    account.now_s += 100
    states = {
        "side_conversations": {
            "use_global_cursor": False,
            "states": [
                {"partition": {"ticket_id": 1, "parent_slice": {}}, "cursor": {"updated_at": SIDE}}
            ],
            "state": {"updated_at": SIDE},
            "lookback_window": 1,
            "parent_state": {"tickets": {"generated_timestamp": str(T0_S + 2)}},
        }
    }
    came = sync(make_context, account, states, "side_conversations")
    assert [it["id"] for it in came["side_conversations"]] == ["s2", "s3"]


def test_each_custom_object_has_a_place_of_its_own(make_context) -> None:
    account, states = Account(), {}
    for key in "abcde":
        account.record("car", key)
    account.record("boat", "x")
    account.now_s += 100
    names = ("custom_objects", "custom_object_records")
    came = sync(make_context, account, states, *names)
    assert [it["id"] for it in came["custom_object_records"]] == [*"abcde", "x"]
    assert set(states["custom_object_records"]["exports"]) == {"car", "boat"}

    came = sync(make_context, account, states, *names)
    assert came["custom_object_records"] == came["custom_objects"] == []
    assert len(account.requests) == 3

    account.record("car", "b")
    account.objects["plane"] = {}
    account.record("plane", "p")
    account.now_s += 100
    account.errors["incremental/custom_objects/boat/cursor"] = error(StreamRefused, 404)
    came = sync(make_context, account, states, *names)
    assert [it["id"] for it in came["custom_object_records"]] == ["b", "p"]
    assert [it["key"] for it in came["custom_objects"]] == ["plane"]
    assert came["left out"] == [
        "custom_object_records: 1 parents that Zendesk refused with status 404"
    ]
    assert set(states["custom_object_records"]["exports"]) == {"car", "boat", "plane"}


def test_an_object_too_young_to_be_exported_waits_for_the_next_sync(make_context) -> None:
    account, states = Account(), {}
    account.record("car", "a")
    context_start = account.now_s
    came = sync(
        lambda *args, **more: make_context(*args, start_s=context_start, **more),
        account,
        states,
        "custom_object_records",
    )
    assert came["custom_object_records"] == []
    account.now_s += 100
    came = sync(
        lambda *args, **more: make_context(*args, start_s=context_start, **more),
        account,
        states,
        "custom_object_records",
    )
    assert [it["id"] for it in came["custom_object_records"]] == ["a"]


@pytest.mark.parametrize("readable", [0, 1])
def test_many_refused_exports_end_a_stream_of_which_none_was_read(make_context, readable) -> None:
    account = Account(now_s=T0_S)
    for number in range(ALL_REFUSED + readable):
        account.record(f"thing{number}", "r")
    for name in list(account.objects)[readable:]:
        account.errors[f"incremental/custom_objects/{name}/cursor"] = error(StreamRefused, 403)
    came = sync(make_context, account, {}, "custom_object_records", page=100)
    assert len(came["custom_object_records"]) == readable
    assert came["failed"] == ([] if readable else ["custom_object_records"])
