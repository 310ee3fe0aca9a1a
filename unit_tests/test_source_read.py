"""read through the entrypoint, with prepared answers: what is delivered, and what fails alone."""

from typing import Any

import pytest

from source_zendesk_support.records import normalizers
from test_support.inputs.commands import (
    API,
    BASIC,
    CONFIG,
    TOKEN,
    catalog,
    errors,
    groups_page,
    of,
    refreshing,
    statuses,
)
from test_support.inputs.saved_states import state_of


def test_a_normalizer_is_compiled_for_a_stream_with_records_alone(
    run, requests_mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling all of them costs a sync without news a tenth of its CPU."""
    read: list[str] = []
    load = normalizers.load_schema
    monkeypatch.setattr(normalizers, "load_schema", lambda name: read.append(name) or load(name))
    rows: list[dict[str, Any]] = []
    for expected in ([], ["groups"]):
        requests_mock.get(f"{API}/groups", json=groups_page(*rows))
        code, messages = run("read", config=CONFIG, catalog=catalog("groups"))
        assert code == 0
        assert len(of(messages, "RECORD")) == len(rows)
        assert read == expected
        rows.append({"id": 1, "updated_at": "2024-02-01T00:00:00Z"})


def test_a_read_delivers_records_and_states_with_their_counts(run, requests_mock) -> None:
    requests_mock.get(
        f"{API}/groups",
        json=groups_page(
            {
                "id": 1,
                "name": None,
                "description": "x",
                "nested": {"kept": None},
                "updated_at": "2024-02-01T00:00:00Z",
            },
            {},
            {"id": 2, "updated_at": "2024-02-01T00:00:00Z"},
        ),
    )
    code, messages = run("read", config=CONFIG, catalog=catalog("groups"))
    assert code == 0
    records = [message["record"]["data"] for message in of(messages, "RECORD")]
    # The protocol's serialiser drops nulls at the top and keeps nested ones. An empty record is
    # nothing that could be delivered.
    assert records == [
        {
            "id": 1,
            "description": "x",
            "nested": {"kept": None},
            "updated_at": "2024-02-01T00:00:00Z",
        },
        {"id": 2, "updated_at": "2024-02-01T00:00:00Z"},
    ]
    [state] = of(messages, "STATE")
    assert state["state"]["sourceStats"]["recordCount"] == 2.0
    assert state["state"]["stream"]["stream_state"]["updated_at"] == "2024-02-01T00:00:00Z"
    assert statuses(messages, "groups") == ["STARTED", "RUNNING", "COMPLETE"]
    assert messages.index(state) < max(
        number for number, message in enumerate(messages) if message["type"] == "TRACE"
    )
    assert not errors(messages)


def test_a_read_resumes_from_the_state_it_printed(run, requests_mock) -> None:
    row = {"id": 1, "updated_at": "2024-02-01T00:00:00Z"}
    requests_mock.get(f"{API}/groups", json=groups_page(row))
    _, first = run("read", config=CONFIG, catalog=catalog("groups"))
    assert len(of(first, "RECORD")) == 1
    code, second = run("read", config=CONFIG, catalog=catalog("groups"), state=of(first, "STATE"))
    assert code == 0
    assert not of(second, "RECORD")
    last, before = of(second, "STATE")[-1], of(first, "STATE")[-1]
    assert last["state"]["stream"] == before["state"]["stream"]
    assert statuses(second, "groups") == ["STARTED", "COMPLETE"]


def test_a_read_with_nothing_selected_returns_at_once(run) -> None:
    code, messages = run("read", config=CONFIG, catalog={"streams": []})
    assert code == 0
    assert {message["type"] for message in messages} == {"LOG"}


def test_an_unknown_stream_fails_alone(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    code, messages = run("read", config=CONFIG, catalog=catalog("chats", "groups"))
    assert code == 1
    assert statuses(messages, "groups")[-1] == "COMPLETE"
    assert statuses(messages, "chats") == ["STARTED", "INCOMPLETE"]
    own, whole = errors(messages)
    assert own["stream_descriptor"]["name"] == "chats"
    assert own["failure_type"] == whole["failure_type"] == "config_error"
    assert "chats" in whole["message"]


@pytest.mark.parametrize("state", [{"updated_at": "soon"}, {"unknown": 1}])
def test_a_damaged_state_fails_its_stream_alone(run, requests_mock, state) -> None:
    requests_mock.get(
        f"{API}/tags", json={"tags": [{"name": "vip", "count": 1}], "meta": {"has_more": False}}
    )
    code, messages = run(
        "read", config=CONFIG, catalog=catalog("groups", "tags"), state=[state_of("groups", state)]
    )
    assert code == 1
    assert statuses(messages, "groups") == ["STARTED", "INCOMPLETE"]
    assert statuses(messages, "tags")[-1] == "COMPLETE"
    assert "groups" in errors(messages)[0]["message"]
    assert not [
        message
        for message in of(messages, "STATE")
        if message["state"]["stream"]["stream_descriptor"]["name"] == "groups"
    ]


@pytest.mark.parametrize("strange", ["2024-01-01", [1], 5])
def test_an_old_object_with_a_strange_value_fails_its_stream_alone(
    run, requests_mock, strange
) -> None:
    state = {"groups": strange, "tags": {}}
    requests_mock.get(f"{API}/tags", json={"tags": [], "meta": {"has_more": False}})
    code, messages = run("read", config=CONFIG, catalog=catalog("groups", "tags"), state=state)
    assert code == 1
    assert statuses(messages, "groups") == ["STARTED", "INCOMPLETE"]
    assert statuses(messages, "tags")[-1] == "COMPLETE"
    assert errors(messages)[0]["failure_type"] == "config_error"


def test_a_refused_stream_fails_alone_and_keeps_quiet_about_secrets(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    requests_mock.get(
        f"{API}/satisfaction_ratings",
        status_code=403,
        json={"error": {"title": TOKEN, "message": f"Basic {BASIC}"}},
    )
    # The account itself is not refused.
    requests_mock.get(f"{API}/account/settings", json={"settings": {}})
    code, messages = run("read", config=CONFIG, catalog=catalog("groups", "satisfaction_ratings"))
    assert code == 1
    assert statuses(messages, "satisfaction_ratings") == ["STARTED", "INCOMPLETE"]
    assert statuses(messages, "groups")[-1] == "COMPLETE"


def test_a_fault_of_ours_names_the_stream_and_no_secret(run, requests_mock, monkeypatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError(f"sent Authorization: Basic {BASIC} for {TOKEN}")

    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    monkeypatch.setattr("source_zendesk_support.streams.walks.list_pages.after_list_page", broken)
    code, messages = run("read", "--debug", config=CONFIG, catalog=catalog("groups"))
    assert code == 1
    assert {error["failure_type"] for error in errors(messages)} == {"system_error"}
    assert "groups" in errors(messages)[0]["message"]


def test_debug_lines_hold_no_secret(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    code, _ = run("read", "--debug", config=CONFIG, catalog=catalog("groups"))
    assert code == 0


def test_tokens_refreshed_in_a_read_are_printed_before_the_first_record(run, requests_mock) -> None:
    config = refreshing(requests_mock)
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    code, messages = run("read", config=config, catalog=catalog("groups"))
    assert code == 0
    kinds = [message["type"] for message in messages]
    assert kinds.count("CONTROL") == 1
    assert kinds.index("CONTROL") < kinds.index("RECORD")


def test_the_summary_names_records_and_requests(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    _, messages = run("read", config=CONFIG, catalog=catalog("groups"))
    summary = of(messages, "LOG")[-1]["log"]["message"]
    assert "groups 1 records: 2 requests" in summary
    assert "bucket account: 2 requests" in summary


def test_a_start_in_the_future_is_named(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page())
    code, messages = run(
        "read", config=CONFIG | {"start_date": "2199-01-01T00:00:00Z"}, catalog=catalog("groups")
    )
    assert code == 0
    warnings = [it for it in of(messages, "LOG") if it["log"]["level"] == "WARN"]
    assert any("2199" in warning["log"]["message"] for warning in warnings)
    assert not requests_mock.called


def test_a_state_of_a_foreign_stream_is_named(run, requests_mock) -> None:
    requests_mock.get(f"{API}/tags", json={"tags": [], "meta": {"has_more": False}})
    state = [state_of("tag", {"updated_at": "2024-01-01T00:00:00Z"}), state_of("tags", {})]
    code, messages = run("read", config=CONFIG, catalog=catalog("tags"), state=state)
    assert code == 0
    warnings = [it["log"]["message"] for it in of(messages, "LOG") if it["log"]["level"] == "WARN"]
    (line,) = [text for text in warnings if "states are not used" in text]
    assert "'tag'" in line
    assert "'tags'" not in line
