"""Child resources: one request chain for each parent, below the records of a page.

The first pages of several parents are asked for at the same time, and taken in the order of the
parents: only asking runs ahead. A parent that Zendesk refuses costs that parent, as
child_refusals.py says. Streams of the same child resource share its requests. Never moves a
position.
Rests on https://developer.zendesk.com/api-reference/help_center/help-center-api/introduction/ and
https://developer.zendesk.com/api-reference/ticketing/side_conversation/side_conversation/.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import encode
from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.zendesk.errors import RecordRefused, StreamRefused

from .child_refusals import ChildRefusals, ended
from .compared_read import WholeRead
from .delivery import delivered_alone
from .given_children import GivenChildren, page_of
from .list_pages import begin_list, list_pages
from .parent_chain import ParentPages, level_of
from .parent_exports import COLUMN, listed_until_s, parent_pages
from .record_paths import group_name, path_id
from .requests import child_request
from .stream_read import MOST_REMEMBERED, unfinished
from .watched import MOST_WATCHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.export_position import Newest
    from source_zendesk_support.streams.state.position import Position

    from .list_pages import BegunList, ListPage
    from .requests import ListRequest
    from .stream_read import StreamRead


_TOO_MANY = (
    f"refused parents beyond the last {MOST_REMEMBERED}, which are not asked again: reset the "
    "stream once they can be read"
)
_TOO_MANY_WATCHED = (
    f"states without the running conversations beyond the newest {MOST_WATCHED}: what is said in "
    "these comes when their ticket changes"
)


class ChildReader:
    """Reads the children of records, for the child streams of a run."""

    def __init__(self, context: WalkContext, run: WalkRun, reads: Sequence[StreamRead]) -> None:
        self._context = context
        self._start = run.start
        self._reads = [read for read in reads if read.stream.children]
        self._given = GivenChildren(context)
        self._refusals = ChildRefusals(context)
        # By the path of a child resource of the records themselves: that resource, the streams of
        # it, and those one level deeper.
        self._branches: dict[str, tuple[ChildResource, list[StreamRead], list[StreamRead]]] = {}
        for read in self._reads:
            own = level_of(read)
            top = own.below or own
            _, reads_of_it, deeper = self._branches.setdefault(top.path, (top, [], []))
            (deeper if own.below else reads_of_it).append(read)

    def read(self, parents: Iterable[Record]) -> Iterator[PageResult]:
        """Yield what is new below records. A stream that fails ends here, the others continue."""
        self._given.read_lists(unfinished(self._reads))
        return self._read(self._wanted(parents))

    @property
    def is_wanted(self) -> bool:
        """Whether any child stream has not failed."""
        return bool(unfinished(self._reads))

    def read_again(self) -> Iterator[PageResult]:
        """Yield what is below the parents that an earlier sync was refused."""
        return self._read(
            ParentPages(own, {own.parent_key: key}, "", [read], [])
            for read in self._reads
            for own in [level_of(read)]
            for key in tuple(read.refused)
        )

    def read_watched(self) -> Iterator[PageResult]:
        """Yield what is new below the parents that an earlier sync watched.

        Only behind all that has changed: a parent that was read there is not asked again.
        """
        return self._read(
            ParentPages(own, {own.parent_key: key}, "", [read], [])
            for read in unfinished(self._reads)
            if read.watched
            for own in [level_of(read)]
            for key in read.watched.left()
        )

    def states_at(self, position: Position) -> PageResult:
        """Return the states of the child streams that have not failed."""
        states = []
        for read in unfinished(self._reads):
            kept = tuple(read.refused)[-MOST_REMEMBERED:]
            if len(kept) < len(read.refused):
                self._context.skipped.add(read.stream.name, _TOO_MANY)
                read.refused = dict.fromkeys(kept)
            own = position
            if isinstance(position, ExportPosition):
                own = replace(position, refused=kept, watched=self._watched(read))
            states.append((read.stream.name, encode(read.stream, own)))
        return PageResult((), tuple(states))

    def _watched(self, read: StreamRead) -> tuple[tuple[str, Newest], ...]:
        kept = read.watched.kept(self._context.client.zendesk_s()) if read.watched else []
        if len(kept) > MOST_WATCHED:
            self._context.skipped.add(read.stream.name, _TOO_MANY_WATCHED)
        return tuple(sorted(kept[:MOST_WATCHED], key=lambda it: it[0]))

    def at_end(self) -> Iterator[PageResult]:
        """End, when the walk is over, the streams that were refused in all of it."""
        for read in unfinished(self._reads):
            yield from self._refusals.at_end(read)

    def _wanted(self, parents: Iterable[Record]) -> Iterator[ParentPages]:
        for parent in parents:
            for level, reads, deeper in self._branches.values():
                group = path_id(parent.get(level.parent_key))
                for read in [*reads, *deeper]:
                    if read.memory:
                        read.memory.see(group)
                here = [it for it in unfinished(reads) if it.wants(level, parent, group)]
                below = [it for it in unfinished(deeper) if it.wants(level, parent, group)]
                if here or below:
                    yield ParentPages(level, parent, "", here, below)

    def _read(self, chains: Iterable[ParentPages]) -> Iterator[PageResult]:
        for chain, begun in self._begun(chains):
            reads = chain.unfinished
            if not reads:
                continue
            results = self._export(chain) if chain.level.is_export else self._pages(chain, begun)
            yield from self._guarded(chain, reads, results)

    def _begun(
        self, chains: Iterable[ParentPages]
    ) -> Iterator[tuple[ParentPages, BegunList | list[Record] | None]]:
        """Yield chains in their order, while those behind are asked for as far as that may go.

        A chain that has begun and is not yet taken holds a page: this bound keeps memory flat.
        """
        ahead: deque[tuple[ParentPages, BegunList | list[Record] | None]] = deque()
        for chain in chains:
            ahead.append((chain, self._begin(chain)))
            if len(ahead) > self._context.ahead:
                yield ahead.popleft()
        while ahead:
            yield ahead.popleft()

    def _begin(self, chain: ParentPages) -> BegunList | list[Record] | None:
        """Return children that came without a request, or ask for the first page of them."""
        listed = self._given.listed(chain)
        if listed is not None:
            return listed
        if self._given.may_be_embedded(chain):
            return None
        # An export is bound by a budget of ten requests a minute: nothing is gained ahead of it.
        if not self._context.ahead or chain.level.is_export:
            return None
        return begin_list(self._context.client, self._context.now_s, self._request(chain))

    def _request(self, chain: ParentPages) -> ListRequest:
        return child_request(self._context, chain.level, chain.path)

    def _guarded(
        self, chain: ParentPages, reads: list[StreamRead], results: Iterator[PageResult]
    ) -> Iterator[PageResult]:
        """Pass on what is delivered; count a refused parent, and end streams at another error."""
        try:
            yield from results
        except (StreamRefused, RecordRefused) as error:
            for read in unfinished(reads):
                yield from self._refusals.note(read, chain, error)
        except Exception as error:  # noqa: BLE001 - what is below records never ends their walk
            yield ended(unfinished(reads), error)
        else:
            for read in unfinished(reads):
                read.was_read(chain.level, chain.parent)
                if read.watched:
                    key = str(chain.parent.get(chain.level.parent_key))
                    read.watched.was_read(key, chain.parent, self._context.client.zendesk_s())

    def _sources(
        self, chain: ParentPages, begun: BegunList | list[Record] | None
    ) -> Iterator[ListPage]:
        """Return the pages below one parent: as they were given, or as Zendesk answers."""
        given = begun if isinstance(begun, list) else self._given.embedded(chain)
        if given is not None:
            return iter([page_of(given, self._context.client.zendesk_s())])
        first = None if isinstance(begun, list) else begun
        request = self._request(chain)
        pages = list_pages(self._context.client, self._context.now_s, request, begun=first)
        return self._given.compared(chain, pages)

    def _pages(
        self, chain: ParentPages, begun: BegunList | list[Record] | None
    ) -> Iterator[PageResult]:
        """Read the pages below one parent."""
        labels = {name: chain.parent.get(field) for name, field in chain.level.labels.items()}
        for number, page in enumerate(self._sources(chain, begun)):
            for read in chain.unfinished:
                read.note_answer(chain.level)
            for read in unfinished(chain.reads):
                items = read.new_children(
                    f"{chain.path}|{number}", chain.parent_id, page.items, chain.group
                )
                if items:
                    yield self._deliver(read, [{**item, **labels} for item in items])
            if chain.deeper:
                yield from self._read(self._deeper(chain, page.items))
            if page.is_last and page.is_steady:
                chain.read_whole()
            del page

    def _deeper(self, chain: ParentPages, parents: list[Record]) -> Iterator[ParentPages]:
        """Return what is to be read below children, for the streams that want it."""
        for parent in parents:
            for read in unfinished(chain.deeper):
                level = level_of(read)
                group = group_name(chain.parent_id, path_id(parent.get(level.parent_key)))
                if read.memory:
                    read.memory.see(group)
                if read.wants(level, parent, group):
                    yield ParentPages(level, parent, chain.parent_id, [read], [])

    def _deliver(self, read: StreamRead, items: list[Record]) -> PageResult:
        stream, context = read.stream, self._context
        result = delivered_alone(context, stream, items)
        if not (context.files and context.files.wants(stream)):
            return result
        ((name, taken),) = result.records
        return replace(result, files={name: context.files.fetch(stream, taken)})

    def _export(self, chain: ParentPages) -> Iterator[PageResult]:
        """Read the export of one parent, or its list, from where each stream stands in it."""
        key, context = str(chain.parent[chain.level.parent_key]), self._context
        for read in chain.reads:
            assert isinstance(read, WholeRead)  # only its position has places for exports
            old, list_path = read.places.get(key), ""
            for page in parent_pages(context, read.stream, chain.path, self._start, old):
                read.note_answer(chain.level)
                read.places[key], list_path = page.place, page.list_path
                if read.listed:
                    read.listed.remember(chain.group, page.items)
                yield self._with_state(read, self._deliver(read, page.items))
            if read.listed and list_path:
                until_s = listed_until_s(read.places[key])
                read.listed.check(chain.group, list_path, COLUMN, (self._start.sent_s, until_s))

    def _with_state(self, read: WholeRead, page: PageResult) -> PageResult:
        """Return a page with the state after it, unless that is too long for the page."""
        checkpoints, now_s = read.checkpoints, self._context.now_s()
        if read.memory and not checkpoints.are_due_or_small(now_s):
            return page
        states = ((read.stream.name, encode(read.stream, read.open_position(None))),)
        if read.memory:
            checkpoints.printed(states, now_s)
        return replace(page, states=states)
