"""Files are written in a folder of our own, and no planted link is followed on their way."""

import errno
import os
import stat
from pathlib import Path

import pytest

from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.staged_file import staged

CONTENT = b"the file"


def store(folder: Path, target: Path, content: bytes = CONTENT) -> None:
    with staged(folder, target) as file:
        file.write(content)


def store_and_fail(folder: Path, target: Path, error: BaseException) -> None:
    with staged(folder, target) as file:
        file.write(CONTENT)
        raise error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file that another user would like to have written to."""
    made = tmp_path / "outside"
    made.mkdir()
    (made / "precious").write_bytes(b"precious")
    return made


def untouched(outside: Path) -> bool:
    found = {path.name: path.read_bytes() for path in outside.rglob("*")}
    return found == {"precious": b"precious"}


def test_a_file_comes_to_its_place_and_nothing_else_stays(folder: Path) -> None:
    target = folder / "attachments" / "7" / "a.txt"
    store(folder, target)
    assert target.read_bytes() == CONTENT
    assert [path for path in folder.rglob("*") if path.is_file()] == [target]
    assert [path.name for path in folder.iterdir()] == ["attachments"]
    store(folder, target, b"again")
    assert target.read_bytes() == b"again"


def test_a_file_is_written_in_a_folder_that_only_we_can_write_to(folder: Path) -> None:
    with staged(folder, folder / "a" / "b") as file:
        file.write(CONTENT)
        [own] = folder.iterdir()
        assert stat.S_IMODE(own.stat().st_mode) == 0o700
        assert own.name not in ("a", "b")


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyboardInterrupt()])
def test_a_failure_leaves_nothing_behind(folder: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        store_and_fail(folder, folder / "a" / "b", error)
    assert list(folder.iterdir()) == []


def test_a_staged_file_can_begin_anew(folder: Path) -> None:
    with staged(folder, folder / "b") as file:
        file.write(b"another, longer")
        file.restart()
        file.write(CONTENT)
    assert (folder / "b").read_bytes() == CONTENT


def test_planted_part_files_are_not_followed(folder: Path, outside: Path) -> None:
    """Names that could be guessed, which an earlier version opened."""
    place = folder / "attachments" / "7"
    place.mkdir(parents=True)
    for name in ("a.txt.part", "part"):
        (place / name).symlink_to(outside / "precious")
    store(folder, place / "a.txt")
    assert untouched(outside)
    assert (place / "a.txt").read_bytes() == CONTENT


def test_a_planted_link_at_the_place_is_replaced(folder: Path, outside: Path) -> None:
    place = folder / "attachments" / "7"
    place.mkdir(parents=True)
    (place / "a.txt").symlink_to(outside / "precious")
    store(folder, place / "a.txt")
    assert untouched(outside)
    assert not (place / "a.txt").is_symlink()


@pytest.mark.parametrize("depth", ["attachments", "attachments/7"])
def test_a_planted_link_to_a_folder_is_replaced(folder: Path, outside: Path, depth: str) -> None:
    (folder / depth).parent.mkdir(parents=True)
    (folder / depth).symlink_to(outside, target_is_directory=True)
    target = folder / "attachments" / "7" / "a.txt"
    store(folder, target)
    assert untouched(outside)
    assert not (folder / depth).is_symlink()
    assert target.read_bytes() == CONTENT


def test_an_operators_own_link_to_the_folder_is_followed(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "files").symlink_to(outside, target_is_directory=True)
    store(tmp_path / "files", tmp_path / "files" / "a")
    assert (outside / "a").read_bytes() == CONTENT


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a link away")
def test_another_users_link_to_the_folder_is_refused(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "files").symlink_to(outside, target_is_directory=True)
    os.lchown(tmp_path / "files", 65_534, 65_534)
    with pytest.raises(ConnectorError, match="another user's link") as caught:
        store(tmp_path / "files", tmp_path / "files" / "a")
    assert caught.value.failure is Failure.CONFIG
    assert untouched(outside)


@pytest.mark.parametrize(
    ("number", "failure"),
    [(errno.ENOSPC, Failure.TRANSIENT), (errno.EROFS, Failure.CONFIG)],
)
def test_a_disk_that_takes_nothing_has_a_sentence(
    folder: Path, number: int, failure: Failure
) -> None:
    with pytest.raises(ConnectorError, match="cannot be stored") as caught:
        store_and_fail(folder, folder / "a", OSError(number, os.strerror(number)))
    assert caught.value.failure is failure
    assert str(folder) not in str(caught.value)
    assert list(folder.iterdir()) == []


def test_a_file_where_a_folder_should_be_has_a_sentence(folder: Path) -> None:
    folder.mkdir()
    (folder / "attachments").write_bytes(b"")
    with pytest.raises(ConnectorError, match="cannot be stored"):
        store(folder, folder / "attachments" / "7")
