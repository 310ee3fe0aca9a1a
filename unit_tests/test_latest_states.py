"""The last state of each stream survives several runs, and a torn line costs nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from source_zendesk_support.latest_states import latest_states, main
from source_zendesk_support.protocol.input_files import read_state_file, states_by_stream

LOG = json.dumps({"type": "LOG", "log": {"level": "INFO", "message": "begins"}}) + "\n"


def state_line(stream: str, second: int) -> str:
    part = {"stream_descriptor": {"name": stream}, "stream_state": {"updated_at": second}}
    return json.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": part}}) + "\n"


@pytest.fixture
def run(tmp_path: Path) -> str:
    path = tmp_path / "run.jsonl"
    path.write_text(
        LOG + state_line("users", 1) + state_line("users", 2) + state_line("users", 3)[:-5]
    )
    return str(path)


def test_the_last_of_each_stream_is_a_state_file(tmp_path: Path, run: str) -> None:
    before = tmp_path / "state.json"
    before.write_text(json.dumps({"groups": {"updated_at": 7}, "users": {"updated_at": 0}}))
    after = tmp_path / "state.new"
    after.write_text(json.dumps(latest_states([str(before), run])))
    assert states_by_stream(read_state_file(str(after))) == {
        "groups": {"updated_at": 7},
        "users": {"updated_at": 2},
    }
    assert latest_states([str(after), str(after)]) == latest_states([str(after)])


@pytest.mark.parametrize("printed", ["", LOG, LOG + LOG], ids=["nothing", "a line", "lines"])
def test_a_run_without_a_state_leaves_those_before(tmp_path: Path, run: str, printed: str) -> None:
    failed = tmp_path / "failed.jsonl"
    failed.write_text(printed)
    assert latest_states([str(failed)]) == []
    assert latest_states([run, str(failed)]) == latest_states([run])


def test_a_state_that_is_of_no_use_prints_no_state_file(
    tmp_path: Path, run: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[Any]
) -> None:
    damaged = tmp_path / "state.json"
    damaged.write_text('[{"type":')
    monkeypatch.setattr("sys.argv", ["latest_states", str(damaged), run])
    assert main() == 1
    printed = capsys.readouterr()
    assert not printed.out
    assert "--state" in printed.err
