"""Files that a catalog asks for: stored whole, resumed where they broke off, or named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from test_support.clock import CLOCK
from test_support.connector.process import InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=7, clock_at=CLOCK, limits=False) as made:
        yield made


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which files are transferred."""
    folder = tmp_path / "staging"
    folder.mkdir()
    monkeypatch.setenv("AIRBYTE_STAGING_DIRECTORY", str(folder))
    return folder


def with_files(connector: InProcess) -> dict[str, Any]:
    """Return a catalog of the files of articles, which are to be transferred."""
    catalog = connector.catalog("article_attachments")
    catalog["streams"][0]["include_files"] = True
    return catalog


@pytest.mark.parametrize("name", ["attachments", "article_attachments"])
def test_files_are_transferred_when_the_catalog_asks_for_them(
    tmp_path: Path, emulator: Emulator, name: str, staging: Path
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog(name)
    without = connector.read(catalog)
    assert without.code == 0
    assert not any("file_reference" in record for record in without.records)
    assert list(staging.iterdir()) == []
    catalog["streams"][0]["include_files"] = True
    output = connector.read(catalog)
    assert output.code == 0, output.errors
    assert [r["data"] for r in output.records] == [r["data"] for r in without.records]
    stored = [record for record in output.records if record.get("file_reference")]
    assert stored
    for record in stored:
        reference = record["file_reference"]
        file = Path(reference["staging_file_url"])
        assert file == staging / reference["source_file_relative_path"]
        assert file.resolve().is_relative_to(staging / name / str(record["data"]["id"]))
        assert file.stat().st_size == reference["file_size_bytes"] == record["data"]["size"]
    missing = len(output.records) - len(stored)
    warnings = [line["message"] for line in output.of("LOG") if line["level"] == "WARN"]
    assert bool([line for line in warnings if "missing" in line]) is bool(missing)


def test_downloads_that_break_off_resume_and_a_missing_file_is_counted(
    tmp_path: Path, emulator: Emulator, staging: Path
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = with_files(connector)
    emulator.fault(path="^/hc/article_attachments/", status=404, count=1)
    emulator.fault(path="^/hc/article_attachments/", kind="truncated", count=3)
    emulator.fault(path="^/hc/article_attachments/", status=503, count=1)
    output = connector.read(catalog)
    assert output.code == 0, output.errors
    missing, *stored = output.records
    assert "file_reference" not in missing
    for record in stored:
        path = Path(record["file_reference"]["staging_file_url"])
        assert path.stat().st_size == record["data"]["size"]
    assert not [path for path in staging.rglob("*") if path.suffix == ".part"]
    (warning,) = [
        it["message"]
        for it in output.of("LOG")
        if it["level"] == "WARN" and "missing" in it["message"]
    ]
    assert "article_attachments: 1 files missing (status 404)" in warning


@pytest.mark.usefixtures("staging")
@pytest.mark.parametrize("kind", ["html", "shorter", "longer"])
def test_another_answer_than_the_file_is_named_and_not_stored(
    tmp_path: Path, emulator: Emulator, kind: str
) -> None:
    """Without patience the first file is not given; with it, it is asked for again."""
    connector = InProcess(tmp_path, emulator.base_url, retry_patience_seconds=0)
    catalog = with_files(connector)
    emulator.fault(path="^/hc/article_attachments/", kind=kind, count=1)
    output = connector.read(catalog)
    assert output.code == 0, output.errors
    withheld, *stored = output.records
    assert "file_reference" not in withheld
    for record in stored:
        path = Path(record["file_reference"]["staging_file_url"])
        assert path.stat().st_size == record["data"]["size"]
    assert "article_attachments: 1 files not given" in output.logs
    connector.config["retry_patience_seconds"] = 600
    emulator.fault(path="^/hc/article_attachments/", kind=kind, count=1)
    again = connector.read(catalog)
    assert again.code == 0, again.errors
    assert all("file_reference" in record for record in again.records)
    assert "not given" not in again.logs
