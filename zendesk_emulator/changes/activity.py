"""New activities, skips and audit logs, and side conversations that begin and continue."""

from collections.abc import Callable

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed.activity import LOG_STEP, add_conversation_event, precise, refuses

from .ticket import write_ticket

Written = list[tuple[str, int]]
Change = Callable[[Account, Draw, int | None], Written]


def _new(stream: str, step: int) -> Change:
    def new(account: Account, _: Draw, __: int | None) -> Written:
        table = account.table(stream)
        now_s = account.clock.now_s()
        row = table.add(Row(table.next_id(step), now_s, now_s, now_s))
        table.body(row)  # people are embedded as they are now
        return [(stream, row.id)]

    return new


def new_skip(account: Account, draw: Draw, row_id: int | None) -> Written:
    ticket = pick(account.table("tickets"), draw, row_id, lambda row: row.status != "deleted")
    table = account.table("ticket_skips")
    now_s = account.clock.now_s()
    row = table.add(Row(table.next_id(), now_s, now_s, now_s, parent=ticket.id))
    table.body(row)
    return [("ticket_skips", row.id)]


def new_side_conversation(account: Account, draw: Draw, row_id: int | None) -> Written:
    """That its ticket's generated_timestamp moves is unverified; clients rely on it."""
    ticket = pick(
        account.table("tickets"), draw, row_id,
        lambda row: row.status not in ("deleted", "closed") and not refuses(row),
    )  # fmt: skip
    table = account.table("side_conversations")
    now_s = account.clock.now_s()
    row = table.add(Row(table.next_id(), now_s, now_s, now_s, parent=ticket.id))
    table.body(row)
    return _recorded(account, row, ticket)


def reply_side_conversation(account: Account, draw: Draw, row_id: int | None) -> Written:
    tickets, table = account.table("tickets").rows, account.table("side_conversations")
    row = pick(
        table, draw, row_id,
        lambda each: tickets[each.parent].status not in ("deleted", "closed"),
    )  # fmt: skip
    now_s = account.clock.now_s()
    replied_at = precise(row, now_s)
    text = f"{draw.of(words.SENTENCES)} ({draw.below(10**6)})"
    table.amend(row, preview_text=text, message_added_at=replied_at, updated_at=replied_at)
    row.at_s = row.updated_s = now_s
    return _recorded(account, row, tickets[row.parent])


def _recorded(account: Account, row: Row, ticket: Row) -> Written:
    """The event of a conversation, and the silent change of its ticket."""
    event = add_conversation_event(account, row)
    written = [("side_conversations", row.id), ("side_conversation_events", event.id)]
    return written + write_ticket(account, ticket, silent=True)


KINDS = {
    "new_activity": _new("ticket_activities", 3),
    "new_audit_log": _new("audit_logs", LOG_STEP),
    "new_skip": new_skip,
    "new_side_conversation": new_side_conversation,
    "reply_side_conversation": reply_side_conversation,
}
