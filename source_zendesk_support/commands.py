"""check, discover and read: what each command of the protocol does, wired together.

Owns no rule of its own. Configuration is in config/, and signing in is in connect.py. The facts
about an account are learned in discovery.py. The walks are in streams/, and the order of messages
is in reader.py.
Never imports Airbyte's CDK: source.py makes these commands its `Source`.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

from .config.config import parse_config
from .config.notices import misspelt_fields, retirement_notice
from .connect import REAL_TIME, open_client
from .discovery import (
    UNAVAILABLE,
    asking,
    catalog_row,
    custom_properties,
    exports_sentence,
    is_oauth,
    modes_of,
    unavailable_streams,
)
from .outbox import Outbox, ask_first
from .privacy.privacy_plan import plan_privacy
from .protocol.input_files import states_by_stream
from .protocol.messages import Level, connection_status_message, log_message
from .protocol.outcome import SyncResult, refuse, whole_failure
from .protocol.summary import figures, summary
from .protocol.traced_error import traced
from .reader import read_runs
from .signals import Stop
from .streams.catalog.availability import examine, fault_of
from .streams.catalog.table import STREAMS
from .streams.state.codec import decode
from .streams.walks.beside_tickets import beside_tickets
from .streams.walks.runs import plan_runs
from .streams.walks.withheld import WithheldFiles
from .sync_context import sync_context
from .zendesk.errors import ConnectorError, Failure
from .zendesk.timeouts import Patience

if TYPE_CHECKING:
    import logging
    from collections.abc import Generator, Iterator, Mapping
    from datetime import datetime

    from .protocol.messages import Message
    from .protocol.record_lines import RecordLines
    from .protocol.selected_stream import SelectedStream
    from .protocol.state_files import Form
    from .streams.model.context import WalkContext
    from .streams.model.stream import Stream
    from .streams.state.position import Position
    from .zendesk.client import ZendeskClient
    from .zendesk.timeouts import Clocks


def check(
    config: Mapping[str, Any],
    logger: logging.Logger,
    clocks: Clocks = REAL_TIME,
    stop: Stop | None = None,
) -> Message:
    """Return whether syncs can work with this configuration, and log what they can read."""
    _warn(logger, config)
    try:
        settings = parse_config(config, now=clocks.now())
        plan_privacy(settings.privacy)
        with asking(logger, config, settings, clocks, stop or Stop()) as client:
            access = examine(client, is_oauth=is_oauth(settings), log=logger.info)
        fault = fault_of(access)
        if fault:
            raise fault
        sentence = exports_sentence(access, settings)
    except ConnectorError as error:
        return connection_status_message(traced(error).message)
    for name, reason in unavailable_streams(access).items():
        logger.warning(UNAVAILABLE, name, reason)
    if sentence:
        logger.warning("%s", sentence)
    return connection_status_message(None)


def discover(
    config: Mapping[str, Any],
    logger: logging.Logger,
    clocks: Clocks = REAL_TIME,
    stop: Stop | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of the catalog: every stream, whatever the account's plan is today.

    The log and a stream's description say that this account cannot read it, or that nothing could
    be learned; it never fails discover. Custom fields do, when they are asked for and cannot be
    listed: a catalog without their columns would take them out of a destination.
    """
    _warn(logger, config)
    settings = parse_config(config, now=clocks.now())
    unavailable: dict[str, str] = {}
    columns: dict[str, dict[str, Any]] = {}
    privacy = plan_privacy(settings.privacy)
    with asking(logger, config, settings, clocks, stop or Stop()) as client:
        try:
            access = examine(client, is_oauth=is_oauth(settings), log=logger.info)
            unavailable = unavailable_streams(access)
            sentence = exports_sentence(access, settings)
            if sentence:
                logger.warning("%s", sentence)
        except ConnectorError as error:
            logger.warning("What this account can read is not known: %s", error)
        if settings.typed_custom_fields:
            columns = custom_properties(client, logger)
    for name, reason in unavailable.items():
        logger.warning(UNAVAILABLE, name, reason)
    return [
        catalog_row(
            stream, unavailable.get(name), columns.get(name, {}), privacy, settings.deletions
        )
        for name, stream in STREAMS.items()
    ]


def read(
    config: Mapping[str, Any],
    catalog: list[SelectedStream],
    state: list[Form],
    clocks: Clocks = REAL_TIME,
    stop: Stop | None = None,
) -> Iterator[Message | RecordLines]:
    """Yield the messages of a sync; raise one error at its end when a stream failed."""
    for hint in misspelt_fields(config):
        yield log_message(hint, Level.WARN)
    settings = parse_config(config, now=clocks.now())
    privacy = plan_privacy(settings.privacy)
    outbox, outcome, stop = Outbox(), SyncResult(), stop or Stop()
    client = open_client(
        config,
        settings,
        publish=outbox.print_first,
        log=outbox.log,
        patience=Patience(settings.retry_patience_s, settings.rate_limit_patience_s),
        clocks=clocks,
        stop=stop,
    )
    if notice := retirement_notice(settings.credentials):
        yield log_message(notice, Level.WARN)
    saved = states_by_stream(state)
    selection = yield from _select(catalog, saved, outcome)
    context = sync_context(
        settings,
        client,
        selection.streams,
        clocks,
        catalog=catalog,
        saved=saved,
        withheld=selection.withheld,
        privacy=privacy,
        log=outbox.log,
    )
    began = clocks.monotonic()
    yield from _read(context, selection, outbox, outcome, stop)
    began_s = client.zendesk_s() - ceil(clocks.monotonic() - began)
    client.close()
    yield from _last_lines(outcome, client, context, start_at=settings.start_at, began_s=began_s)
    if failure := whole_failure(outcome):
        raise failure


@dataclass(frozen=True, slots=True)
class _Selection:
    """The streams that a sync reads, where each begins, and which have files to fetch."""

    streams: list[Stream] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)
    withheld: dict[str, WithheldFiles] = field(default_factory=dict)


def _select(
    catalog: list[SelectedStream],
    saved: Mapping[str, Mapping[str, Any] | None],
    outcome: SyncResult,
) -> Generator[Message, None, _Selection]:
    """Yield what is odd about a catalog and its states, and return the streams to read."""
    if not catalog:
        yield log_message("The catalog selects no stream: nothing is read.", Level.WARN)
    if whole := _without_cursor(catalog):
        yield log_message(f"Read whole, for want of a cursor: {', '.join(whole)}.")
    if unknown := sorted(saved.keys() - STREAMS.keys()):
        text = f"No streams of this connector, so their states are not used: {unknown}."
        yield log_message(text, Level.WARN)
    selection = _Selection()
    warnings: list[str] = []
    for configured in catalog:
        name = configured.name
        if name in selection.positions:
            continue  # named twice, read once
        try:
            stream = _known(configured)
            selection.positions[name] = decode(stream, saved.get(name), warnings.append)
            if stream.file and configured.include_files:
                selection.withheld[name] = WithheldFiles(stream, saved.get(name))
            selection.streams.append(stream)
        except ConnectorError as error:
            yield from refuse(name, error, outcome)
    for sentence in warnings:
        yield log_message(sentence, Level.WARN)
    return selection


def _read(
    context: WalkContext, selection: _Selection, outbox: Outbox, outcome: SyncResult, stop: Stop
) -> Iterator[Message | RecordLines]:
    """Yield the messages of all walks, which are planned once it is known what Zendesk serves."""
    streams, positions = selection.streams, selection.positions
    asked = partial(beside_tickets, context, streams, positions)
    planned = (yield from ask_first(outbox, stop, asked)) or (streams, positions)
    yield from read_runs(context, plan_runs(*planned), outbox, outcome, stop)


def _warn(logger: logging.Logger, config: Mapping[str, Any]) -> None:
    """Warn of misspelt fields before the configuration is parsed: they may be why it fails."""
    for hint in misspelt_fields(config):
        logger.warning(hint)


def _known(configured: SelectedStream) -> Stream:
    """Return the row of a configured stream."""
    if configured.name not in STREAMS:
        raise ConnectorError(
            "This connector has no such stream.",
            about="configured catalog",
            remedy="Refresh the source's schema, or take the stream out of the catalog.",
            failure=Failure.CONFIG,
        )
    return STREAMS[configured.name]


def _without_cursor(catalog: list[SelectedStream]) -> list[str]:
    """Return the streams that are asked for incrementally and have no position to resume from.

    PyAirbyte asks for every stream so. They are read whole, which loses nothing.
    """
    rows = [it for it in catalog if it.name in STREAMS]
    return [it.name for it in rows if it.sync_mode not in modes_of(STREAMS[it.name])]


def _last_lines(
    outcome: SyncResult,
    client: ZendeskClient,
    context: WalkContext,
    *,
    start_at: datetime,
    began_s: int,
) -> Iterator[Message]:
    """Yield what a sync says at its end: its figures, and what was odd, short or left out."""
    if context.start_s > client.zendesk_s():
        yield log_message(
            f"start_date lies in the future ({start_at.isoformat()}): streams without a state have "
            "read nothing.",
            Level.WARN,
        )
    accounting = client.accounting
    yield log_message(figures(outcome.records, accounting, began_s), Level.DEBUG)
    yield log_message(summary(outcome.records, accounting, client.uses()))
    for line in accounting.short_readings():
        yield log_message(f"Short reading: {line}. The next sync reads it again.", Level.WARN)
    for line in accounting.oddities():
        yield log_message(f"Read otherwise than written: {line}.", Level.WARN)
    for line in context.skipped.lines():
        yield log_message(f"Left out: {line}.", Level.WARN)
