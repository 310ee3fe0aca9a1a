"""A sync in pieces: records as the connector printed them, whole streams whole, nothing lost."""

import json
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import orjson
import pytest

from source_zendesk_support.local import pieces as module
from source_zendesk_support.local.message_handler import MessageHandler
from source_zendesk_support.local.pieces import Pieces


def record(stream: str, **data: Any) -> bytes:
    content = {"stream": stream, "data": data, "emitted_at": 1}
    return orjson.dumps({"type": "RECORD", "record": content}) + b"\n"


def state(stream: str, **blob: Any) -> bytes:
    described = {"stream_descriptor": {"name": stream}, "stream_state": blob}
    return orjson.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": described}})


def status(stream: str, status: str) -> bytes:
    found = {"stream_descriptor": {"name": stream}, "status": status}
    trace = {"type": "STREAM_STATUS", "stream_status": found}
    return orjson.dumps({"type": "TRACE", "trace": trace})


Cut = tuple[dict[str, list[bytes]], dict[str, Any], dict[str, bool]]


def cut(lines: list[bytes], clock: Callable[[], float] = lambda: 0.0, **options: Any) -> list[Cut]:
    handler = MessageHandler(lambda _: None, lambda *_: None)
    pieces = Pieces(lines, frozenset({"tags"}), handler.hear, clock, **options)
    return [
        (
            {name: [it.rstrip(b"\n") for it in part.lines()] for name, part in it.parts.items()},
            it.states,
            {name: part.replaces for name, part in it.parts.items()},
        )
        for it in pieces
    ]


def test_a_record_is_what_stood_in_its_message() -> None:
    data = {"id": 1, "text": 'a ,"emitted_at":5 "b"', "inner": {"emitted_at": 7, "é": ["\n"]}}
    ((parts, states, _),) = cut([record("tickets", **data), state("tickets", at=1)])
    assert [json.loads(it) for it in parts["tickets"]] == [data]
    assert states == {"tickets": {"at": 1}}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "RECORD", "record": {"data": {"id": 1}, "stream": "tickets", "emitted_at": 1}},
        {"record": {"stream": "tickets", "data": {"id": 1}, "emitted_at": 1}, "type": "RECORD"},
        {"type": "RECORD", "record": {"stream": "tickets", "emitted_at": 1, "data": {"id": 1}}},
    ],
)
def test_a_message_of_another_form_is_read_too(message: Any) -> None:
    ((parts, _, _),) = cut([orjson.dumps(message)])
    assert [json.loads(it) for it in parts["tickets"]] == [{"id": 1}]


def test_an_integer_beyond_64_bits_keeps_its_digits() -> None:
    """The connector prints a record that orjson cannot write in another form."""
    data = {"id": 2**64 + 1, "least": -(2**63) - 1}
    message = {"type": "RECORD", "record": {"stream": "users", "data": data, "emitted_at": 1}}
    ((parts, _, _),) = cut([json.dumps(message).encode()])
    assert [json.loads(it) for it in parts["users"]] == [data]


def test_a_piece_is_bounded_by_records_bytes_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [record("tickets", id=number) for number in range(5)]

    def sizes(clock: Callable[[], float] = lambda: 0.0) -> list[int]:
        return [len(parts.get("tickets", [])) for parts, _, _ in cut(lines, clock)]

    assert sizes() == [5]
    monkeypatch.setattr(module, "MOST_RECORDS", 2)
    assert sizes() == [2, 2, 1]
    monkeypatch.setattr(module, "MOST_RECORDS", 100)
    monkeypatch.setattr(module, "MOST_BYTES", 3 * len(b'{"id":1}'))
    assert sizes() == [3, 2]
    monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    # Begun at 0, and late with the second record; begun again at 20.
    ticks: Iterator[float] = iter([0.0, 1.0, 20.0, 20.0, *repeat(21.0, 9)])
    assert sizes(lambda: next(ticks)) == [2, 3]


def test_a_full_stream_is_written_without_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_RECORDS", 2)
    lines = [
        record("users", id=1),
        state("users", at=1),
        record("tickets", id=1),
        state("tickets", at=1),
        status("tickets", "COMPLETE"),
        record("tickets", id=2),
        record("users", id=2),
        record("groups", id=1),
    ]
    found = cut(lines)
    assert [{name: len(rows) for name, rows in parts.items()} for parts, _, _ in found] == [
        {"tickets": 2},
        {"users": 2},
        {"groups": 1},
    ]
    assert [states for _, states, _ in found] == [{"tickets": {"at": 1}}, {"users": {"at": 1}}, {}]


def test_all_streams_are_written_when_their_files_are_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING_BYTES", 2 * len(b'{"id":1}'))
    lines = [record("users", id=1), record("tickets", id=1), record("users", id=2)]
    assert [sorted(parts) for parts, _, _ in cut(lines)] == [["tickets", "users"], ["users"]]


def test_a_state_never_comes_before_the_records_that_it_covers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_RECORDS", 1)
    lines = [record("tickets", id=1), record("tickets", id=2), state("tickets", at=2)]
    assert [(len(parts), states) for parts, states, _ in cut(lines)] == [
        (1, {}),
        (1, {}),
        (0, {"tickets": {"at": 2}}),
    ]


def test_a_stream_that_is_read_whole_is_written_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_RECORDS", 1)
    lines = [
        record("tags", name="a"),
        state("tags", page=1),
        record("tickets", id=1),
        record("tags", name="b"),
        state("tags"),
        status("tags", "COMPLETE"),
    ]
    found = cut(lines)
    assert [sorted(parts) for parts, _, _ in found] == [["tickets"], ["tags"], []]
    assert found[1][0]["tags"] == [b'{"name":"a"}', b'{"name":"b"}']
    assert found[1][1:] == ({"tags": {}}, {"tags": True})


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        ([status("tags", "COMPLETE")], {}),  # skipped: nothing was read
        ([state("tags"), status("tags", "COMPLETE")], {"tags": []}),  # there is none any more
        ([record("tags", name="a"), state("tags"), status("tags", "INCOMPLETE")], {}),
        ([record("tags", name="a"), state("tags")], {}),
    ],
)
def test_a_table_is_replaced_by_a_whole_stream_alone(
    lines: list[bytes], written: dict[str, list[bytes]]
) -> None:
    found = cut(lines)
    assert {name: rows for parts, _, _ in found for name, rows in parts.items()} == written
    assert all(("tags" in states) == bool(written) for _, states, _ in found)


@pytest.mark.parametrize(
    ("text", "held", "without_nul"),
    [
        (r"a\u0000b\u0000\u0000c", "a\0b\0\0c", "abc"),
        (r"a\\u0000b", r"a\u0000b", r"a\u0000b"),
        (r"a\\\u0000b", "a\\\0b", "a\\b"),
        (r"\ud83dx", "\ufffdx", "\ufffdx"),
        (r"\ud83d\ude00", "😀", "😀"),
        (r"C:\\udp", r"C:\udp", r"C:\udp"),
    ],
)
def test_half_a_character_and_a_nul_cost_no_record(text: str, held: str, without_nul: str) -> None:
    line = b'{"type":"RECORD","record":{"stream":"tickets","data":{"t":"%s"},"emitted_at":1}}'
    for drops_nul, expected in ((False, held), (True, without_nul)):
        ((parts, _, _),) = cut([line % text.encode()], drops_nul=drops_nul)
        assert [orjson.loads(it) for it in parts["tickets"]] == [{"t": expected}]
