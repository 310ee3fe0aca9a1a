"""An audit in the shape of the export's event: the same ids, and nothing that is guessed."""

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.comment_transforms import attachments, comments
from source_zendesk_support.streams.walks.audits import event_of
from zendesk_emulator import Emulator
from zendesk_emulator.api.audits import audit as told_as_audit

SYSTEM = {"client": "Browser", "ip_address": "192.0.2.1", "location": "Berlin", "latitude": 52.5}
AUDIT: dict[str, Any] = {
    "id": 10, "ticket_id": 3, "created_at": "2026-06-01T00:00:00Z", "author_id": 5,
    "metadata": {"system": SYSTEM, "custom": {"time_spent": "3m"}},
    "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
    "events": [],
}  # fmt: skip
RULE = {"channel": "rule", "source": {"from": {"id": 77, "title": "Close"}, "rel": "trigger"}}


def with_event(**event: Any) -> dict[str, Any]:
    (child,) = event_of({**AUDIT, "events": [event]})["child_events"]
    return dict(child)


def test_the_frame_of_an_event() -> None:
    assert event_of(AUDIT) == {
        "id": 10, "ticket_id": 3, "timestamp": 1_780_272_000, "created_at": "2026-06-01T00:00:00Z",
        "updater_id": 5, "via": None, "via_reference_id": None, "event_type": "Audit",
        "system": {"client": "Browser", "location": "Berlin", "latitude": 52.5},
        "metadata": {"time_spent": "3m"}, "child_events": [],
    }  # fmt: skip


def test_a_change_names_its_field() -> None:
    change = {"id": 11, "type": "Change", "field_name": "status", "value": "open"}
    assert with_event(**change, previous_value="new") == {
        "id": 11, "event_type": "Change", "status": "open", "previous_value": "new", "via": None,
        "via_reference_id": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "exported"),
    [
        ("requester_id", "3117676185", 3_117_676_185),
        ("assignee_id", "5", 5),
        ("group_id", None, None),
        ("group_id", "none", "none"),
        ("organization_id", "2067345415", "2067345415"),
        ("44394845", "12", "12"),
    ],
)
def test_ids_are_text_in_audits_and_numbers_in_the_export(field, value, exported) -> None:
    assert with_event(id=11, type="Create", field_name=field, value=value)[field] == exported


def test_a_change_of_tags_says_what_moved() -> None:
    child = with_event(
        id=11, type="Change", field_name="tags", value=["a", "c"], previous_value=["a", "b"]
    )
    assert (child["tags"], child["added_tags"], child["removed_tags"]) == (["a", "c"], ["c"], ["b"])


def test_a_value_without_a_field_stays() -> None:
    assert with_event(id=11, type="Error", value="kept")["value"] == "kept"


def test_the_rule_that_acted_is_named() -> None:
    assert event_of({**AUDIT, "via": RULE})["via_reference_id"] == 77
    assert with_event(id=11, type="Notification", via=RULE)["via_reference_id"] == 77


def test_a_comment_gets_what_only_its_audit_says() -> None:
    child = with_event(id=12, type="Comment", body="Hello", public=True)
    assert child["audit_id"] == 10
    assert child["created_at"] == AUDIT["created_at"]
    assert child["author_id"] == 5
    assert child["attachments"] == []
    assert (child["type"], child["event_type"]) == ("Comment", "Comment")


def test_an_audit_that_is_not_as_documented_is_not_a_fault() -> None:
    event = event_of({"id": 1, "events": [None, 3], "metadata": "x", "created_at": "soon"})
    assert (event["id"], event["child_events"], event["timestamp"]) == (1, [], None)


def test_the_same_history_gives_the_same_records_under_both_engines() -> None:
    """Every event of an emulated account, as the export and as the audits show it."""
    with Emulator(size="tiny", seed=7, limits=False) as emulator:
        emulator.change("mix", count=80, seed=1)
        table = emulator.site.account.table("ticket_events")
        exported = table.records(table.rows.values())
    assert len(exported) > 100
    listed = [event_of(told_as_audit(event)) for event in exported]
    for ours, theirs in zip(listed, exported, strict=True):
        assert _without_via(ours) == _without_via(theirs)
    for transform in (comments, attachments):
        for ours, theirs in zip(transform(listed, {}), transform(exported, {}), strict=True):
            assert _without_via(ours) == _without_via(theirs)


def _without_via(record: Any) -> Any:
    """Fields that the documentation lists as unknown to the engine `lists`."""
    if isinstance(record, dict):
        return {
            name: _without_via(value)
            for name, value in record.items()
            if name not in ("via", "via_reference_id")
        }
    return [_without_via(item) for item in record] if isinstance(record, list) else record
