"""Losses of lists: records deleted without a trace, restored ones, and hidden ones that exist.

Not part of a mix. A hidden record is on no list, as after a change of a role, a brand or a filter;
asked for singly it is shown, or refused to the role.
"""

from collections.abc import Callable

from zendesk_emulator.data.account import FILTERED, Account, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick

from .help_center import CHILDREN_OF
from .people import touch_user

Written = list[tuple[str, int]]
Change = Callable[[Account, Draw, int | None], Written]


def _remove(stream: str, fits: Callable[[Row], bool] = lambda _: True) -> Change:
    def remove(account: Account, draw: Draw, row_id: int | None) -> Written:
        row = pick(account.table(stream), draw, row_id, fits)
        account.table(stream).remove(row)
        return [(stream, row.id)]

    return remove


def delete_identity(account: Account, draw: Draw, row_id: int | None) -> Written:
    """It touches its user, as a new one does (unverified)."""
    row = pick(account.table("user_identities"), draw, row_id)
    account.table("user_identities").remove(row)
    user = account.table("users").rows[row.parent]
    return [("user_identities", row.id), touch_user(account, user)]


def hide(account: Account, stream: str, row_id: int, how: str = FILTERED) -> None:
    """Take a record off its list; `how` says what is answered to those who ask for it alone."""
    with account.lock:
        account.table(stream).rows[row_id].hidden = how
        account.changed()


def unhide(account: Account, stream: str, row_id: int) -> None:
    """Put a hidden record on its list again, as it was."""
    with account.lock:
        account.table(stream).rows[row_id].hidden = ""
        account.changed()


def restore(account: Account, stream: str, row_id: int) -> None:
    """Bring a deleted record back as it was, with its old time, and what lay below it."""
    with account.lock:
        _restore(account, stream, row_id)
        account.changed()


def _restore(account: Account, stream: str, row_id: int) -> None:
    table = account.table(stream)
    row = table.trash.pop(row_id)
    table.removed.discard(row_id)
    table.add(row)
    for lower in CHILDREN_OF.get(stream, ()):
        below = account.table(lower).trash
        for child in [it.id for it in below.values() if it.parent == row_id]:
            _restore(account, lower, child)


KINDS: dict[str, Change] = {
    # Of the source's language there is always one.
    "delete_translation": _remove("article_translations", lambda row: row.ordinal > 0),
    "delete_object_field": _remove("custom_object_fields"),
    "delete_identity": delete_identity,
}
