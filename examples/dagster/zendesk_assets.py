"""Zendesk in a database as assets of Dagster: one asset a stream, one process for all of them.

`zendesk-local` lives in an environment of its own, because its dependencies and
Dagster's must not have to agree. Set for the code location:

    ZENDESK_LOCAL     the command, e.g. /opt/zendesk/bin/zendesk-local
    ZENDESK_CONFIG    the account's configuration
    ZENDESK_INTO      the database, e.g. postgresql://loader@warehouse/zendesk, whose password
                      is read from PGPASSWORD or ~/.pgpass (of others: see README)

Runs overlap unless the pool below is limited to one. A pool of Dagster's has no limit until it is
given one. Once for the instance (`default_limit: 1` in dagster.yaml, in `pools` of
`concurrency`, does it for every pool):

    dagster instance concurrency set zendesk 1
"""

import os
import subprocess
from collections.abc import Iterator

import dagster as dg

STREAMS = ["tickets", "ticket_metrics", "ticket_comments", "users", "organizations", "groups"]


@dg.multi_asset(
    specs=[dg.AssetSpec(["zendesk", stream]) for stream in STREAMS],
    # Tickets and their metrics come from the same requests: all assets are one sync.
    can_subset=False,
    pool="zendesk",  # limited to one: a second process would only share the account's API limit
    retry_policy=dg.RetryPolicy(max_retries=2, delay=300),
)
def zendesk() -> Iterator[dg.MaterializeResult]:
    """Bring the tables up to date; a retry resumes where the failure stopped."""
    account = ["--config", os.environ["ZENDESK_CONFIG"], "--into", os.environ["ZENDESK_INTO"]]
    streams = ["--streams", ",".join(STREAMS)]
    subprocess.run([os.environ["ZENDESK_LOCAL"], "sync", *account, *streams], check=True)
    for stream in STREAMS:
        yield dg.MaterializeResult(asset_key=["zendesk", stream])


every_quarter_of_an_hour = dg.ScheduleDefinition(
    name="zendesk_every_quarter_of_an_hour",
    target=dg.AssetSelection.assets(zendesk),
    cron_schedule="*/15 * * * *",
)
defs = dg.Definitions(assets=[zendesk], schedules=[every_quarter_of_an_hour])
