"""Our tables alone say who wrote what on a ticket, and how long each agent handled it.

The questions are those of docs/messaging-and-omnichannel.md.
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

from test_support.clock import CLOCK, HOUR_S
from test_support.local.databases import (
    ANSWER_S,
    LOCAL_PYTHON,
    ROOT,
    instant,
    local,
    needs_extra,
    write_config,
)
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

pytestmark = needs_extra

STREAMS = "tickets,users,ticket_comments,conversation_log,engagements"
SAID, HANDLED = re.findall(
    r"```sql\n(.*?)```", (ROOT / "docs" / "messaging-and-omnichannel.md").read_text(), re.DOTALL
)
ASK = """
import duckdb, json, sys
asked = duckdb.connect(sys.argv[1]).execute(sys.argv[2], {"ticket": int(sys.argv[3])})
names = [column[0] for column in asked.description]
print(json.dumps([dict(zip(names, row)) for row in asked.fetchall()], default=str))
"""


def answer(database: Path, question: str, ticket: int) -> list[dict[str, Any]]:
    done = subprocess.run(
        [LOCAL_PYTHON, "-c", ASK, database, question, str(ticket)],
        capture_output=True,
        text=True,
        check=True,
        timeout=ANSWER_S,
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def said(emulator: Emulator, ticket: int) -> list[tuple[datetime, str]]:
    """Return what the account has of a ticket: its log, and the comments that the log lacks."""
    log = [it for it in emulator.truth("conversation_log").must if it["ticket_id"] == ticket]
    found = [
        (instant(it["created_at"]), it["content"].get("text") or it["content"]["body"])
        for it in log
    ]
    logged = {it["reference"].rpartition(":")[2] for it in log if it["type"] == "Comment"}
    comments = [it for it in emulator.truth("ticket_comments").must if it["ticket_id"] == ticket]
    found += [
        (instant(it["created_at"]), it["body"]) for it in comments if str(it["id"]) not in logged
    ]
    return sorted(found)


def test_our_tables_tell_what_was_said_and_how_long_each_agent_took(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        # Engagements that began days before they ended come once per recheck.
        config = write_config(tmp_path, emulator, recheck_hours=0)
        tickets = {it["id"]: it for it in emulator.truth("tickets").must}
        busy = [it["ticket_id"] for it in emulator.truth("conversation_log").must]
        open_ones = [it for it in busy if tickets[it]["status"] in ("open", "pending", "hold")]
        ticket = max(open_ones, key=busy.count)
        for _ in range(2):
            for kind in ("new_message", "comment", "end_engagement"):
                emulator.change(kind, row_id=ticket)
            emulator.clock.advance(HOUR_S)
            done = local("sync", "--config", config, "--into", database, "--streams", STREAMS)
            assert done.returncode == 0, done.stderr
            rows = answer(database, SAID, ticket)
            times = [instant(row["created_at"]) for row in rows]
            assert times == sorted(times)
            assert sorted(zip(times, [row["said"] for row in rows], strict=True)) == said(
                emulator, ticket
            )
            assert {"user", "agent", "bot"} <= {row["who"] for row in rows}
            engagements = [
                it for it in emulator.truth("engagements").must if it["ticket_id"] == ticket
            ]
            users = {it["id"]: it["name"] for it in emulator.truth("users").must}
            assert sorted(
                (row["agent"], row["handled_s"]) for row in answer(database, HANDLED, ticket)
            ) == sorted(
                (
                    users[it["agent_id"]],
                    round(
                        (
                            instant(it["engagement_end_time"])
                            - instant(it["engagement_start_time"])
                        ).total_seconds()
                    ),
                )
                for it in engagements
            )
    assert len(engagements) >= 2
