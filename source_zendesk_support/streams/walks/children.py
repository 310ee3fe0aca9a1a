"""One chain of requests per parent: what hangs below the records of a page.

The first pages below several parents are asked for at the same time, and taken in the order of the
parents: only asking runs ahead. A parent that Zendesk refuses (403, 404, 422) is counted and left
out; the walk goes on, unless none was answered. Members that hang below the same path share its
requests. Never moves a position: stream_read.py does.
Rests on https://developer.zendesk.com/api-reference/help_center/help-center-api/introduction/ and
https://developer.zendesk.com/api-reference/ticketing/side_conversation/side_conversation/.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from source_zendesk_support.streams.catalog.stream import EXPORT_PAGE, LIST_PAGE
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import encode
from source_zendesk_support.streams.state.position import Place, Position
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    RecordRefused,
    StartTimeTooRecent,
    StreamRefused,
)

from .delivery import PageResult, taken_by
from .export_pages import export_pages
from .list_pages import ListRequest, begin_list, list_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from source_zendesk_support.streams.catalog.stream import ChildResource

    from .context import Record, WalkContext
    from .list_pages import BegunList
    from .stream_read import StreamRead


# So many parents refused and none read: it is the stream that is refused, as where the account has
# not booked an add-on, and what is left of the walk is not asked for.
ALL_REFUSED = 50
# At the end of a walk so many are enough. One or a few may be single tickets that an admin may not
# see, and a quiet sync has no others to tell it by: the state is held instead (stream_read.py), and
# the next sync asks them again, until one parent is answered or as many as these are refused.
ALL_REFUSED_AT_END = 5
_HELD = (
    "state that does not move: parents were refused and none was answered, so that the next sync "
    "asks for them again"
)


@dataclass(frozen=True, slots=True)
class ParentPages:
    """The pages below one parent: who takes what is on them, and who what hangs below that."""

    level: ChildResource
    parent: Record
    grandparent: str
    direct: list[StreamRead]
    deeper: list[StreamRead]

    @property
    def parent_id(self) -> str:
        return quote(str(self.parent[self.level.parent_key]), safe="")

    @property
    def path(self) -> str:
        return self.level.path.format(parent=self.parent_id, grandparent=self.grandparent)

    @property
    def members(self) -> list[StreamRead]:
        return [*self.direct, *self.deeper]


def _going_on(members: list[StreamRead]) -> list[StreamRead]:
    """Return those that have not failed."""
    return [member for member in members if member.error is None]


def _ended(members: list[StreamRead], error: ConnectorError) -> PageResult:
    """End these members with an error, and return what tells of it."""
    for member in members:
        member.error = error
    return PageResult((), (), failures=tuple((member.stream.name, error) for member in members))


class ChildReader:
    """Reads what hangs below records, for those members that hang below any."""

    def __init__(self, context: WalkContext, members: list[StreamRead]) -> None:
        self._context = context
        self._members = [member for member in members if member.stream.children]
        # Path of the first level -> that level, the members of it, and those one level deeper.
        self._branches: dict[str, tuple[ChildResource, list[StreamRead], list[StreamRead]]] = {}
        for member in self._members:
            level = member.stream.children
            assert level is not None
            direct = level.below is None
            if level.below:
                level = STREAMS[level.below].children
                assert level is not None
            _, wanting, below = self._branches.setdefault(level.path, (level, [], []))
            (wanting if direct else below).append(member)

    def read(self, parents: Iterable[Record]) -> Iterator[PageResult]:
        """Yield what is new below records; a member that fails ends here, the others go on."""
        return self._read(self._wanted(parents))

    def _wanted(self, parents: Iterable[Record]) -> Iterator[ParentPages]:
        for parent in parents:
            for level, direct, deeper in self._branches.values():
                wanting = [m for m in _going_on(direct) if m.wants(level, parent)]
                below = [m for m in _going_on(deeper) if m.wants(level, parent)]
                if wanting or below:
                    yield ParentPages(level, parent, "", wanting, below)

    def _read(self, chains: Iterable[ParentPages]) -> Iterator[PageResult]:
        for chain, begun in self._begun(chains):
            members = _going_on(chain.members)
            if not members:
                continue
            read = self._export(chain) if chain.level.is_export else self._pages(chain, begun)
            yield from self._guarded(chain.level, members, read)
            for member in _going_on(members):
                member.was_read(chain.level, chain.parent)

    def _begun(
        self, chains: Iterable[ParentPages]
    ) -> Iterator[tuple[ParentPages, BegunList | None]]:
        """Yield chains in their order, while those behind are asked for as far as that may go.

        What is begun and not yet taken holds a page each: this bound is what keeps memory flat.
        """
        ahead: deque[tuple[ParentPages, BegunList | None]] = deque()
        for chain in chains:
            ahead.append((chain, self._begin(chain)))
            if len(ahead) > self._context.ahead:
                yield ahead.popleft()
        while ahead:
            yield ahead.popleft()

    def _begin(self, chain: ParentPages) -> BegunList | None:
        # An export is bound by a budget of ten requests a minute: nothing is gained ahead of it.
        if not self._context.ahead or chain.level.is_export:
            return None
        return begin_list(self._context.client, self._context.now_s, self._request(chain))

    @property
    def is_wanted(self) -> bool:
        """Tell whether any member hangs below records, and has not failed."""
        return bool(_going_on(self._members))

    def states_at(self, position: Position) -> PageResult:
        """Return the states of the members that have not failed and may move."""
        moving = [member.stream for member in _going_on(self._members) if not member.is_held]
        return PageResult((), tuple((it.name, encode(it, position)) for it in moving))

    def at_end(self) -> Iterator[PageResult]:
        """End, when the walk is over, the members that were refused in all of it."""
        yield from self._refused_whole(self._members, ALL_REFUSED_AT_END)
        for member in _going_on(self._members):
            if member.is_held:
                self._context.skipped.add(member.stream.name, _HELD)

    def _refused_whole(self, members: list[StreamRead], parents: int) -> Iterator[PageResult]:
        """End the members of which so many parents were refused and none answered."""
        for member in _going_on(members):
            error = member.refused_below(parents)
            if error:
                yield _ended([member], error)

    def _guarded(
        self, level: ChildResource, members: list[StreamRead], deliveries: Iterator[PageResult]
    ) -> Iterator[PageResult]:
        """Pass on what is delivered; count a refused parent, and end members at another error."""
        try:
            yield from deliveries
        except (StreamRefused, RecordRefused) as error:
            for member in _going_on(members):
                member.note_refusal(level, error)
                self._context.skipped.add(
                    member.stream.name, f"parents that Zendesk refused with status {error.status}"
                )
            yield from self._refused_whole(members, ALL_REFUSED)
        except ConnectorError as error:
            yield _ended(_going_on(members), error)

    def _request(self, chain: ParentPages) -> ListRequest:
        size = min(LIST_PAGE, self._context.largest_page or LIST_PAGE)
        return ListRequest(chain.path, chain.level.key, paging=chain.level.paging, size=size)

    def _pages(self, chain: ParentPages, begun: BegunList | None) -> Iterator[PageResult]:
        """Read the pages below one parent."""
        labels = {name: chain.parent.get(field) for name, field in chain.level.labels.items()}
        client, now_s = self._context.client, self._context.now_s
        pages = list_pages(client, now_s, self._request(chain), begun=begun)
        for number, page in enumerate(pages):
            for member in _going_on(chain.members):
                member.note_answer(chain.level)
            for member in _going_on(chain.direct):
                items = member.news_below(f"{chain.path}|{number}", chain.parent_id, page.items)
                if items:
                    yield self._deliver(member, [{**item, **labels} for item in items])
            if chain.deeper:
                yield from self._read(self._deeper(chain, page.items))
            del page

    def _deeper(self, chain: ParentPages, parents: list[Record]) -> Iterator[ParentPages]:
        """Return what is to be read below children, for the members that want it."""
        for parent in parents:
            for member in chain.deeper:
                level = member.stream.children
                assert level is not None
                if member.error is None and member.wants(level, parent):
                    yield ParentPages(level, parent, chain.parent_id, [member], [])

    def _deliver(self, member: StreamRead, items: list[Record]) -> PageResult:
        stream = member.stream
        taken = taken_by(self._context, stream, items, {})
        files = {}
        if self._context.files and self._context.files.wants(stream):
            files[stream.name] = self._context.files.fetch(stream, taken)
        return PageResult(((stream.name, taken),), (), files)

    def _export(self, chain: ParentPages) -> Iterator[PageResult]:
        """Walk the cursor export of one parent from where each member stands in it."""
        level, path, key = chain.level, chain.path, str(chain.parent[chain.level.parent_key])
        size = min(EXPORT_PAGE, self._context.largest_page or EXPORT_PAGE)
        request = ListRequest(path, level.key, size=size)
        for member in chain.direct:
            place = member.places.get(key)
            position = Position(place.at_s, place.after_cursor) if place else Position()
            try:
                for page in export_pages(self._context, request, "updated_at", position):
                    member.note_answer(level)
                    at = page.position
                    member.places[key] = Place(at.at_s or 0, at.after_cursor)
                    state = encode(member.stream, member.open_position(None))
                    records = self._deliver(member, page.items).records
                    yield PageResult(records, ((member.stream.name, state),))
            except StartTimeTooRecent:
                continue  # the next sync reads it
