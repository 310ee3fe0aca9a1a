"""Which missing keys were deleted: each is looked at singly, and only what is gone has a tombstone.

A list may be shorter because a role, a brand or a filter changed, or because Zendesk cut it off. So
a missing key is gone only where Zendesk says so of its record. Zendesk must also show another
record of the same kind, if there is one. Children go with their parent. Too many at once are held
back. Never ends a stream; a key that is not decided stays known for the next sync.
Rests on docs/facts/zendesk-api.md#5.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from source_zendesk_support.streams.state.digests import digest
from source_zendesk_support.streams.state.key_memory import BELOW, KeyMemory
from source_zendesk_support.streams.state.known_keys import MOST_KEYS

from .record_paths import (
    address_of,
    child_record_path,
    list_record_path,
    parent_path,
    plain_key,
    sideload_record_path,
)
from .single_records import Answer, SingleRecords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import Resource
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.state.known_keys import Key, KnownKeys

# A change of a role or of a brand hides much of a list at once; administrators delete little.
LARGEST_SHARE = 1 / 3
# Of a short list so many may go at once.
ALWAYS_ALLOWED = 10
# A record that is on no list and exists all the same is asked for again after this time.
HIDDEN_S = 86_400
_HELD_BACK = (
    "missing records, more than a third of all: none is taken for deleted. Reset the stream if "
    "they were"
)
_NOT_ANSWERED = (
    "missing records that Zendesk does not show singly, no more than those that exist: not taken "
    "for deleted"
)
_ALL_GONE = (
    "missing records, and no other of their kind: none is taken for deleted. Reset the stream if "
    "they were"
)
_LEFT = "missing records that the next sync asks for"
_TOO_LONG = f"search for deletions in more than {MOST_KEYS:,} records: a full refresh finds them"


def memory_of(context: WalkContext, stream: Stream, known: KnownKeys | None) -> KeyMemory | None:
    """Return the keys of a stream; None where no deletion of it is looked for."""
    is_looked_for = stream.name in context.tombstones and stream.name not in context.of_tickets
    return KeyMemory(known) if is_looked_for else None


def are_many(missing: int, known: int) -> bool:
    """Return whether so many missing records at once are more likely hidden than deleted."""
    return missing > ALWAYS_ALLOWED and missing > known * LARGEST_SHARE


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether keys of a group are gone: the answer at `path`, theirs or their parent's, says so."""

    group: str
    keys: frozenset[Key]
    path: str
    is_parent: bool = False


class Vanished:
    """Finds the deletions of one stream, once its list was read."""

    def __init__(
        self, context: WalkContext, resource: Resource, stream: Stream, memory: KeyMemory
    ) -> None:
        self._context = context
        self._resource = resource
        self._stream = stream
        self._memory = memory
        is_bare = resource.missing_is_bare and stream.children is None
        self._records = SingleRecords(context.client, missing_is_bare=is_bare)
        self._now_s = context.client.zendesk_s()
        self.is_decided = True  # whether every missing key was asked for, or held back

    def tombstones(self, *, all_tops_seen: bool = False) -> list[Record]:
        """Return the tombstones of keys that are gone, and forget these keys.

        `all_tops_seen`: the list of the outermost parents was read whole.
        """
        memory = self._memory
        if memory.is_full:
            self._note(_TOO_LONG, 1)
            return []
        questions = list(self._questions(all_tops_seen=all_tops_seen))
        if not self._may_ask(questions):
            return []
        found: list[Record] = []
        left = 0
        for question in sorted(questions, key=self._turn):
            answer = self._records.ask(question.path)
            if answer is Answer.GONE:
                memory.forget(question.group, question.keys)
                found += [
                    self._tombstone(key, question.group) for key in sorted(question.keys, key=str)
                ]
            elif answer is Answer.NOT_ASKED:
                left += len(question.keys)
            else:
                memory.hide(question.keys)
                memory.asked_s = memory.asked_s or self._now_s
        if left:
            self.is_decided = False
            fault = self._records.fault
            self._note(f"{_LEFT} ({fault.what})" if fault else _LEFT, left)
        return found

    def _questions(self, *, all_tops_seen: bool) -> Iterator[_Question]:
        """Yield what is to be asked: nothing twice a day of what is only hidden."""
        memory, level = self._memory, self._stream.children
        asked_s = memory.asked_s
        is_recent = asked_s is not None and 0 <= self._now_s - asked_s < HIDDEN_S
        skipped = memory.hidden if is_recent else set()
        if not is_recent and memory.hidden:
            memory.asked_s = self._now_s
        for group, keys in memory.missing().items():
            for key in keys - skipped:
                yield _Question(group, frozenset({key}), self._path(group, key))
        for parent, groups in memory.orphans(all_tops_seen=all_tops_seen).items():
            assert level is not None  # only children have parents
            for group, keys in groups.items():
                if keys - skipped:
                    path = parent_path(self._resource, level, parent)
                    yield _Question(group, frozenset(keys), path, is_parent=True)

    def _may_ask(self, questions: Iterable[_Question]) -> bool:
        """Return whether so much may be gone, and whether a record that exists is shown singly."""
        memory = self._memory
        missing = set().union(*(it.keys for it in questions))
        if not missing:
            return False
        if self._are_many(questions):
            self._note(_HELD_BACK, len(missing - memory.hidden))
            return False
        controls = {it.path: self._control(it, missing) for it in questions}
        # The last of its kind may go. All at once, and no other to compare with, may be hidden.
        if sum(path is None for path in controls.values()) > 1:
            self._note(_ALL_GONE, len(missing))
            return False
        if all(self._records.ask(path) is Answer.THERE for path in controls.values() if path):
            return True
        self._note(_NOT_ANSWERED, len(missing))
        return False

    def _are_many(self, questions: Iterable[_Question]) -> bool:
        """Return whether too much is missing at once. A parent counts once, whatever it had."""
        memory = self._memory
        news = [it for it in questions if not it.keys <= memory.hidden]
        own = sum(1 for it in news if not it.is_parent)
        parents = len({it.path for it in news if it.is_parent})
        return are_many(own, memory.count) or are_many(parents, memory.count_of_groups)

    def _control(self, question: _Question, missing: set[Key]) -> str | None:
        """Return the path of a record of the same kind that exists; None without one."""
        memory, level = self._memory, self._stream.children
        if level is None or not question.is_parent:
            sample = memory.sample(missing)
            return self._path(*sample) if sample else None
        depth = 1 if level.below and question.path != self._top_path(question.group) else 0
        seen = memory.seen(depth)
        return parent_path(self._resource, level, seen) if seen is not None else None

    def _top_path(self, group: str) -> str:
        return list_record_path(self._resource, group.partition(BELOW)[0])

    def _path(self, group: str, key: Key) -> str:
        level, sideload = self._stream.children, self._stream.include
        if self._stream.is_sideloaded and sideload is not None:
            return sideload_record_path(sideload, group, key)
        if level is None:
            return list_record_path(self._resource, key)
        return child_record_path(level, group, address_of(level, key))

    def _turn(self, question: _Question) -> tuple[bool, bytes]:
        """Return the order of asking: hidden keys last, and another order in each sync."""
        is_hidden = question.keys <= self._memory.hidden
        return is_hidden, digest([question.group, sorted(map(str, question.keys)), self._now_s], 8)

    def _tombstone(self, key: Key, group: str) -> Record:
        level = self._stream.children
        plain = plain_key(level, key) if level else key
        parent = unquote(group.rpartition(BELOW)[2])
        return self._context.tombstones[self._stream.name](plain, self._now_s, parent)

    def _note(self, what: str, count: int) -> None:
        self._context.skipped.add(self._stream.name, what, count)
