"""Files of a platform: each form that was ever written is read, and nothing else."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from source_zendesk_support.protocol.input_files import (
    read_catalog_file,
    read_config_file,
    read_output_file,
    read_state_file,
    states_by_stream,
)
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

STATE = {"updated_at": "2024-03-02T10:00:00Z"}
STREAM = {"stream_descriptor": {"name": "groups"}, "stream_state": STATE}


def written(tmp_path: Path, content: Any) -> str:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "STREAM", "stream": STREAM}],
        {"type": "STREAM", "stream": STREAM},
        [{"type": "STATE", "state": {"type": "STREAM", "stream": STREAM}}],
        {"groups": STATE},
        [{"type": "GLOBAL", "global": {"stream_states": [STREAM]}}],
        [{"type": "STREAM", "stream": {**STREAM, "stream_state": {}}}, {"stream": STREAM}],
    ],
    ids=str,
)
def test_every_form_of_a_state_is_the_same(tmp_path: Path, content: Any) -> None:
    assert states_by_stream(read_state_file(written(tmp_path, content)))["groups"] == STATE


@pytest.mark.parametrize("content", [[], {}])
def test_no_state(tmp_path: Path, content: Any) -> None:
    assert read_state_file(written(tmp_path, content)) == []
    assert read_state_file(None) == []


def printed(*lines: Any) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def state_line(stream_state: Any) -> dict[str, Any]:
    stream = {**STREAM, "stream_state": stream_state}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": stream}}


LOG = {"type": "LOG", "log": {"level": "INFO", "message": 'a word about "STATE" lines'}}


@pytest.mark.parametrize(
    "lines",
    [
        printed(LOG, state_line({"updated_at": "2020-01-01T00:00:00Z"}), state_line(STATE), LOG),
        printed(state_line(STATE), LOG).rstrip(),
        printed(LOG, state_line(STATE)) + printed(state_line({"updated_at": "x"}))[:-8],
        # Runs one after another, the first of them killed.
        printed(LOG) + printed(state_line({}))[:40] + "\n" + printed(LOG, state_line(STATE)),
    ],
)
def test_the_output_of_runs_is_a_state(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(lines)
    assert states_by_stream(read_state_file(str(path))) == {"groups": STATE}


@pytest.mark.parametrize(
    "lines",
    [
        printed(LOG, LOG),
        printed(LOG, LOG) + printed(state_line(STATE))[:60],
        printed(LOG) + '{"type": "STATE"}}\n',
        printed(LOG, state_line([])),
    ],
    ids=["no state", "half a state", "not JSON", "another shape"],
)
def test_output_without_a_state_does_not_begin_anew(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(lines)
    with pytest.raises(ConnectorError) as caught:
        read_state_file(str(path))
    assert caught.value.failure is Failure.CONFIG


@pytest.mark.parametrize("state", [[], 5, "x", [STATE], True])
@pytest.mark.parametrize("shared", [False, True])
def test_a_state_that_is_not_an_object_is_not_taken_for_an_empty_one(
    tmp_path: Path, state: Any, shared: bool
) -> None:
    """It would begin a history anew, silently."""
    stream = {**STREAM, "stream_state": state}
    item = {"global": {"stream_states": [stream]}} if shared else {"stream": stream}
    with pytest.raises(ConnectorError) as caught:
        read_state_file(written(tmp_path, [item]))
    assert caught.value.failure is Failure.CONFIG
    assert "--state" in caught.value.about


@pytest.mark.parametrize("read", [read_config_file, read_catalog_file, read_state_file])
@pytest.mark.parametrize("content", [3, "x", None, True])
def test_another_shape(tmp_path: Path, read: Any, content: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        read(written(tmp_path, content))
    assert caught.value.failure is Failure.CONFIG


CATALOG = {
    "type": "CATALOG",
    "catalog": {
        "streams": [
            {
                "name": "groups",
                "json_schema": {},
                "supported_sync_modes": ["full_refresh", "incremental"],
                "default_cursor_field": ["updated_at"],
                "source_defined_primary_key": [["id"]],
            },
            {"name": "tags", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
        ]
    },
}


def test_the_output_of_discover_is_a_catalog_of_all_its_streams(tmp_path: Path) -> None:
    path = tmp_path / "catalog.jsonl"
    path.write_text(printed(LOG, CATALOG))
    groups, tags = read_catalog_file(str(path))
    assert (groups.name, groups.sync_mode) == ("groups", "incremental")
    assert (tags.name, tags.sync_mode) == ("tags", "full_refresh")


def test_a_discover_that_failed_is_not_a_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.jsonl"
    path.write_text(printed(LOG, LOG))
    with pytest.raises(ConnectorError) as caught:
        read_catalog_file(str(path))
    assert caught.value.failure is Failure.CONFIG
    assert "--catalog" in caught.value.about


@contextmanager
def piped(text: str) -> Iterator[str]:
    """A shell turns `<(command)` into a path whose bytes can be read once."""
    reader, writer = os.pipe()
    try:
        os.write(writer, text.encode())
        os.close(writer)
        yield f"/dev/fd/{reader}"
    finally:
        os.close(reader)


def test_a_pipe_is_a_config() -> None:
    with piped(json.dumps({"subdomain": "acme"}, indent=1)) as path:
        assert read_config_file(path) == {"subdomain": "acme"}


@pytest.mark.parametrize(
    "text", [printed(LOG, CATALOG), json.dumps({"streams": []}, indent=1), '{"streams": []}']
)
def test_a_pipe_is_a_catalog(tmp_path: Path, text: str) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(text)
    with piped(text) as pipe:
        assert read_catalog_file(pipe) == read_catalog_file(str(path))


@pytest.mark.parametrize("read", [read_state_file, read_output_file])
@pytest.mark.parametrize(
    "text",
    [
        printed(LOG, state_line(STATE), LOG),
        printed(state_line(STATE)),
        json.dumps([{"type": "STREAM", "stream": STREAM}]),
        json.dumps({"groups": STATE}, indent=1),
    ],
)
def test_a_pipe_is_a_state(read: Any, text: str) -> None:
    with piped(text) as path:
        assert states_by_stream(read(path)) == {"groups": STATE}


def test_a_pipe_without_a_byte_is_a_run_without_a_state_and_no_state_file() -> None:
    with piped("") as path:
        assert read_output_file(path) == []
    with piped("") as path, pytest.raises(ConnectorError):
        read_state_file(path)


def row_of(**more: Any) -> dict[str, Any]:
    stream = {"name": "tags", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    row = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    return {**row, **more, "stream": {**stream, **more.get("stream", {})}}


@pytest.mark.parametrize(
    "more",
    [
        {"destination_sync_mode": "overwrite_dedup"},
        {"destination_sync_mode": "to_come"},
        {"destination_sync_mode": None},
        {"stream": {"supported_sync_modes": ["full_refresh", "to_come"]}},
        {"generation_id": "5", "sync_id": None, "primary_key": ["id"], "cursor_field": "id"},
        {"stream": {"default_cursor_field": "id", "source_defined_primary_key": ["id"]}},
        {"include_files": None, "stream": {"is_resumable": "yes", "to_come": {}}},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["full_refresh", "incremental"])
def test_fields_for_destinations_may_be_anything(
    tmp_path: Path, more: dict[str, Any], mode: str
) -> None:
    catalog = {"streams": [row_of(**more, sync_mode=mode), row_of()]}
    rows = read_catalog_file(written(tmp_path, catalog))
    assert [row.sync_mode for row in rows] == [mode, "full_refresh"]
    assert [row.name for row in rows] == ["tags", "tags"]


@pytest.mark.parametrize("mode", ["to_come", None, 5])
def test_a_sync_mode_that_is_not_known_is_refused(tmp_path: Path, mode: Any) -> None:
    with pytest.raises(ConnectorError, match="not a configured catalog") as caught:
        read_catalog_file(written(tmp_path, {"streams": [row_of(sync_mode=mode)]}))
    assert caught.value.failure is Failure.CONFIG


def test_files_are_asked_for_by_the_row(tmp_path: Path) -> None:
    catalog = {"streams": [row_of(include_files=True), row_of(include_files=False)]}
    rows = read_catalog_file(written(tmp_path, catalog))
    assert [row.include_files for row in rows] == [True, False]
