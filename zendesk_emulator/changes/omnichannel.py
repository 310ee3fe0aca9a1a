"""Changes of what omnichannel routing knows of agents."""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed.omnichannel import assignee, availability

Written = list[tuple[str, int]]


def change_availability(account: Account, draw: Draw, row_id: int | None) -> Written:
    """An agent takes another status or other work: the version grows."""
    table = account.table("agent_availabilities")
    row = pick(table, draw, row_id)
    version = table.record(row)["version"] + 1
    row.at_s = row.updated_s = account.clock.now_s()
    table.amend(row, **{**availability(account, row), "version": version})
    return [("agent_availabilities", row.id)]


def update_capacity_rule(account: Account, draw: Draw, row_id: int | None) -> Written:
    table = account.table("capacity_rules")
    row = pick(table, draw, row_id)
    now_s = account.clock.now_s()
    capacities = {"email": draw.below(20), "messaging": draw.below(5), "voice": 1}
    table.amend(row, capacities=capacities, last_updated_at=iso(now_s))
    row.at_s = row.updated_s = now_s
    return [("capacity_rules", row.id)]


def assign_capacity_rule(account: Account, draw: Draw, row_id: int | None) -> Written:
    """An agent gets a rule, or another one: the key is the agent's."""
    table, now_s = account.table("capacity_rule_assignees"), account.clock.now_s()
    agent = pick(account.table("agent_availabilities"), draw, row_id)
    if agent.id in table.rows:
        table.remove(table.rows[agent.id])
    rule = pick(account.table("capacity_rules"), draw, None)
    row = Row(agent.id, now_s, now_s, now_s, parent=rule.id)
    table.add(row, assignee(account, row))
    return [("capacity_rule_assignees", row.id)]


KINDS = {
    "change_availability": change_availability,
    "update_capacity_rule": update_capacity_rule,
    "assign_capacity_rule": assign_capacity_rule,
}
