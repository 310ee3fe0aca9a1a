"""Lists that take the ids of other records: all are asked for, and come as one list."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.zendesk.client import Page

SKILLS = STREAMS["agent_skills"]
IDS_IN = "filter[agent_ids]"


class Users:
    """Lists agents and admins in pages, and the skills of those that are asked for."""

    def __init__(self, agents: dict[str, list[int]], page: int) -> None:
        self.agents, self.page = agents, page
        self.asked: list[list[str]] = []

    def zendesk_s(self) -> int:
        return 1000

    def get(self, path: str, params: dict[str, Any], *, expects: str, size: Any = None) -> Page:
        assert size.value <= 100
        if path == "users":
            rows = [{"id": it} for it in self.agents[params["role"]]]
        else:
            self.asked.append(params[IDS_IN].split(","))
            rows = [
                {"id": f"{it}-{n}", "agent_id": int(it)} for it in self.asked[-1] for n in (1, 2)
            ]
        first = int(params.get("page[after]", 0))
        end = first + self.page
        meta = {"has_more": end < len(rows), "after_cursor": str(end)}
        return Page({expects: rows[first:end], "meta": meta}, server_s=1000)


@settings(deadline=None)
@given(st.sampled_from([0, 1, 7, 96, 230]), st.integers(0, 4), st.sampled_from([1, 5, 100]))
def test_the_skills_of_all_agents_come_once(make_context, agents, admins, page) -> None:
    users = Users({"agent": list(range(agents)), "admin": list(range(50, 50 + admins))}, page)
    context = make_context(users, lambda: 1000, normalize={SKILLS.name: lambda _: None})
    run = WalkRun(SKILLS.resource, (SKILLS,), {SKILLS.name: ListPosition()})
    results = list(SKILLS.resource.walk.read(context, run))
    came = [it["id"] for result in results for _, records in result.records for it in records]
    everyone = [*range(50, 50 + admins), *range(agents)]
    assert came == [f"{agent}-{n}" for agent in everyone for n in (1, 2)]
    assert len({tuple(ids) for ids in users.asked}) == -(-len(everyone) // 100)
    assert all(len(ids) <= 100 for ids in users.asked)
    assert [result.states for result in results[-1:]] == [
        ((SKILLS.name, {"__ab_no_cursor_state_message": True}),)
    ]
