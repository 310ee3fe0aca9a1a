"""The closing lines of `zendesk-local models`: the answers, and which tests they did not pass.

Decides the exit code. Prints what dbt says of an error, without what the database quotes.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from .models import answers_schema
from .report import console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .destination import Destination
    from .models import Built

_MADE = "success"
# A value that a database quotes may be a customer's.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_PASSED = ("success", "pass")


def report(found: Iterable[Built], into: Destination, schema: str) -> int:
    """Print what was made; return 0, or 1 where a table or a test failed."""
    found = list(found)
    made = [it for it in found if it.status == _MADE]
    tests = [it for it in found if it.status in ("pass", "warn", "fail")]
    out = console()
    out.print(
        f"{len(made)} tables of answers in schema {answers_schema(schema)} of {into.shown}; "
        f"{sum(it.status == 'pass' for it in tests)} of {len(tests)} tests passed.",
        soft_wrap=True,
    )
    for it in found:
        if it.status not in _PASSED:
            word = "error" if it.is_failure else "warning"
            said = _QUOTED.sub("'...'", it.message or it.status)
            sys.stderr.write(f"{word}: {it.name}: {said}\n")
    return int(any(it.is_failure for it in found))
