"""The normalizers of a sync's streams, each compiled when its first record comes.

Owns when a schema is read and compiled, never what becomes of a value: normalize.py does. A sync
without news has no record of most streams, and compiling them all took a tenth of its CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .normalize import compile_normalizer
from .schema import load_schema

Normalize = Callable[[dict[str, Any]], object]


class Normalizers(Mapping[str, Normalize]):
    """The normalizers by stream; `others` stand in the place of those of the schemas.

    Two threads may compile the same one at a time: both make the same.
    """

    def __init__(self, streams: Iterable[str], others: Mapping[str, Normalize]) -> None:
        self._streams = dict.fromkeys(streams)
        self._made = dict(others)

    def __getitem__(self, stream: str) -> Normalize:
        """Return the normalizer of a stream, compiled by now."""
        if stream not in self._made:
            if stream not in self._streams:
                raise KeyError(stream)
            self._made[stream] = compile_normalizer(load_schema(stream))
        return self._made[stream]

    def __contains__(self, stream: object) -> bool:
        """Return whether a stream has a normalizer; nothing is compiled."""
        return stream in self._streams

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the streams; nothing is compiled."""
        return iter(self._streams)

    def __len__(self) -> int:
        """Return the number of streams."""
        return len(self._streams)
