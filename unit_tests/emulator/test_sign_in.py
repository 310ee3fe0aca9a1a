"""Credentials of every kind, the token endpoint, and who may read what.

See docs/facts/zendesk-api.md#6.
"""

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from zendesk_emulator.server import callers, sign_in

SETTINGS = "/api/v2/account/settings"
EXPORT = "/api/v2/incremental/tickets/cursor?start_time=0"
CLIENT = {"client_id": sign_in.CLIENT_ID, "client_secret": sign_in.CLIENT_SECRET}
REFRESH = {**CLIENT, "grant_type": "refresh_token"}


def bearer(token: str) -> dict[str, str]:
    return {"auth": f"Bearer {token}"}


def grant(ask: Any, fields: dict[str, Any], *, form: bool = False) -> tuple[int, Any]:
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    body = urlencode(fields).encode() if form else orjson.dumps(fields)
    status, answer = ask.refused(
        "/oauth/tokens", method="POST", auth=None, body=body, headers={"content-type": kind}
    )
    return status, answer


def test_the_default_credentials_work(ask: Any) -> None:
    assert ask(SETTINGS)["settings"]["account"]["subdomain"] == "emulator"
    assert ask(EXPORT, **bearer(sign_in.ACCESS_TOKEN))["tickets"]


@pytest.mark.parametrize(
    "auth", [None, "Basic bm90LWEtdXNlcjpub3QtYS1zZWNyZXQ=", "Basic !", "Digest x"]
)
def test_wrong_basic_credentials(ask: Any, auth: str | None) -> None:
    assert ask.refused(SETTINGS, auth=auth) == (401, {"error": "Couldn't authenticate you"})


def test_a_wrong_token(ask: Any) -> None:
    answer = ask.raw(SETTINGS, **bearer("not-a-token"))
    assert answer.status == 401
    assert orjson.loads(answer.body)["error"] == "invalid_token"
    assert any(name == "WWW-Authenticate" for name, _ in answer.headers)


def test_no_request_is_anonymous_and_no_health_check(ask: Any) -> None:
    assert ask("/api/v2/users/me", auth=None)["user"]["name"] == "Anonymous user"
    assert ask("/api/v2/users/me")["user"]["email"] == callers.ADMIN_EMAIL


@pytest.mark.parametrize("form", [True, False])
def test_refresh_tokens_rotate_and_kill_the_old_pair(ask: Any, form: bool) -> None:
    asked = {**REFRESH, "refresh_token": sign_in.REFRESH_TOKEN, "expires_in": 172_800}
    status, first = grant(ask, asked, form=form)
    assert status == 200
    assert (first["token_type"], first["scope"]) == ("bearer", "read")
    assert (first["expires_in"], first["refresh_token_expires_in"]) == (172_800, 2_592_000)
    assert ask.raw(SETTINGS, **bearer(sign_in.ACCESS_TOKEN)).status == 401
    assert ask.raw(SETTINGS, **bearer(first["access_token"])).status == 200
    # a replay is refused and does not touch the successor
    assert grant(ask, asked)[1]["error"] == "invalid_grant"
    assert ask.raw(SETTINGS, **bearer(first["access_token"])).status == 200
    status, second = grant(ask, {**asked, "refresh_token": first["refresh_token"]})
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]


def test_access_tokens_expire_and_can_be_refreshed(ask: Any) -> None:
    asked = {**REFRESH, "refresh_token": sign_in.REFRESH_TOKEN, "expires_in": 301}
    token = grant(ask, asked)[1]
    ask.site.account.clock.advance(300)
    assert ask.raw(SETTINGS, **bearer(token["access_token"])).status == 200
    ask.site.account.clock.advance(1)
    assert ask.raw(SETTINGS, **bearer(token["access_token"])).status == 401
    assert grant(ask, {**asked, "refresh_token": token["refresh_token"]})[0] == 200


def test_refresh_tokens_expire(ask: Any) -> None:
    asked = {**REFRESH, "refresh_token": sign_in.REFRESH_TOKEN,
             "refresh_token_expires_in": 604_800}  # fmt: skip
    token = grant(ask, asked)[1]
    ask.site.account.clock.advance(604_800)
    assert grant(ask, {**asked, "refresh_token": token["refresh_token"]})[0] == 400


def test_a_client_from_before_expiry_gets_three_fields(ask: Any) -> None:
    _, answer = grant(ask, {**CLIENT, "grant_type": "client_credentials", "scope": "read"})
    assert set(answer) == {"access_token", "token_type", "scope"}


def test_a_newer_client_gets_half_an_hour(ask: Any) -> None:
    ask.site.sign_in.default_expires_s = 1800
    _, answer = grant(ask, {**CLIENT, "grant_type": "client_credentials"})
    assert answer["expires_in"] == 1800
    ask.site.account.clock.advance(1800)
    assert ask.raw(SETTINGS, **bearer(answer["access_token"])).status == 401


def test_an_authorization_code_works_once_and_for_two_minutes(ask: Any) -> None:
    consent = ask.raw(
        f"/oauth/authorizations/new?client_id={sign_in.CLIENT_ID}&state=a%26b"
        "&redirect_uri=https://here.example/back",
        auth=None,
    )
    assert consent.status == 302
    location = dict(consent.headers)["Location"]
    assert location.endswith("&state=a%26b")
    code = location.partition("code=")[2].partition("&")[0]
    asked = {**CLIENT, "grant_type": "authorization_code", "code": code}
    assert grant(ask, asked)[1]["refresh_token"]
    assert grant(ask, asked) == (
        400, {"error": "invalid_grant", "error_description": "The code is invalid or expired"},
    )  # fmt: skip
    late = {**asked, "code": ask.site.sign_in.new_code()}
    ask.site.account.clock.advance(120)
    assert grant(ask, late)[0] == 400


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"client_id": "someone"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"refresh_token": "emulator-refresh-token-9"}, 400, "invalid_grant"),
        ({"refresh_token": None}, 400, "invalid_grant"),
        ({"expires_in": 300}, 400, "invalid_request"),
        ({"expires_in": 172_801}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "write"}, 400, "invalid_scope"),
    ],
)
def test_refused_grants(ask: Any, fields: dict[str, Any], status: int, error: str) -> None:
    ask.site.sign_in.client_scopes = frozenset({"read"})
    asked = {**REFRESH, "refresh_token": sign_in.REFRESH_TOKEN, **fields}
    answered, answer = grant(ask, asked)
    assert (answered, answer["error"]) == (status, error)
    # nothing was spent
    assert ask.raw(SETTINGS, **bearer(sign_in.ACCESS_TOKEN)).status == 200


@pytest.mark.parametrize(
    ("scopes", "target", "status"),
    [
        ({"read"}, EXPORT, 200),
        ({"tickets:read"}, EXPORT, 200),
        ({"tickets:read"}, "/api/v2/users", 403),
        ({"users:read"}, "/api/v2/users", 200),
        ({"hc:read"}, "/api/v2/help_center/articles", 200),
        ({"write"}, SETTINGS, 403),
        ({"no-such-scope"}, EXPORT, 403),
    ],
)
def test_scopes(ask: Any, scopes: set[str], target: str, status: int) -> None:
    token = ask.site.sign_in.issue(frozenset(scopes))
    answer = ask.raw(target, **bearer(token.access))
    assert answer.status == status
    if status == 403:
        assert orjson.loads(answer.body)["error"] == "Forbidden"


def test_agents_may_not_export(ask: Any) -> None:
    token = ask.site.sign_in.issue(frozenset({"read"}), admin=False)
    assert ask.raw("/api/v2/tickets", **bearer(token.access)).status == 200
    status, body = ask.refused(EXPORT, **bearer(token.access))
    assert (status, body["error"]["title"]) == (403, "Forbidden")


def test_a_token_tells_about_itself_and_can_end_itself(ask: Any) -> None:
    target = "/api/v2/oauth/tokens/current"
    token = ask(target, **bearer(sign_in.ACCESS_TOKEN))["token"]
    assert (token["scopes"], token["expires_at"]) == (["read"], None)
    assert token["token"] == sign_in.ACCESS_TOKEN[:10]
    assert ask.raw(target).status == 404  # Basic does not carry a token
    assert ask.raw(target, method="DELETE", **bearer(sign_in.ACCESS_TOKEN)).status == 204
    assert ask.raw(target, **bearer(sign_in.ACCESS_TOKEN)).status == 401


def test_a_client_may_get_less_life_than_it_asks_for(ask: Any) -> None:
    asked = {**CLIENT, "grant_type": "client_credentials", "expires_in": 172_800}
    ask.site.sign_in.longest_expires_s = 600
    assert grant(ask, asked)[1]["expires_in"] == 600
    ask.site.sign_in.longest_expires_s = None
    assert grant(ask, asked)[1]["expires_in"] == 172_800
