"""Draws what a ticket, its metric set, its rating and its deletion say (docs/facts/records.md).

A ticket is about 2 KB of JSON; some are odd on purpose: emoji, nulls, one text of 60 KB.
"""

from dataclasses import dataclass

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw

from .config import (
    BRAND_BASE,
    CUSTOM_FIELDS,
    FORM_ID,
    STATUS_BASE,
    custom_field_id,
    custom_value,
)
from .life import ESCALATED, life_of, remembered, steps_of
from .metrics import metric_fields
from .people import ADMIN_ID, AGENT_EVERY, is_agent, user_id

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
LONG_TICKET = 7  # this ticket's description has ...
LONG_TEXT = 60_000  # ... about so many characters
MAIL_ADDRESS = "support@emulator.example"


def custom_status_id(status: str) -> int:
    return STATUS_BASE + STATUSES.index(status) if status in STATUSES else STATUS_BASE + 9


def someone(account: Account, draw: Draw) -> int:
    return user_id(draw.below(account.population))


def a_customer(account: Account, draw: Draw) -> int:
    """Return someone who does not work here."""
    number = draw.below(account.population)
    return user_id(number + 1 if is_agent(number) and number + 1 < account.population else number)


def an_agent(account: Account, draw: Draw) -> int:
    agents = -(-account.population // AGENT_EVERY)
    return user_id(AGENT_EVERY * draw.below(agents))


MESSAGING_BASE = 89_000_000
_MESSAGING_PERCENT = 25


def is_messaging(account: Account, ticket_id: int) -> bool:
    """Return whether a ticket came from messaging: then its text stands in the conversation log."""
    return Draw(account.seed, MESSAGING_BASE, ticket_id).chance(_MESSAGING_PERCENT)


TICKET_CHANNELS = ("email", "web", "api", "chat", "mobile_sdk", "rule", "native_messaging")


def via(draw: Draw, requester_id: int, channels: tuple[str, ...] = TICKET_CHANNELS) -> Record:
    """How it came in: `via{channel,source{from,to,rel}}` (docs/facts/zendesk-api.md#5.1)."""
    channel = draw.of(channels)
    source: Record = {"from": {}, "to": {}, "rel": None}
    if channel == "email":
        sender = {"address": f"user{requester_id}@example.com", "name": draw.of(words.FIRST_NAMES)}
        source = {"from": sender, "to": {"name": "Support", "address": MAIL_ADDRESS}, "rel": None}
    elif channel == "rule":
        source = {
            "from": {"id": 360_000_555_000, "title": "Close after 4 days", "deleted": False},
            "to": {}, "rel": "automation",
        }  # fmt: skip
    elif channel == "web" and draw.chance(20):
        source = {"from": {"ticket_id": 1, "subject": "An older one", "channel": "email"},
                  "to": {}, "rel": "follow_up"}  # fmt: skip
    return {"channel": channel, "source": source}


def _came_by(account: Account, ticket_id: int, drawn: Record) -> Record:
    if not is_messaging(account, ticket_id):
        return drawn
    return {"channel": "native_messaging", "source": {"from": {}, "to": {}, "rel": None}}


def description(draw: Draw, ticket_id: int) -> str:
    if ticket_id == LONG_TICKET:
        sentence = draw.of(words.SENTENCES) + " "
        return sentence * (LONG_TEXT // len(sentence))
    return "\n\n".join(draw.of(words.SENTENCES) for _ in range(draw.between(2, 7)))


@dataclass(frozen=True, slots=True)
class Opening:
    """The first words of a ticket, and the fields that never change by themselves."""

    requester_id: int
    organization_id: int | None
    type: str | None
    subject: str
    description: str
    tags: list[str]
    fields: list[Record]
    via: Record


def opening(account: Account, ticket_id: int) -> Opening:
    """Return how a ticket began: its creation event and its record are drawn from it."""
    openings: dict[int, Opening] = account.openings
    return remembered(openings, ticket_id, lambda: _opening(account, ticket_id))


def _opening(account: Account, ticket_id: int) -> Opening:
    draw = Draw(account.seed, 30, ticket_id)
    requester_id = a_customer(account, draw)
    return Opening(
        requester_id,
        account.first_organizations.get(requester_id),
        draw.of(("question", "incident", "problem", "task", None)),
        draw.of(words.SUBJECTS).format(n=ticket_id),
        description(draw, ticket_id),
        draw.some(words.TAG_WORDS, 6),
        custom_fields(draw),
        _came_by(account, ticket_id, via(draw, requester_id)),
    )


def tags_at(began: Opening, *, escalated: bool) -> list[str]:
    """Return the tags of a ticket, which an escalation adds one to."""
    added = [ESCALATED] if escalated and ESCALATED not in began.tags else []
    return [*began.tags, *added]


def draw_ticket(account: Account, row: Row) -> Record:
    """The ticket as an export shows it, generated_timestamp last."""
    began, last = opening(account, row.id), life_of(account, row.id).steps[-1]
    draw = Draw(account.seed, 33, row.id)
    scrubbed = row.status == "deleted" and row.at_s > row.updated_s
    requester_id = began.requester_id
    record: Record = {
        "url": account.url(f"tickets/{row.id}"), "id": row.id,
        "external_id": f"order-{row.id}" if draw.chance(15) else None,
        "via": began.via, "created_at": iso(row.created_s),
        "updated_at": iso(row.updated_s), "type": began.type,
        "subject": began.subject, "raw_subject": began.subject, "description": began.description,
        "priority": last.priority, "status": row.status,
        "recipient": MAIL_ADDRESS if draw.chance(30) else None, "requester_id": requester_id,
        "submitter_id": requester_id if draw.chance(80) else ADMIN_ID,
        "assignee_id": last.assignee_id, "organization_id": began.organization_id,
        "group_id": last.group_id,
        "collaborator_ids": [someone(account, draw)] if draw.chance(20) else [],
        "follower_ids": [an_agent(account, draw)] if draw.chance(10) else [],
        "email_cc_ids": [], "forum_topic_id": None, "problem_id": None, "has_incidents": False,
        "is_public": draw.chance(95),
        "due_at": iso(row.created_s + 86_400) if draw.chance(5) else None,
        "tags": tags_at(began, escalated=last.escalated), "custom_fields": began.fields,
        "satisfaction_rating": {"score": "unoffered"}, "sharing_agreement_ids": [],
        "custom_status_id": custom_status_id(row.status),
        "encoded_id": f"E{row.id:07}-EMUL", "fields": began.fields, "followup_ids": [],
        "ticket_form_id": FORM_ID, "brand_id": BRAND_BASE, "allow_channelback": False,
        "allow_attachments": True, "from_messaging_channel": is_messaging(account, row.id),
        "support_type": row.support, "deleted_ticket_form_id": None,
        "generated_timestamp": row.at_s,
    }  # fmt: skip
    _rate(account, row, record)
    return scrub(record) if scrubbed else record


def custom_fields(draw: Draw) -> list[Record]:
    return [
        {"id": custom_field_id(number), "value": custom_value(draw, kind, ADMIN_ID)}
        for number, (kind, _) in enumerate(CUSTOM_FIELDS)
    ]


def _rate(account: Account, row: Row, record: Record) -> None:
    """A rated ticket carries its rating (docs/facts/zendesk-api.md#5.1)."""
    ratings = account.table("satisfaction_ratings")
    for rating in ratings.children(row.id):
        given = ratings.record(rating)
        record["satisfaction_rating"] = {
            "id": rating.id, "score": given["score"], "comment": given["comment"],
        }  # fmt: skip


def scrub(record: Record) -> Record:
    """A ticket 30 days after its deletion (docs/facts/zendesk-api.md#2.3.7)."""
    return {
        **record, "subject": "SCRUBBED", "raw_subject": "SCRUBBED", "description": "X", "tags": [],
        "custom_fields": [], "fields": [], "assignee_id": None, "group_id": None,
        "organization_id": None,
    }  # fmt: skip


def deleted_ticket_record(
    account: Account, ticket: Row, previous_state: str, actor_id: int
) -> Record:
    """`{actor{id,name},deleted_at,id,previous_state,subject}` (docs/facts/zendesk-api.md#5.1)."""
    users = account.table("users")
    return {
        "id": ticket.id, "subject": account.table("tickets").record(ticket)["subject"],
        "actor": {"id": actor_id, "name": users.record(users.rows[actor_id])["name"]},
        "deleted_at": iso(ticket.updated_s), "previous_state": previous_state,
    }  # fmt: skip


def draw_rating(account: Account, row: Row) -> Record:
    """Return the agent that is rated: the last one who had the ticket."""
    draw = Draw(account.seed, 31, row.id)
    score = draw.of(("good", "good", "bad", "offered"))
    has_comment = score in ("good", "bad") and draw.chance(60)
    last = steps_of(account, row.parent)[-1]
    return {
        "url": account.url(f"satisfaction_ratings/{row.id}"), "id": row.id,
        "assignee_id": last.assignee_id, "group_id": last.group_id,
        "requester_id": opening(account, row.parent).requester_id, "ticket_id": row.parent,
        "score": score, "created_at": iso(row.created_s), "updated_at": iso(row.updated_s),
        "comment": draw.of(words.SENTENCES) if has_comment else None,
        "reason": "The issue took too long to resolve" if score == "bad" else "No reason provided",
        "reason_id": 360_000_123_000 + (score == "bad"),
    }  # fmt: skip


def draw_metric_set(account: Account, row: Row) -> Record:
    """A ticket's metric set; its updated_at moves with the ticket's (docs/facts/records.md)."""
    life = life_of(account, row.parent)
    return {
        "url": account.url(f"ticket_metrics/{row.id}"), "id": row.id, "ticket_id": row.parent,
        "created_at": iso(row.created_s), "updated_at": iso(row.updated_s),
        **metric_fields(steps_of(account, row.parent), life.schedule),
    }  # fmt: skip
