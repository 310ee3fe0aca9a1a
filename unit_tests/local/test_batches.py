"""A sync in pieces: each key once, whole streams whole, nothing lost and nothing twice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteRecordMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from hypothesis import given, strategies as st

from source_zendesk_support.local import batches as module
from source_zendesk_support.local.batches import Batches, Form

FORM = Form(
    dump=lambda message: json.dumps(AirbyteMessageSerializer.dump(message)).encode(),
    load=lambda line: AirbyteMessageSerializer.load(json.loads(line)),
)
KEYS = {"tickets": ("id",), "users": ("id",), "tags": ("name",), "definitions": ()}


def record(stream: str, **data: Any) -> AirbyteMessage:
    return AirbyteMessage(
        type=Type.RECORD, record=AirbyteRecordMessage(stream=stream, data=data, emitted_at=1)
    )


def state(stream: str, **blob: Any) -> AirbyteMessage:
    return AirbyteMessage(
        type=Type.STATE,
        state=AirbyteStateMessage(
            type=AirbyteStateType.STREAM,
            stream=AirbyteStreamState(
                stream_descriptor=StreamDescriptor(name=stream), stream_state=AirbyteStateBlob(blob)
            ),
        ),
    )


def status(stream: str, status: str) -> AirbyteMessage:
    return as_airbyte_message(StreamDescriptor(name=stream), AirbyteStreamStatus(status))


def cut(
    messages: list[AirbyteMessage], seconds: Iterator[float] | None = None
) -> tuple[list[list[AirbyteMessage]], list[list[str]]]:
    made = Batches(
        iter(messages),
        keys=KEYS,
        whole=frozenset({"tags", "definitions"}),
        form=FORM,
        monotonic=(lambda: next(seconds)) if seconds else (lambda: 0.0),
    )
    pieces, emptied = [], []
    for piece in made:
        pieces.append(list(piece))
        emptied.append(made.emptied)
    return pieces, emptied


def data_of(piece: list[AirbyteMessage]) -> list[dict[str, Any]]:
    return [message.record.data for message in piece if message.record]


def test_a_key_that_comes_again_begins_a_new_piece() -> None:
    first, again = record("tickets", id=1, v=1), record("tickets", id=1, v=2)
    other = record("users", id=1)
    end = state("tickets", at=2)
    pieces, _ = cut([first, other, again, end])
    assert pieces == [[first, other], [again, end]]


def test_a_piece_ends_when_it_is_full_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_RECORDS", 2)
    messages = [record("tickets", id=number) for number in range(5)]
    assert [len(piece) for piece in cut(messages)[0]] == [2, 2, 1]
    monkeypatch.setattr(module, "MOST_RECORDS", 100)
    # Each look at the clock is two minutes later; the third record is past five minutes.
    later = iter(range(0, 100_000, 120))
    assert len(cut(messages, later)[0]) > 1


def test_a_whole_stream_comes_in_one_piece_when_it_has_ended() -> None:
    old, new = record("tags", name="a", v=1), record("tags", name="a", v=2)
    other = record("tags", name="b")
    ticket = record("tickets", id=1)
    end = [state("tags", at=1), status("tags", "COMPLETE")]
    pieces, emptied = cut([status("tags", "STARTED"), old, ticket, other, new, *end])
    assert pieces == [[status_like(pieces[0][0]), ticket, other, new, *end]]
    assert emptied == [[]]


def status_like(message: AirbyteMessage) -> AirbyteMessage:
    assert message.trace
    return message


def test_rows_without_a_key_are_all_kept() -> None:
    same = [record("definitions", title="a")] * 2
    pieces, _ = cut([*same, state("definitions"), status("definitions", "COMPLETE")])
    assert len(data_of(pieces[0])) == 2


def test_a_whole_stream_that_broke_off_is_not_written_at_all() -> None:
    pieces, emptied = cut(
        [record("tags", name="a"), state("tags", page="x"), status("tags", "INCOMPLETE")]
    )
    assert [message.type for piece in pieces for message in piece] == [Type.TRACE]
    assert emptied == [[]]


def test_a_whole_stream_without_a_record_empties_its_table_unless_it_was_skipped() -> None:
    assert cut([state("tags"), status("tags", "COMPLETE")])[1] == [["tags"]]
    assert cut([status("tags", "COMPLETE")])[1] == [[]]


def test_no_message_is_one_empty_piece_so_that_the_tables_are_made() -> None:
    assert cut([])[0] == [[]]


@given(st.lists(st.integers(0, 5), max_size=40))
def test_pieces_hold_every_message_in_order_and_each_key_once(ids: list[int]) -> None:
    messages = [record("tickets", id=number, turn=turn) for turn, number in enumerate(ids)]
    pieces, _ = cut(messages)
    assert [message for piece in pieces for message in piece] == messages
    for piece in pieces:
        keys = [data["id"] for data in data_of(piece)]
        assert len(keys) == len(set(keys))
