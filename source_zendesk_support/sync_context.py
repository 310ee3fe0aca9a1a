"""The context of the walks of a sync, made from configuration, catalog and states.

Owns the wiring of options to the fields of a WalkContext, and no rule of them. Sends nothing.
Rests on docs/configuration.md, which says what each option does.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .config.deletions import Deletions
from .deletion_context import with_deletions
from .records.normalize import compile_normalizer
from .records.normalizers import Normalizers
from .records.schema import load_schema
from .streams.catalog.custom_fields import CustomFieldFiller
from .streams.catalog.set_up import SET_UP
from .streams.catalog.table import STREAMS
from .streams.model.context import WalkContext
from .streams.model.engine import EngineChoice
from .streams.model.skipped import Skipped
from .streams.walks.account_lists import AccountLists
from .streams.walks.files import FileTransfer
from .streams.walks.first_engine import ask_first_engine
from .streams.walks.intervals import Intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .config.config import Config
    from .privacy.privacy_plan import PrivacyPlan
    from .protocol.selected_stream import SelectedStream
    from .streams.model.stream import Stream
    from .streams.walks.withheld import WithheldFiles
    from .zendesk.client import ZendeskClient
    from .zendesk.timeouts import Clocks

DAY_S = 86_400
HOUR_S = 3600
# Where the platform takes files from: its own folder, else one that any system has.
STAGING_FOLDER = "AIRBYTE_STAGING_DIRECTORY"
DEFAULT_STAGING_FOLDER = "/staging/files"
FILES_WITHOUT_STAGING = "/tmp/airbyte-file-transfer"  # noqa: S108 - the CDK's word for it


def sync_context(
    settings: Config,
    client: ZendeskClient,
    streams: list[Stream],
    clocks: Clocks,
    *,
    catalog: list[SelectedStream],
    saved: Mapping[str, Mapping[str, Any] | None],
    withheld: Mapping[str, WithheldFiles],
    privacy: PrivacyPlan,
    log: Callable[[str], None],
) -> WalkContext:
    """Return what the walks of a sync need.

    `saved`: the states of streams; `withheld`: streams whose files are wanted.
    """
    # A first sync plans its engines for these streams.
    engine = EngineChoice(settings.engine.value, log, partial(ask_first_engine, streams=streams))
    columns = _with_columns(settings, catalog)
    context = walk_context(
        settings, client, streams, columns, clocks, privacy=privacy, engine=engine
    )
    interval_s = settings.set_up_interval_hours * HOUR_S
    intervals = Intervals(SET_UP, interval_s, saved, client) if interval_s else None
    context = replace(context, log=log, intervals=intervals)
    context = with_deletions(context, catalog, settings.deletions, saved)
    return _with_files(context, client, withheld)


def walk_context(
    settings: Config,
    client: ZendeskClient,
    streams: list[Stream],
    with_columns: set[str],
    clocks: Clocks,
    *,
    privacy: PrivacyPlan,
    engine: EngineChoice,
) -> WalkContext:
    """Return what the walks of these streams need, whatever is done with their records.

    `with_columns`: the streams whose custom fields have columns.
    """
    return WalkContext(
        client=client,
        now_s=lambda: int(clocks.now().timestamp()),
        start_s=int(settings.start_at.timestamp()),
        largest_page=settings.page_size,
        include_deleted_tickets=settings.include_deleted_tickets
        or settings.deletions is Deletions.TOMBSTONES,
        ratings_lookback_s=settings.satisfaction_ratings_lookback_days * DAY_S,
        normalize=_normalizers(client, streams, with_columns),
        skip_unavailable_streams=settings.skip_unavailable_streams,
        sweep_s=settings.help_center_sweep_hours * HOUR_S,
        start_is_given=settings.start_is_given,
        ahead=settings.num_workers - 1,
        skipped=Skipped(),
        recheck_s=settings.recheck_hours * HOUR_S,
        reads_closed_audits=settings.archived_ticket_events,
        completes_tickets=settings.complete_tickets,
        hide={it.name: change for it in streams if (change := privacy.hide(it.name))},
        engine=engine,
        account_lists=AccountLists(),
    )


def _normalizers(
    client: ZendeskClient, streams: list[Stream], with_columns: set[str]
) -> Normalizers:
    fillers = {
        stream.name: CustomFieldFiller(
            client, stream.custom_fields, compile_normalizer(load_schema(stream.name))
        )
        for stream in streams
        if stream.custom_fields and stream.name in with_columns
    }
    return Normalizers((stream.name for stream in streams), fillers)


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
