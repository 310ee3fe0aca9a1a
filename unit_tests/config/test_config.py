"""Configurations and the values made of them; no value is ever quoted."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.config.config import (
    DEFAULT_HISTORY,
    DEFAULT_NUM_WORKERS,
    DEFAULT_RATING_LOOKBACK_DAYS,
    DEFAULT_RETRY_PATIENCE_S,
    Config,
    Marketplace,
    parse_config,
)
from source_zendesk_support.config.credentials import AccessTokenCredentials, ApiTokenCredentials
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from test_support.inputs.configs import ACCESS_TOKEN, API_TOKEN, NOW, parse, raw, refusal


def test_the_least_that_is_needed() -> None:
    assert parse() == Config(
        base_url="https://acme.zendesk.com",
        credentials=AccessTokenCredentials("fake-access-token"),
        start_at=datetime(2024, 3, 1, 12, 30, 15, tzinfo=UTC),
        start_is_given=False,
        num_workers=3,
        include_deleted_tickets=False,
        page_size=None,
        satisfaction_ratings_lookback_days=30,
        retry_patience_s=600,
        rate_limit_patience_s=7200,
    )
    assert NOW - timedelta(seconds=1) < parse().start_at + DEFAULT_HISTORY <= NOW


def test_everything_that_can_be_set() -> None:
    config = parse(
        credentials=API_TOKEN,
        start_date="2025-01-31T00:00:00Z",
        num_workers=40,
        include_deleted_tickets=True,
        page_size=7,
        satisfaction_ratings_lookback_days=0,
        retry_patience_seconds=0,
        base_url="http://localhost:8080",
    )
    assert config == Config(
        base_url="http://localhost:8080",
        credentials=ApiTokenCredentials("ann@example.com", "fake-api-token"),
        start_at=datetime(2025, 1, 31, tzinfo=UTC),
        num_workers=40,
        include_deleted_tickets=True,
        page_size=7,
        satisfaction_ratings_lookback_days=0,
        retry_patience_s=0,
    )


OPTIONAL = [
    *("start_date", "num_workers", "page_size", "include_deleted_tickets", "base_url"),
    *("satisfaction_ratings_lookback_days", "retry_patience_seconds"),
    "rate_limit_patience_seconds",
]


@pytest.mark.parametrize("name", OPTIONAL)
def test_null_is_as_good_as_missing(name: str) -> None:
    assert parse(**{name: None}) == parse()


@pytest.mark.parametrize(
    "unknown",
    [
        {"ignore_pagination": True},
        {"__injected_declarative_manifest": {}},
        {"ticket_search_lookback_days": 3},
        {"subscription_tier": "enterprise"},
        {"credentials": {**ACCESS_TOKEN, "odd": [1]}},
    ],
)
def test_unknown_fields_are_tolerated(unknown: dict[str, Any]) -> None:
    assert parse(**unknown) == parse()


@pytest.mark.parametrize(
    ("start_date", "start_at"),
    [
        ("2024-01-31T00:00:00Z", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31T23:59:59Z", datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC)),
        ("2024-01-31T00:00:00.000Z", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31T02:00:00+02:00", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31T00:00:00", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31 00:00:00", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("1969-12-31T00:00:00Z", datetime(1969, 12, 31, tzinfo=UTC)),
        ("2099-01-01T00:00:00Z", datetime(2099, 1, 1, tzinfo=UTC)),
    ],
)
def test_forms_of_the_start_date(start_date: str, start_at: datetime) -> None:
    config = parse(start_date=start_date)
    assert config.start_at == start_at
    assert config.start_at.tzinfo is not None


def test_an_empty_start_date_is_none() -> None:
    assert parse(start_date="") == parse()
    assert not parse().start_is_given
    assert parse(start_date="2025-01-31T00:00:00Z").start_is_given


@pytest.mark.parametrize(
    "start_date",
    [
        *("yesterday", "2024-02-30T00:00:00Z", "2024-13-01", "31.01.2024", "2024-01-31T25:00:00Z"),
        *("1700000000", " ", 1_700_000_000, 0, 1.5, True, False, [], ["2024-01-31"], {}),
    ],
)
def test_other_values_are_not_dates(start_date: Any) -> None:
    assert "`start_date`" in refusal(raw(start_date=start_date)).about


BOUNDS = [
    ("num_workers", "num_workers", 1, 40),
    ("page_size", "page_size", 1, 1000),
    ("satisfaction_ratings_lookback_days", "satisfaction_ratings_lookback_days", 0, 3650),
    ("retry_patience_seconds", "retry_patience_s", 0, 86_400),
    ("rate_limit_patience_seconds", "rate_limit_patience_s", 0, 86_400),
]


@pytest.mark.parametrize(("name", "attribute", "low", "high"), BOUNDS)
def test_whole_numbers_within_their_bounds(name: str, attribute: str, low: int, high: int) -> None:
    for value in (low, high):
        assert getattr(parse(**{name: value}), attribute) == value


@pytest.mark.parametrize(("name", "_attribute", "low", "high"), BOUNDS)
@pytest.mark.parametrize(
    "wrong",
    [*(-1, 10**9, 10**30, "3", "", 3.0, 3.5, True, False, [], [3], {}), "below", "above"],
)
def test_whole_numbers_that_are_refused(
    name: str, _attribute: str, low: int, high: int, wrong: Any
) -> None:
    value = {"below": low - 1, "above": high + 1}.get(wrong, wrong) if wrong.__hash__ else wrong
    error = refusal(raw(**{name: value}))
    assert f"`{name}`" in error.about
    assert f"{low} to {high}" in error.what


@pytest.mark.parametrize(("given_size", "bound"), [(99, 99), (100, None), (101, 101)])
def test_the_published_default_of_a_page_is_not_a_wish(given_size: int, bound: int) -> None:
    """Forms wrote it into configurations, where it stood for ticket_comments alone."""
    assert parse(page_size=given_size).page_size == bound


@pytest.mark.parametrize("wrong", ["true", "false", "", 0, 1, [], {}])
def test_a_boolean_is_true_or_false(wrong: Any) -> None:
    error = refusal(raw(include_deleted_tickets=wrong))
    assert "`include_deleted_tickets`" in error.about


@pytest.mark.parametrize("whole", [None, [], "not-a-secret", 5, True, [raw()]])
def test_a_configuration_is_an_object(whole: Any) -> None:
    refusal(whole)


def test_an_empty_object_asks_for_the_subdomain() -> None:
    assert "`subdomain`" in refusal({}).about


def test_the_configuration_cannot_be_changed() -> None:
    config = parse()
    with pytest.raises(AttributeError):
        config.num_workers = 4  # type: ignore[misc]


def test_defaults_stand_in_one_place() -> None:
    defaults = {field.name: field.default for field in fields(Config)}
    assert defaults["num_workers"] == DEFAULT_NUM_WORKERS
    assert defaults["satisfaction_ratings_lookback_days"] == DEFAULT_RATING_LOOKBACK_DAYS
    assert defaults["retry_patience_s"] == DEFAULT_RETRY_PATIENCE_S


@given(
    st.dictionaries(
        st.sampled_from(["subdomain", "credentials", "auth_method", *OPTIONAL]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(API_TOKEN),
    )
)
def test_any_json_is_a_config_or_a_refusal(whole: dict[str, Any]) -> None:
    try:
        config = parse_config(whole, now=NOW)
    except ConnectorError as error:
        assert error.failure is Failure.CONFIG  # noqa: PT017 - a valid one is as good
    else:
        assert config.base_url.startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("given_app", "app"),
    [
        (None, Marketplace()),
        ({}, Marketplace()),
        ({"name": "", "app_id": None}, Marketplace()),
        ({"name": " Acme Sync "}, Marketplace("Acme Sync")),
        (
            {"name": "A", "organization_id": "1", "app_id": "2", "odd": 3},
            Marketplace("A", "1", "2"),
        ),
    ],
)
def test_a_marketplace_app(given_app: Any, app: Marketplace) -> None:
    assert parse(marketplace=given_app).marketplace == app


@pytest.mark.parametrize("name", ["name", "organization_id", "app_id"])
@pytest.mark.parametrize("value", [5, [], "a\r\nb", "\N{ROCKET}", "x" * 201])
def test_texts_that_no_header_can_carry_are_refused(name: str, value: Any) -> None:
    assert f"marketplace.{name}" in refusal(raw(marketplace={name: value})).about


def test_limits_of_our_own() -> None:
    config = parse(requests_per_minute=200, api_usage_percent=40)
    assert (config.requests_per_minute, config.api_usage_percent) == (200, 40)
    assert (parse().requests_per_minute, parse().api_usage_percent) == (None, 90)
