"""Which modules need DuckDB, which an older environment of a developer may lack."""

import os
from importlib.util import find_spec

_NEED_DUCKDB = ("test_typed_rows.py", "test_store.py", "test_object_store.py")


def pytest_ignore_collect(collection_path: object) -> bool | None:
    """Leave such modules out where DuckDB is missing, but not in CI, where nothing may be."""
    is_missing = find_spec("duckdb") is None and os.environ.get("CI") != "true"
    return True if is_missing and str(collection_path).endswith(_NEED_DUCKDB) else None
