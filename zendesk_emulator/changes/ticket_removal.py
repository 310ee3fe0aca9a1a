"""The ends of tickets: deletion and return, the scrubbing after 30 days, and the archive.

Deleted tickets keep their fields until they are scrubbed. Neither scrubbing nor archiving makes an
event or moves `updated_at` (docs/facts/zendesk-api.md#2.3.6, #2.3.7).
"""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.data.sizes import DAY_S
from zendesk_emulator.seed.people import ADMIN_ID
from zendesk_emulator.seed.ticket_records import deleted_ticket_record, scrub
from zendesk_emulator.seed.tickets import SCRUB_AFTER_S, is_scrubbed

from .ticket import Written, with_status, write_ticket


def delete_ticket(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Status deleted, fields intact, both times at the deletion.

    See docs/facts/zendesk-api.md#2.3.7.
    """
    ticket = pick(
        account.table("tickets"), draw, row_id,
        # archived tickets never come to the list of deleted ones (docs/facts/zendesk-api.md#2.3.9)
        lambda row: row.status != "deleted" and not row.archived,
    )  # fmt: skip
    previous = ticket.status
    written = with_status(account, ticket, "deleted", ADMIN_ID, draw)
    row = Row(
        ticket.id, ticket.updated_s, ticket.created_s, ticket.updated_s, support=ticket.support
    )
    record = deleted_ticket_record(account, ticket, previous, ADMIN_ID)
    account.table("deleted_tickets").add(row, record)
    return [*written, ("deleted_tickets", row.id)]


def restore_ticket(account: Account, draw: Draw, row_id: int | None) -> Written:
    deletions = account.table("deleted_tickets")
    deletion = pick(deletions, draw, row_id)
    previous = deletions.record(deletion)["previous_state"]
    deletions.remove(deletion)
    ticket = account.table("tickets").rows[deletion.id]
    written = with_status(account, ticket, previous, ADMIN_ID, draw)
    return [*written, ("deleted_tickets", deletion.id)]


def scrub_ticket(account: Account, draw: Draw, row_id: int | None) -> Written:
    """30 days later: contents gone, generated_timestamp moved, updated_at not.

    See docs/facts/zendesk-api.md#2.3.7.
    """
    tickets = account.table("tickets")
    ticket = pick(
        tickets, draw, row_id, lambda row: row.status == "deleted" and not is_scrubbed(row)
    )
    return _scrub(account, ticket, account.clock.now_s())


def _scrub(account: Account, ticket: Row, at_s: int) -> Written:
    contents = scrub(account.table("tickets").record(ticket))
    del contents["generated_timestamp"]  # the change itself moves it
    written = write_ticket(account, ticket, silent=True, at_s=at_s, **contents)
    deletions = account.table("deleted_tickets")
    if ticket.id in deletions.rows:
        deletions.remove(deletions.rows[ticket.id])
        written.append(("deleted_tickets", ticket.id))
    return written


def scrub_due_tickets(account: Account) -> None:
    """Scrub tickets 30 days after their deletion (docs/facts/zendesk-api.md#2.3.7)."""
    due_s = account.clock.now_s() - SCRUB_AFTER_S
    due = [row for row in account.table("deleted_tickets").rows.values() if row.at_s <= due_s]
    for row in due:
        _scrub(account, account.table("tickets").rows[row.id], row.at_s + SCRUB_AFTER_S)
    if due:
        account.changed()


def archive_ticket(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Closed tickets leave the lists for the archive, without an event.

    Never one whose last events a sync may not have seen: Zendesk waits 120 days.
    See docs/facts/zendesk-api.md#2.3.6, #2.3.9.
    """
    rested_s = account.clock.now_s() - DAY_S
    ticket = pick(
        account.table("tickets"), draw, row_id,
        lambda row: row.status == "closed" and not row.archived and row.updated_s < rested_s,
    )  # fmt: skip
    ticket.archived = True
    return write_ticket(account, ticket, silent=True)


KINDS = {
    "delete_ticket": delete_ticket,
    "restore_ticket": restore_ticket,
    "scrub_ticket": scrub_ticket,
    "archive_ticket": archive_ticket,
}
