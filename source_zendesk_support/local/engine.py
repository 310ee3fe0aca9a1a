"""PyAirbyte as this package uses it: our connector as its source, its caches as the databases.

The only module that imports PyAirbyte, which must find its environment set (environment.py). Owns
what PyAirbyte leaves to others: streams without a cursor replace their table, a sync is written in
batches, a failed stream does not cost the others, PostgreSQL gets values as they are.
Rests on https://airbytehq.github.io/PyAirbyte/airbyte.html (0.71).
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

import sqlalchemy
from airbyte import constants, logs
from airbyte._executors.local import PathExecutor
from airbyte._message_iterators import AirbyteMessageIterator
from airbyte._processors.sql.postgres import PostgresSqlProcessor
from airbyte.caches import (
    BigQueryCache,
    DuckDBCache,
    MotherDuckCache,
    PostgresCache,
    SnowflakeCache,
)
from airbyte.caches._state_backend import CacheStreamStateModel
from airbyte.caches.base import CacheBase
from airbyte.secrets import SecretString
from airbyte.shared.catalog_providers import CatalogProvider
from airbyte.sources.base import Source
from airbyte.strategies import WriteMethod, WriteStrategy
from airbyte_protocol.models import AirbyteMessage, DestinationSyncMode, SyncMode
from pydantic import PrivateAttr

from source_zendesk_support.zendesk.json_text import dumps, loads

from .batches import Batches, Form
from .lock import hold, refuse_another_account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from airbyte.progress import ProgressTracker
    from airbyte.shared.sql_processor import SqlProcessorBase
    from airbyte.shared.state_writers import StateWriterBase
    from airbyte_protocol.models import ConfiguredAirbyteCatalog

    from .destination import Destination
    from .message_handler import MessageHandler

# Where nobody wants PyAirbyte's log it is not even to say where it lies.
if logs.AIRBYTE_LOGGING_ROOT == constants.TEMP_DIR_OVERRIDE:
    logs.AIRBYTE_LOGGING_ROOT = None

NAME = "source-zendesk-support"
# Scripts do not always lie beside the interpreter. -P: nothing of the folder that the user is in.
COMMAND = [sys.executable, "-P", "-m", "source_zendesk_support"]
# How long the connector may take to end after SIGTERM: it promises 8 seconds.
ENDING_S = 10.0
_FORM = Form(
    dump=lambda message: message.model_dump_json(exclude_none=True).encode(),
    load=AirbyteMessage.model_validate_json,
)


class Connector(PathExecutor):
    """Our command with this interpreter, run and listened to.

    A read that fails ends like one that does not: what came before is written, with its states,
    and `code` tells. `stop` ends it in order.
    """

    def __init__(self, heard: MessageHandler) -> None:
        super().__init__(name=NAME, path=Path(sys.executable))
        self._heard = heard
        self._process: subprocess.Popen[str] | None = None
        self.told_to_stop = False
        self.code = 0

    def execute(
        self,
        args: list[str],
        *,
        stdin: IO[str] | AirbyteMessageIterator | None = None,  # noqa: ARG002 - a source reads none
        suppress_stderr: bool = False,  # noqa: ARG002 - it prints there what cannot be told else
    ) -> Iterator[str]:
        """Yield the lines of a run that PyAirbyte is to see."""
        if self.told_to_stop:
            return
        with subprocess.Popen(
            [*COMMAND, *args],
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # a terminal's Ctrl-C beside `stop` would be a second signal
        ) as process:
            self._process = process
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    if self._heard.passes(line):
                        yield line
                self.code = process.wait()
            finally:  # PyAirbyte leaves as soon as it has what it wants, or cannot go on
                process.terminate()
                try:
                    process.wait(timeout=ENDING_S)
                except subprocess.TimeoutExpired:
                    process.kill()

    def stop(self) -> None:
        """Let the run that is going on end in order, and begin no other."""
        self.told_to_stop = True
        if self._process is not None:
            self._process.terminate()


class Zendesk(Source):
    """The source, with a catalog that says for each stream how it can be read."""

    def get_configured_catalog(self, *args: Any, **options: Any) -> ConfiguredAirbyteCatalog:
        """PyAirbyte asks for every stream incrementally, also where there is no cursor."""
        catalog = super().get_configured_catalog(*args, **options)
        for row in catalog.streams:
            row.destination_sync_mode = DestinationSyncMode.append_dedup
            if SyncMode.incremental not in row.stream.supported_sync_modes:
                row.sync_mode = SyncMode.full_refresh
                row.destination_sync_mode = DestinationSyncMode.overwrite
        return catalog

    def _log_incremental_streams(self, *, incremental_streams: set[str] | None = None) -> None:
        """Say nothing: seventy names in one line help nobody."""


class _Catalog(CatalogProvider):
    """A catalog by which a table is replaced or merged; PyAirbyte merges all that has a key."""

    def resolve_write_method(self, stream_name: str, write_strategy: WriteStrategy) -> WriteMethod:
        if self.get_configured_stream_info(stream_name).sync_mode is SyncMode.full_refresh:
            return WriteMethod.REPLACE
        return super().resolve_write_method(stream_name, write_strategy)


class _InBatches(CacheBase):
    """A cache that is written in batches."""

    def reserve(self, source: str) -> None:
        """Raise ConnectorError when the schema is not free for the account of this name."""
        self.get_state_provider(source)  # makes the table of states
        with self.get_sql_engine().connect() as connection:
            held = connection.scalars(sqlalchemy.select(CacheStreamStateModel.source_name)).all()
        refuse_another_account(held, source, self.schema_name)

    def _write_airbyte_message_stream(
        self,
        stdin: IO[str] | AirbyteMessageIterator,
        *,
        catalog_provider: CatalogProvider,
        write_strategy: WriteStrategy,
        state_writer: StateWriterBase | None = None,
        progress_tracker: ProgressTracker,
    ) -> None:
        catalog = _Catalog(catalog_provider.configured_catalog)
        rows = catalog.configured_catalog.streams
        batches = Batches(
            iter(stdin),
            keys={row.stream.name: _key_of(row.primary_key) for row in rows},
            whole=frozenset(
                row.stream.name for row in rows if row.sync_mode is SyncMode.full_refresh
            ),
            form=_FORM,
            monotonic=time.monotonic,
        )
        for batch in batches:
            super()._write_airbyte_message_stream(
                AirbyteMessageIterator(batch),
                catalog_provider=catalog,
                write_strategy=write_strategy,
                state_writer=state_writer,
                progress_tracker=progress_tracker,
            )
            self._empty(batches.emptied)
            if not batches.ended:  # PyAirbyte knows one batch, and takes its end for that of all
                progress_tracker.read_end_time = progress_tracker.finalize_start_time = None

    def _empty(self, streams: list[str]) -> None:
        """PyAirbyte replaces no table by nothing."""
        for name in streams:
            table = self.processor.get_sql_table(name)
            with self.processor.get_sql_connection() as connection:
                connection.execute(sqlalchemy.delete(table))


def _key_of(paths: list[list[str]] | None) -> tuple[str, ...]:
    return tuple(path[0] for path in paths or ())


class _Copying(PostgresSqlProcessor):
    """Rows by COPY, each value as it is.

    PyAirbyte's own way leads through a data frame, which takes a text of digits for a number and
    an id beside a null for a float.
    """

    def _write_files_to_new_table(self, files: list[Path], stream_name: str, batch_id: str) -> str:
        table: str = self._create_table_for_loading(stream_name, batch_id)
        types = self._get_sql_column_definitions(stream_name)
        columns = ", ".join(map(self._quote_identifier, types))
        statement = f"COPY {self._fully_qualified(table)} ({columns}) FROM STDIN"
        with tempfile.TemporaryFile() as rows, self.get_sql_connection() as connection:
            for file in files:
                with gzip.open(file) as lines:
                    rows.writelines(self._row(loads(line).value, types) for line in lines)
            rows.seek(0)
            connection.connection.cursor().copy_expert(statement, rows)
        return table

    def _row(self, record: Mapping[str, Any], types: Mapping[str, Any]) -> bytes:
        values = {self.normalizer.normalize(name): value for name, value in record.items()}
        cells = (_cell(values.get(name), kind) for name, kind in types.items())
        return "\t".join(cells).encode() + b"\n"


# https://www.postgresql.org/docs/15/sql-copy.html (text format); a NUL fits into no text there.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def _cell(value: Any, kind: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(kind, sqlalchemy.TIMESTAMP):  # of UTC, as in DuckDB; PostgreSQL drops an offset
        value = datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None).isoformat()
    if not isinstance(value, str) or isinstance(kind, sqlalchemy.JSON):
        value = dumps(value).decode()
    return str(value).translate(_ESCAPES)


class DuckDB(_InBatches, DuckDBCache):
    pass


class Postgres(_InBatches, PostgresCache):
    query: dict[str, str]
    _sql_processor_class: ClassVar[type[SqlProcessorBase]] = _Copying
    _held: Any = PrivateAttr(default=None)

    def reserve(self, source: str) -> None:
        """Keep other syncs out until the cache is closed."""
        self._held = hold(self.get_sql_engine(), self.schema_name)
        super().reserve(source)

    def close(self) -> None:
        """Close all connections, and let other syncs in."""
        if self._held is not None:
            self._held.close()
        super().close()

    def get_sql_alchemy_url(self) -> SecretString:
        """Return the address, quoted as PyAirbyte's is not; libpq looks for a missing password."""
        is_socket = self.host.startswith("/")  # the folder of one, which no host name can be
        url = sqlalchemy.URL.create(
            "postgresql",
            username=self.username or None,
            password=str(self.password) or None,
            host=None if is_socket else self.host or None,
            port=self.port,
            database=self.database,
            query={**self.query, "host": self.host} if is_socket else self.query,
        )
        return SecretString(url.render_as_string(hide_password=False))


class Snowflake(_InBatches, SnowflakeCache):
    pass


class BigQuery(_InBatches, BigQueryCache):
    pass


class MotherDuck(_InBatches, MotherDuckCache):
    pass


_CACHES: dict[str, type[_InBatches]] = {
    "duckdb": DuckDB,
    "postgresql": Postgres,
    "snowflake": Snowflake,
    "bigquery": BigQuery,
    "motherduck": MotherDuck,
}


def open_cache(
    destination: Destination, schema: str, secrets: Mapping[str, str], folder: Path
) -> _InBatches:
    """Connect to the database and a schema in it; `folder` is for files on the way."""
    options: dict[str, Any] = {**destination.options, **secrets, "cache_dir": folder}
    if destination.kind == "postgresql":
        options = {"password": "", **options, "query": destination.query}
    options["dataset_name" if destination.kind == "bigquery" else "schema_name"] = schema
    return _CACHES[destination.kind](**options)


class Sync:
    """One sync of one account, with what is `heard` of it."""

    def __init__(self, heard: MessageHandler, config: dict[str, Any], source: str) -> None:
        self._connector = Connector(heard)
        self._name = source  # under which PyAirbyte keeps the states
        self._source = Zendesk(executor=self._connector, name=source)
        self.renew(config)

    def renew(self, config: Mapping[str, Any]) -> None:
        """Go on with a configuration whose tokens were rotated: the ones before are spent."""
        self._source.set_config(dict(config), validate=False)

    def run(self, cache: _InBatches, streams: list[str]) -> int:
        """Read the streams, going on where the cache's states say; return the connector's code."""
        cache.reserve(self._name)
        self._source.read(cache, streams=streams, skip_validation=True)
        return self._connector.code

    def stop(self) -> None:
        """End in order, also from a signal's handler: what has come is written, with its states."""
        self._connector.stop()

    @property
    def told_to_stop(self) -> bool:
        """Whether it was ended before its end."""
        return self._connector.told_to_stop
