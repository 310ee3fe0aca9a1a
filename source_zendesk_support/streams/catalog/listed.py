"""Rows of lists that are called as their streams are, by path and by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.deletion import NOT_REPORTED
from source_zendesk_support.streams.model.resource import Paging, Resource
from source_zendesk_support.streams.model.stream import Stream
from source_zendesk_support.streams.walks.full_list import FullList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.deletion import DeletedWhere
    from source_zendesk_support.streams.model.gate import Gate
    from source_zendesk_support.streams.model.walk import Walk


def listed(
    name: str,
    walk: Walk,
    description: str,
    *,
    params: Mapping[str, str] | None = None,
    paging: Paging = Paging.CURSOR,
    unverified: str = "",
    count: str | None = None,
    gate: Gate | None = None,
    needs: str = "",
    deletions: str = NOT_REPORTED,
    deleted_where: DeletedWhere | None = None,
) -> Stream:
    """Return the row of a list whose records have an `updated_at` that the position follows."""
    return Stream(
        name,
        Resource(
            name,
            walk,
            name,
            params=params or {},
            paging=paging,
            unverified=unverified,
            gate=gate,
        ),
        description,
        cursor_field="updated_at",
        count=count,
        needs=needs,
        deletions=deletions,
        deleted_where=deleted_where,
    )


def whole(
    name: str,
    description: str,
    *,
    params: Mapping[str, str] | None = None,
    gate: Gate | None = None,
    needs: str = "",
    deletions: str = "gone from the list",
    deleted_where: DeletedWhere | None = None,
) -> Stream:
    """Return the row of a list that every sync delivers whole.

    It replaces what was there: it has no cursor, and what was deleted is gone from it.
    """
    return Stream(
        name,
        Resource(name, FullList(), name, params=params or {}, gate=gate),
        description,
        needs=needs,
        deletions=deletions,
        deleted_where=deleted_where,
    )
