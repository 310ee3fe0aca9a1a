"""A list as the emulator has it: its stream, its paging, and how many records a page holds.

Tests take such facts from here, so that a new list needs no entry in any of them. The emulator has
them from docs/facts/zendesk-api.md#2; never from the connector.
"""

from zendesk_emulator.api.resources import Listing
from zendesk_emulator.api.routes import ALL_BRANCHES, ALL_LISTINGS
from zendesk_emulator.truth.oracle import TRUTHS


def listing_of(path: str) -> Listing | None:
    """Return the list that a path shows, of the account or below a record."""
    found = (it for it in ALL_LISTINGS if it.path == path)
    below = (branch.listing for branch in ALL_BRANCHES if branch.pattern.match(path))
    return next(found, None) or next(below, None)


def stream_of(listing: Listing) -> str:
    """Return the stream that a list is read for: its own, or that of the table it shows."""
    last = listing.path.rpartition("/")[2]
    return last if "*" not in listing.path and last in TRUTHS else listing.table


def offers_cursors(listing: Listing) -> bool:
    """Return whether a list can be asked for with `page[size]`."""
    takes_sizes = listing.dialect != "bare_cursor"
    return takes_sizes and listing.paging in {"both", "whole", "cursor", "last_id"}
