"""Items of lists that Zendesk serves as JSON:API, as plain records.

A JSON:API item has its fields under `attributes`, and what it refers to stands in the `included` of
its page. Pure; changes no item. An item or a part that is not an object is taken as it is, or left
out. Rests on https://jsonapi.org/format/ and on
https://developer.zendesk.com/api-reference/agent-availability/agent-availability-api/introduction/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Item = dict[str, Any]
    # Resources of a page by type and id.
    Included = Mapping[tuple[Any, Any], Item]


def availabilities(items: list[Item], page: Mapping[str, Any]) -> list[Item]:
    """Return the availability of each agent with its channels, and the work of each channel."""
    included = _included(page)
    return [_availability(item, included) for item in items]


def statuses(items: list[Item], page: Mapping[str, Any]) -> list[Item]:
    """Return the statuses of agents; an answer with two lists has the account's own in `custom`."""
    custom = page.get("custom") if "data" not in page else None
    own = [it for it in custom if isinstance(it, dict)] if isinstance(custom, list) else []
    return [_plain(item) for item in (*items, *own)]


def _availability(item: Item, included: Included) -> Item:
    found = _plain(item)
    channels = [_channel(it, included) for it in _related(item, "channels", included)]
    # The id of JSON:API is made of the agent's: agent_availabilities|10011.
    return {**found, "id": str(found.get("agent_id", found.get("id"))), "channels": channels}


def _channel(item: Item, included: Included) -> Item:
    work = [_plain(it) for it in _related(item, "work_items", included)]
    return {**_plain(item), "work_items": work}


def _plain(item: Item) -> Item:
    """Return an item with its attributes as fields; of a compound id, the last part."""
    attributes = item.get("attributes")
    rest = {name: value for name, value in item.items() if name not in _ENVELOPE}
    key = item.get("id")
    own = {"id": key.rpartition("|")[2] if isinstance(key, str) else key} if "id" in item else {}
    return rest | own | (attributes if isinstance(attributes, dict) else {})


_ENVELOPE = frozenset({"attributes", "relationships", "links", "type"})


def _included(page: Mapping[str, Any]) -> Included:
    found = page.get("included")
    resources = [it for it in found if isinstance(it, dict)] if isinstance(found, list) else []
    return {(_name(it.get("type")), _name(it.get("id"))): it for it in resources}


def _related(item: Item, name: str, included: Included) -> list[Item]:
    """Return the resources that an item refers to, in the order in which it names them."""
    relationships = item.get("relationships")
    relation = relationships.get(name) if isinstance(relationships, dict) else None
    named = relation.get("data") if isinstance(relation, dict) else None
    names = [it for it in named if isinstance(it, dict)] if isinstance(named, list) else []
    keys = [(_name(it.get("type")), _name(it.get("id"))) for it in names]
    return [included[key] for key in keys if key in included]


def _name(value: Any) -> Any:
    """Return a name that can be looked up; an odd one as its text."""
    return value if isinstance(value, str | int) else str(value)
