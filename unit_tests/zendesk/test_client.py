"""One page from one account: what is tried again, for how long, and what is never done at all."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock as mocking
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.auth import (
    FixedSignIn,
    OAuthClient,
    OAuthSignIn,
    SignIn,
    access_token_sign_in,
    api_token_sign_in,
)
from source_zendesk_support.zendesk.client import ZendeskClient
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    RecordRefused,
    StartTimeTooRecent,
    StreamRefused,
    TokenRefused,
)
from source_zendesk_support.zendesk.pacing import OUR_WINDOW_S
from source_zendesk_support.zendesk.patience import (
    BACKOFF_LONGEST_S,
    DEFAULT_RETRY_AFTER_S,
    LONGEST_NAP_S,
    MAX_RETRY_AFTER_S,
    Clocks,
    Patience,
)
from source_zendesk_support.zendesk.rate_limits import RateLimits
from source_zendesk_support.zendesk.request import GROW_AFTER_PAGES, PageSize

BASE = "https://acme.zendesk.com"
GROUPS = f"{BASE}/api/v2/groups"
TICKETS = "incremental/tickets/cursor"
EXPORT = f"{BASE}/api/v2/{TICKETS}"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
PAGE = {"json": {"groups": [{"id": 1}], "meta": {"has_more": False}}}


class Time:
    """A clock that only sleeping moves; `waits` is what was slept, `meanwhile` happens in it."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.waits: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "sleeping for no time is a busy loop"
        self.waits.append(seconds)
        self.meanwhile()
        self.passed_s += seconds

    def clocks(self) -> Clocks:
        return Clocks(
            monotonic=lambda: self.passed_s,
            now=lambda: NOW + timedelta(seconds=self.passed_s),
            sleep=self.sleep,
        )


class Connection:
    """A client with a clock of its own, and what it wrote to the log."""

    def __init__(
        self,
        base_url: str = BASE,
        sign_in: SignIn | None = None,
        *,
        patience: Patience | None = None,
        requests_in_flight: int = 3,
        rate_limits: RateLimits | None = None,
    ) -> None:
        self.time = Time()
        self.log: list[str] = []
        self.client = ZendeskClient(
            base_url,
            sign_in or access_token_sign_in("not-a-secret"),
            rate_limits=rate_limits or RateLimits(),
            requests_in_flight=requests_in_flight,
            patience=patience or Patience(),
            clocks=self.time.clocks(),
            log=self.log.append,
        )

    def groups(self, **params: str) -> dict[str, Any]:
        return self.client.get("groups", params, expects="groups").body

    def failure(self, path: str = "groups", **params: str) -> ConnectorError:
        with pytest.raises(ConnectorError) as caught:
            self.client.get(path, params, expects="groups")
        return caught.value


@pytest.fixture
def wire() -> Iterator[mocking.Mocker]:
    with mocking.Mocker() as mocker:
        yield mocker


def test_a_page_is_its_object(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **PAGE)
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert connection.time.waits == []
    assert wire.call_count == 1


def test_the_request_is_what_was_asked_for(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, json={"tickets": []})
    Connection().client.get(
        TICKETS,
        {"cursor": "aQ=+/", "include": "metric_sets"},
        expects="tickets",
        size=PageSize("per_page", 1000),
    )
    (request,) = wire.request_history
    # The parsed query of the mock is in small letters.
    assert request.qs == {"cursor": ["aq=+/"], "include": ["metric_sets"], "per_page": ["1000"]}
    assert "cursor=aQ%3D%2B%2F" in request.url
    assert request.headers["Authorization"] == "Bearer not-a-secret"
    connect_s, read_s = request.timeout
    assert connect_s
    assert read_s > 60  # a full export takes up to a minute (zendesk/api.md 1.4)


def test_an_empty_page_is_a_page(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, json={"groups": []})
    assert Connection().groups() == {"groups": []}


def test_the_expected_type_can_be_another(wire: mocking.Mocker) -> None:
    url = f"{BASE}/api/v2/account/settings"
    wire.get(url, [{"json": {"settings": []}}, {"json": {"settings": {"a": 1}}}])
    page = Connection().client.get("account/settings", {}, expects="settings", expected_type=dict)
    assert page.body == {"settings": {"a": 1}}
    assert wire.call_count == 2


NO_PAGES: dict[str, dict[str, Any]] = {
    "without the key": {"json": {"users": []}},
    "a null list": {"json": {"groups": None}},
    "an object for a list": {"json": {"groups": {}}},
    "an error in a success": {"json": {"error": "RecordNotFound"}},
    "a list": {"json": [{"id": 1}]},
    "a text": {"json": "Rate limit exceeded"},
    "null": {"text": "null"},
    "HTML": {"text": "<html>sign in</html>", "headers": {"Content-Type": "text/html"}},
    "nothing": {"content": b""},
    "cut off": {"content": b'{"groups": [{"id": 1}, {"id'},
    "not UTF-8": {"content": b'{"groups": ["\xff"]}'},
    "two objects": {"content": b'{"groups": []}{"groups": []}'},
}


@pytest.mark.parametrize("name", NO_PAGES)
def test_a_success_that_is_no_page_is_tried_again(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [NO_PAGES[name], NO_PAGES[name], PAGE])
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert len(connection.time.waits) == 2


@pytest.mark.parametrize("name", NO_PAGES)
def test_a_success_that_is_never_a_page_fails_as_passing(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **NO_PAGES[name])
    connection = Connection()
    error = connection.failure()
    assert error.failure is Failure.TRANSIENT
    assert error.about == "GET groups"
    assert 600 <= connection.time.passed_s <= 600 + BACKOFF_LONGEST_S


FAULTS: dict[str, dict[str, Any]] = {
    **{str(status): {"status_code": status, "text": "x"} for status in (408, 409, 500, 502, 503)},
    **{str(status): {"status_code": status} for status in (504, 520, 524)},
    "connect timeout": {"exc": requests.exceptions.ConnectTimeout},
    "read timeout": {"exc": requests.exceptions.ReadTimeout},
    "no connection": {"exc": requests.exceptions.ConnectionError},
    "TLS": {"exc": requests.exceptions.SSLError},
    "chunks": {"exc": requests.exceptions.ChunkedEncodingError},
    "compression": {"exc": requests.exceptions.ContentDecodingError},
    "proxy": {"exc": requests.exceptions.ProxyError},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_is_tried_again(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [FAULTS[name], PAGE])
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert len(connection.time.waits) == 1
    assert connection.client.accounting.retries["groups"] == 1
    assert "groups" in connection.log[0]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_stays_is_given_up_after_ten_minutes(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **FAULTS[name])
    connection = Connection()
    error = connection.failure()
    assert error.failure is Failure.TRANSIENT
    assert 600 <= connection.time.passed_s <= 600 + BACKOFF_LONGEST_S
    assert 10 <= wire.call_count <= 40


@pytest.mark.parametrize("patience_s", [0.0, 10.0, 3600.0])
def test_patience_is_as_long_as_was_asked_for(patience_s: float, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=500)
    connection = Connection(patience=Patience(faults_s=patience_s))
    connection.failure()
    assert patience_s <= connection.time.passed_s <= patience_s * 2 + BACKOFF_LONGEST_S
    assert (wire.call_count == 1) is (patience_s == 0.0)


def test_backoff_grows_with_bounded_jitter(
    wire: mocking.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.get(GROUPS, status_code=500)
    waits = []
    for drawn in (0.0, 0.999999):
        monkeypatch.setattr("random.random", lambda drawn=drawn: drawn)
        connection = Connection()
        connection.failure()
        waits.append(connection.time.waits)
        steps = list(pairwise(connection.time.waits))
        assert all(second >= first for first, second in steps)
        assert max(connection.time.waits) <= BACKOFF_LONGEST_S
        assert connection.time.waits[3] > 3 * connection.time.waits[0]
    lowest, highest = waits
    # Apart enough to part a crowd, near enough to keep the order of growth.
    assert all(low < high <= 2.0001 * low for low, high in zip(lowest, highest, strict=False))


def test_each_request_has_its_own_patience(wire: mocking.Mocker) -> None:
    connection = Connection()
    for _ in range(50):
        wire.get(GROUPS, [{"status_code": 500}] * 5 + [PAGE])
        connection.groups()
    assert connection.time.passed_s > 600


def test_a_503_says_how_long(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [{"status_code": 503, "headers": {"Retry-After": "17"}}, PAGE])
    connection = Connection()
    connection.groups()
    assert connection.time.waits == [17.0]


def test_a_503_cannot_ask_for_ever(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=503, headers={"Retry-After": "999999999"})
    connection = Connection()
    assert connection.failure().failure is Failure.TRANSIENT
    assert max(connection.time.waits) <= MAX_RETRY_AFTER_S


RETRY_AFTERS = [
    ({"Retry-After": "7"}, 7.0),
    ({"retry-after": "7"}, 7.0),
    ({"Retry-After": "2.5"}, 2.5),
    ({"Retry-After": formatdate(NOW_S + 33, usegmt=True)}, 33.0),
    # Zendesk's own clock counts, not ours, which is an hour behind here.
    (
        {
            "Date": formatdate(NOW_S + 3600, usegmt=True),
            "Retry-After": formatdate(NOW_S + 3609, usegmt=True),
        },
        9.0,
    ),
    ({}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": ""}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": "soon"}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": "nan"}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": "99999999"}, MAX_RETRY_AFTER_S),
]


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTERS)
def test_a_429_is_waited_for_as_told(
    headers: dict[str, str], seconds: float, wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, [{"status_code": 429, "headers": headers, "text": "slow"}, PAGE])
    connection = Connection()
    connection.groups()
    assert sum(connection.time.waits) == pytest.approx(seconds)
    assert max(connection.time.waits) <= LONGEST_NAP_S, "no minute of silence"
    assert connection.client.accounting.waited_s["account"] == pytest.approx(seconds, abs=1)


@pytest.mark.parametrize("told", ["0", "-5", "0.0", formatdate(NOW_S - 500, usegmt=True)])
def test_a_429_that_asks_for_no_wait_is_not_hammered(told: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=429, headers={"Retry-After": told})
    connection = Connection(patience=Patience(rate_limits_s=30))
    assert connection.failure().failure is Failure.TRANSIENT
    assert wire.call_count <= 33


def test_a_429_is_no_failed_try(wire: mocking.Mocker) -> None:
    """An hour of 429 is no fault: the patience for faults (ten minutes) has not even begun."""
    throttled = {"status_code": 429, "headers": {"Retry-After": "60"}}
    wire.get(GROUPS, [*[throttled] * 60, {"status_code": 500}, PAGE])
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert sum(connection.time.waits[:-1]) == 60.0 * 60
    assert connection.time.waits[-1] <= 1.0, "the first fault is followed by the first backoff"


def test_a_429_for_hours_is_given_up(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, status_code=429, headers={"Retry-After": "60"})
    connection = Connection()
    error = connection.failure(TICKETS)
    assert error.failure is Failure.TRANSIENT
    assert "incremental-exports" in error.what
    assert 7200 <= connection.time.passed_s <= 7200 + 120


def test_a_429_pauses_everybody_in_its_bucket_and_nobody_else(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, [{"status_code": 429, "headers": {"Retry-After": "40"}}, {"json": {"t": []}}])
    wire.get(f"{BASE}/api/v2/incremental/organizations", json={"organizations": []})
    wire.get(GROUPS, **PAGE)
    limits = RateLimits()
    connection = Connection(rate_limits=limits)

    def look() -> None:
        assert limits.reserve("groups", now=connection.time.passed_s) is None
        wait = limits.reserve("incremental/organizations", now=connection.time.passed_s)
        assert wait
        assert wait.seconds == 40.0 - connection.time.passed_s

    connection.time.meanwhile = look
    connection.client.get(TICKETS, {}, expects="t")
    assert sum(connection.time.waits) == 40.0


def test_waiting_is_told_with_who_waits_for_what(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, [{"status_code": 429, "headers": {"Retry-After": "40"}}, {"json": {"t": []}}])
    connection = Connection()
    connection.client.get(TICKETS, {}, expects="t")
    assert any(
        TICKETS in line and "40 s" in line and "incremental-exports" in line
        for line in connection.log
    )


def test_documented_pace_is_kept_before_any_429(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, json={"tickets": []})
    connection = Connection()
    for _ in range(21):
        connection.client.get(TICKETS, {}, expects="tickets")
    assert connection.time.passed_s == pytest.approx(2 * OUR_WINDOW_S)


def test_the_pace_follows_the_answers(wire: mocking.Mocker) -> None:
    headers = {"zendesk-ratelimit-incremental-exports": "total=30; remaining=29; resets=60"}
    wire.get(EXPORT, json={"tickets": []}, headers=headers)
    connection = Connection()
    for _ in range(30):
        connection.client.get(TICKETS, {}, expects="tickets")
    assert connection.time.passed_s < 60.0


def test_an_export_that_is_too_large_is_halved_down_to_one(wire: mocking.Mocker) -> None:
    """Each 504 comes after a minute, and ten of them stand between a thousand records and one."""
    connection = Connection()
    sizes: list[int] = []

    def answer(request: Any, context: Any) -> dict[str, Any]:
        connection.time.passed_s += 60.0
        sizes.append(int(request.qs["per_page"][0]))
        context.status_code = 200 if sizes[-1] == 1 and sizes.count(1) == 3 else 504
        return {"tickets": []}

    wire.get(EXPORT, json=answer)
    size = PageSize("per_page", 1000)
    connection.client.get(TICKETS, {}, expects="tickets", size=size)
    assert sizes == [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1]
    assert size.value == 1, "what worked is remembered for the run"


def test_a_504_at_one_record_is_given_up_in_time(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, status_code=504, text="upstream request timeout")
    connection = Connection()
    with pytest.raises(ConnectorError) as caught:
        connection.client.get(TICKETS, {}, expects="tickets", size=PageSize("per_page", 4))
    assert caught.value.failure is Failure.TRANSIENT
    assert connection.time.passed_s < 800


@pytest.mark.parametrize("status", [500, 502, 503, 409])
def test_only_a_504_makes_the_page_smaller(status: int, wire: mocking.Mocker) -> None:
    wire.get(EXPORT, [{"status_code": status}, {"json": {"tickets": []}}])
    size = PageSize("per_page", 1000)
    Connection().client.get(TICKETS, {}, expects="tickets", size=size)
    assert size.value == 1000


def refresh_sign_in() -> OAuthSignIn:
    return OAuthSignIn(
        OAuthClient(BASE, "fake-client", "fake-client-secret"),
        tokens=None,
        refresh_token="fake-refresh-0",
        publish=lambda _: None,
        now=lambda: NOW,
    )


def serve_tokens(wire: mocking.Mocker) -> Any:
    def answer(_request: Any, _context: Any) -> dict[str, Any]:
        number = endpoint.call_count
        return {"access_token": f"fake-{number}", "refresh_token": f"r{number}", "expires_in": 1800}

    endpoint = wire.post(f"{BASE}/oauth/tokens", json=answer)
    return endpoint


def test_a_401_renews_once_and_goes_on(wire: mocking.Mocker) -> None:
    tokens = serve_tokens(wire)
    pages = wire.get(GROUPS, [{"status_code": 401}, PAGE])
    connection = Connection(sign_in=refresh_sign_in())
    assert connection.groups() == PAGE["json"]
    assert tokens.call_count == 2
    first, second = (r.headers["Authorization"] for r in pages.request_history)
    assert (first, second) == ("Bearer fake-1", "Bearer fake-2")
    assert connection.time.waits == []


def test_a_401_that_stays_is_refused_after_one_renewal(wire: mocking.Mocker) -> None:
    tokens = serve_tokens(wire)
    pages = wire.get(GROUPS, status_code=401, json={"error": "invalid_token"})
    error = Connection(sign_in=refresh_sign_in()).failure()
    assert type(error) is TokenRefused
    assert error.failure is Failure.CONFIG
    assert (pages.call_count, tokens.call_count) == (2, 2)


def test_each_page_may_renew_once(wire: mocking.Mocker) -> None:
    """A token may die many times in a long run."""
    serve_tokens(wire)
    wire.get(GROUPS, [{"status_code": 401}, PAGE, PAGE, {"status_code": 401}, PAGE])
    connection = Connection(sign_in=refresh_sign_in())
    for _ in range(3):
        assert connection.groups() == PAGE["json"]


@pytest.mark.parametrize(
    "sign_in", [api_token_sign_in("ann@example.com", "not-a-secret"), FixedSignIn("Bearer x")]
)
def test_a_401_of_a_fixed_token_is_asked_once(sign_in: FixedSignIn, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=401, json={"error": "Couldn't authenticate you"})
    connection = Connection(sign_in=sign_in)
    assert type(connection.failure()) is TokenRefused
    assert wire.call_count == 1
    assert connection.time.waits == []


@pytest.mark.parametrize(
    ("answer", "params", "kind"),
    [
        ({"status_code": 403, "json": {"error": {"title": "Forbidden"}}}, {}, StreamRefused),
        ({"status_code": 404, "json": {"error": "InvalidEndpoint"}}, {}, StreamRefused),
        ({"status_code": 404, "text": "<html></html>"}, {}, StreamRefused),
        (
            {"status_code": 400, "json": {"errors": [{"code": "StartTimeTooRecent"}]}},
            {"start_time": "1"},
            StartTimeTooRecent,
        ),
        (
            {"status_code": 400, "json": {"errors": [{"code": "InvalidPaginationParameter"}]}},
            {"page[after]": "x"},
            CursorRefused,
        ),
        ({"status_code": 422, "json": {"error": "RecordInvalid"}}, {}, RecordRefused),
        ({"status_code": 204}, {}, ConnectorError),
        ({"status_code": 402}, {}, ConnectorError),
    ],
)
def test_what_cannot_get_better_is_asked_once(
    answer: dict[str, Any], params: dict[str, str], kind: type, wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, **answer)
    connection = Connection()
    assert type(connection.failure(**params)) is kind
    assert wire.call_count == 1
    assert connection.time.waits == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, wire: mocking.Mocker) -> None:
    elsewhere = wire.get("https://evil.example/", json={"groups": []})
    wire.get(GROUPS, status_code=status, headers={"Location": "https://evil.example/"})
    assert Connection().failure().failure is Failure.CONFIG
    assert elsewhere.call_count == 0


def test_a_netrc_of_the_machine_signs_nothing(
    wire: mocking.Mocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.zendesk.com login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth(GROUPS), "the file must be one that requests would use"
    wire.get(GROUPS, **PAGE)
    Connection().groups()
    assert wire.request_history[0].headers["Authorization"] == "Bearer not-a-secret"


def test_no_error_and_no_log_line_holds_the_token(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, text="not-a-secret", status_code=500)
    connection = Connection()
    texts = [str(connection.failure()), *connection.log]
    wire.get(GROUPS, text="not-a-secret")
    texts += [str(connection.failure()), *connection.log]
    wire.get(GROUPS, exc=requests.exceptions.ConnectionError("not-a-secret"))
    texts += [str(connection.failure()), *connection.log]
    assert [text for text in texts if "not-a-secret" in text] == []


@pytest.mark.parametrize(
    ("headers", "server_s"),
    [
        ({"Date": formatdate(NOW_S + 500, usegmt=True)}, NOW_S + 500),
        ({"date": formatdate(NOW_S - 500, usegmt=True)}, NOW_S - 500),
        ({}, NOW_S),
        ({"Date": ""}, NOW_S),
        ({"Date": "now"}, NOW_S),
        ({"Date": "21 Oct 99999999999 07:28:00 GMT"}, NOW_S),
    ],
)
def test_the_time_is_zendesks_own(
    headers: dict[str, str], server_s: int, wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, json={"groups": []}, headers=headers)
    assert Connection().client.get("groups", {}, expects="groups").server_s == server_s


def test_accounting_counts_every_request(wire: mocking.Mocker) -> None:
    body = b'{"groups": []}'
    wire.get(
        GROUPS,
        [
            {"status_code": 429, "headers": {"Retry-After": "30"}, "content": b"slow"},
            {"exc": requests.exceptions.ConnectionError},
            {"status_code": 503, "headers": {"Retry-After": "20"}, "content": b"down!"},
            {"content": body},
            {"content": body},
        ],
    )
    connection = Connection()
    connection.groups()
    connection.groups()
    accounting = connection.client.accounting
    assert accounting.requests == {"groups": 5}
    assert accounting.retries == {"groups": 3}
    assert accounting.bytes_read == len(b"slow") + len(b"down!") + 2 * len(body)
    assert accounting.waited_s["account"] == 30
    assert 20 <= accounting.waited_s["faults"] <= 21


@given(st.integers(1, 1000), st.lists(st.booleans(), max_size=200))
def test_a_page_size_stays_between_one_and_what_was_asked(largest: int, good: list[bool]) -> None:
    size = PageSize("per_page", largest)
    for served in good:
        size.grow_if_due()
        assert 1 <= size.value <= largest
        if served:
            size.served()
        else:
            before = size.value
            size.shrink()
            assert size.value == max(1, before // 2)


def test_a_page_size_grows_again_and_tries_the_fatal_one_ever_more_rarely() -> None:
    """A server that can give 500 and not 1000: each try above costs a minute of it."""
    size = PageSize("per_page", 1000)
    asked = []
    for _ in range(400):
        size.grow_if_due()
        asked.append(size.value)
        if size.value > 500:
            size.shrink()
        else:
            size.served()
    too_large = [number for number, value in enumerate(asked) if value > 500]
    assert len(too_large) < 8
    gaps = [later - first for first, later in pairwise(too_large)]
    assert gaps == sorted(gaps)


def test_a_page_size_recovers_whole() -> None:
    size = PageSize("per_page", 1000)
    for _ in range(9):
        size.shrink()
    assert size.value == 1
    for _ in range(20 * GROW_AFTER_PAGES):
        size.grow_if_due()
        size.served()
    assert size.value == 1000


def test_the_size_is_what_the_page_was_asked_with(wire: mocking.Mocker) -> None:
    """A time export tells a full page by it, so it may not grow behind the walk's back."""
    wire.get(EXPORT, json={"tickets": []})
    connection, size = Connection(), PageSize("per_page", 8)
    size.shrink()
    for _ in range(40):
        connection.client.get(TICKETS, {}, expects="tickets", size=size)
        assert wire.last_request.qs["per_page"] == [str(size.value)]
    assert size.value == 8


def test_an_absurd_wait_is_cut_and_told(wire: mocking.Mocker) -> None:
    throttled = {"status_code": 429, "headers": {"Retry-After": "14400"}}
    wire.get(GROUPS, [throttled, PAGE])
    connection = Connection()
    connection.groups()
    assert any("14400 s" in line and "too long" in line for line in connection.log)
    assert connection.time.passed_s == MAX_RETRY_AFTER_S


def test_a_503_that_asks_for_no_wait_is_not_hammered(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=503, headers={"Retry-After": "0"})
    connection = Connection(patience=Patience(faults_s=30))
    assert connection.failure().failure is Failure.TRANSIENT
    assert wire.call_count <= 32


def test_a_walk_is_told_when_it_has_to_wait_and_when_it_goes_on(wire: mocking.Mocker) -> None:
    throttled = {"status_code": 429, "headers": {"Retry-After": "40"}}
    wire.get(EXPORT, [throttled, {"json": {"tickets": []}}])
    wire.get(GROUPS, **PAGE)
    connection = Connection()
    told: list[datetime | None] = []
    client = connection.client.on_behalf_of("tickets, ticket_metrics", told.append)
    client.get(TICKETS, {}, expects="tickets")
    assert told == [NOW + timedelta(seconds=40), NOW + timedelta(seconds=40)]
    client.get("groups", {}, expects="groups")
    assert told[2:] == [None]
    client.get("groups", {}, expects="groups")
    assert len(told) == 3
    assert any(
        line == f"tickets, ticket_metrics (GET {TICKETS}) waits 40 s for the bucket "
        "incremental-exports."
        for line in connection.log
    )
    assert connection.client.accounting.requests == {"tickets, ticket_metrics": 4}
    assert connection.client.accounting.waited_by == {"tickets, ticket_metrics": 40}


def test_a_wait_of_a_moment_is_not_told(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [{"status_code": 429, "headers": {"Retry-After": "2"}}, PAGE])
    connection = Connection()
    told: list[datetime | None] = []
    connection.client.on_behalf_of("groups", told.append).get("groups", {}, expects="groups")
    assert told == []


COUNT = f"{BASE}/api/v2/users/count"


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({"json": {"count": {"value": 7, "refreshed_at": "2026-03-01T00:00:00Z"}}}, 7),
        # Zendesk is still counting, and says 100,000 meanwhile.
        ({"json": {"count": {"value": 100_000, "refreshed_at": None}}}, None),
        ({"json": {"count": 7}}, None),
        ({"json": {"count": {"value": "7", "refreshed_at": "x"}}}, None),
        ({"json": []}, None),
        ({"text": "<html>"}, None),
        ({"status_code": 403, "json": {}}, None),
        ({"status_code": 500, "text": ""}, None),
        ({"exc": requests.exceptions.ReadTimeout}, None),
        ({"status_code": 429, "headers": {"Retry-After": "30"}, "json": {}}, None),
    ],
)
def test_a_count_is_asked_once(
    answer: dict[str, Any], count: int | None, wire: mocking.Mocker
) -> None:
    wire.get(COUNT, **answer)
    connection = Connection()
    assert connection.client.count("users/count") == count
    assert wire.call_count == 1
    assert connection.time.waits == []


def test_a_count_never_waits_and_its_429_counts(wire: mocking.Mocker) -> None:
    wire.get(COUNT, status_code=429, headers={"Retry-After": "30"})
    connection = Connection()
    assert connection.client.count("users/count") is None
    assert connection.client.count("groups/count") is None
    assert wire.call_count == 1


def in_threads(work: Callable[[], object], count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


class Session(requests.Session):
    """Answers without the lock round every request that the mock has."""

    def __init__(self, answer: Callable[[], None]) -> None:
        super().__init__()
        self.answer = answer

    def get(self, *_args: object, **_more: object) -> requests.Response:  # type: ignore[override]
        self.answer()
        response = requests.Response()
        response.status_code = 200
        response._content = b'{"groups": []}'
        return response


@pytest.mark.parametrize("bound", [1, 2, 5])
def test_requests_in_flight_are_bounded(bound: int) -> None:
    """Each answer waits until as many requests as may be are under way, so the bound is reached."""
    lock, filled = threading.Lock(), threading.Barrier(bound)
    under_way, most = 0, 0

    def answer() -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        filled.wait(timeout=30)
        with lock:
            under_way -= 1

    connection = Connection(requests_in_flight=bound)
    connection.client._session = Session(answer)
    for thread in in_threads(connection.groups, bound * 4):
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert most == bound
    assert connection.client.accounting.requests["groups"] == bound * 4


def test_pages_that_are_asked_for_are_under_way_together() -> None:
    """Each answer waits for the others, so none comes unless all were sent."""
    together = threading.Barrier(3)
    connection = Connection(requests_in_flight=3)
    connection.client._session = Session(lambda: together.wait(timeout=30) and None)
    waiting = [connection.client.ask("groups", {}, expects="groups") for _ in range(3)]
    assert [wait().body for wait in waiting] == [{"groups": []}] * 3
    assert connection.client.accounting.requests["groups"] == 3


def test_what_is_asked_for_keeps_its_turn_until_it_is_answered() -> None:
    sending, answered = threading.Event(), threading.Event()

    def hold() -> None:
        sending.set()
        assert answered.wait(timeout=30)

    connection = Connection(requests_in_flight=1)
    connection.client._session = Session(hold)
    wait = connection.client.ask("groups", {}, expects="groups")
    assert sending.wait(timeout=30)
    assert not connection.client._in_flight.acquire(blocking=False)
    answered.set()
    wait()
    assert connection.client._in_flight.acquire(timeout=30)


@pytest.mark.parametrize(
    "fault", [{"status_code": 500}, {"status_code": 429}, {"exc": requests.ConnectTimeout}]
)
def test_a_fault_of_what_was_asked_for_is_mended_by_who_waits(
    wire: mocking.Mocker, fault: dict[str, Any]
) -> None:
    wire.get(GROUPS, [fault, PAGE])
    connection = Connection()
    wait = connection.client.ask("groups", {}, expects="groups")
    assert connection.time.waits == []
    assert wait().body == PAGE["json"]
    assert connection.time.waits != []
    assert wire.call_count == 2


def test_an_error_of_what_was_asked_for_is_raised_where_it_is_waited_for(
    wire: mocking.Mocker,
) -> None:
    wire.get(GROUPS, status_code=404)
    wait = Connection().client.ask("groups", {}, expects="groups")
    with pytest.raises(StreamRefused):
        wait()
    limits = RateLimits()
    limits.block("groups", 40, now=0.0)
    impatient = Connection(rate_limits=limits, patience=Patience(rate_limits_s=30.0))
    wait = impatient.client.ask("groups", {}, expects="groups")
    with pytest.raises(ConnectorError, match="has no room"):
        wait()
    assert wire.call_count == 1


class Turnstile(threading.Semaphore):
    """Tells when somebody comes to wait for a turn."""

    def __init__(self) -> None:
        super().__init__(1)
        self.arrivals = threading.Semaphore(0)

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        self.arrivals.release()
        return super().acquire(blocking, timeout)


def test_room_is_taken_only_when_the_request_goes_out() -> None:
    """A request that waits for its turn has not been sent, so the budget still has its room."""
    limits = RateLimits(cap_per_minute=4)  # two of them may go at once
    connection = Connection(requests_in_flight=1, rate_limits=limits)
    sending, answered = threading.Event(), threading.Event()

    def hold() -> None:
        sending.set()
        assert answered.wait(timeout=30)

    connection.client._session = Session(hold)
    turnstile = connection.client._in_flight = Turnstile()
    threads = in_threads(connection.groups, 2)
    assert sending.wait(timeout=30)
    for _ in threads:
        assert turnstile.arrivals.acquire(timeout=30)
    assert limits.reserve("groups", now=0.0) is None
    answered.set()
    for thread in threads:
        thread.join(timeout=30)
    assert connection.time.waits, "only then was there no room left"


def test_asking_waits_for_room_and_holds_no_turn_meanwhile(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **PAGE)
    limits = RateLimits()
    connection = Connection(requests_in_flight=1, rate_limits=limits)
    limits.block("groups", 40, now=0.0)

    def look() -> None:
        assert wire.call_count == 0
        with connection.client._in_flight:
            pass

    connection.time.meanwhile = look
    connection.client.ask("groups", {}, expects="groups")()
    assert connection.time.passed_s == 40
    assert wire.call_count == 1


def test_a_walk_that_waits_for_room_holds_up_nobody(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, json={"tickets": []})
    wire.get(GROUPS, **PAGE)
    limits = RateLimits()
    connection = Connection(requests_in_flight=1, rate_limits=limits)
    limits.block(TICKETS, 40, now=0.0)
    read_meanwhile: list[dict[str, Any]] = []

    def read_groups() -> None:
        (other,) = in_threads(lambda: read_meanwhile.append(connection.groups()), 1)
        other.join(timeout=30)

    connection.time.meanwhile = read_groups
    connection.client.get(TICKETS, {}, expects="tickets")
    assert read_meanwhile == [PAGE["json"]] * 2, "in both halves of the wait"


# From here on a real socket on loopback answers, byte by byte: a mock cannot break off.

GOOD = b'{"groups": [{"id": 1}]}'


def head(length: int, *more: str) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Length: {length}",
        "Content-Type: application/json",
        *more,
    ]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
BROKEN: dict[str, bytes] = {
    "closed at once": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "not HTTP": b"\x16\x03\x01 nonsense\r\n\r\n",
    "body cut off": head(len(GOOD)) + GOOD[:9],
    "body missing": head(len(GOOD)),
    "chunk cut off": CHUNKED + b"17\r\n" + GOOD[:9],
    "chunk without a size": CHUNKED + b"zz\r\n" + GOOD,
    "last chunk missing": CHUNKED + b"17\r\n" + GOOD + b"\r\n",
    "not compressed": head(len(GOOD), "Content-Encoding: gzip") + GOOD,
    "compression cut off": head(20, "Content-Encoding: gzip") + gzip.compress(GOOD, mtime=0)[:20],
}


@contextmanager
def answering(answers: list[bytes], *, reset_first: bool = False) -> Iterator[str]:
    """Serve each answer on a connection of its own; optionally reset the first connection."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for number, answer in enumerate(answers):
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)
                if reset_first and number == 0:  # lingering for no time sends a reset
                    linger = b"\1\0\0\0\0\0\0\0"
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=30)
        assert not thread.is_alive(), "not every answer was asked for"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_tried_again(name: str) -> None:
    with answering([BROKEN[name], BROKEN[name], head(len(GOOD)) + GOOD]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert len(connection.time.waits) == 2
        connection.client.close()


@pytest.mark.parametrize("sent", [b"", head(len(GOOD)) + GOOD[:9]])
def test_a_reset_is_tried_again(sent: bytes) -> None:
    with answering([sent, head(len(GOOD)) + GOOD], reset_first=True) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert len(connection.time.waits) == 1
        connection.client.close()


def test_a_closed_port_is_a_passing_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    connection = Connection(f"http://127.0.0.1:{port}")
    assert connection.failure().failure is Failure.TRANSIENT
    assert 600 <= connection.time.passed_s <= 600 + BACKOFF_LONGEST_S


def test_a_compressed_page_is_read_whole() -> None:
    packed = gzip.compress(GOOD, mtime=0)
    with answering([head(len(packed), "Content-Encoding: gzip") + packed]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        connection.client.close()


def test_a_wait_that_is_longer_than_our_patience_is_told_at_once(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=429, headers={"Retry-After": "90"})
    connection = Connection(patience=Patience(rate_limits_s=65))
    error = connection.failure()
    assert "account" in error.what
    assert error.failure is Failure.TRANSIENT
    assert connection.time.waits == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"text": "<html>"}, "a page (HTML) instead of JSON"),
        ({"text": ""}, "instead of JSON"),
        ({"json": {"other": []}}, "a 200 without `groups`"),
        ({"exc": requests.exceptions.SSLError}, "TLS connection"),
        ({"exc": requests.exceptions.ConnectionError}, "no network connection"),
    ],
)
def test_what_could_not_be_read_is_named(
    wire: mocking.Mocker, answer: dict[str, Any], words: str
) -> None:
    wire.get(GROUPS, **answer)
    assert words in Connection(patience=Patience(faults_s=0)).failure().what


def test_a_token_is_accepted_by_an_answer_and_not_by_a_fault(wire: mocking.Mocker) -> None:
    tokens = serve_tokens(wire)
    wire.get(GROUPS, [{"status_code": 401}, {"status_code": 503}, {"status_code": 401}])
    connection = Connection(sign_in=refresh_sign_in())
    assert type(connection.failure()) is TokenRefused
    assert tokens.call_count == 2
    assert type(connection.failure()) is TokenRefused
    assert tokens.call_count == 2, "the renewed token never worked: another will not either"
