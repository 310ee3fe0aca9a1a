"""The verdicts of a verification, and a file with a difference for it to find."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from source_zendesk_support.verify.json_lines import read_files

from .planted import plant_in_rows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from .planted import Planted
    from .synced import Synced


def verdicts(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def planted_file(synced: Synced, it: Planted, folder: Path) -> tuple[Path, str]:
    """Return a file of what was read, with a difference, and the key that has it."""
    held = read_files([str(synced.file)])
    rows = copy.deepcopy(held.tables[it.stream])
    key = plant_in_rows(it, rows)
    names = {it.stream, *parents_of(it.stream)}
    lines = [line for line in synced.output.lines if not line.startswith('{"type":"RECORD"')]
    lines += [
        json.dumps({"type": "RECORD", "record": {"stream": name, "data": row}})
        for name in names
        for row in (rows if name == it.stream else held.tables[name]).values()
    ]
    file = folder / "planted.jsonl"
    file.write_text("\n".join(lines))
    return file, key


def parents_of(stream: str) -> set[str]:
    """The streams that a comparison looks into beside its own."""
    return {"articles", "posts", "tickets", "users"} - {stream}
