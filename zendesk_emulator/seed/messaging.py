"""Draws conversations on messaging tickets, the engagements of agents, and CSAT survey responses.

They fit each other: an engagement counts the messages of its agent and customer, and begins and
ends round them; a survey is answered by the requester. Fields are those of
docs/facts/zendesk-api.md#5.6.
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row, Table, written
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import hexadecimal, timed_number, timed_ulid
from zendesk_emulator.data.sizes import DAY_S, QUIET_S

from .config import GROUP_BASE
from .omnichannel import fine
from .ticket_records import MESSAGING_BASE, an_agent, is_messaging

ENGAGEMENT_BASE, SURVEY_BASE = 90_000_000, 91_000_000
BOT, USER, AGENT, COMMENT = "bot", "user", "agent", "comment"
SUPPORT_CHANNEL, MESSAGING_CHANNEL = "SUPPORT", "MESSAGING"
EXPIRES_AFTER_S = 28 * DAY_S  # then a response can no longer be edited
_YOUNG_RESPONSES = 4
_WRITTEN_LONG_AGO_S = 600
_IN_USE = ("new", "open", "pending", "hold")
# A bot asks and hands over; then agents and the customer take turns, the second agent if the
# ticket is passed on
_GREETING = ((BOT, 0), (USER, 0), (BOT, 0))
_TURNS = (((AGENT, 0), (USER, 0), (AGENT, 0)), ((AGENT, 1), (USER, 1), (AGENT, 1), (USER, 1)))


def lay_out_messaging(account: Account, now_s: int) -> None:
    log = account.add_table("conversation_log", lambda row: event(account, row), key=timed_ulid)
    account.add_table("engagements", lambda row: engagement(account, row), key=hexadecimal)
    account.add_table(
        "csat_survey_responses", lambda row: survey_response(account, row), key=timed_ulid
    )
    latest_s = now_s - QUIET_S - _WRITTEN_LONG_AGO_S
    tickets = list(account.table("tickets").rows.values())
    for ticket in tickets:
        draw = Draw(account.seed, MESSAGING_BASE, ticket.id, 1)
        if is_messaging(account, ticket.id):
            _conversation(log, ticket, draw, latest_s)
            legs = sorted({leg_of(row) for row in log.children(ticket.id) if is_of_agent(row)})
            # the last one has not ended while the ticket is open
            for leg in legs[:-1] if ticket.status in _IN_USE else legs:
                add_messaging_engagement(account, ticket, leg, draw, latest_s)
        elif ticket.status != "new" and draw.chance(70):
            started_s = draw.between(ticket.created_s, ticket.updated_s)
            ended_s = max(started_s, min(ticket.updated_s, latest_s))
            add_engagement(account, ticket, SUPPORT_CHANNEL, 0, (started_s, ended_s))
        if ticket.status in ("solved", "closed") and draw.chance(40):
            at_s = draw.between(ticket.updated_s, min(ticket.updated_s + DAY_S, latest_s))
            add_response(account, ticket, at_s, is_answered=draw.chance(60))
    # even the smallest account has responses that can still be edited
    for number, ticket in enumerate(tickets[-_YOUNG_RESPONSES:]):
        add_response(account, ticket, latest_s - number * DAY_S, is_answered=number % 2 == 0)


def _conversation(log: Table, ticket: Row, draw: Draw, latest_s: int) -> None:
    plan = list(_GREETING)
    if ticket.status != "new":
        plan += [turn for turns in _TURNS[: draw.between(1, 2)] for turn in turns]
    end_s = min(max(ticket.updated_s, ticket.created_s + 900), latest_s)
    times = sorted(draw.between(ticket.created_s, end_s) for _ in plan[1:])
    for (role, leg), at_s in zip(plan, [ticket.created_s, *times], strict=True):
        add_message(log, ticket, role, leg, at_s)


def add_message(log: Table, ticket: Row, role: str, leg: int, at_s: int) -> Row:
    """A row's status says who wrote it, and during whose part of the ticket."""
    ordinal = len(log.children(ticket.id))
    row_id = timed_number(at_s, ticket.id * 64 + ordinal)
    row = Row(row_id, at_s, at_s, at_s, parent=ticket.id, ordinal=ordinal, status=f"{role} {leg}")
    return log.add(row)


def leg_of(row: Row) -> int:
    return int(row.status.rpartition(" ")[2])


def role_of(row: Row) -> str:
    return row.status.rpartition(" ")[0]


def is_of_agent(row: Row) -> bool:
    return role_of(row) == AGENT


def agent_of(account: Account, ticket: Row, leg: int) -> int:
    """Each part of a ticket has an agent, the same for its messages and its engagement."""
    return an_agent(account, Draw(account.seed, ENGAGEMENT_BASE, ticket.id, leg))


def event(account: Account, row: Row) -> Record:
    """A message of a conversation. Times have a blank and an offset, ids are ULIDs."""
    draw = Draw(account.seed, MESSAGING_BASE, row.id)
    tickets = account.table("tickets")
    ticket = tickets.rows[row.parent]
    role, leg = role_of(row), leg_of(row)
    content: Record = {"type": "text", "text": draw.of(words.SENTENCES)}
    author: Record = {"type": "bot", "display_name": "Ask Zed 🤖", "zen:support:user_id": -1}
    source = "zd:answerBot"
    if role == BOT:
        reply = {"text": "Talk to a human", "payload": f"goto_node={row.ordinal}"}
        content |= {"actions": [{"reply": reply}]} if leg == 0 else {}
    elif role == USER:
        author = _person(account, "user", tickets.record(ticket)["requester_id"])
        source = "web"
    else:
        author = _person(account, "agent", agent_of(account, ticket, leg))
        source = "zd:agentWorkspace"
    return {
        "id": timed_ulid(row.id), "type": "Messaging::ConversationMessage",
        "reference": f"zen:sunco:conversation_message:{row.id:024x}",
        "created_at": spaced(row.at_s), "received_at": spaced(row.at_s, draw.below(10**6)),
        "author": author | {"zen:sunco:user_id": f"{draw.below(16**14):014x}"},
        "content": content, "source": {"type": source}, "attachments": [],
        "metadata": {"custom": {}, "system": {}, "ticket_version": row.ordinal},
    }  # fmt: skip


def add_comment(account: Account, ticket: Row, comment: Record, at_s: int) -> Row:
    log = account.table("conversation_log")
    row = add_message(log, ticket, COMMENT, 0, at_s)
    row.body = written(comment_event(row, comment))
    return row


def comment_event(row: Row, comment: Record) -> Record:
    """A comment of the ticket, as the log shows it beside the messages."""
    return {
        "id": timed_ulid(row.id), "type": "Comment",
        "reference": f"zen:ticket_event:{comment['id']}", "created_at": spaced(row.at_s),
        "author": {"type": "agent", "zen:support:user_id": comment["author_id"]},
        "content": {"type": "html", "body": comment["html_body"]}, "attachments": [],
        "metadata": {"custom": {}, "public": comment["public"], "ticket_version": row.ordinal},
    }  # fmt: skip


def _person(account: Account, kind: str, user_id: int) -> Record:
    users = account.table("users")
    name = users.record(users.rows[user_id])["name"]
    return {"type": kind, "display_name": name, "zen:support:user_id": user_id}


def spaced(at_s: int, fraction: int | None = None) -> str:
    """A time as the conversation log writes it (docs/facts/zendesk-api.md#5.6.1)."""
    text = iso(at_s)[:-1].replace("T", " ")
    return f"{text}+00:00" if fraction is None else f"{text}.{fraction:06}+00:00"


def add_messaging_engagement(
    account: Account, ticket: Row, leg: int, draw: Draw, latest_s: int
) -> Row:
    """It begins when the agent is offered the ticket, and ends after the last message."""
    messages = [it for it in account.table("conversation_log").children(ticket.id)
                if leg_of(it) == leg and role_of(it) in (AGENT, USER)]  # fmt: skip
    replies = [it.at_s for it in messages if is_of_agent(it)]
    started_s = max(ticket.created_s, replies[0] - draw.between(2, 40))
    ended_s = max(replies[-1], min(messages[-1].at_s + draw.between(1, 600), latest_s))
    return add_engagement(account, ticket, MESSAGING_CHANNEL, leg, (started_s, ended_s))


def add_engagement(
    account: Account, ticket: Row, channel: str, leg: int, times: tuple[int, int]
) -> Row:
    started_s, ended_s = times
    table = account.table("engagements")
    row_id = table.next_id() if table.rows else ENGAGEMENT_BASE
    return table.add(
        Row(row_id, started_s, started_s, ended_s, parent=ticket.id, ordinal=leg, status=channel)
    )


def engagement(account: Account, row: Row) -> Record:
    """Its counts are those of the messages between its start and its end."""
    draw = Draw(account.seed, ENGAGEMENT_BASE, row.id)
    tickets = account.table("tickets")
    ticket = tickets.rows[row.parent]
    said = [it for it in account.table("conversation_log").children(row.parent)
            if row.at_s <= it.at_s <= row.updated_s and leg_of(it) == row.ordinal]  # fmt: skip
    replies = [it.at_s for it in said if is_of_agent(it)]
    asked = [it.at_s for it in said if role_of(it) == USER]
    answered = [at_s for at_s in asked if replies and at_s <= replies[-1]]
    waits = [min(it for it in replies if it >= at_s) - at_s for at_s in answered]
    if row.status == SUPPORT_CHANNEL:
        waits = [draw.below(max(1, row.updated_s - row.at_s))]
    ended = draw.of(("Solved", "Agent closed conversation", "Unknown Remove"))
    return {
        "engagement_id": hexadecimal(row.id), "ticket_id": row.parent,
        "agent_id": agent_of(account, ticket, row.ordinal), "group_id": GROUP_BASE,
        "requester_id": tickets.record(ticket)["requester_id"],
        "offer_time_seconds": draw.below(20),
        "assignment_to_first_reply_time_seconds": replies[0] - row.at_s if replies else 0,
        "agent_messages_count": len(replies), "agent_replies_count": len(replies),
        "total_requester_wait_time_seconds": sum(waits),
        "longest_requester_wait_time_seconds": max(waits, default=0),
        "average_requester_wait_time_seconds": sum(waits) // max(1, len(waits)),
        "channel": row.status, "engagement_start_reason": "Assigned",
        "engagement_start_time": iso(row.at_s)[:-1], "engagement_end_time": iso(row.updated_s)[:-1],
        "ticket_status_start": "OPEN", "ticket_status_end": "SOLVED",
        "engagement_end_reason": ended, "end_user_messages_count": len(asked),
    }  # fmt: skip


def add_response(account: Account, ticket: Row, at_s: int, *, is_answered: bool) -> Row:
    """A response exists from the offer on; its status says whether it was answered."""
    row_id = timed_number(at_s, ticket.id)
    row = Row(row_id, at_s, at_s, at_s, parent=ticket.id, status="answered" * is_answered)
    return account.table("csat_survey_responses").add(row)


def survey_response(account: Account, row: Row) -> Record:
    """It has no time of its own but that in its id (docs/facts/zendesk-api.md#5.6.2)."""
    tickets = account.table("tickets")
    zrn = f"zen:ticket:{row.parent}"
    return {
        "id": timed_ulid(row.id), "expires_at": fine(row.created_s + EXPIRES_AFTER_S),
        "responder_id": tickets.record(tickets.rows[row.parent])["requester_id"],
        "survey": {"id": timed_ulid(SURVEY_BASE), "version": 3, "state": "enabled"},
        "subject_zrns": [zrn],
        "subjects": [{"id": str(row.parent), "type": "ticket", "zrn": zrn}],
        "answers": answers(account, row) if row.status else [],
    }  # fmt: skip


def answers(account: Account, row: Row) -> list[Record]:
    """A scale, and a comment that may be skipped."""
    draw = Draw(account.seed, SURVEY_BASE, row.id, row.updated_s)
    times = {"created_at": fine(row.created_s), "updated_at": fine(row.updated_s)}
    rating = draw.between(1, 5)
    scale = {
        "type": "rating_scale", "rating": rating, **times,
        "rating_category": "bad" if rating < 3 else "neutral" if rating == 3 else "good",
        "question": {"id": timed_ulid(SURVEY_BASE + 1), "type": "rating_scale_numeric",
                     "headline": {"type": "static", "value": "How was it?"}},
    }  # fmt: skip
    question = {"id": timed_ulid(SURVEY_BASE + 2), "type": "open_ended", "alias": "comment",
                "headline": {"type": "static", "value": "Anything else?"}}  # fmt: skip
    said = {"type": "skipped", "question": question, **times}
    if draw.chance(60):
        said |= {"type": "open_ended", "comment": draw.of(words.SENTENCES)}
    return [scale, said]
