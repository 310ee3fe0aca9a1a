"""Positions of every kind, drawn by Hypothesis."""

from typing import Any

from hypothesis import strategies as st

from source_zendesk_support.streams.state.digests import Digests
from source_zendesk_support.streams.state.engagement_position import EngagementPosition
from source_zendesk_support.streams.state.export_position import (
    ExportPosition,
    Newest,
    TimePosition,
)
from source_zendesk_support.streams.state.feed_position import FeedPlace, FeedPosition
from source_zendesk_support.streams.state.list_position import ComparedPosition, ListPosition, Place
from source_zendesk_support.streams.state.position import OpenList

# Zero is the start, and no position.
epochs = st.integers(min_value=-62_135_596_800, max_value=253_402_300_799).filter(bool)


marks = st.frozensets(st.from_regex(r"[0-9]{1,6}:[0-9a-f]{12}", fullmatch=True), max_size=5)


# Platforms write these words for nothing, and no cursor of Zendesk is one of them.
cursors = st.text(min_size=1, max_size=40).filter(lambda text: text not in {"None", "null"})


open_lists = st.builds(OpenList, cursors, epochs, st.none() | epochs, marks)


parents = st.text(min_size=1, max_size=6)


times = st.none() | epochs


opened = st.none() | open_lists


@st.composite
def digests(draw) -> str:
    found = Digests()
    for key in draw(st.lists(st.text(max_size=4), max_size=4)):
        found.is_new(key, key)
    return found.text


def sorted_items(values: Any) -> Any:
    return st.dictionaries(parents, values, max_size=3).map(lambda it: tuple(sorted(it.items())))


POSITIONS = {
    ExportPosition: st.builds(
        ExportPosition,
        times,
        st.none() | cursors,
        refused=st.lists(parents, max_size=3).map(tuple),
        within=st.none() | st.tuples(epochs, st.integers(1, 10**14)),
        watched=sorted_items(st.builds(Newest, epochs, marks)),
    ),
    FeedPosition: st.builds(
        FeedPosition,
        times,
        st.none() | cursors,
        refused=st.lists(parents, max_size=3).map(tuple),
        feed=st.none() | st.builds(FeedPlace, epochs, marks, times, st.booleans()),
    ),
    EngagementPosition: st.builds(EngagementPosition, epochs, marks, opened, swept_s=times)
    | st.builds(EngagementPosition, open_list=opened),
    TimePosition: st.builds(TimePosition, epochs, marks) | st.builds(TimePosition),
    ListPosition: st.builds(ListPosition, epochs, marks, opened)
    | st.builds(ListPosition, open_list=opened),
    ComparedPosition: st.builds(
        ComparedPosition,
        times,
        digests(),
        times,
        sorted_items(epochs),
        sorted_items(st.builds(Place, epochs, st.none() | cursors)),
        opened,
    ),
}
