"""A walk: a way of reading Zendesk, and one run of it in a sync.

Owns the protocol that every walk fulfils. A walk is a frozen object that a row names; it keeps
nothing between two runs. No walk is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterator, Mapping

    from source_zendesk_support.streams.state.position import Position

    from .context import WalkContext
    from .resource import Resource
    from .result import PageResult, Record
    from .stream import Stream

    # Items of a page and the page, without what another engine has delivered.
    Unrepeated = Callable[[list[Record], Mapping[str, Any]], tuple[list[Record], Mapping[str, Any]]]

P = TypeVar("P", bound="Position")


class Walk(Protocol):
    """A way of reading Zendesk."""

    @property
    def label(self) -> str:
        """The walk in a few words, for the table of streams."""

    @property
    def position_type(self) -> type[Position]:
        """How its positions are kept: the type, with its JSON and its version."""

    def groups_by(self, stream: Stream, position: Position) -> Hashable:
        """Return what two streams of a resource must have in common to share a run."""

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Yield the results of a run, page by page."""


class ReadsWhole:
    """The base of walks whose every run reads all there is: what is gone is missing there."""


class ReadsFeed:
    """The base of walks of a feed: no parent is asked, and no record has a path of its own."""


def reads_whole(walk: Walk) -> bool:
    """Return whether every run of a walk reads all there is."""
    return isinstance(walk, ReadsWhole)


def reads_feed(walk: Walk) -> bool:
    """Return whether a walk reads a feed, which asks no parent."""
    return isinstance(walk, ReadsFeed)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run begins for a stream without a position.

    Attributes:
        history_s: The start of its history.
        sent_s: The same, old enough for Zendesk to accept it.

    """

    history_s: int
    sent_s: int

    def of(self, at_s: int | None) -> int:
        """Return the time to send for a position: its own, which came from Zendesk, or ours."""
        return self.sent_s if at_s is None else at_s


@dataclass(frozen=True, slots=True)
class WalkRun:
    """One run of a walk in this sync.

    Attributes:
        resource: The resource that is read.
        members: The streams that are taken from it.
        positions: Where each member stands.
        start: Where a member without a position begins.
        unrepeated: Leaves out of a page what another engine has delivered; None leaves out nothing.

    """

    resource: Resource
    members: tuple[Stream, ...]
    positions: Mapping[str, Position]
    start: Start = Start(0, 0)
    unrepeated: Unrepeated | None = None

    def news(
        self, items: list[Record], body: Mapping[str, Any]
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return a page without what another engine has delivered."""
        return self.unrepeated(items, body) if self.unrepeated else (items, body)

    @property
    def position(self) -> Position:
        """The position of all members, in a walk that groups streams by their positions."""
        return self.positions[self.members[0].name]

    def position_as(self, kind: type[P]) -> P:
        """Return the position of all members as the type of their walk."""
        return self.position_of(self.members[0], kind)

    def position_of(self, stream: Stream, kind: type[P]) -> P:
        """Return the position of a member as the type of its walk."""
        position = self.positions[stream.name]
        assert isinstance(position, kind)
        return position

    def without(self, names: Container[str]) -> WalkRun:
        """Return the run without the members of these names."""
        return replace(self, members=tuple(it for it in self.members if it.name not in names))

    def of(self, members: tuple[Stream, ...], start: Start) -> WalkRun:
        """Return the run of some of its members, with its start."""
        return replace(self, members=members, start=start)
