"""Draws a small help center: categories, sections, articles (zendesk/records.md)."""

from source_zendesk_support.emulator import words
from source_zendesk_support.emulator.account import Account, Record, Row
from source_zendesk_support.emulator.clock import iso
from source_zendesk_support.emulator.drawing import Draw
from source_zendesk_support.emulator.seed_people import AGENT_EVERY, USER_BASE, USER_STEP
from source_zendesk_support.emulator.sizes import DAY_S, HISTORY_S, QUIET_S, Size

ARTICLE_BASE = 4_408_886_000_000
SECTION_BASE = 4_408_100_000_000
CATEGORY_BASE = 4_407_000_000_000
PER_SECTION = 6  # articles of a section, and sections of a category


def lay_out_help_center(account: Account, size: Size, now_s: int) -> None:
    sections = -(-size.articles // PER_SECTION)
    categories = -(-sections // PER_SECTION)
    for name, base, count, draw_record in (
        ("categories", CATEGORY_BASE, categories, _category),
        ("sections", SECTION_BASE, sections, _section),
        ("articles", ARTICLE_BASE, size.articles, _article),
    ):
        table = account.add_table(name)
        for number in range(count):
            draw = Draw(account.seed, base, number)
            created_s = draw.between(now_s - HISTORY_S, now_s - 30 * DAY_S)
            updated_s = draw.between(created_s, now_s - QUIET_S)
            row = Row(base + 13 * number, updated_s, created_s, updated_s, ordinal=number)
            table.add(row, draw_record(account, row, draw))


def _common(account: Account, kind: str, row: Row, name: str) -> Record:
    return {
        "id": row.id, "url": account.url(f"help_center/en-us/{kind}/{row.id}"),
        "html_url": f"https://{account.subdomain}.zendesk.com/hc/en-us/{kind}/{row.id}",
        "name": name, "locale": "en-us", "source_locale": "en-us", "outdated": False,
        "position": row.ordinal % 3, "created_at": iso(row.created_s),
        "updated_at": iso(row.updated_s),
    }  # fmt: skip


def _category(account: Account, row: Row, draw: Draw) -> Record:
    named = _common(account, "categories", row, f"{draw.of(words.TEAMS)} guide {row.ordinal}")
    return {**named, "description": draw.of(words.SENTENCES)}


def _section(account: Account, row: Row, draw: Draw) -> Record:
    return {
        **_common(account, "sections", row, f"{draw.of(words.TEAMS)} section {row.ordinal}"),
        "description": "" if draw.chance(50) else draw.of(words.SENTENCES),
        "category_id": CATEGORY_BASE + 13 * (row.ordinal // PER_SECTION),
        "parent_section_id": None, "theme_template": "section_page",
    }  # fmt: skip


def _article(account: Account, row: Row, draw: Draw) -> Record:
    title = draw.of(words.SUBJECTS).format(n=row.ordinal)
    votes = draw.below(30)
    return {
        **_common(account, "articles", row, title),
        "title": title, "body": f"<p>{draw.of(words.SENTENCES)}</p><p>🔧</p>",
        "author_id": USER_BASE + USER_STEP * AGENT_EVERY, "comments_disabled": False,
        "draft": draw.chance(10), "promoted": draw.chance(10), "vote_sum": votes // 2,
        "vote_count": votes, "section_id": SECTION_BASE + 13 * (row.ordinal // PER_SECTION),
        "outdated_locales": [], "edited_at": iso(row.updated_s), "user_segment_id": None,
        "user_segment_ids": [], "permission_group_id": 4_406_000_000_001, "content_tag_ids": [],
        "label_names": draw.some(words.TAG_WORDS, 3),
    }  # fmt: skip
