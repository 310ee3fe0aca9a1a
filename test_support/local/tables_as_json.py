"""Prints every table of a database as JSON, `{table: [row, ...]}`: run where the drivers are.

Values keep their meaning and nothing else: JSON columns are parsed, times are ISO 8601 in UTC,
numbers are numbers. Columns added to each row are left out, but for its id; so are side tables.
Arguments: `duckdb FILE SCHEMA`, `postgresql DSN SCHEMA` or `parquet FOLDER SCHEMA`.
"""

import json
import sys
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path


def plain(value, *, is_json):
    if is_json and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def connect(kind, address, schema):
    if kind != "postgresql":
        import duckdb  # noqa: PLC0415 - each driver where it is used

        if kind == "duckdb":
            return duckdb.connect(address, read_only=True)
        connection = duckdb.connect()
        connection.execute(f"CREATE SCHEMA {schema}")
        for path in sorted(Path(address).glob("*.parquet")):
            view = f'{schema}."{path.stem}"'
            connection.execute(f"CREATE VIEW {view} AS SELECT * FROM '{path}'")
        return connection
    import psycopg  # noqa: PLC0415

    return psycopg.connect(address)


def tables(kind, address, schema):
    found = {}
    with (
        closing(connect(kind, address, schema)) as connection,
        closing(connection.cursor()) as cursor,
    ):
        cursor.execute(
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = '{schema}' AND table_name NOT LIKE '\\_%' ESCAPE '\\'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM {schema}."{name}"')
            columns = [(column[0], str(column[1]) == "JSON") for column in cursor.description]
            found[name] = [
                {
                    column: plain(value, is_json=is_json)
                    for (column, is_json), value in zip(columns, row, strict=True)
                    if column not in ("_airbyte_extracted_at", "_airbyte_meta")
                }
                for row in cursor.fetchall()
            ]
    return found


json.dump(tables(*sys.argv[1:]), sys.stdout)
