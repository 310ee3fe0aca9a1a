"""Whether a plan says what then happens: accounts of three sizes, read from the beginning."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.local.command import main
from test_support.clock import CLOCK
from test_support.local.databases import write_config
from test_support.local.synced import Synced
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

# The purposes of the requests of a first read: exports, long lists, and what is below parents.
STREAMS = (
    *("tickets", "ticket_metrics", "ticket_events", "ticket_comments", "ticket_metric_events"),
    *("ticket_audits", "users", "organizations", "organization_memberships", "group_memberships"),
    *("articles", "article_comments", "article_votes", "article_translations"),
    *("article_comment_votes", "article_attachments", "posts", "post_comments", "post_votes"),
    *("post_comment_votes", "triggers", "trigger_revisions", "schedules", "schedule_holidays"),
)
MOST_REQUESTS = 60
WITHIN = 0.25


@pytest.mark.parametrize(
    "size",
    [
        {},
        {"articles": 120, "posts": 60, "rules": 60},
        {"tickets": 2_500, "users": 400, "organizations": 300, "articles": 12},
    ],
    ids=["tiny", "much knowledge", "many tickets"],
)
def test_a_plan_is_within_a_quarter_of_what_happens(
    size: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Emulator(size="tiny", seed=4, clock_at=CLOCK, limits=False, **size) as emulator:
        synced = Synced(tmp_path, emulator, *STREAMS)
        happened = emulator.requests["total"]
        emulator.site.log.reset()
        assert main(["plan", "--config", synced.config, "--streams", ",".join(STREAMS)]) == 0
        asked = emulator.requests["total"]
    out = " ".join(capsys.readouterr().out.split())
    found = re.search(r"In all about ([\d,]+) requests", out)
    assert found, out
    planned = int(found[1].replace(",", ""))
    assert abs(planned - happened) <= WITHIN * happened, (planned, happened)
    assert asked <= MOST_REQUESTS


@pytest.mark.parametrize(("high_volume", "a_minute"), [(False, 10), (True, 30)])
def test_exports_are_planned_with_the_limit_that_the_account_has(
    high_volume: bool, a_minute: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Emulator(
        size="tiny", seed=4, clock_at=datetime.now(UTC), high_volume=high_volume
    ) as emulator:
        config = write_config(tmp_path, emulator)
        options = ["--config", str(config), "--streams", "tickets,ticket_events"]
        assert main(["plan", *options]) == 0
        assert ("incremental/organizations" in str(emulator.requests["by_path"])) == high_volume
    said = " ".join(capsys.readouterr().out.split())
    assert f"the bucket incremental-exports binds, with {a_minute} requests a minute" in said
