"""Whether samples and windows of large streams find what differs, and nothing else."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.verify import checks, windows
from source_zendesk_support.verify.json_lines import read_files
from test_support.local.planted import (
    PLANTED_IN_LARGE,
    PLANTED_IN_LISTS,
    PLANTED_IN_WINDOWS,
    Planted,
    not_found,
)
from test_support.local.verdicts import planted_file, verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from test_support.local.synced import Synced


@pytest.mark.parametrize("it", [*PLANTED_IN_LARGE, *PLANTED_IN_WINDOWS, *PLANTED_IN_LISTS], ids=str)
def test_samples_find_what_is_in_them(
    large: Synced,
    it: Planted,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if it not in PLANTED_IN_LARGE:
        monkeypatch.setattr(checks, "MOST_PAGES", 0)
    file, key = planted_file(large, it, tmp_path)
    code = large.verify("--json", "--sample", "900", "--streams", it.stream, file=file)
    (found,) = verdicts(capsys)["streams"]
    assert "all compared" not in found["how"]
    assert not_found({it: key}, [found]) == []
    assert len(found["missing"]) + len(found["stale"]) + len(found["extra"]) == 1
    assert code == 1


@pytest.mark.usefixtures("none_whole")
@pytest.mark.parametrize(("sample", "half"), [("8", 0), ("25", 1)])
def test_windows_are_few_and_find_nothing_in_a_clean_account(
    large: Synced,
    capsys: pytest.CaptureFixture[str],
    sample: str,
    half: int,
) -> None:
    # Half of them: of exports ten requests a minute are allowed.
    names = sorted([*windows.BY_TIME, *windows.BY_NUMBER, *windows.BY_ID])[half::2]
    before = large.emulator.requests["total"]
    code = large.verify("--json", "--sample", sample, "--streams", ",".join(names))
    found = verdicts(capsys)
    assert [it for it in found["streams"] if it["is_faulty"]] == []
    assert (code, found["requests"]) == (0, large.emulator.requests["total"] - before)
    assert found["requests"] <= found["most_requests"] <= 3 * len(names) + 6
    for it in found["streams"]:
        assert it["verdict"] == "complete"
        assert it["compared"] > 0
        assert " compared, on " in it["how"]


@pytest.mark.usefixtures("none_whole")
def test_the_newest_window_finds_what_came_last(
    large: Synced,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "ticket_metric_events"
    rows = read_files([str(large.file)]).tables[name]
    last = max(rows.values(), key=lambda row: (row["time"], row["id"]))
    lines = [line for line in large.output.lines if f'"id":{last["id"]},' not in line]
    file = tmp_path / "without the last.jsonl"
    file.write_text("\n".join(lines))
    assert large.verify("--json", "--streams", name, file=file) == 1
    (found,) = verdicts(capsys)["streams"]
    assert found["missing"] == [str(last["id"])]


@pytest.mark.usefixtures("none_whole")
@pytest.mark.parametrize("how", ["lists are read", "the export is refused"])
def test_without_the_export_metric_events_are_compared_below_tickets(
    large: Synced,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    how: str,
) -> None:
    by_lists, name = copy.copy(large), "ticket_metric_events"
    if how == "lists are read":
        config = {**large.connector.config, "engine": "lists"}
        by_lists.config = large.connector.file("lists.json", config)
    else:
        large.emulator.fault(path=f"incremental/{name}", status=403)
    try:
        before = large.emulator.requests["total"]
        assert by_lists.verify("--json", "--sample", "900", "--streams", name) == 0
        asked = large.emulator.requests["total"] - before
        verdict = verdicts(capsys)
        file = tmp_path / "without them.jsonl"
        file.write_text(
            "\n".join(it for it in large.output.lines if f'"stream":"{name}"' not in it)
        )
        assert by_lists.verify("--json", "--sample", "900", "--streams", name, file=file) == 1
        (found,) = verdicts(capsys)["streams"]
    finally:
        large.emulator.site.faults.clear()
    assert asked <= verdict["most_requests"]
    assert verdict["streams"][0]["how"].startswith("compared below ")
    assert found["missing"]


def test_samples_of_a_clean_account_have_no_difference(
    large: Synced, capsys: pytest.CaptureFixture[str]
) -> None:
    before = large.emulator.requests["total"]
    code = large.verify("--json", "--sample", "200")
    found = verdicts(capsys)
    assert [it for it in found["streams"] if it["is_faulty"]] == []
    assert (code, found["requests"]) == (0, large.emulator.requests["total"] - before)
    assert found["requests"] <= found["most_requests"]
    (tickets,) = [it for it in found["streams"] if it["stream"] == "tickets"]
    assert any(note.startswith("the search finds ") for note in tickets["notes"])
