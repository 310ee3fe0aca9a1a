"""Which engine begins a first sync: what finishes sooner, where the export closes the gap."""

from __future__ import annotations

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.walks.first_engine import WORTH_MIN, choose_first_engine
from source_zendesk_support.zendesk.endpoints import ACCOUNT, ENDPOINT_LIMITS

TICKETS, USERS = "incremental/tickets/cursor", "incremental/users/cursor"
ALL = tuple(STREAMS.values())


def limits(per_minute: int) -> dict[str, int]:
    return {**ENDPOINT_LIMITS, ACCOUNT: per_minute}


def test_lists_read_the_tickets_of_a_large_account_while_events_have_the_exports() -> None:
    found = choose_first_engine(ALL, {"tickets": 1_000_000, "users": 100_000}, limits(630))
    assert found.by_lists == {TICKETS}
    assert found.exports_min == pytest.approx(200, abs=1), "tickets and at least as many events"
    assert found.chosen_min == pytest.approx(100, abs=1)


def test_a_small_account_costs_fewer_requests_with_exports() -> None:
    few = int(WORTH_MIN * 10_000) - 2000  # minutes at ten pages a minute
    assert choose_first_engine(ALL, {"tickets": few}, limits(630)).by_lists == frozenset()


@pytest.mark.parametrize("counts", [{}, {"users": 5}])
def test_without_counts_exports_are_read(counts: dict[str, int]) -> None:
    assert choose_first_engine(ALL, counts, limits(630)).by_lists == frozenset()


def test_a_small_budget_is_better_spent_on_exports() -> None:
    """At 50 requests a minute lists bring 5,000 tickets, exports 10,000."""
    alone = (STREAMS["tickets"],)
    assert not choose_first_engine(alone, {"tickets": 1_000_000}, limits(50)).by_lists
    assert choose_first_engine(alone, {"tickets": 1_000_000}, limits(180)).by_lists == {TICKETS}


def test_deleted_tickets_come_from_the_export_alone() -> None:
    counts = {"tickets": 1_000_000}
    found = choose_first_engine(ALL, counts, limits(630), with_deleted=True)
    assert TICKETS not in found.by_lists


def test_users_have_a_bucket_of_their_own() -> None:
    users = (STREAMS["users"],)
    assert choose_first_engine(users, {"users": 900_000}, limits(630)).by_lists == {USERS}
    assert not choose_first_engine(users, {"users": 900_000}, limits(180)).by_lists


def test_only_what_its_export_makes_up_for_may_begin_with_lists() -> None:
    counts = {"tickets": 9_000_000, "users": 9_000_000, "organizations": 9_000_000}
    assert choose_first_engine(ALL, counts, limits(2250)).by_lists <= {TICKETS, USERS}
