"""Files behind attachments: where they lie, who may have them, ranges, what is missing."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.files import File, article_file, comment_file
from zendesk_emulator.truth.oracle import truth
from zendesk_emulator.truth.rules import comments


def attachments(ask: Any) -> list[dict[str, Any]]:
    change(ask.site.account, "comment", count=200, seed=2)
    ask.site.account.clock.advance(61)
    found = comments(truth(ask.site.account, "ticket_events").must)
    return [each for comment in found for each in comment["attachments"]]


def path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def some(way: str, *, missing: bool = False) -> File:
    return next(
        file for file in map(comment_file, range(1000))
        if file.way == way and file.missing == missing and file.size > 10
    )  # fmt: skip


def test_every_attachment_has_its_own_number_and_leads_to_its_file(ask: Any) -> None:
    found = attachments(ask)
    assert len({each["id"] for each in found}) == len(found) > 10
    ways = set()
    for each in found:
        file = comment_file(each["id"])
        ways.add((file.way, file.missing))
        foreign = urlsplit(each["content_url"]).netloc == "files.example"
        assert foreign == (file.way == "foreign")
        answer = ask.raw(path(each["content_url"]), auth=None) if foreign else ask.raw(
            path(each["content_url"])
        )  # fmt: skip
        if answer.status == 302:
            answer = ask.raw(path(dict(answer.headers)["Location"]), auth=None)
        assert answer.status == (404 if file.missing else 200)
        if not file.missing:
            assert len(answer.body) == each["size"]
            assert answer.content_type == each["content_type"]
    assert {way for way, _ in ways} == {"own", "redirect", "foreign"}


def test_the_foreign_store_refuses_credentials_and_the_own_host_wants_them(ask: Any) -> None:
    foreign = f"/foreign/not-a-secret-{some('foreign').number}/x"
    assert ask.raw(foreign).status == 400
    assert ask.raw(foreign, auth=None).status == 200
    own = f"/attachments/token/not-a-secret-{some('own').number}/?name=x"
    assert ask.raw(own, auth=None).status == 401
    assert ask.raw(own).status == 200


@pytest.mark.parametrize(
    ("asked", "status", "first", "end"),
    [("bytes=0-", 206, 0, None), ("bytes=5-", 206, 5, None), ("bytes=5-9", 206, 5, 10),
     ("bytes=5-999999999", 206, 5, None), ("bytes=999999999-", 416, 0, 0),
     ("bytes=-5", 200, 0, None), ("lines=1-2", 200, 0, None)],
)  # fmt: skip
def test_ranges(ask: Any, asked: str, status: int, first: int, end: int | None) -> None:
    file = some("own")
    target = f"/attachments/token/not-a-secret-{file.number}/?name=x"
    answer = ask.raw(target, headers={"range": asked})
    assert answer.status == status
    assert answer.body == file.content()[first:end]
    if status == 206:
        content_range = dict(answer.headers)["Content-Range"]
        assert content_range == f"bytes {first}-{first + len(answer.body) - 1}/{file.size}"


def test_files_of_articles_go_with_their_attachments(ask: Any) -> None:
    account = ask.site.account
    table = account.table("article_attachments")
    row = next(iter(table.rows.values()))
    address = table.record(row)["content_url"]
    assert ask.raw(path(address)).body == article_file(row.id).content()
    ask.site.refusals.add("/hc/article_attachments/", "record_missing")
    assert ask.raw(path(address)).status == 404
    ask.site.refusals.clear()
    change(account, "delete_article_attachment", row_id=row.id)
    assert ask.raw(path(address)).status == 404


def test_other_paths_are_not_files(ask: Any) -> None:
    assert ask.raw("/attachments/token/never/?name=x").status == 404
    assert ask.raw("/foreign/never/x", auth=None).status == 404
