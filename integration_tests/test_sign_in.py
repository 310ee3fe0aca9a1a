"""The three ways to sign in, against an emulator whose tokens expire and rotate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector import Connector, Output

from source_zendesk_support.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

REFRESH = {
    "credentials": "oauth2_refresh",
    "client_id": "emulator-client",
    "client_secret": "emulator-client-secret",
    "refresh_token": "emulator-refresh-token-1",
}


def new_config(output: Output) -> dict[str, Any] | None:
    controls = output.of("CONTROL")
    return controls[-1]["connectorConfig"]["config"] if controls else None


def test_plain_access_token(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        token = {"credentials": "oauth2.0", "access_token": "emulator-access-token"}
        connector = Connector(tmp_path, emulator.base_url, credentials=token)
        assert connector.check().of("CONNECTION_STATUS")[0]["status"] == "SUCCEEDED"
        assert connector.read(connector.catalog("tags")).code == 0


def test_rotating_refresh_token_survives_check_discover_and_read(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, credentials=REFRESH)
        check = connector.check()
        assert check.of("CONNECTION_STATUS")[0]["status"] == "SUCCEEDED"
        kinds = [message["type"] for message in check.messages if message["type"] != "LOG"]
        assert kinds == ["CONTROL", "CONNECTION_STATUS"]
        kept = new_config(check)
        assert kept is not None
        assert kept["credentials"]["refresh_token"] != REFRESH["refresh_token"]
        assert {**kept, "credentials": 0} == {**connector.config, "credentials": 0}
        connector.config = kept
        catalog = connector.catalog()
        output = connector.read(catalog)
        assert output.code == 0
        assert new_config(output) is None, "a valid stored token is never refreshed"


def test_an_expired_token_is_renewed_once_for_all_walks_before_it_is_used(
    tmp_path: Path,
) -> None:
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, credentials=REFRESH, num_workers=10)
        catalog = connector.catalog()
        emulator.site.log.reset()
        output = connector.read(catalog)
        assert output.code == 0
        assert len(output.of("CONTROL")) == 1
        assert emulator.site.log.by_path["/oauth/tokens"] == 1
        first = next(m["type"] for m in output.messages if m["type"] in ("CONTROL", "RECORD"))
        assert first == "CONTROL"


def test_a_used_refresh_token_is_a_config_error_without_a_retry(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, credentials=REFRESH)
        connector.check()
        emulator.site.log.reset()
        output = connector.read(connector.catalog("tags"))
        assert output.code == 1
        assert {error["failure_type"] for error in output.errors} == {"config_error"}
        assert emulator.site.log.by_path["/oauth/tokens"] == 1
        assert REFRESH["refresh_token"] not in "".join(output.lines)


def test_the_old_layout_of_the_configuration(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url)
        token = connector.config.pop("credentials")
        connector.config["auth_method"] = {
            "auth_method": "api_token",
            "email": token["email"],
            "api_token": token["api_token"],
        }
        assert connector.check().of("CONNECTION_STATUS")[0]["status"] == "SUCCEEDED"
