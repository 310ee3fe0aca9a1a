"""Child streams: the bound on their lateness, their cost, and their refusals."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.config.config import DEFAULT_NUM_WORKERS
from source_zendesk_support.streams.walks.stream_read import ALL_REFUSED
from source_zendesk_support.zendesk.endpoints import HELP_CENTER
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.account_time import Account, spent_share
from test_support.connector.account_truth import COMPARED
from test_support.connector.process import Destination, InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zendesk_emulator.api.exchange import Request
    from zendesk_emulator.server.site import Served

# Found by the counters of the parent, or from the parent's own page, with the very next sync. Votes
# that cancel out in the counters are the exception of docs/delivery.md: these changes have none.
AT_ONCE = ("articles", "posts", "ticket_field_options", "schedule_holidays", "custom_object_fields")
SWEPT = tuple(name for name in COMPARED if name.startswith(("article_", "post_")))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=7, clock_at=CLOCK, limits=False) as made:
        yield made


def differences(emulator: Emulator, destination: Destination, names: tuple[str, ...]) -> list[str]:
    return [it for name in names for it in destination.differences(name, emulator.truth(name))]


def test_children_of_unchanged_parents_are_a_sweep_late_at_most(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog(*AT_ONCE, *SWEPT)
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    for hours in (1, 1, 1):
        emulator.change("mix", count=80, seed=hours)
        emulator.clock.advance(hours * HOUR_S)
        destination.take(connector.read(catalog, destination.states()))
        assert differences(emulator, destination, AT_ONCE) == []
    emulator.clock.advance(24 * HOUR_S)
    destination.take(connector.read(catalog, destination.states()))
    assert differences(emulator, destination, (*AT_ONCE, *SWEPT)) == []


VOTED = tuple(name for name in SWEPT if name.endswith("votes"))
TRANSLATED = ("article_translations", "category_translations", "section_translations")


def test_votes_and_translations_come_the_same_whatever_zendesk_offers(
    tmp_path: Path, emulator: Emulator
) -> None:
    """One list and a sideload, neither of them, and both again: the account each time."""
    connector = InProcess(tmp_path, emulator.base_url, help_center_sweep_hours=0)
    catalog = connector.catalog(*VOTED, *TRANSLATED)
    destination = Destination(catalog)
    for is_refused in (False, True, False):
        emulator.change("mix", count=60, seed=3 + is_refused)
        emulator.clock.advance(HOUR_S)
        emulator.site.faults.clear()
        if is_refused:
            emulator.fault(path="/help_center/votes$", status=403, body={"error": "Forbidden"})
        emulator.site.log.reset()
        output = connector.read(catalog, destination.states())
        assert (output.code, output.errors) == (0, [])
        destination.take(output)
        assert differences(emulator, destination, (*VOTED, *TRANSLATED)) == []
        asked = emulator.site.log.by_path
        assert asked["/api/v2/help_center/votes"] >= 1
        below = [path for path in asked if re.search(r"/(articles|posts)/.*/votes$", path)]
        assert bool(below) == is_refused
        assert ("Zendesk does not give help_center/votes" in output.logs) == is_refused


def test_merges_are_found_below_the_organizations_that_changed(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("organizations", "organization_merges")
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    for merged in (0, 2):
        emulator.change("merge_organizations", count=merged)
        emulator.clock.advance(HOUR_S)
        emulator.site.log.reset()
        destination.take(connector.read(catalog, destination.states()))
        assert (
            destination.differences("organization_merges", emulator.truth("organization_merges"))
            == []
        )
        asked = [path for path in emulator.site.log.by_path if path.endswith("/merges")]
        assert len(asked) == merged, "below those that stayed"


@pytest.mark.parametrize("workers", [1, 4])
def test_children_of_several_parents_are_asked_for_at_the_same_time(
    tmp_path: Path, emulator: Emulator, workers: int
) -> None:
    """The first answers wait for each other: none comes unless as many are under way."""
    serve, lock, together = emulator.site.serve, threading.Lock(), threading.Barrier(workers)
    came = under_way = most = 0

    def counted(request: Request) -> Served:
        nonlocal came, under_way, most
        if not request.path.endswith("/comments"):
            return serve(request)
        with lock:
            came, under_way = came + 1, under_way + 1
            most, is_first = max(most, under_way), came <= workers
        if is_first:
            together.wait(timeout=60)
        served = serve(request)
        with lock:
            under_way -= 1
        return served

    emulator.site.serve = counted  # type: ignore[method-assign]
    connector = InProcess(tmp_path, emulator.base_url, num_workers=workers)
    catalog = connector.catalog("article_comments")
    destination = Destination(catalog)
    output = connector.read(catalog)
    assert output.code == 0
    destination.take(output)
    assert most == workers
    assert differences(emulator, destination, ("article_comments",)) == []


def test_asking_ahead_spends_no_more_than_the_account_allows() -> None:
    with Account("tiny", account_limit=40, articles=60) as account:
        names = ("article_comments", "article_attachments", "article_subscriptions")
        catalog = account.catalog(*names)
        output = account.read(catalog, num_workers=10)
        assert output.code == 0, output.error
        assert account.statuses()["429"] == 0
        log = account.in_bucket(HELP_CENTER)
        assert len(log) > 3 * 36
        assert spent_share(log, 36) >= 0.95, "nine tenths of it are ours"
        busiest = max(
            sum(1 for e in log if begin <= e.at_s < begin + 60) for begin in (e.at_s for e in log)
        )
        assert busiest <= 36
        assert output.longest_silence_s <= 60


def test_refused_parents_are_counted_and_named(tmp_path: Path, emulator: Emulator) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    emulator.fault(path="side_conversations/events$", status=403)  # so each ticket is asked
    output = connector.read(connector.catalog("side_conversations"))
    assert output.code == 0
    assert output.statuses("side_conversations")[-1] == "COMPLETE"
    warnings = [line["message"] for line in output.of("LOG") if line["level"] == "WARN"]
    assert [line for line in warnings if "side_conversations" in line and "refused" in line]


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("kind", ["plan", "missing"])
def test_an_add_on_that_is_not_booked_costs_no_request_for_each_ticket(
    tmp_path: Path, kind: str, skip: bool
) -> None:
    names = ("side_conversations", "tickets")
    with Emulator(size="tiny", tickets=200, seed=7, clock_at=CLOCK, limits=False) as emulator:
        emulator.site.refusals.add("/api/v2/tickets/", kind)
        connector = InProcess(tmp_path, emulator.base_url, skip_unavailable_streams=skip)
        output = connector.read(connector.catalog(*names))
        asked = [path for path in emulator.requests["by_path"] if "side_conversations" in path]
        tickets = len(emulator.truth("tickets").must)
    assert ALL_REFUSED <= len(asked) <= ALL_REFUSED + DEFAULT_NUM_WORKERS
    assert tickets > 2 * ALL_REFUSED
    assert output.counts() == {"tickets": tickets}
    assert output.statuses("tickets")[-1] == "COMPLETE"
    ending = output.statuses("side_conversations")
    assert ending[-1] == ("COMPLETE" if skip else "INCOMPLETE")
    assert len([it for it in ending if it in {"COMPLETE", "INCOMPLETE"}]) == 1
    text = output.logs if skip else "".join(error["message"] for error in output.errors)
    assert "side_conversations" in text
    assert "add-on" in text
    # Its state stays as it was: there is none, and a sync after the booking reads all.
    described = [state["stream"]["stream_descriptor"]["name"] for state in output.states]
    assert set(described) == {"tickets"}


@pytest.mark.parametrize("skip", [False, True])
def test_a_stream_that_has_ended_says_nothing_while_its_walk_waits(skip: bool) -> None:
    with Account("tiny", posts=400, seed=1, limits=False) as account:
        account.fault(path=r"/votes$", status=403, body={"error": "Forbidden"})
        waits = {"status": 429, "headers": {"Retry-After": "6"}, "count": 1, "skip": 260}
        account.fault(path=r"posts/\d+/comments", **waits)
        catalog = account.catalog("posts", "post_comments", "post_votes")
        output = account.read(catalog, skip_unavailable_streams=skip)
    assert output.statuses("post_comments").count("RUNNING") == 3, "it waited, and continued"
    assert output.statuses("post_votes") == ["STARTED", "COMPLETE" if skip else "INCOMPLETE"]


def test_an_add_on_that_is_not_booked_costs_one_page_of_the_export(tmp_path: Path) -> None:
    with Emulator(size="tiny", tickets=400, seed=7, clock_at=CLOCK, limits=False) as emulator:
        emulator.site.refusals.add("/api/v2/tickets/", "plan")
        connector = InProcess(tmp_path, emulator.base_url, skip_unavailable_streams=True)
        catalog = connector.catalog("side_conversations")
        for _ in range(2):  # it has no state, and begins anew each time
            emulator.site.log.reset()
            output = connector.read(catalog)
            assert output.code == 0
            exports = emulator.site.log.by_path["/api/v2/incremental/tickets/cursor"]
            assert exports == 1


@pytest.mark.parametrize("kind", ["plan", "scope", "missing"])
def test_a_permission_that_is_missing_after_a_take_over_shows_and_loses_nothing(
    tmp_path: Path, emulator: Emulator, kind: str
) -> None:
    """Fewer tickets have changed than show at once that all are refused."""
    changed = sorted(it["generated_timestamp"] for it in emulator.truth("tickets").must)[-30:]
    published = {
        "use_global_cursor": False,
        "states": [],
        "state": {"updated_at": "2026-01-01T00:00:00Z"},
        "lookback_window": 0,
        "parent_state": {"tickets": {"generated_timestamp": str(changed[0])}},
    }
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("side_conversations")
    descriptor = {"name": "side_conversations"}
    stream = {"stream_descriptor": descriptor, "stream_state": published}
    state = [{"type": "STREAM", "stream": stream}]
    granted = connector.read(catalog, state)
    assert granted.counts()["side_conversations"] > 1

    emulator.site.refusals.add("/api/v2/tickets/", kind)
    for _ in range(2):
        output = connector.read(catalog, state)
        assert output.code == 1
        assert output.statuses("side_conversations") == ["STARTED", "INCOMPLETE"]
        (error,) = [it for it in output.errors if it.get("stream_descriptor")]
        assert error["failure_type"] == "config_error"
    emulator.site.refusals.clear()
    destination = Destination(catalog)
    destination.take(output)
    later = connector.read(catalog, destination.states())
    assert {it["data"]["id"] for it in later.records} == {
        it["data"]["id"] for it in granted.records
    }
