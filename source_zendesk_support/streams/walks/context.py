"""What every walk of a sync is given: the client, the clock, the bounds, and the normalizers.

Owns no rule. Nothing here sends a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .skipped import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from source_zendesk_support.zendesk.client import ZendeskClient

    from .files import FileTransfer

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WalkContext:
    """What every walk of a sync needs.

    `start_s`: where a stream without a position begins; it is the user's word if `start_is_given`,
    else our default. `now_s` gives our own epoch seconds; Zendesk's are the client's to tell.
    `largest_page`: the user's bound, if any. `normalize` makes the records of a stream fit its
    schema, in place; `hide` returns a copy without what the user wants hidden. `sweep_s`: how often
    every parent is asked for its children. `files` transfers the files of streams that are asked
    for them. `ahead`: below how many parents children are asked for while those of another are
    still being taken.
    """

    client: ZendeskClient
    now_s: Callable[[], int]
    start_s: int
    largest_page: int | None
    include_deleted_tickets: bool
    ratings_lookback_s: int
    normalize: Mapping[str, Callable[[Record], object]]
    sweep_s: int = 86_400
    ahead: int = 0
    start_is_given: bool = True
    files: FileTransfer | None = None
    skipped: Skipped = field(default_factory=Skipped)
    skip_unavailable_streams: bool = False
    hide: Mapping[str, Callable[[Record], Record]] = field(default_factory=dict)
