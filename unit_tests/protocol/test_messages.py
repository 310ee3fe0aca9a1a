"""Messages have the form of the protocol, and an error and a log line have no secret."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from source_zendesk_support.protocol import messages, secrets
from source_zendesk_support.protocol.messages import Level, StreamStatus, log_message
from source_zendesk_support.protocol.record_lines import encode_records
from source_zendesk_support.protocol.traced_error import TracedError, traced
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.result import StoredFile
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from test_support.models.scripted_walks import config_error, context, messages_of, runs_of

SECRET = "plainly-not-a-secret"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NESTED = {"null": None, "kept": {"null": None}, "list": [None, "\u2028", 2**63], "float": 1.0}


@pytest.fixture(autouse=True)
def _known_secrets() -> None:
    secrets.hide_only([SECRET])


def as_the_cdk_writes(message: dict[str, Any]) -> bytes:
    """The line that a connector of Airbyte's CDK prints."""
    return orjson.dumps(AirbyteMessageSerializer.dump(AirbyteMessageSerializer.load(message)))


ERROR = ConnectorError("It is closed.", about="GET x", remedy="Open it.", failure=Failure.CONFIG)
MESSAGES = {
    "log": log_message("x", Level.DEBUG),
    "check": messages.connection_status_message(None),
    "failed check": messages.connection_status_message("It is closed."),
    "check of an error": traced(ERROR).as_connection_status(),
    "control": messages.control_message({"subdomain": "acme", **NESTED}),
    "estimate": messages.estimate_message("tags", 5, [{"name": "vip"}]),
    "no estimate": messages.estimate_message("tags", 0, []),
    "error": traced(ERROR).as_trace(),
    "error of a stream": traced(KeyError("x"), "tags").as_trace(),
    "limited": messages.rate_limited_message("tags", NOW),
    "state": messages.state_message("tags", NESTED, 2),
    "catalog": messages.catalog_message(
        [
            {
                "name": "tags",
                "json_schema": {"type": "object"},
                "supported_sync_modes": ["full_refresh", "incremental"],
                "source_defined_cursor": True,
                "default_cursor_field": ["updated_at"],
                "source_defined_primary_key": [["id"]],
                "is_resumable": True,
                "is_file_based": True,
            }
        ]
    ),
} | {status.value: messages.status_message("tags", status) for status in StreamStatus}


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_is_what_the_cdk_writes_byte_for_byte(kind: str) -> None:
    assert orjson.dumps(MESSAGES[kind]) == as_the_cdk_writes(MESSAGES[kind])


RECORDS: list[dict[str, Any]] = [
    {"id": 1, **NESTED},
    {"id": 2, "name": 'caf\u00e9 \U0001f600 "quoted" \n', "nested": {"a": [1, {"b": "c"}]}},
    {"only": None},
]
FILE = StoredFile("/staging/tags/1/a.pdf", "tags/1/a.pdf", 7)


@pytest.mark.parametrize("files", [None, [FILE, None, FILE]])
def test_lines_of_records_are_what_the_cdk_writes_byte_for_byte(files: Any) -> None:
    lines = encode_records("tags", RECORDS, files, emitted_at_ms=5, unwritable=pytest.fail)
    assert (lines.stream, lines.count) == ("tags", len(RECORDS))
    expected = b""
    for number, record in enumerate(RECORDS):
        message: dict[str, Any] = {"stream": "tags", "data": record, "emitted_at": 5}
        if files and files[number]:
            message["file_reference"] = {
                "staging_file_url": FILE.path,
                "source_file_relative_path": FILE.relative_path,
                "file_size_bytes": FILE.size,
            }
        expected += as_the_cdk_writes({"type": "RECORD", "record": message}) + b"\n"
    assert lines.text == expected


@pytest.mark.parametrize("name", STREAMS)
def test_the_name_of_each_stream_is_written_as_it_is(name: str) -> None:
    lines = encode_records(name, [{"id": 1}], None, emitted_at_ms=5, unwritable=pytest.fail)
    message = {"type": "RECORD", "record": {"stream": name, "data": {"id": 1}, "emitted_at": 5}}
    assert lines.text == as_the_cdk_writes(message) + b"\n"


def test_numbers_beyond_64_bits_are_written_to_the_last_digit() -> None:
    record = {"id": 1, "odd": 2**80, "null": None}
    lines = encode_records("tags", [record], None, emitted_at_ms=5, unwritable=pytest.fail)
    assert b'"data":{"id":1,"odd":%d},' % 2**80 in lines.text


def test_a_record_without_a_text_costs_that_record() -> None:
    endless: dict[str, Any] = {"id": 2}
    for _ in range(100_000):
        endless = {"id": 2, "in": endless}
    refused: list[Exception] = []
    records = [{"id": 1}, endless, {"id": 3}]
    files = [None, FILE, FILE]
    lines = encode_records("tags", records, files, emitted_at_ms=5, unwritable=refused.append)
    assert lines.count == 2
    first, second = map(orjson.loads, lines.text.splitlines())
    assert (first["record"]["data"], second["record"]["data"]) == ({"id": 1}, {"id": 3})
    assert "file_reference" in second["record"]
    assert len(refused) == 1
    while "in" in endless:  # taken apart by hand: Python frees it one level within the other
        endless = endless.pop("in")


def test_an_error_has_its_three_parts_and_no_secret(walks) -> None:
    walks.scripts["groups"] = [config_error(f"{SECRET} does not fit.")]
    walks.scripts["tags"] = [RuntimeError(f"Authorization: Basic {SECRET}")]
    found = messages_of(context(), runs_of("groups", "tags"))
    errors = {
        message["trace"]["error"]["stream_descriptor"]["name"]: message["trace"]["error"]
        for message in found
        if "error" in message.get("trace", {})
    }
    assert "GET groups" in errors["groups"]["message"]
    assert "stream groups" in errors["groups"]["message"]
    assert "Open it." in errors["groups"]["message"]
    assert "RuntimeError" in errors["tags"]["message"]
    for error in errors.values():
        text = f"{error['message']} {error['internal_message']} {error['stack_trace']}"
        assert SECRET not in text
        assert "****" in text


def test_a_log_line_holds_no_secret() -> None:
    message = log_message(f"GET x with {SECRET}", Level.WARN)
    assert message["log"] == {"level": "WARN", "message": "GET x with ****"}


def test_a_secret_within_another_leaves_no_rest_of_it() -> None:
    secrets.hide_only(["abcdefgh", "abcdefgh-ijklmnop"])
    assert secrets.without_secrets("abcdefgh-ijklmnop abcdefgh") == "**** ****"


def test_a_traced_error_is_left_alone() -> None:
    error = TracedError("known", internal_message="x", failure=Failure.TRANSIENT)
    assert traced(error, "groups") is error
    assert error.as_connection_status() is None
