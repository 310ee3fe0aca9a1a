"""Lays out tickets and their metric sets, events, metric events, ratings and deletions.

Decides times, states and identities. The records are drawn on demand by ticket_records.py and
event_records.py. Times obey docs/facts/zendesk-api.md#2.3.6, #2.3.7 and
#2.3.9.
"""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import METRIC_SET_BASE
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

from .event_records import draw_event, draw_metric_event, metric_event_times
from .people import ADMIN_ID
from .ticket_records import deleted_ticket_record, draw_metric_set, draw_rating, draw_ticket

SCRUB_AFTER_S = 30 * DAY_S  # a deleted ticket is scrubbed then (docs/facts/zendesk-api.md#2.3.7)
ARCHIVE_AFTER_S = 120 * DAY_S  # a closed ticket is archived then (docs/facts/zendesk-api.md#2.3.9)
EVENT_BASE, METRIC_EVENT_BASE, RATING_BASE = 900_000_000_000, 926_000_000_000, 360_100_000_000


def lay_out_tickets(account: Account, size: Size, now_s: int) -> None:
    tickets = account.add_table("tickets", lambda row: draw_ticket(account, row))
    draw = Draw(account.seed, 20)
    rows = []
    step = (HISTORY_S - QUIET_S) // max(1, size.tickets)
    for number in range(size.tickets):
        created_s = now_s - HISTORY_S + number * step + draw.below(max(1, step))
        rows.append(tickets.add(_ticket_row(draw, number + 1, created_s, now_s - QUIET_S)))
    _share_seconds(rows, size.cluster)
    _one_of_each(rows, now_s - QUIET_S)
    _metric_sets(account, rows)
    _ratings(account, rows, size)
    _events(account, rows)
    _metric_events(account, rows)
    _deleted_tickets(account, rows, now_s)


def _ticket_row(draw: Draw, ticket_id: int, created_s: int, latest_s: int) -> Row:
    updated_s = min(created_s + draw.between(0, 30 * DAY_S), latest_s)
    generated_s = updated_s
    age_s = latest_s - updated_s
    status, archived = draw.of(("new", "open", "open", "pending", "hold", "solved")), False
    if age_s > 10 * DAY_S and draw.chance(80):
        status = "closed"
        archived = age_s > ARCHIVE_AFTER_S and draw.chance(60)
        # archiving makes no event: only generated_timestamp moves (docs/facts/zendesk-api.md#2.3.6)
        generated_s = updated_s + ARCHIVE_AFTER_S if archived else updated_s
    # a few deletions everywhere, and enough young ones that are not yet scrubbed
    elif draw.chance(5) or (age_s < SCRUB_AFTER_S and draw.chance(15)):
        status = "deleted"
        if age_s > SCRUB_AFTER_S:
            generated_s = updated_s + SCRUB_AFTER_S
    if status not in ("closed", "deleted") and draw.chance(15):
        generated_s = draw.between(updated_s, min(updated_s + 20 * DAY_S, latest_s))  # silently
    support = "ai_agent" if draw.chance(4) else "agent"
    return Row(
        ticket_id, generated_s, created_s, updated_s,
        status=status, support=support, archived=archived,
    )  # fmt: skip


def _share_seconds(rows: list[Row], cluster: int) -> None:
    """Two jobs, each within a second: a silent one and a bulk update that writes events."""
    alive = sorted(
        (row for row in rows if row.status != "deleted"), key=lambda row: (row.at_s, row.id)
    )
    _one_second(alive, len(alive) * 2 // 5, cluster)
    open_ones = [row for row in alive if not row.archived]
    for row in _one_second(open_ones, len(open_ones) * 3 // 5, cluster):
        row.updated_s = row.at_s


def _one_second(ordered: list[Row], middle: int, cluster: int) -> list[Row]:
    first = max(0, middle - cluster // 2)
    together = ordered[first : first + cluster]
    for row in together:
        row.at_s = together[-1].at_s
    return together


def _one_of_each(rows: list[Row], latest_s: int) -> None:
    """The smallest account, too, has a ticket of every state."""
    if len(rows) < len(_ODD):
        return
    for row, (status, support, archived, updated_ago_s, generated_ago_s) in zip(
        rows[-len(_ODD) :], _ODD, strict=True
    ):
        row.status, row.support, row.archived = status, support, archived
        row.updated_s = latest_s - updated_ago_s
        row.at_s = latest_s - generated_ago_s
        row.created_s = min(row.created_s, row.updated_s - DAY_S)


# status, support_type, archived, seconds since updated_at and since generated_timestamp
_ODD = (
    ("deleted", "agent", False, 40 * DAY_S, 10 * DAY_S),  # scrubbed
    ("deleted", "agent", False, 5 * DAY_S, 5 * DAY_S),
    ("deleted", "agent", False, 12 * DAY_S, 12 * DAY_S),
    ("deleted", "ai_agent", False, 3 * DAY_S, 3 * DAY_S),
    ("closed", "agent", True, 150 * DAY_S, 30 * DAY_S),  # archived
    ("open", "ai_agent", False, 2 * DAY_S, 2 * DAY_S),
    ("pending", "agent", False, 400 * DAY_S, DAY_S),  # silently updated long after its last event
)


def is_scrubbed(row: Row) -> bool:
    """Scrubbing moves generated_timestamp and leaves updated_at.

    See docs/facts/zendesk-api.md#2.3.7.
    """
    return row.status == "deleted" and row.at_s > row.updated_s


def _metric_sets(account: Account, tickets: list[Row]) -> None:
    table = account.add_table("ticket_metrics", lambda row: draw_metric_set(account, row))
    for ticket in tickets:
        table.add(
            Row(
                METRIC_SET_BASE + ticket.id, ticket.updated_s, ticket.created_s, ticket.updated_s,
                parent=ticket.id,
            )
        )  # fmt: skip


def _ratings(account: Account, tickets: list[Row], size: Size) -> None:
    """Some were changed long after they were created: updated_at moves alone.

    See docs/facts/zendesk-api.md#5.1.
    """
    table = account.add_table("satisfaction_ratings", lambda row: draw_rating(account, row))
    draw = Draw(account.seed, 21)
    rated = [row for row in tickets if row.status in ("solved", "closed", "pending", "open")]
    step = max(1, len(rated) // max(1, size.ratings))
    for number, ticket in enumerate(rated[::step][: size.ratings]):
        created_s = draw.between(ticket.created_s, ticket.updated_s)
        updated_s = draw.between(created_s, ticket.updated_s) if draw.chance(40) else created_s
        table.add(
            Row(
                RATING_BASE + 3 * number, created_s, created_s, updated_s,
                parent=ticket.id, ordinal=number,
            )
        )  # fmt: skip


def _events(account: Account, tickets: list[Row]) -> None:
    """A creation, a few updates, the last of them at the ticket's updated_at.

    See docs/facts/zendesk-api.md#2.3.6.
    """
    table = account.add_table("ticket_events", lambda row: draw_event(account, row))
    draw = Draw(account.seed, 22)
    event_id = EVENT_BASE
    for ticket in tickets:
        times = [ticket.created_s]
        for _ in range(draw.below(3)):
            times.append(draw.between(times[-1], ticket.updated_s))
        if ticket.updated_s > ticket.created_s:
            times.append(ticket.updated_s)
        for ordinal, at_s in enumerate(times):
            last = ordinal == len(times) - 1
            event_id += 16  # room for the ids of its children
            table.add(
                Row(
                    event_id, at_s, at_s, at_s, parent=ticket.id, ordinal=ordinal,
                    support=ticket.support, status=ticket.status if last else "open",
                )
            )  # fmt: skip


def _metric_events(account: Account, tickets: list[Row]) -> None:
    table = account.add_table("ticket_metric_events", draw_metric_event)
    draw = Draw(account.seed, 23)
    event_id = METRIC_EVENT_BASE
    for ticket in tickets:
        for ordinal, at_s in enumerate(metric_event_times(ticket, draw)):
            event_id += 1
            table.add(
                Row(
                    event_id, at_s, at_s, at_s, parent=ticket.id, ordinal=ordinal,
                    support=ticket.support, gone=draw.chance(3),
                )
            )  # fmt: skip


def _deleted_tickets(account: Account, tickets: list[Row], now_s: int) -> None:
    """The last 30 days, unscrubbed (docs/facts/zendesk-api.md#5.1)."""
    table = account.add_table("deleted_tickets")
    for ticket in tickets:
        if ticket.status == "deleted" and ticket.updated_s > now_s - SCRUB_AFTER_S:
            row = Row(
                ticket.id, ticket.updated_s, ticket.created_s, ticket.updated_s,
                support=ticket.support,
            )  # fmt: skip
            table.add(row, deleted_ticket_record(account, ticket, "open", ADMIN_ID))
