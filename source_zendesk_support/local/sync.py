"""`zendesk-local sync`: one account into one database, from where the last sync ended.

Owns the order of a sync for a user: what is asked of them first, what they see meanwhile, what they
are shown at the end. connector.py reads, store.py writes.
"""

from __future__ import annotations

import getpass
import os
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.config.credentials import secrets_of
from source_zendesk_support.config.deletions import Deletions
from source_zendesk_support.config.validators import choice
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .accounts import read_account_here, store_config
from .connector import Connector
from .destination import secrets_for
from .ending import Ending, Shown, print_ending, print_line, printer
from .leftovers import remove_folders
from .message_handler import MessageHandler
from .opening import open_store
from .pieces import Pieces
from .progress import is_terminal, progress
from .reading import first_line
from .refusals import refused
from .resting import note_reading, resting
from .states import source_name, to_file
from .stopping import stopping
from .store import NotCommittedError, Writer
from .syncs import SyncRow, next_run
from .tables import catalog_of, schema_of, table_of
from .tombstones import TICKETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .accounts import Account
    from .destination import Destination
    from .store import Store
    from .tables import Table


@dataclass(frozen=True, slots=True)
class Request:
    """The order for a sync. `again` are the streams that it reads from their beginning.

    `keys`: tables of DuckDB get primary keys.
    """

    streams: list[str]
    all_streams: bool = False
    again: tuple[str, ...] = ()
    drop_leftovers: bool = False
    keys: bool = False
    shown: Shown = Shown.USUAL


@dataclass(slots=True)
class _Sync:
    """One sync of one account."""

    config: dict[str, Any]
    request: Request
    heard: MessageHandler
    connector: Connector
    resting: frozenset[str] = frozenset()
    created_at: datetime = field(default_factory=partial(datetime.now, UTC))

    def run(self, store: Store, show: Any) -> Writer:
        """Read the streams and write them; return what has written, with what it gave up.

        A sync that an exception ends is noted too, as `status` would show the one before it.
        """
        began_at = _now()
        try:
            writer = self._load(store, show, began_at)
        except NotCommittedError:  # this store takes nothing more
            raise
        except Exception:
            self.note_death(store)
            raise
        row = self._row(began_at, writer)
        try:
            store.deliver()
        except Exception:
            store.save_sync(replace(row, exit_code=1))
            raise
        store.save_sync(row)
        return writer

    def _load(self, store: Store, show: Any, began_at: datetime) -> Writer:
        """Prepare the tables, read, and write each piece; return what has written."""
        catalog, tables = self._catalog()
        store.prepare(tables.values())
        for name in self._leftovers(store):
            self.heard.warn(f"The table {name} of a failed load of version 6.0.0 was dropped.")
        if self.request.again:
            store.read_again(self.request.again, _now())
        states = {name: state for name, state in store.states().items() if name in tables}
        if not states:
            self._check()
        writer = Writer(
            store, tables, _now, self.heard.warn, states=dict(states), digests=store.digests()
        )
        interval = timedelta(hours=parse_config(self.config, now=began_at).set_up_interval_hours)
        self.resting = resting(states, interval, began_at)
        pieces = Pieces(
            self._read(catalog, states),
            frozenset(name for name, table in tables.items() if table.is_whole),
            self.heard.hear,
            time.monotonic,
            drops_nul=store.drops_nul,
        )
        for piece in pieces:
            if interval:
                note_reading(piece, began_at)
            writer.write(piece)
            show(piece)
        if TICKETS in tables and tables[TICKETS].marks_deletions:
            with store.transaction():
                store.mark_children(tables.values())
        complete = (it for it in tables if self.heard.statuses.get(it) == "COMPLETE")
        store.add_keys(
            [tables[name] for name in complete if name not in writer.failed],
            are_wanted=self.request.keys,
        )
        return writer

    def _read(self, catalog: dict[str, Any], states: Mapping[str, Any]) -> Iterable[bytes]:
        """Return the connector's lines for the streams that do not rest."""
        streams = [it for it in catalog["streams"] if it["stream"]["name"] not in self.resting]
        if not streams:  # of an empty catalog the connector would warn
            return ()
        asked = {name: state for name, state in states.items() if name not in self.resting}
        return self.connector.run(
            "read", self.config, catalog={"streams": streams}, state=to_file(asked)
        )

    def _row(self, began_at: datetime, writer: Writer) -> SyncRow:
        """Return what is kept of this sync; Zendesk's clock says when it began, where it is known.

        A stream that the database has refused was not read to its end.
        """
        told_s = self.heard.figures.get("began_s")
        if told_s is not None:
            began_at = datetime.fromtimestamp(told_s, UTC)
        streams = {
            name: {
                "status": "INCOMPLETE" if name in writer.failed else status,
                "records": self.heard.records[name],
            }
            for name, status in self.heard.statuses.items()
        }
        code = int(self.connector.code != 0 or self.connector.was_stopped or bool(writer.failed))
        return SyncRow(began_at, _now(), code, streams, next_run())

    def note_death(self, store: Store) -> None:
        """Keep that a sync died, where the database can be written. No stream counts as read."""
        streams = {
            name: {"status": "INCOMPLETE", "records": self.heard.records[name]}
            for name in self.heard.statuses
        }
        with suppress(Exception):  # the database may be what has failed, and that is raised
            store.save_sync(SyncRow(self.created_at, _now(), 1, streams, next_run()))

    def _catalog(self) -> tuple[dict[str, Any], dict[str, Table]]:
        """Return what the connector is asked for, and the tables for it.

        The package knows its schemas. Only the columns of custom fields are the account's own.
        """
        names = self.request.streams
        if self.config.get("typed_custom_fields"):
            found = self._discovered()
            schemas = {name: found[name]["json_schema"] for name in names}
        else:
            schemas = {name: load_schema(name) for name in names}
        mode = choice(self.config, "deletions", Deletions.VANISHED)
        schemas = {name: schema_of(name, schema, mode) for name, schema in schemas.items()}
        tables = {name: table_of(name, schema) for name, schema in schemas.items()}
        return catalog_of(schemas), tables

    def _discovered(self) -> dict[str, dict[str, Any]]:
        for line in self.connector.run("discover", self.config):
            message = self.heard.hear(line)
            if message is not None and message["type"] == "CATALOG":
                return {row["name"]: row for row in message["catalog"]["streams"]}
        raise ConnectorError(
            self.heard.errors[-1] if self.heard.errors else "The connector has ended.",
            about="discovery of the custom fields",
            remedy="Nothing was read.",
            failure=Failure.CONFIG,
        )

    def _leftovers(self, store: Store) -> list[str]:
        found = store.leftovers()
        if found and not self.request.drop_leftovers:
            self.heard.warn(
                f"Failed loads of version 6.0.0 have left tables: {', '.join(found)}. "
                "`sync --drop-leftovers` drops them."
            )
            return []
        store.drop_tables(found)
        return found

    def _check(self) -> None:
        """Sign in before the first sync: a wrong secret is one error, and not one a stream."""
        heard = MessageHandler(self.heard.store, lambda _level, _text: None)
        for line in self.connector.run("check", self.config):
            heard.hear(line)
        if heard.errors and not self.connector.was_stopped:
            raise ConnectorError(
                heard.errors[-1],
                about="sign-in of the first sync",
                remedy="Nothing was read.",
                failure=Failure.CONFIG,
            )


def sync(
    account: Account, destination: Destination, request: Request, *, ask_password: bool
) -> int:
    """Run one sync and return 0, or 1 when something is left to do. Raises ConnectorError."""
    config = read_account_here(account)
    source = source_name(parse_config(config, now=_now()).base_url)
    if request.all_streams:  # everything means: everything that this account can read
        config.setdefault("skip_unavailable_streams", True)
    # A row of a deleted ticket that looks alive is wrong; other tools mark it too.
    config.setdefault("include_deleted_tickets", True)
    secrets = secrets_for(destination, os.environ, getpass.getpass if ask_password else None)
    hidden = [*secrets.values(), *secrets_of(config)]
    schema = destination.schema_of(account.name)
    shown = f"{destination.shown}, schema {schema}"

    def store_new(new: Mapping[str, Any]) -> None:
        store_config(account.path, new)
        run.config = dict(new)

    connector = Connector()
    is_drawn = is_terminal() and request.shown is Shown.USUAL
    show_line = printer(request.shown, is_drawn=is_drawn, was_stopped=lambda: connector.was_stopped)
    heard = MessageHandler(store_new, show_line)
    run = _Sync(config, request, heard, connector)
    for folder in remove_folders(time.time()):
        heard.warn(f"The folder {folder} of a dead run of version 6.0.0 was removed.")
    started_at = time.monotonic()
    plain = partial(show_line, "WARN")
    stopped_by: list[str] = []
    drawn = progress(heard, plain, is_drawn=is_drawn, was_stopped=lambda: connector.was_stopped)
    opened = partial(open_store, destination, schema, source, secrets, heard.warn)
    with stopping(connector, stopped_by), drawn as show:
        try:
            writer = _run(run, opened, show)
        except ConnectorError:
            raise
        except Exception as error:
            raise refused(error, destination, account.name, hidden) from error
    for name, why in writer.failed.items():
        what = f"{name} was not written ({type(why).__name__}): {first_line(why, hidden)}"
        print_line("ERROR", what)
    code = int(connector.code != 0 or connector.was_stopped or bool(writer.failed))
    name = account.name or account.path.name
    took_s, stop = time.monotonic() - started_at, ", ".join(stopped_by)
    ending = Ending(name, shown, code, took_s, stop, frozenset(writer.unchanged), run.resting)
    print_ending(ending, heard, request.streams, request.shown, is_drawn=is_drawn)
    return code


def _run(run: _Sync, opened: Callable[[], Store], show: Any) -> Writer:
    """Run a sync in its database, and note its death there in a connection that still writes."""
    try:
        with closing(opened()) as store:
            return run.run(store, show)
    except NotCommittedError:
        run.connector.stop()
        with suppress(Exception), closing(opened()) as store:
            run.note_death(store)
        raise
    except Exception:
        run.connector.stop()
        raise


def _now() -> datetime:
    return datetime.now(UTC)
