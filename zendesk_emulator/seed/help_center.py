"""Draws a help center: categories, sections, articles and their children.

Votes and comments are rows of their own. An article's counters count them when it is served
(docs/facts/records.md). None of them touches its article (docs/facts/published-connector.md#6.12).
"""

from collections.abc import Callable
from dataclasses import dataclass

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.files import article_address, article_file
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

from .people import share_one_second
from .rows import stamps
from .ticket_records import an_agent, someone

ARTICLE_BASE = 4_408_886_000_000
SECTION_BASE = 4_408_100_000_000
CATEGORY_BASE = 4_407_000_000_000
SEGMENT_BASE, PERMISSION_BASE = 4_405_000_000_001, 4_406_000_000_001
VOTE_BASE, COMMENT_BASE = 4_409_000_000_000, 4_409_100_000_000
ATTACHMENT_BASE, COMMENT_VOTE_BASE = 4_409_200_000_000, 4_409_300_000_000
TRANSLATION_BASE = 4_409_400_000_000
PER_SECTION = 6  # articles of a section, and sections of a category
LOCALES = ("en-us", "de", "fr")
# makes the record of a row
Drawn = Callable[[Account, Row, Draw], Record]
COUNTERS = ("vote_count", "vote_sum")


def lay_out_help_center(account: Account, size: Size, now_s: int) -> None:
    sections = -(-size.articles // PER_SECTION)
    categories = -(-sections // PER_SECTION)
    for name, base, count, draw_record in (
        ("categories", CATEGORY_BASE, categories, category),
        ("sections", SECTION_BASE, sections, section),
    ):
        table = account.add_table(name)
        for row in _rows(account, base, count, now_s):
            table.add(row, draw_record(account, row, Draw(account.seed, row.id)))
    table = account.add_table("articles", lambda row: article(account, row))
    articles = [table.add(row) for row in _rows(account, ARTICLE_BASE, size.articles, now_s)]
    share_one_second(articles, size.cluster)
    votes_cast = ChildTable("article_votes", VOTE_BASE, 5, article_vote)
    attached = ChildTable("article_attachments", ATTACHMENT_BASE, 2, attachment)
    said = ChildTable("article_comments", COMMENT_BASE, 3, article_comment)
    liked = ChildTable("article_comment_votes", COMMENT_VOTE_BASE, 2, article_comment_vote)
    add_children(account, votes_cast, articles, now_s)
    add_children(account, attached, articles, now_s)
    add_children(account, liked, add_children(account, said, articles, now_s), now_s)
    _translations(account, articles)


def _rows(account: Account, base: int, count: int, now_s: int) -> list[Row]:
    rows = []
    for number in range(count):
        draw = Draw(account.seed, base, number)
        created_s = draw.between(now_s - HISTORY_S, now_s - 30 * DAY_S)
        updated_s = draw.between(created_s, now_s - QUIET_S)
        rows.append(Row(base + 13 * number, updated_s, created_s, updated_s, ordinal=number))
    return rows


@dataclass(frozen=True, slots=True)
class ChildTable:
    """Children of each record of another table: up to `most`, with ids from `base` on."""

    table: str
    base: int
    most: int
    record: Drawn


def add_children(account: Account, below: ChildTable, parents: list[Row], now_s: int) -> list[Row]:
    """None below each third; the others are often younger than their parent's last change."""
    table = account.add_table(
        below.table, lambda row: below.record(account, row, Draw(account.seed, row.id))
    )
    rows: list[Row] = []
    for number, parent in enumerate(parents):
        draw = Draw(account.seed, below.base, number)
        for n in range(0 if number % 3 == 0 else draw.between(1, below.most)):
            created_s = draw.between(parent.created_s, now_s - QUIET_S)
            updated_s = draw.between(created_s, now_s - QUIET_S) if draw.chance(20) else created_s
            row = Row(below.base + 7 * len(rows), updated_s, created_s, updated_s)
            row.parent, row.ordinal = parent.id, n
            rows.append(table.add(row))
    return rows


def _translations(account: Account, articles: list[Row]) -> None:
    """The source's own language stands first and changes with its article."""
    table = account.add_table("article_translations", lambda row: translation(account, row))
    for parent in articles:
        for n in range(
            1 + Draw(account.seed, TRANSLATION_BASE, parent.ordinal).below(len(LOCALES))
        ):
            row_id = TRANSLATION_BASE + len(LOCALES) * parent.ordinal + n
            table.add(
                Row(
                    row_id, parent.at_s, parent.created_s, parent.updated_s, parent=parent.id,
                    ordinal=n,
                )
            )  # fmt: skip


def _common(account: Account, kind: str, row: Row, name: str) -> Record:
    return {
        "id": row.id, "url": account.url(f"help_center/en-us/{kind}/{row.id}"),
        "html_url": f"https://{account.subdomain}.zendesk.com/hc/en-us/{kind}/{row.id}",
        "name": name, "locale": "en-us", "source_locale": "en-us", "outdated": False,
        "position": row.ordinal % 3, **stamps(row),
    }  # fmt: skip


def category(account: Account, row: Row, draw: Draw) -> Record:
    named = _common(account, "categories", row, f"{draw.of(words.TEAMS)} guide {row.ordinal}")
    return {**named, "description": draw.of(words.SENTENCES)}


def section(account: Account, row: Row, draw: Draw) -> Record:
    return {
        **_common(account, "sections", row, f"{draw.of(words.TEAMS)} section {row.ordinal}"),
        "description": "" if draw.chance(50) else draw.of(words.SENTENCES),
        "category_id": CATEGORY_BASE + 13 * (row.ordinal // PER_SECTION),
        "parent_section_id": None, "theme_template": "section_page",
    }  # fmt: skip


def article(account: Account, row: Row) -> Record:
    draw = Draw(account.seed, row.id)
    sections = list(account.table("sections").rows)
    title = draw.of(words.SUBJECTS).format(n=row.ordinal)
    return {
        **_common(account, "articles", row, title),
        "title": title, "body": f"<p>{draw.of(words.SENTENCES)}</p><p>🔧</p>",
        "author_id": an_agent(account, draw), "comments_disabled": False,
        "draft": draw.chance(10), "promoted": draw.chance(10),
        **votes(account, "article_votes", row),
        "section_id": sections[(row.ordinal // PER_SECTION) % len(sections)],
        "outdated_locales": [], "edited_at": iso(row.updated_s), "user_segment_id": None,
        "user_segment_ids": [], "permission_group_id": PERMISSION_BASE, "content_tag_ids": [],
        "label_names": draw.some(words.TAG_WORDS, 3),
    }  # fmt: skip


def votes(account: Account, table: str, parent: Row) -> Record:
    """`vote_count` and `vote_sum` of whatever can be voted on."""
    cast = account.table(table)
    values = [cast.record(row)["value"] for row in cast.children(parent.id)]
    return {"vote_count": len(values), "vote_sum": sum(values)}


def vote(account: Account, row: Row, draw: Draw, item_type: str) -> Record:
    """`value` is 1 or -1 (docs/facts/zendesk-api.md#5.4)."""
    return {
        "id": row.id, "url": account.url(f"help_center/votes/{row.id}"),
        "user_id": someone(account, draw), "value": 1 if draw.chance(70) else -1,
        "item_id": row.parent, "item_type": item_type, **stamps(row),
    }  # fmt: skip


def article_vote(account: Account, row: Row, draw: Draw) -> Record:
    return vote(account, row, draw, "Article")


def article_comment_vote(account: Account, row: Row, draw: Draw) -> Record:
    return vote(account, row, draw, "ArticleComment")


def article_comment(account: Account, row: Row, draw: Draw) -> Record:
    """`source_id` is the article (docs/facts/records.md)."""
    path = f"articles/{row.parent}/comments/{row.id}"
    return {
        "id": row.id, "url": account.url(f"help_center/en-us/{path}"),
        "html_url": f"https://{account.subdomain}.zendesk.com/hc/en-us/{path}",
        "body": f"<p>{draw.of(words.SENTENCES)}</p>", "author_id": someone(account, draw),
        "source_id": row.parent, "source_type": "Article", "locale": "en-us", **stamps(row),
        **votes(account, "article_comment_votes", row), "non_author_editor_id": None,
        "non_author_updated_at": None,
    }  # fmt: skip


def attachment(account: Account, row: Row, _: Draw) -> Record:
    file = article_file(row.id)
    address = article_address(account, file)
    return {
        "id": row.id, "url": account.url(f"help_center/articles/attachments/{row.id}"),
        "article_id": row.parent, "display_file_name": file.name, "file_name": file.name,
        "locale": None, "content_url": address,
        "relative_path": address.removeprefix(account.origin),
        "content_type": file.content_type, "size": file.size, "inline": row.ordinal == 0,
        **stamps(row),
    }  # fmt: skip


def translation(account: Account, row: Row) -> Record:
    draw = Draw(account.seed, row.id)
    locale = LOCALES[row.ordinal]
    path = f"articles/{row.parent}/translations/{locale}"
    return {
        "id": row.id, "url": account.url(f"help_center/{path}"),
        "html_url": f"https://{account.subdomain}.zendesk.com/hc/{locale}/articles/{row.parent}",
        "source_id": row.parent, "source_type": "Article", "locale": locale,
        "title": draw.of(words.SUBJECTS).format(n=row.ordinal),
        "body": f"<p>{draw.of(words.SENTENCES)}</p>", "outdated": draw.chance(20),
        "draft": draw.chance(10), "created_by_id": an_agent(account, draw),
        "updated_by_id": an_agent(account, draw), **stamps(row),
    }  # fmt: skip
