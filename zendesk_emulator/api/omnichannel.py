"""The lists of omnichannel routing: availabilities and statuses as JSON:API, capacity rules.

Envelopes are those of docs/facts/zendesk-api.md#5.6; the rules come as a bare array.
"""

import orjson

from zendesk_emulator.data.account import Account, Record, Row

from .exchange import Request
from .resources import Listing

_AGENTS = "agent_availabilities"
_AS_ATTRIBUTES = ("agent_id", "agent_status", "group_ids", "skills", "version")
_CHANNEL = ("max_capacity", "name", "status", "updated_at", "work_item_count")


def availability(record: Record, request: Request) -> Record:
    """The agent's own resource; channels and work items stand in `included`."""
    key = f"{_AGENTS}|{record['agent_id']}"
    channels = [
        {"id": f"{key}|channels|{each['name']}", "type": "channels"} for each in record["channels"]
    ]
    return {
        "id": key, "type": _AGENTS,
        "attributes": {name: record[name] for name in _AS_ATTRIBUTES},
        "links": {"self": f"{request.base}/api/v2/{_AGENTS}/{record['agent_id']}"},
        "relationships": {"channels": {"data": channels}},
    }  # fmt: skip


def included(account: Account, rows: list[Row]) -> bytes:
    """The channels of the agents on a page, and the first work items of each."""
    found: list[Record] = []
    for record in account.table(_AGENTS).records(rows):
        for each in record["channels"]:
            key = f"{_AGENTS}|{record['agent_id']}|channels|{each['name']}"
            work = [
                {"id": f"{key}|work_items|{item['id']}", "type": "work_items",
                 "attributes": {"added_at": item["added_at"], "reason": item["reason"]}}
                for item in each["work_items"]
            ]  # fmt: skip
            named = [{"id": item["id"], "type": item["type"]} for item in work]
            channel = {
                "id": key, "type": "channels",
                "attributes": {name: each[name] for name in _CHANNEL},
                "relationships": {"work_items": {"data": named}},
            }  # fmt: skip
            found += [channel, *work]
    return orjson.dumps(found)


def status(record: Record, _: Request) -> Record:
    """All fields of a status but its id and its time are attributes."""
    attributes = {name: it for name, it in record.items() if name not in ("id", "updated_at")}
    changed = {"updated_at": record["updated_at"]} if "updated_at" in record else {}
    return {"id": record["id"], "type": "agent_status", "attributes": attributes, **changed}


OMNICHANNEL_LISTINGS = (
    Listing(
        f"/api/v2/{_AGENTS}", _AGENTS, "data", projection=availability, beside=included,
        paging="cursor", dialect="json_api", admin=True,
    ),
    Listing(
        f"/api/v2/{_AGENTS}/agent_statuses", "agent_statuses", "data", projection=status,
        paging="cursor", dialect="json_api", admin=True,
    ),
    Listing("/api/v2/capacity/rules", "capacity_rules", "", paging="none", admin=True),
    Listing(
        "/api/v2/capacity/rules/assignees", "capacity_rule_assignees", "assignees",
        paging="cursor", admin=True,
    ),
)  # fmt: skip
