"""Values that did not fit: what the log says of those of a column, never the values themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unfit:
    """Values of a column that did not fit: how many, and the first keys of their records.

    `column` is "" for lines that are not JSON, which have no key either. `is_key`: without the
    value the record has no row.
    """

    stream: str
    column: str
    count: int
    keys: tuple[str, ...]
    is_key: bool = False

    def __str__(self) -> str:
        if self.is_key or not self.column:
            why = f"have no usable {self.column}" if self.column else "are not valid JSON"
            return (
                f"{self.stream}: {self.count} records {why} and were left out; they are kept whole "
                "in _unfit_values."
            )
        more = f" and {self.count - len(self.keys)} more" if self.count > len(self.keys) else ""
        return (
            f"{self.stream}.{self.column}: {self.count} values did not fit the column and are null "
            f"there; they are kept in _unfit_values. Keys: {', '.join(self.keys)}{more}."
        )
