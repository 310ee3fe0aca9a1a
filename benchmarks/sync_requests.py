"""How many requests a sync of everything costs: a first one, and one when nothing has changed.

Counted by the emulator, which answers both connectors and whose clock stands still meanwhile.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tables import table

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.resource import Paging
from test_support.connector.process import BEFORE_ALL
from test_support.connector.published import ours, unprobed
from test_support.local.databases import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from run import Bench

    from test_support.connector.published import ServedAccount

Figures = dict[str, Any]
# A sync that resumes at a second reads its records again. Were there more records to a second than
# articles, an unchanged help center would be read anew each time. A usual one is not.
CLUSTER = 12
READERS = (
    *("ours", "ours, set-up at intervals", "ours, streams of 6.0.0"),
    *("ours, streams of 6.0.0, set-up at intervals", "ours, streams of both", "published"),
)
DESK = "zendesk-local, set-up at intervals"
# Written by 6.0.0, a state for each of its streams.
STATES = Path(__file__).parents[1] / "unit_tests/streams/state/states_of_6_0_0"
INTERVAL_HOURS = 24  # of the second reader


def requests_per_sync(bench: Bench, size: str) -> Figures:
    """A first read of everything, and a second when nothing has changed, of each connector.

    Ours reads all of its streams, and those of 6.0.0. It reads each of the two with set-up at
    intervals too. Then it reads those streams alone that the published one has too.
    """
    us = ours(bench.folder, bench.host, start_date=BEFORE_ALL)
    resting = ours(
        bench.folder, bench.host, start_date=BEFORE_ALL, set_up_interval_hours=INTERVAL_HOURS
    )
    they = unprobed(bench.folder, bench.host, start_date=BEFORE_ALL)
    figures: Figures = {}
    with bench.account("--size", size, "--cluster", str(CLUSTER), "--frozen") as account:
        theirs = they.catalog()
        of_6_0_0 = [
            row["stream"]
            for row in json.loads((STATES / "first_sync_at_the_end.json").read_bytes())
        ]
        in_both = [row["stream"]["name"] for row in theirs["streams"]]
        asked_for = (
            (us, us.catalog()),
            (resting, resting.catalog()),
            (us, us.catalog(*of_6_0_0)),
            (resting, resting.catalog(*of_6_0_0)),
            (us, us.catalog(*in_both)),
            (they, theirs),
        )
        for name, (connector, catalog) in zip(READERS, asked_for, strict=True):
            account.requests()
            first = bench.read(connector, catalog)
            asked = account.requests()
            again = bench.read(connector, catalog, first.states)
            figures[name] = {
                "streams": len(catalog["streams"]),
                "first": by_endpoint(asked),
                "unchanged": by_endpoint(account.requests()),
                "records": dict(first.records),
                "records_again": dict(again.records),
            }
        figures[DESK] = _desk(bench, account, resting.config)
    figures["needed"] = needed_requests(figures["ours"]["records"])
    return figures


def _desk(bench: Bench, account: ServedAccount, config: dict[str, Any]) -> Figures:
    """Two syncs of all streams into a new DuckDB file, where lists without a cursor rest too."""
    path = bench.folder / "desk.json"
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    into = bench.folder / "desk.duckdb"
    command = [str(COMMAND), "sync", "--json", "--config", str(path), "--into", str(into)]
    found: Figures = {"streams": len(STREAMS)}
    account.requests()
    for sync, records in (("first", "records"), ("unchanged", "records_again")):
        done = subprocess.run(
            bench.host.command(command),
            env=bench.host.environment,
            capture_output=True,
            check=True,
        )
        found[sync] = by_endpoint(account.requests())
        streams = json.loads(done.stdout)["streams"]
        found[records] = {name: it["records"] for name, it in streams.items()}
    return found


def by_endpoint(requests: dict[str, int]) -> Counter[str]:
    """Count paths that differ in an id, a custom object or a file's name alone as one.

    The community is served at two addresses (docs/facts/zendesk-api.md#2.1).
    """
    found = Counter[str]()
    for path, count in requests.items():
        community = path.replace("/help_center/community/", "/community/")
        of_object = re.sub(r"(?<=/custom_objects/)[^/]+", "{key}", community)
        of_file = re.sub(r"(?<=^/hc/article_attachments/).*", "{file}", of_object)
        found[re.sub(r"/\d+(?=/|$)", "/{id}", of_file)] += count
    return found


def needed_requests(records: dict[str, int]) -> dict[str, int]:
    """Return ceil(records / page) of each list and export, by path.

    Streams below single records have no such number: it depends on how many of them have any.
    """
    walks: dict[str, int] = {}
    for stream in STREAMS.values():
        path = f"/api/v2/{stream.resource.path}"
        # The first stream of a walk fills its pages: others are taken out of its records.
        if stream.children is None and path not in walks:
            paged = ceil(records.get(stream.name, 0) / stream.resource.largest_page)
            walks[path] = max(1, paged) if stream.resource.paging is not Paging.WHOLE else 1
    return walks


def request_lines(found: Figures) -> Iterator[str]:
    """A line for each path that costs anybody more than a request; the others are one line."""
    names = (*READERS, DESK)
    needed, readers = found["needed"], [found[name] for name in names]
    syncs = [reader[sync] for reader in readers for sync in ("first", "unchanged")]
    records = [
        sum(reader[part].values()) for reader in readers for part in ("records", "records_again")
    ]
    paths = sorted({path for requests in syncs for path in requests})
    single = [path for path in paths if max(requests.get(path, 0) for requests in syncs) == 1]
    several = [path for path in paths if path not in single]
    streams = streams_by_path()
    rows = [
        *(_row(path, streams.get(path, ""), [path], needed, syncs) for path in several),
        _row(f"{len(single)} others, one each", "", single, needed, syncs),
        _row("all requests", "", paths, needed, syncs),
        ["records delivered", "", "", *records],
    ]
    heads = [
        head
        for name, reader in zip(names, readers, strict=True)
        for head in (f"{name.partition(',')[0]} ({reader['streams']})", "unchanged")
    ]
    yield from table("requests of a sync", ("streams", "needed", *heads), rows)


def streams_by_path() -> dict[str, str]:
    """Return the streams of ours that a path is asked for, as the counted paths are written."""
    found: dict[str, list[str]] = {}
    for stream in STREAMS.values():
        path = stream.children.path if stream.children else stream.resource.path
        key = "{key}" if path.startswith(("custom_objects/", "incremental/custom_obj")) else "{id}"
        path = path.replace("{parent}", key).replace("{grandparent}", key)
        found.setdefault(f"/api/v2/{path}", []).append(stream.name)
    return {path: ", ".join(names) for path, names in found.items()}


def _row(
    title: str, streams: str, paths: list[str], needed: dict[str, int], syncs: list[Counter[str]]
) -> list[object]:
    known = [needed[path] for path in paths if path in needed]
    counts = [sum(requests.get(path, 0) for path in paths) for requests in syncs]
    return [title, streams, sum(known) if known else "", *counts]
