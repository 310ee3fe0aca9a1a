"""One odd value, answer or place costs itself: never its page, its stream, or the next sync.

The rows of the issue on faults that are about answers, against the emulator, as its users read.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support import discovery
from source_zendesk_support.zendesk import timeouts
from source_zendesk_support.zendesk.rate_limiter import UNTOLD_LIMIT
from test_support.connector.account_time import Account
from test_support.connector.process import Connector, InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from test_support.connector.process import Output

TEN_MINUTES_S = 600
DELIVERED = {
    "half_character": "cut \ufffd",
    "invalid_utf8": "\ufffd\ufffd",
    "control_character": "a\tb",
    "nan": None,
    "infinity": None,
    "beyond_a_double": None,
    "huge_integer": 18446744073709551617,
    "endless_integer": "9" * 5000,
    "bottomless": None,  # text from its 200th level on
}
NAMED = {
    "half_character": "half a character, read as U+FFFD, in `odd`",
    "invalid_utf8": "not UTF-8, read as U+FFFD",
    "nan": "read as null, in `odd`",
    "infinity": "read as null, in `odd`",
    "beyond_a_double": "read as null, in `odd`",
    "endless_integer": "more than 4300 digits, read as text, in `odd`",
    "bottomless": "nested deeper than 200 levels, read as text",
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as made:
        yield made


def records(output: Output) -> list[dict[str, Any]]:
    """Parse without orjson, which rounds."""
    messages = [json.loads(line) for line in output.lines]
    return [it["record"]["data"] for it in messages if it["type"] == "RECORD"]


@pytest.mark.parametrize("odd", DELIVERED)
def test_an_odd_value_is_delivered_and_named(tmp_path: Path, emulator: Emulator, odd: str) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("groups")
    whole = records(connector.read(catalog))
    emulator.fault(path="v2/groups$", kind="odd", odd=odd)
    output = connector.read(catalog)
    assert output.code == 0
    assert output.statuses("groups")[-1] == "COMPLETE"
    first, *others = records(output)
    value = first.pop("odd", None)  # a null of an undeclared field is not printed
    assert [first, *others] == whole
    if odd != "bottomless":
        assert repr(value) == repr(DELIVERED[odd])
    if odd in NAMED:
        assert output.logs.count(NAMED[odd]) == 2, "where it was met, and in the summary"
    else:
        assert "Read otherwise" not in output.logs


def test_a_byte_order_mark_is_skipped(tmp_path: Path, emulator: Emulator) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("groups", "tickets")
    emulator.fault(path="v2/groups$|tickets/cursor$", kind="odd", odd="bom")
    output = connector.read(catalog)
    assert output.code == 0
    assert min(output.counts().values()) > 0
    assert "trying again" not in output.logs


def test_exports_deliver_odd_values_too(tmp_path: Path, emulator: Emulator) -> None:
    """Through a real process: what stdout carries is what a destination gets."""
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog("tickets", "users", "ticket_events")
    emulator.fault(path="incremental/", kind="odd", odd="huge_integer")
    output = connector.read(catalog)
    assert output.code == 0
    odd = [it["odd"] for it in records(output) if "odd" in it]
    assert odd
    assert set(odd) == {2**64 + 1}
    assert all(type(it) is int for it in odd)


@pytest.mark.parametrize("places", [2, 3])
@pytest.mark.parametrize(
    ("stream", "path"),
    [("groups", "v2/groups$"), ("tickets", "tickets/cursor$"), ("ticket_audits", "audits$")],
)
def test_places_that_come_again_end_the_stream_with_an_error(
    places: int, stream: str, path: str
) -> None:
    with Account("tiny", limits=False) as account:
        catalog = account.catalog(stream)
        account.fault(path, kind="cycle", places=places)
        output = account.read(catalog)
        assert output.code == 1
        assert "makes no progress" in output.errors[0]["message"]
        assert len(account.sent()) <= 3 * places + 5


def test_a_list_without_counters_is_read_at_a_pace() -> None:
    with Account("tiny", limits=False) as account:
        account.fault("", kind="pass", drop_headers="rate-?limit")
        names = ("articles", "article_comments", "article_votes", "posts", "post_votes", "topics")
        output = account.read(account.catalog(*names), page_size=1)
        assert output.code == 0
        sent_s = sorted(it.at_s for it in account.sent("help_center") + account.sent("community"))
        in_a_minute = [sum(at_s <= it < at_s + 60 for it in sent_s) for at_s in sent_s]
        assert len(sent_s) > UNTOLD_LIMIT >= max(in_a_minute)


@pytest.mark.parametrize("status", [202, 204, 206, 304])
def test_a_success_without_a_page_is_tried_again(status: int) -> None:
    with Account("tiny", limits=False) as account:
        catalog = account.catalog("groups", "tickets")
        account.fault("v2/groups$|tickets/cursor$", status=status, body="{}", count=2)
        output = account.read(catalog)
        assert output.code == 0
        assert f"status {status}; trying again" in output.log


def test_hints_before_an_answer_change_nothing(tmp_path: Path, emulator: Emulator) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("groups", "brands", "tickets")
    whole = connector.read(catalog).counts()
    emulator.fault(path="", kind="early_hints")
    output = connector.read(catalog)
    assert (output.code, output.counts()) == (0, whole)


def test_headers_of_five_thousand_digits_change_nothing(tmp_path: Path, emulator: Emulator) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("groups", "tickets")
    whole = connector.read(catalog).counts()
    nines = "9" * 5000
    headers = dict.fromkeys(
        ("x-rate-limit", "x-rate-limit-remaining", "ratelimit-limit", "ratelimit-reset"), nines
    ) | {"zendesk-ratelimit-incremental-exports": f"total={nines}; remaining={nines}"}
    emulator.fault(path="", kind="pass", headers=headers)
    output = connector.read(catalog)
    assert (output.code, output.counts()) == (0, whole)


def test_a_refused_page_size_is_asked_by_number(tmp_path: Path, emulator: Emulator) -> None:
    """Seen of satisfaction_ratings (zenpy issue 565), and everywhere such a list can be met."""
    connector = InProcess(tmp_path, emulator.base_url)
    names = ("groups", "satisfaction_ratings", "ticket_fields", "users", "topics")
    catalog = connector.catalog(*names)
    whole = connector.read(catalog).counts()
    emulator.fault(path="v2/", kind="page_size_refused")
    output = connector.read(catalog)
    assert (output.code, output.counts()) == (0, whole)


def test_where_both_ways_are_refused_zendesks_own_sentence_is_quoted(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("groups")
    body = {"error": {"title": "Invalid attribute", "message": "ask ann@example.com"}}
    emulator.fault(path="v2/groups$", status=400, body=body)
    output = connector.read(catalog)
    assert output.code == 1
    message = output.errors[0]["message"]
    assert 'Zendesk says: "Invalid attribute: ask ***"' in message
    assert "ann" not in message


def test_a_check_whose_answer_trickles_ends(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeouts, "SHORTEST_ANSWER_S", 0.5)
    monkeypatch.setattr(discovery, "ASKING_PATIENCE_S", 0.0)
    emulator.fault(path="account/settings$", kind="trickle", every_s=0.01)
    begun_s = time.monotonic()
    output = InProcess(tmp_path, emulator.base_url).check()
    emulator.site.faults.clear()
    assert time.monotonic() - begun_s < TEN_MINUTES_S / 10
    assert output.status["status"] == "FAILED"
    assert "did not end within" in output.status["message"]


def test_a_read_whose_answer_trickles_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "ANSWER_S", 0.5)
    with Account("tiny", limits=False) as account:
        catalog = account.catalog("groups")
        account.fault("v2/groups$", kind="trickle", every_s=0.01, count=1)
        output = account.read(catalog)
        account.emulator.site.faults.clear()
        assert output.code == 0
        assert "did not end within" in output.log


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://acme-new.zendesk.com/api/v2/x", ("acme-new.zendesk.com", "`acme-new`")),
        ("https://help.acme.example/x", ("mapped to the host help.acme.example", "host mapping")),
        ("\u00ff\u00fe", ("a page of its own", "suspended")),
    ],
)
def test_a_redirect_names_its_cause_and_the_neighbour_is_read(
    tmp_path: Path, emulator: Emulator, location: str, words: tuple[str, str]
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("articles", "groups")
    emulator.fault(path="help_center/", status=301, headers={"Location": location})
    output = connector.read(catalog)
    assert output.statuses("groups")[-1] == "COMPLETE"
    assert output.statuses("articles")[-1] == "INCOMPLETE"
    message = output.errors[0]["message"]
    assert all(word in message for word in words)


@pytest.mark.parametrize("levels", [200, 254, 255, 1000, 1020, 1021, 1022, 5000])
def test_a_deep_value_costs_no_stream(tmp_path: Path, emulator: Emulator, levels: int) -> None:
    deep = '{"a":' * levels + "1" + "}" * levels
    at = '"updated_at":"2024-01-01T00:00:00Z"'
    body = (
        f'{{"groups":[{{"id":1,{at},"odd":{deep}}},{{"id":2,{at}}}],"meta":{{"has_more":false}}}}'
    )
    emulator.fault(path="v2/groups$", status=200, body=body)
    connector = Connector(tmp_path, emulator.base_url)
    output = connector.run(*connector.read_arguments(connector.catalog("groups", "brands")))
    assert output.code == 0, output.stderr
    assert output.counts()["brands"] > 1
    assert output.statuses("groups")[-1] == "COMPLETE"
    assert output.counts()["groups"] == 2
