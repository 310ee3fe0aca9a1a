"""Draws what people leave behind: activities, skips, audit logs, side conversations.

Record fields are those of docs/facts/records.md, documented and seen on the wire.
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import uuid
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

from .people import ADMIN_ID, share_one_second
from .rows import named, stamps
from .ticket_records import an_agent, someone

ACTIVITY_BASE, SKIP_BASE, LOG_BASE = 29_183_000, 360_050_000_000, 498_000_000
LOG_STEP = 5  # between the ids of audit logs
CONVERSATION_BASE, CONVERSATION_EVENT_BASE = 7_000_000, 8_000_000
ACTIVITIES_SHOWN_S = 30 * DAY_S  # older activities are not listed (docs/facts/zendesk-api.md#5.1)
_TALK_PERCENT = 12  # so many tickets in a hundred have side conversations
# of so many tickets one refuses its side conversations with 403 and one with 422
REFUSING_EVERY, FORBIDDEN, INVALID = 23, 5, 6


def lay_out_activity(account: Account, size: Size, now_s: int) -> None:
    _ticket_activities(account, size, now_s)
    _audit_logs(account, size, now_s)
    _ticket_skips(account, size)
    _side_conversations(account)


def _ticket_activities(account: Account, size: Size, now_s: int) -> None:
    table = account.add_table("ticket_activities", lambda row: activity(account, row))
    rows = []
    for number in range(size.activities):
        draw = Draw(account.seed, ACTIVITY_BASE, number)
        at_s = draw.between(now_s - ACTIVITIES_SHOWN_S - 10 * DAY_S, now_s - QUIET_S)
        rows.append(table.add(Row(ACTIVITY_BASE + 3 * number, at_s, at_s, at_s)))
    _share_creation(rows, size.cluster // 2)


def _audit_logs(account: Account, size: Size, now_s: int) -> None:
    table = account.add_table("audit_logs", lambda row: audit_log(account, row))
    rows = []
    for number in range(size.activities):
        at_s = Draw(account.seed, LOG_BASE, number).between(now_s - HISTORY_S, now_s - QUIET_S)
        rows.append(table.add(Row(LOG_BASE + LOG_STEP * number, at_s, at_s, at_s)))
    _share_creation(rows, size.cluster // 2)

    for organization in account.table("organizations").rows.values():
        if organization.gone:
            add_destruction(account, organization)


def add_destruction(account: Account, organization: Row) -> Row:
    """Log that an organization was deleted, when its own time says it was.

    That is how a deletion shows where nothing is exported (docs/facts/closing-of-exports.md#2).
    """
    at_s = organization.updated_s
    table = account.table("audit_logs")
    row_id = table.next_id(LOG_STEP) if table.rows else LOG_BASE
    return table.add(Row(row_id, at_s, at_s, at_s, parent=organization.id))


def _share_creation(rows: list[Row], cluster: int) -> None:
    share_one_second(rows, cluster)
    for row in rows:
        row.created_s = row.at_s


def _ticket_skips(account: Account, size: Size) -> None:
    table = account.add_table("ticket_skips", lambda row: skip(account, row))
    tickets = [row for row in account.table("tickets").rows.values() if row.status != "deleted"]
    for number in range(size.activities if tickets else 0):
        draw = Draw(account.seed, SKIP_BASE, number)
        ticket = draw.of(tickets)
        at_s = draw.between(ticket.created_s, ticket.updated_s)
        row = Row(SKIP_BASE + 3 * number, at_s, at_s, at_s, parent=ticket.id)
        table.add(row)


def _side_conversations(account: Account) -> None:
    """They lie within the life of their ticket; some tickets refuse theirs."""
    table = account.add_table(
        "side_conversations", lambda row: side_conversation(account, row), key=uuid
    )
    account.add_table(
        "side_conversation_events", lambda row: conversation_event(account, row), key=uuid
    )
    for ticket in account.table("tickets").rows.values():
        draw = Draw(account.seed, CONVERSATION_BASE, ticket.id)
        if refuses(ticket) or not draw.chance(_TALK_PERCENT):
            continue
        for _ in range(draw.between(1, 3)):
            created_s = draw.between(ticket.created_s, ticket.updated_s)
            updated_s = draw.between(created_s, ticket.updated_s)
            row = Row(CONVERSATION_BASE + len(table.rows), updated_s, created_s, updated_s)
            row.parent = ticket.id
            table.add(row)
            add_conversation_event(account, row)
            if updated_s > created_s:
                add_conversation_event(account, row)


def add_conversation_event(account: Account, conversation: Row) -> Row:
    """The first event of a conversation creates it, the others reply."""
    table = account.table("side_conversation_events")
    ordinal = len(table.children(conversation.id))
    at_s = conversation.updated_s if ordinal else conversation.created_s
    row_id = table.next_id() if table.rows else CONVERSATION_EVENT_BASE
    row = Row(row_id, at_s, at_s, at_s, parent=conversation.id, ordinal=ordinal)
    return table.add(row)


def refuses(ticket: Row) -> bool:
    return ticket.id % REFUSING_EVERY in (FORBIDDEN, INVALID)


def activity(account: Account, row: Row) -> Record:
    """User and actor are embedded as they were then.

    See docs/facts/zendesk-api.md#3; "then" is unverified.
    """
    draw = Draw(account.seed, row.id)
    users = account.table("users")
    actor_id = an_agent(account, draw)
    ticket = {"ticket": {"id": draw.between(1, 999), "subject": draw.of(words.SUBJECTS)}}
    return {
        **named(account, "ticket_activities", "activities", row),
        "title": f"Someone assigned ticket #{ticket['ticket']['id']} to you.",
        "verb": draw.of(("tickets.assignment", "tickets.comment", "tickets.priority_increase")),
        "user_id": ADMIN_ID, "actor_id": actor_id, "object": ticket, "target": ticket,
        "user": users.record(users.rows[ADMIN_ID]), "actor": users.record(users.rows[actor_id]),
    }  # fmt: skip


def audit_log(account: Account, row: Row) -> Record:
    draw = Draw(account.seed, row.id)
    record = named(account, "audit_logs", "audit_logs", row)
    del record["updated_at"]
    action = draw.of(("create", "update", "destroy", "login", "exported"))
    logged = {
        **record, "action": action, "action_label": action.capitalize(), "actor_id": ADMIN_ID,
        "actor_name": draw.of(words.FIRST_NAMES), "source_id": draw.below(10**9),
        "source_type": draw.of(("user", "rule", "account_setting")),
        "source_label": draw.of(words.TEAMS), "ip_address": draw.of(("192.0.2.1", None)),
        "change_description": "Role changed from Administrator to End User",
    }  # fmt: skip
    return {**logged, **_destroyed(account, row)} if row.parent else logged


def _destroyed(account: Account, row: Row) -> Record:
    """The parent of such a log is the organization that is gone."""
    organizations = account.table("organizations")
    name = organizations.record(organizations.rows[row.parent])["name"]
    return {
        "action": "destroy", "action_label": "Deleted", "source_type": "organization",
        "source_id": row.parent, "source_label": f"Organization: {name}",
        "change_description": f"{name} deleted",
    }  # fmt: skip


def skip(account: Account, row: Row) -> Record:
    """The whole ticket is embedded, as it was when it was skipped (unverified which)."""
    draw = Draw(account.seed, row.id)
    tickets = account.table("tickets")
    return {
        "id": row.id, "ticket_id": row.parent, "user_id": an_agent(account, draw),
        "reason": draw.of(words.SENTENCES), **stamps(row),
        "ticket": tickets.record(tickets.rows[row.parent]),
    }  # fmt: skip


def side_conversation(account: Account, row: Row) -> Record:
    """Ids are UUIDs, times have milliseconds (docs/facts/zendesk-api.md#5.1)."""
    draw = Draw(account.seed, row.id)
    key = uuid(row.id)
    created_at, updated_at = precise(row, row.created_s), precise(row, row.updated_s)
    people = [{"user_id": someone(account, draw), "name": draw.of(words.FIRST_NAMES),
               "email": f"partner{row.id}@example.com"}]  # fmt: skip
    return {
        "url": account.url(f"tickets/{row.parent}/side_conversations/{key}"), "id": key,
        "ticket_id": row.parent, "subject": draw.of(words.SUBJECTS).format(n=row.id),
        "preview_text": draw.of(words.SENTENCES), "state": draw.of(("open", "closed")),
        "participants": people, "created_at": created_at, "updated_at": updated_at,
        "message_added_at": updated_at, "state_updated_at": created_at, "external_ids": {},
    }  # fmt: skip


def conversation_event(account: Account, row: Row) -> Record:
    """An event has the time of the message it brought (docs/facts/closing-of-exports.md#2.4)."""
    draw = Draw(account.seed, row.id)
    conversations, users = account.table("side_conversations"), account.table("users")
    conversation = conversations.rows[row.parent]
    author = users.record(users.rows[an_agent(account, draw)])
    person = {"user_id": author["id"], "name": author["name"], "email": author["email"]}
    text = draw.of(words.SENTENCES)
    message = {
        "subject": conversations.record(conversation)["subject"], "preview_text": text,
        "from": person, "body": text, "html_body": f"<p>{text}</p>", "via": "support",
        "to": [{"user_id": None, "name": None, "email": f"partner{row.parent}@example.com"}],
        "external_ids": {}, "attachments": [],
    }  # fmt: skip
    return {
        "id": uuid(row.id), "side_conversation_id": uuid(row.parent), "actor": person,
        "type": "reply" if row.ordinal else "create", "via": "support", "message": message,
        "updates": {}, "ticket_id": conversation.parent,
        "created_at": precise(conversation, row.at_s),
    }  # fmt: skip


def precise(row: Row, at_s: int) -> str:
    """A time with milliseconds, which differ from record to record within one second."""
    return f"{iso(at_s)[:-1]}.{(row.id * 37 + at_s) % 1000:03}Z"
