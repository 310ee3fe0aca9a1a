"""`zendesk-local report`: reads the tables of answers and writes one file of HTML.

Owns the file: it replaces an older one whole, and is for its owner's eyes: it may name agents.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .models import KINDS, answers_schema
from .reading import reading
from .typed_rows import literal
from .whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .destination import Destination


def write_report(
    into: Destination,
    name: str,
    path: Path,
    secrets: Mapping[str, str],
    *,
    anonymous: bool = False,
) -> int:
    """Write the report of an account and return 0. Raises ConnectorError."""
    if find_spec("matplotlib") is None:
        raise _missing("matplotlib is not installed", "Install it: pip install '.[local,models]'.")
    if into.kind not in KINDS:
        raise _missing(f"A {into.kind} has no answers", "Sync into a DuckDB file or PostgreSQL.")
    from .report_page import page  # noqa: PLC0415 - of the extra

    with reading(into, name, secrets) as (connection, schema):

        def ask(query: str) -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
            return rows

        answers = answers_schema(schema)
        held = ask(
            "SELECT count(*) FROM information_schema.tables "
            f"WHERE table_schema = {literal(answers)} AND table_name = 'months'"
        )
        if held != [(1,)]:
            raise _missing(
                f"The schema {answers} has no answers", "Run `zendesk-local models` first."
            )
        _replace(path, page(ask, answers, anonymous=anonymous))
    sys.stdout.write(f"The report is in {path}.\n")
    return 0


def _replace(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise ConnectorError(
            f"The report cannot be written ({type(error).__name__}).",
            about=f"option --output, {path}",
            remedy="Give a path in a folder that exists and can be written to.",
            failure=Failure.CONFIG,
        ) from error


def _missing(what: str, remedy: str) -> ConnectorError:
    return ConnectorError(
        f"{what}.", about="zendesk-local report", remedy=remedy, failure=Failure.CONFIG
    )
