"""Each way to sign in, in every layout: what it needs, what is kept of it, and what is secret."""

from datetime import UTC, datetime
from typing import Any

import pytest

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.config.credentials import (
    ApiTokenCredentials,
    ClientCredentials,
    RefreshTokenCredentials,
    secrets_of,
    with_new_tokens,
)
from source_zendesk_support.zendesk.tokens import Tokens
from test_support.inputs.configs import (
    ACCESS_TOKEN,
    API_TOKEN,
    NOW,
    REFRESH,
    SECRETS,
    parse,
    raw,
    refusal,
)


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
        ({"access_token": "", "token_expiry_date": EXPIRY}, False),
        ({"access_token": None, "token_expiry_date": EXPIRY}, False),
        ({"access_token": 5, "token_expiry_date": EXPIRY}, False),
        ({"access_token": "fake\naccess", "token_expiry_date": EXPIRY}, False),
        ({"token_expiry_date": EXPIRY}, False),
        ({}, False),
    ],
)
def test_a_stored_token_counts_when_it_can_be_sent(extra: dict[str, Any], has_tokens: bool) -> None:
    credentials = parse(credentials={**REFRESH, **extra}).credentials
    assert isinstance(credentials, RefreshTokenCredentials)
    stored = Tokens("fake-access-token", "fake-refresh-token", datetime(2026, 3, 2, tzinfo=UTC))
    assert credentials.tokens == (stored if has_tokens else None)
    assert credentials.refresh_token == "fake-refresh-token"


@pytest.mark.parametrize("expiry", [{}, *({"token_expiry_date": it} for it in (
    "", None, "soon", 1_790_000_000, 17.9, True, [], {})
)])  # fmt: skip
def test_a_stored_token_without_a_readable_end_is_used_until_refused(
    expiry: dict[str, Any],
) -> None:
    stored = {**REFRESH, "access_token": "fake-access-token", **expiry}
    credentials = parse(credentials=stored).credentials
    assert isinstance(credentials, RefreshTokenCredentials)
    assert credentials.tokens == Tokens("fake-access-token", "fake-refresh-token", None)


@pytest.mark.parametrize("credentials", [API_TOKEN, ACCESS_TOKEN, REFRESH])
def test_no_secret_is_shown(credentials: dict[str, str]) -> None:
    stored = {"access_token": "fake-access-token", "token_expiry_date": EXPIRY}
    config = parse(credentials={**stored, **credentials})
    for shown in (repr(config), str(config), f"{config.credentials}"):
        assert [secret for secret in SECRETS if secret in shown] == []


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


def test_a_token_without_an_end_is_used_by_the_next_sync() -> None:
    new = with_new_tokens(raw(credentials=REFRESH), Tokens("fake-new", "fake-new-refresh", None))
    assert new["credentials"]["token_expiry_date"] == ""
    parsed = parse_config(new, now=NOW).credentials
    assert isinstance(parsed, RefreshTokenCredentials)
    assert parsed.tokens == Tokens("fake-new", "fake-new-refresh", None)


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
    ("config", "secrets"),
    [
        ({}, []),
        ([], []),
        ({"credentials": "fake-api-token"}, []),
        ({"credentials": API_TOKEN}, ["fake-api-token"]),
        ({"auth_method": API_TOKEN}, ["fake-api-token"]),
        ({"credentials": CLIENT}, ["fake-client-id", "fake-client-secret"]),
        # These would leave nothing readable if they were hidden wherever they occur.
        ({"credentials": {"api_token": 5, "client_id": " ", "refresh_token": "type"}}, []),
    ],
    ids=str,
)
def test_the_secrets_of_a_configuration(config: Any, secrets: list[str]) -> None:
    assert secrets_of(config) == secrets
