"""The table `_unfit_values`: which of its entries a write replaces.

Owns that a value which fits takes its entry away, and that one which comes again has one entry. The
SQL is the same for DuckDB and PostgreSQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .typed_rows import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .typed_rows import Staged


def outdated(staged: Staged, side: str, rows: str, unfit: str) -> Iterator[str]:
    """Yield the statements that delete the entries which a stream's staged records replace.

    `side`, `rows` and `unfit` are names in SQL: of the table, and of what is staged.
    """
    of_stream = f"DELETE FROM {side} WHERE stream_name = {literal(staged.table.name)}"
    if staged.replaces:
        yield of_stream
        return
    if staged.table.key:
        key = quoted(staged.table.key)
        yield f"{of_stream} AND record_key IN (SELECT {key}::VARCHAR FROM {rows})"
    if staged.is_odd:  # records without a usable key, and lines that are not JSON, have no row
        yield f"{of_stream} AND record_key IN (SELECT record_key FROM {unfit})"
        yield (
            f"{of_stream} AND record_key IS NULL "
            f"AND value IN (SELECT value FROM {unfit} WHERE record_key IS NULL)"
        )
