"""All votes of the account in one list, whatever they were cast on.

See docs/facts/endpoints.md, ListVotesNoUser. The order is unverified: by id here.
"""

from zendesk_emulator.data.account import Account, Index, Row

from . import lists
from .exchange import Answer, Request
from .resources import BY_ID, Listing, page_body
from .single_records import VOTES

ALL_VOTES = Listing("/api/v2/help_center/votes", "", "votes", dialect="help_center", scope="hc")


def list_votes(account: Account, request: Request) -> Answer:
    """A page of them. A vote that no list shows is not among them."""
    tables = [account.table(name) for name in VOTES]
    of_row = {row.id: table for table in tables for row in table.rows.values() if not row.hidden}
    rows = [of_row[row_id].rows[row_id] for row_id in sorted(of_row)]
    view = lists.View.whole(Index([(row.id,) for row in rows], rows), BY_ID)

    def body_of(found: list[Row]) -> tuple[bytes, dict[str, bytes]]:
        return lists.records("votes", found, lambda row: of_row[row.id].body(row)), {}

    return Answer(200, page_body(request, view, ALL_VOTES, body_of))
