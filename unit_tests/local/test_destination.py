"""Addresses of databases: what they mean, and that no secret stands in them."""

from pathlib import Path

import pytest

from source_zendesk_support.local.destination import parse_destination, secrets_for
from source_zendesk_support.zendesk.errors import ConnectorError


@pytest.mark.parametrize(
    ("text", "kind", "options"),
    [
        ("zendesk.duckdb", "duckdb", {"path": "zendesk.duckdb"}),
        ("/data/z.duckdb", "duckdb", {"path": "/data/z.duckdb"}),
        ("data/10:30.duckdb", "duckdb", {"path": "data/10:30.duckdb"}),
        ("a#b.duckdb", "duckdb", {"path": "a#b.duckdb"}),
        (r"C:\data\z.duckdb", "duckdb", {"path": r"C:\data\z.duckdb"}),
        ("C:/data/z.duckdb", "duckdb", {"path": "C:/data/z.duckdb"}),
        (
            "postgresql://ann@db.example.com/warehouse",
            "postgresql",
            {"host": "db.example.com", "port": 5432, "dbname": "warehouse", "user": "ann"},
        ),
        (
            "postgres://a%40b@[::1]:6543/w",
            "postgresql",
            {"host": "::1", "port": 6543, "dbname": "w", "user": "a@b"},
        ),
        (
            "postgresql://ann@/w?host=/run/postgresql",
            "postgresql",
            {"host": "/run/postgresql", "port": 5432, "dbname": "w", "user": "ann"},
        ),
        (
            "postgresql://ann@localhost/w?host=/run/postgresql&port=6543&dbname=x",
            "postgresql",
            {"host": "/run/postgresql", "port": "6543", "dbname": "x", "user": "ann"},
        ),
        ("folder/", "folder", {"path": "folder/", "format": "parquet"}),
        ("motherduck://zendesk", "motherduck", {"database": "zendesk"}),
    ],
)
def test_an_address_means_a_database(text: str, kind: str, options: dict[str, object]) -> None:
    found = parse_destination(text)
    assert (found.kind, found.options) == (kind, options)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:hunter22@db/w",
        "postgresql://db/w?user=ann&password=hunter22",
        "postgresql://db/w?sslpassword=hunter22",
        "motherduck://db?motherduck_token=hunter22",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConnectorError, match="--ask-password") as caught:
        parse_destination(text)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mysql://db/w", "not known"),
        ("postgresql://db", "names no database"),
        ("postgresql://db:port/w", "not an address"),
        ("snowflake://ann@acme/db", "does not write to snowflake"),
        ("bigquery://project", "PyAirbyte"),
        ("z.parquet", "--format parquet"),
        ("data/z.CSV", "--format csv"),
        ("z.json", "--format jsonl"),
        ("motherduck://", "no database"),
        ("", "names no file"),
        (" ", "names no file"),
        (":memory:", "names no file"),
        (":memory:zendesk", "names no file"),
        ("postgresql:/ann@db/w", "neither a path nor an address"),
        ("postgres:", "neither a path nor an address"),
        ("md:zendesk", "neither a path nor an address"),
    ],
)
def test_an_address_that_means_nothing_is_said(text: str, said: str) -> None:
    with pytest.raises(ConnectorError, match=said):
        parse_destination(text)


def test_secrets_come_from_where_the_databases_own_tools_look() -> None:
    postgres = parse_destination("postgresql://db/w")
    motherduck = parse_destination("motherduck://db")
    assert secrets_for(postgres, {"PGPASSWORD": "p"}, None) == {"password": "p"}
    assert secrets_for(postgres, {}, None) == {}
    assert secrets_for(postgres, {"PGPASSWORD": "p"}, lambda _: "asked") == {"password": "asked"}
    assert secrets_for(motherduck, {"MOTHERDUCK_TOKEN": "t"}, None) == {"motherduck_token": "t"}
    assert secrets_for(parse_destination("z.duckdb"), {}, lambda _: "asked") == {}
    with pytest.raises(ConnectorError, match="environment"):
        secrets_for(motherduck, {}, None)


@pytest.mark.parametrize("file_format", ["parquet", "csv", "jsonl"])
def test_a_format_makes_a_folder_of_a_path(file_format: str) -> None:
    found = parse_destination("lake", file_format)
    assert (found.kind, found.options) == ("folder", {"path": "lake", "format": file_format})
    with pytest.raises(ConnectorError, match="--format"):
        parse_destination("postgresql://db/w", file_format)


def test_a_folder_that_exists_is_one(tmp_path: Path) -> None:
    assert parse_destination(str(tmp_path)).kind == "folder"
    (tmp_path / "odd.parquet").mkdir()
    assert parse_destination(str(tmp_path / "odd.parquet")).kind == "folder"


def test_each_account_has_a_schema() -> None:
    for text, alone in (("z.duckdb", "main"), ("postgresql://db/w", "zendesk")):
        destination = parse_destination(text)
        assert destination.schema_of("acme") == "acme"
        assert destination.schema_of("") == alone


@pytest.mark.parametrize("path", ["data/acme.duckdb", "ACME.duckdb", "acme"])
def test_an_account_is_not_named_as_its_file(path: str) -> None:
    with pytest.raises(ConnectorError, match="another name"):
        parse_destination(path).schema_of("acme")
