"""Addresses of databases: what they mean, and that no secret stands in them."""

import pytest

from source_zendesk_support.local.destination import parse_destination, secrets_for
from source_zendesk_support.zendesk.errors import ConnectorError


@pytest.mark.parametrize(
    ("text", "kind", "options"),
    [
        ("zendesk.duckdb", "duckdb", {"db_path": "zendesk.duckdb"}),
        ("/data/z.duckdb", "duckdb", {"db_path": "/data/z.duckdb"}),
        ("data/10:30.duckdb", "duckdb", {"db_path": "data/10:30.duckdb"}),
        ("a#b.duckdb", "duckdb", {"db_path": "a#b.duckdb"}),
        (r"C:\data\z.duckdb", "duckdb", {"db_path": r"C:\data\z.duckdb"}),
        ("C:/data/z.duckdb", "duckdb", {"db_path": "C:/data/z.duckdb"}),
        (
            "postgresql://ann@db.example.com/warehouse",
            "postgresql",
            {"host": "db.example.com", "port": 5432, "database": "warehouse", "username": "ann"},
        ),
        (
            "postgres://a%40b@[::1]:6543/w",
            "postgresql",
            {"host": "::1", "port": 6543, "database": "w", "username": "a@b"},
        ),
        (
            "postgresql://ann@/w?host=/run/postgresql",
            "postgresql",
            {"host": "/run/postgresql", "port": 5432, "database": "w", "username": "ann"},
        ),
        (
            "snowflake://ann@acme-eu/db?warehouse=wh&role=loader",
            "snowflake",
            {
                "account": "acme-eu",
                "username": "ann",
                "database": "db",
                "warehouse": "wh",
                "role": "loader",
            },
        ),
        (
            "bigquery://my-project?location=EU",
            "bigquery",
            {"project_name": "my-project", "dataset_location": "EU"},
        ),
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
        "snowflake://ann:hunter22@acme/db?warehouse=w&role=r",
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
        ("postgresql://db:port/w", "no address"),
        ("snowflake://ann@acme/db", "warehouse, role"),
        ("bigquery://", "no project"),
        ("motherduck://", "no database"),
        ("", "names no file"),
        (" ", "names no file"),
        (":memory:", "names no file"),
        (":memory:zendesk", "names no file"),
        ("a?b.duckdb", "without one"),
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
    snowflake = parse_destination("snowflake://ann@acme/db?warehouse=w&role=r")
    assert secrets_for(postgres, {"PGPASSWORD": "p"}, None) == {"password": "p"}
    assert secrets_for(postgres, {}, None) == {}
    assert secrets_for(postgres, {"PGPASSWORD": "p"}, lambda _: "asked") == {"password": "asked"}
    assert secrets_for(snowflake, {"SNOWFLAKE_PRIVATE_KEY_PATH": "k.p8"}, None) == {
        "private_key_path": "k.p8"
    }
    assert secrets_for(parse_destination("z.duckdb"), {}, lambda _: "asked") == {}
    for needy in (snowflake, parse_destination("motherduck://db")):
        with pytest.raises(ConnectorError, match="environment"):
            secrets_for(needy, {}, None)


def test_each_account_has_a_schema() -> None:
    for text, alone in (("z.duckdb", "main"), ("postgresql://db/w", "zendesk")):
        destination = parse_destination(text)
        assert destination.schema_of("acme") == "acme"
        assert destination.schema_of("") == alone


@pytest.mark.parametrize("path", ["data/acme.duckdb", "ACME.duckdb", "acme"])
def test_an_account_is_not_named_as_its_file(path: str) -> None:
    with pytest.raises(ConnectorError, match="another name"):
        parse_destination(path).schema_of("acme")
