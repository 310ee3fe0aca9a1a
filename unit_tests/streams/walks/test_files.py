"""No name leads out of the folder, and a file that is missing is counted."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.skipped import Skipped
from source_zendesk_support.streams.walks.files import (
    LONGEST_NAME,
    FileTransfer,
    StoredFile,
    safe_name,
)
from source_zendesk_support.streams.walks.withheld import WithheldFiles
from source_zendesk_support.zendesk.named_file import FileMissing, FileWithheld, Named

ATTACHMENTS = STREAMS["attachments"]
AGAIN = "the next syncs ask for them again"


@given(
    st.none() | st.integers() | st.text() | st.text("./\\.. \x00a\u202e\U0001f4a4", max_size=300)
)
def test_a_name_stays_in_its_folder(name: Any) -> None:
    safe = safe_name(name)
    folder = Path("/folder")
    assert (folder / safe).resolve().parent == folder
    assert 0 < len(safe.encode()) <= LONGEST_NAME
    assert safe.isprintable() or not str(name).isprintable()
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("logo.jpg", "logo.jpg"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "file"),
        ("", "file"),
        (None, "file"),
        ("Angebot für Öl.pdf", "Angebot für Öl.pdf"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("C:\\boot.ini", "C__boot.ini"),
    ],
)
def test_names_keep_what_can_be_kept(name: Any, safe: str) -> None:
    assert safe_name(name) == safe


class Fetcher:
    """In place of downloads: stores nothing, and misses what is called missing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Path, Named, Path]] = []

    def fetch(self, url: str, target: Path, named: Named, *, folder: Path) -> int:
        self.asked.append((url, target, named, folder))
        if "missing" in url:
            raise FileMissing("status 404")
        if "refused" in url:
            raise FileWithheld("refused with status 403")
        return 5


def test_each_record_gets_its_file_or_none(tmp_path) -> None:
    skipped, fetcher = Skipped(), Fetcher()
    withheld = WithheldFiles(ATTACHMENTS)
    transfer = FileTransfer(fetcher, tmp_path, {"attachments": withheld}, skipped)
    assert transfer.wants(ATTACHMENTS)
    assert not transfer.wants(STREAMS["article_attachments"])
    files = transfer.fetch(
        ATTACHMENTS,
        [
            {"id": 7, "file_name": "../a.txt", "content_url": "https://x/1", "size": 5}
            | {"content_type": "text/plain"},
            {"id": 8, "file_name": "b.txt", "content_url": "https://x/missing", "size": "odd"},
            {"id": 9, "file_name": "c.txt", "content_url": None},
            {"id": 10, "content_url": "https://x/refused", "size": -1, "content_type": 5},
        ],
    )
    relative = "attachments/7/_a.txt"
    assert files == [StoredFile(str(tmp_path / relative), relative, 5), None, None, None]
    named = [named for _, _, named, _ in fetcher.asked]
    assert named == [Named(5, "text/plain"), Named(), Named()]
    assert {folder for _, _, _, folder in fetcher.asked} == {tmp_path}
    assert skipped.lines() == [
        "attachments: 1 files missing (status 404)",
        f"attachments: 1 files not given (refused with status 403); {AGAIN}",
        "attachments: 1 files without an address",
    ]
