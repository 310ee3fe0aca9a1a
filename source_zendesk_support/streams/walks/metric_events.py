"""Metric events of tickets as the ticket list shows them, and when a running SLA comes due.

A breach moves neither the ticket nor its metrics, so that nothing but its time says when to ask
again. Pure. The shape of the sideload is known from one production extractor alone: an object of
lists by metric, a list, embedded or beside the tickets are all read. Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metric_events/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.marks import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Record = dict[str, Any]
SIDELOAD = "metric_events"
_RUNS, _RESTS = frozenset({"activate"}), frozenset({"pause", "fulfill"})
_POLICIES = ("sla", "group_sla")


def metric_events_of(tickets: Iterable[Record], page: Mapping[str, Any]) -> list[Record] | None:
    """Return the metric events beside or inside tickets; None when the page has none of either.

    None says that the sideload was not served, and must never be read as "no events".
    """
    beside = page.get(SIDELOAD)
    if isinstance(beside, list | dict):
        return list(_flat(beside))
    found: list[Record] = []
    for ticket in tickets:
        if SIDELOAD not in ticket:
            return None
        found += _flat(ticket[SIDELOAD])
    return found


def _flat(events: Any) -> Iterator[Record]:
    """Yield the events of a list, or of an object of lists (by metric, or by ticket)."""
    if isinstance(events, dict):
        if "id" in events:
            yield events
            return
        events = events.values()
    elif not isinstance(events, list):
        return
    for event in events:
        yield from _flat(event)


def has_happened(event: Record, now_s: int) -> bool:
    """Return whether an event is not in the future: a coming breach is listed before it happens.

    One without a time has happened, so that it is delivered.
    """
    at_s = time_of(event, "time")
    return at_s is None or at_s <= now_s


def due_s(events: Iterable[Record], now_s: int) -> int | None:
    """Return when the first running SLA target of one ticket comes due after `now_s`, if any.

    A breach that is listed ahead says so itself. Else the target counts from where its metric was
    activated, less what ran before a pause. With business hours the target comes due later, and
    the answer is a bound from below.
    """
    in_order = sorted(events, key=lambda event: time_of(event, "time") or 0)
    coming = [at_s for event in in_order if (at_s := _listed_breach_s(event)) and at_s > now_s]
    instances: dict[tuple[Any, Any], list[Record]] = {}
    for event in in_order:
        instances.setdefault((event.get("metric"), event.get("instance_id")), []).append(event)
    known = [at_s for each in instances.values() if (at_s := _target_due_s(each)) is not None]
    return min((at_s for at_s in (*coming, *known) if at_s > now_s), default=None)


def _listed_breach_s(event: Record) -> int | None:
    if event.get("type") != "breach" or event.get("deleted"):
        return None
    return time_of(event, "time")


def _target_due_s(events: list[Record]) -> int | None:
    """Return when the target of one metric comes due; None while it rests or has no target."""
    target_s: int | None = None
    running_since: int | None = None
    used_s = 0
    for event in events:
        at_s, kind = time_of(event, "time"), event.get("type")
        if at_s is None:
            continue
        target_s = _target_of(event) or target_s
        if kind in _RUNS:
            running_since = at_s
        elif kind in _RESTS and running_since is not None:
            used_s += at_s - running_since
            running_since = None
    if target_s is None or running_since is None:
        return None
    return running_since + max(0, target_s - used_s)


def _target_of(event: Record) -> int | None:
    for name in _POLICIES:
        policy = event.get(name)
        if not isinstance(policy, dict):
            continue
        seconds, minutes = policy.get("target_in_seconds"), policy.get("target")
        if isinstance(seconds, int):
            return seconds
        if isinstance(minutes, int):
            return 60 * minutes  # targets are in minutes where no seconds are given
    return None
