"""One request for an access token: sent once, to the account's own address, and what came of it.

Decides whose fault a no is, never when to ask again. No error and no log holds a token or a secret.
Rests on https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
(docs/facts/zendesk-api.md#6.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from .body import unread
from .errors import ConnectorError, Failure
from .failures import failure_of
from .json_text import loads
from .request_auth import unsigned
from .responses import REDIRECTS, Action, decide, read_error
from .transport import fault_name, new_session, whole_answer_within
from .unreachable import NOT_THE_API, unreachable
from .wording import quoted, sentence_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# Zendesk accepts lifetimes above 300 and up to 172,800 seconds (docs/facts/zendesk-api.md#6.2): the
# longest one keeps the number of rotations of a single-use refresh token small.
TOKEN_LIFETIME_S = 172_800
TOKEN_TIMEOUT_S = (10, 60)  # connect, read
# A whole answer has a few hundred bytes: one that trickles for so long will not end.
TOKEN_ANSWER_S = 60.0
TOKENS = "oauth/tokens"
ABOUT = f"POST {TOKENS}"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client of the account at `base_url`; `headers` go along with each of its requests."""

    base_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class TokenFault(Exception):
    """No token and no refusal either. `headers` are those of the answer, if one came.

    `is_rate_limited`: it was a 429, so that nothing was done with what was sent. After any other
    `fault` it may have been.
    """

    def __init__(
        self, fault: str, headers: Mapping[str, str], *, is_rate_limited: bool = False
    ) -> None:
        super().__init__(fault)
        self.fault = fault
        self.headers = headers
        self.is_rate_limited = is_rate_limited


def request_token(client: OAuthClient, grant: Mapping[str, object]) -> dict[str, object]:
    """POST to the token endpoint and return its answer, which has an `access_token`.

    Asks for the longest life; Zendesk may give less, and says so in its answer.

    Raises ConnectorError when Zendesk refuses the client or the refresh token (config), TokenFault
    when it may be asked again.
    """
    answer = _post(client, grant)
    try:
        body = loads(answer.content).value
    except ValueError:
        body = None
    status = answer.status_code
    is_success = status in (200, 201)  # both are documented (docs/facts/zendesk-api.md#6.2)
    if is_success and isinstance(body, dict) and _can_be_sent(body.get("access_token")):
        return body
    refusal = read_error(body)
    is_account = status == 402 or (status == 404 and refusal.is_about_the_account)
    if is_account or status in REDIRECTS:
        location = answer.headers.get("Location", "")
        hide = _secrets(client, grant)
        raise failure_of(status, body, path=TOKENS, is_oauth=True, location=location, hide=hide)
    action = decide(200 if is_success else status, can_renew=False, can_shrink=False)
    if action in (Action.WAIT, Action.RETRY):
        is_rate_limited = action is Action.WAIT
        raise TokenFault(f"status {status}", answer.headers, is_rate_limited=is_rate_limited)
    if body is None and is_success:
        raise TokenFault(unread(answer), answer.headers)
    if body is None:
        raise unreachable(f"{NOT_THE_API} (status {status})", about=ABOUT, patience_s=0)
    what, remedy = _REFUSALS.get(refusal.code, _OTHER_REFUSAL)
    raise ConnectorError(
        what.format(status=status) + quoted(sentence_of(body, hide=_secrets(client, grant))),
        about=ABOUT,
        remedy=remedy,
        failure=Failure.CONFIG,
    )


def _can_be_sent(token: object) -> bool:
    """Return whether a token can stand in a header: another one would fail in the library."""
    return isinstance(token, str) and token.isascii() and token.isprintable() and token != ""


def _post(client: OAuthClient, grant: Mapping[str, object]) -> requests.Response:
    with new_session() as session, whole_answer_within(TOKEN_ANSWER_S) as deadline:
        try:
            return session.post(
                f"{client.base_url}/{TOKENS}",
                json={
                    "client_id": client.client_id,
                    "client_secret": client.client_secret,
                    "expires_in": TOKEN_LIFETIME_S,
                    **grant,
                },
                headers=client.headers,
                timeout=TOKEN_TIMEOUT_S,
                allow_redirects=False,
                auth=unsigned,
            )
        except requests.exceptions.RequestException as error:
            raise TokenFault(fault_name(error, deadline), {}) from error


def _secrets(client: OAuthClient, grant: Mapping[str, object]) -> list[str]:
    sent = (grant.get("refresh_token"), client.client_secret, client.client_id)
    return [secret for secret in sent if isinstance(secret, str)]


# By Zendesk's own code: what happened, and what to do.
_REFUSALS = {
    "invalid_grant": (
        "The refresh token is expired, revoked or already used.",
        "Authenticate the source again, or get a new refresh token and set `refresh_token`.",
    ),
    "invalid_client": (
        "Zendesk does not know this OAuth client, or its secret is wrong.",
        (
            "Compare `client_id` (the client's identifier) and `client_secret` with the client in "
            "Admin Center > Apps and integrations > APIs > OAuth clients."
        ),
    ),
    "invalid_scope": (
        "The OAuth client may not have the scope `read`.",
        (
            "Add the scope `read` to the client in Admin Center > Apps and integrations > APIs > "
            "OAuth clients."
        ),
    ),
    "unauthorized_client": (
        "The OAuth client may not get tokens in this way.",
        (
            "Make it a confidential client in Admin Center > Apps and integrations > APIs > OAuth "
            "clients, or choose another way to sign in."
        ),
    ),
}
_OTHER_REFUSAL = (
    "Zendesk issues no access token (status {status}).",
    "Authenticate the source again, or check `client_id` and `client_secret`.",
)
