"""Lists that Zendesk filters by creation while their records still change.

Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/ and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/csat_survey_responses/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .lists import ListWalk

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.zendesk.request import Params


@dataclass(frozen=True)
class LookBack(ListWalk):
    """Reads what was created since the position, and what was created shortly before it again.

    Attributes:
        filtered_by: The parameter that takes the earliest creation.
        per_second: How many of its units a second has.

    """

    label: ClassVar[str] = "list with look-back"

    filtered_by: str = "start_time"
    per_second: int = 1

    def only(self, context: WalkContext, run: WalkRun) -> Params:
        """Return the earliest creation: a rating that changes is found by the time of its own."""
        at_s = run.position.at_s
        back_s = 0 if at_s is None else context.ratings_lookback_s
        earliest_s = max(0, run.start.of(at_s) - back_s)
        return {self.filtered_by: str(earliest_s * self.per_second)}
