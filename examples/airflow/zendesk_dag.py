"""Zendesk accounts in a database, kept up to date by Airflow: one DAG for each account.

`zendesk-local` lives in an environment of its own, because its dependencies and
Airflow's must not have to agree; the task is its command. Set for the workers:

    ZENDESK_LOCAL     the command, e.g. /opt/zendesk/bin/zendesk-local
    ZENDESK_ACCOUNTS  a folder with a configuration for each account: acme.json, other.json;
                      the name (a-z, 0-9 and _) is the schema of the account's tables and state
    ZENDESK_INTO      the database, e.g. postgresql://loader@warehouse/zendesk, whose password
                      is read from PGPASSWORD or ~/.pgpass (of others: see README);
                      several accounts need a server: one process at a time has a DuckDB file
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

for account in sorted(Path(os.environ["ZENDESK_ACCOUNTS"]).glob("*.json")):
    with DAG(
        dag_id=f"zendesk_{account.stem}",
        schedule="*/15 * * * *",
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,  # a sync reads all that is new, whichever interval it runs for
        max_active_runs=1,  # one account is one process: a second only shares its API limit
    ):
        BashOperator(
            task_id="sync",
            # exec: a signal that ends the task ends the sync, which then keeps what it has.
            bash_command='exec "$ZENDESK_LOCAL" sync --config "$ACCOUNT" --into "$ZENDESK_INTO"',
            # With its name: accounts that shared a schema would share a state too.
            env={"ACCOUNT": f"{account.stem}={account}"},
            append_env=True,
            retries=2,  # each try resumes where the one before it stopped
            retry_delay=timedelta(minutes=5),
            execution_timeout=timedelta(hours=12),
        )
