"""Rows of Talk's set-up and of its statistics of now; its calls are exports (people.py).

Rests on https://developer.zendesk.com/api-reference/voice/talk-api/introduction/. No answer was
seen on the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.deletion import VALUES_OF_NOW
from source_zendesk_support.streams.model.resource import Paging, Resource, items_as_they_are
from source_zendesk_support.streams.model.stream import SEEN_IN_DOCUMENTS, Stream
from source_zendesk_support.streams.walks.full_list import FullList
from source_zendesk_support.streams.walks.snapshots import SNAPSHOT_AT, Snapshot

from . import gates, transforms as extraction

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.resource import Transform
    from source_zendesk_support.streams.model.walk import Walk

_VOICE = "channels/voice"
_GONE = "gone from the list"


def _resource(path: str, key: str, walk: Walk, *, is_object: bool = False) -> Resource:
    return Resource(
        f"{_VOICE}/{path}",
        walk,
        key,
        # An object has no pages. Lists name a next page by number.
        paging=Paging.WHOLE if is_object else Paging.NUMBER,
        unverified=SEEN_IN_DOCUMENTS,
        gate=gates.TALK_SET_UP,
        is_object=is_object,
    )


def _set_up(
    name: str,
    resource: Resource,
    description: str,
    *,
    transform: Transform = items_as_they_are,
) -> Stream:
    return Stream(name, resource, description, transform=transform, deletions=_GONE)


def _of_now(key: str, description: str) -> Stream:
    """Return the row of statistics that are one object: a row for each snapshot."""
    return Stream(
        f"talk_{key}",
        _resource(f"stats/{key}", key, Snapshot(), is_object=True),
        description,
        primary_key=SNAPSHOT_AT,
        deletions=VALUES_OF_NOW,
    )


_IVRS = _resource("ivr", "ivrs", FullList())

ROWS = (
    _set_up(
        "phone_numbers",
        _resource("phone_numbers", "phone_numbers", FullList()),
        "Phone numbers of Talk: their groups, greetings, IVR and settings.",
    ),
    _set_up(
        "talk_lines",
        _resource("lines", "lines", FullList()),
        "Lines of Talk: phone numbers and digital lines.",
    ),
    _set_up(
        "greetings",
        _resource("greetings", "greetings", FullList()),
        "Greetings that callers hear.",
    ),
    _set_up(
        "greeting_categories",
        _resource("greeting_categories", "greeting_categories", FullList()),
        "Categories of greetings.",
    ),
    _set_up("ivrs", _IVRS, "Menus for callers, with their routes."),
    _set_up(
        "ivr_menus",
        _IVRS,
        "Menus of each IVR.",
        transform=extraction.ivr_menus,
    ),
    _set_up(
        "ivr_routes",
        _IVRS,
        "Routes of each menu of an IVR: what a key does.",
        transform=extraction.ivr_routes,
    ),
    _set_up(
        "talk_addresses",
        _resource("addresses", "addresses", FullList()),
        "Addresses that phone numbers are registered with.",
    ),
    Stream(
        "talk_agents_activity",
        _resource("stats/agents_activity", "agents_activity", Snapshot()),
        "What each agent has done on the phone since midnight, as of `snapshot_at`.",
        primary_key="agent_id",
        deletions=VALUES_OF_NOW,
    ),
    _of_now("agents_overview", "All agents' calls since midnight, as of `snapshot_at`."),
    _of_now("account_overview", "All calls since midnight, as of `snapshot_at`."),
    _of_now("current_queue_activity", "Who waits in the queue now, as of `snapshot_at`."),
)
