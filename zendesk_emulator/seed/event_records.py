"""Draws ticket events (audits with their children) and ticket metric events.

An event is stored with its full comments, as `include=comment_events` shows it; the plain form is
derived when it is asked for (docs/facts/zendesk-api.md#2.3.11, #2.3.12).
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.files import comment_address, comment_file

from .config import BRAND_BASE, FORM_ID, GROUP_BASE, SCHEDULE_BASE, SCHEDULE_STEP
from .life import PUBLIC, REQUESTER, RULE, Life, Step, life_of
from .people import ADMIN_ID
from .service_levels import TARGET_S, group_target, happenings, target
from .ticket_records import Opening, an_agent, custom_status_id, opening, tags_at, via

CHILD_ROOM = 48  # ids that an event keeps for its children
ATTACHMENTS_MOST = 3  # of one comment
COMMENTS = ("Comment", "VoiceComment")
# The word by which an export names a channel -> the channel of the audit and of the comment
CHANNELS = {
    "Web form": "web", "Mail": "email", "Web service": "api", "Rule": "rule",
    "Messaging": "native_messaging",
}  # fmt: skip
_WORDS = tuple(CHANNELS)
_WORD_OF = {channel: word for word, channel in CHANNELS.items() if word != "Rule"}
_OF_CUSTOMERS = ("Mail", "Mail", "Web form", "Messaging", "Web service")
SYSTEM_ID = -1  # whom rules act as
RULE_VIA = "Rule"
RULE_ID = 360_000_555_000


def draw_event(account: Account, row: Row) -> Record:
    """An audit: the first of a ticket creates it, each other one is a step of its life."""
    draw = Draw(account.seed, 40, row.id)
    life, began = life_of(account, row.parent), opening(account, row.parent)
    step = life.steps[row.ordinal]
    created = row.ordinal == 0
    author_id = _author_id(account, step, began, draw)
    channel = _channel(step, began, draw, created=created)
    children: list[Record] = []
    if step.comment:
        body = "\n\n".join(draw.of(words.SENTENCES) for _ in range(draw.between(1, 5)))
        said = comment_child(
            account, row, row.id + 1, draw, author_id=author_id, channel=channel,
            body=began.description if created else body, public=step.comment == PUBLIC,
        )  # fmt: skip
        if created and draw.chance(10):
            answered_by = an_agent(account, draw)
            said = voice_comment(said, f"+49301{row.parent:07}", 60, answered_by)
        children.append(said)
    if created:
        children += create_children(channel, began, step)
        children += by_triggers(life, step, draw)
    else:
        children += _changes(life.steps[row.ordinal - 1], step, began, channel)
    numbered(row, children)
    return event(row, author_id, channel, children, draw)


def _author_id(account: Account, step: Step, began: Opening, draw: Draw) -> int:
    match step.actor:
        case "requester":
            return began.requester_id
        case "rule":
            return SYSTEM_ID
        case "agent" if step.assignee_id is not None:
            return step.assignee_id
        case "agent":
            return an_agent(account, draw)
        case _:
            return ADMIN_ID


def _channel(step: Step, began: Opening, draw: Draw, *, created: bool) -> str:
    """The word for how an update came in; a ticket comes in as its own `via` says."""
    if step.actor == RULE:
        return RULE_VIA
    if step.actor != REQUESTER:
        return _WORDS[0]
    if created:
        return _WORD_OF.get(began.via["channel"], _WORDS[0])
    return draw.of(_OF_CUSTOMERS)


def _changes(before: Step, after: Step, began: Opening, channel: str) -> list[Record]:
    """One child for each field that a step changes."""
    children = []
    for field in ("status", "priority", "group_id", "assignee_id"):
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            children.append(change_child(0, channel, field, was, now))
        if field == "status" and was != now:
            was, now = (str(custom_status_id(it)) for it in (was, now))
            children.append(change_child(0, channel, "custom_status_id", was, now))
    was, now = (tags_at(began, escalated=it.escalated) for it in (before, after))
    if was != now:
        children.append(tags_child(0, channel, now, previous=was))
    return children


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


def create_children(channel: str, began: Opening, first: Step) -> list[Record]:
    """One for each field that the ticket began with, as was seen on the wire.

    Ids but the requester's are text, custom fields go by their id; a field without a value has no
    child, but for the priority (docs/facts/closing-of-exports.md#2.3).
    """
    fields: dict[str, object] = {
        "subject": began.subject, "requester_id": began.requester_id, "status": first.status,
        "priority": first.priority, "custom_status_id": str(custom_status_id(first.status)),
        "brand_id": str(BRAND_BASE), "ticket_form_id": str(FORM_ID),
    }  # fmt: skip
    if began.type is not None:
        fields["type"] = began.type
    if began.organization_id is not None:
        fields["organization_id"] = str(began.organization_id)
    for field in began.fields:
        if field["value"] not in (None, []):
            fields[str(field["id"])] = in_events(field["value"])
    children = [_child(channel, "Create", {name: value}) for name, value in fields.items()]
    tags = {"tags": began.tags, "added_tags": began.tags, "removed_tags": []}
    return [*children, _child(channel, "Create", tags)]


def in_events(value: object) -> object:
    """Return the value of a custom field as events have it: text or a list (unverified)."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def by_triggers(life: Life, first: Step, draw: Draw) -> list[Record]:
    """Return the changes of triggers when a ticket is created: its business hours, its group.

    Half of the groups are named by Create; of the others the change says how the ticket began.
    """
    children = []
    if life.schedule is not None:
        children.append(schedule_child(SCHEDULE_BASE + SCHEDULE_STEP * life.schedule))
    if first.group_id is not None and draw.chance(50) and first.group_id != GROUP_BASE:
        children.append(change_child(0, RULE_VIA, "group_id", GROUP_BASE, first.group_id))
    elif first.group_id is not None:
        children.insert(0, _child(_WORDS[0], "Create", {"group_id": first.group_id}))
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
    public: bool | None = None,
) -> Record:
    """A full comment, public as a rule; on some, `via` is a word and not an object, as of old."""
    attached = draw.between(1, ATTACHMENTS_MOST) if draw.chance(8) else 0
    return {
        "id": child_id,
        "via": channel if draw.chance(10) else via(draw, author_id, (CHANNELS[channel],)),
        "via_reference_id": None, "type": "Comment", "author_id": author_id, "body": body,
        "html_body": f'<div class="zd-comment" dir="auto"><p>{body}</p></div>',
        "plain_body": body, "public": draw.chance(75) if public is None else public,
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


# (metric, type) of metric events that changes write
METRIC_STEPS = (
    ("reply_time", "apply_sla"), ("reply_time", "activate"), ("agent_work_time", "measure"),
    ("reply_time", "fulfill"), ("requester_wait_time", "breach"),
    ("requester_wait_time", "update_status"), ("group_ownership_time", "apply_group_sla"),
    ("resolution_time", "pause"),
)  # fmt: skip


def draw_metric_event(account: Account, row: Row) -> Record:
    """The happening of a life that the row stands for."""
    found = happenings(account, row.parent)[row.ordinal]
    return {
        "id": row.id, "ticket_id": row.parent, "metric": found.metric,
        "instance_id": found.instance, "type": found.kind, "time": iso(row.at_s),
        "deleted": row.gone, **found.more,
    }  # fmt: skip


def metric_event(row: Row, metric: str, kind: str) -> Record:
    """A metric event that a change writes.

    Types that explain themselves carry one object more (docs/facts/zendesk-api.md#2.3.11).
    """
    record: Record = {
        "id": row.id, "ticket_id": row.parent, "metric": metric, "instance_id": row.ordinal // 4,
        "type": kind, "time": iso(row.at_s), "deleted": kind == "breach" and row.gone,
    }  # fmt: skip
    if kind == "apply_sla":
        record["sla"] = target(0, TARGET_S, business=False)
    elif kind == "apply_group_sla":
        record["group_sla"] = group_target(row.id % 10)
    elif kind == "update_status":
        record["status"] = {"calendar": row.ordinal * 15, "business": row.ordinal * 5}
    return record
