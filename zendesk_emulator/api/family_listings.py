"""The lists of seed/families.py, of the account and below a record."""

from zendesk_emulator.data.account import Account, Row, order
from zendesk_emulator.seed.families import FAMILIES
from zendesk_emulator.seed.family import Family

from . import refusals
from .branches import Branch, by_key
from .exchange import RefusedError, Request
from .filters import Kept
from .resources import BY_ID, TIMES, Listing

MOST_AGENTS = 100  # ids in one request (docs/facts/endpoints.md)


def _listing(family: Family) -> Listing:
    """In the order of ids; a list that leads to older records begins with the newest."""
    newest_first = family.paging == "older"
    return Listing(
        f"/api/v2/{family.path}", family.seed.stream, family.key, sorts=TIMES,
        by=order("-created_at:d", "-id:i") if newest_first else BY_ID, paging=family.paging,
        dialect=family.dialect, scope=family.scope, admin=family.admin, size_max=family.size_max,
    )  # fmt: skip


def agents_asked_for(account: Account, request: Request) -> Kept:
    """Skills of the agents of `filter[agent_ids]`, at most 100, without which nothing is shown."""
    ids = (request.one("filter[agent_ids]") or "").split(",")
    if ids == [""]:
        raise RefusedError(refusals.invalid_attribute("filter[agent_ids]", "must be given"))
    if len(ids) > MOST_AGENTS:
        raise RefusedError(refusals.too_many_values(MOST_AGENTS))
    table = account.table("agent_skills")
    return tuple(
        ids
    ), lambda row: str(table.record(row)["agent_id"]) in ids and has_agent(account, row)


def has_agent(account: Account, row: Row) -> bool:
    """Return whether the agent of a skill is still there: skills go with a deleted agent."""
    agent_id = account.table("agent_skills").record(row)["agent_id"]
    return not account.table("users").rows[agent_id].gone


FAMILY_LISTINGS = (
    *(_listing(each) for each in FAMILIES if not each.seed.parent),
    Listing(
        "/api/v2/routing/agents/instance_values", "agent_skills", "instance_values",
        kept=agents_asked_for, paging="cursor", admin=True,
    ),
)  # fmt: skip
FAMILY_BRANCHES = tuple(
    Branch(_listing(each), by_key(each.seed.parent)) for each in FAMILIES if each.seed.parent
)
