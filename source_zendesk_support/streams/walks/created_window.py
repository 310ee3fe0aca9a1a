"""Lists that Zendesk filters by a window of creation, oldest first.

Owns the window: it is closed at both ends, and the records at its border are recognised by marks.
Rests on https://developer.zendesk.com/api-reference/ticketing/account-configuration/audit_logs/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.times import format_time

from .lists import ListWalk, new_since_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.list_position import ListPosition
    from source_zendesk_support.zendesk.request import Params

    from .list_pages import ListPage

# Seconds after the end of its window at which a first page comes too late. A wrong clock asked for
# such a page, or the page has waited. In both cases newer records may be missing that exist.
LATE_S = 60


@dataclass(frozen=True)
class CreatedWindow(ListWalk):
    """Reads what was created from the position to now, or from the start date."""

    label: ClassVar[str] = "list, by creation"

    def since(self, run: WalkRun) -> ListPosition:
        """Return the position; without one, the start date leaves out what is older."""
        return new_since_start(run)

    def only(self, context: WalkContext, run: WalkRun) -> Params:
        """Return the window, which ends now by Zendesk's clock."""
        start_s = run.start.of(run.position.at_s)
        until_s = max(context.client.zendesk_s(), start_s + 1)
        return {"filter[created_at][]": (format_time(start_s), format_time(until_s))}

    def pages(self, context: WalkContext, run: WalkRun) -> Iterator[ListPage]:
        """Yield the pages. A window that our clock has closed too early is opened once more.

        Before the first answer no other clock is known; after it, Zendesk's is.
        """
        until_s = context.client.zendesk_s()
        for page in super().pages(context, run):
            if page.begins and page.server_s > until_s + LATE_S:
                yield from super().pages(context, run)
                return
            yield page
