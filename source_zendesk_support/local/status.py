"""`zendesk-local status`: what a database holds of each account, and how old it is.

Reads the database alone: it asks Zendesk nothing and needs no sign-in.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.zendesk.errors import ConnectorError

from .reading import reading
from .report import console, print_table
from .sql_held import SqlHeld
from .syncs import last_complete

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .accounts import Account
    from .destination import Destination

HEAD = ("stream", "rows", "read to the end", "age", "position")


def status(
    accounts: list[Account],
    destination: Destination,
    secrets: Mapping[str, str],
    *,
    as_json: bool,
) -> int:
    """Print what is known of each account, and return 0. Raises ConnectorError."""
    now = datetime.now(UTC)
    found = []
    for account in accounts:
        with reading(destination, account.name, secrets) as (connection, schema):
            found.append(_status(account, SqlHeld(connection, schema, now), now))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE))
        return 0
    for it in found:
        _print(it)
    return 0


def _status(account: Account, held: SqlHeld, now: datetime) -> dict[str, Any]:
    syncs = held.syncs()
    last = last_complete(syncs)
    states = held.states()
    streams = []
    for name in held.streams():
        ended_at = last[name].ended_at if name in last else None
        streams.append(
            {
                "stream": name,
                "rows": held.count(name, dead=True),
                "read_at": ended_at and ended_at.isoformat(timespec="seconds"),
                "age_s": ended_at and round((now - ended_at).total_seconds()),
                "position": _position(name, states.get(name)),
            }
        )
    latest = syncs[0] if syncs else None
    next_at = latest.next_run_at if latest else None
    return {
        "account": account.name or account.path.name,
        "last_sync_at": latest and latest.ended_at.isoformat(timespec="seconds"),
        "last_sync_age_s": latest and round((now - latest.ended_at).total_seconds()),
        "exit_code": latest and latest.exit_code,
        "next_run_at": next_at and next_at.isoformat(timespec="seconds"),
        "streams": streams,
    }


def _position(name: str, state: Any) -> str | None:
    """Return up to which time a stream was read; None where its state says no time."""
    if not state:
        return None
    try:
        at_s = decode(STREAMS[name], state, lambda _: None).at_s
    except ConnectorError:
        return "cannot be read"
    return None if at_s is None else format_time(at_s)


def _print(it: dict[str, Any]) -> None:
    out = console()
    if it["last_sync_at"] is None:
        title = f"{it['account']}: when it was synced is not kept here yet"
    else:
        how = "" if it["exit_code"] == 0 else f", exit code {it['exit_code']}"
        title = f"{it['account']}: last sync {age(it['last_sync_age_s'])} ago{how}"
    if it["next_run_at"] is not None:
        title += f", next run at {it['next_run_at']}"
    rows = [
        (
            row["stream"],
            f"{row['rows']:,}",
            row["read_at"] or "",
            "" if row["age_s"] is None else age(row["age_s"]),
            row["position"] or "",
        )
        for row in it["streams"]
    ]
    print_table(out, title, HEAD, rows, text=1)


def age(seconds: int) -> str:
    """Return a span of time in its two largest units: 3 d 4 h."""
    spans = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    parts: list[str] = []
    for size, unit in spans:
        number, seconds = divmod(max(0, seconds), size)
        if number or (unit == "s" and not parts):
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2])
