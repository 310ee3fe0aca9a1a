"""The part of a shared page that belongs to one stream.

Pure functions from a page to records. None changes an item that another stream of the page also
takes. So a stream's records never depend on the other streams of the selection.
Rests on https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.records.ulid import time_of_ulid
from source_zendesk_support.streams.model.resource import items_as_they_are
from source_zendesk_support.streams.model.stream import Sideload

if TYPE_CHECKING:
    from collections.abc import Mapping


def tickets_without_metrics(
    items: list[dict[str, Any]], page: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Take the tickets, without the `metric_set` that was asked for another stream."""
    if not any("metric_set" in ticket for ticket in items):
        return items_as_they_are(items, page)
    return [
        {key: value for key, value in ticket.items() if key != "metric_set"} for ticket in items
    ]


def _without_metric_set(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Return the live tickets without one. Null is an answer; a deleted ticket has none."""
    return [
        ticket
        for ticket in items
        if ticket.get("status") != "deleted"
        and not isinstance(ticket.get("metric_set", 0), dict | None)
    ]


def _with_metric_sets(
    items: list[dict[str, Any]], page: Mapping[str, Any], found: Mapping[Any, Any]
) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    with_sets = []
    for ticket in items:
        key = ticket.get("id")
        has_found = isinstance(key, int | str) and key in found
        with_sets.append({**ticket, "metric_set": found[key]} if has_found else ticket)
    return with_sets, page


def _without_identities(
    items: list[dict[str, Any]], page: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return all users of a page without a list of identities: an account has users without any."""
    return [] if isinstance(page.get("identities"), list) else items


def _with_identities(
    items: list[dict[str, Any]], page: Mapping[str, Any], found: Mapping[Any, Any]
) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    return items, {**page, "identities": [it for user in found.values() for it in user]}


def _without_values(items: list[dict[str, Any]], page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all attributes of a page without a list of values: an attribute may have none."""
    return [] if isinstance(page.get("attribute_values"), list) else items


def _with_values(
    items: list[dict[str, Any]], page: Mapping[str, Any], found: Mapping[Any, Any]
) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    values = [
        {"attribute_id": attribute, **value}
        for attribute, below in found.items()
        for value in below
        if isinstance(value, dict)
    ]
    return items, {**page, "attribute_values": values}


ATTRIBUTE_VALUES = Sideload(
    "attribute_values",
    "attribute_values",
    "routing/attributes/{id}/values",
    "attribute_values",
    list,
    _without_values,
    _with_values,
)
METRIC_SETS = Sideload(
    "metric_sets",
    "metric_set",
    "tickets/{id}/metrics",
    "ticket_metric",
    dict,
    _without_metric_set,
    _with_metric_sets,
)
IDENTITIES = Sideload(
    "identities",
    "identities",
    "users/{id}/identities",
    "identities",
    list,
    _without_identities,
    _with_identities,
    parent_field="user_id",
)

USAGE_FIELDS = ("usage_1h", "usage_24h", "usage_7d", "usage_30d")
# So is a secret called in the answers about OAuth clients and tokens.
_SECRETS = frozenset({"secret", "token", "full_token", "refresh_token"})


def _without_usage(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Return the rules without any count, as on plans that do not have it."""
    return [it for it in items if not any(name in it for name in USAGE_FIELDS)]


def _as_it_is(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],
    found: Mapping[Any, Any],  # noqa: ARG001
) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    return items, page


USAGE = Sideload(
    ",".join(USAGE_FIELDS), "usage_7d", "", "", dict, _without_usage, _as_it_is, USAGE_FIELDS
)


def usage(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the counts of each rule that has any, with its id and the time of the snapshot."""
    taken = ("id", "snapshot_at", *USAGE_FIELDS)
    return [
        {name: it[name] for name in taken if name in it}
        for it in items
        if any(name in it for name in USAGE_FIELDS)
    ]


def without_secrets(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take OAuth clients or tokens without their secrets, or a part of one."""
    return [{name: it for name, it in item.items() if name not in _SECRETS} for item in items]


def ivr_menus(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the menus of each IVR, with its id."""
    return [
        {**menu, "ivr_id": ivr.get("id")}
        for ivr in items
        for menu in ivr.get("menus") or ()
        if isinstance(menu, dict)
    ]


def ivr_routes(items: list[dict[str, Any]], page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Take the routes of each menu, with the ids of the menu and of its IVR."""
    return [
        {**route, "menu_id": menu.get("id"), "ivr_id": menu.get("ivr_id")}
        for menu in ivr_menus(items, page)
        for route in menu.get("routes") or ()
        if isinstance(route, dict)
    ]


def metric_sets(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the `metric_set` of each ticket; a deleted ticket has none.

    See docs/facts/zendesk-api.md#2.3.7.

    A ticket that lacks one was asked for it before (walks/sideloads.py). Each gets the published
    cursor `_ab_updated_at`: the ticket's `generated_timestamp`.
    """
    return [
        {
            **ticket["metric_set"],
            "generated_timestamp": ticket.get("generated_timestamp"),
            "_ab_updated_at": ticket.get("generated_timestamp"),
        }
        for ticket in items
        if isinstance(ticket.get("metric_set"), dict) and ticket["metric_set"]
    ]


def identities(
    items: list[dict[str, Any]],  # noqa: ARG001
    page: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Take the identities that came beside the users of the page."""
    return [it for it in page.get("identities") or () if isinstance(it, dict)]


def organization_merges(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take merges, each with the time that its id begins with: they have no other."""
    return [{**it, "created_at": time_of_ulid(it.get("id"))} for it in items]


def attribute_values(
    items: list[dict[str, Any]],  # noqa: ARG001
    page: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Take the values that came beside the attributes of the page."""
    return [it for it in page.get("attribute_values") or () if isinstance(it, dict)]


def attribute_definitions(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[dict[str, Any]]:
    """Take the definitions of both lists, each with the `condition` it can be used in."""
    return [
        {**definition, "condition": condition}
        for lists in items
        for condition in ("all", "any")
        for definition in lists.get(f"conditions_{condition}") or ()
    ]
