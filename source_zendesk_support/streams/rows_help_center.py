"""Rows of the Help Center and the community: articles, posts, and what hangs below them.

Articles and posts are listed once a sync for themselves and for all their children, and told from
repeats by digests: their votes move without `updated_at`, and the incremental export of articles
has neither a known order nor a known page size (zendesk/api.md 2.3.14 and 5.4).
Rests on https://developer.zendesk.com/api-reference/help_center/help-center-api/introduction/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import extraction
from .row import Children, Feed, Stream, Walk

if TYPE_CHECKING:
    from .extraction import Take

ARTICLE_FEED = Feed("help_center/articles", Walk.COMPARED_LIST, "articles")
POST_FEED = Feed("community/posts", Walk.COMPARED_LIST, "posts")

_GUIDE = "Help Center"
_COMMUNITY = "community (Gather)"
_VOTES = ("vote_count", "vote_sum")


def _below(
    name: str,
    feed: Feed,
    description: str,
    children: Children,
    *,
    take: Take = extraction.items_as_they_are,
    file_url: str | None = None,
) -> Stream:
    return Stream(
        name,
        feed,
        description,
        cursor_field="updated_at",
        state_is_epoch=True,
        take=take,
        children=children,
        file_url=file_url,
        needs=_GUIDE if feed is ARTICLE_FEED else _COMMUNITY,
    )


ROWS = (
    Stream(
        "categories",
        Feed("help_center/categories", Walk.FULL_LIST, "categories"),
        "Categories of the Help Center.",
        needs=_GUIDE,
        deletions="gone from the list",
    ),
    Stream(
        "sections",
        Feed("help_center/sections", Walk.FULL_LIST, "sections"),
        "Sections of the Help Center.",
        needs=_GUIDE,
        deletions="gone from the list",
    ),
    Stream(
        "articles",
        ARTICLE_FEED,
        "Articles of the Help Center, with their votes counted.",
        cursor_field="updated_at",
        state_is_epoch=True,
        needs=_GUIDE,
    ),
    _below(
        "article_translations",
        ARTICLE_FEED,
        "Articles in each language.",
        Children("help_center/articles/{parent}/translations", "translations"),
    ),
    _below(
        "article_attachments",
        ARTICLE_FEED,
        "Files of articles: their metadata, and their bytes when files are asked for.",
        Children("help_center/articles/{parent}/attachments", "article_attachments"),
        file_url="content_url",
    ),
    _below(
        "article_comments",
        ARTICLE_FEED,
        "Comments on articles.",
        Children("help_center/articles/{parent}/comments", "comments"),
        take=extraction.article_comments,
    ),
    _below(
        "article_votes",
        ARTICLE_FEED,
        "Votes on articles.",
        Children(
            "help_center/articles/{parent}/votes",
            "votes",
            counters=_VOTES,
            count_in="vote_count",
        ),
    ),
    _below(
        "article_comment_votes",
        ARTICLE_FEED,
        "Votes on comments on articles.",
        Children(
            "help_center/articles/{grandparent}/comments/{parent}/votes",
            "votes",
            below="article_comments",
            counters=_VOTES,
            count_in="vote_count",
        ),
    ),
    Stream(
        "user_segments",
        Feed("help_center/user_segments", Walk.FILTERED_LIST, "user_segments"),
        "Groups of users who may see sections and topics.",
        cursor_field="updated_at",
        needs=f"{_GUIDE} manager",
    ),
    Stream(
        "permission_groups",
        Feed(
            "guide/permission_groups",
            Walk.COMPARED_LIST,
            "permission_groups",
            unverified="paging and fields",
        ),
        "Who may edit and publish articles.",
        cursor_field="updated_at",
        needs=f"{_GUIDE} manager",
    ),
    Stream(
        "content_tags",
        Feed(
            "guide/content_tags",
            Walk.COMPARED_LIST,
            "records",
            or_key="content_tags",
            largest_page=30,  # the only size ever reported (zendesk/api.md 5.4)
            unverified="envelope and page size",
        ),
        "Tags of articles and posts.",
        cursor_field="updated_at",
        needs=_GUIDE,
    ),
    Stream(
        "topics",
        # Compared: the number of followers moves without `updated_at`.
        Feed("community/topics", Walk.COMPARED_LIST, "topics"),
        "Topics of the community.",
        cursor_field="updated_at",
        needs=_COMMUNITY,
    ),
    Stream(
        "posts",
        POST_FEED,
        "Posts of the community, with their comments and votes counted.",
        cursor_field="updated_at",
        state_is_epoch=True,
        needs=_COMMUNITY,
    ),
    _below(
        "post_comments",
        POST_FEED,
        "Comments on posts.",
        Children(
            "community/posts/{parent}/comments",
            "comments",
            counters=("comment_count",),
            count_in="comment_count",
        ),
        take=extraction.post_comments,
    ),
    _below(
        "post_votes",
        POST_FEED,
        "Votes on posts.",
        Children("community/posts/{parent}/votes", "votes", counters=_VOTES, count_in="vote_count"),
    ),
    _below(
        "post_comment_votes",
        POST_FEED,
        "Votes on comments on posts.",
        Children(
            "community/posts/{grandparent}/comments/{parent}/votes",
            "votes",
            below="post_comments",
            counters=_VOTES,
            count_in="vote_count",
        ),
    ),
)
