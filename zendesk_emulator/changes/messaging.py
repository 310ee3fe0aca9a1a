"""New messages of conversations, engagements that end, surveys that are sent and answered.

A message opens a session on its ticket, which touches it silently; what follows within the session
touches nothing. That is unverified, and the worst for a reader of changed tickets.
"""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.data.sizes import DAY_S
from zendesk_emulator.seed.messaging import (
    AGENT,
    BOT,
    EXPIRES_AFTER_S,
    MESSAGING_CHANNEL,
    SUPPORT_CHANNEL,
    USER,
    add_engagement,
    add_message,
    add_response,
    answers,
    leg_of,
)
from zendesk_emulator.seed.ticket_records import is_messaging

from .ticket import write_ticket

Written = list[tuple[str, int]]

SESSION_S = 2 * DAY_S  # a session ends when nothing was said for so long
_LONGEST_S = 20 * DAY_S  # of an engagement
IN_USE = ("new", "open", "pending", "hold")


def new_message(account: Account, draw: Draw, row_id: int | None) -> Written:
    ticket = pick(
        account.table("tickets"), draw, row_id,
        lambda row: row.status in IN_USE and is_messaging(account, row.id),
    )  # fmt: skip
    log, now_s = account.table("conversation_log"), account.clock.now_s()
    said = log.children(ticket.id)
    leg = leg_of(said[-1]) if said else 0
    row = add_message(log, ticket, draw.of((USER, AGENT, BOT)), leg, now_s)
    log.body(row)
    written = [("conversation_log", row.id)]
    is_open = bool(said) and now_s - max(it.at_s for it in said if it is not row) < SESSION_S
    return written if is_open else written + write_ticket(account, ticket, silent=True)


def end_engagement(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Some have lasted for weeks: they appear far behind those that were read."""
    ticket = pick(account.table("tickets"), draw, row_id, lambda row: row.status != "deleted")
    now_s = account.clock.now_s()
    lasted_s = draw.below(_LONGEST_S) if draw.chance(40) else draw.below(3600)
    started_s = max(ticket.created_s, now_s - lasted_s)
    channel = MESSAGING_CHANNEL if is_messaging(account, ticket.id) else SUPPORT_CHANNEL
    row = add_engagement(account, ticket, channel, draw.below(2), (started_s, now_s))
    account.table("engagements").body(row)
    return [("engagements", row.id)]


def new_survey_response(account: Account, draw: Draw, row_id: int | None) -> Written:
    table = account.table("csat_survey_responses")
    ticket = pick(
        account.table("tickets"), draw, row_id,
        lambda row: row.status in ("solved", "closed") and not table.children(row.id),
    )  # fmt: skip
    row = add_response(account, ticket, account.clock.now_s(), is_answered=draw.chance(50))
    table.body(row)
    return [("csat_survey_responses", row.id)]


def answer_survey(account: Account, draw: Draw, row_id: int | None) -> Written:
    """The first answer, or another one, until the response expires."""
    table, now_s = account.table("csat_survey_responses"), account.clock.now_s()
    row = pick(table, draw, row_id, lambda it: now_s < it.created_s + EXPIRES_AFTER_S)
    return _answered(account, row, now_s)


def _answered(account: Account, row: Row, now_s: int) -> Written:
    row.status, row.updated_s = "answered", now_s
    account.table("csat_survey_responses").amend(row, answers=answers(account, row))
    return [("csat_survey_responses", row.id)]


KINDS = {
    "new_message": new_message,
    "end_engagement": end_engagement,
    "new_survey_response": new_survey_response,
    "answer_survey": answer_survey,
}
