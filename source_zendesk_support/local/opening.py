"""Opens the database or folder that a destination means, for one account.

The only module that knows all of them. A driver is imported when it is needed: libpq costs as much
as DuckDB, and the extra may be missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .destination import Destination
    from .store import Store


def open_store(
    destination: Destination,
    schema: str,
    source: str,
    secrets: Mapping[str, str],
    warn: Callable[[str], None],
) -> Store:
    """Connect, and keep other syncs out until the store is closed."""
    options = destination.options
    if destination.kind == "postgresql":
        from .postgres_store import open_postgres  # noqa: PLC0415

        return open_postgres(schema, source, warn, **options, **destination.query, **secrets)
    from .duckdb_store import open_duckdb  # noqa: PLC0415

    if destination.kind == "motherduck":
        return open_duckdb(f"md:{options['database']}", schema, source, warn, **secrets)
    if destination.kind == "folder":
        from .folder_store import open_folder  # noqa: PLC0415

        below = "" if schema == "main" else schema
        folder, file_format = Path(str(options["path"])) / below, str(options["format"])
        if "url" not in options:
            return open_folder(folder, file_format, source, warn)
        from .object_store import open_object_store  # noqa: PLC0415

        files = open_object_store(f"{options['url']}/{below}".rstrip("/"))
        return open_folder(folder, file_format, source, warn, files)
    return open_duckdb(str(options["path"]), schema, source, warn)
