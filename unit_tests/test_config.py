"""What may be configured, what is made of it, and that no value is ever quoted."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, strategies as st
from urllib3.util import parse_url

from source_zendesk_support.config import (
    DEFAULT_HISTORY,
    DEFAULT_NUM_WORKERS,
    DEFAULT_RATING_LOOKBACK_DAYS,
    DEFAULT_RETRY_PATIENCE_S,
    Config,
    Marketplace,
    parse_config,
)
from source_zendesk_support.credentials import (
    AccessTokenCredentials,
    ApiTokenCredentials,
    ClientCredentials,
    RefreshTokenCredentials,
    secrets_of,
    with_new_tokens,
)
from source_zendesk_support.zendesk.auth import Tokens
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

NOW = datetime(2026, 3, 1, 12, 30, 15, 999_999, tzinfo=UTC)
# Plainly fake; each is looked for in everything that is printed.
API_TOKEN = {"credentials": "api_token", "email": "ann@example.com", "api_token": "fake-api-token"}
ACCESS_TOKEN = {"credentials": "oauth2.0", "access_token": "fake-access-token"}
REFRESH = {
    "credentials": "oauth2_refresh",
    "client_id": "fake-client-id",
    "client_secret": "fake-client-secret",
    "refresh_token": "fake-refresh-token",
}
SECRETS = ["fake-api-token", "fake-access-token", "fake-client-id", "fake-client-secret"]
SECRETS += ["fake-refresh-token", "not-a-secret"]


def raw(**changes: Any) -> dict[str, Any]:
    """A valid configuration with changes; a change to `...` takes the field out."""
    whole = {"subdomain": "acme", "credentials": ACCESS_TOKEN, **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def parse(**changes: Any) -> Config:
    return parse_config(raw(**changes), now=NOW)


def refusal(config: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        parse_config(config, now=NOW)
    assert caught.value.failure is Failure.CONFIG
    assert caught.value.remedy
    text = f"{caught.value}{caught.value!r}"
    assert [secret for secret in SECRETS if secret in text] == []
    return caught.value


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
    "subdomain",
    [
        *("acme", " acme ", "Acme", "ACME\n", "acme.zendesk.com", "Acme.Zendesk.Com", "acme/"),
        *("https://acme.zendesk.com", "http://acme.zendesk.com", "https://Acme.zendesk.com/agent/"),
        *("https://acme.zendesk.com/agent/tickets/1?brand=2#3", "//acme.zendesk.com"),
        *(
            "acme.zendesk.com:443",
            "https://ann@acme.zendesk.com/",
            "https://acme.zendesk.com?a=//b",
        ),
        *("acme.zendesk.com/agent", "  https://acme.zendesk.com  "),
    ],
)
def test_what_people_paste_as_a_subdomain(subdomain: str) -> None:
    assert parse(subdomain=subdomain).base_url == "https://acme.zendesk.com"


@pytest.mark.parametrize("subdomain", ["abc", "a-c", "a12", "a" * 63, "acme-2"])
def test_subdomains_at_the_bounds(subdomain: str) -> None:
    assert parse(subdomain=subdomain).base_url == f"https://{subdomain}.zendesk.com"


@pytest.mark.parametrize(
    "subdomain",
    [
        *(..., None, "", "   ", 5, True, ["acme"], {"a": 1}, "ac", "a" * 64, "1acme", "-acme"),
        *("a b", "acme_b", "acmé", "ａｃｍｅ", "\N{ROCKET}\N{ROCKET}\N{ROCKET}", "a.b.c"),  # noqa: RUF001
        *("acme.evil.com", "https://evil.com/acme", "https://evil.com/acme.zendesk.com"),
        *("acme.zendesk.com@evil.com", "https://acme.zendesk.com@evil.com/", "evil.com#acme"),
        *("https://evil.com\\.zendesk.com", "https://[::1", "https://[bad]/", "https://", "//"),
        *(
            "acme.zendesk.com.evil.com",
            "acme.zendesk.com.zendesk.com",
            "zendesk.com",
            ".zendesk.com",
        ),
        *(
            "acme\tb",
            "acme\nb",
            "acme\x00",
            "acme%2f",
            "evil.com?.zendesk.com",
            "ftp://acme",
            "https:/acme",
        ),
    ],
)
def test_what_cannot_be_a_subdomain(subdomain: Any) -> None:
    assert "`subdomain`" in refusal(raw(subdomain=subdomain)).about


@given(st.text(max_size=40))
def test_any_subdomain_leads_to_zendesk_or_nowhere(subdomain: str) -> None:
    try:
        base_url = parse(subdomain=subdomain).base_url
    except ConnectorError:
        return
    assert parse_url(base_url).host == urlsplit(base_url).hostname
    assert str(parse_url(base_url).host).endswith(".zendesk.com")


@pytest.mark.parametrize(
    ("given_url", "base_url"),
    [
        ("http://localhost", "http://localhost"),
        ("https://localhost", "https://localhost"),
        ("http://localhost/", "http://localhost"),
        ("http://LOCALHOST:8080", "http://localhost:8080"),
        (" http://localhost:8080 ", "http://localhost:8080"),
        ("http://127.0.0.1:65535", "http://127.0.0.1:65535"),
        ("https://127.0.0.1:1/", "https://127.0.0.1:1"),
        ("http://[::1]", "http://[::1]"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://x.zendesk.com", "https://x.zendesk.com"),
        ("https://acme.zendesk.com/", "https://acme.zendesk.com"),
        ("https://acme.zendesk.com:8443", "https://acme.zendesk.com:8443"),
        ("https://pod-1.staging.zendesk.com", "https://pod-1.staging.zendesk.com"),
        ("HTTPS://Acme.Zendesk.com", "https://acme.zendesk.com"),
    ],
)
def test_addresses_that_may_get_the_credentials(given_url: str, base_url: str) -> None:
    assert parse(base_url=given_url).base_url == base_url


BACKSLASHED = "https://evil.com\\.zendesk.com"


@pytest.mark.parametrize(
    "base_url",
    [
        *(
            "",
            " ",
            5,
            True,
            [],
            {},
            "localhost",
            "localhost:8080",
            "acme.zendesk.com",
            "//localhost",
        ),
        *("http://x.zendesk.com", "ftp://localhost", "file:///etc/hosts", "javascript://localhost"),
        *("https://evil.com", "https://evil.com/.zendesk.com", "https://evilzendesk.com"),
        *("http://localhost@evil.com", "http://localhost:80@evil.com", "http://localhost.evil.com"),
        *("http://127.0.0.1.evil.com", "http://127.0.0.2", "http://0.0.0.0", "http://10.0.0.1"),
        *(
            "https://x.zendesk.com.evil.com",
            "https://x.zendesk.com@evil.com",
            "https://zendesk.com",
        ),
        *("https://.zendesk.com", "https://x..zendesk.com", "https://x.zendesk.com.", "https://"),
        *("https://evil.com#.zendesk.com", "https://evil.com?.zendesk.com", BACKSLASHED),
        *("https://evil.com\\@x.zendesk.com", "https://evil.com%2f.zendesk.com"),
        *("https://evil.com%00.zendesk.com", "https://evil.com .zendesk.com"),
        *(
            "https://evil.com\t.zendesk.com",
            "https://evil.com\n.zendesk.com",
            "http://localhost\n@x",
        ),
        *("https://evil.com\N{FULLWIDTH SOLIDUS}.zendesk.com", "https://\u24d4vil.zendesk.com"),
        *("https://u:not-a-secret@x.zendesk.com", "https://:not-a-secret@x.zendesk.com"),
        *("http://u@localhost", "http://localhost/api", "http://localhost?x", "http://localhost#x"),
        *("https://x.zendesk.com/evil", "http://localhost:", "http://localhost:65536"),
        *("http://localhost:abc", "http://localhost:-1", "http://localhost:8080:1", "http://[::1"),
        *("http://::1", "http://[::2]", "http://[::1%25lo]", "http://[::ffff:127.0.0.1]"),
    ],
)
def test_addresses_that_never_get_the_credentials(base_url: Any) -> None:
    assert "`base_url`" in refusal(raw(base_url=base_url)).about


def test_the_parsers_of_addresses_disagree_where_the_rule_must_not() -> None:
    """Why the rule matches the whole address: these two take a different host out of it."""
    assert str(urlsplit(BACKSLASHED).hostname).endswith(".zendesk.com")
    assert parse_url(BACKSLASHED).host == "evil.com"


@given(
    st.tuples(
        st.sampled_from(["http://", "https://", "//", ""]),
        st.lists(
            st.sampled_from(["localhost", "x.zendesk.com", "evil.com", "127.0.0.1", "[::1]"])
            | st.sampled_from(list("@:/\\?#.%[] \t8"))
            | st.characters(),
            max_size=6,
        ),
    ).map(lambda parts: parts[0] + "".join(parts[1]))
)
def test_any_address_leads_to_loopback_or_zendesk_or_nowhere(base_url: str) -> None:
    try:
        accepted = parse(base_url=base_url).base_url
    except ConnectorError:
        return
    host = str(parse_url(accepted).host)
    assert host in ("localhost", "127.0.0.1", "[::1]") or host.endswith(".zendesk.com")
    assert accepted.startswith("https://") or not host.endswith(".zendesk.com")


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
def test_what_is_no_date(start_date: Any) -> None:
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
    assert f"{low} to {high}" in error.remedy


@pytest.mark.parametrize("wrong", ["true", "false", "", 0, 1, [], {}])
def test_a_boolean_is_true_or_false(wrong: Any) -> None:
    error = refusal(raw(include_deleted_tickets=wrong))
    assert "`include_deleted_tickets`" in error.about


@pytest.mark.parametrize("whole", [None, [], "not-a-secret", 5, True, [raw()]])
def test_a_configuration_is_an_object(whole: Any) -> None:
    refusal(whole)


def test_an_empty_object_asks_for_the_subdomain() -> None:
    assert "`subdomain`" in refusal({}).about


@pytest.mark.parametrize(
    "credentials",
    [..., None, "not-a-secret", 5, [], [API_TOKEN], True],
)
def test_credentials_are_an_object(credentials: Any) -> None:
    assert "`credentials`" in refusal(raw(credentials=credentials)).about


@pytest.mark.parametrize(
    "kind", [..., None, "", "oauth", "API_TOKEN", "not-a-secret", 5, ["a"], {}]
)
def test_an_unknown_way_to_sign_in(kind: Any) -> None:
    given_credentials = {**API_TOKEN, "credentials": kind}
    if kind is ...:
        del given_credentials["credentials"]
    assert "`credentials.credentials`" in refusal(raw(credentials=given_credentials)).about


NEEDED = [
    (API_TOKEN, "email"),
    (API_TOKEN, "api_token"),
    (ACCESS_TOKEN, "access_token"),
    (REFRESH, "client_id"),
    (REFRESH, "client_secret"),
    (REFRESH, "refresh_token"),
]


@pytest.mark.parametrize(("credentials", "name"), NEEDED)
@pytest.mark.parametrize("value", [..., None, "", "  \n", 5, True, ["not-a-secret"], {}])
@pytest.mark.parametrize("layout", ["credentials", "auth_method"])
def test_every_field_of_a_sign_in_is_needed(
    credentials: dict[str, str], name: str, value: Any, layout: str
) -> None:
    changed = {k: v for k, v in {**credentials, name: value}.items() if v is not ...}
    error = refusal({"subdomain": "acme", layout: changed})
    assert f"`{layout}.{name}`" in error.about


@pytest.mark.parametrize(
    "token", ["fake token", "fake\ntoken", "fäke", "fake\N{HORIZONTAL ELLIPSIS}"]
)
def test_a_token_that_no_header_can_carry(token: str) -> None:
    """Sent, it would break the request in ways that look like a fault of the network."""
    error = refusal(raw(credentials={**ACCESS_TOKEN, "access_token": token}))
    assert "`credentials.access_token`" in error.about
    assert token not in str(error)


def test_spaces_round_a_pasted_token_are_left_out() -> None:
    credentials = {**API_TOKEN, "api_token": " fake-api-token\n", "email": " ann@example.com "}
    assert parse(credentials=credentials) == parse(credentials=API_TOKEN)


@pytest.mark.parametrize(
    "layout",
    [
        {"auth_method": {"auth_method": "api_token", **API_TOKEN}},
        {
            "auth_method": {
                "auth_method": "api_token",
                "email": "ann@example.com",
                "api_token": "fake-api-token",
            }
        },
        {"auth_method": API_TOKEN, "credentials": None},
        {"credentials": API_TOKEN, "auth_method": ACCESS_TOKEN},
    ],
)
def test_layouts_of_older_versions(layout: dict[str, Any]) -> None:
    config = parse_config({"subdomain": "acme", **layout}, now=NOW)
    assert config.credentials == ApiTokenCredentials("ann@example.com", "fake-api-token")


EXPIRY = "2026-03-02T00:00:00+00:00"


@pytest.mark.parametrize(
    ("extra", "has_tokens"),
    [
        ({"access_token": "fake-access-token", "token_expiry_date": EXPIRY}, True),
        ({"access_token": "fake-access-token", "token_expiry_date": "2026-03-02T00:00:00Z"}, True),
        # The published connector takes a missing or unreadable expiry for the past.
        ({"access_token": "fake-access-token"}, False),
        ({"access_token": "fake-access-token", "token_expiry_date": ""}, False),
        ({"access_token": "fake-access-token", "token_expiry_date": None}, False),
        ({"access_token": "fake-access-token", "token_expiry_date": "soon"}, False),
        ({"access_token": "fake-access-token", "token_expiry_date": 1_790_000_000}, False),
        ({"access_token": "", "token_expiry_date": EXPIRY}, False),
        ({"access_token": None, "token_expiry_date": EXPIRY}, False),
        ({"access_token": 5, "token_expiry_date": EXPIRY}, False),
        ({"access_token": "fake\naccess", "token_expiry_date": EXPIRY}, False),
        ({"token_expiry_date": EXPIRY}, False),
        ({}, False),
    ],
)
def test_a_stored_token_counts_when_its_end_is_known(
    extra: dict[str, Any], has_tokens: bool
) -> None:
    credentials = parse(credentials={**REFRESH, **extra}).credentials
    assert isinstance(credentials, RefreshTokenCredentials)
    stored = Tokens("fake-access-token", "fake-refresh-token", datetime(2026, 3, 2, tzinfo=UTC))
    assert credentials.tokens == (stored if has_tokens else None)
    assert credentials.refresh_token == "fake-refresh-token"


@pytest.mark.parametrize("credentials", [API_TOKEN, ACCESS_TOKEN, REFRESH])
def test_no_secret_is_shown(credentials: dict[str, str]) -> None:
    stored = {"access_token": "fake-access-token", "token_expiry_date": EXPIRY}
    config = parse(credentials={**stored, **credentials})
    for shown in (repr(config), str(config), f"{config.credentials}"):
        assert [secret for secret in SECRETS if secret in shown] == []


def test_the_configuration_cannot_be_changed() -> None:
    config = parse()
    with pytest.raises(AttributeError):
        config.num_workers = 4  # type: ignore[misc]


NEW = Tokens("fake-new-access", "fake-new-refresh", datetime(2026, 3, 3, 1, 2, 3, 45, UTC))


@pytest.mark.parametrize("layout", ["credentials", "auth_method"])
def test_new_tokens_change_nothing_else(layout: str) -> None:
    """By then Zendesk has killed the old pair: failing to write the new one locks the user out."""
    old = {
        "subdomain": "acme",
        "unknown": {"deep": [1, None]},
        layout: {**REFRESH, "unknown": 1, "access_token": "old", "token_expiry_date": "old"},
    }
    before = repr(old)
    new = with_new_tokens(old, NEW)
    assert repr(old) == before
    assert new == {
        **old,
        layout: {
            **old[layout],
            "access_token": "fake-new-access",
            "refresh_token": "fake-new-refresh",
            "token_expiry_date": "2026-03-03T01:02:03.000045+00:00",
        },
    }
    parsed = parse_config(new, now=NOW).credentials
    assert isinstance(parsed, RefreshTokenCredentials)
    assert parsed.tokens == NEW


def test_a_token_without_an_end_is_renewed_by_the_next_sync() -> None:
    new = with_new_tokens(raw(credentials=REFRESH), Tokens("fake-new", "fake-new-refresh", None))
    assert new["credentials"]["token_expiry_date"] == ""
    parsed = parse_config(new, now=NOW).credentials
    assert isinstance(parsed, RefreshTokenCredentials)
    assert (parsed.tokens, parsed.refresh_token) == (None, "fake-new-refresh")


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


# --- what came with signing in as a client


CLIENT = {
    "credentials": "oauth2_client_credentials",
    "client_id": " fake-client-id ",
    "client_secret": "fake-client-secret",
}


def test_a_client_needs_its_two_fields() -> None:
    credentials = parse(credentials=CLIENT).credentials
    assert credentials == ClientCredentials("fake-client-id", "fake-client-secret")
    assert "fake-" not in repr(credentials)
    for name in ("client_id", "client_secret"):
        lacking = {key: value for key, value in CLIENT.items() if key != name}
        assert name in refusal(raw(credentials=lacking)).about


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
def test_what_no_header_can_carry(name: str, value: Any) -> None:
    assert f"marketplace.{name}" in refusal(raw(marketplace={name: value})).about


def test_limits_of_our_own() -> None:
    config = parse(requests_per_minute=200, api_usage_percent=40)
    assert (config.requests_per_minute, config.api_usage_percent) == (200, 40)
    assert (parse().requests_per_minute, parse().api_usage_percent) == (None, 90)


@pytest.mark.parametrize(
    ("config", "secrets"),
    [
        ({}, []),
        ([], []),
        ({"credentials": "fake-api-token"}, []),
        ({"credentials": API_TOKEN}, ["fake-api-token"]),
        ({"auth_method": API_TOKEN}, ["fake-api-token"]),
        ({"credentials": CLIENT}, ["fake-client-id", "fake-client-secret"]),
        # What would leave nothing readable if it were hidden wherever it occurs.
        ({"credentials": {"api_token": 5, "client_id": " ", "refresh_token": "type"}}, []),
    ],
    ids=str,
)
def test_the_secrets_of_a_configuration(config: Any, secrets: list[str]) -> None:
    assert secrets_of(config) == secrets
