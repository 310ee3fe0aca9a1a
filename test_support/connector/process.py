"""The connector as its users run it: a process with files in and protocol lines out.

Owns the catalog and config files of a test, and the destination that upserts by key. Owns also the
comparison with what the emulator says must be there. Never imports the connector's own rules.
"""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch

import orjson

from source_zendesk_support.entrypoint import launch
from source_zendesk_support.protocol.secrets import hide_only
from test_support.connector.values import as_published, same_value
from zendesk_emulator.truth.rules import by_key, key_of

if TYPE_CHECKING:
    from pathlib import Path

    from zendesk_emulator.truth.rules import Truth

COMMAND = [sys.executable, "-m", "source_zendesk_support"]
CREDENTIALS = {
    "credentials": "api_token",
    "email": "admin@example.com",
    "api_token": "emulator-api-token",
}
DELETED_AT = "_ab_cdc_deleted_at"
# Long before the history of any emulated account begins.
BEFORE_ALL = "2015-01-01T00:00:00Z"


@dataclass
class Output:
    """The output of a command, and how it ended."""

    lines: list[str]
    code: int
    stderr: str = ""
    messages: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.messages = [orjson.loads(line) for line in self.lines]

    def of(self, kind: str) -> list[dict[str, Any]]:
        part = {"CONNECTION_STATUS": "connectionStatus"}.get(kind, kind.lower())
        return [m[part] for m in self.messages if m["type"] == kind]

    @property
    def records(self) -> list[dict[str, Any]]:
        return self.of("RECORD")

    @property
    def states(self) -> list[dict[str, Any]]:
        return self.of("STATE")

    @property
    def logs(self) -> str:
        return "\n".join(log["message"] for log in self.of("LOG"))

    @property
    def status(self) -> dict[str, Any]:
        (status,) = self.of("CONNECTION_STATUS")
        return status

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        (catalog,) = self.of("CATALOG")
        return {stream["name"]: stream for stream in catalog["streams"]}

    @property
    def new_config(self) -> dict[str, Any] | None:
        """The configuration that a platform stores, if there is a new one."""
        controls = self.of("CONTROL")
        return controls[-1]["connectorConfig"]["config"] if controls else None

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [trace["error"] for trace in self.of("TRACE") if trace["type"] == "ERROR"]

    def statuses(self, stream: str) -> list[str]:
        found = [t["stream_status"] for t in self.of("TRACE") if t["type"] == "STREAM_STATUS"]
        return [s["status"] for s in found if s["stream_descriptor"]["name"] == stream]

    def counts(self) -> Counter[str]:
        return Counter(record["stream"] for record in self.records)


# The settings that shape the schemas of streams; with the same ones every account has the same.
_SHAPING = ("deletions", "privacy", "typed_custom_fields")


class Connector:
    """Runs the command in a folder of its own against one emulator."""

    _discovered: ClassVar[dict[bytes, dict[str, Any]]] = {}  # by the settings that shape it

    def __init__(self, folder: Path, base_url: str, **config: Any) -> None:
        self.folder = folder
        self.config = {
            "subdomain": "emulator",
            "base_url": base_url,
            "credentials": CREDENTIALS,
            "start_date": BEFORE_ALL,
            **config,
        }

    def file(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_bytes(orjson.dumps(content))
        return str(path)

    def run(self, *arguments: str, timeout_s: float = 120) -> Output:
        done = subprocess.run(
            [*COMMAND, *arguments], capture_output=True, timeout=timeout_s, check=False
        )
        return Output(done.stdout.decode().splitlines(), done.returncode, done.stderr.decode())

    def check(self) -> Output:
        return self.run("check", "--config", self.file("config.json", self.config))

    def discover(self) -> Output:
        return self.run("discover", "--config", self.file("config.json", self.config))

    def catalog(self, *names: str, mode: str = "incremental") -> dict[str, Any]:
        """Return a configured catalog of these streams, or of all that discover lists."""
        shape = orjson.dumps([self.config.get(name) for name in _SHAPING])
        if shape not in Connector._discovered:
            (Connector._discovered[shape],) = self.discover().of("CATALOG")
        return configured(copy.deepcopy(Connector._discovered[shape]["streams"]), names, mode)

    def read_arguments(
        self, catalog: dict[str, Any], state: list[dict[str, Any]] | None = None
    ) -> list[str]:
        arguments = ["read", "--config", self.file("config.json", self.config)]
        arguments += ["--catalog", self.file("catalog.json", catalog)]
        if state is not None:
            arguments += ["--state", self.file("state.json", state)]
        return arguments

    def read(self, catalog: dict[str, Any], state: list[dict[str, Any]] | None = None) -> Output:
        return self.run(*self.read_arguments(catalog, state))

    def read_and_kill(
        self, catalog: dict[str, Any], state: list[dict[str, Any]], *, after_lines: int
    ) -> Output:
        """Read until so many lines have come, then SIGKILL; what is not yet read is lost."""
        process = subprocess.Popen(
            [*COMMAND, *self.read_arguments(catalog, state)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.decode())
            if len(lines) >= after_lines:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.close()
        return Output(lines, process.wait())

    def read_and_close(
        self, catalog: dict[str, Any], *, after_lines: int, timeout_s: float
    ) -> Output:
        """Read a few lines and close the pipe, as a platform that dies does."""
        process = subprocess.Popen(
            [*COMMAND, *self.read_arguments(catalog)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline().decode() for _ in range(after_lines)]
        process.stdout.close()
        code = process.wait(timeout=timeout_s)
        with process.stderr as stderr:
            return Output(lines, code, stderr.read().decode())


def configured(
    streams: list[dict[str, Any]], names: tuple[str, ...] = (), mode: str = "incremental"
) -> dict[str, Any]:
    rows = []
    for stream in streams:
        if names and stream["name"] not in names:
            continue
        incremental = mode in stream["supported_sync_modes"] and mode == "incremental"
        rows.append(
            {
                "stream": stream,
                "sync_mode": "incremental" if incremental else "full_refresh",
                "destination_sync_mode": "append_dedup" if incremental else "overwrite",
            }
        )
    return {"streams": rows}


class Destination:
    """A warehouse after upserting by key, and the states a platform keeps.

    A record with the time of a deletion removes its row, as Airbyte's destinations do it.
    """

    def __init__(self, catalog: dict[str, Any]) -> None:
        self._rows = {row["stream"]["name"]: row for row in catalog["streams"]}
        self.keys = {
            name: [path[0] for path in row["stream"].get("source_defined_primary_key") or ()]
            for name, row in self._rows.items()
        }
        self.tables: dict[str, dict[Any, dict[str, Any]]] = defaultdict(dict)
        self.state: dict[str, dict[str, Any]] = {}

    def take(self, output: Output) -> None:
        """Take a sync in; a stream without a cursor is overwritten, as its catalog says."""
        started = {name for name, count in output.counts().items() if count}
        for name in started:
            done = name in self.state and "after_cursor" not in self.state[name].get("page", {})
            if self._rows[name]["destination_sync_mode"] == "overwrite" and done:
                self.tables[name] = {}
        for message in output.messages:
            if message["type"] == "RECORD":
                record = message["record"]
                self.put(record["stream"], record["data"])
            elif message["type"] == "STATE":
                stream = message["state"]["stream"]
                self.state[stream["stream_descriptor"]["name"]] = stream["stream_state"]

    def put(self, stream: str, record: dict[str, Any]) -> None:
        """Insert, replace or remove one row."""
        if record.get(DELETED_AT):
            self.tables[stream].pop(self.key_of(stream, record), None)
        else:
            self.tables[stream][self.key_of(stream, record)] = record

    def key_of(self, stream: str, record: dict[str, Any]) -> tuple[bytes, ...]:
        """A stream without a key is a heap of rows, which no two syncs share."""
        names = self.keys[stream] or sorted(record)
        return tuple(orjson.dumps(record.get(name)) for name in names)

    def states(self) -> list[dict[str, Any]]:
        return [
            {
                "type": "STREAM",
                "stream": {"stream_descriptor": {"name": name}, "stream_state": state},
            }
            for name, state in self.state.items()
        ]

    def differences(self, stream: str, truth: Truth) -> list[str]:
        """Return what differs from the truth of the emulator, in words; [] when nothing does."""
        must = {key_of(truth, record): as_published(stream, record) for record in truth.must}
        held = by_key(truth, self.tables[stream].values())
        found = [f"{stream} {k}: missing" for k in must.keys() - held.keys()]
        extra = held.keys() - must.keys() - set(truth.may)
        found += [f"{stream} {k}: should not be there" for k in extra]
        for k in must.keys() & held.keys():
            wrong = [
                f"{name}: {str(value)[:60]!r} != {str(held[k].get(name))[:60]!r}"
                for name, value in must[k].items()
                if not same_value(value, held[k].get(name))
            ]
            if wrong:
                found.append(f"{stream} {k}: " + "; ".join(wrong))
        return sorted(found)


class InProcess(Connector):
    """The same command without a process of its own: for tables of many cases.

    Its output goes to files, as it would to pipes. A process is different only in its start and
    its end, which other tests look at.
    """

    def catalog(self, *names: str, mode: str = "incremental") -> dict[str, Any]:
        """Return a configured catalog of what this very account is discovered to have."""
        return configured(list(self.discover().streams.values()), names, mode)

    def run(self, *arguments: str, timeout_s: float = 120) -> Output:  # noqa: ARG002
        printed, errors = self.folder / "stdout", self.folder / "stderr"
        with ExitStack() as stack:
            out, err = (stack.enter_context(path.open("w+")) for path in (printed, errors))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            hide_only(())  # a process begins without the secrets of another
            for tuning in ("collect", "freeze", "set_threshold"):  # pytest must stay collectable
                stack.enter_context(patch(f"gc.{tuning}"))
            code = launch(list(arguments))
        return Output(printed.read_text().splitlines(), code, errors.read_text())
