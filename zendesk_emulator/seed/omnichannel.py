"""Draws what omnichannel routing knows of agents: availability, statuses, capacity rules.

Fields are those of docs/facts/zendesk-api.md#5.6. A row of `agent_availabilities` holds the agent
with channels and work items; api/omnichannel.py serves it in the parts of JSON:API.
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid, uuid
from zendesk_emulator.data.sizes import DAY_S, QUIET_S

from .config import GROUP_BASE
from .people import AGENT_EVERY, user_id
from .rows import Seed, stamps

AVAILABILITY_BASE, RULE_BASE = 360_070_000_000, 71_000
CHANNELS = ("messaging", "support", "talk")
_MOST_SHOWN = 3  # work items that the list shows of a channel
# Statuses that Zendesk provides, by id; the account's own follow
DEFAULT_STATUSES = (
    ("Offline", "Can't receive work"), ("Online", "Can receive work"),
    ("Away", "Can only receive email tickets"),
    ("Transfers only", "Can only receive work from other agents"),
)  # fmt: skip
FIRST_STATUS_ID = 2
_STATES = ("offline", "online", "away", "transfers_only")


def agent_status(_: Account, row: Row, draw: Draw) -> Record:
    """A default status has a name and a description alone."""
    number = row.id - FIRST_STATUS_ID
    if number < len(DEFAULT_STATUSES):
        name, description = DEFAULT_STATUSES[number]
        return {"id": row.id, "name": name, "description": description}
    return {
        "id": row.id, "name": f"{draw.of(words.TEAMS)} break", "description": "Back in a while ☕",
        "channels": {name: draw.of(_STATES) for name in CHANNELS},
        "group_ids": [GROUP_BASE] if draw.chance(50) else [],
        "updated_at": iso(row.updated_s),
    }  # fmt: skip


def capacity_rule(_: Account, row: Row, draw: Draw) -> Record:
    created = stamps(row)
    return {
        "id": ulid(row.id), "name": f"{draw.of(words.TEAMS)} capacity",
        "description": draw.of(words.SENTENCES), "default": row.id == RULE_BASE,
        "capacities": {"email": draw.below(20), "messaging": draw.below(5), "voice": 1},
        "assignees": {"agents_sample": [{"id": user_id(0), "name": "Sample"}], "count": 1},
        "created_at": created["created_at"], "last_updated_at": created["updated_at"],
    }  # fmt: skip


OMNICHANNEL_SEEDS = (
    Seed(
        "agent_statuses", "agent_status", FIRST_STATUS_ID, 7, agent_status, "description", step=1,
        removable=False,
    ),
    Seed(
        "capacity_rules", "capacity_rule", RULE_BASE, 3, capacity_rule, None, key=ulid,
        below=("capacity_rule_assignees",),
    ),
)  # fmt: skip


def lay_out_omnichannel(account: Account, now_s: int) -> None:
    """One availability and one capacity rule for each agent."""
    table = account.add_table("agent_availabilities", lambda row: availability(account, row))
    assignees = account.add_table("capacity_rule_assignees", lambda row: assignee(account, row))
    rules = list(account.table("capacity_rules").rows)
    for number in range(-(-account.population // AGENT_EVERY)):
        agent_id = user_id(AGENT_EVERY * number)
        draw = Draw(account.seed, AVAILABILITY_BASE, number)
        at_s = draw.between(now_s - DAY_S, now_s - QUIET_S)
        table.add(Row(agent_id, at_s, at_s, at_s, ordinal=number))
        assignees.add(Row(agent_id, at_s, at_s, at_s, parent=draw.of(rules)))


def assignee(account: Account, row: Row) -> Record:
    """Which rule an agent has; only that there are assignees is documented."""
    users = account.table("users")
    name = users.record(users.rows[row.id])["name"]
    return {"id": row.id, "name": name, "rule_id": ulid(row.parent)}


def availability(account: Account, row: Row) -> Record:
    draw = Draw(account.seed, AVAILABILITY_BASE, row.id, row.at_s)
    status_id = FIRST_STATUS_ID + draw.below(len(DEFAULT_STATUSES))
    return {
        "agent_id": row.id,
        "agent_status": {
            "id": status_id, "name": DEFAULT_STATUSES[status_id - FIRST_STATUS_ID][0].lower(),
            "reason": draw.of(("AGENT_STATUS_SWITCHER", "AGENT_IDLE_TIMEOUT", "PUBLIC_API")),
            "updated_at": fine(row.at_s),
        },
        "group_ids": [GROUP_BASE],
        "skills": [{"id": uuid(draw.below(9))}] if draw.chance(50) else [],
        "version": 1 + draw.below(500),
        "channels": [channel(draw, name, row.at_s) for name in CHANNELS],
    }  # fmt: skip


def channel(draw: Draw, name: str, at_s: int) -> Record:
    """A channel without a capacity of its own shows none, as where Talk is off."""
    count = draw.below(6)
    work = [
        {"id": str(200 + n), "added_at": fine(at_s - 60 * n), "reason": draw.of(_REASONS)}
        for n in range(min(count, _MOST_SHOWN))
    ]
    return {
        "id": name, "name": name, "status": draw.of(_STATES), "max_capacity": 1 + draw.below(8),
        "updated_at": fine(at_s), "work_item_count": count, "work_items": work,
    }  # fmt: skip


_REASONS = ("ASSIGNED", "OFFERED", "ACCEPTED", "REOPENED")


def fine(at_s: int) -> str:
    """A time with microseconds, as this service writes it."""
    return f"{iso(at_s)[:-1]}.{at_s % 999_983:06}Z"
