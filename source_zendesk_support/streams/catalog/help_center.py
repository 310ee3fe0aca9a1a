"""Rows of the Help Center and the community: articles, posts, and their children.

Articles and posts are listed once a sync for themselves and for all their children. Digests show
which of them are repeats: their votes move without `updated_at`. The incremental export of articles
has neither a known order nor a known page size (docs/facts/zendesk-api.md#2.3.14 and #5.4).
Rests on https://developer.zendesk.com/api-reference/help_center/help-center-api/introduction/.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.account_list import AccountList
from source_zendesk_support.streams.model.resource import ChildResource, Resource, items_as_they_are
from source_zendesk_support.streams.model.stream import FileRecord, Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList, WholeList
from source_zendesk_support.streams.walks.newer_than_cursor import NewerThanCursor

from . import comment_transforms, gates

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.resource import Transform

CATEGORY_RESOURCE = Resource(
    "help_center/categories", WholeList(), "categories", gate=gates.HELP_CENTER
)
SECTION_RESOURCE = Resource("help_center/sections", WholeList(), "sections", gate=gates.HELP_CENTER)
ARTICLE_RESOURCE = Resource(
    "help_center/articles", ComparedList(), "articles", gate=gates.HELP_CENTER
)
# Compared: the number of followers moves without `updated_at`.
TOPIC_RESOURCE = Resource("community/topics", ComparedList(), "topics", gate=gates.COMMUNITY)
POST_RESOURCE = Resource("community/posts", ComparedList(), "posts", gate=gates.COMMUNITY)

_VOTES = ("vote_count", "vote_sum")
# docs/facts/endpoints.md, ListVotesNoUser. Never seen on the wire.
_ALL_VOTES = AccountList(
    "help_center/votes",
    "votes",
    parent_field="item_id",
    kind_field="item_type",
    kinds=frozenset(),
    count_in="vote_count",
    value="value",
    sum_in="vote_sum",
)
_IN_ONE_LIST = "the list of all votes: records are asked where it and their counters differ"
_VOTE = "help_center/votes/{key}"  # docs/facts/endpoints.md, ShowVote


def _votes(*kinds: str) -> AccountList:
    """Return the list of all votes, for parents that it calls so."""
    return replace(_ALL_VOTES, kinds=frozenset(kinds))


ARTICLE_COMMENTS = ChildResource("help_center/articles/{parent}/comments", "comments")
POST_COMMENTS = ChildResource(
    "community/posts/{parent}/comments",
    "comments",
    counters=("comment_count",),
    count_in="comment_count",
)


def _below(
    name: str,
    resource: Resource,
    description: str,
    children: ChildResource,
    *,
    transform: Transform = items_as_they_are,
    file: FileRecord | None = None,
) -> Stream:
    return Stream(
        name,
        resource,
        description,
        cursor_field="updated_at",
        state_is_epoch=True,
        transform=transform,
        children=children,
        file=file,
    )


ROWS = (
    Stream(
        "categories",
        CATEGORY_RESOURCE,
        "Categories of the Help Center.",
        deletions="gone from the list",
    ),
    Stream(
        "sections",
        SECTION_RESOURCE,
        "Sections of the Help Center.",
        deletions="gone from the list",
    ),
    Stream(
        "articles",
        ARTICLE_RESOURCE,
        "Articles of the Help Center, with their votes counted.",
        cursor_field="updated_at",
        state_is_epoch=True,
    ),
    _below(
        "article_translations",
        ARTICLE_RESOURCE,
        "Articles in each language.",
        ChildResource(
            "help_center/articles/{parent}/translations",
            "translations",
            asked_by="locale",
            embedded="translations",
            unverified="that drafts are among the translations that come beside an article",
        ),
    ),
    _below(
        "article_attachments",
        ARTICLE_RESOURCE,
        "Files of articles: their metadata, and their bytes when files are asked for.",
        ChildResource("help_center/articles/{parent}/attachments", "article_attachments"),
        file=FileRecord(
            "content_url", "help_center/articles/attachments/{key}", "article_attachment"
        ),
    ),
    _below(
        "article_comments",
        ARTICLE_RESOURCE,
        "Comments on articles.",
        ARTICLE_COMMENTS,
        transform=comment_transforms.article_comments,
    ),
    _below(
        "article_votes",
        ARTICLE_RESOURCE,
        "Votes on articles.",
        ChildResource(
            "help_center/articles/{parent}/votes",
            "votes",
            counters=_VOTES,
            count_in="vote_count",
            record_path=_VOTE,
            unverified=_IN_ONE_LIST,
            listed=_votes("Article"),
        ),
    ),
    _below(
        "article_comment_votes",
        ARTICLE_RESOURCE,
        "Votes on comments on articles.",
        ChildResource(
            "help_center/articles/{grandparent}/comments/{parent}/votes",
            "votes",
            below=ARTICLE_COMMENTS,
            counters=_VOTES,
            count_in="vote_count",
            record_path=_VOTE,
            unverified=_IN_ONE_LIST,
            listed=_votes("Comment", "ArticleComment"),
        ),
    ),
    Stream(
        "user_segments",
        Resource(
            "help_center/user_segments",
            NewerThanCursor(),
            "user_segments",
            gate=gates.HELP_CENTER,
        ),
        "Groups of users who may see sections and topics.",
        cursor_field="updated_at",
        needs="a Help Center manager",
    ),
    Stream(
        "permission_groups",
        Resource(
            "guide/permission_groups",
            ComparedList(),
            "permission_groups",
            unverified="paging and fields",
            gate=gates.HELP_CENTER,
        ),
        "Who may edit and publish articles.",
        cursor_field="updated_at",
        needs="a Help Center manager",
    ),
    Stream(
        "content_tags",
        Resource(
            "guide/content_tags",
            ComparedList(),
            "records",
            or_key="content_tags",
            largest_page=30,  # the only size ever reported (docs/facts/zendesk-api.md#5.4)
            missing_is_bare=True,  # docs/facts/zendesk-api.md#5.5
            unverified="envelope and page size",
            gate=gates.HELP_CENTER,
        ),
        "Tags of articles and posts.",
        cursor_field="updated_at",
    ),
    Stream(
        "topics",
        TOPIC_RESOURCE,
        "Topics of the community.",
        cursor_field="updated_at",
    ),
    Stream(
        "posts",
        POST_RESOURCE,
        "Posts of the community, with their comments and votes counted.",
        cursor_field="updated_at",
        state_is_epoch=True,
    ),
    _below(
        "post_comments",
        POST_RESOURCE,
        "Comments on posts.",
        POST_COMMENTS,
        transform=comment_transforms.post_comments,
    ),
    _below(
        "post_votes",
        POST_RESOURCE,
        "Votes on posts.",
        ChildResource(
            "community/posts/{parent}/votes",
            "votes",
            counters=_VOTES,
            count_in="vote_count",
            record_path=_VOTE,
            unverified=_IN_ONE_LIST,
            listed=_votes("Post"),
        ),
    ),
    _below(
        "post_comment_votes",
        POST_RESOURCE,
        "Votes on comments on posts.",
        ChildResource(
            "community/posts/{grandparent}/comments/{parent}/votes",
            "votes",
            below=POST_COMMENTS,
            counters=_VOTES,
            count_in="vote_count",
            record_path=_VOTE,
            unverified=_IN_ONE_LIST,
            listed=_votes("PostComment"),
        ),
    ),
)
