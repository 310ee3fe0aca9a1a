"""Engagements appear when they have ended, behind others that were read: none is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import ConnectorError, Failure, PageSizeRefused
from test_support.models.answers import iso

STREAM = STREAMS["engagements"]
NOW_S = 1_790_000_000
HOUR_S, DAY_S = 3600, 86_400


@dataclass
class Feed:
    """The feed as docs/facts/zendesk-api.md#5.6.3 has it: by start, and only what has ended."""

    now_s: int = NOW_S
    page: int = 2
    late_s: int = 0  # how long after its end an engagement is written
    takes_sizes: bool = True
    engagements: dict[str, tuple[int, int]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def ask_time(self) -> None:
        """The model has but one clock."""

    def zendesk_s(self) -> int:
        return self.now_s

    def shown(self) -> list[tuple[int, str, int]]:
        return sorted(
            (started_s, key, ended_s)
            for key, (started_s, ended_s) in self.engagements.items()
            if ended_s + self.late_s <= self.now_s and started_s >= self.now_s - 90 * DAY_S
        )

    def get(self, path: str, params: dict[str, str], *, expects: str, size: Any) -> Page:
        assert (path, expects, size.param) == ("engagements", "agent_engagement_data", "page_size")
        self.asked.append({**params, "page_size": str(size.value)})
        if not self.takes_sizes and size.value > 10:
            raise PageSizeRefused("No.", about="GET", remedy="", failure=Failure.SYSTEM)
        assert int(params["start_time"]) >= self.now_s - 90 * DAY_S, "Zendesk has nothing older"
        left = [it for it in self.shown() if it[0] >= int(params["start_time"])]
        if "start_time_cursor" in params:
            after = int(params["start_time_cursor"]), params["engagement_id_cursor"]
            left = [it for it in left if it[:2] > after]
        page = left[: self.page]
        link = None
        if len(left) > len(page):
            link = (
                f"https://x.zendesk.com/api/v2/engagements?start_time={params['start_time']}"
                f"&start_time_cursor={page[-1][0]}&engagement_id_cursor={page[-1][1]}"
            )
        rows = [
            {
                "engagement_id": key,
                "engagement_start_time": iso(started_s)[:-1],
                "engagement_end_time": iso(ended_s)[:-1],
            }
            for started_s, key, ended_s in page
        ]
        body = {expects: rows, "next_page_url": link, "has_more": bool(link)}
        return Page(body, server_s=self.now_s)


@dataclass
class Reader:
    """Syncs of the feed, with the state of a platform, and what they delivered."""

    make_context: Any
    feed: Feed
    state: dict[str, Any] | None = None
    delivered: list[str] = field(default_factory=list)

    def sync(self, *, pages: int | None = None) -> list[str]:
        """Read, or die after so many pages; return the keys of what came."""
        position = decode(STREAM, self.state)
        context = self.make_context(self.feed, self.feed.zendesk_s)
        (run,) = plan_runs([STREAM], {STREAM.name: position})
        came = []
        for number, result in enumerate(
            STREAM.resource.walk.read(context, begin(context, run).run)
        ):
            if number == pages:
                break
            came += [it["engagement_id"] for _, found in result.records for it in found]
            self.state = dict(result.states)[STREAM.name]
        self.delivered += came
        return came


@pytest.fixture
def reader(make_context) -> Reader:
    return Reader(make_context, Feed())


def test_all_of_ninety_days_comes_first_and_then_nothing_twice(reader: Reader) -> None:
    feed = reader.feed
    for number in range(7):
        ended_s = NOW_S - 2 * HOUR_S - number * 13 * DAY_S
        feed.engagements[f"E{number}"] = (ended_s - number * DAY_S - 60, ended_s)
    assert sorted(reader.sync()) == [f"E{number}" for number in range(7)]
    assert int(feed.asked[0]["start_time"]) == NOW_S - 90 * DAY_S + 60
    feed.now_s += HOUR_S
    state = reader.state
    assert reader.sync() == []
    assert reader.state == state


def test_an_engagement_that_began_before_others_comes_when_it_ends(reader: Reader) -> None:
    feed = reader.feed
    feed.engagements["EARLY"] = (NOW_S - 2 * HOUR_S, NOW_S - HOUR_S)
    reader.sync()
    feed.engagements["SHORT"] = (NOW_S - 5 * HOUR_S, NOW_S + HOUR_S)
    feed.engagements["LONG"] = (NOW_S - 30 * DAY_S, NOW_S + HOUR_S)
    feed.now_s += 2 * HOUR_S
    asked = len(feed.asked)
    assert reader.sync() == ["SHORT"]
    assert int(feed.asked[asked]["start_time"]) > NOW_S - 2 * DAY_S, "a sync reads little"
    feed.engagements["NEXT"] = (NOW_S + HOUR_S, NOW_S + 20 * HOUR_S)
    feed.now_s += DAY_S
    assert sorted(reader.sync()) == ["LONG", "NEXT"], "once a day all is read"
    feed.now_s += HOUR_S
    assert reader.sync() == []


def test_an_engagement_that_is_written_late_comes(reader: Reader) -> None:
    feed = reader.feed
    feed.late_s = 1800
    feed.engagements["A"] = (NOW_S - 4000, NOW_S - 1900)
    reader.sync()
    feed.engagements["B"] = (NOW_S - 3900, NOW_S - 1750)
    assert reader.sync() == []
    feed.late_s = 0
    feed.engagements["C"] = (NOW_S - 300, NOW_S - 60)
    assert reader.sync() == ["B", "C"]


def test_a_page_size_that_is_refused_is_asked_for_in_tens(reader: Reader) -> None:
    feed = reader.feed
    feed.takes_sizes = False
    feed.engagements["A"] = (NOW_S - HOUR_S, NOW_S - 60)
    assert reader.sync() == ["A"]
    assert [it["page_size"] for it in feed.asked] == ["100", "10"]


def test_a_page_size_that_is_refused_in_tens_is_an_error(reader: Reader) -> None:
    reader.feed.takes_sizes = False
    context = reader.make_context(reader.feed, reader.feed.zendesk_s, largest_page=50)
    (run,) = plan_runs([STREAM], {STREAM.name: decode(STREAM, None)})
    reader.feed.get = lambda *_, **__: _refuse()  # type: ignore[method-assign]
    with pytest.raises(ConnectorError):
        list(STREAM.resource.walk.read(context, begin(context, run).run))


def _refuse() -> Page:
    raise PageSizeRefused("No.", about="GET", remedy="", failure=Failure.SYSTEM)


# Seconds until the next thing, then the age and the length of an engagement that ends then.
STEPS = st.tuples(st.integers(60, 20 * HOUR_S), st.integers(0, 60 * DAY_S), st.booleans())
KILLS = st.none() | st.integers(0, 3)


@given(steps=st.lists(st.tuples(STEPS, KILLS), max_size=25), late_s=st.integers(0, HOUR_S - 60))
def test_no_order_of_endings_loses_an_engagement(make_context, steps: Any, late_s: int) -> None:
    reader = Reader(make_context, Feed(late_s=late_s))
    feed = reader.feed
    for number, ((passed_s, length_s, is_same_second), kill) in enumerate(steps):
        feed.now_s += passed_s
        ended_s = feed.now_s - feed.now_s % 1000 if is_same_second else feed.now_s
        feed.engagements[f"E{number:03}"] = (ended_s - length_s, ended_s)
        reader.sync(pages=kill)
    feed.now_s += 2 * HOUR_S
    reader.sync()
    feed.now_s += DAY_S
    reader.sync()
    assert {key for _, key, _ in feed.shown()} <= set(reader.delivered)
