"""An account with exports that have something below them, and syncs of it.

The package does not hold it: tickets with side conversations, custom objects with records.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    Refusal,
    StartTimeTooRecent,
    StreamRefused,
)
from test_support.models.answers import iso

T0_S = 1_700_000_000
# Without the feed that names them, side conversations are asked for below each ticket.
BELOW = replace(STREAMS["side_conversations"], resource=STREAMS["tickets"].resource)
ROWS = {**STREAMS, BELOW.name: BELOW}
FEED = "tickets/side_conversations/events"  # of the whole account
SIDE = "2026-01-02T10:00:00.677Z"


def error(kind: type[ConnectorError], status: int, code: str = "") -> ConnectorError:
    if kind is StreamRefused:
        return StreamRefused(
            "No.", about="GET", remedy="", status=status, reason=Refusal.PRODUCT, code=code
        )
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
        elif path == FEED:
            body = {"rows": []}
        elif path == "custom_objects":
            body = {"rows": [{"key": it, "updated_at": iso(T0_S)} for it in self.objects]}
        elif path.startswith("incremental/custom_objects/"):
            rows = list(self.objects[path.split("/")[2]].values())
            body = self._export(rows, "at", params, size.value)
            body["meta"] = {"has_more": body.pop("more")}
        else:
            ticket = int(path.split("/")[1])
            row = {"id": f"s{ticket}", "ticket_id": ticket, "updated_at": SIDE}
            row["at"] = self.tickets[ticket]["generated_timestamp"]
            body = {"rows": [row], "next_page": None, "count": 1}
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
    streams = [ROWS[name] for name in names]
    stands = {
        row.name: decode(row, json.loads(json.dumps(states.get(row.name)))) for row in streams
    }
    came: dict[str, list[Any]] = {name: [] for name in names}
    context = make_context(account, lambda: account.now_s + 1000, largest_page=page)
    for run in plan_runs(streams, stands):
        for delivery in run.resource.walk.read(context, begin(context, run).run):
            for name, records in delivery.records:
                came[name] += records
            states |= dict(delivery.states)
            came.setdefault("failed", []).extend(name for name, _ in delivery.failures)
            came.setdefault("completed", []).extend(delivery.completed)
    came["left out"] = context.skipped.lines()
    return came
