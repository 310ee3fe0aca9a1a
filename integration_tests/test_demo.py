"""`make demo` ends well: every stream in its table, and every table equal to the account."""

import subprocess
import sys
from pathlib import Path

from source_zendesk_support.streams.table import STREAMS

ROOT = Path(__file__).parents[1]


def test_demo_finds_the_destination_equal_to_the_account() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "demo" / "demo.py", "--size", "tiny"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.endswith("  equal")] == list(STREAMS)
    assert max(map(len, lines)) <= 100
