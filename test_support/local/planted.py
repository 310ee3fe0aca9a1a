"""Differences that are planted into a destination, for `verify` to find each of them.

A record is missing, a value is another one, or a row stands for no record: in streams of every kind
of walk, and below parents.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.streams.catalog.table import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MISSING, STALE, GHOST = "missing", "stale", "extra"
# No record of an emulated account has it.
NO_KEY = 999_999_999_999


@dataclass(frozen=True, slots=True)
class Planted:
    """One difference; `field` is the field that a stale row has wrong."""

    stream: str
    kind: str
    field: str = ""

    def __str__(self) -> str:
        return f"{self.stream} {self.kind} {self.field}".strip()


PLANTED = (
    Planted("tickets", MISSING),
    Planted("ticket_comments", MISSING),
    Planted("users", MISSING),
    Planted("group_memberships", MISSING),
    Planted("macros", MISSING),
    Planted("articles", MISSING),
    Planted("article_votes", MISSING),
    Planted("satisfaction_ratings", STALE, "score"),
    Planted("ticket_fields", STALE, "title"),
    Planted("organizations", STALE, "name"),
    Planted("ticket_metrics", STALE, "reopens"),
    Planted("groups", STALE, "name"),
    Planted("triggers", STALE, "conditions"),
    Planted("article_comments", STALE, "body"),
    Planted("custom_roles", STALE, "name"),
    Planted("sla_policies", STALE, "title"),
    Planted("views", GHOST),
    Planted("ticket_events", GHOST),
    Planted("user_identities", GHOST),
    Planted("organization_memberships", GHOST),
    Planted("dynamic_content_items", GHOST),
    Planted("post_comments", GHOST),
)


# In streams that are too large to be read whole: found by ids, by the gap that a missing ticket
# leaves, and below the tickets and users of the sample.
PLANTED_IN_LARGE = (
    Planted("tickets", MISSING),
    Planted("tickets", STALE, "subject"),
    Planted("tickets", GHOST),
    Planted("ticket_metrics", STALE, "reopens"),
    Planted("users", STALE, "name"),
    Planted("users", GHOST),
    Planted("ticket_events", MISSING),
    Planted("ticket_events", GHOST),
    Planted("ticket_comments", MISSING),
    Planted("ticket_comments", STALE, "body"),
    Planted("ticket_audits", STALE, "author_id"),
    Planted("ticket_field_history", MISSING),
    Planted("user_identities", MISSING),
    Planted("user_identities", STALE, "value"),
)

# In streams that are too large, and that are read in windows of time or by pages.
PLANTED_IN_WINDOWS = (
    Planted("ticket_metric_events", MISSING),
    Planted("ticket_metric_events", STALE, "type"),
    Planted("ticket_metric_events", GHOST),
    Planted("ticket_sla_policy_history", MISSING),
    Planted("side_conversation_events", STALE, "message"),
    Planted("calls", MISSING),
    Planted("calls", STALE, "direction"),
    Planted("call_legs", MISSING),
    Planted("deleted_tickets", MISSING),
    Planted("deleted_tickets", STALE, "subject"),
    Planted("ticket_skips", MISSING),
    Planted("ticket_skips", STALE, "reason"),
    Planted("tags", MISSING),
)


def plant_in_rows(it: Planted, rows: dict[str, dict[str, Any]]) -> str:
    """Plant a difference into the rows of a stream by their key, and return the key."""
    key = sorted(rows)[1]  # the first ticket that is missing leaves no gap
    if it.kind == MISSING:
        del rows[key]
    elif it.kind == STALE:
        rows[key] = {**rows[key], it.field: _other(rows[key][it.field])}
    else:
        key = str(NO_KEY)
        rows[key] = {**rows[max(rows)], STREAMS[it.stream].primary_key: NO_KEY}
    return key


def plant_in_database(it: Planted, query: Callable[[str], Any], schema: str) -> str:
    """Plant a difference into a table by SQL that both databases know, and return the key."""
    table, key = f"{schema}.{it.stream}", STREAMS[it.stream].primary_key
    kinds = _kinds(query, schema, it.stream)
    # A row that is marked as deleted is not compared.
    alive = f"{DELETED_AT} IS NULL" if DELETED_AT in kinds else "TRUE"
    first = query(f"SELECT min({key}) FROM {table} WHERE {alive}")[0][0]
    if it.kind == MISSING:
        query(f"DELETE FROM {table} WHERE {key} = {first}")
        return str(first)
    if it.kind == STALE:
        new = {"json": "'{}'", "bigint": "7654321"}.get(kinds[it.field].lower(), "'spoilt'")
        query(f"UPDATE {table} SET {it.field} = {new} WHERE {key} = {first}")
        return str(first)
    names = list(kinds)
    values = ", ".join(str(NO_KEY) if name == key else f'"{name}"' for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    # Of the last record: the ticket of the first one may be a planted difference itself.
    last = query(f"SELECT max({key}) FROM {table} WHERE {alive}")[0][0]
    query(f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table} WHERE {key} = {last}")
    return str(NO_KEY)


def not_found(planted: Mapping[Planted, str], verdicts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the planted differences that are in no verdict, or not as they were planted."""
    by_stream = {it["stream"]: it for it in verdicts}
    wrong = []
    for it, key in planted.items():
        found = by_stream[it.stream]
        fields = found[STALE].get(key)
        is_found = fields == [it.field] if it.kind == STALE else key in found[it.kind]
        if not is_found:
            wrong.append(f"{it} {key}: {[found[name] for name in (MISSING, STALE, GHOST)]}")
    return wrong


def _kinds(query: Callable[[str], Any], schema: str, table: str) -> dict[str, str]:
    return dict(
        query(
            "SELECT column_name, data_type FROM information_schema.columns "
            f"WHERE table_schema = '{schema}' AND table_name = '{table}' ORDER BY ordinal_position"
        )
    )


def _other(value: Any) -> Any:
    """Return another value of a similar kind."""
    if isinstance(value, int):
        return value + 1
    return {} if isinstance(value, dict) else "spoilt"


def _connect(kind: str, address: str) -> Any:
    if kind == "duckdb":
        import duckdb  # noqa: PLC0415 - each driver where it is used

        return duckdb.connect(address)
    import psycopg  # noqa: PLC0415

    return psycopg.connect(address, autocommit=True)


def main() -> None:
    """Plant all differences where the drivers are; print the keys. Arguments: as tables_as_json."""
    kind, address, schema = sys.argv[1:]
    with closing(_connect(kind, address)) as connection:

        def query(text: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(text)
            return cursor.fetchall() if text.startswith("SELECT") else []

        json.dump([plant_in_database(it, query, schema) for it in PLANTED], sys.stdout)


if __name__ == "__main__":
    main()
