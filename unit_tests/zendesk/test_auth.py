"""Signing in: one refresh for all threads, published before it is used, and no secret told."""

import contextlib
import threading
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock

from source_zendesk_support.zendesk.auth import (
    EXPIRY_MARGIN,
    TOKEN_LIFETIME_S,
    OAuthClient,
    OAuthSignIn,
    Tokens,
    access_token_sign_in,
    api_token_sign_in,
    parse_token_expiry,
    request_token,
)
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

BASE = "https://acme.zendesk.com"
URL = f"{BASE}/oauth/tokens"
CLIENT = OAuthClient(BASE, "fake-client", "fake-client-secret")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
# Plainly fake, and each told from the others when it turns up where it must not.
SECRETS = ["fake-client-secret", "fake-refresh-0", "fake-access-0", "fake-access-1"]


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


class Account:
    """What the token endpoint of Zendesk does: every refresh kills the pair before it."""

    def __init__(self, **answer: Any) -> None:
        self.alive = "fake-refresh-0"
        self.answer = {"token_type": "bearer", "scope": "read", "expires_in": 172_800, **answer}
        self.status = 201
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: Any, context: Any) -> dict[str, Any]:
        form = request.json()
        self.asked.append(form)
        if form["refresh_token"] != self.alive:
            context.status_code = 400
            return {"error": "invalid_grant", "error_description": f"{form['refresh_token']} is"}
        self.alive = f"fake-refresh-{len(self.asked)}"
        context.status_code = self.status
        pair = {"access_token": f"fake-access-{len(self.asked)}", "refresh_token": self.alive}
        return {k: v for k, v in {**pair, **self.answer}.items() if v is not None}


def sign_in_with(
    clock: Clock,
    publish: Callable[[Tokens], None] = lambda _: None,
    tokens: Tokens | None = None,
) -> OAuthSignIn:
    return OAuthSignIn(
        CLIENT,
        tokens=tokens,
        refresh_token="fake-refresh-0",
        publish=publish,
        now=clock,
    )


def stored(expires_in: timedelta | None) -> Tokens:
    expires_at = None if expires_in is None else NOW + expires_in
    return Tokens("fake-access-0", "fake-refresh-0", expires_at)


@pytest.mark.parametrize("email", ["ann@example.com", "ann@example.com/token"])
def test_api_token_is_a_basic_pair(email: str) -> None:
    header = api_token_sign_in(email, "not-a-secret").authorization()
    kind, _, pair = header.partition(" ")
    assert kind == "Basic"
    assert b64decode(pair).decode() == "ann@example.com/token:not-a-secret"


def test_api_token_may_hold_any_letter() -> None:
    pair = api_token_sign_in("zoë@example.com", "n\N{EURO SIGN}:x").authorization()[6:]
    assert b64decode(pair).decode() == "zoë@example.com/token:n\N{EURO SIGN}:x"


def test_what_is_fixed_cannot_be_renewed() -> None:
    sign_in = access_token_sign_in("not-a-secret")
    assert sign_in.authorization() == "Bearer not-a-secret"
    assert sign_in.renew("Bearer not-a-secret") is False


def test_no_sign_in_shows_its_secret() -> None:
    shown = f"{access_token_sign_in('not-a-secret')!r} {stored(None)!r} {sign_in_with(Clock())!r}"
    assert "not-a-secret" not in shown
    assert "fake-" not in shown


def test_first_refresh_asks_for_the_longest_life(requests_mock: requests_mock.Mocker) -> None:
    account = Account()
    requests_mock.post(URL, json=account)
    assert sign_in_with(Clock()).authorization() == "Bearer fake-access-1"
    assert account.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "fake-client",
            "client_secret": "fake-client-secret",
            "refresh_token": "fake-refresh-0",
            "expires_in": TOKEN_LIFETIME_S,
        }
    ]


@pytest.mark.parametrize("status", [200, 201])
def test_both_statuses_of_success(status: int, requests_mock: requests_mock.Mocker) -> None:
    account = Account()
    account.status = status
    requests_mock.post(URL, json=account)
    assert sign_in_with(Clock()).authorization() == "Bearer fake-access-1"


def test_tokens_are_published_before_they_are_used(requests_mock: requests_mock.Mocker) -> None:
    requests_mock.post(URL, json=Account())
    used_when_published: list[object] = []
    published: list[Tokens] = []

    def publish(tokens: Tokens) -> None:
        published.append(tokens)
        used_when_published.append(sign_in._tokens)

    sign_in = sign_in_with(Clock(), publish)
    sign_in.authorization()
    assert used_when_published == [None]
    (tokens,) = published
    assert (tokens.access_token, tokens.refresh_token) == ("fake-access-1", "fake-refresh-1")
    assert tokens.expires_at == NOW + timedelta(seconds=172_800)


def test_tokens_that_cannot_be_published_are_not_used(requests_mock: requests_mock.Mocker) -> None:
    requests_mock.post(URL, json=Account())

    def publish(_: Tokens) -> None:
        raise BrokenPipeError

    sign_in = sign_in_with(Clock(), publish)
    with pytest.raises(BrokenPipeError):
        sign_in.authorization()
    assert sign_in._tokens is None


@pytest.mark.parametrize("life", [None, timedelta(hours=40), EXPIRY_MARGIN * 2])
def test_a_valid_stored_token_is_never_refreshed(
    life: timedelta | None, requests_mock: requests_mock.Mocker
) -> None:
    account = Account()
    requests_mock.post(URL, json=account)
    sign_in = sign_in_with(Clock(), tokens=stored(life))
    assert {sign_in.authorization() for _ in range(5)} == {"Bearer fake-access-0"}
    assert account.asked == []


@pytest.mark.parametrize(
    ("life", "renewed_after"),
    [
        (timedelta(hours=48), timedelta(hours=48) - EXPIRY_MARGIN),
        (timedelta(minutes=11), timedelta(minutes=6)),
        # Shorter than two margins: at half of its life, or it would be renewed all the time.
        (timedelta(minutes=6), timedelta(minutes=3)),
        (timedelta(seconds=2), timedelta(seconds=1)),
    ],
)
@pytest.mark.parametrize("is_stored", [True, False])
def test_renewed_with_a_margin_before_the_end(
    life: timedelta,
    renewed_after: timedelta,
    is_stored: bool,
    requests_mock: requests_mock.Mocker,
) -> None:
    account = Account(expires_in=int(life.total_seconds()))
    requests_mock.post(URL, json=account)
    clock = Clock()
    sign_in = sign_in_with(clock, tokens=stored(life) if is_stored else None)
    first = sign_in.authorization()
    clock.at = NOW + renewed_after - timedelta(milliseconds=1)
    assert sign_in.authorization() == first
    clock.at = NOW + renewed_after
    assert sign_in.authorization() != first
    assert len(account.asked) == (1 if is_stored else 2)


def test_an_expired_stored_token_is_refreshed_before_it_is_used(
    requests_mock: requests_mock.Mocker,
) -> None:
    requests_mock.post(URL, json=Account())
    sign_in = sign_in_with(Clock(), tokens=stored(timedelta(seconds=-1)))
    assert sign_in.authorization() == "Bearer fake-access-1"


def test_each_refresh_uses_the_newest_refresh_token(requests_mock: requests_mock.Mocker) -> None:
    account = Account(expires_in=600)
    requests_mock.post(URL, json=account)
    clock = Clock()
    published: list[Tokens] = []
    sign_in = sign_in_with(clock, published.append)
    for _ in range(4):
        sign_in.authorization()
        clock.at += timedelta(seconds=600)
    assert [form["refresh_token"] for form in account.asked] == [
        f"fake-refresh-{n}" for n in range(4)
    ]
    assert published[-1].refresh_token == account.alive


@pytest.mark.parametrize("expires_in", [None, "172800", 0, -5])
def test_a_life_that_is_not_told_has_no_end(
    expires_in: object, requests_mock: requests_mock.Mocker
) -> None:
    account = Account(expires_in=expires_in)
    requests_mock.post(URL, json=account)
    clock = Clock()
    published: list[Tokens] = []
    sign_in = sign_in_with(clock, published.append)
    first = sign_in.authorization()
    clock.at += timedelta(days=3650)
    assert sign_in.authorization() == first
    assert published[0].expires_at is None
    assert len(account.asked) == 1


def test_an_absurd_life_does_not_lose_the_tokens(requests_mock: requests_mock.Mocker) -> None:
    """The old pair is dead by then: whatever is odd in the answer, the new one must be told."""
    requests_mock.post(URL, json=Account(expires_in=10**18))
    published: list[Tokens] = []
    assert sign_in_with(Clock(), published.append).authorization() == "Bearer fake-access-1"
    assert len(published) == 1


def test_a_refresh_token_that_does_not_rotate_is_kept(requests_mock: requests_mock.Mocker) -> None:
    requests_mock.post(URL, json=Account(refresh_token=None))
    published: list[Tokens] = []
    sign_in_with(Clock(), published.append).authorization()
    assert published[0].refresh_token == "fake-refresh-0"


def in_threads(work: Callable[[], object], count: int) -> list[object]:
    results: list[object] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        results.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Meeting(Clock):
    """A clock that gives the first who asks for the time a while to be met by a second."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = threading.Barrier(2)
        self.met = False

    def __call__(self) -> datetime:
        with contextlib.suppress(threading.BrokenBarrierError):
            self.barrier.wait(timeout=0.2)
            self.met = True
        return self.at


def test_one_refresh_for_many_threads(requests_mock: requests_mock.Mocker) -> None:
    account = Account()
    requests_mock.post(URL, json=account)
    published: list[Tokens] = []
    clock = Meeting()
    sign_in = sign_in_with(clock, published.append)
    assert in_threads(sign_in.authorization, 16) == ["Bearer fake-access-1"] * 16
    assert len(account.asked) == len(published) == 1
    assert not clock.met, "two threads were refreshing at once"


def test_one_renewal_although_many_threads_got_a_401(requests_mock: requests_mock.Mocker) -> None:
    account = Account()
    requests_mock.post(URL, json=account)
    clock = Clock()
    sign_in = sign_in_with(clock, tokens=stored(timedelta(hours=40)))
    refused = sign_in.authorization()
    sign_in._now = meeting = Meeting()
    assert in_threads(lambda: sign_in.renew(refused), 16) == [True] * 16
    sign_in._now = clock
    assert sign_in.authorization() == "Bearer fake-access-1"
    assert len(account.asked) == 1
    assert not meeting.met, "two threads were refreshing at once"


def test_a_late_401_of_the_token_before_renews_nothing(requests_mock: requests_mock.Mocker) -> None:
    account = Account()
    requests_mock.post(URL, json=account)
    sign_in = sign_in_with(Clock(), tokens=stored(timedelta(hours=40)))
    first = sign_in.authorization()
    sign_in.renew(first)
    assert sign_in.renew(first) is True
    assert len(account.asked) == 1
    sign_in.accepted(sign_in.authorization())
    sign_in.renew(sign_in.authorization())
    assert len(account.asked) == 2


def test_a_renewed_token_that_was_never_accepted_is_not_renewed_again(
    requests_mock: requests_mock.Mocker,
) -> None:
    """Or every walk of a sync would use up a refresh token to learn the same."""
    account = Account()
    requests_mock.post(URL, json=account)
    sign_in = sign_in_with(Clock(), tokens=stored(timedelta(hours=40)))
    assert sign_in.renew(sign_in.authorization()) is True
    assert [sign_in.renew(sign_in.authorization()) for _ in range(5)] == [False] * 5
    sign_in.accepted("Bearer another")
    assert sign_in.renew(sign_in.authorization()) is False
    assert len(account.asked) == 1


def client_sign_in(clock: Clock, published: list[Tokens]) -> OAuthSignIn:
    return OAuthSignIn(CLIENT, tokens=None, refresh_token=None, publish=published.append, now=clock)


def test_a_client_signs_in_as_itself(requests_mock: requests_mock.Mocker) -> None:
    endpoint = requests_mock.post(
        URL, json={"access_token": "fake-access-1", "scope": "read", "expires_in": 1800}
    )
    clock, published = Clock(), list[Tokens]()
    sign_in = client_sign_in(clock, published)
    assert sign_in.authorization() == "Bearer fake-access-1"
    assert endpoint.last_request.json() == {
        "grant_type": "client_credentials",
        "client_id": "fake-client",
        "client_secret": "fake-client-secret",
        "scope": "read",
        "expires_in": TOKEN_LIFETIME_S,
    }
    clock.at = NOW + timedelta(seconds=1800) - EXPIRY_MARGIN
    sign_in.authorization()
    assert endpoint.call_count == 2
    assert {request.json()["grant_type"] for request in endpoint.request_history} == {
        "client_credentials"
    }


def test_a_client_that_gets_a_refresh_token_all_the_same_does_not_use_it(
    requests_mock: requests_mock.Mocker,
) -> None:
    endpoint = requests_mock.post(URL, json={"access_token": "a", "refresh_token": "r"})
    sign_in = client_sign_in(Clock(), [])
    assert sign_in.renew(sign_in.authorization()) is True
    assert [request.json()["grant_type"] for request in endpoint.request_history] == [
        "client_credentials"
    ] * 2


def test_the_headers_of_a_marketplace_app_go_along(requests_mock: requests_mock.Mocker) -> None:
    endpoint = requests_mock.post(URL, json={"access_token": "a"})
    client = OAuthClient(BASE, "fake-client", "fake-client-secret", {"X-App": "Acme Sync"})
    request_token(client, {})
    assert endpoint.last_request.headers["X-App"] == "Acme Sync"


def refused_with(**answer: Any) -> ConnectorError:
    with requests_mock.Mocker() as endpoint:
        endpoint.post(URL, **answer)
        with pytest.raises(ConnectorError) as caught:
            sign_in_with(Clock()).authorization()
        assert endpoint.call_count == 1, "a refresh must not be sent twice"
    text = f"{caught.value}{caught.value!r}"
    assert [secret for secret in SECRETS if secret in text] == []
    return caught.value


GRANT = {"error": "invalid_grant", "error_description": "fake-refresh-0 is dead"}
NO_DESK = {"error": {"title": "No help desk at acme.zendesk.com", "message": "There is no"}}
REFUSALS = {
    "invalid_grant": {"status_code": 400, "json": GRANT},
    "invalid_client": {"status_code": 401, "json": {"error": "invalid_client"}},
    "invalid_scope": {"status_code": 400, "json": {"error": "invalid_scope"}},
    "no help desk": {"status_code": 404, "json": NO_DESK},
    "a code that is not known": {"status_code": 403, "json": {"error": "odd"}},
    "a client that may not": {"status_code": 400, "json": {"error": "unauthorized_client"}},
    "a renamed account": {"status_code": 301, "headers": {"Location": "https://x.example/"}},
    "an ended trial": {"status_code": 402, "text": "<html></html>"},
    "no access token": {"status_code": 200, "json": {"scope": "read"}},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_for_the_user_to_mend(name: str) -> None:
    assert refused_with(**REFUSALS[name]).failure is Failure.CONFIG


def test_each_refusal_has_a_sentence_of_its_own() -> None:
    sentences = {refused_with(**answer).what for answer in REFUSALS.values()}
    assert len(sentences) == len(REFUSALS)


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 500, "json": {}},
        {"status_code": 503, "text": "<html>fake-refresh-0</html>"},
        {"status_code": 429, "json": {"error": "APIRateLimitExceeded"}},
        {"status_code": 200, "text": ""},
        {"status_code": 200, "text": "<html></html>"},
        {"exc": requests.exceptions.ConnectTimeout},
        {"exc": requests.exceptions.ReadTimeout("fake-refresh-0")},
        {"exc": requests.exceptions.ConnectionError("fake-refresh-0")},
        {"exc": requests.exceptions.ChunkedEncodingError},
        {"exc": requests.exceptions.SSLError},
    ],
)
def test_what_passes_is_transient_and_not_sent_again(answer: dict[str, Any]) -> None:
    assert refused_with(**answer).failure is Failure.TRANSIENT


@pytest.mark.parametrize("body", [[], "text", 5, False, {"access_token": ""}])
def test_a_success_without_a_token_is_a_refusal(body: object) -> None:
    assert refused_with(status_code=200, json=body).failure is Failure.CONFIG


def test_a_failed_refresh_keeps_what_there_was(requests_mock: requests_mock.Mocker) -> None:
    """A thread that comes later, when the network is back, can still refresh."""
    account = Account()
    requests_mock.post(URL, [{"exc": requests.exceptions.ConnectTimeout}, {"json": account}])
    sign_in = sign_in_with(Clock())
    with pytest.raises(ConnectorError):
        sign_in.authorization()
    assert sign_in.authorization() == "Bearer fake-access-1"


def test_the_token_request_goes_nowhere_else_and_carries_no_netrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requests_mock: requests_mock.Mocker
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.zendesk.com login someone password not-a-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    elsewhere = requests_mock.post("https://evil.example/oauth/tokens", json=Account())
    moved = requests_mock.post(
        URL, status_code=307, headers={"Location": "https://evil.example/oauth/tokens"}, json={}
    )
    with pytest.raises(ConnectorError):
        request_token(CLIENT, {"grant_type": "refresh_token"})
    assert moved.call_count == 1
    assert "Authorization" not in moved.request_history[0].headers
    assert elsewhere.call_count == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T20:32:20.274181+00:00", datetime(2026, 11, 22, 20, 32, 20, 274181, UTC)),
        ("2026-11-22T20:32:20Z", datetime(2026, 11, 22, 20, 32, 20, tzinfo=UTC)),
        ("2026-11-22T20:32:20", datetime(2026, 11, 22, 20, 32, 20, tzinfo=UTC)),
        ("2026-11-22T20:32:20+02:00", datetime(2026, 11, 22, 18, 32, 20, tzinfo=UTC)),
        ("", None),
        ("soon", None),
        ("1790000000", None),
    ],
)
def test_the_stored_expiry(text: str, expected: datetime | None) -> None:
    assert parse_token_expiry(text) == expected


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_expiry_at_the_end_of_time_is_only_a_date(
    text: str, requests_mock: requests_mock.Mocker
) -> None:
    requests_mock.post(URL, json=Account())
    tokens = Tokens("fake-access-0", "fake-refresh-0", parse_token_expiry(text))
    is_past = text.startswith("0001")
    expected = "Bearer fake-access-1" if is_past else "Bearer fake-access-0"
    assert sign_in_with(Clock(), tokens=tokens).authorization() == expected
