"""Clocks that are wrong by minutes and by days, and start dates that only one clock puts ahead.

Each test compares the destination with the account.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from test_support.clock import CLOCK
from test_support.connector.account_time import Account
from test_support.connector.account_truth import deleted, expect_equal
from test_support.connector.faulty_reads import instant
from test_support.connector.process import Destination


@pytest.mark.parametrize("skew_s", [-600.0, 600.0])
def test_a_clock_that_is_ten_minutes_wrong_loses_nothing(skew_s: float) -> None:
    with Account("tiny", limits=False, skew_s=skew_s) as account:
        catalog = account.catalog()
        destination = Destination(catalog)
        were_deleted: set[int] = set()
        for sync in range(3):
            # The latest changes are in the last minute: a position by our clock would
            # pass it or lie before it.
            output = account.read(catalog, destination.states(), page_size=50,
                                  satisfaction_ratings_lookback_days=3650)  # fmt: skip
            assert output.code == 0, output.error
            destination.take(output)
            expect_equal(account.emulator, destination, were_deleted)
            were_deleted |= deleted(account.emulator)
            account.emulator.change("mix", count=40, seed=sync)
            account.emulator.clock.advance(90)


@pytest.mark.parametrize("skew_s", [-7_200.0, 7_200.0, -3 * 86_400.0, 3 * 86_400.0])
def test_a_clock_that_is_days_wrong_delays_nothing(skew_s: float) -> None:
    """Walks that end at "now", and times ahead of it, go by Zendesk's clock."""
    with Account("tiny", limits=False) as account:
        names = ("audit_logs", "groups", "tickets", "articles")
        catalog = account.catalog(*names)
        destination = Destination(catalog)
        destination.take(account.read(catalog))
        account.skew_s = account.time.skew_s = skew_s
        for seed in range(2):
            account.emulator.change("new_audit_log", count=2, seed=seed)
            account.emulator.change("mix", count=40, seed=seed)
            account.emulator.clock.advance(90)
            output = account.read(catalog, destination.states())
            assert output.code == 0, output.error
            assert "future" not in output.log
            destination.take(output)
            truths = {name: account.emulator.truth(name) for name in names}
            wrong = {name: destination.differences(name, it) for name, it in truths.items()}
            assert not any(wrong.values()), wrong


def test_a_start_date_that_only_our_clock_puts_ahead_is_begun_at() -> None:
    with Account("tiny", limits=False, skew_s=-3 * 86_400.0) as account:
        yesterday = CLOCK - timedelta(days=1)
        start = yesterday.strftime("%Y-%m-%dT%H:%M:%SZ")
        output = account.read(account.catalog("groups", "tickets"), start_date=start)
        assert output.code == 0, output.error
        assert output.counts()["groups"]
        assert "future" not in output.log


@pytest.mark.parametrize("skew_s", [-600.0, 600.0])
def test_a_wrong_clock_waits_no_longer_than_retry_after(skew_s: float) -> None:
    with Account("tiny", limits=False, skew_s=skew_s) as account:
        account.fault("v2/groups$", status=429, count=1,
                      headers={"Retry-After": instant(40), "Date": instant(0)})  # fmt: skip
        output = account.read(account.catalog("groups"))
        assert output.code == 0
        assert 40 <= account.time.passed_s < 42


@pytest.mark.parametrize("skew_s", [-600.0, 600.0])
def test_a_start_date_of_just_now_is_not_an_error_with_any_clock(skew_s: float) -> None:
    with Account("tiny", limits=False, skew_s=skew_s) as account:
        start = account.time.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        output = account.read(account.catalog("tickets", "users"), start_date=start)
        assert output.code == 0, output.error
