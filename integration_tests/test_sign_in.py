"""The ways to sign in, against an emulator whose tokens expire, rotate and are refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from test_support.connector.process import CREDENTIALS, Connector, InProcess, Output, configured
from test_support.connector.sign_ins import CLIENT, REFRESH, TOKEN, TOKENS
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD_LAYOUT = {
    "auth_method": "api_token",
    "email": CREDENTIALS["email"],
    "api_token": CREDENTIALS["api_token"],
}
DATES = ("2026-10-27", "2027-04-30")
TOKEN_DATES = ("2027-04-01",)
UNAUTHORIZED = {"kind": "answer", "status": 401, "body": {"error": "invalid_token"}}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running


def kinds(output: Output) -> list[str]:
    return [message["type"] for message in output.messages if message["type"] != "LOG"]


@pytest.mark.parametrize("credentials", [CLIENT, REFRESH, TOKEN, CREDENTIALS])
def test_every_way_signs_in_for_all_three_commands(
    tmp_path: Path, emulator: Emulator, credentials: dict[str, str]
) -> None:
    """check, then discover, then read, each with the configuration that came back."""
    connector = InProcess(tmp_path, emulator.base_url, credentials=credentials)
    check = connector.check()
    assert check.status["status"] == "SUCCEEDED"
    connector.config = check.new_config or connector.config
    discover = connector.discover()
    assert discover.code == 0
    connector.config = discover.new_config or connector.config
    read = connector.read(connector.catalog("tags", "groups"))
    assert read.code == 0
    assert read.counts()["groups"]
    assert (check.new_config is not None) == (credentials is REFRESH)
    later = [discover.new_config, read.new_config]
    assert later == [None, None], "a valid stored token is never refreshed"


def test_the_same_as_processes_with_rotating_tokens(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url, credentials=REFRESH)
    check = connector.check()
    assert kinds(check) == ["CONTROL", "CONNECTION_STATUS"]
    kept = check.new_config
    assert kept is not None
    assert kept["credentials"]["refresh_token"] != REFRESH["refresh_token"]
    assert {**kept, "credentials": 0} == {**connector.config, "credentials": 0}
    connector.config = kept
    catalog = connector.catalog("tags")
    output = connector.read(catalog)
    assert output.code == 0
    assert output.new_config is None


def test_discover_prints_rotated_tokens_before_the_catalog(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(
        tmp_path, emulator.base_url, credentials=REFRESH, typed_custom_fields=True
    )
    emulator.fault(path="/(user|organization)_fields$", kind="answer", status=404)
    output = connector.discover()
    assert kinds(output) == ["CONTROL", "CATALOG"]
    assert emulator.site.log.by_path[TOKENS] == 1


@pytest.mark.parametrize("layout", [{"auth_method": OLD_LAYOUT}, {"credentials": OLD_LAYOUT}])
def test_the_old_layouts_are_read_silently(
    tmp_path: Path, emulator: Emulator, layout: dict[str, Any]
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    del connector.config["credentials"]
    connector.config |= layout
    output = connector.check()
    assert output.status["status"] == "SUCCEEDED"
    assert "auth_method" not in output.logs
    assert connector.read(connector.catalog("tags")).code == 0


def test_rotated_tokens_go_back_to_where_the_old_layout_had_them(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    del connector.config["credentials"]
    connector.config["auth_method"] = {**REFRESH, "auth_method": "oauth2_refresh"}
    kept = connector.check().new_config
    assert kept is not None
    assert "credentials" not in kept
    connector.config = kept
    assert connector.discover().new_config is None


@pytest.mark.parametrize("command", ["check", "discover", "read"])
@pytest.mark.parametrize(("credentials", "dates"), [(CREDENTIALS, DATES), (TOKEN, TOKEN_DATES)])
def test_a_sign_in_that_ends_is_warned_of_with_its_dates(
    tmp_path: Path,
    emulator: Emulator,
    command: str,
    credentials: dict[str, str],
    dates: tuple[str, ...],
) -> None:
    def run(connector: Connector) -> Output:
        commands = {
            "check": connector.check,
            "discover": connector.discover,
            "read": lambda: connector.read({"streams": []}),
        }
        return commands[command]()

    output = run(InProcess(tmp_path, emulator.base_url, credentials=credentials, startdate="x"))
    warnings = [log["message"] for log in output.of("LOG") if log["level"] == "WARN"]
    assert len([text for text in warnings if all(date in text for date in dates)]) == 1
    assert len([text for text in warnings if "did you mean `start_date`?" in text]) == 1
    other = run(InProcess(tmp_path, emulator.base_url, credentials=CLIENT))
    assert not any(date in other.logs for date in dates)


# --- the life of an access token


def test_the_longest_life_is_asked_for_and_less_is_coped_with(
    tmp_path: Path, emulator: Emulator
) -> None:
    """A read that outlives four tokens: each lives two seconds, and is renewed before its end."""
    emulator.site.sign_in.longest_expires_s = 2
    emulator.fault(path="/api/v2/incremental/users/", kind="pass", delay_s=0.4)
    connector = InProcess(tmp_path, emulator.base_url, credentials=REFRESH, page_size=3)
    discover = connector.discover()
    connector.config = discover.new_config or connector.config
    output = connector.read(configured(list(discover.streams.values()), ("users",)))
    assert output.code == 0, output.errors
    assert output.counts()["users"] == len(emulator.truth("users").must)
    assert len(output.of("CONTROL")) >= 4
    refused = [entry for entry in emulator.requests["log"] if entry["status"] == 401]
    assert refused == [], "renewed before the end, not after it"
    last = output.new_config
    assert last is not None
    assert last["credentials"]["refresh_token"] in emulator.site.sign_in.state()["refresh_tokens"]


@pytest.mark.parametrize("credentials", [REFRESH, CLIENT])
def test_a_token_that_dies_in_mid_sync_is_renewed_once_for_all_threads(
    tmp_path: Path,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    credentials: dict[str, str],
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, credentials=credentials, num_workers=10)
    connector.config = connector.check().new_config or connector.config
    catalog = connector.catalog()
    emulator.site.log.reset()
    served = Counter[str]()
    serve, sign_in = emulator.site.serve, emulator.site.sign_in

    def serve_and_expire(request: Any) -> Any:
        served[request.method] += 1
        if served["GET"] == 4 and request.method == "GET":
            for access in sign_in.state()["valid_access_tokens"]:
                sign_in.expire(access)
        return serve(request)

    monkeypatch.setattr(emulator.site, "serve", serve_and_expire)
    emulator.fault(path=f"^{TOKENS}$", kind="pass", delay_s=0.3)  # all others come meanwhile
    output = connector.read(catalog)
    assert output.code == 0, output.errors
    first = 0 if credentials is REFRESH else 1  # what check got is stored, or not
    assert emulator.site.log.by_path[TOKENS] == first + 1
    assert emulator.site.log.by_status["401"] >= 1
    assert len(output.of("CONTROL")) == (1 if credentials is REFRESH else 0)


def test_a_second_401_is_a_config_error_that_says_what_to_do(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, credentials=REFRESH, num_workers=10)
    kept = connector.check().new_config
    assert kept is not None
    connector.config = kept
    catalog = connector.catalog()
    emulator.site.log.reset()
    emulator.fault(path="^/api/v2/", **UNAUTHORIZED)
    output = connector.read(catalog)
    assert output.code == 1
    assert {error["failure_type"] for error in output.errors} == {"config_error"}
    assert "authenticate again" in output.errors[0]["message"]
    assert emulator.site.log.by_path[TOKENS] == 1, "one renewal for all walks"


def test_an_expired_token_is_renewed_once_for_all_walks_before_it_is_used(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, credentials=REFRESH, num_workers=10)
    catalog = InProcess(tmp_path, emulator.base_url, credentials=TOKEN).catalog()
    emulator.site.log.reset()
    output = connector.read(catalog)
    assert output.code == 0
    assert len(output.of("CONTROL")) == 1
    assert emulator.site.log.by_path[TOKENS] == 1
    first = next(kind for kind in kinds(output) if kind in ("CONTROL", "RECORD"))
    assert first == "CONTROL"


def test_a_401_with_an_api_token_is_one_request(tmp_path: Path, emulator: Emulator) -> None:
    wrong = {**CREDENTIALS, "api_token": "not-the-api-token"}
    connector = InProcess(tmp_path, emulator.base_url, credentials=wrong)
    catalog = InProcess(tmp_path, emulator.base_url, credentials=TOKEN).catalog("tags")
    emulator.site.log.reset()
    output = connector.read(catalog)
    assert output.errors[0]["failure_type"] == "config_error"
    assert emulator.requests["total"] == 1


# --- faults of the token endpoint


# --- refusals of the token endpoint, each its own sentence


@pytest.mark.parametrize("scopes", [{"write"}, {"unknown"}, set()])
def test_a_missing_read_scope_has_its_own_sentence(
    tmp_path: Path, emulator: Emulator, scopes: set[str]
) -> None:
    token = emulator.site.sign_in.issue(frozenset(scopes))
    credentials = {"credentials": "oauth2.0", "access_token": token.access}
    connector = InProcess(tmp_path, emulator.base_url, credentials=credentials)
    status = connector.check().status
    assert status["status"] == "FAILED"
    assert "lacks the OAuth scope `read`" in status["message"]
    output = connector.read(connector.catalog("tags"))
    assert "OAuth scope" in output.errors[0]["message"]
    assert output.errors[0]["failure_type"] == "config_error"


def test_a_narrow_scope_reads_what_it_covers(tmp_path: Path, emulator: Emulator) -> None:
    token = emulator.site.sign_in.issue(frozenset({"tickets:read"}))
    credentials = {"credentials": "oauth2.0", "access_token": token.access}
    connector = InProcess(tmp_path, emulator.base_url, credentials=credentials)
    assert connector.check().status["status"] == "SUCCEEDED"
    discover = connector.discover()
    described = {name: s["json_schema"]["description"] for name, s in discover.streams.items()}
    assert "scope" not in described["tickets"]
    assert "`read` (or `users:read`)" in described["users"]
    assert "`read`" in described["tags"]
    output = connector.read(connector.catalog("tickets", "users"))
    assert output.statuses("tickets")[-1] == "COMPLETE"
    assert output.statuses("users")[-1] == "INCOMPLETE"


# --- Marketplace

MARKETPLACE = {"name": "Acme Sync", "organization_id": "12345", "app_id": "99999"}
HEADERS = {
    "x-zendesk-marketplace-name": "Acme Sync",
    "x-zendesk-marketplace-organization-id": "12345",
    "x-zendesk-marketplace-app-id": "99999",
}


@pytest.mark.parametrize("marketplace", [MARKETPLACE, None])
def test_marketplace_headers_are_on_every_request_when_set(
    tmp_path: Path,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    marketplace: dict[str, str] | None,
) -> None:
    seen: list[tuple[str, dict[str, str]]] = []
    serve = emulator.site.serve

    def watch(request: Any) -> Any:
        app = {k: v for k, v in request.headers.items() if k.startswith("x-zendesk-market")}
        seen.append((request.path, app))
        return serve(request)

    monkeypatch.setattr(emulator.site, "serve", watch)
    connector = InProcess(tmp_path, emulator.base_url, credentials=CLIENT, marketplace=marketplace)
    assert connector.check().status["status"] == "SUCCEEDED"
    assert connector.read(connector.catalog("tickets", "tags")).code == 0
    assert {path for path, _ in seen} >= {TOKENS, "/api/v2/tags", "/api/v2/users/me"}
    expected = HEADERS if marketplace else {}
    assert [path for path, headers in seen if headers != expected] == []
