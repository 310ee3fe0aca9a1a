"""The choice of the record that a change touches."""

from collections.abc import Callable

from .account import Row, Table
from .drawing import Draw


class NothingLeftError(LookupError):
    """No record is in a state that this change could start from."""


def pick(
    table: Table, draw: Draw, row_id: int | None, fits: Callable[[Row], bool] = lambda _: True
) -> Row:
    """The row with this id, or a drawn one, that fits. Raises KeyError or NothingLeftError."""
    candidates = table.rows.values() if row_id is None else [table.rows[row_id]]
    fitting = [row for row in candidates if fits(row)]
    if not fitting:
        raise NothingLeftError(table.name)
    return draw.of(fitting)
