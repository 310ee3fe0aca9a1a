"""An open store, and which modules need DuckDB, which an older environment may lack."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from source_zendesk_support.local.duckdb_store import DuckDBStore

_NEED_DUCKDB = (
    *("test_typed_rows.py", "test_store.py", "test_keys.py", "test_object_store.py"),
    *("test_looking.py", "test_refusals.py"),
)


def pytest_ignore_collect(collection_path: object) -> bool | None:
    """Leave such modules out where DuckDB is missing, but not in CI, where nothing may be."""
    is_missing = find_spec("duckdb") is None and os.environ.get("CI") != "true"
    return True if is_missing and str(collection_path).endswith(_NEED_DUCKDB) else None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    """Yield the store of a new file, which is closed afterwards."""
    from source_zendesk_support.local.duckdb_store import open_duckdb  # noqa: PLC0415 - see above
    from test_support.local.stores import ACME  # noqa: PLC0415

    opened = open_duckdb(str(tmp_path / "z.duckdb"), "main", ACME, lambda _text: None)
    yield opened
    opened.close()
