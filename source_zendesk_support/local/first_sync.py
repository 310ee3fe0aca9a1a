"""`zendesk-local plan`: what a first sync would read, and how long this account's limits make it.

Asks Zendesk what a check asks, one count for each resource that has one, and some samples: about
fifty requests and none of the ten exports a minute. Only an account with a limit above that of all
plans costs one export. Writes nothing but rotated tokens.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.connect import REAL_TIME
from source_zendesk_support.discovery import exports_sentence, unavailable_streams
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.walks.counts import counted
from source_zendesk_support.streams.walks.first_engine import choose_first_engine
from source_zendesk_support.zendesk.endpoints import (
    ACCOUNT,
    ENDPOINT_LIMITS,
    HELP_CENTER,
    buckets_of,
)
from source_zendesk_support.zendesk.errors import StartTimeTooRecent, StreamRefused

from .accounts import read_account_here
from .estimate import chosen_engines, forecast, has_lists, minutes_by_bucket
from .examined import examined
from .gauge import Gauge, gauge
from .report import console, print_table
from .stream_selection import select

if TYPE_CHECKING:
    from source_zendesk_support.config.config import Config
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.zendesk.client import ZendeskClient

    from .accounts import Account
    from .estimate import Cost

EXPORTS = "incremental-exports"
# More is the High Volume add-on or Enterprise Plus (docs/facts/zendesk-api.md#1.1).
LARGEST_PLAN = 700
RECENT_S = 600  # an export withholds its last minute; ten have few organizations
HEAD = ("stream", "read", "records", "requests", "minutes", "bucket")
ENGINES_HEAD = ("stream", "exports: requests", "minutes", "lists: requests", "minutes")


def plan(account: Account, streams: str | None) -> int:
    """Print the plan and return 0. Raises ConnectorError when the account cannot be asked."""
    names = select(streams)
    config = read_account_here(account)
    as_synced = {"include_deleted_tickets": True, **config}
    settings = parse_config(as_synced, now=REAL_TIME.now())
    with examined(account, config, settings, _say) as (client, access):
        closed = {name: why for name, why in unavailable_streams(access).items() if name in names}
        counts = _counts(client, [name for name in names if name not in closed])
        open_streams = [STREAMS[name] for name in names if name not in closed]
        found = gauge(client, open_streams, counts, int(settings.start_at.timestamp()))
        as_counted = dict(counts)  # a sync chooses its engine by these
        # A search finds archived tickets too, and knows the start date.
        counts |= (
            {name: found.counts[name] for name in ("tickets", "ticket_metrics")}
            if ("tickets" in found.counts)
            else {}
        )
        limits = _limits(client, open_streams, settings)
        asked = client.accounting.requests.total()
    costs = forecast(open_streams, counts, settings.page_size, gauge=found)
    _print(costs, limits, closed, asked)
    both = [stream for stream in open_streams if has_lists(stream)]
    if both:
        _print_engines(both, counts, settings.page_size, limits, found)
        first = choose_first_engine(
            open_streams,
            as_counted,
            limits,
            settings.page_size,
            with_deleted=settings.include_deleted_tickets,
        )
        is_closed = access.exports_refused is not None
        console().print(chosen_engines(settings.engine, first, is_closed=is_closed), markup=False)
        sentence = exports_sentence(access, settings)
        if sentence:
            console().print(sentence, markup=False)
    return 0


def _print_engines(
    streams: list[Stream],
    counts: dict[str, int],
    page_size: int | None,
    limits: dict[str, int],
    found: Gauge,
) -> None:
    """Print what each family costs with its export, and with the lists that can replace it."""
    by_exports = forecast(streams, counts, page_size, gauge=found)
    by_lists = forecast(streams, counts, page_size, with_lists=True, gauge=found)
    rows = [
        (exports.stream, *_cost(exports, limits), *_cost(lists, limits))
        for exports, lists in zip(by_exports, by_lists, strict=True)
        if exports.requests
    ]
    out = console()
    print_table(out, "The same with either engine", ENGINES_HEAD, rows, text=1)
    whole = [minutes_by_bucket(costs, limits) for costs in (by_exports, by_lists)]
    exports_min, lists_min = (max(minutes.values(), default=0.0) for minutes in whole)
    out.print(
        f"In all at least {_minutes(exports_min)} minutes with exports, {_minutes(lists_min)} with "
        "lists. Lists leave the archive to a search, which cannot be counted here.",
        markup=False,
    )


def _cost(cost: Cost, limits: dict[str, int]) -> tuple[str, str]:
    minutes = max(minutes_by_bucket([cost], limits).values(), default=0.0)
    return _marked(cost, f"{_requests([cost]):,}"), _marked(cost, _minutes(minutes))


def _marked(cost: Cost, number: str) -> str:
    """Return a number with the sign that says how sure it is."""
    if cost.is_estimate:
        return f"~{number}"
    return number if cost.is_known else f"{number}+"


def _counts(client: ZendeskClient, names: list[str]) -> dict[str, int]:
    """Return what Zendesk says of the streams, and of the parents of child streams."""
    wanted = set(names)
    for name in names:
        path = STREAMS[name].resource.path
        wanted |= {row.name for row in STREAMS.values() if row.resource.path == path}
    return counted(client, [STREAMS[name] for name in STREAMS if name in wanted])


def _limits(client: ZendeskClient, streams: list[Stream], settings: Config) -> dict[str, int]:
    """Return requests a minute by bucket: by the answers, else as documented.

    A limit of the account above those of the plans may come with wider exports, or without. Then
    one page of an export says which.
    """
    account = next(use.limit for use in client.uses() if use.limit and use.bucket == ACCOUNT)
    is_large = account * 100 > LARGEST_PLAN * settings.api_usage_percent
    if is_large and any(EXPORTS in buckets_of(it.resource.path) for it in streams):
        start_s = int(REAL_TIME.now().timestamp()) - RECENT_S
        # A refusal says the limit too. The clock of this machine may be ahead.
        with suppress(StreamRefused, StartTimeTooRecent):
            path, params = "incremental/organizations", {"start_time": str(start_s)}
            client.get(path, params, expects="organizations")
    shown = {use.bucket: use.limit for use in client.uses() if use.limit}
    return {**ENDPOINT_LIMITS, HELP_CENTER: account, **shown}


def _print(costs: list[Cost], limits: dict[str, int], closed: dict[str, str], asked: int) -> None:
    out = console()
    each = {cost.stream: minutes_by_bucket([cost], limits) for cost in costs}
    order = sorted(costs, key=lambda cost: -max(each[cost.stream].values(), default=0.0))
    rows = [_row(cost, each[cost.stream]) for cost in order]
    rows += [(name, "no", "", "", "", "") for name in sorted(closed)]
    print_table(out, "What a first sync reads", HEAD, rows, text=2)
    reasons: dict[str, list[str]] = {}
    for name, why in closed.items():
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        out.print(f"Not read: {', '.join(names)}: {why}.", markup=False)
    whole = minutes_by_bucket(costs, limits)
    if whole:
        slowest = max(whole, key=whole.__getitem__)
        more = "" if all(cost.is_known for cost in costs) else "about "
        requests = _requests(costs)
        out.print(
            f"In all {more}{requests:,} requests and {_minutes(whole[slowest])} minutes: the "
            f"bucket {slowest} binds, with {limits[slowest]:,} requests a minute for us.",
            markup=False,
        )
    out.print(
        "~: by a sample of parents or tickets. +: at least; Zendesk does not count it. Counts may "
        "be a day old, and but for tickets know nothing of start_date. Later syncs read what has "
        f"changed. This plan took {asked} requests.",
        markup=False,
    )


def _row(cost: Cost, minutes: dict[str, float]) -> tuple[str, ...]:
    records = "?" if cost.records is None else f"{cost.records:,}"
    if not cost.requests:
        return (cost.stream, "yes", records, "", "", f"with {cost.shared_with}")
    slowest = max(minutes, key=minutes.__getitem__)
    requests = _marked(cost, f"{_requests([cost]):,}")
    took = _marked(cost, _minutes(minutes[slowest]))
    return (cost.stream, "yes", records, requests, took, slowest)


def _requests(costs: list[Cost]) -> int:
    """Return requests as sent: each draws on one counter of the whole account."""
    total: Counter[str] = Counter()
    for cost in costs:
        total.update(cost.requests)
    return total[ACCOUNT] + total[HELP_CENTER]


def _minutes(minutes: float) -> str:
    return f"{minutes:,.1f}" if minutes >= 0.1 or not minutes else "<0.1"  # shorter does not matter


def _say(line: Any) -> None:
    sys.stderr.write(f"{line}\n")
