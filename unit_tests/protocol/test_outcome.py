"""The error of a stream that fails, its moment, and its effect on the whole sync."""

import itertools

import pytest

from source_zendesk_support.protocol.outcome import SyncResult, fail, last_errors, whole_failure
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from test_support.models.scripted_walks import (
    config_error,
    context,
    messages_of,
    page,
    read,
    runs_of,
    short,
)


def error_of(failure: Failure) -> ConnectorError:
    return ConnectorError("It failed.", about="GET x", remedy="Mend it.", failure=failure)


@pytest.mark.parametrize(
    ("error", "failure_type"),
    [
        (config_error(), "config_error"),
        (error_of(Failure.TRANSIENT), "transient_error"),
        (error_of(Failure.SYSTEM), "system_error"),
        (KeyError("after_cursor"), "system_error"),
        (MemoryError(), "system_error"),
    ],
    ids=repr,
)
def test_a_failed_stream_keeps_its_last_state_and_stops_no_other(
    walks, error, failure_type
) -> None:
    walks.scripts["groups"] = [page("groups", [1], 1), error]
    walks.scripts["tags"] = [page("tags", [5], 9)]
    outcome = SyncResult()
    messages = read(*runs_of("groups", "tags"), outcome=outcome)
    own = [it for it in messages if it[1] == "groups"]
    assert own[2:4] == [("RECORD", "groups", 1), ("STATE", "groups", {"at": 1})]
    assert sorted(own[4:]) == [("ERROR", "groups", failure_type), ("INCOMPLETE", "groups", None)]
    assert ("COMPLETE", "tags", None) in messages
    assert set(outcome.failures) == {"groups"}
    assert outcome.records == {"groups": 1, "tags": 1}
    whole = whole_failure(outcome)
    assert whole is not None
    assert whole.failure.value == failure_type
    assert "groups" in str(whole)
    assert "tags" not in str(whole)


def test_all_members_of_a_failed_walk_fail(walks) -> None:
    walks.scripts["incremental/users/cursor"] = [config_error()]
    messages = read(*runs_of("users", "user_identities"))
    for name in ("users", "user_identities"):
        own = [kind for kind, stream, _ in messages if stream == name]
        assert own == ["STARTED", "INCOMPLETE", "ERROR"]


@pytest.mark.parametrize(
    ("kinds", "worst"),
    [
        ([Failure.CONFIG], Failure.CONFIG),
        ([Failure.CONFIG, Failure.TRANSIENT], Failure.TRANSIENT),
        ([Failure.TRANSIENT, Failure.SYSTEM, Failure.CONFIG], Failure.SYSTEM),
    ],
)
def test_the_worst_class_is_that_of_the_sync(kinds, worst) -> None:
    outcome = SyncResult()
    for number, kind in enumerate(kinds):
        assert len(list(fail(f"stream_{number}", error_of(kind), outcome))) == 2
    whole = whole_failure(outcome)
    assert whole is not None
    assert whole.failure is worst


@pytest.mark.parametrize("order", list(itertools.permutations(Failure)), ids=str)
def test_an_error_for_the_user_is_the_last_by_time(order, monkeypatch) -> None:
    """A platform does not try again when the first error is one of the configuration."""
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_000_000_000)  # all at once
    outcome = SyncResult()
    messages = [
        message for failure in order for message in fail(failure.value, error_of(failure), outcome)
    ]
    messages += last_errors(outcome)
    errors = sorted(
        (it["trace"] for it in messages if "error" in it.get("trace", {})),
        key=lambda it: it["emitted_at"],
    )
    assert len(errors) == len(Failure)
    (last,) = [it for it in errors if it["emitted_at"] == errors[-1]["emitted_at"]]
    assert last["error"]["failure_type"] == "config_error"


def test_an_error_that_comes_last_is_in_the_log_at_once(walks) -> None:
    walks.scripts["groups"] = [config_error("It is closed.")]
    found = [short(it) for it in messages_of(context(), runs_of("groups"))]
    kinds = [kind for kind, _, _ in found]
    assert kinds == ["STARTED", "LOG", "INCOMPLETE", "ERROR"]
    assert "groups" in found[1][2]
    assert "It is closed." in found[1][2]
    # The remedy stands in the text once.
    assert "Open it." not in found[1][2]


def test_a_stream_that_ended_before_its_walk_has_no_status_any_more(walks) -> None:
    """A walk reports each wait for all its streams, which may have ended before."""
    made = context()

    class Telling(list):
        def __iter__(self):
            failures = (("post_votes", config_error()),)
            yield PageResult((("posts", [{"id": 1}]),), (("posts", {"at": 1}),), failures=failures)
            (notify,) = made.client.notices.values()
            notify(None)
            yield page("posts", [2], 2)

    walks.scripts["community/posts"] = Telling([1])
    found = [short(it) for it in messages_of(made, runs_of("posts", "post_votes"))]
    assert [kind for kind, name, _ in found if name == "post_votes"] == [
        "STARTED", "INCOMPLETE", "ERROR",
    ]  # fmt: skip
    assert [kind for kind, name, _ in found if name == "posts"] == [
        "STARTED", "RUNNING", "RECORD", "STATE", "RUNNING", "RECORD", "STATE", "COMPLETE",
    ]  # fmt: skip


def test_a_stream_that_was_read_before_its_walk_ends_is_complete_at_once(walks) -> None:
    walks.scripts["incremental/tickets/cursor"] = [
        page("tickets", [1], 1),
        PageResult((), (), completed=("tickets",)),
        page("ticket_metrics", [2], 2),
        config_error(),
    ]
    found = read(*runs_of("tickets", "ticket_metrics"))
    kinds = [(kind, name) for kind, name, _ in found if kind not in {"LOG", "STARTED"}]
    assert kinds == [
        ("RUNNING", "tickets"), ("RECORD", "tickets"), ("STATE", "tickets"),
        ("COMPLETE", "tickets"), ("RUNNING", "ticket_metrics"),
        ("RECORD", "ticket_metrics"), ("STATE", "ticket_metrics"),
        ("INCOMPLETE", "ticket_metrics"), ("ERROR", "ticket_metrics"),
    ]  # fmt: skip
