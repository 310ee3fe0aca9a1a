"""SourceZendeskSupport: spec, check, discover and read, wired together.

Owns no rule of its own: configuration is in config.py, signing in is in connect.py, what is
learned of an account in discovery.py, the walks are in streams/, the order of messages is in
reader.py.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    Level,
    Status,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.sources.utils.files_directory import get_files_directory

from .config.config import Config, parse_config
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
from .privacy.plan import plan_privacy
from .protocol.input_files import (
    read_catalog_file,
    read_config_file,
    read_state_file,
    states_by_stream,
)
from .protocol.messages import log_message, traced
from .protocol.outcome import SyncResult, refuse, whole_failure
from .protocol.summary import figures, summary
from .reader import Outbox, read_runs
from .records.normalize import compile_normalizer
from .records.schema import load_schema
from .signals import Stop
from .streams.catalog.availability import examine, fault_of
from .streams.catalog.custom_fields import CustomFieldFiller
from .streams.catalog.table import STREAMS
from .streams.model.context import WalkContext
from .streams.model.engine import EngineChoice
from .streams.model.skipped import Skipped
from .streams.state.codec import decode
from .streams.walks.files import FileTransfer
from .streams.walks.plan import plan_runs
from .streams.walks.withheld import WithheldFiles
from .zendesk.errors import ConnectorError, Failure
from .zendesk.timeouts import Patience

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

    from .streams.model.stream import Stream
    from .zendesk.client import ZendeskClient
    from .zendesk.timeouts import Clocks

DAY_S = 86_400
HOUR_S = 3600


class SourceZendeskSupport(Source):
    """The connector, as Airbyte's protocol knows it.

    `clocks` is the time that its waits and dates follow; `stop` is set by who wants a read to end.
    """

    def __init__(self, clocks: Clocks = REAL_TIME, stop: Stop | None = None) -> None:
        self._clocks = clocks
        self._stop = stop or Stop()

    @property
    def name(self) -> str:
        """The name in logs."""
        return "source-zendesk-support"

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Say whether syncs can work with this configuration, and in the log what they can read."""
        _warn(logger, config)
        try:
            settings = parse_config(config, now=self._clocks.now())
            plan_privacy(settings.privacy)
            with asking(logger, config, settings, self._clocks, self._stop) as client:
                access = examine(client, is_oauth=is_oauth(settings), log=logger.info)
            fault = fault_of(access)
            if fault:
                raise fault
            sentence = exports_sentence(access, settings)
        except ConnectorError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=traced(error).message)
        for name, reason in unavailable_streams(access).items():
            logger.warning(UNAVAILABLE, name, reason)
        if sentence:
            logger.warning("%s", sentence)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Return the catalog: every stream, whatever the account's plan is today.

        What this account cannot read, or that nothing could be learned, is said in the log and in
        the stream's description; it never fails discover. Custom fields do, when they are asked for
        and cannot be listed: a catalog without their columns would take them out of a destination.
        """
        _warn(logger, config)
        settings = _parsed(config)
        unavailable: dict[str, str] = {}
        columns: dict[str, dict[str, Any]] = {}
        with _protocol_errors():
            privacy = plan_privacy(settings.privacy)
        with (
            _protocol_errors(),
            asking(logger, config, settings, self._clocks, self._stop) as client,
        ):
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
        return AirbyteCatalog(
            streams=[
                catalog_row(stream, unavailable.get(name), columns.get(name, {}), privacy)
                for name, stream in STREAMS.items()
            ]
        )

    def read(
        self,
        logger: logging.Logger,  # noqa: ARG002 - all lines go through the outbox, in order
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Yield the messages of a sync; raise one error at its end when a stream failed."""
        for hint in misspelt_fields(config):
            yield log_message(hint, Level.WARN)
        settings = _parsed(config)
        with _protocol_errors():
            privacy = plan_privacy(settings.privacy)
        outbox, outcome = Outbox(), SyncResult()
        client = open_client(
            config,
            settings,
            publish=outbox.print_first,
            log=outbox.log,
            patience=Patience(settings.retry_patience_s, settings.rate_limit_patience_s),
            clocks=self._clocks,
            stop=self._stop,
        )
        if notice := retirement_notice(settings.credentials):
            yield log_message(notice, Level.WARN)
        if not catalog.streams:
            yield log_message("The catalog selects no stream: nothing is read.", Level.WARN)
        if whole := _without_cursor(catalog):
            yield log_message(f"Read whole, as there is no cursor: {', '.join(whole)}.")
        saved = states_by_stream(state or [])
        if unknown := sorted(saved.keys() - STREAMS.keys()):
            text = f"No streams of this connector, so their states are not used: {unknown}."
            yield log_message(text, Level.WARN)
        positions, selected, withheld = {}, [], {}
        warnings: list[str] = []
        for configured in catalog.streams:
            name = configured.stream.name
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
        context = _walk_context(settings, client, selected, with_columns, self._clocks)
        hide = {it.name: change for it in selected if (change := privacy.hide(it.name))}
        engine = EngineChoice(settings.engine.value, outbox.log)
        context = replace(context, hide=hide, engine=engine)
        context = _with_files(context, client, withheld)
        began = self._clocks.monotonic()
        yield from read_runs(context, plan_runs(selected, positions), outbox, outcome, self._stop)
        began_s = client.zendesk_s() - ceil(self._clocks.monotonic() - began)
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

    @classmethod
    def read_config(cls, config_path: str) -> MutableMapping[str, Any]:
        """Return the JSON object of a config file; raise an error for the user otherwise."""
        with _protocol_errors():
            return read_config_file(config_path)

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """Return the configured catalog of a file."""
        with _protocol_errors():
            return read_catalog_file(catalog_path)

    @classmethod
    def read_state(cls, state_path: str | None) -> list[AirbyteStateMessage]:
        """Return the state messages of a file, in any of the forms that platforms have written."""
        with _protocol_errors():
            return read_state_file(state_path)


@contextmanager
def _protocol_errors() -> Iterator[None]:
    """Raise our errors as those of the protocol."""
    try:
        yield
    except ConnectorError as error:
        raise traced(error) from error


def _warn(logger: logging.Logger, config: Mapping[str, Any]) -> None:
    """Warn of misspelt fields before the configuration is parsed: they may be why it fails."""
    for hint in misspelt_fields(config):
        logger.warning(hint)


def _parsed(config: Mapping[str, Any]) -> Config:
    with _protocol_errors():
        return parse_config(config, now=REAL_TIME.now())


def _known(configured: ConfiguredAirbyteStream) -> Stream:
    """Return the row of a configured stream."""
    name = configured.stream.name
    if name not in STREAMS:
        raise ConnectorError(
            "This connector has no such stream.",
            about="configured catalog",
            remedy="Refresh the source's schema, or take the stream out of the catalog.",
            failure=Failure.CONFIG,
        )
    return STREAMS[name]


def _without_cursor(catalog: ConfiguredAirbyteCatalog) -> list[str]:
    """Return the streams that are asked for incrementally and have nothing to go on from.

    PyAirbyte asks for every stream so. They are read whole, which loses nothing.
    """
    rows = [it for it in catalog.streams if it.stream.name in STREAMS]
    return [it.stream.name for it in rows if it.sync_mode not in modes_of(STREAMS[it.stream.name])]


def _with_files(
    context: WalkContext, client: ZendeskClient, withheld: Mapping[str, WithheldFiles]
) -> WalkContext:
    """Transfer files too, for the streams whose files the user wants."""
    if not withheld:
        return context
    folder = Path(get_files_directory())
    files = FileTransfer(client.downloads(), folder, withheld, context.skipped)
    return replace(context, files=files)


def _with_columns(settings: Config, catalog: ConfiguredAirbyteCatalog) -> set[str]:
    """Return the streams whose custom fields get columns: those whose schema has such columns.

    A schema without properties says nothing. One without these columns was discovered when there
    were none to have, or was not refreshed since: the destination has no place for them.
    """
    found = set()
    for configured in catalog.streams if settings.typed_custom_fields else []:
        stream = configured.stream
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
) -> Iterator[AirbyteMessage]:
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


def _walk_context(
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
        include_deleted_tickets=settings.include_deleted_tickets,
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
