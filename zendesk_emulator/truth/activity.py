"""The truth of audits, activities, skips, logs, side conversations and comments' attachments."""

from zendesk_emulator.api.audits import audit, in_feed
from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.seed.activity import ACTIVITIES_SHOWN_S

from .rules import Query, Rule, Truth, comments, created_from, expected, exported


def _ticket_audits(account: Account, query: Query) -> Truth:
    """The feed, without hold-back: nothing of archived or deleted tickets is asked for."""
    whole = expected(
        account, "ticket_events", lambda row: row.at_s >= query.start_s and in_feed(account, row)
    )
    return Truth("id", [audit(event) for event in whole.must], whole.may)


def _activities(account: Account, query: Query) -> Truth:
    """Those of the last 30 days; older ones may have been read in time."""
    shown_s = max(query.start_s, account.clock.now_s() - ACTIVITIES_SHOWN_S)
    return expected(account, "ticket_activities", lambda row: row.created_s >= shown_s)


def _skips(account: Account, query: Query) -> Truth:
    tickets = account.table("tickets").rows
    return expected(
        account, "ticket_skips",
        lambda row: row.at_s >= query.start_s and not tickets[row.parent].archived,
    )  # fmt: skip


def _side_conversations(account: Account, query: Query) -> Truth:
    """Those below the tickets that the export shows."""
    tickets = account.table("tickets").rows

    def must(row: Row) -> bool:
        ticket = tickets[row.parent]
        shown = ticket.status != "deleted" and query.shows(ticket.at_s)
        return shown and row.updated_s >= query.start_s

    return expected(account, "side_conversations", must)


def _conversation_events(account: Account, query: Query) -> Truth:
    """Those that the feed shows now; older ones may have been read in time."""
    start_s = query.start_s
    if account.conversation_feed_s is not None:
        start_s = max(start_s, account.clock.now_s() - account.conversation_feed_s)
    return expected(account, "side_conversation_events", lambda row: row.at_s >= start_s)


def _attachments(account: Account, query: Query) -> Truth:
    """As they stand in the comments of the events shown (docs/facts/zendesk-api.md#5.1)."""
    events = exported(account, "ticket_events", query)
    found = [each for comment in comments(events.must) for each in comment["attachments"]]
    return Truth("id", found, [])


RULES: dict[str, Rule] = {
    "ticket_audits": _ticket_audits,
    "ticket_activities": _activities,
    "ticket_skips": _skips,
    "audit_logs": created_from("audit_logs"),
    "side_conversations": _side_conversations,
    "side_conversation_events": _conversation_events,
    "attachments": _attachments,
}
