"""Lists that Zendesk itself filters by `since`.

Rests on https://developer.zendesk.com/api-reference/ticketing/tickets/activity_stream/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.times import format_time

from .lists import ListWalk

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.zendesk.request import Params


@dataclass(frozen=True)
class Since(ListWalk):
    """Reads what a list has since the position; the whole list without one."""

    label: ClassVar[str] = "list, since"

    def only(self, context: WalkContext, run: WalkRun) -> Params:  # noqa: ARG002
        """Return `since`. Whether Zendesk includes the second itself is not known."""
        at_s = run.position.at_s
        return {} if at_s is None else {"since": format_time(at_s - 1)}
