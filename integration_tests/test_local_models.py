"""The answers of `zendesk-local models` equal what the emulator knows, in both databases.

In PostgreSQL after a first sync, in DuckDB after three more that follow changes.

The truth comes from the emulated account. The backlog of a day is not a record of it: the test
counts it from the events.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest
import yaml

from source_zendesk_support.local.models import MORE_STREAMS, PROJECT, STREAMS
from test_support.clock import CLOCK
from test_support.local.databases import (
    MODELS_PYTHON,
    ROOT,
    local,
    needs_models,
    needs_postgres,
    postgres,
    write_config,
)
from test_support.local.fivetran_columns import KINDS, NEEDED
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [needs_models, needs_postgres]

CHANGES = (
    *("new_ticket", "update_ticket", "comment", "tag"),
    *("delete_ticket", "restore_ticket", "new_rating"),
)
PASSWORD = "p@ss/w:rd%20"  # what an address would have to quote
DAY_S = 86_400
OPEN = ("new", "open", "pending", "hold")
Rows = list[dict[str, Any]]


class Desk:
    """A database with answers, and the account that it was read from."""

    def __init__(self, emulator: Emulator, database: Any, schema: str, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self.said = ""
        self.marked: set[int] = set()
        self._database = database
        self._schema = schema

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._database.execute(
            query.replace("answers.", f"{self._schema}.").replace(
                "fivetran.", f"{self._schema}_fivetran."
            )
        ).fetchall()
        return found

    def truth(self, stream: str) -> Rows:
        return self.emulator.truth(stream, include_deleted_tickets=True).must


def mark_a_rating(path: str) -> set[int]:
    """Mark a rating as deleted, as syncs do that find it gone; return its id."""
    with closing(duckdb.connect(path)) as database:
        database.execute("ALTER TABLE satisfaction_ratings ADD _ab_cdc_deleted_at TIMESTAMP")
        rows = database.execute(
            "UPDATE satisfaction_ratings SET _ab_cdc_deleted_at = created_at "
            "WHERE id = (SELECT max(id) FROM satisfaction_ratings) RETURNING id"
        ).fetchall()
    return {key for (key,) in rows}


@pytest.fixture(scope="module", params=[("postgresql", 0), ("duckdb", 3)], ids=lambda it: it[0])
def desk(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    kind, changes = request.param
    folder = tmp_path_factory.mktemp("models")
    environment = {"PGPASSWORD": PASSWORD}
    with ExitStack() as stack:
        emulator = stack.enter_context(
            Emulator(
                "tiny", seed=3, tickets=300, users=80, ratings=60, clock_at=CLOCK, limits=False
            )
        )
        into = str(folder / "zendesk.duckdb")
        if kind == "postgresql":  # root keeps the test's folder to itself, and a socket's is short
            place = stack.enter_context(TemporaryDirectory(prefix="zendesk-pg-"))
            socket = stack.enter_context(postgres(Path(place), PASSWORD))
            into = f"postgresql://zendesk@/postgres?host={socket}"
        config = write_config(folder, emulator)

        def run(*arguments: Any) -> str:
            done = local(*arguments, "--into", into, python=MODELS_PYTHON, environment=environment)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        for round_ in range(changes + 1):
            run("sync", "--config", config, "--streams", ",".join((*STREAMS, *MORE_STREAMS)))
            for change in CHANGES if round_ < changes else ():
                emulator.change(change, count=5, seed=round_)
                emulator.clock.advance(3600)
            emulator.clock.advance(DAY_S if round_ < changes else 0)
        marked = mark_a_rating(into) if kind == "duckdb" else set()
        said = run("models", "--fivetran")
        run("report", "--output", folder / "report.html")
        run("report", "--output", folder / "anonymous.html", "--anonymous")
        if kind == "postgresql":
            options = {"host": socket, "user": "zendesk", "dbname": "postgres"}
            database: Any = psycopg.connect(autocommit=True, password=PASSWORD, **options)
            schema = "zendesk_answers"
        else:
            database, schema = duckdb.connect(into, read_only=True), "answers"
        stack.enter_context(closing(database))
        found = Desk(emulator, database, schema, folder)
        found.said, found.marked = said, marked
        yield found


def test_every_model_is_made_and_every_test_of_the_project_passes(desk: Desk) -> None:
    assert "tables of answers in schema" in desk.said
    (passed, total) = (int(word) for word in desk.said.split(";")[1].split() if word.isdigit())
    assert passed == total > 50


def test_times_are_those_of_zendesk_and_our_own_count_agrees(desk: Desk) -> None:
    held = {
        row[0]: row[1:]
        for row in desk.rows(
            "SELECT ticket_id, first_reply_minutes, first_reply_business_minutes, "
            "full_resolution_minutes, full_resolution_business_minutes, reopens, replies, "
            "is_one_touch, counted_first_reply_minutes, counted_full_resolution_minutes "
            "FROM answers.ticket_times"
        )
    }
    status = {ticket["id"]: ticket["status"] for ticket in desk.truth("tickets")}
    metrics = desk.truth("ticket_metrics")
    assert held.keys() == {metric["ticket_id"] for metric in metrics}
    for metric in metrics:
        reply, resolution = (
            metric[f"{name}_in_minutes"] for name in ("reply_time", "full_resolution_time")
        )
        one_touch = (
            status[metric["ticket_id"]] in ("solved", "closed")
            and metric["replies"] <= 1
            and metric["reopens"] == 0
        )
        assert held[metric["ticket_id"]] == (
            *(reply["calendar"], reply["business"]),
            *(resolution["calendar"], resolution["business"]),
            *(metric["reopens"], metric["replies"], one_touch),
            *(reply["calendar"], resolution["calendar"]),
        )
    assert sum(row[4] > 0 for row in held.values()) > 5
    assert 10 < sum(row[6] for row in held.values()) < len(held)


def test_the_months_are_made_of_their_tickets(desk: Desk) -> None:
    created = {ticket["id"]: ticket["created_at"][:7] for ticket in desk.truth("tickets")}
    replies = defaultdict(list)
    for metric in desk.truth("ticket_metrics"):
        minutes = metric["reply_time_in_minutes"]["calendar"]
        if minutes is not None:
            replies[created[metric["ticket_id"]]].append(minutes)
    held = desk.rows(
        "SELECT CAST(month AS VARCHAR), first_reply_median_minutes FROM answers.months"
    )
    assert {month[:7]: value for month, value in held if value is not None} == {
        month: median(found) for month, found in replies.items()
    }


def states_at(desk: Desk, moment: datetime) -> Counter[tuple[str, int | None]]:
    """Count the unsolved tickets by status and group, from the events before a moment."""
    until_s = moment.timestamp()
    held: dict[int, dict[str, Any]] = defaultdict(dict)
    events = sorted(desk.truth("ticket_events"), key=lambda it: (it["timestamp"], it["id"]))
    for event in events:
        if event["timestamp"] < until_s:
            for child in event["child_events"]:
                fields = {name: child[name] for name in ("status", "group_id") if name in child}
                held[event["ticket_id"]].update(fields)
    return Counter(
        (it["status"], it.get("group_id")) for it in held.values() if it.get("status") in OPEN
    )


def test_the_backlog_of_ten_days_is_what_was_open_then(desk: Desk) -> None:
    last = desk.rows("SELECT max(day) FROM answers.backlog_by_day")[0][0]
    for back in (0, 1, 2, 5, 9, 30, 60, 120, 300, 600):
        day = last - timedelta(days=back)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        held = desk.rows(
            "SELECT status, group_id, tickets FROM answers.backlog_by_day "
            f"WHERE day = '{day.isoformat()}'"
        )
        found = Counter({(status, group): count for status, group, count in held})
        assert found == states_at(desk, midnight), day
    assert sum(states_at(desk, midnight).values()) > 0


def test_sla_outcomes_are_those_of_the_events(desk: Desk) -> None:
    truth: Counter[tuple[str, str, str]] = Counter()
    by_ticket = defaultdict(list)
    for event in desk.truth("ticket_metric_events"):
        by_ticket[event["ticket_id"], event["metric"], event["instance_id"]].append(event)
    for found in by_ticket.values():
        kinds = {each["type"] for each in found if not each["deleted"]}
        outcome = "breached" if "breach" in kinds else "met" if "fulfill" in kinds else "running"
        for each in found:
            target = each.get("sla") or each.get("group_sla")
            if target is not None:
                truth[each["time"][:10], target["policy"]["title"], outcome] += 1
    held: Counter[tuple[str, str, str]] = Counter()
    for day, policy, *counts in desk.rows(
        "SELECT CAST(day AS VARCHAR), policy_title, met, breached, running FROM answers.sla_by_day"
    ):
        for outcome, count in zip(("met", "breached", "running"), counts, strict=True):
            held[day, policy, outcome] += count
    assert +held == truth
    assert {outcome for _, _, outcome in truth} >= {"met", "breached"}


def test_satisfaction_is_counted_by_who_had_the_ticket(desk: Desk) -> None:
    truth: Counter[tuple[Any, ...]] = Counter()
    kept = [it for it in desk.truth("satisfaction_ratings") if it["id"] not in desk.marked]
    for rating in kept:
        month = rating["created_at"][:7]
        truth[month, rating["group_id"], rating["assignee_id"], rating["score"]] += 1
    held: Counter[tuple[Any, ...]] = Counter()
    for month, group, agent, *counts in desk.rows(
        "SELECT CAST(month AS VARCHAR), group_id, assignee_id, good, bad, offered "
        "FROM answers.csat_by_month"
    ):
        for score, count in zip(("good", "bad", "offered"), counts, strict=True):
            held[month[:7], group, agent, score] += count
    assert +held == truth


def test_names_stand_in_the_place_of_ids(desk: Desk) -> None:
    groups = {group["id"]: group["name"] for group in desk.truth("groups")}
    users = {user["id"]: user["name"] for user in desk.truth("users")}
    held = {
        row[0]: row[1:]
        for row in desk.rows(
            "SELECT ticket_id, group_name, requester FROM answers.tickets_enriched"
        )
    }
    for ticket in desk.truth("tickets"):
        names = (groups.get(ticket["group_id"]), users.get(ticket["requester_id"]))
        assert held[ticket["id"]] == names


def test_hours_and_tags_count_what_there_is(desk: Desk) -> None:
    agents = {user["id"] for user in desk.truth("users") if user["role"] != "end-user"}
    said = [it for it in desk.truth("ticket_comments") if it["author_id"] in agents]
    (held,) = desk.rows(
        "SELECT sum(public_replies), sum(private_notes) FROM answers.workload_by_hour"
    )
    public = sum(comment["public"] for comment in said)
    assert held == (public, len(said) - public)
    tags = Counter(
        tag
        for ticket in desk.truth("tickets")
        if ticket["status"] != "deleted"
        for tag in ticket["tags"]
    )
    found = desk.rows("SELECT tag, sum(tickets) FROM answers.tags_by_month GROUP BY tag")
    assert dict(found) == tags


def test_the_last_value_of_each_field_is_that_of_the_ticket(desk: Desk) -> None:
    held: dict[int, dict[str, str | None]] = defaultdict(dict)
    for ticket_id, field, value in desk.rows(
        "SELECT ticket_id, field_name, value FROM fivetran.ticket_field_history "
        "ORDER BY ticket_id, field_name, updated"
    ):
        held[ticket_id][field] = value
    fields = ("status", "priority", "type", "group_id", "assignee_id", "requester_id", "subject")
    compared = 0
    for ticket in desk.truth("tickets"):
        if ticket["status"] == "deleted":
            continue
        last = held[ticket["id"]]
        for field in fields:
            value = None if ticket[field] is None else str(ticket[field])
            assert last.get(field) == value, (ticket["id"], field)
        for custom in ticket["custom_fields"]:
            if isinstance(custom["value"], str):
                assert last.get(str(custom["id"])) == custom["value"], (ticket["id"], custom["id"])
                compared += 1
    assert compared > 100


def test_the_schema_of_fivetran_has_what_the_account_has(desk: Desk) -> None:
    counts = {
        "ticket": len(desk.truth("tickets")),
        "user": len(desk.truth("users")),
        "ticket_tag": sum(len(it["tags"]) for it in desk.truth("tickets")),
        "schedule": sum(len(it["intervals"]) for it in desk.truth("schedules")),
        "time_zone": len({it["time_zone"] for it in desk.truth("schedules")}),
        "sla_policy_metric_history": sum(
            len(it["policy_metrics"]) for it in desk.truth("sla_policies")
        ),
        "audit_log": len(desk.truth("audit_logs")),
    }
    held = {name: desk.rows(f'SELECT count(*) FROM fivetran."{name}"')[0][0] for name in counts}
    assert held == counts
    targets = desk.rows(
        "SELECT count(*) FROM fivetran.ticket_field_history "
        "WHERE field_name = 'first_reply_time' AND value LIKE '{\"minutes\": %'"
    )
    assert targets[0][0] > 50
    (spans,) = desk.rows(
        "SELECT count(*), max(daylight_end_utc - daylight_start_utc) FROM fivetran.daylight_time"
    )
    assert spans[0] > 20
    assert timedelta(days=200) < spans[1] < timedelta(days=366)


def test_the_schema_of_fivetran_has_the_columns_that_its_package_reads(desk: Desk) -> None:
    (schema,) = desk.rows("SELECT 'fivetran.'")[0]
    held: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, kind in desk.rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = '{schema.removesuffix('.')}'"
    ):
        held[table][column] = KINDS.get(kind, kind)
    assert {
        table: {column: held[table].get(column) for column in columns}
        for table, columns in NEEDED.items()
    } == NEEDED
    described = yaml.safe_load((PROJECT / "models/fivetran/fivetran.yml").read_text())
    for model in described["models"]:
        table = model["name"].removeprefix("fivetran__")
        described = {column["name"] for column in model["columns"] if column["description"]}
        assert described == {
            name for name in held[table] if not name.startswith("custom_") or name in described
        }


def test_custom_fields_are_columns_named_as_fivetran_names_them(desk: Desk) -> None:
    columns = "order_number, custom_vip, custom_seats, custom_amount, custom_topics"
    held = {
        key: values
        for key, *values in desk.rows(f"SELECT id, custom_{columns} FROM fivetran.ticket")
    }
    fields = {it["title"]: it["id"] for it in desk.truth("ticket_fields")}
    texts = 0
    for ticket in desk.truth("tickets"):
        values = {it["id"]: it["value"] for it in ticket["custom_fields"]}
        number, vip, seats, amount, topics = (
            values.get(fields[title])
            for title in ("Order number", "VIP", "Seats", "Amount", "Topics")
        )
        found = held[ticket["id"]]
        assert found[:3] == [number, vip, None if seats is None else int(seats)]
        assert found[3] == (None if amount is None else Decimal(str(amount)))
        assert (None if found[4] is None else json.loads(found[4])) == topics
        texts += number is not None
    assert texts > 50
    for table, stream in (("user", "users"), ("organization", "organizations")):
        field, key = ("score", "custom_score") if table == "user" else ("seats", "custom_seats")
        values = dict(desk.rows(f'SELECT id, {key} FROM fivetran."{table}"'))
        assert values == {it["id"]: it[f"{table}_fields"][field] for it in desk.truth(stream)}


def test_ratings_are_fields_of_their_tickets(desk: Desk) -> None:
    held = defaultdict(list)
    for ticket_id, score in desk.rows(
        "SELECT ticket_id, value FROM fivetran.ticket_field_history "
        "WHERE field_name = 'satisfaction_score' ORDER BY ticket_id, updated"
    ):
        held[ticket_id].append(score)
    ratings = sorted(desk.truth("satisfaction_ratings"), key=lambda it: it["updated_at"])
    last = {it["ticket_id"]: it["score"] for it in ratings}
    # Of a rating that is gone, an event may tell still.
    gone = {it["ticket_id"] for it in ratings if it["id"] in desk.marked} - held.keys()
    assert {ticket_id: scores[-1] for ticket_id, scores in held.items()} == {
        ticket_id: score for ticket_id, score in last.items() if ticket_id not in gone
    }
    assert any(scores == ["offered", "good"] for scores in held.values())


def test_the_queries_of_the_documents_answer(desk: Desk) -> None:
    pages = sorted((ROOT / "docs" / "answers").glob("*.md"))
    assert len(pages) > 7
    for page in pages:
        _, *blocks = page.read_text().split("```sql\n")
        assert blocks, page.name
        for block in blocks:
            assert desk.rows(block.partition("```")[0]), page.name


def test_the_report_needs_no_network_and_names_agents_alone(desk: Desk) -> None:
    shown, anonymous = (
        (desk.folder / f"{name}.html").read_text() for name in ("report", "anonymous")
    )
    for page in (shown, anonymous):
        assert page.count("<svg") == 8
        addresses = re.findall(r"(?:src|href|url)\s*[=(]\s*['\"]?([^'\")\s]+)", page)
        assert all(it.startswith(("#", "data:")) for it in addresses), addresses
    users = {user["name"] for user in desk.truth("users")}
    agents = {user["name"] for user in desk.truth("users") if user["role"] != "end-user"}
    assert any(name in shown for name in agents)
    assert not any(name in anonymous for name in users)
    assert not any(name in shown for name in users - agents)
    assert (desk.folder / "report.html").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(
    shutil.which("chromium") is None and os.environ.get("CI") != "true", reason="no chromium"
)
def test_a_browser_opens_the_report_without_an_error(desk: Desk) -> None:
    profile = desk.folder / "browser"
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND"),
            *(f"--user-data-dir={profile}", (desk.folder / "report.html").as_uri()),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "CONSOLE" not in done.stderr
    assert "Backlog by day" in done.stdout
    assert done.stdout.count("</svg>") == 8
