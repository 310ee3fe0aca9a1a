"""What one stream takes out of a page that may serve several.

Pure functions from a page to records. None changes an item that another stream of the page also
takes, so that a stream's records never depend on what else is selected.
Rests on https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    # The items of a page that are not repeats, and the whole page for its sideloads.
    Transform = Callable[[list[dict[str, Any]], Mapping[str, Any]], list[dict[str, Any]]]


def items_as_they_are(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001 - the shape of a Transform
) -> list[dict[str, Any]]:
    """Take every item whole."""
    return items


def tickets_without_metrics(
    items: list[dict[str, Any]], page: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Take the tickets, without the `metric_set` that was asked for another stream."""
    if not any("metric_set" in ticket for ticket in items):
        return items_as_they_are(items, page)
    return [
        {key: value for key, value in ticket.items() if key != "metric_set"} for ticket in items
    ]


def lacking(includes: str) -> Callable[[Mapping[str, Any]], str | None]:
    """Return what names a sideload that was asked for, comma between, and is not on a page.

    Without it a page would be read as if there were no such records, and passed for good.
    """
    promises = [_PROMISES[name] for name in includes.split(",") if name in _PROMISES]

    def lacks(page: Mapping[str, Any]) -> str | None:
        return next((missing for promise in promises if (missing := promise(page))), None)

    return lacks


def _no_metric_sets(page: Mapping[str, Any]) -> str | None:
    """A ticket has one or null; a deleted ticket may have no key at all."""
    live = (ticket for ticket in page["tickets"] if ticket.get("status") != "deleted")
    is_whole = all(isinstance(it.get("metric_set", 0), dict | None) for it in live)
    return None if is_whole else "metric_set"


def _no_identities(page: Mapping[str, Any]) -> str | None:
    """Every page of users has a list of theirs; one without users needs none."""
    found = page.get("identities")
    is_whole = isinstance(found, list) and all(isinstance(item, dict) for item in found)
    return None if is_whole or not page["users"] else "identities"


_PROMISES = {"metric_sets": _no_metric_sets, "identities": _no_identities}


def metric_sets(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the `metric_set` of each ticket; a deleted ticket has none.

    See docs/facts/zendesk-api.md#2.3.7.

    That no other ticket lacks it is seen to when the page is read: `lacking`.

    Adds the published cursor `_ab_updated_at`: the ticket's `generated_timestamp`.
    """
    return [
        {
            **ticket["metric_set"],
            "generated_timestamp": ticket.get("generated_timestamp"),
            "_ab_updated_at": ticket.get("generated_timestamp"),
        }
        for ticket in items
        if ticket.get("metric_set")
    ]


def identities(
    items: list[dict[str, Any]],  # noqa: ARG001
    page: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Take the identities sideloaded beside the users of the page: `lacking` sees that they are."""
    return page.get("identities") or []


def comments(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the Comment children of ticket events, with what only their event knows.

    A copy in depth: the event keeps its own. `via` that is no object has no place in the schema and
    becomes null, as users of the published stream know it.
    """
    found = []
    for event in items:
        for child in event.get("child_events") or ():
            if child.get("event_type") != "Comment":
                continue
            comment = loads(dumps(child)).value
            comment["via_reference_id"] = event.get("via_reference_id")
            comment["ticket_id"] = event.get("ticket_id")
            comment["timestamp"] = event.get("timestamp")
            if not isinstance(comment.get("via"), dict):
                comment["via"] = None
            found.append(comment)
    return found


def attachments(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the attachments of Comment children, with the comment and the ticket they belong to."""
    return [
        {
            **attachment,
            "ticket_id": event.get("ticket_id"),
            "comment_id": child.get("id"),
            "audit_id": event.get("id"),
            "created_at": child.get("created_at") or event.get("created_at"),
            "timestamp": event.get("timestamp"),
        }
        for event in items
        for child in event.get("child_events") or ()
        if child.get("event_type") == "Comment"
        for attachment in child.get("attachments") or ()
    ]


def attribute_definitions(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the definitions of both lists, each with the `condition` it can be used in."""
    return [
        {**definition, "condition": condition}
        for lists in items
        for condition in ("all", "any")
        for definition in lists.get(f"conditions_{condition}") or ()
    ]


def article_comments(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the comments, with the pair that the published connector knows them by."""
    return [
        {
            **comment,
            "_airbyte_parent_id": {
                "article_id": comment.get("source_id"),
                "comment_id": comment.get("id"),
            },
        }
        for comment in items
    ]


def post_comments(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the comments, with the pair that the published connector knows them by."""
    return [
        {
            **comment,
            "_airbyte_parent_id": {
                "post_id": comment.get("post_id"),
                "comment_id": comment.get("id"),
            },
        }
        for comment in items
    ]
