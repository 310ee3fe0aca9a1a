"""Around articles and posts: labels, translations of sections, subscriptions, badges.

Fields are those of the OpenAPI document for the Help Center and, of badges,
https://developer.zendesk.com/api-reference/help_center/help-center-api/badges/.
"""

from typing import Any

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid

from .config import BRAND_BASE
from .family import Family, Fields, family
from .help_center import LOCALES
from .people import ADMIN_ID
from .ticket_records import someone

BADGE_CATEGORY_BASE, BADGE_BASE = 384_001_000, 384_002_000


def _label(_: Account, row: Row, draw: Draw) -> Record:
    return {"name": f"{draw.of(words.TAG_WORDS)}_{row.ordinal}"}


def _translation(source: str) -> Fields:
    def fields(account: Account, row: Row, draw: Draw) -> Record:
        locale = LOCALES[row.ordinal % len(LOCALES)]
        site = f"https://{account.subdomain}.zendesk.com/hc/{locale}"
        return {
            "source_id": row.parent, "source_type": source, "locale": locale, "outdated": False,
            "draft": draw.chance(20), "title": f"{draw.of(words.TEAMS)} {row.ordinal}",
            "body": draw.of(words.SENTENCES), "html_url": f"{site}/{row.parent}",
            "created_by_id": ADMIN_ID, "updated_by_id": ADMIN_ID,
        }  # fmt: skip

    return fields


def _subscription(kind: str) -> Fields:
    def fields(account: Account, row: Row, draw: Draw) -> Record:
        return {
            "user_id": someone(account, draw), "content_id": row.parent, "content_type": kind,
            "locale": "en-us", "include_comments": draw.chance(50),
        }  # fmt: skip

    return fields


def _badge_category(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "brand_id": str(BRAND_BASE), "name": f"{draw.of(words.TEAMS)} titles",
        "slug": f"titles-{row.ordinal}",
    }  # fmt: skip


def _badge(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "badge_category_id": ulid(BADGE_CATEGORY_BASE), "name": f"Hero {row.ordinal}",
        "description": draw.of(words.SENTENCES), "icon_url": f"https://emulator.example/{row.id}",
    }  # fmt: skip


def _assignment(account: Account, _: Row, draw: Draw) -> Record:
    return {"badge_id": ulid(BADGE_BASE), "user_id": str(someone(account, draw))}


def _guide(*row: Any, **how: Any) -> Family:
    return family(*row, **{"dialect": "help_center", "scope": "hc", **how})


GUIDE_FAMILIES = (
    _guide("article_labels", 384_003_000_000, 6, "help_center/articles/labels",
           _label, key="labels"),
    *(
        _guide(f"{one}_translations", base, 3,
               f"help_center/{many}/*/translations", _translation(one.capitalize()),
               key="translations", touched="title", parent=many)
        for one, many, base in (
            ("category", "categories", 384_004_000_000), ("section", "sections", 384_005_000_000),
        )
    ),
    *(
        _guide(f"{one}_subscriptions", base, 2, f"{path}/*/subscriptions",
               _subscription(one.capitalize()), key="subscriptions", touched=None,
               parent=path.rpartition("/")[2])
        for one, path, base in (
            ("article", "help_center/articles", 384_006_000_000),
            ("section", "help_center/sections", 384_007_000_000),
            ("post", "community/posts", 384_008_000_000),
            ("topic", "community/topics", 384_009_000_000),
        )
    ),
    _guide("badge_categories", BADGE_CATEGORY_BASE, 3, "gather/badge_categories",
           _badge_category, lacks=("url",), ids=ulid),
    _guide("badges", BADGE_BASE, 4, "gather/badges", _badge, lacks=("url",), ids=ulid,
           touched="description"),
    _guide("badge_assignments", 384_010_000, 5, "gather/badge_assignments",
           _assignment, lacks=("url", "updated_at"), ids=ulid, touched=None),
)  # fmt: skip
