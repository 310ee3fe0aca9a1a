"""Answers by dbt: what is asked of a database, said to dbt, and said to the user."""

import json
from typing import Any

import duckdb
import pytest

from source_zendesk_support.local import models
from source_zendesk_support.local.destination import parse_destination
from source_zendesk_support.local.models import MORE_STREAMS, STREAMS, Built, answers_schema, build
from source_zendesk_support.local.models_report import report
from source_zendesk_support.zendesk.errors import ConnectorError

SECRET = "not-a-secret-of-anybody"


@pytest.fixture
def with_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda _: True)


def test_answers_stand_beside_their_account() -> None:
    found = [answers_schema(name) for name in ("main", "zendesk", "acme")]
    assert found == ["answers", "zendesk_answers", "acme_answers"]


@pytest.mark.usefixtures("with_dbt")
@pytest.mark.parametrize("into", ["motherduck://database", "folder/"])
def test_other_destinations_have_no_answers(into: str) -> None:
    with pytest.raises(ConnectorError, match="DuckDB and PostgreSQL"):
        build(parse_destination(into), "", {})


def test_without_dbt_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    with pytest.raises(ConnectorError) as caught:
        build(parse_destination(str(tmp_path / "x.duckdb")), "", {})
    assert "[local,models]" in caught.value.remedy


@pytest.mark.usefixtures("with_dbt")
def test_a_database_without_tickets_is_an_error_and_stays_as_it_is(tmp_path: Any) -> None:
    path = tmp_path / "x.duckdb"
    into = parse_destination(str(path))
    with pytest.raises(ConnectorError, match="no database here"):
        build(into, "", {})
    assert not path.exists()
    duckdb.connect(path).close()
    with pytest.raises(ConnectorError, match=r"no table for .*tickets"):
        build(into, "", {})


def test_a_password_is_never_written_down() -> None:
    into = parse_destination("postgresql://me@host/database?sslmode=require")
    profile = models._profile(into, "zendesk_answers")
    assert SECRET not in json.dumps(profile)
    output = profile[models.PROFILE]["outputs"]["answers"]
    assert output["sslmode"] == "require"
    assert models._secret({"password": SECRET}) == {models._PASSWORD: SECRET}


@pytest.mark.parametrize("stream", [*STREAMS, *MORE_STREAMS])
def test_a_stream_that_is_not_there_is_a_query_with_its_columns(stream: str) -> None:
    query = models._no_rows(stream, "duckdb")
    assert duckdb.connect().execute(query).fetchall() == []


def test_values_that_a_database_quotes_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        Built("tickets_enriched", "success", ""),
        Built("unique_tickets", "pass", ""),
        Built("first_reply_agrees", "warn", "Got 2 results"),
        Built("months", "error", "invalid input: 'jane@example.com'"),
    ]
    assert report(found, parse_destination("zendesk.duckdb"), "main") == 1
    said = capsys.readouterr()
    assert "1 tables of answers in schema answers" in said.out
    assert "1 of 2 tests passed" in said.out
    assert "warning: first_reply_agrees: Got 2 results" in said.err
    assert "jane" not in said.err
