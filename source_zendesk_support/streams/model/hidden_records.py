"""Records of a page without what the user wants hidden, each made when it is read.

Must never give a record as it was. A record is hidden and encoded while the processor has it at
hand: two passes over a page cost half as much again. What reads a record twice pays twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Record = dict[str, Any]


class HiddenRecords(Sequence["Record"]):
    """The records without what is hidden.

    One whose form is not that of its kind is left out when it is read. `failed` is called with its
    error, once. So `len` may count more than there are.
    """

    def __init__(
        self,
        records: list[Record],
        hide: Callable[[Record], Record],
        failed: Callable[[Exception], None],
    ) -> None:
        self._records, self._hide, self._failed = records, hide, failed
        self._left_out: set[int] = set()

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return self._hidden(self._records)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...

    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        if isinstance(place, slice):
            return list(self._hidden(self._records[place]))
        return self._hide(self._records[place])

    def _hidden(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            try:
                hidden = self._hide(record)
            except Exception as error:  # noqa: BLE001 - one record costs that record
                if id(record) not in self._left_out:  # as long as it is held here, no other has it
                    self._left_out.add(id(record))
                    self._failed(error)
            else:
                yield hidden
