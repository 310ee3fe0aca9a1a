"""Transforms that take comments and their attachments out of events, articles and posts.

Pure. A comment keeps the fields that the published connector gives it. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3.12).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Mapping


# A call leaves a comment of its own kind (docs/facts/zendesk-api.md#2.3.18).
_COMMENTS = frozenset({"Comment", "VoiceComment"})


def _comments(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the comments among the children of an event; what is not an object is skipped."""
    children = event.get("child_events") or ()
    found = [child for child in children if isinstance(child, dict)]
    return [child for child in found if child.get("event_type") in _COMMENTS]


def comments(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the comments of ticket events, those of calls too, with what only their event knows.

    A copy in depth: the event keeps its own. A `via` that is not an object has no place in the
    schema. It becomes null, as users of the published stream know it.
    """
    found = []
    for event in items:
        for child in _comments(event):
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
    """Take the attachments of comments, with the comment and the ticket they belong to."""
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
        for child in _comments(event)
        for attachment in child.get("attachments") or ()
        if isinstance(attachment, dict)
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
