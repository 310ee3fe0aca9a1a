"""The feed of side conversation events, and the conversations that it names.

Each page brings its conversations beside it; where one is missing, its ticket is asked. Zendesk may
refuse the feed, or the feed may begin later than the history. Then tickets of the export are asked
one by one, and the log says why. Rests on
https://developer.zendesk.com/api-reference/ticketing/side_conversation/side_conversation_event/
(docs/facts/closing-of-exports.md#2.4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.model.walk import ReadsFeed, WalkRun
from source_zendesk_support.streams.state.codec import decode, encode
from source_zendesk_support.streams.state.feed_position import FEED, FeedPlace, FeedPosition
from source_zendesk_support.streams.state.marks import BorderSecond, time_of
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.zendesk.errors import StartTimeTooRecent, StreamRefused

from .conversations import BESIDE, HOUR_S, Conversations
from .delivery import deliver, held_back
from .requests import run_request
from .time_pages import time_pages

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import Resource
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.state.position import Position

    from .requests import ListRequest
    from .time_pages import TimedPage


@dataclass(frozen=True)
class ConversationFeed(ReadsFeed):
    """Reads the feed from its position to its end.

    Attributes:
        tickets: The resource whose records are asked where the feed does not serve.

    """

    label: ClassVar[str] = "feed by time"
    position_type: ClassVar[type[Position]] = FeedPosition

    tickets: Resource

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams that stand at the same position share a run."""
        assert isinstance(position, FeedPosition)
        return replace(position, refused=())

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the feed, and then below tickets what it does not reach."""
        conversations = Conversations(context, run)
        place = run.position_as(FeedPosition).feed
        has_begun = False
        try:
            for page in _pages(context, run, conversations):
                if not has_begun:
                    yield from conversations.read_again()
                    if place is None:
                        _say_where_it_begins(context, page)
                has_begun = True
                place = _place_after(place, page)
                yield from conversations.read(page, place.first_s)
                place = replace(
                    place,
                    first_s=None if page.is_last else place.first_s,
                    is_short=place.is_short or conversations.is_short,
                )
                yield from _delivered(context, run, page, place, conversations)
                del page  # the next page is read without this one in memory
        except StartTimeTooRecent:
            yield held_back(context, run)
            return
        except StreamRefused as refused:
            if has_begun:
                raise
            yield from self._without_feed(context, run, refused, conversations)
            return
        if place and place.is_short and conversations.is_wanted:
            yield from self._history(context, run, place, conversations)

    def _without_feed(
        self,
        context: WalkContext,
        run: WalkRun,
        refused: StreamRefused,
        conversations: Conversations,
    ) -> Iterator[PageResult]:
        """Ask below each changed ticket; the stream of the events has nothing else to be read."""
        events = tuple((it.name, refused) for it in run.members if not it.children)
        stream = conversations.stream
        if stream is None:
            raise refused
        if events:
            yield PageResult((), (), failures=events)
        context.log(refusal_line(stream, refused))
        position = run.position_of(stream, FeedPosition)
        if position.feed and not position.feed.is_short:
            # A ticket changes with its conversations, or shortly after.
            at_s = max(0, position.feed.at_s - HOUR_S)
            position = FeedPosition(at_s, refused=position.refused)
        below = _below(self.tickets, run, stream, replace(position, feed=None))
        yield from self.tickets.walk.read(context, below)

    def _history(
        self,
        context: WalkContext,
        run: WalkRun,
        place: FeedPlace,
        conversations: Conversations,
    ) -> Iterator[PageResult]:
        """Ask below each ticket once; from then on the feed says which to ask."""
        stream = conversations.stream
        assert stream is not None
        context.log(short_line(stream))
        position = run.position_of(stream, FeedPosition)
        position = replace(position, feed=None, refused=conversations.refused)
        state = encode(stream, position)
        below = _below(self.tickets, run, stream, position)
        for result in self.tickets.walk.read(context, below):
            state = dict(result.states).get(stream.name, state)
            states = tuple((name, it | {FEED: place.to_json()}) for name, it in result.states)
            yield replace(result, states=states)
            if result.failures:
                return
            del result
        reached = decode(stream, state)
        assert isinstance(reached, FeedPosition)
        place = replace(place, is_short=False)
        conversations.take_refused(reached.refused)
        yield conversations.states_at(FeedPosition(place.at_s, feed=place))


def refusal_line(stream: Stream, refused: StreamRefused) -> str:
    """Return what the log says where Zendesk refuses the feed."""
    return (
        f"Zendesk refuses the feed of side conversation events with status {refused.status}: "
        f"{stream.name} are asked for below each ticket that changed."
    )


def short_line(stream: Stream) -> str:
    """Return what the log says where the feed lacks the beginning of the history."""
    return (
        "The feed of side conversation events begins later than the history: "
        f"{stream.name} are asked for below each ticket, once."
    )


def _pages(context: WalkContext, run: WalkRun, conversations: Conversations) -> Iterator[TimedPage]:
    position, resource = run.position_as(FeedPosition), run.resource
    at_s, seen = run.start.sent_s, frozenset[str]()
    if position.feed:
        at_s, seen = position.feed.at_s, position.feed.seen
    request = run_request(context, run)
    if conversations.is_wanted:
        request = with_conversations(request)
    border = BorderSecond(at_s, seen, resource.item_time)
    return time_pages(context, request, border, "id", resource.largest_page, ends_at_newest=True)


def with_conversations(request: ListRequest) -> ListRequest:
    """Return a request of the feed that brings the conversations beside their events."""
    return replace(request, params={**request.params, "include": BESIDE})


def _place_after(place: FeedPlace | None, page: TimedPage) -> FeedPlace:
    """Return the place after a page; the first reading of all notes where the feed begins."""
    if place:
        return replace(place, at_s=page.at_s, seen=page.seen)
    return FeedPlace(page.at_s, page.seen, first_s(page.items))


def first_s(events: Iterable[Record]) -> int | None:
    """Return the time of the oldest of these events, in whatever order they are."""
    times = (time_of(event, "created_at") for event in events)
    return min((at_s for at_s in times if at_s is not None), default=None)


def _say_where_it_begins(context: WalkContext, page: TimedPage) -> None:
    begins_s = first_s(page.items)
    begins = f"begins at {format_time(begins_s)}" if begins_s is not None else "has no event"
    context.log(f"Side conversations are read from the feed of their events, which {begins}.")


def _delivered(
    context: WalkContext,
    run: WalkRun,
    page: TimedPage,
    place: FeedPlace,
    conversations: Conversations,
) -> Iterator[PageResult]:
    """Yield the events of a page, and the states of both streams after it."""
    place_of_events = replace(place, is_short=False)
    position = FeedPosition(place.at_s, feed=place_of_events)
    yield deliver(context, run, page.items, page.body, position)
    if place.is_short and conversations.stream:
        # The place in the export of tickets stays: they are asked after the feed.
        position = replace(run.position_of(conversations.stream, FeedPosition), feed=place)
    yield conversations.states_at(position)


def _below(tickets: Resource, run: WalkRun, stream: Stream, position: FeedPosition) -> WalkRun:
    """Return the run that asks for the conversations of each ticket."""
    return WalkRun(tickets, (stream,), {stream.name: position}, run.start)
