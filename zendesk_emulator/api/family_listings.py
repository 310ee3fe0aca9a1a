"""The lists of seed/families.py, of the account and below a record."""

from zendesk_emulator.data.account import order
from zendesk_emulator.seed.families import FAMILIES
from zendesk_emulator.seed.family import Family

from .branches import Branch, by_key
from .resources import BY_ID, TIMES, Listing


def _listing(family: Family) -> Listing:
    """In the order of ids; a list that leads to older records begins with the newest."""
    newest_first = family.paging == "older"
    return Listing(
        f"/api/v2/{family.path}", family.seed.stream, family.key, sorts=TIMES,
        by=order("-created_at:d", "-id:i") if newest_first else BY_ID, paging=family.paging,
        dialect=family.dialect, scope=family.scope, admin=family.admin, size_max=family.size_max,
    )  # fmt: skip


FAMILY_LISTINGS = tuple(_listing(each) for each in FAMILIES if not each.seed.parent)
FAMILY_BRANCHES = tuple(
    Branch(_listing(each), by_key(each.seed.parent)) for each in FAMILIES if each.seed.parent
)
