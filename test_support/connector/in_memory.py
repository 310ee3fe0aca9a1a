"""Syncs of an emulated account without sockets, threads and processes: result after result.

The walks, the client and the account are the real ones; a request is a call. So a sync has the same
results each time, and a test can stop it behind any of them. A platform keeps the
messages that are printed. Never imports the connector's rules of what is to be there.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import orjson
import requests
from requests.adapters import BaseAdapter

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.connect import open_client
from source_zendesk_support.privacy.privacy_plan import plan_privacy
from source_zendesk_support.protocol.selected_stream import parse_catalog
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.of_listed_tickets import with_keys_of_tickets
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.sideloaded_keys import SideloadedKeys, with_keys
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.sync_context import sync_context
from source_zendesk_support.zendesk import client as client_module
from source_zendesk_support.zendesk.errors import ConnectorError
from source_zendesk_support.zendesk.timeouts import Clocks, Patience
from test_support.connector.engines import known
from test_support.connector.process import BEFORE_ALL, CREDENTIALS, Destination
from zendesk_emulator.api.exchange import request_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from source_zendesk_support.streams.model.result import PageResult
    from zendesk_emulator import Emulator

    States = dict[str, dict[str, Any]]


class _Calls(BaseAdapter):
    """Hands each request to the emulated site."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self._emulator = emulator

    def send(self, request: requests.PreparedRequest, **_how: Any) -> requests.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = request_of(
            "GET", request.path_url, {"host": "emulator", **headers}, b"", peer="", scheme="http"
        )
        answer = self._emulator.site.serve(asked).answer
        response = requests.Response()
        response.status_code, response.raw = answer.status, BytesIO(answer.body)
        response.headers.update(answer.headers)
        response.headers["Date"] = formatdate(self._emulator.clock.now(), usegmt=True)
        response.headers["Content-Type"] = answer.content_type
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Return at once: no connection is open."""


class Syncs:
    """The connector in front of an emulated account that nothing serves."""

    def __init__(self, emulator: Emulator, *names: str, **config: Any) -> None:
        self.emulator = emulator
        self.config = {
            "subdomain": "emulator",
            "base_url": emulator.base_url,
            "credentials": CREDENTIALS,
            "start_date": BEFORE_ALL,
            "num_workers": 1,
            "recheck_hours": 0,
            "archived_ticket_events": True,
            **config,
        }
        self.catalog = {"streams": [_selected(name) for name in names]}
        self.logs: list[str] = []
        self.left_out: list[str] = []  # of the last sync

    def destination(self) -> Destination:
        """Return an empty destination."""
        return Destination(self.catalog)

    def results(
        self, states: States, failed: dict[str, BaseException] | None = None
    ) -> Iterator[PageResult]:
        """Yield the results of one sync, walk after walk.

        `failed`: where the errors of streams are put; the others are read all the same. Without it
        the first one is raised.
        """
        clock = self.emulator.clock
        clocks = Clocks(clock.now, lambda: datetime.fromtimestamp(clock.now(), UTC), clock.advance)
        settings = parse_config(self.config, now=clocks.now())
        session = requests.Session()
        session.mount("http://", _Calls(self.emulator))
        with patch.object(client_module, "new_session", lambda **_: session):
            client = open_client(
                self.config, settings, publish=self.logs.append, log=self.logs.append,
                patience=Patience(), clocks=clocks,
            )  # fmt: skip
        selected = parse_catalog(self.catalog)
        streams = [STREAMS[it.name] for it in selected]
        saved = orjson.loads(orjson.dumps(states))
        context = sync_context(
            settings, client, streams, clocks, catalog=selected, saved=saved, withheld={},
            privacy=plan_privacy(settings.privacy), log=self.logs.append,
        )  # fmt: skip
        positions = {it.name: decode(it, saved.get(it.name)) for it in streams}
        for run in plan_runs(streams, positions):
            try:
                begun = begin(context, run).run
                results = begun.resource.walk.read(context, begun)
                results = with_keys(SideloadedKeys, context.sideloaded, context, begun, results)
                for result in with_keys_of_tickets(context, begun, results):
                    if failed is None:
                        yield result
                    else:
                        failed |= dict(result.failures)
                        yield replace(result, failures=())
            except ConnectorError as error:
                if failed is None:
                    raise
                failed |= dict.fromkeys((it.name for it in run.members), error)
        self.left_out = context.skipped.lines()

    def sync(
        self, destination: Destination, failed: dict[str, BaseException] | None = None
    ) -> Counter[str]:
        """Run a sync to its end; return how many records of each stream it delivered."""
        return take(destination, list(self.results(destination.state, failed)))


def take(
    destination: Destination, results: Sequence[PageResult], *, is_cut: bool = False
) -> Counter[str]:
    """Put results into a destination; `is_cut`: the last one was printed without its states."""
    counts: Counter[str] = Counter()
    for number, result in enumerate(results, 1):
        for name, error in result.failures:
            raise AssertionError(f"{name} failed: {error}")
        for name, records in result.records:
            counts[name] += len(records)
            for record in orjson.loads(orjson.dumps(list(records))):
                destination.put(name, record)
        if not (is_cut and number == len(results)):
            destination.state |= orjson.loads(orjson.dumps(dict(result.states)))
    return counts


def copy_of(destination: Destination) -> Destination:
    """Return a destination that has the same rows and states."""
    return copy.deepcopy(destination)


def rows_of(destination: Destination) -> dict[str, dict[Any, Any]]:
    """Return the rows of all tables, without what lists do not know."""
    return {
        name: {key: known(name, row) for key, row in rows.items()}
        for name, rows in destination.tables.items()
        if rows
    }


def _selected(name: str) -> dict[str, Any]:
    row = STREAMS[name]
    stream = {
        "name": name,
        "json_schema": {},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_primary_key": [[row.primary_key]] if row.primary_key else [],
        "default_cursor_field": [row.cursor_field] if row.cursor_field else [],
    }
    return {
        "stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup",
    }  # fmt: skip
