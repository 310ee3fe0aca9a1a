"""The metrics of tickets beside a list of them, in the shape of the export: inside each ticket.

A ticket whose metrics are not in the answer is asked for them singly. It is never taken to have
none. Rests on docs/facts/closing-of-exports.md#2 and docs/facts/zendesk-api.md#3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import RecordRefused, StreamRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record

METRIC_SETS = "metric_sets"


def with_metric_sets(
    context: WalkContext, tickets: list[Record], body: Mapping[str, Any]
) -> list[Record]:
    """Return tickets with their `metric_set`, wherever the answer has it, or asked one by one."""
    beside = {
        found.get("ticket_id"): found
        for found in body.get(METRIC_SETS) or ()
        if isinstance(found, dict)
    }
    whole = []
    for ticket in tickets:
        if "metric_set" in ticket:
            whole.append(ticket)
            continue
        found = beside.get(ticket.get("id"))
        if found is None:
            found = _asked_metric_set(context, ticket.get("id"))
        whole.append({**ticket, "metric_set": found})
    return whole


def _asked_metric_set(context: WalkContext, ticket_id: Any) -> Record | None:
    path = f"tickets/{ticket_id}/metrics"
    try:
        page = context.client.get(path, {}, expects="ticket_metric", expected_type=object)
    except (StreamRefused, RecordRefused) as refused:
        if not refused.is_about_a_record:
            raise
        text = f"tickets whose metrics Zendesk refused with status {refused.status}"
        context.skipped.add("ticket_metrics", text)
        return None
    found = page.body["ticket_metric"]
    if isinstance(found, list):  # as some clients have met it
        found = found[0] if found else None
    return found if isinstance(found, dict) else None
