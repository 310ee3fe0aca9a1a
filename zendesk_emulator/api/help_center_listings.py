"""The lists of the help center and the community, with the children of articles and posts.

All speak the Help Center dialect (docs/facts/zendesk-api.md#2.1, #5.4). Links of the community go
to `/api/v2/help_center/community/`, where it is served too.
"""

from zendesk_emulator.data.account import order

from .branches import Branch, below
from .resources import BY_ID, BY_POSITION, TIMES, Listing

# per_page of articles and categories by default (docs/facts/zendesk-api.md#2.2)
HELP_CENTER_SIZE = 30
_SORTS = {**TIMES, "position": "position:i"}
_TITLED = {**_SORTS, "title": "title:s", "edited_at": "updated_at:d"}


def _list(path: str, table: str, key: str = "", **how: object) -> Listing:
    settings: dict[str, object] = {"dialect": "help_center", "scope": "hc", "sorts": TIMES, **how}
    return Listing(f"/api/v2/{path}", table, key or table, **settings)  # type: ignore[arg-type]


HELP_CENTER_LISTINGS = (
    _list("help_center/categories", "categories", by=BY_POSITION, sorts=_SORTS,
          offset_size=HELP_CENTER_SIZE),
    _list("help_center/sections", "sections", by=BY_POSITION, sorts=_SORTS,
          offset_size=HELP_CENTER_SIZE),
    _list("help_center/articles", "articles", by=BY_POSITION, sorts=_TITLED,
          offset_size=HELP_CENTER_SIZE),
    _list("help_center/user_segments", "user_segments"),
    _list("community/topics", "topics", by=BY_POSITION, sorts=_SORTS),
    # The order by cursor is unverified; `sort_by=edited_at` and others work by offset
    _list("community/posts", "posts", by=order("-created_at:d", "id:i"),
          sorts={**TIMES, "edited_at": "updated_at:d"}),
    # Key, dialect and page of 30 are unverified (docs/facts/zendesk-api.md#5.4)
    _list("guide/content_tags", "content_tags", "records", by=BY_ID, size_max=HELP_CENTER_SIZE),
    _list("guide/permission_groups", "permission_groups"),
)  # fmt: skip

HELP_CENTER_BRANCHES = (
    Branch(
        _list("help_center/articles/*/attachments", "article_attachments"), below("articles")
    ),
    Branch(_list("help_center/articles/*/comments", "article_comments", "comments"),
           below("articles")),
    Branch(_list("help_center/articles/*/votes", "article_votes", "votes"), below("articles")),
    Branch(_list("help_center/articles/*/translations", "article_translations", "translations"),
           below("articles")),
    Branch(_list("help_center/articles/*/comments/*/votes", "article_comment_votes", "votes"),
           below("articles", "article_comments")),
    Branch(_list("community/posts/*/comments", "post_comments", "comments"), below("posts")),
    Branch(_list("community/posts/*/votes", "post_votes", "votes"), below("posts")),
    Branch(_list("community/posts/*/comments/*/votes", "post_comment_votes", "votes"),
           below("posts", "post_comments")),
)  # fmt: skip
