"""check, discover and read: what each command of the protocol does, wired together.

Owns no rule of its own: configuration is in config/, signing in is in connect.py, what is learned
of an account in discovery.py, the walks are in streams/, the order of messages is in reader.py.
Never imports Airbyte's CDK: source.py makes these commands its `Source`.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .config.config import Config, parse_config
from .config.deletions import Deletions
from .config.notices import misspelt_fields, retirement_notice
from .connect import REAL_TIME, open_client
from .deletions import with_deletions
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
from .privacy.plan import plan_privacy
from .protocol.input_files import states_by_stream
from .protocol.messages import Level, connection_status_message, log_message
from .protocol.outcome import SyncResult, refuse, whole_failure
from .protocol.summary import figures, summary
from .protocol.traced_error import traced
from .reader import Outbox, read_runs
from .records.normalize import compile_normalizer
from .records.schema import load_schema
from .signals import Stop
from .streams.catalog.availability import examine, fault_of
from .streams.catalog.custom_fields import CustomFieldFiller
from .streams.catalog.set_up import SET_UP
from .streams.catalog.table import STREAMS
from .streams.model.context import WalkContext
from .streams.model.engine import EngineChoice
from .streams.model.skipped import Skipped
from .streams.state.codec import decode
from .streams.walks.files import FileTransfer
from .streams.walks.first_engine import ask_first_engine
from .streams.walks.intervals import Intervals
from .streams.walks.plan import plan_runs
from .streams.walks.withheld import WithheldFiles
from .zendesk.errors import ConnectorError, Failure
from .zendesk.timeouts import Patience

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping

    from .protocol.messages import Message
    from .protocol.record_lines import RecordLines
    from .protocol.selected_stream import SelectedStream
    from .protocol.state_files import Form
    from .streams.model.stream import Stream
    from .zendesk.client import ZendeskClient
    from .zendesk.timeouts import Clocks

DAY_S = 86_400
HOUR_S = 3600
# Where the platform takes files from: its own folder, else one that any system has.
STAGING_FOLDER = "AIRBYTE_STAGING_DIRECTORY"
DEFAULT_STAGING_FOLDER = "/staging/files"
FILES_WITHOUT_STAGING = "/tmp/airbyte-file-transfer"  # noqa: S108 - the CDK's word for it


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

    What this account cannot read, or that nothing could be learned, stands in the log and in the
    stream's description; it never fails discover. Custom fields do, when they are asked for and
    cannot be listed: a catalog without their columns would take them out of a destination.
    """
    _warn(logger, config)
    settings = parse_config(config, now=REAL_TIME.now())
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
    settings = parse_config(config, now=REAL_TIME.now())
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
    if not catalog:
        yield log_message("The catalog selects no stream: nothing is read.", Level.WARN)
    if whole := _without_cursor(catalog):
        yield log_message(f"Read whole, for want of a cursor: {', '.join(whole)}.")
    saved = states_by_stream(state)
    if unknown := sorted(saved.keys() - STREAMS.keys()):
        text = f"No streams of this connector, so their states are not used: {unknown}."
        yield log_message(text, Level.WARN)
    positions, selected, withheld = {}, [], {}
    warnings: list[str] = []
    for configured in catalog:
        name = configured.name
        if name in positions:
            continue  # named twice, read once
        try:
            stream = _known(configured)
            positions[name] = decode(stream, saved.get(name), warnings.append)
            if stream.file and configured.include_files:
                withheld[name] = WithheldFiles(stream, saved.get(name))
            selected.append(stream)
        except ConnectorError as error:
            yield from refuse(name, error, outcome)
    for sentence in warnings:
        yield log_message(sentence, Level.WARN)
    with_columns = _with_columns(settings, catalog)
    context = walk_context(settings, client, selected, with_columns, clocks)
    hide = {it.name: change for it in selected if (change := privacy.hide(it.name))}
    engine = _engine(settings, selected, outbox)
    context = replace(context, hide=hide, engine=engine, log=outbox.log)
    interval_s = settings.set_up_interval_hours * HOUR_S
    if interval_s:
        context = replace(context, intervals=Intervals(SET_UP, interval_s, saved, client))
    context = _with_files(
        with_deletions(context, catalog, settings.deletions, saved), client, withheld
    )
    began = clocks.monotonic()
    yield from read_runs(context, plan_runs(selected, positions), outbox, outcome, stop)
    began_s = client.zendesk_s() - ceil(clocks.monotonic() - began)
    client.close()
    if context.start_s > client.zendesk_s():
        yield log_message(
            f"start_date lies in the future ({settings.start_at.isoformat()}): streams without "
            "a state have read nothing.",
            Level.WARN,
        )
    yield from _last_lines(outcome, client, context, began_s)
    failure = whole_failure(outcome)
    if failure:
        raise failure


def _engine(settings: Config, streams: list[Stream], outbox: Outbox) -> EngineChoice:
    """Return what chooses the engine of each family; a first sync is planned for these streams."""
    plan = partial(ask_first_engine, streams=streams)
    return EngineChoice(settings.engine.value, outbox.log, plan)


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


def _with_files(
    context: WalkContext, client: ZendeskClient, withheld: Mapping[str, WithheldFiles]
) -> WalkContext:
    """Transfer files too, for the streams whose files the user wants."""
    if not withheld:
        return context
    files = FileTransfer(client.downloads(), files_folder(), withheld, context.skipped)
    return replace(context, files=files)


def files_folder() -> Path:
    """Return the folder for the files of records, which the platform shares with destinations."""
    staging = Path(os.environ.get(STAGING_FOLDER, DEFAULT_STAGING_FOLDER))
    return staging if staging.exists() else Path(FILES_WITHOUT_STAGING)


def _with_columns(settings: Config, catalog: list[SelectedStream]) -> set[str]:
    """Return the streams whose custom fields get columns: those whose schema has such columns.

    A schema without properties says nothing. One without these columns was discovered when there
    were none to have, or was not refreshed since: the destination has no place for them.
    """
    found = set()
    for stream in catalog if settings.typed_custom_fields else []:
        properties = stream.json_schema.get("properties")
        row = STREAMS.get(stream.name)
        definitions = row.custom_fields if row else None
        if definitions and (
            not isinstance(properties, dict)
            or any(name.startswith(f"{definitions.kind.prefix}_") for name in properties)
        ):
            found.add(stream.name)
    return found


def _last_lines(
    outcome: SyncResult, client: ZendeskClient, context: WalkContext, began_s: int
) -> Iterator[Message]:
    """Yield what a sync says at its end: its figures, and what was odd, short or left out."""
    accounting = client.accounting
    yield log_message(figures(outcome.records, accounting, began_s), Level.DEBUG)
    yield log_message(summary(outcome.records, accounting, client.uses()))
    for line in accounting.short_readings():
        yield log_message(f"Short reading: {line}. The next sync reads it again.", Level.WARN)
    for line in accounting.oddities():
        yield log_message(f"Read otherwise than written: {line}.", Level.WARN)
    for line in context.skipped.lines():
        yield log_message(f"Left out: {line}.", Level.WARN)


def walk_context(
    settings: Config,
    client: ZendeskClient,
    streams: list[Stream],
    with_columns: set[str],
    clocks: Clocks,
) -> WalkContext:
    normalize: dict[str, Callable[[dict[str, Any]], object]] = {
        stream.name: compile_normalizer(load_schema(stream.name)) for stream in streams
    }
    for stream in streams:
        name, custom_fields = stream.name, stream.custom_fields
        if custom_fields and name in with_columns:
            normalize[name] = CustomFieldFiller(client, custom_fields, normalize[name])
    return WalkContext(
        client=client,
        now_s=lambda: int(clocks.now().timestamp()),
        start_s=int(settings.start_at.timestamp()),
        largest_page=settings.page_size,
        include_deleted_tickets=settings.include_deleted_tickets
        or settings.deletions is Deletions.TOMBSTONES,
        ratings_lookback_s=settings.satisfaction_ratings_lookback_days * DAY_S,
        normalize=normalize,
        skip_unavailable_streams=settings.skip_unavailable_streams,
        sweep_s=settings.help_center_sweep_hours * HOUR_S,
        start_is_given=settings.start_is_given,
        ahead=settings.num_workers - 1,
        skipped=Skipped(),
        recheck_s=settings.recheck_hours * HOUR_S,
        reads_closed_audits=settings.archived_ticket_events,
    )
