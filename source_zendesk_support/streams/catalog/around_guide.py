"""Rows around articles and posts: labels, translations, subscriptions, and badges of the community.

Rests on https://developer.zendesk.com/api-reference/help_center/help-center-api/badges/ and its
neighbours (docs/facts/endpoints.md).
"""

from __future__ import annotations

from source_zendesk_support.streams.model.resource import ChildResource, Resource
from source_zendesk_support.streams.model.stream import SEEN_IN_DOCUMENTS, Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList
from source_zendesk_support.streams.walks.full_list import FullList

from . import gates
from .help_center import (
    ARTICLE_RESOURCE,
    CATEGORY_RESOURCE,
    POST_RESOURCE,
    SECTION_RESOURCE,
    TOPIC_RESOURCE,
)

_GONE = "gone from the list"


def _below(name: str, resource: Resource, description: str, *counters: str) -> Stream:
    """Return the row of children that are asked for below each record of a list."""
    key = name.rpartition("_")[2]
    path = f"{resource.path}/{{parent}}/{key}"
    return Stream(
        name,
        resource,
        description,
        cursor_field="updated_at",
        children=ChildResource(
            path,
            key,
            counters=counters,
            asked_by="locale" if key == "translations" else "",
            embedded=key if key == "translations" else "",
            unverified=SEEN_IN_DOCUMENTS,
        ),
    )


def _badges(name: str, description: str) -> Stream:
    return Stream(
        name,
        Resource(
            f"gather/{name}",
            FullList(),
            name,
            unverified=SEEN_IN_DOCUMENTS,
            gate=gates.COMMUNITY,
        ),
        description,
        needs="Gather Professional, and the role Help Center manager",
        deletions=_GONE,
    )


ROWS = (
    Stream(
        "article_labels",
        Resource(
            "help_center/articles/labels",
            ComparedList(),
            "labels",
            unverified=SEEN_IN_DOCUMENTS,
            gate=gates.HELP_CENTER,
        ),
        "Labels of articles.",
        cursor_field="updated_at",
    ),
    _below("category_translations", CATEGORY_RESOURCE, "Categories in each language."),
    _below("section_translations", SECTION_RESOURCE, "Sections in each language."),
    _below("article_subscriptions", ARTICLE_RESOURCE, "Who follows which article."),
    _below("section_subscriptions", SECTION_RESOURCE, "Who follows which section."),
    _below("post_subscriptions", POST_RESOURCE, "Who follows which post.", "follower_count"),
    _below("topic_subscriptions", TOPIC_RESOURCE, "Who follows which topic.", "follower_count"),
    _badges("badges", "Badges that users of the community can earn."),
    _badges("badge_categories", "Categories of badges, by brand."),
    _badges("badge_assignments", "Which user has which badge."),
)
