"""Custom fields as columns: discovered, filled with labels beside values, and robust to changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from source_zendesk_support import discovery
from test_support.connector.process import InProcess, configured
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The fields of people, as the emulated account uses them. The lists that define them are put in
# place of the emulator's own. So every record of the account is known to hold their keys.
USER_FIELDS = [
    {
        "id": 1,
        "key": "plan",
        "type": "dropdown",
        "title": "Plan",
        "custom_field_options": [
            {"id": 11, "name": "Gold plan", "value": "gold"},
            {"id": 12, "name": "Silver plan", "value": "silver"},
        ],
    },
    {"id": 2, "key": "score", "type": "integer", "title": "Score"},
    {"id": 3, "key": "newsletter", "type": "checkbox", "title": "Newsletter"},
    {"id": 4, "key": "Odd-Key", "type": "text", "title": "Odd"},
    {"id": 5, "key": "of_zendesk", "type": "text", "title": "System", "system": True},
]
ORGANIZATION_FIELDS = [
    {"id": 6, "key": "contract", "type": "text", "title": "Contract"},
    {"id": 7, "key": "seats", "type": "decimal", "title": "Seats"},
    {"id": 8, "key": "renewal", "type": "date", "title": "Renewal"},
]
LISTS = {
    "tickets": "/api/v2/ticket_fields",
    "users": "/api/v2/user_fields",
    "organizations": "/api/v2/organization_fields",
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        define(running)
        yield running


def define(
    emulator: Emulator,
    users: list[dict[str, Any]] = USER_FIELDS,
    organizations: list[dict[str, Any]] = ORGANIZATION_FIELDS,
) -> None:
    for key, fields in (("user_fields", users), ("organization_fields", organizations)):
        body = {key: fields, "meta": {"has_more": False}, "links": {"next": None}}
        emulator.fault(path=f"/api/v2/{key}$", kind="answer", status=200, body=body)


def added(typed: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    properties, before = (it["json_schema"]["properties"] for it in (typed, plain))
    assert {name: properties[name] for name in before} == before, "nothing else changes"
    return {name: properties[name] for name in properties if name not in before}


def test_off_by_default_and_on_for_three_streams(tmp_path: Path, emulator: Emulator) -> None:
    plain = InProcess(tmp_path, emulator.base_url).discover().streams
    assert not [e for e in emulator.requests["log"] if e["path"].endswith("_fields")]
    typed = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True).discover().streams
    assert {name for name in plain if typed[name] != plain[name]} == set(LISTS)
    assert set(added(typed["users"], plain["users"])) == {
        *("user_field_plan", "user_field_label_plan", "user_field_score"),
        *("user_field_newsletter", "user_field_4"),
    }
    columns = added(typed["organizations"], plain["organizations"])
    assert columns == {
        "organization_field_contract": {"type": ["null", "string"]},
        "organization_field_seats": {"type": ["null", "number"]},
        "organization_field_renewal": {"type": ["null", "string"], "format": "date"},
    }
    fields = emulator.truth("ticket_fields").must
    custom = {field["id"]: field["type"] for field in fields if field["removable"]}
    columns = added(typed["tickets"], plain["tickets"])
    assert {f"custom_field_{field_id}" for field_id in custom} <= set(columns)
    with_labels = [f for f, kind in custom.items() if kind in ("tagger", "multiselect")]
    assert len(columns) == len(custom) + len(with_labels)


def test_every_record_fits_and_holds_its_values_and_labels(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True)
    streams = connector.discover().streams
    emulator.site.log.reset()
    output = connector.read(configured(list(streams.values()), tuple(LISTS)))
    assert output.code == 0, output.errors
    assert [emulator.site.log.by_path[path] for path in LISTS.values()] == [1, 1, 1]
    validators = {
        name: Draft7Validator(row["json_schema"], format_checker=FormatChecker())
        for name, row in streams.items()
    }
    for record in output.records:
        validators[record["stream"]].validate(record["data"])
    fields = {field["id"]: field for field in emulator.truth("ticket_fields").must}
    truth = {ticket["id"]: ticket for ticket in emulator.truth("tickets").must}
    filled = 0
    for record in output.records:
        data = record["data"]
        if record["stream"] == "tickets":
            for item in truth[data["id"]]["custom_fields"]:
                filled += check_value(data, fields[item["id"]], item["value"])
        if record["stream"] == "users":
            assert data.get("user_field_score") == data["user_fields"]["score"]
            label = {"gold": "Gold plan", "silver": "Silver plan", None: None}
            assert data.get("user_field_label_plan") == label[data["user_fields"]["plan"]]
        if record["stream"] == "organizations":
            renewal = data["organization_fields"]["renewal"]
            assert data.get("organization_field_renewal") == (renewal and renewal[:10])
    assert filled > 50


def check_value(ticket: dict[str, Any], field: dict[str, Any], value: Any) -> bool:
    """Compare a column with what Zendesk has; say whether there was anything."""
    column = ticket.get(f"custom_field_{field['id']}")
    expected = int(value) if field["type"] == "integer" and value is not None else value
    assert column == expected, field
    names = {option["value"]: option["name"] for option in field.get("custom_field_options", [])}
    if names and value is not None:
        label = [names[v] for v in value] if isinstance(value, list) else names[value]
        assert ticket[f"custom_field_label_{field['id']}"] == label
    raw = next(item["value"] for item in ticket["custom_fields"] if item["id"] == field["id"])
    assert (raw is None) == (value is None), "the raw array stays"
    return value is not None


@pytest.mark.parametrize("schema", [{}, {"properties": {"id": {}, "user_field_plan": {}}}])
def test_a_catalog_decides_whether_there_are_columns(
    tmp_path: Path, emulator: Emulator, schema: dict[str, Any]
) -> None:
    """One from before they were switched on has no place for them; an empty one says nothing."""
    plain = InProcess(tmp_path, emulator.base_url).catalog("users")
    connector = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True)
    records = connector.read(plain).records
    assert not [name for r in records for name in r["data"] if name.startswith("user_field_")]
    plain["streams"][0]["stream"]["json_schema"] = schema
    assert [r for r in connector.read(plain).records if "user_field_plan" in r["data"]]


def test_a_field_removed_since_discover_fails_no_record(tmp_path: Path, emulator: Emulator) -> None:
    connector = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True)
    catalog = connector.catalog("users", "organizations")
    emulator.site.faults.clear()
    one_option = {**USER_FIELDS[0], "custom_field_options": USER_FIELDS[0]["custom_field_options"]}
    one_option["custom_field_options"] = one_option["custom_field_options"][:1]
    define(emulator, users=[one_option, USER_FIELDS[2]], organizations=[])
    output = connector.read(catalog)
    assert output.code == 0, output.errors
    users = [record["data"] for record in output.records if record["stream"] == "users"]
    silver = [user for user in users if user["user_fields"]["plan"] == "silver"]
    assert silver
    assert {user["user_field_plan"] for user in silver} == {"silver"}
    assert not [user for user in silver if "user_field_label_plan" in user]
    assert not [user for user in users if "user_field_score" in user]
    assert output.counts()["organizations"] == len(emulator.truth("organizations").must)


def test_a_renamed_field_changes_no_schema(tmp_path: Path, emulator: Emulator) -> None:
    connector = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True)
    before = connector.discover().streams
    emulator.site.faults.clear()
    define(emulator, users=[{**field, "title": "Other"} for field in USER_FIELDS])
    assert connector.discover().streams == before


def test_more_fields_than_a_page_holds(tmp_path: Path, emulator: Emulator) -> None:
    emulator.site.faults.clear()
    pages = [
        {
            "user_fields": [{"id": n, "key": f"k{n}", "type": "text"} for n in ids],
            "meta": {"has_more": more, "after_cursor": "two"},
        }
        for ids, more in ((range(1, 101), True), (range(101, 131), False))
    ]
    for page in pages:
        emulator.fault(path="/user_fields$", kind="answer", status=200, body=page, count=1)
    define(emulator)
    connector = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True)
    properties = connector.discover().streams["users"]["json_schema"]["properties"]
    assert len([name for name in properties if name.startswith("user_field_k")]) == 130


def test_discover_fails_rather_than_take_columns_away(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "ASKING_PATIENCE_S", 0.0)
    emulator.site.faults.clear()
    emulator.fault(path="/ticket_fields$", kind="answer", status=500)
    output = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True).discover()
    assert output.code == 1
    assert "ticket_fields" in output.errors[0]["message"]
    assert output.errors[0]["failure_type"] == "transient_error"


def test_a_list_that_is_closed_gives_no_columns_and_is_named(
    tmp_path: Path, emulator: Emulator
) -> None:
    emulator.site.faults.clear()
    emulator.fault(path="/organization_fields$", kind="answer", status=403)
    define(emulator)
    connector = InProcess(tmp_path, emulator.base_url, typed_custom_fields=True)
    output = connector.discover()
    assert output.code == 0
    properties = output.streams["organizations"]["json_schema"]["properties"]
    assert not [name for name in properties if name.startswith("organization_field_")]
    assert "organizations has no columns for custom fields" in output.logs
    read = connector.read(configured(list(output.streams.values()), ("organizations",)))
    assert read.code == 0, "what has no columns needs no list"


def test_a_sync_that_cannot_list_the_fields_writes_no_empty_columns(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(
        tmp_path, emulator.base_url, typed_custom_fields=True, retry_patience_seconds=0
    )
    catalog = connector.catalog("users", "tags")
    emulator.site.faults.clear()
    emulator.fault(path="/user_fields$", kind="answer", status=500)
    output = connector.read(catalog)
    assert output.code == 1
    assert output.counts()["users"] == 0
    assert output.statuses("users")[-1] == "INCOMPLETE"
    assert output.statuses("tags")[-1] == "COMPLETE"
    assert "user_fields" in output.errors[0]["message"]
