"""The metrics of a ticket, computed from its steps as Zendesk defines them.

Pure. Times in minutes, whole ones that have passed, by the calendar and by the ticket's schedule.
Fields: docs/facts/records.md; definitions: support.zendesk.com, "Understanding ticket metrics".
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from zendesk_emulator.data.clock import iso

from .config import SCHEDULES
from .hours import Calendar, calendar
from .life import AGENT, REQUESTER, Step

_SOLVED = ("solved", "closed")


def minutes(seconds: int) -> int:
    return seconds // 60


def calendar_of(schedule: int) -> Calendar:
    """The open hours of a schedule; the last one has no holidays."""
    return calendar(schedule, has_holidays=schedule < SCHEDULES - 1)


def metric_fields(steps: Sequence[Step], schedule: int | None) -> dict[str, Any]:
    """Return what a ticket's metric set says of these steps."""
    first, last = steps[0], steps[-1]
    measure = _measure(schedule)
    replied = next((it for it in steps if it.is_reply), None)
    solved = [now for was, now in pairwise(steps) if now.status == "solved" != was.status]
    if first.status in _SOLVED:
        solved.insert(0, first)
    moves = [now.at_s for was, now in pairwise(steps) if now.status != was.status]
    assigned = [
        now.at_s
        for was, now in pairwise(steps)
        if now.assignee_id is not None and now.assignee_id != was.assignee_id
    ]
    reply = measure([(first.at_s, replied.at_s)] if replied else None)
    is_solved = bool(solved) and last.status in (*_SOLVED, "deleted")
    return {
        "group_stations": len({it.group_id for it in steps if it.group_id is not None}),
        "assignee_stations": len({it.assignee_id for it in steps if it.assignee_id is not None}),
        "reopens": sum(
            was.status == "solved" and now.status not in ("solved", "closed", "deleted")
            for was, now in pairwise(steps)
        ),
        "replies": sum(it.is_reply for it in steps),
        "assignee_updated_at": _last(it.at_s for it in steps if it.actor == AGENT),
        "requester_updated_at": _last(it.at_s for it in steps if it.actor == REQUESTER),
        "status_updated_at": iso(moves[-1] if moves else first.at_s),
        "custom_status_updated_at": iso(moves[-1] if moves else first.at_s),
        "initially_assigned_at": iso(assigned[0]) if assigned else None,
        "assigned_at": iso(assigned[-1]) if assigned else None,
        "solved_at": iso(solved[-1].at_s) if is_solved else None,
        "latest_comment_added_at": _last(it.at_s for it in steps if it.comment),
        "reply_time_in_minutes": reply,
        "reply_time_in_seconds": {"calendar": replied.at_s - first.at_s if replied else None},
        "first_resolution_time_in_minutes": measure(
            [(first.at_s, solved[0].at_s)] if solved else None
        ),
        "full_resolution_time_in_minutes": measure(
            [(first.at_s, solved[-1].at_s)] if is_solved else None
        ),
        "agent_wait_time_in_minutes": measure(_spans(steps, ("pending",))),
        "requester_wait_time_in_minutes": waited_by(steps, schedule),
        "on_hold_time_in_minutes": measure(_spans(steps, ("hold",))),
    }


def waited_by(steps: Sequence[Step], schedule: int | None) -> dict[str, int | None]:
    """Return how long the customer has waited by the last change of status."""
    return _measure(schedule)(_spans(steps, ("new", "open", "hold")))


def _spans(steps: Sequence[Step], statuses: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return the finished spans in which the ticket had one of these statuses."""
    spans, since = [], steps[0].at_s
    for was, now in pairwise(steps):
        if was.status == now.status:
            continue
        if was.status in statuses:
            spans.append((since, now.at_s))
        since = now.at_s
    return spans


def _measure(
    schedule: int | None,
) -> Callable[[list[tuple[int, int]] | None], dict[str, int | None]]:
    def measure(spans: list[tuple[int, int]] | None) -> dict[str, int | None]:
        if spans is None:
            return {"calendar": None, "business": None}
        business = None
        if schedule is not None:
            hours = calendar_of(schedule)
            business = minutes(sum(hours.between(begin, end) for begin, end in spans))
        return {"calendar": minutes(sum(end - begin for begin, end in spans)), "business": business}

    return measure


def _last(times: Iterable[int]) -> str | None:
    latest = max(times, default=None)
    return None if latest is None else iso(latest)
