"""Draws ticket events (audits with their children) and ticket metric events.

An event is stored with its full comments, as `include=comment_events` shows it; the plain form is
derived when it is asked for (docs/facts/zendesk-api.md#2.3.11, #2.3.12).
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.files import comment_address, comment_file

from .config import GROUP_BASE, SCHEDULE_BASE, SCHEDULE_STEP, SCHEDULES
from .ticket_records import an_agent, someone, via

ATTACHMENTS_MOST = 3  # of one comment
COMMENTS = ("Comment", "VoiceComment")
# The word by which an export names a channel -> the channel of the audit and of the comment
CHANNELS = {
    "Web form": "web", "Mail": "email", "Web service": "api", "Rule": "rule",
    "Messaging": "native_messaging",
}  # fmt: skip
_WORDS = tuple(CHANNELS)
RULE_VIA = "Rule"
RULE_ID = 360_000_555_000


def draw_event(account: Account, row: Row) -> Record:
    """An audit: the first of a ticket creates it, the last brings it to its state."""
    draw = Draw(account.seed, 40, row.id)
    created = row.ordinal == 0
    author_id = someone(account, draw) if created or draw.chance(40) else an_agent(account, draw)
    channel = _WORDS[0] if created else draw.of(_WORDS)
    children: list[Record] = []
    if created or draw.chance(60):
        body = "\n\n".join(draw.of(words.SENTENCES) for _ in range(draw.between(1, 5)))
        children.append(
            comment_child(
                account, row, row.id + 1, draw, author_id=author_id, body=body, channel=channel
            )
        )
    if created:
        children += create_children(channel, author_id, draw)
        children += _by_triggers(draw)
        if draw.chance(10):
            call = voice_comment(children[0], f"+49301{row.parent:07}", 60, an_agent(account, draw))
            children[0] = call
    else:
        children.append(change_child(0, channel, "status", "open", row.status))
        if draw.chance(15):
            added = draw.some(words.TAG_WORDS, 3)
            children.append(tags_child(0, channel, added, previous=[]))
    numbered(row, children)
    return event(row, author_id, channel, children, draw)


def numbered(row: Row, children: list[Record]) -> None:
    """Give an event's children the ids after its own, in their order."""
    for number, child in enumerate(children):
        child["id"] = row.id + number + 1


def event(row: Row, author_id: int, channel: str, children: list[Record], draw: Draw) -> Record:
    """The envelope of one audit (docs/facts/zendesk-api.md#2.3.12)."""
    return {
        "child_events": children, "id": row.id, "ticket_id": row.parent, "timestamp": row.at_s,
        "created_at": iso(row.at_s), "updater_id": author_id, "via": channel,
        "system": {
            "client": draw.of(words.AGENT_BROWSERS), "location": "Berlin, 16, Germany",
            "latitude": 52.5167, "longitude": 13.4,
        },
        "metadata": {}, "event_type": "Audit",
    }  # fmt: skip


def create_children(channel: str, requester_id: int, draw: Draw) -> list[Record]:
    """One for each field that the ticket began with, as was seen on the wire.

    See docs/facts/closing-of-exports.md#2.3.
    """
    tags = draw.some(words.TAG_WORDS, 3)
    fields: dict[str, object] = {
        "subject": draw.of(words.SUBJECTS).format(n=requester_id % 1000),
        "requester_id": requester_id, "status": "new", "priority": None, "type": "question",
    }  # fmt: skip
    children = [_child(channel, "Create", {name: value}) for name, value in fields.items()]
    began = {"tags": tags, "added_tags": tags, "removed_tags": []}
    return [*children, _child(channel, "Create", began)]


def _by_triggers(draw: Draw) -> list[Record]:
    """What triggers change in the event that creates a ticket: its group, its business hours.

    Create names no group: the change alone says which one the ticket began with.
    """
    schedule_id = SCHEDULE_BASE + SCHEDULE_STEP * draw.below(SCHEDULES)
    children = [schedule_child(schedule_id)] if draw.chance(60) else []
    if draw.chance(40):
        children.append(change_child(0, RULE_VIA, "group_id", GROUP_BASE, GROUP_BASE + 3))
    return children


def _child(channel: str, kind: str, fields: Record) -> Record:
    return {"id": 0, "via": channel, "via_reference_id": None, **fields, "event_type": kind}


def change_child(
    child_id: int, channel: str, field: str, previous: object, value: object
) -> Record:
    return {
        "id": child_id, "via": channel,
        "via_reference_id": RULE_ID if channel == RULE_VIA else None, field: value,
        "previous_value": previous, "event_type": "Change",
    }  # fmt: skip


def schedule_child(schedule_id: int, *, previous: int | None = None) -> Record:
    """A trigger gives a ticket its business hours (docs/facts/zendesk-api.md#2.3.18)."""
    return {
        "id": 0, "via": RULE_VIA, "via_reference_id": RULE_ID, "previous_schedule_id": previous,
        "new_schedule_id": schedule_id, "event_type": "ScheduleAssignment",
    }  # fmt: skip


def voice_comment(comment: Record, caller: str, seconds: int, agent_id: int) -> Record:
    """The comment that a call leaves (docs/facts/zendesk-api.md#2.3.18)."""
    data = {
        "from": caller, "to": "+4930901820", "recorded": False, "recording_url": None,
        "call_id": comment["audit_id"], "call_duration": seconds, "answered_by_id": agent_id,
        "started_at": comment["created_at"], "location": "Berlin, Germany", "public": True,
    }  # fmt: skip
    return {
        **comment, "type": "VoiceComment", "event_type": "VoiceComment", "data": data,
        "formatted_from": caller, "formatted_to": "+49 (30) 901820", "transcription_visible": False,
    }  # fmt: skip


def tags_child(child_id: int, channel: str, tags: list[str], *, previous: list[str]) -> Record:
    """A change of tags says all, and which came and went."""
    return {
        "id": child_id, "via": channel,
        "via_reference_id": RULE_ID if channel == RULE_VIA else None, "tags": tags,
        "added_tags": [tag for tag in tags if tag not in previous],
        "removed_tags": [tag for tag in previous if tag not in tags], "previous_value": previous,
        "event_type": "Change",
    }  # fmt: skip


def comment_child(
    account: Account,
    row: Row,
    child_id: int,
    draw: Draw,
    *,
    author_id: int,
    body: str,
    channel: str = _WORDS[0],
) -> Record:
    """A full comment; on some, `via` is a word instead of an object, as old ones are."""
    attached = draw.between(1, ATTACHMENTS_MOST) if draw.chance(8) else 0
    return {
        "id": child_id,
        "via": channel if draw.chance(10) else via(draw, author_id, (CHANNELS[channel],)),
        "via_reference_id": None, "type": "Comment", "author_id": author_id, "body": body,
        "html_body": f'<div class="zd-comment" dir="auto"><p>{body}</p></div>',
        "plain_body": body, "public": draw.chance(75),
        "attachments": attachments(account, child_id, attached), "audit_id": row.id,
        "created_at": iso(row.at_s), "event_type": "Comment",
    }  # fmt: skip


def attachments(account: Account, child_id: int, count: int) -> list[Record]:
    """Attachments of a comment; data/files.py decides on their files.

    See docs/facts/zendesk-api.md#5.1.
    """
    return [_attachment(account, ATTACHMENTS_MOST * child_id + n) for n in range(count)]


def comment_of(number: int) -> int:
    """The id of the comment that an attachment belongs to."""
    return number // ATTACHMENTS_MOST


def _attachment(account: Account, number: int) -> Record:
    file = comment_file(number)
    address = comment_address(account, file)
    return {
        "url": account.url(f"attachments/{number}"), "id": number, "file_name": file.name,
        "content_url": address, "mapped_content_url": address, "content_type": file.content_type,
        "size": file.size, "width": None, "height": None, "inline": False, "deleted": False,
        "malware_access_override": False, "malware_scan_result": "malware_not_found",
        "thumbnails": [],
    }  # fmt: skip


# (metric, type) of a ticket's metric events in the order in which they happen
METRIC_STEPS = (
    ("reply_time", "apply_sla"), ("reply_time", "activate"), ("agent_work_time", "measure"),
    ("reply_time", "fulfill"), ("requester_wait_time", "breach"),
    ("requester_wait_time", "update_status"), ("group_ownership_time", "apply_group_sla"),
    ("resolution_time", "pause"),
)  # fmt: skip
TARGET_S = 7_200  # of every SLA: replies within two hours
_AT_ONCE = 2  # as many happen in the second in which the ticket is created


def metric_event_times(ticket: Row, draw: Draw) -> list[int]:
    """When a ticket's metric events happened, within the ticket's life."""
    count = draw.between(_AT_ONCE, len(METRIC_STEPS))
    return [
        ticket.created_s
        if n < _AT_ONCE
        else ticket.created_s + (ticket.updated_s - ticket.created_s) * n // count
        for n in range(count)
    ]


def draw_metric_event(row: Row) -> Record:
    metric, kind = METRIC_STEPS[row.ordinal % len(METRIC_STEPS)]
    return metric_event(row, metric, kind)


def metric_event(row: Row, metric: str, kind: str) -> Record:
    """Types that explain themselves carry one object more (docs/facts/zendesk-api.md#2.3.11)."""
    record: Record = {
        "id": row.id, "ticket_id": row.parent, "metric": metric, "instance_id": row.ordinal // 4,
        "type": kind, "time": iso(row.at_s), "deleted": kind == "breach" and row.gone,
    }  # fmt: skip
    target: Record = {
        "target": TARGET_S // 60, "business_hours": False, "target_in_seconds": TARGET_S,
    }  # fmt: skip
    policy = {"id": 360_000_777_000, "title": "Replies within two hours", "description": None}
    if kind == "apply_sla":
        record["sla"] = {**target, "policy": policy}
    elif kind == "apply_group_sla":
        record["group_sla"] = {**target, "policy": {**policy, "id": "01H0EMULATOR0GROUP0SLA"}}
    elif kind == "update_status":
        record["status"] = {"calendar": row.ordinal * 15, "business": row.ordinal * 5}
    return record
