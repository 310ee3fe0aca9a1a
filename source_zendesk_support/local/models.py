"""`zendesk-local models`: tables of answers, made by dbt from the tables of a sync.

Owns how dbt is run: from this package's own project, on a profile that never touches the disk with
a secret, without telemetry. The SQL is in the folder `answers`. dbt is not imported: it runs as a
process, so that it holds no lock on the database afterwards.
Rests on https://docs.getdbt.com/reference/commands/build.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .destination import secrets_for
from .reading import reading
from .tables import WRITTEN_AT, Kind, table_of
from .typed_rows import literal, quoted
from .zone_offsets import YEARS_AHEAD, zone_offsets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .destination import Destination

PROJECT = Path(__file__).with_name("answers")
PROFILE = "zendesk_answers"
_NEEDS = {"duckdb": "dbt.adapters.duckdb", "postgresql": "dbt.adapters.postgres"}
KINDS = frozenset(_NEEDS)  # of databases that can have answers
_TLS = ("sslmode", "sslcert", "sslkey", "sslrootcert")
_PASSWORD = "ZENDESK_ANSWERS_PASSWORD"  # noqa: S105 - the name of a variable
# Without rows these streams leave nothing to answer.
_NEEDED = frozenset({"tickets", "ticket_metrics", "ticket_field_history", "ticket_comments"})
STREAMS = (
    *sorted(_NEEDED),
    *("brands", "groups", "organizations", "satisfaction_ratings", "ticket_fields"),
    *("schedule_holidays", "schedules", "ticket_metric_events", "ticket_schedule_history"),
    *("ticket_sla_policy_history", "users"),
)
# Tables in Fivetran's schema have these beside.
MORE_STREAMS = (
    *("audit_logs", "organization_fields", "sla_policies", "ticket_forms", "user_fields"),
)
# PostgreSQL's names of the types that DuckDB names otherwise.
_POSTGRES = {Kind.TEXT: "varchar", Kind.TEXTS: "varchar[]", Kind.NUMBER: "numeric(38,9)"}


@dataclass(frozen=True, slots=True)
class Built:
    """The result of one model or test: its name, `success`, `pass`, `warn` or an error's text."""

    name: str
    status: str
    message: str

    @property
    def is_failure(self) -> bool:
        """Whether the answers are not to be relied on."""
        return self.status in ("error", "fail", "skipped", "runtime error")


def answers_schema(schema: str) -> str:
    """Return the schema in which the answers to an account's tables go."""
    return "answers" if schema == "main" else f"{schema}_answers"


def build(
    into: Destination,
    name: str,
    environment: Mapping[str, str],
    ask: Callable[[str], str] | None = None,
    *,
    fivetran: bool = False,
) -> list[Built]:
    """Make all answers of an account anew and test them; return what became of each.

    `fivetran`: the tables in Fivetran's schema too.
    Raises ConnectorError where dbt, the database or a needed table is missing.
    """
    _require_dbt(into)
    secrets = secrets_for(into, environment, ask)
    with reading(into, name, secrets) as (connection, schema):
        query = (
            "SELECT table_name, column_name FROM information_schema.columns "
            f"WHERE table_schema = {literal(schema)}"
        )
        columns = {tuple(row) for row in connection.execute(query).fetchall()}
        held = {table for table, _ in columns}
        zones = _zones(connection, schema) if fivetran and "schedules" in held else []
    missing = sorted(_NEEDED - held)
    if missing:
        raise ConnectorError(
            f"The database has no table for {', '.join(missing)}.",
            about=f"{into.shown}, schema {schema}",
            remedy="Run `zendesk-local sync` first, for all streams or at least for "
            f"{','.join(STREAMS)}.",
            failure=Failure.CONFIG,
        )
    variables = {
        "zendesk_schema": schema,
        "empty_streams": {
            it: _no_rows(it, into.kind) for it in (*STREAMS, *MORE_STREAMS) if it not in held
        },
        "marked_streams": sorted(table for table, column in columns if column == DELETED_AT),
        "fivetran": fivetran,
        "time_zones": zone_offsets(zones, until_year=datetime.now(UTC).year + YEARS_AHEAD),
    }
    with tempfile.TemporaryDirectory(prefix="zendesk-answers-") as folder:
        profile = _profile(into, answers_schema(schema))
        (Path(folder) / "profiles.yml").write_text(json.dumps(profile))  # JSON is YAML
        done = _dbt(Path(folder), variables, {**environment, **_secret(secrets)})
        return _results(Path(folder), done)


def _zones(connection: Any, schema: str) -> list[str]:
    query = f"SELECT DISTINCT time_zone FROM {quoted(schema)}.schedules"
    return sorted(zone for (zone,) in connection.execute(query).fetchall() if zone)


def _require_dbt(into: Destination) -> None:
    if into.kind not in KINDS:
        raise ConnectorError(
            f"Answers are made in DuckDB and PostgreSQL, not in a {into.kind}.",
            about="option --into",
            remedy="Sync into a DuckDB file or PostgreSQL.",
            failure=Failure.CONFIG,
        )
    if not has_dbt(into.kind):
        raise ConnectorError(
            "The command needs dbt, which is not installed.",
            about="extra [models] of source-zendesk-support",
            remedy="Install it from a clone: pip install '.[local,models]'.",
            failure=Failure.CONFIG,
        )


def has_dbt(kind: str) -> bool:
    """Return whether dbt and its adapter for a kind of database are installed."""
    return _is_installed("dbt.cli") and _is_installed(_NEEDS[kind])


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


def _profile(into: Destination, schema: str) -> dict[str, Any]:
    output: dict[str, Any] = {"schema": schema, "threads": 2}
    if into.kind == "duckdb":
        output |= {"type": "duckdb", "path": str(Path(str(into.options["path"])).resolve())}
    else:
        output |= {
            "type": "postgres",
            "host": into.options.get("host", ""),
            "port": into.options["port"],
            "dbname": into.options["dbname"],
            "user": into.options.get("user", ""),
            "pass": "{{ env_var('" + _PASSWORD + "', '') }}",
            **{name: value for name, value in into.query.items() if name in _TLS},
        }
    return {PROFILE: {"target": "answers", "outputs": {"answers": output}}}


def _secret(secrets: Mapping[str, str]) -> dict[str, str]:
    password = secrets.get("password")
    return {_PASSWORD: password} if password else {}


def _dbt(
    folder: Path, variables: Mapping[str, Any], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()", "build"]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(folder)]
    command += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    command += ["--vars", json.dumps(variables)]
    quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    return subprocess.run(
        [*command, "--no-use-colors", "--no-version-check"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**environment, **quiet},
    )


def _results(folder: Path, done: subprocess.CompletedProcess[str]) -> list[Built]:
    path = folder / "target" / "run_results.json"
    if not path.exists():
        last = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()][-3:]
        raise ConnectorError(
            f"dbt could not begin: {' '.join(last)}",
            about="zendesk-local models",
            remedy="Check that no other process has the database open, and that it can be reached.",
            failure=Failure.TRANSIENT,
        )
    found = json.loads(path.read_bytes())["results"]
    return [
        Built(it["unique_id"].split(".")[2], it["status"], it.get("message") or "") for it in found
    ]


def _no_rows(stream: str, kind: str) -> str:
    """Return a query with the columns of a stream and no rows."""
    types = _POSTGRES if kind == "postgresql" else {}
    columns = ", ".join(
        f"cast(null as {types.get(it.kind, it.kind.value.lower())}) as {quoted(it.name)}"
        for it in (*table_of(stream).columns, WRITTEN_AT)
    )
    return f"select {columns} where false"
