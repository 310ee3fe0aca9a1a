"""Files come whole or not at all, resume where they broke off, and credentials stay at home."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from source_zendesk_support.zendesk.accounting import Accounting
from source_zendesk_support.zendesk.auth import FixedSignIn, SignIn, TokenDelayed
from source_zendesk_support.zendesk.downloads import CHUNK, OUTAGE, Downloads
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.named_file import FileMissing, FileWithheld, Named
from source_zendesk_support.zendesk.timeouts import Clocks, Patience
from test_support.client.file_store import CONTENT, Store, answer, content, status

HEADER = "Bearer not-a-secret"
NAMES_NOTHING = Named()
PICTURE = Named(len(CONTENT), "image/png")


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


@pytest.fixture
def other() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


def downloads(
    store: Store, sign_in: SignIn | None = None, **patience: float
) -> tuple[Downloads, list[float]]:
    waits: list[float] = []
    clocks = Clocks(monotonic=lambda: sum(waits), now=lambda: datetime.now(UTC), sleep=waits.append)
    made = Downloads(
        store.url,
        sign_in or FixedSignIn(HEADER),
        patience=Patience(**patience),
        clocks=clocks,
        accounting=Accounting(),
    )
    return made, waits


def fetch(store: Store, folder: Path, named: Named = NAMES_NOTHING, **patience: float) -> bytes:
    target = folder / "a" / "b.bin"
    made, _ = downloads(store, **patience)
    size = made.fetch(f"{store.url}/b.bin?name=b%20c", target, named)
    assert [file.name for file in target.parent.iterdir()] == ["b.bin"]
    assert size == target.stat().st_size
    return target.read_bytes()


def test_a_file_comes_whole_with_the_credentials_of_the_account(store, tmp_path) -> None:
    store.script = [content()]
    assert fetch(store, tmp_path) == CONTENT
    assert store.seen[0]["Authorization"] == HEADER
    assert store.seen[0]["path"] == "/b.bin?name=b%20c"


class Delayed:
    """A sign-in that has a token only after it was asked so often."""

    is_oauth = True

    def __init__(self, times: int, *, is_rate_limited: bool) -> None:
        self.times = times
        self.is_rate_limited = is_rate_limited

    def authorization(self) -> str:
        if self.times:
            self.times -= 1
            raise TokenDelayed("status 503", 40.0, is_rate_limited=self.is_rate_limited)
        return HEADER

    def renew(self, refused: str) -> bool:
        raise AssertionError(refused)

    def accepted(self, header: str) -> None:
        """It makes no difference."""


@pytest.mark.parametrize("is_rate_limited", [True, False])
def test_a_token_is_waited_for(store, tmp_path, is_rate_limited: bool) -> None:
    store.script = [content()]
    made, waits = downloads(store, Delayed(2, is_rate_limited=is_rate_limited))
    assert made.fetch(f"{store.url}/x", tmp_path / "x", Named()) == len(CONTENT)
    assert waits == [40.0, 40.0]
    made, waits = downloads(
        store, Delayed(9, is_rate_limited=is_rate_limited), faults_s=30, rate_limits_s=60
    )
    with pytest.raises(ConnectorError, match=r"no access token \(status 503\)"):
        made.fetch(f"{store.url}/x", tmp_path / "x", Named())
    assert len(waits) == (2 if is_rate_limited else 1)


def test_a_broken_download_resumes_where_it_stopped(store, tmp_path) -> None:
    store.script = [content(cut_at=100_000), content(cut_at=70_000), content()]
    assert fetch(store, tmp_path) == CONTENT
    # The part of a chunk that had come when the connection broke is asked for again.
    asked = [seen.get("Range") for seen in store.seen]
    assert asked == [None, f"bytes={CHUNK}-", f"bytes={2 * CHUNK}-"]


def test_a_file_that_always_breaks_off_and_begins_again_is_withheld(store, tmp_path) -> None:
    store.script = [content(cut_at=100_000, etag=None)] * 20
    made, waits = downloads(store, faults_s=30)
    with pytest.raises(FileWithheld):
        made.fetch(f"{store.url}/x", tmp_path / "x", Named())
    assert len(waits) < 20


@pytest.mark.parametrize("etags", [('"one"', '"two"'), (None, None), ('W/"one"', 'W/"one"')])
def test_a_file_that_may_have_changed_begins_again(store, tmp_path, etags) -> None:
    store.script = [content(cut_at=100_000, etag=etags[0]), content(etag=etags[1])]
    assert fetch(store, tmp_path) == CONTENT


SIGN_IN = b"<!DOCTYPE html><title>Sign in</title>".ljust(len(CONTENT))


HTML = {"Content_Type": "text/html; charset=utf-8"}
NOT_THE_FILE = {
    "a page instead of a picture": (answer(SIGN_IN, **HTML), PICTURE),
    "a page, and no size": (answer(SIGN_IN[:90], **HTML), Named(None, "Image/PNG; a=b")),
    "a page in place of some file": (answer(SIGN_IN[:90], **HTML), Named(None, "")),
    "a page of another size": (answer(SIGN_IN[:90], **HTML), Named(len(CONTENT), "text/html")),
    "fewer bytes, in full": (answer(CONTENT[:-1]), PICTURE),
    "fewer bytes, cut off": (content(cut_at=9, says=False, etag=None), PICTURE),
    "nothing": (answer(b""), PICTURE),
    "more bytes": (answer(CONTENT + b"x"), PICTURE),
    "accepted": (answer(b"", 202), PICTURE),
    "no content": (status(204), NAMES_NOTHING),
    "not modified": (status(304), NAMES_NOTHING),
}


@pytest.mark.parametrize("name", NOT_THE_FILE)
def test_another_answer_than_the_file_is_not_stored_and_is_tried_again(
    store, tmp_path, name
) -> None:
    step, named = NOT_THE_FILE[name]
    store.script = [step, step, content()]
    assert fetch(store, tmp_path, named) == CONTENT


@pytest.mark.parametrize("name", NOT_THE_FILE)
def test_another_answer_than_the_file_is_withheld_within_patience(store, tmp_path, name) -> None:
    step, named = NOT_THE_FILE[name]
    store.script = [step] * 60
    made, waits = downloads(store, faults_s=100)
    with pytest.raises(FileWithheld) as caught:
        made.fetch(f"{store.url}/x", tmp_path / "x", named)
    assert store.url not in str(caught.value)
    assert 100 <= sum(waits) < 140
    assert list(tmp_path.iterdir()) == []
    # The next ones are asked for once each, until one comes: a sync must have an end.
    before = len(waits)
    for _ in range(3):
        with pytest.raises(FileWithheld):
            made.fetch(f"{store.url}/x", tmp_path / "x", named)
    assert len(waits) == before
    store.script = [content(), step, content()]
    for _ in range(2):
        assert made.fetch(f"{store.url}/x", tmp_path / "x", named) == len(CONTENT)
    assert len(waits) == before + 1


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        (HTML, Named(None, "text/html")),
        (HTML, Named(len(CONTENT), "application/xhtml+xml")),
        (HTML, Named(len(CONTENT), "application/octet-stream")),
        (HTML, Named(len(CONTENT))),
        ({"Content_Type": "application/octet-stream"}, PICTURE),
        ({"Content_Type": "text/plain"}, PICTURE),
        ({}, PICTURE),
    ],
)
def test_a_file_is_a_file_whatever_its_store_calls_it(store, tmp_path, headers, named) -> None:
    store.script = [answer(CONTENT, **headers)]
    assert fetch(store, tmp_path, named) == CONTENT


def test_a_page_behind_a_redirect_is_not_the_file(store, tmp_path) -> None:
    store.script = [status(302, Location="/access/unauthenticated"), answer(SIGN_IN, **HTML)] * 9
    made, _ = downloads(store, faults_s=0)
    with pytest.raises(FileWithheld, match="page"):
        made.fetch(f"{store.url}/x", tmp_path / "x", PICTURE)


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_file_is_withheld_and_not_missing(store, tmp_path, code) -> None:
    store.script = [status(code), status(code)]
    made, waits = downloads(store)
    with pytest.raises(FileWithheld, match=f"refused with status {code}"):
        made.fetch(f"{store.url}/x", tmp_path / "x", PICTURE)
    assert list(tmp_path.iterdir()) == []
    assert waits == []


@pytest.mark.parametrize("passing", [status(503), status(429, Retry_After="7"), status(416)])
def test_passing_faults_are_waited_for(store, tmp_path, passing) -> None:
    store.script = [passing, content()]
    assert fetch(store, tmp_path) == CONTENT


@pytest.mark.parametrize("code", [400, 404, 410, 451])
def test_a_file_that_is_gone_is_missing_and_leaves_nothing_behind(store, tmp_path, code) -> None:
    store.script = [status(code), status(code)]
    made, waits = downloads(store)
    with pytest.raises(FileMissing, match=str(code)):
        made.fetch(f"{store.url}/x", tmp_path / "x", Named())
    assert list(tmp_path.iterdir()) == []
    assert waits == []


def test_patience_ends_with_a_file_that_can_be_asked_for_again(store, tmp_path) -> None:
    store.script = [status(500)] * 9
    made, waits = downloads(store, faults_s=10)
    with pytest.raises(FileWithheld, match="status 500") as caught:
        made.fetch(f"{store.url}/x", tmp_path / "x", Named())
    assert caught.value.is_fault
    assert sum(waits) < 30
    assert list(tmp_path.iterdir()) == []


def test_files_that_never_come_are_an_outage(store, tmp_path) -> None:
    """One odd file stops no stream; where none comes, waiting is all that helps."""
    store.script = [status(500)] * (OUTAGE - 1) + [content()] + [status(500)] * OUTAGE
    made, _ = downloads(store, faults_s=0)
    for _ in range(OUTAGE - 1):
        with pytest.raises(FileWithheld):
            made.fetch(f"{store.url}/x", tmp_path / "x", Named())
    assert made.fetch(f"{store.url}/x", tmp_path / "x", Named()) == len(CONTENT)
    for _ in range(OUTAGE - 1):
        with pytest.raises(FileWithheld):
            made.fetch(f"{store.url}/x", tmp_path / "x", Named())
    with pytest.raises(ConnectorError) as caught:
        made.fetch(f"{store.url}/x", tmp_path / "x", Named())
    assert caught.value.failure is Failure.TRANSIENT


def test_credentials_do_not_follow_a_redirect_to_another_host(store, other, tmp_path) -> None:
    store.script = [status(302, Location=f"{other.url}/store/b.bin")]
    other.script = [content()]
    assert fetch(store, tmp_path) == CONTENT
    assert "Authorization" in store.seen[0]
    assert "Authorization" not in other.seen[0]


def test_credentials_are_not_sent_to_a_foreign_address(store, other, tmp_path) -> None:
    other.script = [content()]
    made, _ = downloads(store)
    made.fetch(f"{other.url}/b.bin", tmp_path / "b.bin", Named())
    assert "Authorization" not in other.seen[0]


def test_a_relative_redirect_stays_and_a_circle_ends(store, tmp_path) -> None:
    store.script = [status(302, Location="/elsewhere"), content()]
    assert fetch(store, tmp_path) == CONTENT
    assert [seen["path"] for seen in store.seen] == ["/b.bin?name=b%20c", "/elsewhere"]
    store.script = [status(302, Location="/b.bin")] * 9
    made, _ = downloads(store)
    with pytest.raises(FileMissing, match="redirects"):
        made.fetch(f"{store.url}/b.bin", tmp_path / "c", Named())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "ftp://example.com/x",
        "https://acme.zendesk.com@evil.example/x",
        "https://acme.zendesk.com\\@evil.example/x",
        "https://evil.example\\.zendesk.com/x",
        "https://acme.zendesk.com/a b",
        "http://acme.zendesk.com/in-the-clear",
    ],
)
def test_an_odd_address_is_not_asked(tmp_path, url) -> None:
    made = Downloads(
        "https://acme.zendesk.com",
        FixedSignIn(HEADER),
        patience=Patience(),
        clocks=Clocks(monotonic=lambda: 0.0, now=lambda: datetime.now(UTC), sleep=lambda _: None),
        accounting=Accounting(),
    )
    with pytest.raises(FileMissing, match="address"):
        made.fetch(url, tmp_path / "x", Named())
