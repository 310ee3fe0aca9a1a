"""Every state that 6.0.0 wrote is read to the position that 6.0.0 read it to.

The files hold states of real syncs of version 6.0.0 against the emulator, one of each shape for
each stream. They are of a first sync and of a second one a day later with changes. Others are of a
sync that took over states of the published connector. Each sync left states on the way (a process
that was stopped had printed them) and at the end. Beside each stands the position that 6.0.0 read.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import NO_CURSOR, decode, encode
from source_zendesk_support.streams.state.digests import Digests
from source_zendesk_support.streams.state.export_position import ExportPosition, TimePosition
from source_zendesk_support.streams.state.feed_position import FeedPosition
from source_zendesk_support.streams.state.list_position import ComparedPosition, ListPosition, Place
from source_zendesk_support.streams.state.position import OpenList, Position

FILES = sorted((Path(__file__).parent / "states_of_6_0_0").glob("*.json"))
CASES = [(file.stem, row) for file in FILES for row in json.loads(file.read_text())]


def expected(stream: str, was: dict[str, Any]) -> Position:
    """Return the position of today for what 6.0.0 had in its one type of position."""
    at_s, seen = was.get("at_s"), frozenset(was.get("seen", ()))
    page = was.get("open_list")
    opened = OpenList(**{**page, "seen": frozenset(page["seen"])}) if page else None
    made: dict[type[Position], Position] = {
        ExportPosition: ExportPosition(at_s, was.get("after_cursor")),
        FeedPosition: FeedPosition(at_s, was.get("after_cursor")),
        TimePosition: TimePosition(at_s, seen),
        ListPosition: ListPosition(at_s, seen, opened),
        ComparedPosition: ComparedPosition(
            at_s,
            Digests.of_6_0_0(was.get("versions", "")).text,
            was.get("swept_s"),
            tuple((parent, floor_s) for parent, floor_s in was.get("floors", ())),
            tuple((parent, Place(*place)) for parent, *place in was.get("places", ())),
            opened,
        ),
    }
    return made[STREAMS[stream].position_type]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_state_of_6_0_0_is_read_to_the_same_position(file: Path) -> None:
    for row in json.loads(file.read_text()):
        stream = STREAMS[row["stream"]]
        position = decode(stream, row["state"])
        assert position == expected(stream.name, row["position"]), stream.name
        # Written again it is the same state, with its digests in their shorter form. It has a
        # version where it holds a position.
        same = dict(row["state"])
        digests = Digests.of_6_0_0(same.pop("versions", "")).text
        same |= {"digests": digests} if digests else {}
        version = {} if NO_CURSOR in row["state"] else {"v": 1}
        assert encode(stream, position) == same | version, stream.name


def test_the_files_have_every_part_of_a_position_and_no_stream_that_is_gone() -> None:
    assert {row["stream"] for _, row in CASES} <= set(STREAMS)
    parts = {part for _, row in CASES for part in row["position"]}
    assert parts == {
        "at_s", "after_cursor", "seen", "open_list", "versions", "swept_s", "floors", "places",
    }  # fmt: skip
