"""Changes of satisfaction ratings, each with the event of its ticket.

A rating stays where it was created in time, and moves its own updated_at
(docs/facts/zendesk-api.md#5.1).
"""

from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed import event_records
from zendesk_emulator.seed.ticket_records import draw_rating

from .ticket import WEB, add_event, is_alive, write_ticket

Written = list[tuple[str, int]]


def new_rating(account: Account, draw: Draw, row_id: int | None) -> Written:
    ratings = account.table("satisfaction_ratings")
    ticket = pick(
        account.table("tickets"), draw, row_id,
        lambda row: is_alive(row) and not ratings.children(row.id),
    )  # fmt: skip
    now_s = account.clock.now_s()
    row = Row(ratings.next_id(), now_s, now_s, now_s, parent=ticket.id)
    rating = draw_rating(account, row)
    written = _rate(account, ticket, row, rating, draw)
    ratings.add(row, rating)
    return written


def update_rating(account: Account, draw: Draw, row_id: int | None) -> Written:
    """The requester thinks again: updated_at moves, created_at does not.

    See docs/facts/zendesk-api.md#5.1.
    """
    ratings = account.table("satisfaction_ratings")
    tickets = account.table("tickets").rows
    row = pick(ratings, draw, row_id, lambda each: is_alive(tickets[each.parent]))
    score = "bad" if ratings.record(row)["score"] == "good" else "good"
    now_s = account.clock.now_s()
    record = ratings.amend(row, score=score, comment="Second thoughts 🤔", updated_at=iso(now_s))
    row.updated_s = now_s
    return _rate(account, tickets[row.parent], row, record, draw)


def _rate(account: Account, ticket: Row, row: Row, rating: Record, draw: Draw) -> Written:
    shown = {"id": row.id, "score": rating["score"], "comment": rating["comment"]}
    child = event_records.change_child(0, WEB, "satisfaction_score", None, rating["score"])
    written = write_ticket(account, ticket, satisfaction_rating=shown)
    written += add_event(account, ticket, rating["requester_id"], [child], draw)
    return [*written, ("satisfaction_ratings", row.id)]


KINDS = {"new_rating": new_rating, "update_rating": update_rating}
