"""How rows of the catalog say what becomes of deletions.

Owns the words and the value that rows name, and no row. Rests on docs/facts/zendesk-api.md#2.3.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Words of the table of streams: where Zendesk says nothing of deletions; of records that say what
# once happened; of values of one moment; of a stream that names deleted records.
NOT_REPORTED = "not reported"
# No document says whether the list still has records that are deleted.
LISTED_OR_MISSING = "tombstone; `deleted_at` where the list still has it"
HISTORY = "none: history"
VALUES_OF_NOW = "none: values of now"
# Records that Zendesk stops to show when their ticket is deleted, without a word of them.
WITH_TICKET = "with its ticket, where `deletions` is `tombstones`"
LIST_OF_DELETIONS = "it is the list of deletions"
TICKET_ID = "ticket_id"  # the field by which a record names its ticket


@dataclass(frozen=True, slots=True)
class DeletedWhere:
    """How a record itself says that it is deleted.

    Attributes:
        field: The field that says it.
        value: The value that it has then; None: any that is not null.
        time_field: The time of the deletion.

    """

    field: str
    value: str | bool | None = None
    time_field: str = "updated_at"

    def is_true_of(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record is deleted."""
        found = record.get(self.field)
        return found is not None if self.value is None else found == self.value
