"""Draws a community: topics, posts, their comments and votes (docs/facts/records.md).

A post counts its comments and votes; neither touches it (docs/facts/published-connector.md#6.12).
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid
from zendesk_emulator.data.sizes import Size

from .help_center import PERMISSION_BASE, SEGMENT_BASE, ChildTable, add_children, vote, votes
from .people import share_one_second
from .rows import Seed, row_of, stamps
from .ticket_records import someone

TOPIC_BASE, TOPICS, TOPIC_STEP = 4_410_000_000_000, 5, 7
POST_BASE, POST_STEP = 4_410_100_000_000, 9
POST_VOTE_BASE, POST_COMMENT_BASE = 4_410_200_000_000, 4_410_300_000_000
POST_COMMENT_VOTE_BASE = 4_410_400_000_000
POST_COUNTERS = ("comment_count", "vote_count", "vote_sum")


def lay_out_community(account: Account, size: Size, now_s: int) -> None:
    table = account.add_table("posts", lambda row: post(account, row))
    posts = []
    for number in range(size.posts):
        draw = Draw(account.seed, POST_BASE, number)
        posts.append(table.add(row_of(POST_BASE + POST_STEP * number, number, now_s, draw)))
    share_one_second(posts, size.cluster // 2)
    cast = ChildTable("post_votes", POST_VOTE_BASE, 5, post_vote)
    said = ChildTable("post_comments", POST_COMMENT_BASE, 3, post_comment)
    liked = ChildTable("post_comment_votes", POST_COMMENT_VOTE_BASE, 2, post_comment_vote)
    add_children(account, cast, posts, now_s)
    add_children(account, liked, add_children(account, said, posts, now_s), now_s)


def _community(account: Account, row: Row, path: str) -> Record:
    return {
        "id": row.id, "url": account.url(f"community/{path}"),
        "html_url": f"https://{account.subdomain}.zendesk.com/hc/en-us/community/{path}",
        **stamps(row),
    }  # fmt: skip


def topic(account: Account, row: Row, draw: Draw) -> Record:
    return {
        **_community(account, row, f"topics/{row.id}"), "name": f"{draw.of(words.TEAMS)} talk",
        "description": None if draw.chance(30) else draw.of(words.SENTENCES),
        "community_id": 4_410_900_000_000, "follower_count": draw.below(20),
        "manageable_by": "managers", "position": row.ordinal, "user_segment_id": None,
    }  # fmt: skip


def post(account: Account, row: Row) -> Record:
    draw = Draw(account.seed, row.id)
    return {
        **_community(account, row, f"posts/{row.id}"), **counters(account, row),
        "author_id": someone(account, draw), "closed": draw.chance(10), "content_tag_ids": [],
        "title": draw.of(words.SUBJECTS).format(n=row.ordinal), "featured": draw.chance(10),
        "details": f"<p>{draw.of(words.SENTENCES)}</p>", "follower_count": draw.below(9),
        "frozen": False, "non_author_editor_id": None, "non_author_updated_at": None,
        "pinned": draw.chance(5), "status": draw.of(("none", "planned", "answered")),
        "topic_id": TOPIC_BASE + TOPIC_STEP * draw.below(TOPICS),
    }  # fmt: skip


def counters(account: Account, row: Row) -> Record:
    comments = len(account.table("post_comments").children(row.id))
    return {"comment_count": comments, **votes(account, "post_votes", row)}


def post_vote(account: Account, row: Row, draw: Draw) -> Record:
    return {**vote(account, row, draw, "Post"), "post_id": row.parent}


def post_comment(account: Account, row: Row, draw: Draw) -> Record:
    return {
        **_community(account, row, f"posts/{row.parent}/comments/{row.id}"),
        "author_id": someone(account, draw), "body": f"<p>{draw.of(words.SENTENCES)}</p>",
        "post_id": row.parent, "official": draw.chance(10), "non_author_editor_id": None,
        "non_author_updated_at": None, **votes(account, "post_comment_votes", row),
    }  # fmt: skip


def post_comment_vote(account: Account, row: Row, draw: Draw) -> Record:
    comment = account.table("post_comments").rows[row.parent]
    return {**vote(account, row, draw, "PostComment"), "post_id": comment.parent}


def user_segment(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "id": row.id, **stamps(row), "name": f"{draw.of(words.TEAMS)} readers",
        "built_in": row.ordinal == 0, "user_type": draw.of(("staff", "signed_in_users")),
        "group_ids": [], "organization_ids": [], "tags": draw.some(words.TAG_WORDS, 2),
        "or_tags": [], "added_user_ids": [],
    }  # fmt: skip


def permission_group(_: Account, row: Row, draw: Draw) -> Record:
    """Which user segments may edit and publish (its fields are unverified)."""
    return {
        "id": row.id, **stamps(row), "name": f"{draw.of(words.TEAMS)} writers",
        "built_in": row.ordinal == 0, "edit": [SEGMENT_BASE], "publish": [SEGMENT_BASE],
    }  # fmt: skip


def content_tag(account: Account, row: Row, draw: Draw) -> Record:
    """`{id ULID,name,created_at,updated_at}` (docs/facts/zendesk-api.md#5.4)."""
    name = f"{draw.of(words.TAG_WORDS)} {row.ordinal}"
    return {
        "id": account.table("content_tags").key(row.id), "name": name,
        "created_at": iso(row.created_s), "updated_at": iso(row.updated_s),
    }  # fmt: skip


COMMUNITY_SEEDS = (
    Seed("topics", "topic", TOPIC_BASE, TOPICS, topic, "name", step=TOPIC_STEP, removable=False),
    Seed("user_segments", "user_segment", SEGMENT_BASE, 3, user_segment, "name"),
    Seed("permission_groups", "permission_group", PERMISSION_BASE, 3, permission_group, "name"),
    Seed("content_tags", "content_tag", 61_000, "articles", content_tag, "name", key=ulid),
)
