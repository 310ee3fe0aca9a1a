"""The truth about omnichannel routing: what is so now of agents, and which rules they have."""

from dataclasses import replace

from zendesk_emulator.data.account import Account

from .rules import Query, Rule, Truth, expected, listed


def _availabilities(account: Account, _: Query) -> Truth:
    """The last of each agent's records: the earlier ones are history."""
    found = expected(account, "agent_availabilities", lambda _row: True, key="agent_id")
    return replace(found, newest_by="snapshot_at")


RULES: dict[str, Rule] = {
    "agent_availabilities": _availabilities,
    "capacity_rule_assignees": listed("capacity_rule_assignees"),
}
