"""The memory of withheld files: bounded, readable again, and an error when all are refused."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.walks.withheld import (
    ALL_REFUSED,
    MOST_WITHHELD,
    WithheldFiles,
)
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

ATTACHMENTS = STREAMS["attachments"]
RECORD = {
    "id": 7,
    "ticket_id": 1,
    "comment_id": 2,
    "audit_id": 3,
    "created_at": "2026-05-01T00:00:00Z",
    "timestamp": 1_777_000_000,
    "content_url": "https://acme.zendesk.com/attachments/token/not-a-secret/",
    "file_name": "passport.pdf",
}


def record(number: int) -> dict[str, Any]:
    return {**RECORD, "id": number}


def refuse(files: WithheldFiles, *numbers: int) -> list[bool]:
    return [files.note_refusal(record(number), "refused with status 403") for number in numbers]


def test_a_stream_without_files_has_nothing_in_its_state() -> None:
    assert WithheldFiles(ATTACHMENTS).in_state() == {}
    assert WithheldFiles(ATTACHMENTS, {"files": {}}).in_state() == {}


def test_a_withheld_file_is_kept_without_address_and_name() -> None:
    files = WithheldFiles(ATTACHMENTS)
    assert refuse(files, 7) == [True]
    state = files.in_state()
    assert "not-a-secret" not in json.dumps(state)
    assert "passport" not in json.dumps(state)
    again = WithheldFiles(ATTACHMENTS, state)
    assert again.in_state() == state
    again.note_file(record(7))
    assert again.in_state() == {"files": {"came": True}}


def test_a_loss_is_not_kept() -> None:
    files = WithheldFiles(ATTACHMENTS)
    refuse(files, 7, 8)
    files.note_loss(record(7))
    assert [row[0] for row in files.in_state()["files"]["withheld"]] == [8]


def test_the_state_has_a_bound() -> None:
    files = WithheldFiles(ATTACHMENTS)
    assert all(refuse(files, *range(MOST_WITHHELD)))
    assert files.is_full
    assert refuse(files, MOST_WITHHELD, 0) == [False, True]
    assert len(json.dumps(files.in_state())) < 50_000


def test_all_refused_is_an_error_until_one_comes() -> None:
    files = WithheldFiles(ATTACHMENTS)
    assert files.refused_whole() is None, "nothing was asked for"
    refuse(files, 7)
    error = files.refused_whole()
    assert error is not None
    assert error.failure is Failure.CONFIG
    assert "None of the 1 files" in error.what
    files.note_file(record(8))
    assert files.refused_whole() is None


@pytest.mark.parametrize("kinds", [[True], [True, True], [True, False], [False]])
def test_files_that_only_faults_kept_back_do_not_show_a_lack_of_rights(kinds: list[bool]) -> None:
    files = WithheldFiles(ATTACHMENTS)
    for number, is_fault in enumerate(kinds):
        files.note_refusal(record(number), "status 503", is_fault=is_fault)
    error = files.refused_whole()
    assert error is not None
    assert error.failure is (Failure.TRANSIENT if all(kinds) else Failure.CONFIG)


@pytest.mark.parametrize("asked", ["again", "anew"])
def test_single_refused_files_stop_no_stream_that_has_had_files(asked: str) -> None:
    first = WithheldFiles(ATTACHMENTS)
    first.note_file(record(1))
    refuse(first, *range(10, 10 + ALL_REFUSED))
    numbers = range(10, 10 + ALL_REFUSED) if asked == "again" else range(30, 30 + ALL_REFUSED)
    later = WithheldFiles(ATTACHMENTS, first.in_state())
    refuse(later, *numbers[:-1])
    assert later.refused_whole() is None
    refuse(later, numbers[-1])
    assert (later.refused_whole() is None) is (asked == "again")


@pytest.mark.parametrize(
    "kept",
    ["text", 5, [], {"withheld": {}}, {"withheld": ["x"]}, {"withheld": [[1]]}, {"withheld": 0}],
    ids=str,
)
def test_a_foreign_state_is_an_error_with_its_key(kept: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        WithheldFiles(ATTACHMENTS, {"files": kept})
    assert "files" in caught.value.about
    assert "attachments" in caught.value.about


values = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


@given(st.lists(st.tuples(values, st.dictionaries(st.sampled_from(list(RECORD)), values))))
def test_our_own_states_can_be_read(noted: list[tuple[Any, dict[str, Any]]]) -> None:
    files = WithheldFiles(ATTACHMENTS)
    for number, odd in noted:
        files.note_refusal({**RECORD, **odd, "id": number}, "refused")
    state = json.loads(json.dumps(files.in_state()))
    assert WithheldFiles(ATTACHMENTS, state).in_state() == state
