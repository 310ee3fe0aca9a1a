"""How a downloaded file comes to its place on disk: written in a folder of our own, then moved.

Owns every path that is opened for a file. Never follows a link below the folder of files: others
may write there, as in a shared `/tmp`, and could plant one. A file stands at its place whole or not
at all. Rests on open(2), O_NOFOLLOW and O_EXCL, and on rename(2).
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from .errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PART = "part"
# Faults that pass when the disk has room again; others need another folder or other rights.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class StagedFile:
    """One file while it is written."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "wb")
        self.close = self._file.close

    def write(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        self._file.write(chunk)

    def restart(self) -> None:
        """Drop what was written: the file begins anew."""
        self._file.seek(0)
        self._file.truncate()


@contextmanager
def staged(folder: Path, target: Path) -> Iterator[StagedFile]:
    """Yield a file to write, which stands at `target` once the block has ended without an error.

    `target` lies below `folder`. Raises ConnectorError when it cannot be stored.
    """
    *folders, name = target.relative_to(folder).parts
    try:
        with ExitStack() as closing:
            base = closing.enter_context(_opened(_base(folder)))
            own = closing.enter_context(_own_folder(base))
            part = StagedFile(os.open(_PART, _NEW_FILE, 0o666, dir_fd=own))
            closing.callback(part.close)
            yield part
            part.close()
            place = base
            for each in folders:
                place = closing.enter_context(_opened(_folder_in(place, each)))
            os.rename(_PART, name, src_dir_fd=own, dst_dir_fd=place)
    except OSError as error:
        raise _not_stored(error) from error


@contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _base(folder: Path) -> int:
    """Open the folder of files. A link there is the operator's, or planted by another user."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_symlink() and folder.lstat().st_uid not in (0, os.geteuid()):
        raise PermissionError(errno.EPERM, "the folder of files is another user's link")
    return os.open(folder, _FOLDER)


@contextmanager
def _own_folder(base: int) -> Iterator[int]:
    """Open a new folder that only we can write to, and remove it at the end."""
    name = f".part-{secrets.token_hex(8)}"
    os.mkdir(name, 0o700, dir_fd=base)
    try:
        with _opened(os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=base)) as own:
            try:
                yield own
            finally:
                with suppress(FileNotFoundError):  # it stands at its place
                    os.unlink(_PART, dir_fd=own)
    finally:
        os.rmdir(name, dir_fd=base)


def _folder_in(parent: int, name: str) -> int:
    """Open a folder, made if it is missing. A link in its place is replaced, not followed."""
    for _ in range(2):
        try:
            os.mkdir(name, dir_fd=parent)
        except FileExistsError:
            mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                os.unlink(name, dir_fd=parent)
                continue
        break
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)


def _not_stored(error: OSError) -> ConnectorError:
    no_room = error.errno in _NO_ROOM
    return ConnectorError(
        f"A file cannot be stored: {error.strerror or type(error).__name__}.",
        about="folder of files",
        remedy="Make room there and run the sync again."
        if no_room
        else "Let the connector write to the folder of files, and run the sync again.",
        failure=Failure.TRANSIENT if no_room else Failure.CONFIG,
    )
