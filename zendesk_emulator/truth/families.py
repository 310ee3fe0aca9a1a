"""The truth of lists that are rows of data: all that is alive, whatever the start.

Zendesk writes some numbers as text, and some texts as numbers. The truth has the type by which
other records refer to such a value.
"""

from collections.abc import Callable
from typing import Any

from zendesk_emulator.api.family_listings import has_agent
from zendesk_emulator.api.usage import used
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.ids import time_in_ulid_s
from zendesk_emulator.seed.families import FAMILIES, FAMILY_SEEDS
from zendesk_emulator.seed.usage import RULES_WITH_USAGE, usage_of

from .rules import Query, Rule, Truth, expected, listed


def _typed(stream: str, **types: Callable[[Any], Any]) -> Rule:
    """Return the rule of a list some of whose fields refer to records by another type."""

    def rule(account: Account, query: Query) -> Truth:
        truth = listed(stream)(account, query)
        must = [{**it, **{name: kind(it[name]) for name, kind in types.items()}}
                for it in truth.must]  # fmt: skip
        return Truth(truth.key, must, truth.may)

    return rule


def _now(stream: str) -> Rule:
    """Return the rule of values of now: one record, which is all there is."""
    return lambda account, _: expected(account, stream, lambda _row: True, key="")


def _ivrs(account: Account) -> list[Record]:
    table = account.table("ivrs")
    return table.records(table.rows.values())


def _ivr_menus(account: Account, _: Query) -> Truth:
    return Truth("id", [m | {"ivr_id": it["id"]} for it in _ivrs(account) for m in it["menus"]], [])


def _ivr_routes(account: Account, _: Query) -> Truth:
    found = [
        {**route, "ivr_id": ivr["id"], "menu_id": menu["id"]}
        for ivr in _ivrs(account)
        for menu in ivr["menus"]
        for route in menu["routes"]
    ]
    return Truth("id", found, [])


def _agents_activity(account: Account, _: Query) -> Truth:
    return expected(account, "talk_agents_activity", lambda _row: True, key="agent_id")


def _agent_skills(account: Account, _: Query) -> Truth:
    return expected(account, "agent_skills", lambda row: has_agent(account, row))


def _usage(table: str) -> Rule:
    """Return the rule of how often the rules of a list are used."""

    def rule(account: Account, _: Query) -> Truth:
        rows = account.table(table).rows.values()
        return Truth("id", [{"id": row.id, **used(account, table, row)} for row in rows], [])

    return rule


def _organization_merges(account: Account, query: Query) -> Truth:
    """Return the merges below the organizations shown, each with the time in its id."""
    winners = account.table("organizations").rows

    def is_shown(row: Row) -> bool:
        winner = winners[row.parent]
        return not winner.gone and query.shows(winner.at_s)

    truth = expected(account, "organization_merges", is_shown)
    must = [{**it, "created_at": iso(time_in_ulid_s(it["id"]))} for it in truth.must]
    return Truth(truth.key, must, truth.may)


def _without_secrets(stream: str) -> Rule:
    def rule(account: Account, query: Query) -> Truth:
        truth = listed(stream)(account, query)
        hidden = {"secret", "token", "refresh_token"}
        must = [{name: it for name, it in r.items() if name not in hidden} for r in truth.must]
        return Truth(truth.key, must, truth.may)

    return rule


RULES: dict[str, Rule] = {
    **{seed.stream: listed(seed.stream) for seed in FAMILY_SEEDS},
    **{each.seed.stream: _now(each.seed.stream) for each in FAMILIES if each.paging == "object"},
    **{usage_of(table): _usage(table) for table in RULES_WITH_USAGE},
    "account_settings": _now("account_settings"),
    "agent_skills": _agent_skills,
    "ivr_menus": _ivr_menus,
    "ivr_routes": _ivr_routes,
    "talk_agents_activity": _agents_activity,
    "skill_assignments": _typed("skill_assignments", instance_id=int),
    "organization_merges": _organization_merges,
    "jira_links": _typed("jira_links", ticket_id=int),
    "badge_categories": _typed("badge_categories", brand_id=int),
    "badge_assignments": _typed("badge_assignments", user_id=int),
    "oauth_clients": _without_secrets("oauth_clients"),
    "oauth_tokens": _without_secrets("oauth_tokens"),
}
