"""The API budget against an account with limits: paced, polite to others, visible, and spent."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.zendesk.endpoints import ACCOUNT
from test_support.connector.account_time import Account, TimedOutput, spent_share, too_early
from test_support.connector.account_truth import COMPARED, expect_equal
from test_support.connector.process import Destination

# Few records of one second, so that small pages make many requests.
MANY_PAGES = {"cluster": 3}
EXPORTS = (
    "tickets",
    "ticket_metrics",
    "organizations",
    *(name for name, row in STREAMS.items() if row.resource.path == "incremental/ticket_events"),
    "calls",
    "call_legs",
    "skill_assignments",
    # Its parents are the tickets of the export.
    "conversation_log",
    # Their walk ends with the exports of their records.
    *(name for name, row in STREAMS.items() if row.resource.path == "custom_objects"),
)
LISTS = ("groups", "group_memberships", "ticket_fields", "tags", "brands")


def expect_whole(account: Account, output: TimedOutput, catalog: dict[str, Any]) -> None:
    assert output.code == 0, output.error
    destination = Destination(catalog)
    destination.take(output)
    expect_equal(account.emulator, destination)


def test_alone_a_sync_meets_no_429_and_spends_the_bucket_that_binds_it() -> None:
    with Account("tiny", **MANY_PAGES) as account:
        catalog = account.catalog()
        output = account.read(catalog, page_size=5)
        expect_whole(account, output, catalog)
        assert account.statuses()["429"] == 0
        exports = account.in_bucket("incremental-exports")
        assert len(exports) > 30
        assert spent_share(exports, 10) >= 0.95
        gaps = [b.at_s - a.at_s for a, b in pairwise(exports)]
        assert max(gaps) < 12, "the waiting is spread, not one long standstill"
        assert "The bucket incremental-exports bound this sync." in output.log


def test_exports_with_a_limit_of_their_own_hold_up_no_other() -> None:
    """With High Volume the others have thirty a minute; objects and Talk still have ten each."""
    with Account("tiny", high_volume=True, **MANY_PAGES) as account:
        catalog = account.catalog("tickets", "custom_object_records", "calls", "webhooks", "groups")
        output = account.read(catalog, page_size=1)
        expect_whole(account, output, catalog)
        assert account.statuses()["429"] == 0
        assert len(account.sent("incremental/custom_objects")) > 10
        tickets = account.sent("tickets/cursor")
        # In the books objects leave room among the thirty, at most their own ten.
        assert spent_share(tickets, 20) >= 0.95


def test_a_429_of_an_endpoint_without_a_bucket_stops_that_one_alone() -> None:
    """Its headers say that the account has room.

    See docs/facts/zendesk-api.md#1.4: "conditional" limits.
    """
    with Account("tiny") as account:
        headers = {"x-rate-limit": "700", "x-rate-limit-remaining": "650", "Retry-After": "49"}
        account.fault("ticket_metric_events", status=429, count=1, headers=headers)
        catalog = account.catalog("ticket_metric_events", "tickets", *LISTS)
        output = account.read(catalog)
        assert output.code == 0, output.error
        first = account.answers[0].at_s
        refused, *tries = account.sent("ticket_metric_events")
        assert refused.status == 429
        assert min(entry.at_s for entry in tries) >= refused.free_at_s - 1e-3
        others = [e for e in account.sent() if "ticket_metric_events" not in e.path]
        assert max(entry.at_s for entry in others) < first + 5


@pytest.mark.parametrize("percent", [100, 90, 50])
def test_the_account_itself_may_be_what_binds(percent: int) -> None:
    with Account("tiny", account_limit=40, **MANY_PAGES) as account:
        # None of these has a small bucket of its own, which would bind the last of them instead.
        catalog = account.catalog(*LISTS, "ticket_metric_events", "satisfaction_ratings")
        output = account.read(catalog, page_size=2, api_usage_percent=percent)
        assert output.code == 0, output.error
        assert account.statuses()["429"] == 0
        log = account.in_bucket(ACCOUNT)
        assert spent_share(log, 40 * percent / 100) >= 0.95
        busiest = max(
            sum(1 for e in log if begin <= e.at_s < begin + 60) for begin in (e.at_s for e in log)
        )
        assert busiest <= 40 * percent / 100, "the rest is left to people and other integrations"
        assert "The bucket account bound this sync." in output.log


def test_exports_that_wait_stop_no_stream_that_has_quota() -> None:
    with Account("tiny", **MANY_PAGES) as account:
        output = account.read(account.catalog(), page_size=5, num_workers=1)
        assert output.code == 0, output.error
        ended = {
            trace["stream_status"]["stream_descriptor"]["name"]: at_s
            for trace, at_s in _traces(output)
            if trace.get("stream_status", {}).get("status") == "COMPLETE"
        }
        assert ended["ticket_events"] > 60
        others = [name for name in COMPARED if name not in EXPORTS]
        # A walk whose thread starts last may see the first wait of the exports pass.
        assert {name: ended[name] for name in others if ended[name] > 20} == {}


def _traces(output: TimedOutput) -> list[tuple[dict[str, Any], float]]:
    pairs = zip(output.messages, output.at_s, strict=True)
    return [(message["trace"], at_s) for message, at_s in pairs if message["type"] == "TRACE"]


@pytest.mark.parametrize("used", [3, 7, 9, 10])
def test_it_starts_from_what_others_have_left(used: int) -> None:
    """The limit is unknown before the first answer; from then on nothing is refused."""
    with Account("tiny", **MANY_PAGES) as account:
        catalog = account.catalog("tickets")
        _use_up(account, used)
        output = account.read(catalog, page_size=5)
        assert output.code == 0, output.error
        assert account.statuses()["429"] == (1 if used == 10 else 0)
        ours = account.sent("tickets/cursor")
        in_their_minute = [e for e in ours if e.at_s < ours[0].at_s + 60]
        assert sum(e.status == 200 for e in in_their_minute) <= 10 - used


def _use_up(account: Account, count: int) -> None:
    for _ in range(count):
        account.emulator.site.limits.spend("/api/v2/incremental/organizations")


def test_a_noisy_neighbour_is_yielded_to_and_nothing_is_hammered() -> None:
    """Another client takes half of every minute, unevenly: five requests at once when it begins."""
    with Account("tiny", **MANY_PAGES) as account:
        for minute in range(60):
            account.time.meanwhile.append((60.0 * minute + 20, lambda: _use_up(account, 5)))
        catalog = account.catalog()
        output = account.read(catalog, page_size=5)
        expect_whole(account, output, catalog)
        for bucket in ("incremental-exports", "incremental-exports-cursor"):
            assert too_early(account.in_bucket(bucket)) == []
        exports = account.in_bucket("incremental-exports")
        # Others have left five a minute, and some of the tries are refused.
        assert account.statuses()["429"] <= len(exports) / 5
        assert spent_share([e for e in exports if e.status == 200], 5) >= 0.8


@pytest.mark.parametrize("retry_after", ["7", "2.5", "45"])
def test_nothing_of_a_bucket_goes_out_before_retry_after_has_passed(retry_after: str) -> None:
    """A "conditional" 429: the counters say that there is room (docs/facts/zendesk-api.md#1.4)."""
    with Account("tiny", limits=False, **MANY_PAGES) as account:
        account.fault("incremental/(tickets|org|ticket_e)", status=429, count=6, skip=3,
                      headers={"Retry-After": retry_after})  # fmt: skip
        catalog = account.catalog()
        output = account.read(catalog, page_size=20)
        expect_whole(account, output, catalog)
        exports = account.in_bucket("incremental-exports")
        assert sum(e.status == 429 for e in exports) == 6
        assert too_early(exports) == []
        assert all(e.at_s == exports[0].at_s for e in account.sent("groups")), "others continue"


def test_waiting_is_visible() -> None:
    with Account("tiny", **MANY_PAGES) as account:
        catalog = account.catalog("tickets", "ticket_metrics")
        _use_up(account, 10)
        output = account.read(catalog, page_size=20)
        assert output.code == 0, output.error
        assert output.longest_silence_s <= 60
        who = "tickets, ticket_metrics (GET incremental/tickets/cursor)"
        assert f"{who} waits 60 s for the bucket incremental-exports." in output.log
        for stream in ("tickets", "ticket_metrics"):
            resets = output.rate_limited(stream)
            begun_s = account.sent()[0].at_s
            assert [round(reset / 1000 - begun_s) for reset in resets][:2] == [60, 60]
            assert output.statuses(stream)[0] == "STARTED"
            assert output.statuses(stream)[-1] == "COMPLETE"
            after = [t["stream_status"] for t, _ in _traces(output) if t["type"] == "STREAM_STATUS"]
            last = [
                status
                for status in after
                if status["stream_descriptor"]["name"] == stream and status["status"] == "RUNNING"
            ][-1]
            assert not last.get("reasons"), "when it continues, that is said too"


def test_two_hours_of_429_are_never_silent_and_then_given_up() -> None:
    with Account("tiny", limits=False) as account:
        account.fault("tickets/cursor", status=429, headers={"Retry-After": "7200"})
        output = account.read(account.catalog("tickets", "groups"))
        assert output.longest_silence_s <= 60
        assert 7200 <= account.time.passed_s <= 7200 + 700
        assert [error["failure_type"] for error in output.errors] == ["transient_error"]
        assert output.statuses("groups")[-1] == "COMPLETE"
        assert "too long: waiting 600 s" in output.log


def test_patience_with_rate_limits_can_be_set() -> None:
    with Account("tiny", limits=False) as account:
        account.fault("tickets/cursor", status=429, headers={"Retry-After": "20"})
        account.read(account.catalog("tickets"), rate_limit_patience_seconds=100)
        assert 100 <= account.time.passed_s <= 160


ESTIMATED = ("tickets", "ticket_metrics", "users", "organizations", "groups", "ticket_fields",
             "tags", "satisfaction_ratings")  # fmt: skip


def test_a_first_read_begins_with_estimates_and_a_later_one_says_nothing_it_cannot_know() -> None:
    with Account("tiny") as account:
        catalog = account.catalog()
        output = account.read(catalog)
        estimates = {
            trace["estimate"]["name"]: trace["estimate"]
            for trace, _ in _traces(output)
            if trace["type"] == "ESTIMATE"
        }
        assert set(estimates) == set(ESTIMATED)
        assert all(estimate["type"] == "STREAM" for estimate in estimates.values())
        for name in ("users", "organizations", "groups", "ticket_fields", "tags"):
            assert estimates[name]["row_estimate"] <= output.counts()[name]
            assert estimates[name]["row_estimate"] >= 0.8 * output.counts()[name]
        for name, estimate in estimates.items():
            sizes = [len(orjson.dumps(r["data"])) for r in output.records if r["stream"] == name]
            mean = sum(sizes) / len(sizes)
            # A platform fails on an estimate without it.
            assert 0.5 * mean <= estimate["byte_estimate"] / estimate["row_estimate"] <= 2 * mean
        asked = [entry.path for entry in account.sent("/count")]
        assert len(asked) == len(set(asked)), "two streams of one walk ask once"
        begun: set[str] = set()
        for message in output.messages:
            if message["type"] == "RECORD":
                begun.add(message["record"]["stream"])
            elif "estimate" in message.get("trace", {}):
                assert message["trace"]["estimate"]["name"] not in begun, "it comes before records"

        destination = Destination(catalog)
        destination.take(output)
        again = account.read(catalog, destination.states())
        told_again = [t["estimate"]["name"] for t, _ in _traces(again) if t["type"] == "ESTIMATE"]
        assert told_again == ["tags"], "it alone is read whole each time"


def test_a_count_that_is_refused_fails_nothing() -> None:
    with Account("tiny") as account:
        account.fault("/count$", status=500)
        output = account.read(account.catalog("groups", "users"))
        assert output.code == 0, output.error
        assert [t for t, _ in _traces(output) if t["type"] == "ESTIMATE"] == []
        assert len(account.sent("/count")) == 2


def test_the_summary_says_what_it_cost() -> None:
    with Account("tiny", **MANY_PAGES) as account:
        account.fault("/groups$", status=500, count=2)
        output = account.read(account.catalog("tickets", "groups"), page_size=5)
        summary = output.of("LOG")[-1]["message"]
        assert f"tickets {output.counts()['tickets']} records: " in summary
        groups = next(line for line in summary.splitlines() if line.strip().startswith("groups"))
        asked = len(account.sent("groups"))
        assert f"{asked} requests, 2 of them tried again, " in groups
        assert "bucket incremental-exports: " in summary
        assert "% of 10 a minute" in summary
        assert "s were waited after faults." in summary


def test_two_connectors_on_one_account_both_finish() -> None:
    import threading  # noqa: PLC0415

    with Account("tiny", **MANY_PAGES) as account:
        catalog = account.catalog()
        outputs: list[TimedOutput] = []
        threads = [
            threading.Thread(target=lambda: outputs.append(account.read(catalog, page_size=5)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
            assert not thread.is_alive()
        for output in outputs:
            expect_whole(account, output, catalog)
            assert output.longest_silence_s <= 60
        exports = account.in_bucket("incremental-exports")
        # The requests of one while the other waits look the same here, but few are refused.
        assert sum(entry.status == 429 for entry in exports) <= len(exports) / 4
        served = [entry for entry in exports if entry.status == 200]
        assert spent_share(served, 10) >= 0.9
