"""JSON:API answers become plain records, whatever is missing or odd in them."""

from typing import Any

from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.json_api import availabilities, statuses
from test_support.client.odd_json import ANY_JSON

AGENT = "agent_availabilities|10011"
MESSAGING = f"{AGENT}|channels|messaging"
WORK = f"{MESSAGING}|work_items|201"
PAGE: dict[str, Any] = {
    "data": [
        {
            "id": AGENT,
            "type": "agent_availabilities",
            "attributes": {"agent_id": 10011, "version": 236, "group_ids": [1]},
            "links": {"self": "https://acme.zendesk.com/api/v2/agent_availabilities/10011"},
            "relationships": {
                "channels": {"data": [{"id": MESSAGING, "type": "channels"}, None, {"id": []}]}
            },
        }
    ],
    "included": [
        {
            "id": MESSAGING,
            "type": "channels",
            "attributes": {"name": "messaging", "work_item_count": 5},
            "relationships": {"work_items": {"data": [{"id": WORK, "type": "work_items"}]}},
        },
        {"id": WORK, "type": "work_items", "attributes": {"reason": "ASSIGNED"}},
        None,
    ],
}


def test_an_availability_has_its_channels_and_their_work() -> None:
    assert availabilities(PAGE["data"], PAGE) == [
        {
            "id": "10011",
            "agent_id": 10011,
            "version": 236,
            "group_ids": [1],
            "channels": [
                {
                    "id": "messaging",
                    "name": "messaging",
                    "work_item_count": 5,
                    "work_items": [{"id": "201", "reason": "ASSIGNED"}],
                }
            ],
        }
    ]


def test_statuses_are_read_from_either_envelope() -> None:
    default = {"id": 3, "type": "agent_status", "attributes": {"name": "online"}}
    custom = {"id": 9, "attributes": {"name": "In a meeting"}, "updated_at": "2021-07-21T17:32:28Z"}
    expected = [
        {"id": 3, "name": "online"},
        {"id": 9, "name": "In a meeting", "updated_at": "2021-07-21T17:32:28Z"},
    ]
    assert statuses([default, custom], {"data": [default, custom]}) == expected
    assert statuses([default], {"default": [default], "custom": [custom, None]}) == expected


@given(odd=ANY_JSON, name=st.sampled_from(["attributes", "relationships", "id", "type"]))
def test_an_odd_part_costs_that_part(odd: Any, name: str) -> None:
    item = {**PAGE["data"][0], name: odd}
    for found in availabilities([item, *PAGE["data"]], PAGE)[1:], statuses(PAGE["data"], PAGE):
        assert found[0]["agent_id"] == 10011
    channel = {**PAGE["included"][0], name: odd}
    (agent,) = availabilities(PAGE["data"], {**PAGE, "included": [channel, odd]})
    assert agent["version"] == 236
    assert isinstance(agent["channels"], list)
