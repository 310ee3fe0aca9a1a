"""Changes of living tickets and their metric events, with the events and metrics they cause.

generated_timestamp moves with every change, updated_at only with those that create an event
(docs/facts/zendesk-api.md#2.3.6).
"""

from typing import Any

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import METRIC_SET_BASE
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed import event_records, messaging
from zendesk_emulator.seed.life import (
    AGENT,
    PRIVATE,
    PUBLIC,
    REQUESTER,
    SILENT,
    Frame,
    life_of,
    steps_of,
)
from zendesk_emulator.seed.metrics import metric_fields
from zendesk_emulator.seed.people import ADMIN_ID, is_agent
from zendesk_emulator.seed.ticket_records import (
    an_agent,
    custom_fields,
    custom_status_id,
    draw_metric_set,
    draw_ticket,
    is_messaging,
    opening,
)

Written = list[tuple[str, int]]

WEB, RULE = "Web form", "Rule"


def is_alive(row: Row) -> bool:
    return row.status not in ("deleted", "closed")


def add_event(
    account: Account, ticket: Row, author_id: int, children: list[Record], draw: Draw
) -> Written:
    """The event of a ticket change."""
    events = account.table("ticket_events")
    now_s = account.clock.now_s()
    row = Row(
        events.next_id(event_records.CHILD_ROOM), now_s, now_s, now_s, parent=ticket.id,
        ordinal=len(events.children(ticket.id)), support=ticket.support, status=ticket.status,
    )  # fmt: skip
    event_records.numbered(row, children)
    for child in children:
        if child["event_type"] in event_records.COMMENTS:
            count = len(child["attachments"])  # they are numbered after their comment
            attached = event_records.attachments(account, child["id"], count)
            child.update(audit_id=row.id, created_at=iso(now_s), attachments=attached)
    events.add(row, event_records.event(row, author_id, WEB, children, draw))
    if row.ordinal:
        _live_on(account, ticket, author_id, children, now_s)
    return [("ticket_events", row.id)]


def _live_on(
    account: Account, ticket: Row, author_id: int, children: list[Record], now_s: int
) -> None:
    """Add a step to the ticket's life, which its metrics follow from."""
    steps = steps_of(account, ticket.id)
    author = account.table("users").rows[author_id]
    said = [it["public"] for it in children if it["event_type"] in event_records.COMMENTS]
    moved: Record = {n: it[n] for it in children for n in ("status", "priority") if n in it}
    step = steps[-1]._replace(
        at_s=now_s, actor=AGENT if is_agent(author.ordinal) else REQUESTER,
        comment=SILENT if not said else PUBLIC if said[0] else PRIVATE, **moved,
    )  # fmt: skip
    account.later_steps.setdefault(ticket.id, []).append(step)
    metrics = account.table("ticket_metrics")
    fields = metric_fields((*steps, step), life_of(account, ticket.id).schedule)
    metrics.amend(metrics.rows[METRIC_SET_BASE + ticket.id], **fields)


def add_metric_event(
    account: Account, ticket: Row, metric: str, kind: str, *, at_s: int | None = None
) -> Written:
    """A breach that an SLA has still before it lies in the future."""
    table = account.table("ticket_metric_events")
    now_s = account.clock.now_s() if at_s is None else at_s
    row = Row(
        table.next_id(), now_s, now_s, now_s, parent=ticket.id,
        ordinal=len(table.children(ticket.id)), support=ticket.support,
    )  # fmt: skip
    table.add(row, event_records.metric_event(row, metric, kind))
    return [("ticket_metric_events", row.id)]


def write_ticket(
    account: Account, ticket: Row, *, silent: bool = False, at_s: int | None = None, **fields: Any
) -> Written:
    """Write a ticket and its metric set; a silent change moves only generated_timestamp."""
    now_s = account.clock.now_s() if at_s is None else at_s
    metrics = account.table("ticket_metrics")
    metric = metrics.rows[METRIC_SET_BASE + ticket.id]
    written = [("tickets", ticket.id)]
    if not silent:
        fields["updated_at"] = iso(now_s)
        metrics.amend(metric, updated_at=iso(now_s))
        metric.at_s = metric.updated_s = now_s
        written.append(("ticket_metrics", metric.id))
    account.table("tickets").amend(ticket, **{**fields, "generated_timestamp": now_s})
    ticket.at_s = now_s
    ticket.updated_s = ticket.updated_s if silent else now_s
    ticket.status = fields.get("status", ticket.status)
    return written


def with_status(
    account: Account, ticket: Row, status: str, author_id: int, draw: Draw, **fields: Any
) -> Written:
    """A change of status, and its event."""
    before = account.table("tickets").record(ticket)
    changed = {"status": status, "custom_status_id": custom_status_id(status), **fields}
    children = _changes(before, changed)
    written = write_ticket(account, ticket, **changed)
    return written + add_event(account, ticket, author_id, children, draw)


def _changes(before: Record, after: Record) -> list[Record]:
    """One child for each field that changes; custom fields go by their ids."""
    children = []
    for field, now in after.items():
        was = before[field]
        if field == "custom_fields":
            values = {each["id"]: event_records.in_events(each["value"]) for each in was}
            current = {each["id"]: event_records.in_events(each["value"]) for each in now}
            children += [
                event_records.change_child(0, WEB, str(key), values.get(key), value)
                for key, value in current.items()
                if value != values.get(key)
            ]
        elif field == "custom_status_id":
            children.append(event_records.change_child(0, WEB, field, str(was), str(now)))
        elif field != "fields" and was != now:
            children.append(event_records.change_child(0, WEB, field, was, now))
    return children


def new_ticket(account: Account, draw: Draw, _: int | None) -> Written:
    now_s = account.clock.now_s()
    tickets = account.table("tickets")
    row = Row(
        tickets.next_id(), now_s, now_s, now_s, status="new",
        support="ai_agent" if draw.chance(5) else "agent",
    )  # fmt: skip
    account.frames[row.id] = Frame(now_s, now_s, "new")
    tickets.add(row, draw_ticket(account, row))
    metric = Row(METRIC_SET_BASE + row.id, now_s, now_s, now_s, parent=row.id)
    account.table("ticket_metrics").add(metric, draw_metric_set(account, metric))
    began, life = opening(account, row.id), life_of(account, row.id)
    requester_id = began.requester_id
    created = event_records.create_children(WEB, began, life.steps[0])
    created += event_records.by_triggers(life, life.steps[0], draw)
    comment = event_records.comment_child(
        account, row, 0, draw, author_id=requester_id, body=began.description, public=True
    )
    written = [("tickets", row.id), ("ticket_metrics", metric.id)]
    written += add_event(account, row, requester_id, [comment, *created], draw)
    return written + add_metric_event(account, row, "reply_time", "activate")


def update_ticket(account: Account, draw: Draw, row_id: int | None) -> Written:
    ticket = pick(account.table("tickets"), draw, row_id, is_alive)
    agent_id = an_agent(account, draw)
    others = [each for each in ("open", "pending", "hold", "solved") if each != ticket.status]
    status = draw.of(others)
    fields = custom_fields(draw)
    written = with_status(
        account, ticket, status, agent_id, draw,
        priority=draw.of(("low", "high", None)), custom_fields=fields, fields=fields,
    )  # fmt: skip
    return written + add_metric_event(account, ticket, "requester_wait_time", "update_status")


def silent_update_ticket(account: Account, draw: Draw, row_id: int | None) -> Written:
    """A trigger, an SLA or an automation: no event, updated_at stays.

    See docs/facts/zendesk-api.md#2.3.6.
    """
    ticket = pick(account.table("tickets"), draw, row_id, lambda row: row.status != "deleted")
    return write_ticket(account, ticket, silent=True, priority=draw.of(("low", "normal", "urgent")))


def comment(account: Account, draw: Draw, row_id: int | None) -> Written:
    ticket = pick(account.table("tickets"), draw, row_id, is_alive)
    author_id = an_agent(account, draw)
    child = event_records.comment_child(
        account, ticket, 0, draw, author_id=author_id, body=draw.of(words.SENTENCES)
    )
    written = write_ticket(account, ticket)
    written += add_event(account, ticket, author_id, [child], draw)
    if is_messaging(account, ticket.id):  # the log shows comments too
        row = messaging.add_comment(account, ticket, child, account.clock.now_s())
        written.append(("conversation_log", row.id))
    return written + add_metric_event(account, ticket, "reply_time", "fulfill")


def tag(account: Account, draw: Draw, row_id: int | None) -> Written:
    """A ticket gains a tag, which counts one more, or begins to exist."""
    ticket = pick(account.table("tickets"), draw, row_id, is_alive)
    tags = account.table("tags")
    name = f"{draw.of(words.TAG_WORDS)}_{draw.below(6)}"
    before = account.table("tickets").record(ticket)["tags"]
    child = event_records.tags_child(0, WEB, [*before, name], previous=before)
    written = write_ticket(account, ticket, tags=[*before, name])
    written += add_event(account, ticket, ADMIN_ID, [child], draw)
    for row in tags.rows.values():
        record = tags.record(row)
        if record["name"] == name:
            tags.amend(row, count=record["count"] + 1)
            return [*written, ("tags", row.id)]
    now_s = account.clock.now_s()
    row = tags.add(Row(tags.next_id(), now_s, now_s, now_s), {"name": name, "count": 1})
    return [*written, ("tags", row.id)]


def metric_event(account: Account, draw: Draw, row_id: int | None) -> Written:
    ticket = pick(account.table("tickets"), draw, row_id, is_alive)
    return add_metric_event(account, ticket, *draw.of(event_records.METRIC_STEPS))


KINDS = {
    "new_ticket": new_ticket,
    "update_ticket": update_ticket,
    "silent_update_ticket": silent_update_ticket,
    "comment": comment,
    "tag": tag,
}
