"""Draws how often each rule was used: in the last hour, day, week and month."""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.drawing import Draw

# Table -> its singular
RULES_WITH_USAGE = {
    "macros": "macro", "triggers": "trigger", "automations": "automation", "views": "view",
}  # fmt: skip
# Sideload -> the most uses of it that are drawn
SPANS = {"usage_1h": 3, "usage_24h": 20, "usage_7d": 90, "usage_30d": 400}


def usage_of(table: str) -> str:
    """The table of the counts of a table of rules, by the same ids."""
    return f"{RULES_WITH_USAGE[table]}_usage"


def lay_out_usage(account: Account) -> None:
    for table in RULES_WITH_USAGE:
        counts = account.add_table(usage_of(table))
        for rule in account.table(table).rows.values():
            draw = Draw(account.seed, 60, rule.id)
            row = Row(rule.id, rule.at_s, rule.created_s, rule.updated_s)
            counts.add(row, {span: draw.below(most) for span, most in SPANS.items()})
