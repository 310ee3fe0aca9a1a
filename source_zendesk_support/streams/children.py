"""One chain of requests per parent: what hangs below the records of a page.

A parent that Zendesk refuses (403, 404, 422) is counted and left out; the walk goes on. Members
that hang below the same path share its requests. Never moves a position: members.py does.
Rests on https://developer.zendesk.com/api-reference/help_center/help-center-api/introduction/ and
https://developer.zendesk.com/api-reference/ticketing/side_conversation/side_conversation/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    RecordRefused,
    StartTimeTooRecent,
    StreamRefused,
)

from .export_pages import export_pages
from .feeds import Delivery, taken_by
from .paging import ListRequest, list_pages
from .position import Place, Position
from .row import EXPORT_PAGE, LIST_PAGE
from .state import encode
from .table import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .feeds import Record, WalkContext
    from .members import Member
    from .row import Children


class Below:
    """Reads what hangs below records, for those members that hang below any."""

    def __init__(self, context: WalkContext, members: list[Member]) -> None:
        self._context = context
        self._members = [member for member in members if member.stream.children]
        # Path of the first level -> that level, the members of it, and those one level deeper.
        self._branches: dict[str, tuple[Children, list[Member], list[Member]]] = {}
        for member in self._members:
            level = member.stream.children
            assert level is not None
            direct = level.below is None
            if level.below:
                level = STREAMS[level.below].children
                assert level is not None
            _, wanting, below = self._branches.setdefault(level.path, (level, [], []))
            (wanting if direct else below).append(member)

    def read(self, parent: Record) -> Iterator[Delivery]:
        """Yield what is new below one record; a member that fails ends here, the others go on."""
        for level, direct, deeper in self._branches.values():
            wanting = [m for m in direct if m.error is None and m.wants(level, parent)]
            below = [m for m in deeper if m.error is None and m.wants(level, parent)]
            if not wanting and not below:
                continue
            read = self._export if level.is_export else self._chain
            yield from self._guarded(wanting + below, read(level, parent, "", wanting, below))
            for member in wanting + below:
                if member.error is None:
                    member.was_read(level, parent)

    @property
    def is_wanted(self) -> bool:
        """Tell whether any member hangs below records, and has not failed."""
        return any(member.error is None for member in self._members)

    def states_at(self, position: Position) -> Delivery:
        """Return the states of the members that have not failed."""
        going_on = [member.stream for member in self._members if member.error is None]
        return Delivery((), tuple((it.name, encode(it, position)) for it in going_on))

    def _guarded(self, members: list[Member], deliveries: Iterator[Delivery]) -> Iterator[Delivery]:
        """Pass on what is delivered; count a refused parent, and end members at another error."""
        try:
            yield from deliveries
        except (StreamRefused, RecordRefused) as error:
            for member in members:
                member.was_asked_for = True
                self._context.left_out.add(
                    member.stream.name, f"parents that Zendesk refused with status {error.status}"
                )
        except ConnectorError as error:
            for member in members:
                member.error = error
            yield Delivery((), (), failures=tuple((m.stream.name, error) for m in members))

    def _chain(
        self,
        level: Children,
        parent: Record,
        grandparent: str,
        direct: list[Member],
        deeper: list[Member],
    ) -> Iterator[Delivery]:
        """Read the pages below one parent."""
        parent_id = quote(str(parent[level.parent_key]), safe="")
        path = level.path.format(parent=parent_id, grandparent=grandparent)
        size = min(LIST_PAGE, self._context.largest_page or LIST_PAGE)
        request = ListRequest(path, level.key, paging=level.paging, size=size)
        labels = {name: parent.get(field) for name, field in level.labels.items()}
        pages = list_pages(self._context.client, self._context.now_s, request)
        for number, page in enumerate(pages):
            for member in direct:
                items = member.news_below(f"{path}|{number}", parent_id, page.items)
                if items:
                    yield self._deliver(member, [{**item, **labels} for item in items])
            for item in page.items if deeper else ():
                yield from self._deeper(item, parent_id, deeper)
            del page

    def _deeper(
        self, parent: Record, grandparent: str, members: list[Member]
    ) -> Iterator[Delivery]:
        """Read what hangs below a child, for the members that want it."""
        for member in members:
            level = member.stream.children
            assert level is not None
            member.was_asked_for = True
            if member.error is None and member.wants(level, parent):
                chain = self._chain(level, parent, grandparent, [member], [])
                yield from self._guarded([member], chain)
                if member.error is None:
                    member.was_read(level, parent)

    def _deliver(self, member: Member, items: list[Record]) -> Delivery:
        stream = member.stream
        taken = taken_by(self._context, stream, items, {})
        files = {}
        if self._context.files and self._context.files.wants(stream):
            files[stream.name] = self._context.files.fetch(stream, taken)
        return Delivery(((stream.name, taken),), (), files)

    def _export(
        self,
        level: Children,
        parent: Record,
        _grandparent: str,
        direct: list[Member],
        _deeper: list[Member],
    ) -> Iterator[Delivery]:
        """Walk the cursor export of one parent from where each member stands in it."""
        key = str(parent[level.parent_key])
        path = level.path.format(parent=quote(key, safe=""))
        size = min(EXPORT_PAGE, self._context.largest_page or EXPORT_PAGE)
        request = ListRequest(path, level.key, size=size)
        for member in direct:
            place = member.places.get(key)
            position = Position(place.at_s, place.after_cursor) if place else Position()
            try:
                for page in export_pages(self._context, request, "updated_at", position):
                    at = page.position
                    member.places[key] = Place(at.at_s or 0, at.after_cursor)
                    state = encode(member.stream, member.open_position(None))
                    records = self._deliver(member, page.items).records
                    yield Delivery(records, ((member.stream.name, state),))
            except StartTimeTooRecent:
                continue  # the next sync reads it
