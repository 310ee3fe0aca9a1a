"""A ticket that is refused singly, where a list brings no sideload: it costs its own records."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.engine import EngineChoice
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.auth import access_token_sign_in
from test_support.client.connection import NOW, NOW_S, Connection
from zendesk_emulator import ACCESS_TOKEN, Emulator

ANSWERS = {
    404: {"error": "RecordNotFound", "description": "Not found"},
    422: {"error": "RecordInvalid", "description": "Record validation errors"},
}


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account whose ticket lists bring nothing beside the tickets."""
    made = Emulator(tickets=60, seed=5, clock_at=NOW, frozen=True, limits=False)
    serve = made.site.serve

    def without_sideloads(request: Any) -> Any:
        query = tuple(it for it in request.query if it[0] != "include")
        return serve(replace(request, query=query))

    monkeypatch.setattr(made.site, "serve", without_sideloads)
    with made as running:
        yield running


@pytest.mark.parametrize(
    ("name", "path"), [("ticket_metric_events", "metric_events"), ("ticket_metrics", "metrics")]
)
@pytest.mark.parametrize("status", ANSWERS)
def test_a_refused_ticket_costs_its_own_records(make_context, emulator, name, path, status) -> None:
    owed = {it["ticket_id"] for it in _read(make_context, emulator, name, [])}
    alive = {it["id"] for it in emulator.truth("tickets").must if it["status"] != "closed"}
    one = min(owed & alive)
    emulator.fault(path=f"tickets/{one}/{path}$", status=status, body=ANSWERS[status])
    skipped: list[str] = []
    assert {it["ticket_id"] for it in _read(make_context, emulator, name, skipped)} == owed - {one}
    assert [line for line in skipped if f"refused with status {status}" in line]


def _read(
    make_context: Any, emulator: Emulator, name: str, skipped: list[str]
) -> list[dict[str, Any]]:
    connection = Connection(emulator.base_url, access_token_sign_in(ACCESS_TOKEN))
    context = make_context(connection.client, lambda: NOW_S, engine=EngineChoice("lists"))
    row = STREAMS[name]
    found = []
    for run in plan_runs([row], {name: decode(row, None)}):
        for result in row.resource.walk.read(context, begin(context, run).run):
            assert not result.failures
            found += [record for _, records in result.records for record in records]
    skipped += context.skipped.lines()
    return found
