"""Differences that are planted into a destination, for `verify` to find each of them.

A record is missing, a value is another one, or a row stands for no record: in streams of every kind
of walk, and below parents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.streams.catalog.table import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MISSING, STALE, GHOST = "missing", "stale", "extra"
_BELOW_TICKETS = ("ticket_events", "ticket_comments", "ticket_audits", "ticket_field_history")
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
    Planted("ivr_routes", GHOST),
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
    Planted("skill_assignments", MISSING),
    Planted("skill_assignments", STALE, "instance_id"),
    Planted("engagements", STALE, "channel"),
)

# In lists that are too large: each record of the sample is asked for singly.
PLANTED_IN_LISTS = (
    Planted("groups", STALE, "name"),
    Planted("groups", GHOST),
    Planted("recipient_addresses", STALE, "name"),
    Planted("csat_survey_responses", STALE, "responder_id"),
    Planted("capacity_rules", STALE, "name"),
    Planted("deleted_users", STALE, "name"),
    Planted("macros", STALE, "title"),
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
    keys = f"SELECT {key} FROM {table} WHERE {_compared(table, kinds, schema)} ORDER BY {key}"
    if it.kind == GHOST:
        last = query(f"{keys} DESC LIMIT 1")[0][0]
        # Far above the other tickets it would make a gap that nothing is found in.
        new_key = last + 1 if it.stream == "tickets" else NO_KEY
        names = list(kinds)
        values = ", ".join(str(new_key) if name == key else f'"{name}"' for name in names)
        listed = ", ".join(f'"{name}"' for name in names)
        where = f"{key} = {_sql(last)}"
        query(f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table} WHERE {where}")
        return str(new_key)
    # The first ticket that is missing leaves no gap.
    chosen = query(f"{keys} LIMIT {2 if it.stream == 'tickets' else 1}")[-1][0]
    if it.kind == MISSING:
        query(f"DELETE FROM {table} WHERE {key} = {_sql(chosen)}")
    else:
        new = {"json": "'{}'", "bigint": "7654321"}.get(kinds[it.field].lower(), "'spoilt'")
        query(f"UPDATE {table} SET {it.field} = {new} WHERE {key} = {_sql(chosen)}")
    return str(chosen)


def _compared(table: str, kinds: Mapping[str, str], schema: str) -> str:
    """Return which rows are compared: none that is marked as deleted, and none of a gone ticket.

    Of those below tickets, the rows of the newest one: the oldest are planted differences.
    """
    alive = f"{DELETED_AT} IS NULL" if DELETED_AT in kinds else "TRUE"
    name = table.partition(".")[2]
    if name == "tickets":
        return f"{alive} AND status <> 'deleted'"
    if name not in _BELOW_TICKETS:
        return alive
    there = f"SELECT id FROM {schema}.tickets WHERE status <> 'deleted'"
    newest = f"SELECT max(ticket_id) FROM {table} WHERE {alive} AND ticket_id IN ({there})"
    return f"{alive} AND ticket_id = ({newest})"


def _sql(key: Any) -> str:
    return str(key) if isinstance(key, int) else f"'{key}'"


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
