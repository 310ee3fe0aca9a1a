"""An object store as the place of a folder's files: S3, Google Cloud Storage, Azure.

Owns how a finished file gets there, and the errors of the packages behind it. Each file is sent
whole, and replaces the one before it when it has arrived. Credentials are the store's own (its
variables and files), never an option of this command.
Rests on https://filesystem-spec.readthedocs.io/en/latest/api.html.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .destination import OBJECT_STORES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A signature may stand in the query of an address.
_QUERY = re.compile(r"\?\S+")
# It is written and removed where nothing lies yet.
_TRIAL = ".zendesk-local"
# Some packages log their retries as tracebacks, where an error says the same in a line.
_SILENT = logging.NullHandler()
# Where each package finds its credentials; each knows more ways.
_VARIABLES = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "abfs": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A prefix of an object store. Open it by `open_object_store`."""

    system: Any  # fsspec has no types
    prefix: str
    url: str

    def names(self) -> set[str]:
        """Return the names of the objects right below the prefix. Raises ConnectorError."""
        self.system.invalidate_cache()
        with _refusals(self.url):
            try:
                found = self.system.ls(self.prefix, detail=False)
            except FileNotFoundError:
                return set()
        return {str(path).rpartition("/")[2] for path in found} - {_TRIAL}

    def put(self, file: Path, name: str) -> None:
        """Send a file, and remove it here when it has arrived. Raises ConnectorError."""
        with _refusals(self.url):
            self.system.put_file(str(file), f"{self.prefix}/{name}")
        file.unlink()

    def try_out(self) -> None:
        """Write an object and remove it: a bucket may be missing, or only be read.

        A store that keeps objects from being removed keeps this one. Raises ConnectorError.
        """
        path = f"{self.prefix}/{_TRIAL}"
        with _refusals(self.url):
            self.system.pipe_file(path, b"")
        try:
            self.system.rm_file(path)
        except Exception:  # noqa: BLE001 - packages raise their own kinds; nothing rests on it
            logging.getLogger(__name__).debug("The object %s stays.", path)


def open_object_store(url: str) -> ObjectStore:
    """Return the store of an address.

    Raises ConnectorError: its package is missing, or it takes nothing. A store that refuses is an
    error before anything is read.
    """
    logging.getLogger().addHandler(_SILENT)
    with _refusals(url):
        # Most syncs need none, and the packages behind it are the user's choice.
        system, prefix = import_module("fsspec.core").url_to_fs(url)
    store = ObjectStore(system, prefix.rstrip("/"), url)
    if not store.names():
        store.try_out()
    return store


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    """Raise what a package raises as an error for users, without what may be a signature."""
    scheme = url.partition("://")[0]
    try:
        yield
    except ImportError as error:
        raise ConnectorError(
            "The package for this object store is not installed.",
            about=f"option --into, {url}",
            remedy=f"Install it beside the command: pip install {OBJECT_STORES[scheme]}.",
            failure=Failure.CONFIG,
        ) from error
    except Exception as error:
        said = _QUERY.sub("?...", str(error).strip().partition("\n")[0])
        raise ConnectorError(
            f"The object store takes nothing ({type(error).__name__}): {said}",
            about=f"option --into, {url}",
            remedy=f"Check that the bucket exists, that {_VARIABLES.get(scheme, 'they')} may list "
            "and write it (docs/database.md), and the network. Then run it again: what was read "
            "is kept on this machine.",
            failure=Failure.TRANSIENT,
        ) from error
