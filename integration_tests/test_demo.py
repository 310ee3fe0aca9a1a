"""`make demo` ends well: every stream in its table, and every table equal to the account."""

import subprocess
import sys
from pathlib import Path

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
    equal = {line.split()[0] for line in lines if line.endswith("  equal")}
    assert {"tickets", "ticket_comments", "users", "satisfaction_ratings"} < equal
    assert f"this demo reads {len(equal)} of them" in done.stdout
    assert max(map(len, lines)) <= 100
