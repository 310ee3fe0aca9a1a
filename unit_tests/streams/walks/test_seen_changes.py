"""A record that differs from the last time is new, with the time it was seen."""

from dataclasses import replace
from typing import Any

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.state.list_position import ComparedPosition
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.zendesk.client import Page
from test_support.models.answers import iso

NOW_S = 1_790_000_000
STREAM = STREAMS["agent_availabilities"]


class Agents:
    """The availability of each agent, two on a page, by a link alone as JSON:API has it."""

    def __init__(self) -> None:
        self.now_s = NOW_S
        self.versions = {10: 1, 11: 1, 12: 1}
        self.asked: list[dict[str, str]] = []

    def get(self, path: str, params: dict[str, str], *, expects: str, size: Any) -> Page:
        assert (path, expects, size.param) == ("agent_availabilities", "data", "page[size]")
        self.asked.append(params)
        after = int(params.get("page[after]", 0))
        left = [key for key in self.versions if key > after]
        page = [
            {
                "id": f"agent_availabilities|{key}",
                "attributes": {"agent_id": key, "version": self.versions[key]},
            }
            for key in left[:2]
        ]
        link = f"https://x.zendesk.com/api/v2/agent_availabilities?page%5Bafter%5D={left[1:2]}"
        links = {"next": link.replace("[", "").replace("]", "") if len(left) > 2 else None}
        return Page({"data": page, "links": links}, server_s=self.now_s)


def synced(make_context: Any, account: Agents, state: dict[str, Any] | None) -> Any:
    """Return the records of a sync, and the state after it."""
    position = decode(STREAM, state)
    (run,) = plan_runs([STREAM], {STREAM.name: position})
    context = make_context(account, lambda: account.now_s)
    records, states = [], [state]
    for result in STREAM.resource.walk.read(context, run):
        records += [record for _, found in result.records for record in found]
        states += [it for _, it in result.states]
    return records, states[-1]


def test_a_record_is_an_agent_as_it_was_at_a_time(make_context: Any) -> None:
    account = Agents()
    first, state = synced(make_context, account, None)
    assert [(it["agent_id"], it["version"]) for it in first] == [(10, 1), (11, 1), (12, 1)]
    taken_at = iso(NOW_S - 1)
    assert [it["id"] for it in first] == [f"{key}|{taken_at}" for key in account.versions]
    assert {it["snapshot_at"] for it in first} == {taken_at}
    assert state["snapshot_at"] == taken_at

    account.now_s += 3600
    assert synced(make_context, account, state) == ([], state)

    account.versions[11] = 2
    (changed,), later = synced(make_context, account, state)
    assert changed["id"] == f"11|{iso(NOW_S + 3599)}"
    assert later["snapshot_at"] == iso(NOW_S + 3599)
    account.versions[11] = 1
    (back,), _ = synced(make_context, account, later)
    assert back["version"] == 1, "what is as it once was is a change too"


def test_pages_are_followed_by_the_link_alone(make_context: Any) -> None:
    account = Agents()
    synced(make_context, account, None)
    assert account.asked == [{}, {"page[after]": "11"}]


def test_a_sync_that_was_stopped_delivers_the_rest(make_context: Any) -> None:
    account = Agents()
    position = decode(STREAM, None)
    (run,) = plan_runs([STREAM], {STREAM.name: position})
    results = STREAM.resource.walk.read(make_context(account, lambda: account.now_s), run)
    first = next(results)
    (state,) = [it for _, it in first.states] or [None]
    assert [it["agent_id"] for _, found in first.records for it in found] == [10, 11]
    rest, _ = synced(make_context, account, state)
    assert 12 in [it["agent_id"] for it in rest]


def test_a_position_is_that_of_a_compared_list() -> None:
    assert replace(STREAM).position_type is ComparedPosition
