"""Schemas: complete, plain enough for every destination, never poorer than the published ones."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog import table as catalog

SCHEMAS = Path(__file__).parents[2] / "source_zendesk_support" / "records" / "schemas"
STREAMS = sorted(file.stem for file in SCHEMAS.glob("*.json"))
SHARED = sorted(file.name for file in (SCHEMAS / "shared").glob("*.json"))
# {stream: {field: type}} of the connector whose connections we take over: what its tables hold.
PUBLISHED = json.loads((Path(__file__).parent / "published_fields.json").read_text())
ANNOTATIONS = {"$schema", "description"}
KEYWORDS = ANNOTATIONS | {"type", "format", "properties", "items", "additionalProperties"}
TYPES = {"null", "string", "integer", "number", "boolean", "object", "array"}


# Keys that are text: UUIDs, ULIDs and names.
TEXT_KEYS = {
    "account_attributes",
    "agent_skills",
    "approval_requests",
    "attribute_values",
    "badge_assignments",
    "badge_categories",
    "badges",
    "agent_availabilities",
    "brand_agents",
    "capacity_rules",
    "content_tags",
    "custom_object_permission_policies",
    "custom_object_records",
    "custom_objects",
    "greetings",
    "conversation_log",
    "csat_survey_responses",
    "engagements",
    "group_sla_policies",
    "it_asset_locations",
    "it_asset_statuses",
    "it_asset_types",
    "it_assets",
    "organization_merges",
    "queues",
    "side_conversation_events",
    "side_conversations",
    "skill_assignments",
    "tags",
    "talk_account_overview",
    "talk_agents_overview",
    "talk_current_queue_activity",
    "task_list_templates",
    "ticket_field_history",
    "ticket_form_statuses",
    "trigger_categories",
    "webhooks",
}
ROWS = catalog.STREAMS
KEYED = [stream for stream in STREAMS if ROWS[stream].primary_key]


def key_of(stream: str) -> str:
    return ROWS[stream].primary_key
    names = {"tags": "name", "custom_objects": "key", "engagements": "engagement_id"}
    return names.get(stream, "id")


def parts(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (path, schema) of a schema and of everything declared below it."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from parts(part, f"{path}.{name}")
    if "items" in schema:
        yield from parts(schema["items"], f"{path}[]")


def type_name(schema: dict[str, Any]) -> str:
    if "format" in schema:
        return str(schema["format"])
    declared = schema["type"]
    types = {declared} if isinstance(declared, str) else set(declared) - {"null"}
    return "|".join(sorted(types))


def test_every_stream_of_the_published_connector_that_we_read_has_a_schema():
    assert set(PUBLISHED) <= set(STREAMS)


@pytest.mark.parametrize("stream", STREAMS)
def test_is_a_valid_draft_7_schema_of_an_open_object(stream):
    schema = load_schema(stream)
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is True


@pytest.mark.parametrize("stream", STREAMS)
def test_uses_no_keyword_or_type_a_destination_may_not_know(stream):
    for path, part in parts(load_schema(stream)):
        assert set(part) <= KEYWORDS, path
        declared = part["type"]
        assert set([declared] if isinstance(declared, str) else declared) <= TYPES, path
        assert part.get("format", "date-time") == "date-time", path


@pytest.mark.parametrize("stream", STREAMS)
def test_everything_but_the_key_may_be_null(stream):
    key = f".{key_of(stream)}"
    for path, part in parts(load_schema(stream)):
        if path not in {"", key}:
            assert part["type"][0] == "null", path
            assert len(part["type"]) > 1, path


@pytest.mark.parametrize("stream", KEYED)
def test_the_key_comes_first_and_is_one_value_that_is_never_null(stream):
    key = key_of(stream)
    properties = load_schema(stream)["properties"]
    assert next(iter(properties)) == key
    assert properties[key]["type"] == ("string" if stream in TEXT_KEYS else "integer")


@pytest.mark.parametrize("stream", KEYED)
def test_fields_follow_the_key_in_alphabetical_order(stream):
    names = list(load_schema(stream)["properties"])
    assert names[1:] == sorted(names[1:])


# Ids that Zendesk or the sender of a message writes as text.
TEXT_IDS = {
    "asset_type_id",
    "attribute_id",
    "attribute_value_id",
    "badge_category_id",
    "badge_id",
    "category_id",
    "content_tag_ids",
    "created_by_user_id",
    "default_greeting_ids",
    "email_id",
    "encoded_id",
    "engagement_id",
    "external_id",
    "facebook_id",
    "greeting_ids",
    "guide_media_id",
    "issue_id",
    "line_id",
    "location_id",
    "integration_id",
    "macro_id",
    "message_id",
    "msteams_channel_id",
    "parent_id",
    "side_conversation_id",
    "rule_id",
    "slack_channel_id",
    "slack_workspace_id",
    "status_id",
    "survey_id",
    "updated_by_user_id",
    "zen:sunco:user_id",
}
# `_id` in the name, but the category of a section and not of a trigger.
NUMBERED = {("sections", ".category_id")}


@pytest.mark.parametrize("stream", STREAMS)
def test_ids_are_integers(stream):
    for path, part in parts(load_schema(stream)):
        name = path.rpartition(".")[2]
        if name == "_airbyte_parent_id":
            continue  # a pair of ids, as the published connector writes it
        if path == f".{key_of(stream)}":
            continue  # a key has a test of its own
        if name.endswith("_id") and (name not in TEXT_IDS or (stream, path) in NUMBERED):
            assert part["type"] == ["null", "integer"], path
        if name.endswith("_ids") and name not in TEXT_IDS and "items" in part:
            assert part["items"] == {"type": ["null", "integer"]}, path


WHOLE = {
    "actor_id",
    "author_id",
    "follower_count",
    "id",
    "position",
    "source_id",
    "user_segment_id",
}


@pytest.mark.parametrize("stream", sorted(PUBLISHED))
def test_no_published_field_is_lost_or_changes_its_type(stream):
    properties = load_schema(stream)["properties"]
    ours = {name: type_name(properties[name]) for name in PUBLISHED[stream] if name in properties}
    # Numbers that count or name something are whole: 7253394974479.0 is not an id.
    published = {
        name: "integer" if kind == "number" and name in WHOLE else kind
        for name, kind in PUBLISHED[stream].items()
    }
    assert ours == published


# The published connector's declaration of the `data` of an audit's event: that of a call.
CALL_DATA = {
    "answered_by_id": "integer",
    "answered_by_name": "string",
    "author_id": "integer",
    "brand_id": "integer",
    "call_duration": "number",
    "call_id": "integer",
    "from": "string",
    "line_type": "string",
    "location": "string",
    "public": "boolean",
    "recorded": "boolean",
    "recording_consent_action": "string",
    "recording_type": "string",
    "recording_url": "string",
    "started_at": "date-time",
    "to": "string",
    "transcription_status": "string",
    "transcription_text": "string",
    "via_id": "integer",
}


def test_the_data_of_a_call_in_an_audit_keeps_its_published_types():
    event = load_schema("ticket_audits")["properties"]["events"]["items"]["properties"]
    ours = {name: type_name(part) for name, part in event["data"]["properties"].items()}
    assert ours == CALL_DATA
    assert event["data"]["additionalProperties"] is True, "other events have other data"


# Fields whose type one would not guess from their name, or from another stream: what Zendesk
# documents, what was seen on the wire, or, where that differs, what the published connector has.
TYPES_OF_NOTE = [
    ("deleted_users", "shared_phone_number", "string"),  # documented; a truth value in users
    ("users", "shared_phone_number", "boolean"),
    ("macros", "permissions", "object"),  # on the wire; documented as a string
    ("brands", "logo", "string"),  # published; documented as an object
    ("categories", "outdated", "string"),  # published; documented as a truth value
    ("sections", "outdated", "string"),
]


@pytest.mark.parametrize(("stream", "field", "kind"), TYPES_OF_NOTE)
def test_types_that_documentation_wire_and_older_tables_disagree_on(stream, field, kind):
    assert type_name(load_schema(stream)["properties"][field]) == kind


@pytest.mark.parametrize(
    ("stream", "fields"),
    [
        ("tickets", {"encoded_id", "support_type", "satisfaction_probability", "via"}),
        ("ticket_metrics", {"_ab_updated_at", "generated_timestamp", "custom_status_updated_at"}),
        ("users", {"is_billing_admin", "suspension_details", "permanently_deleted", "separation"}),
        ("user_identities", {"url", "verified_at", "undeliverable_count", "deliverable_state"}),
        ("organizations", {"deleted_at"}),
        ("ticket_events", {"child_events", "system", "metadata"}),
        ("ticket_comments", {"ticket_id", "timestamp", "via_reference_id"}),
        ("ticket_metric_events", {"sla", "group_sla", "status", "deleted"}),
        ("ticket_fields", {"agent_can_edit", "raw_agent_description", "relationship_filter"}),
        ("brands", {"user_separation"}),
        ("satisfaction_ratings", {"reason_code"}),
    ],
)
def test_declares_what_zendesk_sends_beyond_the_first_documentation(stream, fields):
    assert fields <= set(load_schema(stream)["properties"])


@pytest.mark.parametrize(
    ("stream", "fields"),
    [
        ("tickets", {"comment", "safe_update", "updated_stamp", "macro_ids", "via_id"}),
        ("tickets", {"metric_set"}),  # a sideload for another stream
        ("ticket_comments", {"translate_to", "channel_back", "add_short_url"}),
    ],
)
def test_leaves_out_what_zendesk_only_takes_in(stream, fields):
    assert not fields & set(load_schema(stream)["properties"])


def test_no_reference_is_left_and_every_shared_part_is_used():
    text = "".join((SCHEMAS / f"{stream}.json").read_text() for stream in STREAMS)
    text += "".join((SCHEMAS / "shared" / name).read_text() for name in SHARED)
    assert [name for name in SHARED if f'"shared/{name}"' not in text] == []
    assert [stream for stream in STREAMS if "$ref" in json.dumps(load_schema(stream))] == []


def test_a_caller_may_change_what_it_got():
    load_schema("tickets")["properties"]["via"]["properties"].clear()
    assert "channel" in load_schema("tickets")["properties"]["via"]["properties"]
    assert "channel" in load_schema("ticket_comments")["properties"]["via"]["properties"]


def test_a_stream_without_a_schema_is_an_error():
    with pytest.raises(FileNotFoundError, match="no_such_stream"):
        load_schema("no_such_stream")


@pytest.mark.parametrize("stream", STREAMS)
def test_every_field_says_what_it_is(stream: str) -> None:
    properties = load_schema(stream)["properties"]
    silent = [name for name, field in properties.items() if not field.get("description")]
    assert silent == []
