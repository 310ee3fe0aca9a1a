"""How a sync learns of custom fields, and fills their columns.

The definitions are listed once for discover and once for a sync that meets a record: the catalog
tells the columns, but only the account knows the labels of today. Never guesses: a sync that cannot
list them fails the stream, because empty columns would overwrite full ones.
Rests on https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.records.custom_columns import columns_of, fill
from source_zendesk_support.streams.model.resource import LIST_PAGE
from source_zendesk_support.zendesk.errors import PageSizeRefused
from source_zendesk_support.zendesk.pagination import CycleGuard, after_list_page
from source_zendesk_support.zendesk.request import PageSize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from source_zendesk_support.records.custom_columns import CustomColumn
    from source_zendesk_support.streams.model.stream import CustomFields
    from source_zendesk_support.zendesk.client import ZendeskClient


def list_columns(client: ZendeskClient, definitions: CustomFields) -> list[CustomColumn]:
    """Return the columns of an account's custom fields. Raises ConnectorError."""
    found: list[dict[str, Any]] = []
    size = PageSize("page[size]", LIST_PAGE)
    place: Mapping[str, str] = {}
    progress = CycleGuard(definitions.path)
    while True:
        try:
            page = client.get(definitions.path, place, expects=definitions.path, size=size)
        except PageSizeRefused:  # this list has pages by number only
            found, place, size = [], {}, PageSize("per_page", LIST_PAGE)
            progress = CycleGuard(definitions.path)
            continue
        found += [item for item in page.body[definitions.path] if isinstance(item, dict)]
        after = after_list_page(definitions.path, place, page.body)
        if after.params is None:
            return columns_of(definitions.kind, found)
        place = after.params
        progress.goes_to(place)


class CustomFieldFiller:
    """Fills the columns of one stream's records; lists the definitions when the first one comes.

    On the thread of the walk: waiting for Zendesk belongs there, where it can be told of.
    """

    def __init__(
        self,
        client: ZendeskClient,
        definitions: CustomFields,
        normalize: Callable[[dict[str, Any]], object],
    ) -> None:
        self._client = client
        self._definitions = definitions
        self._normalize = normalize
        self._columns: list[CustomColumn] | None = None

    def __call__(self, record: dict[str, Any]) -> None:
        """Add the columns from the raw values, and then make the record fit its schema."""
        if self._columns is None:
            self._columns = list_columns(self._client, self._definitions)
        fill(self._definitions.kind, self._columns, record)
        self._normalize(record)
