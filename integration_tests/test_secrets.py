"""Wrong credentials are refused once, and no secret is shown, not even to --debug."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from test_support.connector.process import CREDENTIALS, Connector, InProcess
from test_support.inputs.refusals import CATALOG, SECRET, expect_failed_check, expect_one_error

if TYPE_CHECKING:
    from pathlib import Path

    from zendesk_emulator import Emulator

SIGN_INS: list[dict[str, str]] = [
    {**CREDENTIALS, "api_token": SECRET},
    {"credentials": "oauth2.0", "access_token": SECRET},
    {
        "credentials": "oauth2_refresh",
        "client_id": "emulator-client",
        "client_secret": "emulator-client-secret",
        "refresh_token": SECRET,
    },
    {
        "credentials": "oauth2_client_credentials",
        "client_id": "emulator-client",
        "client_secret": SECRET,
    },
]


@pytest.mark.parametrize("credentials", SIGN_INS)
def test_wrong_credentials(tmp_path: Path, emulator: Emulator, credentials: dict[str, str]) -> None:
    connector = InProcess(tmp_path, emulator.base_url, credentials=credentials)
    emulator.site.log.reset()
    output = connector.run(*connector.read_arguments(CATALOG), "--debug")
    assert sum(emulator.site.log.by_path.values()) == 1, "a refusal is final: one request"
    expect_one_error(output, "config_error")
    assert output.statuses("tags")[-1] == "INCOMPLETE"
    expect_failed_check(connector.check(), "")


OUR_SECRETS = (
    *("emulator-api-token", "emulator-client-secret", "emulator-access-token"),
    *("emulator-refresh-token-1", "Basic "),
)


@pytest.mark.parametrize(
    "layout",
    [
        {"credentials": CREDENTIALS},
        {"credentials": {"credentials": "oauth2.0", "access_token": "emulator-access-token"}},
        {
            "credentials": {
                "credentials": "oauth2_client_credentials",
                "client_id": "emulator-client",
                "client_secret": "emulator-client-secret",
            }
        },
        {"auth_method": {**CREDENTIALS, "auth_method": "api_token"}},
        {
            "credentials": {
                "credentials": "oauth2_refresh",
                "client_id": "emulator-client",
                "client_secret": "emulator-client-secret",
                "refresh_token": "emulator-refresh-token-1",
            }
        },
    ],
    ids=["api token", "access token", "client", "old layout", "refresh token"],
)
def test_debug_shows_no_secret(tmp_path: Path, emulator: Emulator, layout: dict[str, Any]) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    del connector.config["credentials"]
    connector.config |= layout
    for command in ("check", "discover", "read"):
        config = ["--config", connector.file("config.json", connector.config)]
        more = ["--catalog", connector.file("catalog.json", CATALOG)] if command == "read" else []
        output = connector.run(command, *config, *more, "--debug")
        assert output.code == 0
        connector.config = output.new_config or connector.config
        lines = [line for line in output.lines if not line.startswith('{"type":"CONTROL"')]
        text = "".join(lines) + output.stderr
        assert [secret for secret in OUR_SECRETS if secret in text] == []


def test_debug_shows_no_secret_of_a_process(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    output = connector.run(*connector.read_arguments(CATALOG), "--debug")
    assert output.code == 0
    text = "".join(output.lines) + output.stderr
    assert [secret for secret in OUR_SECRETS if secret in text] == []
