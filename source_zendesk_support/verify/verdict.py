"""The verdict on one stream: a line for people, an object for programs.

Owns the words, and which of them make the exit code 1. Names keys and fields, never a value.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from .compare import Found

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_NAMED = 5
COMPLETE, LATE, UNKNOWN, FAULTY = "complete", "late", "cannot be counted", "different"


@dataclass(slots=True)
class Verdict:
    """The findings about a stream.

    Attributes:
        stream: Its name.
        held: The live rows of the destination.
        counted: What Zendesk counts of it; None where it does not count.
        how: How it was compared, in words.
        found: What the comparison has found.
        missing_more: Records that are missing by Zendesk's count, beyond the keys in `found`.
        why_not: Why it was not compared; "" when it was.
        is_open: Whether it was to be compared and was not, so that nothing is proved.
        notes: What else a reader has to know.

    """

    stream: str
    held: int
    counted: int | None = None
    how: str = ""
    found: Found = field(default_factory=Found)
    missing_more: int = 0
    why_not: str = ""
    is_open: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def is_faulty(self) -> bool:
        """Whether the destination is not what Zendesk holds, or that could not be found out."""
        found = self.found
        return bool(
            found.missing or found.stale or found.extra or self.missing_more or self.is_open
        )

    @property
    def missing(self) -> int:
        """How many records are missing."""
        return max(len(self.found.missing), self.missing_more)

    @property
    def word(self) -> str:
        """The verdict in a word."""
        if self.missing or self.found.stale or self.found.extra:
            return FAULTY
        if self.why_not:
            return UNKNOWN
        return LATE if self.found.late else COMPLETE

    def line(self) -> str:
        """Return the verdict as one line."""
        found = self.found
        parts = [
            _some("missing", found.missing, self.missing),
            _some("stale", [f"{it} ({', '.join(names)})" for it, names in found.stale.items()]),
            _some("too many", found.extra),
        ]
        said = ", ".join(part for part in parts if part)
        if not said:
            said = f"{UNKNOWN}: {self.why_not}" if self.why_not else self.word
        if found.late:
            said += f", {len(found.late)} changed since the last sync, less its last minute"
        facts = [f"{self.held:,} rows"]
        if self.counted is not None:
            facts.append(f"Zendesk counts {self.counted:,}")
        facts += [self.how] if self.how else []
        facts += [f"{name} differs in {n}, silently" for name, n in sorted(found.silent.items())]
        return f"{self.stream}: {said}. {'; '.join([*facts, *self.notes])}."

    def as_json(self) -> dict[str, Any]:
        """Return the verdict for programs."""
        found = asdict(self.found)
        found["late"] = sorted(self.found.late)
        return {
            "stream": self.stream,
            "verdict": self.word,
            "is_faulty": self.is_faulty,
            "held": self.held,
            "counted": self.counted,
            "how": self.how,
            "missing_by_count": self.missing_more,
            "why_not": self.why_not,
            "notes": self.notes,
            **found,
        }


def _some(word: str, keys: Sequence[str], number: int | None = None) -> str:
    """Return "stale 3: 1, 2, 3"; "" for none."""
    count = len(keys) if number is None else number
    if not count:
        return ""
    named = ", ".join(keys[:MOST_NAMED]) + (", ..." if len(keys) > MOST_NAMED else "")
    return f"{word} {count:,}" + (f": {named}" if named else "")
