"""One record of a list by its id, for every list of the account and of children.

Records that a list leaves out are shown, unless the role may not see them. A deleted one is a
404 (docs/facts/zendesk-api.md#5.5).
"""

import re

from zendesk_emulator.data.account import REFUSED, Account, Row, Table

from . import refusals
from .branches import Branch
from .exchange import Answer, Request
from .resources import Listing
from .sideloads import project

# A vote has a path of its own, whatever it is a vote on (docs/facts/endpoints.md, ShowVote).
VOTES = ("article_votes", "article_comment_votes", "post_votes", "post_comment_votes")
# Asked for by its language (docs/facts/endpoints.md, ShowTranslation).
_TRANSLATIONS = "_translations"
# A 404 without body and content type (docs/facts/zendesk-api.md#5.5)
_BARE = frozenset({"content_tags"})


def pattern_of(path: str) -> re.Pattern[str]:
    """The path of one record of a list whose path names parents with `*`."""
    return re.compile(re.escape(path).replace(r"\*", "([^/]+)") + "/([^/]+)$")


def show_listed(account: Account, request: Request, listing: Listing, key: str) -> Answer:
    """A record of a list."""
    return _shown(account, request, listing, _found(account.table(listing.table), key, None))


def show_child(account: Account, request: Request, branch: Branch, *ids: str) -> Answer:
    """A child of the parent that stands in the path."""
    *parents, key = ids
    parent = branch.parent(account, tuple(parents))
    listing = branch.listing
    return _shown(account, request, listing, _found(account.table(listing.table), key, parent))


def show_vote(account: Account, request: Request, key: str) -> Answer:
    """A vote on anything."""
    for name in VOTES:
        row = _found(account.table(name), key, None)
        if row is not None:
            return _shown(account, request, Listing("", name, "votes"), row)
    return refusals.record_missing()


def _found(table: Table, key: str, parent: int | None) -> Row | None:
    field = "locale" if table.name.endswith(_TRANSLATIONS) else None
    rows = table.rows.values() if parent is None else table.children(parent)
    for row in rows:
        shown = table.record(row)[field] if field else table.key(row.id)
        if str(shown) == key:
            return row
    return None


def _shown(account: Account, request: Request, listing: Listing, row: Row | None) -> Answer:
    if row is None or (row.gone and listing.key != "deleted_users"):
        if listing.table in _BARE:
            return Answer(404, b"", content_type="")
        return refusals.record_missing()
    if row.hidden == REFUSED:
        return refusals.plan()
    body = project(account, listing.table, listing.projection, request)(row)
    return Answer(200, b'{"%s":%s}' % (_singular(listing).encode(), body))


def _singular(listing: Listing) -> str:
    """The name of one record in its answer, as docs/facts/endpoints.md has them."""
    name = listing.table if listing.key == "records" else listing.key
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("es") if name.endswith("ses") else name.removesuffix("s")
