"""Lays out tickets and their metric sets, events, metric events, ratings and deletions.

Decides times, states and identities. The records are drawn on demand by ticket_records.py and
event_records.py. Times obey docs/facts/zendesk-api.md#2.3.6, #2.3.7 and
#2.3.9.
"""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import METRIC_SET_BASE
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

from .event_records import CHILD_ROOM, draw_event, draw_metric_event
from .hours import at_work
from .life import Frame, life_of
from .people import ADMIN_ID
from .service_levels import happenings
from .ticket_records import deleted_ticket_record, draw_metric_set, draw_rating, draw_ticket

_WITHDRAWN_EVERY = 12  # one breach of so many is deleted later
_GROWTH = 0.85  # below 1 there are more and more tickets
SCRUB_AFTER_S = 30 * DAY_S  # a deleted ticket is scrubbed then (docs/facts/zendesk-api.md#2.3.7)
ARCHIVE_AFTER_S = 120 * DAY_S  # a closed ticket is archived then (docs/facts/zendesk-api.md#2.3.9)
EVENT_BASE, METRIC_EVENT_BASE, RATING_BASE = 900_000_000_000, 926_000_000_000, 360_100_000_000


def lay_out_tickets(account: Account, size: Size, now_s: int) -> None:
    tickets = account.add_table("tickets", lambda row: draw_ticket(account, row))
    draw = Draw(account.seed, 20)
    rows = []
    account.seeded_s = now_s - QUIET_S
    for number, created_s in enumerate(_created(draw, size.tickets, now_s)):
        rows.append(tickets.add(_ticket_row(draw, number + 1, created_s, now_s - QUIET_S)))
    _share_seconds(rows, size.cluster)
    _one_of_each(rows, now_s - QUIET_S)
    for row in rows:
        account.frames[row.id] = Frame(row.created_s, row.updated_s, row.status)
    _metric_sets(account, rows)
    _ratings(account, rows, size)
    _histories(account, rows)
    _deleted_tickets(account, rows, now_s)


def _created(draw: Draw, count: int, now_s: int) -> list[int]:
    """When tickets are created: more of them every year, and three in four by day."""
    span_s = HISTORY_S - QUIET_S
    found = []
    for number in range(count):
        passed = ((number + draw.below(100) / 100) / count) ** _GROWTH
        at_s = now_s - HISTORY_S + int(span_s * passed)
        by_day_s = at_work(at_s) if draw.chance(75) else at_s
        if by_day_s != at_s:  # not all of a night's at the beginning of the day
            by_day_s += draw.below(8 * 3600)
        found.append(by_day_s if by_day_s < now_s - QUIET_S else at_s)
    return sorted(found)


def _ticket_row(draw: Draw, ticket_id: int, created_s: int, latest_s: int) -> Row:
    updated_s = min(created_s + draw.between(0, 30 * DAY_S), latest_s)
    by_day_s = at_work(updated_s)
    updated_s = by_day_s if by_day_s <= latest_s and draw.chance(90) else updated_s
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
    ("solved", "agent", False, 3 * DAY_S, 3 * DAY_S),
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
    count = min(size.ratings, len(rated))
    for number in range(count):  # evenly, and the youngest one, which can still change
        ticket = rated[(number + 1) * len(rated) // count - 1]
        solved = [it.at_s for it in life_of(account, ticket.id).steps if it.status == "solved"]
        created_s = draw.between(solved[0] if solved else ticket.created_s, ticket.updated_s)
        updated_s = draw.between(created_s, ticket.updated_s) if draw.chance(40) else created_s
        table.add(
            Row(
                RATING_BASE + 3 * number, created_s, created_s, updated_s,
                parent=ticket.id, ordinal=number,
            )
        )  # fmt: skip


def _histories(account: Account, tickets: list[Row]) -> None:
    """An event for each step of a life, the last at the ticket's updated_at; and metric events.

    See docs/facts/zendesk-api.md#2.3.6.
    """
    events = account.add_table("ticket_events", lambda row: draw_event(account, row))
    measured = account.add_table(
        "ticket_metric_events", lambda row: draw_metric_event(account, row)
    )
    event_id, metric_event_id = EVENT_BASE, METRIC_EVENT_BASE
    breaches = 0
    for ticket in tickets:
        for ordinal, step in enumerate(life_of(account, ticket.id).steps):
            event_id += CHILD_ROOM
            at_s = step.at_s
            events.add(
                Row(
                    event_id, at_s, at_s, at_s, parent=ticket.id, ordinal=ordinal,
                    support=ticket.support, status=step.status,
                )
            )  # fmt: skip
        for ordinal, (at_s, _, kind, *_) in enumerate(happenings(account, ticket.id)):
            metric_event_id += 1
            breaches += kind == "breach"
            measured.add(
                Row(
                    metric_event_id, at_s, at_s, at_s, parent=ticket.id, ordinal=ordinal,
                    support=ticket.support,
                    gone=kind == "breach" and breaches % _WITHDRAWN_EVERY == 1,
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
            before = life_of(account, ticket.id).steps[-2].status
            table.add(row, deleted_ticket_record(account, ticket, before, ADMIN_ID))
