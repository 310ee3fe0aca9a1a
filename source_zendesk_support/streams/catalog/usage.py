"""Rows of how often rules are used: by the hour, day, week and month, as of `snapshot_at`.

The lists of the rules bring it as a sideload: a sync that reads both asks for each page once.
Rests on https://developer.zendesk.com/api-reference/ticketing/business-rules/macros/#sideloads
(docs/facts/zendesk-api.md#3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.deletion import VALUES_OF_NOW
from source_zendesk_support.streams.model.stream import Stream

from . import transforms as extraction
from .rules import AUTOMATION_RESOURCE, MACRO_RESOURCE, TRIGGER_RESOURCE, VIEW_RESOURCE

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.resource import Resource


def _usage(one: str, resource: Resource, note: str = "") -> Stream:
    return Stream(
        f"{one}_usage",
        resource,
        f"How often each {one} was used in the last hour, day, week and month, as of "
        f"`snapshot_at`.{note}",
        transform=extraction.usage,
        include=extraction.USAGE,
        needs="Support Professional or Suite Growth, or a higher plan",
        deletions=VALUES_OF_NOW,
    )


ROWS = (
    _usage("macro", MACRO_RESOURCE),
    _usage("trigger", TRIGGER_RESOURCE),
    _usage("automation", AUTOMATION_RESOURCE),
    _usage("view", VIEW_RESOURCE, " Zendesk documents no usage of views: there may be none."),
)
