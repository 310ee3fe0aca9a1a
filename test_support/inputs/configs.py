"""A configuration that works, changed field by field, and what is said of one that does not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from source_zendesk_support.config.config import Config, parse_config
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
