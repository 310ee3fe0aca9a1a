"""Rules find their fields and copies; faults are named; the preset keeps keys and cursors."""

from typing import Any

import pytest

from source_zendesk_support.config.privacy import PrivacyAction, parse_privacy
from source_zendesk_support.privacy.hashing import hasher
from source_zendesk_support.privacy.preset import SET_UP
from source_zendesk_support.privacy.privacy_plan import COPIES, PrivacyPlan, plan_privacy
from source_zendesk_support.privacy.tree import Field
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.zendesk.errors import ConnectorError

KEY = "a key of a test, long enough"
HASHED = hasher(KEY)


def plan(*rules: tuple[str, str, str], preset: str = "none") -> PrivacyPlan:
    given = [{"stream": a, "field": b, "action": c} for a, b, c in rules]
    return plan_privacy(
        parse_privacy({"privacy": {"preset": preset, "hash_key": KEY, "rules": given}})
    )


def hidden(made: PrivacyPlan, stream: str, record: dict[str, Any]) -> dict[str, Any]:
    change = made.hide(stream)
    return record if change is None else change(record)


def test_without_settings_nothing_is_hidden() -> None:
    made = plan_privacy(parse_privacy({}))
    assert [name for name in STREAMS if made.hide(name)] == []


def test_a_rule_holds_for_copies() -> None:
    made = plan(("tickets", "subject", "drop"), ("ticket_comments", "body", "redact"))
    assert hidden(made, "tickets", {"id": 1, "subject": "x"}) == {"id": 1}
    assert hidden(made, "ticket_skips", {"ticket": {"id": 1, "subject": "x"}}) == {
        "ticket": {"id": 1}
    }
    event = {"id": 1, "child_events": [{"id": 2, "body": "x@example.com"}, {"status": "open"}]}
    assert hidden(made, "ticket_events", event) == {
        "id": 1,
        "child_events": [{"id": 2, "body": "[email]"}, {"status": "open"}],
    }


def test_a_rule_for_every_stream() -> None:
    made = plan(("*", "email", "hash"))
    assert hidden(made, "users", {"email": "x@example.com"}) == {"email": HASHED("x@example.com")}
    assert made.hide("deleted_users")
    assert made.hide("tags") is None
    skipped = plan(("*", "id", "drop"))
    assert hidden(skipped, "users", {"id": 5}) == {"id": 5}


@pytest.mark.parametrize(
    ("rule", "place", "hint"),
    [
        (("user", "email", "drop"), "rules[0].stream", "'users'"),
        (("users", "emial", "drop"), "rules[0].field", "'email'"),
        (("tickets", "via.source.form.address", "drop"), "rules[0].field", "via.source.from"),
        (("*", "no_such_field_anywhere", "drop"), "rules[0].field", ""),
        (("users", "id", "drop"), "rules[0].action", "Hash it"),
        (("users", "updated_at", "drop"), "rules[0].action", "Hash it"),
    ],
)
def test_a_rule_that_cannot_work_is_an_error(
    rule: tuple[str, str, str], place: str, hint: str
) -> None:
    with pytest.raises(ConnectorError) as caught:
        plan(rule)
    assert place in str(caught.value)
    assert hint in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (5, "privacy"),
        ({"preset": "everything"}, "privacy.preset"),
        ({"preset": "no_personal_data"}, "privacy.hash_key"),
        ({"hash_key": "short"}, "privacy.hash_key"),
        ({"rules": {}}, "privacy.rules"),
        ({"rules": [5]}, "privacy.rules[0]"),
        ({"rules": [{"stream": "users", "action": "drop"}]}, "privacy.rules[0].field"),
        ({"rules": [{"stream": "users", "field": "email"}]}, "privacy.rules[0].action"),
        (
            {"rules": [{"stream": "users", "field": "email", "action": "hash"}]},
            "privacy.hash_key",
        ),
    ],
)
def test_settings_that_cannot_be_read_are_errors(given: Any, place: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        parse_privacy({"privacy": given})
    assert place in str(caught.value)


def test_columns_of_custom_fields_can_be_named() -> None:
    made = plan(("tickets", "custom_field_shoe_size", "drop"))
    assert hidden(made, "tickets", {"id": 1, "custom_field_shoe_size": 44}) == {"id": 1}
    schema = load_schema("tickets")
    schema["properties"]["custom_field_shoe_size"] = {"type": "integer"}
    assert "custom_field_shoe_size" not in made.schema("tickets", schema)["properties"]


@pytest.mark.parametrize("stream", STREAMS)
def test_the_preset_keeps_keys_and_cursors(stream: str) -> None:
    row, tree = STREAMS[stream], plan(preset="no_personal_data").tree(stream)
    for name in filter(None, (row.primary_key, row.cursor_field)):
        assert tree.inner.get(name, Field(tree.others)).action in (
            None,
            PrivacyAction.KEEP,
            PrivacyAction.HASH,
        )


def test_the_preset_names_streams_that_exist() -> None:
    assert set(STREAMS) >= SET_UP
    assert set(STREAMS) >= set(COPIES)


def test_a_rule_lifts_the_preset() -> None:
    made = plan(("users", "name", "keep"), preset="no_personal_data")
    user = {"id": 1, "name": "Jane", "email": "j@example.com", "notes": "x", "unknown": "y"}
    assert hidden(made, "users", user) == {
        "id": 1,
        "name": "Jane",
        "email": HASHED("j@example.com"),
    }


def row(field: str, value: str = "x") -> dict[str, Any]:
    return {"id": f"1.{field}", "field": field, "value": value, "previous_value": None}


def test_the_history_of_a_field_is_hidden_like_the_field() -> None:
    made = plan(
        ("tickets", "subject", "drop"),
        ("tickets", "requester_id", "hash"),
        ("tickets", "custom_field_12", "redact"),
        ("tickets", "custom_fields", "drop"),
    )
    stream = "ticket_field_history"
    assert hidden(made, stream, row("subject")) == row("subject") | {"value": None}
    assert hidden(made, stream, row("requester_id", "5"))["value"] == HASHED(5)
    assert hidden(made, stream, row("12", "a@example.com"))["value"] == "[email]"
    assert hidden(made, stream, row("13"))["value"] is None
    assert hidden(made, stream, row("status", "open")) == row("status", "open")


def test_the_preset_keeps_the_history_of_safe_fields_alone() -> None:
    made, stream = plan(preset="no_personal_data"), "ticket_field_history"
    assert hidden(made, stream, row("status", "open")) == row("status", "open")
    for field in ("subject", "360021001000", "a field of tomorrow"):
        assert hidden(made, stream, row(field)) == row(field) | {"value": None}
    schema = made.schema(stream, load_schema(stream))
    assert {"field", "value", "previous_value"} <= schema["properties"].keys()
    lifted = plan((stream, "value", "keep"), preset="no_personal_data")
    assert hidden(lifted, stream, row("subject")) == row("subject")
