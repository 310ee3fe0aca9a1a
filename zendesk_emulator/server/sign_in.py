"""Sign-in: Basic credentials, bearer tokens, and the OAuth token endpoint that issues them.

All credentials are plainly fake. Access tokens can expire, refresh tokens rotate and work once
(developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens).
"""

import threading
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from zendesk_emulator.api import refusals
from zendesk_emulator.api.exchange import Answer, RefusedError, Request, json_answer
from zendesk_emulator.data.clock import Clock, iso
from zendesk_emulator.seed.people import ADMIN_ID, AGENT_ID

from .callers import Caller, Token, basic_caller

ACCESS_TOKEN, REFRESH_TOKEN = "emulator-access-token", "emulator-refresh-token-1"
CLIENT_ID, CLIENT_SECRET = "emulator-client", "emulator-client-secret"

# Seconds a token may live (docs/facts/zendesk-api.md#6.2); clients ask for 172,800 itself
EXPIRES_IN = range(301, 172_801)
REFRESH_EXPIRES_IN = range(604_800, 7_776_001)
REFRESH_DEFAULT_S = 2_592_000
CODE_LIVES_S = 120


@dataclass
class SignIn:
    """The account's credentials.

    `default_expires_s` None is a client from before 2026-04-30; `longest_expires_s` is what an
    access token gets at most, whatever is asked for.
    """

    clock: Clock
    default_expires_s: int | None = None
    longest_expires_s: int | None = None
    client_scopes: frozenset[str] | None = None  # None: the client may ask for any
    _tokens: dict[str, Token] = field(default_factory=dict)
    _codes: dict[str, float] = field(default_factory=dict)  # authorization code -> dies at
    _issued: int = 1
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        first = Token(
            1, ACCESS_TOKEN, REFRESH_TOKEN, frozenset({"read"}), self.clock.now_s(), None, None
        )
        self._tokens[first.access] = first

    # -- who asks ------------------------------------------------------------------------------

    def caller(self, request: Request) -> Caller:
        """Raises RefusedError with 401 (docs/facts/zendesk-api.md#6.2)."""
        kind, _, credential = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._bearer(credential.strip())
        if kind.lower() == "basic":
            return basic_caller(credential)
        raise RefusedError(refusals.not_authenticated())

    def _bearer(self, access: str) -> Caller:
        with self._lock:
            token = self._tokens.get(access)
        if token is None or self._expired(token.expires_at):
            raise RefusedError(refusals.invalid_token())
        admin = token.user_id == ADMIN_ID
        return Caller(token.user_id, admin, token.scopes, token)

    def _expired(self, at: float | None) -> bool:
        return at is not None and self.clock.now() >= at

    # -- the token endpoint --------------------------------------------------------------------

    def grant(self, request: Request) -> Answer:
        """`POST /oauth/tokens`, JSON or form (docs/facts/zendesk-api.md#6.2)."""
        asked = _fields(request)
        if asked.get("client_id") != CLIENT_ID:
            raise RefusedError(refusals.oauth("invalid_client", "Client unknown", 401))
        if asked.get("client_secret") != CLIENT_SECRET:
            raise RefusedError(refusals.oauth("invalid_client", "Client secret is wrong", 401))
        with self._lock:
            match asked.get("grant_type"):
                case "refresh_token":
                    return self._refresh(asked)
                case "client_credentials":
                    token = self._issue(asked, self._scopes(asked), refreshable=False)
                case "authorization_code":
                    self._spend_code(str(asked.get("code")))
                    token = self._issue(asked, self._scopes(asked), refreshable=True)
                case _:
                    raise RefusedError(refusals.oauth("unsupported_grant_type", "Grant unknown"))
            return self._answer(token)

    def _refresh(self, asked: dict[str, Any]) -> Answer:
        """A new pair, and the old one dies; a used token is refused and nothing else happens."""
        given = asked.get("refresh_token")
        old = next((each for each in self._tokens.values() if each.refresh == given), None)
        if given is None or old is None or self._expired(old.refresh_expires_at):
            raise RefusedError(
                refusals.oauth("invalid_grant", "The refresh token is invalid, used or expired")
            )
        token = self._issue(asked, old.scopes, refreshable=True)
        del self._tokens[old.access]
        return self._answer(token)

    def _scopes(self, asked: dict[str, Any]) -> frozenset[str]:
        """Unknown names pass and are worth nothing; a client's own list is a limit.

        See docs/facts/zendesk-api.md#6.2.
        """
        scopes = frozenset(str(asked.get("scope") or "read").split())
        if self.client_scopes is not None and not scopes <= self.client_scopes:
            raise RefusedError(refusals.oauth("invalid_scope", "Scope beyond the client's list"))
        return scopes

    def _issue(self, asked: dict[str, Any], scopes: frozenset[str], *, refreshable: bool) -> Token:
        lives_s = _lifetime(asked, "expires_in", EXPIRES_IN, self.default_expires_s)
        if lives_s is not None and self.longest_expires_s is not None:
            lives_s = min(lives_s, self.longest_expires_s)
        refresh_s = _lifetime(
            asked, "refresh_token_expires_in", REFRESH_EXPIRES_IN, REFRESH_DEFAULT_S
        )
        now = self.clock.now()
        self._issued += 1
        token = Token(
            self._issued,
            f"{ACCESS_TOKEN}-{self._issued}",
            f"emulator-refresh-token-{self._issued}" if refreshable else None,
            scopes,
            int(now),
            None if lives_s is None else now + lives_s,
            None if refresh_s is None else now + refresh_s,
        )
        self._tokens[token.access] = token
        return token

    def _spend_code(self, code: str) -> None:
        dies_at = self._codes.pop(code, None)
        if dies_at is None or self._expired(dies_at):
            raise RefusedError(refusals.oauth("invalid_grant", "The code is invalid or expired"))

    def _answer(self, token: Token) -> Answer:
        """Without expiry only three fields (docs/facts/zendesk-api.md#6.2)."""
        answer: dict[str, Any] = {
            "access_token": token.access, "token_type": "bearer",
            "scope": " ".join(sorted(token.scopes)),
        }  # fmt: skip
        if token.refresh is not None:
            answer["refresh_token"] = token.refresh
        if token.expires_at is not None:
            answer["expires_in"] = round(token.expires_at - self.clock.now())
            if token.refresh_expires_at is not None:
                answer["refresh_token_expires_in"] = round(
                    token.refresh_expires_at - self.clock.now()
                )
        return json_answer(answer)

    def authorize(self, request: Request) -> Answer:
        """The consent page, which consents at once: back to the client with a code.

        See docs/facts/zendesk-api.md#6.2.
        """
        back = request.one("redirect_uri")
        if request.one("client_id") != CLIENT_ID or back is None:
            raise RefusedError(refusals.oauth("invalid_client", "Client unknown", 401))
        granted = urlencode({"code": self.new_code(), "state": request.one("state") or ""})
        location = f"{back}{'&' if '?' in back else '?'}{granted}"
        return Answer(302, b"", (("Location", location),))

    # -- a token about itself --------------------------------------------------------------------

    def current(self, caller: Caller) -> Answer:
        """`GET /api/v2/oauth/tokens/current` (docs/facts/zendesk-api.md#6.2)."""
        token = caller.token
        if token is None:
            raise RefusedError(refusals.record_missing())
        shown = {
            "id": token.number, "client_id": 41, "user_id": token.user_id,
            "scopes": sorted(token.scopes), "created_at": iso(token.created_s),
            "expires_at": None if token.expires_at is None else iso(token.expires_at),
            "used_at": iso(self.clock.now()), "token": token.access[:10],
            "refresh_token": None if token.refresh is None else token.refresh[:10],
        }  # fmt: skip
        return json_answer({"token": shown})

    def revoke_current(self, caller: Caller) -> Answer:
        if caller.token is None:
            raise RefusedError(refusals.record_missing())
        self.revoke(caller.token.access)
        return Answer(204, b"")

    # -- what tests do to credentials ----------------------------------------------------------

    def new_code(self) -> str:
        with self._lock:
            self._issued += 1
            code = f"emulator-code-{self._issued}"
            self._codes[code] = self.clock.now() + CODE_LIVES_S
            return code

    def issue(
        self, scopes: frozenset[str], *, expires_s: int | None = None, admin: bool = True
    ) -> Token:
        """A token with any scopes and lifetime, as no client could get one."""
        with self._lock:
            token = replace(
                self._issue({}, scopes, refreshable=True),
                expires_at=None if expires_s is None else self.clock.now() + expires_s,
                user_id=ADMIN_ID if admin else AGENT_ID,
            )
            self._tokens[token.access] = token
            return token

    def revoke(self, access: str) -> None:
        """Raise KeyError for an unknown token."""
        with self._lock:
            del self._tokens[access]

    def expire(self, access: str) -> None:
        """The access token is over, its refresh token still works. Raises KeyError."""
        with self._lock:
            self._tokens[access] = replace(self._tokens[access], expires_at=self.clock.now())

    def state(self) -> dict[str, Any]:
        """Which access tokens are valid and which refresh tokens can still be used."""
        with self._lock:
            tokens = list(self._tokens.values())
        return {
            "valid_access_tokens": [t.access for t in tokens if not self._expired(t.expires_at)],
            "refresh_tokens": [t.refresh for t in tokens if t.refresh is not None],
        }


def _lifetime(asked: dict[str, Any], name: str, allowed: range, default: int | None) -> int | None:
    """Seconds asked for, within Zendesk's bounds; the refusal's text is unverified."""
    given = asked.get(name)
    if given is None:
        return default
    if not str(given).isdigit() or int(given) not in allowed:
        raise RefusedError(refusals.oauth("invalid_request", f"{name} is out of range"))
    return int(given)


def _fields(request: Request) -> dict[str, Any]:
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        parsed = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise RefusedError(refusals.oauth("invalid_request", "The body is not a JSON object"))
    return parsed
