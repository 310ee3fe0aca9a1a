"""How often rules are used: the sideloads `usage_1h`, `usage_24h`, `usage_7d` and `usage_30d`.

They lie in each record (docs/facts/zendesk-api.md#3). Of views they are unverified.
"""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.seed.usage import RULES_WITH_USAGE, SPANS, usage_of


def used(account: Account, table: str, row: Row) -> dict[str, int]:
    """How often a rule was used; a new one was not."""
    counts = account.table(usage_of(table))
    found = counts.rows.get(row.id)
    return dict.fromkeys(SPANS, 0) if found is None else counts.record(found)


def wanted(table: str, includes: frozenset[str]) -> list[str]:
    """The usage that a request asks for, of a list that has it."""
    return [span for span in SPANS if span in includes] if table in RULES_WITH_USAGE else []
