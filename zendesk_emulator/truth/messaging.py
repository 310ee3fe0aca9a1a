"""The truth of conversations, engagements and survey responses."""

from zendesk_emulator.api.messaging import shown_engagements
from zendesk_emulator.data.account import Account, Row

from .rules import Query, Rule, Truth, created_from, expected


def _conversation_log(account: Account, query: Query) -> Truth:
    """Return the events of the tickets that the export shows, each with its ticket."""
    tickets = account.table("tickets").rows
    log = account.table("conversation_log")
    sure: list[Row] = []
    others: list[Row] = []
    for row in log.rows.values():
        ticket = tickets[row.parent]
        is_shown = ticket.status != "deleted" and query.shows(ticket.at_s)
        (sure if is_shown else others).append(row)
    must = [{**log.record(row), "ticket_id": row.parent} for row in sure]
    return Truth("id", must, [log.key(row.id) for row in others])


def _engagements(account: Account, query: Query) -> Truth:
    """Those that began within the last 90 days; older ones may have been read in time."""

    def must(row: Row) -> bool:
        return row.at_s >= query.start_s and shown_engagements(account, row)

    return expected(account, "engagements", must, key="engagement_id")


RULES: dict[str, Rule] = {
    "conversation_log": _conversation_log,
    "engagements": _engagements,
    "csat_survey_responses": created_from("csat_survey_responses"),
}
