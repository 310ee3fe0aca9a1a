"""Messages of the connector beside its records: shown, kept, stored, in this order."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from source_zendesk_support.local.message_handler import MessageHandler
from source_zendesk_support.protocol.outcome import SyncResult, fail, last_errors, whole_failure
from source_zendesk_support.protocol.summary import figures
from source_zendesk_support.zendesk.accounting import Accounting
from source_zendesk_support.zendesk.errors import ConnectorError, Failure


class Ears:
    def __init__(self) -> None:
        self.stored: list[Mapping[str, Any]] = []
        self.shown: list[tuple[str, str]] = []
        self.heard = MessageHandler(
            self.stored.append, lambda level, text: self.shown.append((level, text))
        )

    def say(self, **message: Any) -> bool:
        return self.heard.hear(json.dumps(message).encode()) is not None

    def log(self, level: str, text: str) -> bool:
        return self.say(type="LOG", log={"level": level, "message": text})

    def status(self, stream: str, status: str) -> bool:
        found = {"stream_descriptor": {"name": stream}, "status": status}
        return self.say(type="TRACE", trace={"type": "STREAM_STATUS", "stream_status": found})


def test_records_states_and_catalogs_are_for_the_tables() -> None:
    ears = Ears()
    assert ears.say(type="RECORD", record={"stream": "tickets", "data": {}})
    assert ears.say(type="STATE", state={})
    assert ears.say(type="CATALOG", catalog={})
    assert ears.shown == []


def test_a_new_configuration_is_stored_and_goes_no_further() -> None:
    ears = Ears()
    assert not ears.say(
        type="CONTROL",
        control={"type": "CONNECTOR_CONFIG", "connectorConfig": {"config": {"a": 1}}},
    )
    assert ears.stored == [{"a": 1}]


def test_a_store_that_fails_stops_everything() -> None:
    def broken(_new: Mapping[str, Any]) -> None:
        raise OSError

    heard = MessageHandler(broken, lambda *_: None)
    with pytest.raises(OSError):
        heard.hear(b'{"type":"CONTROL","control":{"connectorConfig":{"config":{}}}}')


def test_lines_are_shown_and_what_is_more_than_information_is_kept_once() -> None:
    ears = Ears()
    ears.log("INFO", "waiting")
    for _ in range(2):
        ears.log("WARN", "left out")
    ears.log("DEBUG", "detail")
    error = {"type": "ERROR", "error": {"message": "refused"}}
    assert not ears.say(type="TRACE", trace=error)
    assert ears.shown == [
        ("INFO", "waiting"),
        ("WARN", "left out"),
        ("WARN", "left out"),
        ("ERROR", "refused"),
    ]
    assert ears.heard.notes == [("WARN", "left out"), ("ERROR", "refused")]
    assert ears.heard.errors == ["refused"]


def test_figures_are_taken_in_and_not_said_again_in_words() -> None:
    accounting = Accounting()
    accounting.add("tickets, ticket_metrics", requests=3, retries=1, bytes_read=20)
    accounting.add_wait("tickets, ticket_metrics", "account", 7)
    ears = Ears()
    ears.log("DEBUG", figures({"tickets": 5, "ticket_metrics": 4}, accounting))
    ears.log("INFO", "Summary of this sync:")
    ears.log("WARN", "Left out: something.")
    assert ears.shown == [("WARN", "Left out: something.")]
    assert ears.heard.records == {"tickets": 5, "ticket_metrics": 4}
    assert ears.heard.figures["walks"] == [
        {
            "streams": ["tickets", "ticket_metrics"],
            "requests": 3,
            "retries": 1,
            "waited_s": 7,
            "bytes": 20,
        }
    ]
    assert ears.heard.figures["waited_for_s"] == {"account": 7}


def test_streams_that_did_not_end_are_known() -> None:
    ears = Ears()
    for stream, status in [("b", "STARTED"), ("a", "RUNNING"), ("c", "STARTED"), ("c", "COMPLETE")]:
        assert ears.status(stream, status)
    assert ears.heard.unfinished == ["a", "b"]
    assert not ears.say(type="TRACE", trace={"type": "ESTIMATE", "estimate": {}})


def test_a_line_that_is_not_a_message_is_shown() -> None:
    ears = Ears()
    assert ears.heard.hear(b"a library's own word\n") is None
    assert ears.shown == [("WARN", "a library's own word")]


def test_a_failed_check_is_an_error() -> None:
    ears = Ears()
    for status in ("SUCCEEDED", "FAILED"):
        content = {"status": status, "message": f"it {status}"}
        assert not ears.say(type="CONNECTION_STATUS", connectionStatus=content)
    assert ears.heard.errors == ["it FAILED"]


def test_an_error_of_many_streams_is_shown_once_and_counted() -> None:
    ears = Ears()
    texts = []
    for name in ("tickets", "users", "groups"):
        secret = ConnectorError(
            "The secret is wrong.", about=f"GET {name}", remedy="Look.", failure=Failure.CONFIG
        )
        for message in fail(name, secret, outcome := SyncResult()):
            ears.say(**message)
        for message in last_errors(outcome):
            ears.say(**message)
        texts.append(f"The secret is wrong. [stream {name}, GET {name}] Look.")
    ears.say(type="TRACE", trace={"type": "ERROR", "error": {"message": "Another."}})
    errors = [text for level, text in ears.shown if level == "ERROR"]
    assert errors == [texts[0], "Another."]
    assert set(texts[1:]) <= {text for level, text in ears.shown if level == "INFO"}
    assert (ears.heard.repeated, len(ears.heard.errors)) == (2, 4)


def test_the_last_error_names_all_streams_in_the_whole_log_alone() -> None:
    ears = Ears()
    outcome = SyncResult()
    list(fail("tickets", ValueError(), outcome))
    whole = whole_failure(outcome)
    assert whole
    ears.say(**whole.as_trace())
    assert ears.shown == [("INFO", whole.message)]
    assert ears.heard.errors == [whole.message]
    assert not ears.heard.notes
