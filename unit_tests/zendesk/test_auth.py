"""Signing in: one refresh for all threads, published before it is used, and no secret printed."""

import contextlib
import threading
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
import requests_mock

from source_zendesk_support.zendesk.auth import (
    EXPIRY_MARGIN,
    access_token_sign_in,
    api_token_sign_in,
)
from source_zendesk_support.zendesk.errors import ConnectorError
from source_zendesk_support.zendesk.tokens import Tokens, parse_token_expiry
from test_support.client.connection import NOW
from test_support.client.sign_in import URL, Account, Clock, sign_in_with, stored


@pytest.mark.parametrize("email", ["ann@example.com", "ann@example.com/token"])
def test_api_token_is_a_basic_pair(email: str) -> None:
    header = api_token_sign_in(email, "not-a-secret").authorization()
    kind, _, pair = header.partition(" ")
    assert kind == "Basic"
    assert b64decode(pair).decode() == "ann@example.com/token:not-a-secret"


def test_api_token_may_hold_any_letter() -> None:
    pair = api_token_sign_in("zoë@example.com", "n\N{EURO SIGN}:x").authorization()[6:]
    assert b64decode(pair).decode() == "zoë@example.com/token:n\N{EURO SIGN}:x"


def test_a_fixed_sign_in_cannot_be_renewed() -> None:
    sign_in = access_token_sign_in("not-a-secret")
    assert sign_in.authorization() == "Bearer not-a-secret"
    assert sign_in.renew("Bearer not-a-secret") is False


def test_no_sign_in_shows_its_secret() -> None:
    shown = f"{access_token_sign_in('not-a-secret')!r} {stored(None)!r} {sign_in_with(Clock())!r}"
    assert "not-a-secret" not in shown
    assert "fake-" not in shown


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
def test_a_life_without_an_end_does_not_end(
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
    """The old pair is dead by then: however odd the answer, the new one must be published."""
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

    def renewed() -> str:
        assert sign_in.renew(refused) is True
        return sign_in.authorization()

    assert in_threads(renewed, 16) == ["Bearer fake-access-1"] * 16
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
    second = sign_in.authorization()
    assert sign_in.renew(first) is True
    assert sign_in.authorization() == second
    assert len(account.asked) == 1
    sign_in.accepted(second)
    sign_in.renew(second)
    assert sign_in.authorization() not in (first, second)
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


def test_a_failed_refresh_keeps_what_there_was(requests_mock: requests_mock.Mocker) -> None:
    """A thread that comes later, when the network is back, can still refresh."""
    account = Account()
    requests_mock.post(URL, [{"exc": requests.exceptions.ConnectTimeout}, {"json": account}])
    sign_in = sign_in_with(Clock())
    with pytest.raises(ConnectorError):
        sign_in.authorization()
    assert sign_in.authorization() == "Bearer fake-access-1"


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
