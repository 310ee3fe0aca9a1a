"""Unusable files and catalogs are named, and an unknown stream stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from test_support.connector.process import Connector, InProcess
from test_support.inputs.refusals import CATALOG, SECRET, expect_one_error, row

if TYPE_CHECKING:
    from pathlib import Path

    from zendesk_emulator import Emulator

CONTENTS: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "blank": b" \n",
    "not JSON": b"not json",
    "cut off": b"{",
    "a number": b"3",
    "a text": b'"text"',
    "null": b"null",
    "true": b"true",
    "not UTF-8": b"\xff\xfe",
    "a secret that is no JSON": f'{{"api_token": "{SECRET}"'.encode(),
    "very deep": b"[" * 100_000,
}


@pytest.mark.parametrize("option", ["config", "catalog", "state"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_files_that_cannot_be_used(
    tmp_path: Path, emulator: Emulator, option: str, content: bytes | None
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    arguments = connector.read_arguments(CATALOG, [])
    path = tmp_path / f"{option}.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    error = expect_one_error(connector.run(*arguments, "--debug"), "config_error")
    assert f"--{option}" in error["message"]


@pytest.mark.parametrize("option", ["config", "catalog", "state"])
def test_a_folder_is_not_a_file(tmp_path: Path, emulator: Emulator, option: str) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    arguments = connector.read_arguments(CATALOG, [])
    arguments[arguments.index(f"--{option}") + 1] = str(tmp_path)
    error = expect_one_error(connector.run(*arguments), "config_error")
    assert f"--{option}" in error["message"]


def test_a_missing_file_as_a_process(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    arguments = connector.read_arguments(CATALOG, [])
    (tmp_path / "state.json").write_bytes(b"\xff\xfe")
    error = expect_one_error(connector.run(*arguments), "config_error")
    assert "--state" in error["message"]


@pytest.mark.parametrize(
    "catalog",
    [
        {},
        [],
        {"streams": 3},
        {"streams": None},
        {"streams": [{}]},
        {"streams": ["tags"]},
        {"streams": [{"stream": {"name": "tags"}}]},
        {"streams": [row("tags", mode="INVALID")]},
        {"streams": [row("tags", supported_sync_modes=5)]},
        {"type": "CATALOG"},
        {"type": "CATALOG", "catalog": {"streams": [{}]}},
    ],
    ids=str,
)
def test_catalogs_of_the_wrong_shape(tmp_path: Path, emulator: Emulator, catalog: Any) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    expect_one_error(connector.read(catalog), "config_error")


@pytest.mark.parametrize("stream", ["chat_sessions", "", "Tickets", "tickets ", "../tickets"])
def test_an_unknown_stream_fails_by_name_and_the_others_continue(
    tmp_path: Path, emulator: Emulator, stream: str
) -> None:
    output = InProcess(tmp_path, emulator.base_url).read({"streams": [row(stream), row("tags")]})
    expect_one_error(output, "config_error")
    (error,) = [e for e in output.errors if e.get("stream_descriptor")]
    assert error["stream_descriptor"]["name"] == stream
    assert "no such stream" in error["message"]
    assert output.statuses("tags")[-1] == "COMPLETE"


def test_a_stream_without_a_cursor_is_read_whole_whatever_is_asked_for(
    tmp_path: Path, emulator: Emulator
) -> None:
    """PyAirbyte asks for every stream incrementally."""
    catalog = {"streams": [row("tags", mode="incremental"), row("groups", mode="incremental")]}
    connector = InProcess(tmp_path, emulator.base_url)
    first = connector.read(catalog)
    assert (first.code, first.errors) == (0, [])
    assert "Read whole, for want of a cursor: tags." in first.logs
    again = connector.read(catalog, first.states)
    assert again.counts() == {"tags": first.counts()["tags"]}


def test_an_empty_catalog_returns_at_once_and_says_so(tmp_path: Path, emulator: Emulator) -> None:
    emulator.site.log.reset()
    output = InProcess(tmp_path, emulator.base_url).read({"streams": []})
    assert output.code == 0
    assert output.records == []
    assert "selects no stream" in output.logs
    assert emulator.requests["total"] == 0


def test_an_empty_catalog_as_a_process(tmp_path: Path, emulator: Emulator) -> None:
    output = Connector(tmp_path, emulator.base_url).read({"streams": []})
    assert output.code == 0
    assert "MemoryMonitor" not in output.logs, "the CDK's greeting helps no user"
    assert output.stderr == ""
