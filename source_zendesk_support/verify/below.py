"""Records below a parent, compared for some parents: which lists they are in, and whose they are.

Owns this table, and nothing else. Fields that an export alone shows are not compared: `fields` are
those that both have. Rests on docs/facts/endpoints.md and docs/when-zendesk-closes-the-exports.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.catalog.table import STREAMS, parent_of
from source_zendesk_support.streams.model.resource import LIST_PAGE, Paging
from source_zendesk_support.streams.walks.audits import event_of
from source_zendesk_support.streams.walks.requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The column that holds the key of the parent, where a child has it without being given it.
PARENT_COLUMNS: Mapping[str, str] = {
    "article_attachments": "article_id",
    "article_comment_votes": "item_id",
    "article_comments": "source_id",
    "article_subscriptions": "content_id",
    "article_translations": "source_id",
    "article_votes": "item_id",
    "category_translations": "source_id",
    "organization_merges": "winner_id",
    "post_comment_votes": "item_id",
    "post_comments": "post_id",
    "post_subscriptions": "content_id",
    "post_votes": "item_id",
    "section_subscriptions": "content_id",
    "section_translations": "source_id",
    "topic_subscriptions": "content_id",
}


def as_it_is(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item whole."""
    return item


@dataclass(frozen=True, slots=True)
class Below:
    """How a stream is read below one parent.

    Attributes:
        parents: The stream of the parents.
        column: The column that holds the parent's key.
        request: What is asked for, with `{parent}` and `{grandparent}` in its path.
        fields: The fields that are compared; None: all.
        item: Returns an item as the stream's own resource has it.
        label: The field that a child gets from its parent's key.
        may_lack_all: Whether a parent may rightly have none of its records in the destination.
        replaces_export: Whether it has records from before the start date, and some to come.

    """

    parents: str
    column: str
    request: ListRequest
    fields: frozenset[str] | None = None
    item: Callable[[dict[str, Any]], dict[str, Any]] = as_it_is
    label: str | None = None
    may_lack_all: bool = False
    replaces_export: bool = False


_AUDITS = ListRequest("tickets/{parent}/audits", "audits")
# Streams of an export or a feed: the same records are in a list below one ticket or user.
BY_EXPORT: Mapping[str, Below] = {
    "ticket_events": Below(
        "tickets",
        "ticket_id",
        _AUDITS,
        frozenset({"id", "ticket_id", "created_at", "timestamp", "updater_id"}),
        event_of,
    ),
    "ticket_comments": Below(
        "tickets",
        "ticket_id",
        _AUDITS,
        frozenset({"id", "ticket_id", "created_at", "author_id", "body", "public"}),
        event_of,
    ),
    "attachments": Below(
        "tickets",
        "ticket_id",
        _AUDITS,
        frozenset({"id", "ticket_id", "file_name", "content_type", "size"}),
        event_of,
    ),
    # The account's feed leaves out those of archived tickets.
    "ticket_audits": Below("tickets", "ticket_id", _AUDITS, may_lack_all=True),
    "ticket_field_history": Below(
        "tickets", "ticket_id", _AUDITS, frozenset({"id", "ticket_id", "timestamp"}), event_of
    ),
    "ticket_schedule_history": Below(
        "tickets", "ticket_id", _AUDITS, frozenset({"id", "ticket_id", "timestamp"}), event_of
    ),
    "side_conversations": Below(
        "tickets",
        "ticket_id",
        ListRequest(
            "tickets/{parent}/side_conversations", "side_conversations", paging=Paging.NUMBER
        ),
    ),
    "user_identities": Below(
        "users", "user_id", ListRequest("users/{parent}/identities", "identities")
    ),
}

# The same where lists replace the export, which is read in windows of time elsewhere.
_METRIC_EVENTS = Below(
    "tickets",
    "ticket_id",
    ListRequest("tickets/{parent}/metric_events", "ticket_metric_events"),
    replaces_export=True,
)
BY_LIST: Mapping[str, Below] = dict.fromkeys(
    ("ticket_metric_events", "ticket_sla_policy_history"), _METRIC_EVENTS
)


def below_of(name: str) -> Below | None:
    """Return how a stream is read below one parent; None where it is not."""
    stream = STREAMS[name]
    if name in BY_EXPORT:
        return BY_EXPORT[name]
    parent, children = parent_of(stream), stream.children
    if children is None or parent is None:
        return None
    path = children.list_path or children.path
    paging = Paging.CURSOR if children.list_path else children.paging
    label = next(iter(children.labels), None)
    return Below(
        parent.name,
        label or PARENT_COLUMNS[name],
        ListRequest(path, children.key, paging=paging, size=LIST_PAGE),
        label=label,
    )
