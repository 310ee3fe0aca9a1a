"""Which keys of a stream were met in a run, and which known ones were not.

Pure but for its own sets. Only a group that was read whole can miss a key; a key that another
group has is not missing, since it has moved. Decides nothing: a missing record may exist all the
same, and vanished.py asks Zendesk for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .known_keys import MOST_KEYS, KnownKeys, groups_of_text, groups_to_text, key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from .known_keys import Groups, Key

LIST = ""  # the one group of a list
BELOW = "/"  # between a grandparent and a parent in the name of a group


class KeyMemory:
    """The keys of one stream in one run."""

    def __init__(self, known: KnownKeys | None) -> None:
        """`known`: what the state had; None where nothing was remembered yet."""
        self.began_empty = known is None
        known = known or KnownKeys()
        self._groups: Groups = groups_of_text(known.keys)
        self.hidden: set[Key] = groups_of_text(known.hidden).get(LIST, set())
        self.asked_s = known.asked_s
        self.checked_s = known.checked_s
        # Of a group that is being read: the known keys that were not met so far.
        self._unmet: Groups = {}
        # A killed run has met these, and a parent that does not change is not read again.
        self._missing: Groups = {
            group: keys & self._groups.get(group, set())
            for group, keys in groups_of_text(known.missing).items()
        }
        # Parents by their group: those seen, and those whose children at the next level are whole.
        self._seen: set[str] = set()
        self._whole: set[str] = set()
        self._tops = {_top(group) for group in self._groups}
        self._met: dict[str, Key] = {}  # a key of each group that was read
        self._count = sum(map(len, self._groups.values()))
        self.is_full = False

    def meet(self, values: Iterable[Any], group: str = LIST) -> None:
        """Remember keys that stand on a page."""
        unmet = self._begun(group)
        if self.is_full:
            return
        keys, missing = self._groups.setdefault(group, set()), self._missing.get(group, set())
        before = len(keys)
        for value in values:
            key = key_of(value)
            if key is not None:
                keys.add(key)
                unmet.discard(key)
                missing.discard(key)
                self.hidden.discard(key)
                self._met[group] = key
        self._count += len(keys) - before
        if self._count > MOST_KEYS:
            self._forget_all()

    def read_whole(self, group: str = LIST) -> None:
        """Mark a group as read to its end: what was not met in it is missing."""
        unmet = self._begun(group)
        if unmet:
            self._missing[group] = unmet
        self._unmet[group] = set()

    def see(self, group: str) -> None:
        """Mark the parent of a group as there."""
        self._seen.add(group)

    def see_all_below(self, top: str) -> None:
        """Mark that all parents below this one were seen that there are."""
        self._whole.add(top)

    def knows_below(self, group: str) -> bool:
        """Return whether keys of a group, or of one below it, are known from earlier runs."""
        return bool(self._groups.get(group)) or group in self._tops

    def holds(self, value: Any, group: str = LIST) -> bool:
        """Return whether a key of a group is known."""
        return key_of(value) in self._groups.get(group, ())

    def is_new(self, value: Any, group: str = LIST) -> bool:
        """Return whether the destination does not hold a key, as far as that is known."""
        key = key_of(value)
        return not self.began_empty and not self.is_full and key not in self._groups.get(group, ())

    def missing(self) -> Groups:
        """Return the keys that are missing in groups that were read whole."""
        return self._without_moved(self._missing)

    def orphans(self, *, all_tops_seen: bool) -> dict[str, Groups]:
        """Return groups whose parent was not seen, by the parent that is missing.

        `all_tops_seen`: the list of the outermost parents was read whole.
        """
        lost: Groups = {}
        for group, keys in self._groups.items():
            top = _top(group)
            is_lost = top in self._whole and group not in self._seen
            if keys and group != LIST and (is_lost or (all_tops_seen and top not in self._seen)):
                lost[group] = keys
        found: dict[str, Groups] = {}
        for group, keys in self._without_moved(lost).items():
            top = _top(group)
            found.setdefault(group if top in self._seen else top, {})[group] = keys
        return found

    def seen(self, depth: int) -> str | None:
        """Return a parent that was seen at a depth: 0 is outermost."""
        return next((group for group in self._seen if group.count(BELOW) == depth), None)

    def sample(self, asked: Collection[Key]) -> tuple[str, Key] | None:
        """Return a key that is not asked for, with its group; None where there is none.

        One that was met in this run comes first.
        """
        known = ((group, key) for group, keys in self._groups.items() for key in keys)
        left = (it for it in known if it[1] not in asked and it[1] not in self.hidden)
        return next(iter(self._met.items()), None) or next(left, None)

    def forget(self, group: str, keys: Iterable[Key]) -> None:
        """Forget keys that are gone."""
        held = self._groups.get(group, set())
        for key in set(keys):
            self._count -= key in held
            for other in (held, self._unmet.get(group), self._missing.get(group), self.hidden):
                if other is not None:
                    other.discard(key)

    def hide(self, keys: Iterable[Key]) -> None:
        """Remember that keys are on no list though they were not deleted."""
        self.hidden.update(keys)
        for missing in self._missing.values():
            missing.difference_update(self.hidden)

    def unhide(self, keys: Iterable[Key]) -> None:
        """Forget that keys are on no list."""
        self.hidden.difference_update(keys)

    def keys_of(self, group: str) -> frozenset[Key]:
        """Return the known keys of a group."""
        return frozenset(self._groups.get(group, ()))

    def forget_hidden(self) -> Groups:
        """Return the hidden keys by their group, and forget them."""
        found = {
            group: gone for group, keys in self._groups.items() if (gone := keys & self.hidden)
        }
        for group, keys in found.items():
            self.forget(group, keys)
        return found

    @property
    def count(self) -> int:
        """How many keys are known."""
        return self._count

    @property
    def count_of_groups(self) -> int:
        """How many groups have keys."""
        return sum(1 for keys in self._groups.values() if keys)

    def known(self) -> KnownKeys | None:
        """Return what the state is to keep; None where there are too many keys."""
        if self.is_full:
            return None
        hidden = groups_to_text({LIST: self.hidden})
        missing = groups_to_text(
            {group: keys - self.hidden for group, keys in self._missing.items()}
        )
        return KnownKeys(
            groups_to_text(self._groups), hidden, self.asked_s, self.checked_s, missing
        )

    def _begun(self, group: str) -> set[Key]:
        found = self._unmet.get(group)
        if found is None:
            found = self._unmet[group] = set(self._groups.get(group, ()))
        return found

    def _without_moved(self, groups: Groups) -> Groups:
        """Return groups without the keys that another group has: their records moved there."""
        asked = set().union(*groups.values()) if groups else set()
        moved: set[Key] = set()
        for other, keys in self._groups.items():
            if asked.isdisjoint(keys):
                continue
            moved |= (keys & asked) - groups.get(other, set()) - self._missing.get(other, set())
        return {group: left for group, keys in groups.items() if (left := keys - moved)}

    def be_full(self) -> None:
        """Keep no key: an earlier run met too many."""
        self._forget_all()

    def _forget_all(self) -> None:
        self.is_full = True
        for sets in (self._groups, self._unmet, self._missing, self._met):
            sets.clear()
        self._seen, self._whole, self._tops = set(), set(), set()
        self.hidden = set()
        self._count = 0


def _top(group: str) -> str:
    return group.partition(BELOW)[0]
