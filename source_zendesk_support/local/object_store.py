"""An object store as the place of a folder's files: S3, Google Cloud Storage, Azure.

Owns how a finished file gets there. Each is sent whole, and replaces the one before it when it has
arrived. Credentials are the store's own (its variables and files), never an option of this command.
Rests on https://filesystem-spec.readthedocs.io/en/latest/api.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .destination import OBJECT_STORES

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A prefix of an object store. Open it by `open_object_store`."""

    system: Any  # fsspec has no types
    prefix: str

    def names(self) -> set[str]:
        """Return the names of the objects right below the prefix."""
        self.system.invalidate_cache()
        try:
            found = self.system.ls(self.prefix, detail=False)
        except FileNotFoundError:
            return set()
        return {str(path).rpartition("/")[2] for path in found}

    def put(self, file: Path, name: str) -> None:
        """Send a file, and remove it here when it has arrived."""
        self.system.put_file(str(file), f"{self.prefix}/{name}")
        file.unlink()


def open_object_store(url: str) -> ObjectStore:
    """Return the store of an address. Raises ConnectorError (config) when its package is missing.

    Raises the package's own errors when the store refuses to list the prefix.
    """
    try:
        # Most syncs need none, and the packages behind it are the user's choice.
        system, prefix = import_module("fsspec.core").url_to_fs(url)
    except ImportError as error:
        package = OBJECT_STORES.get(url.partition("://")[0], "fsspec")
        raise ConnectorError(
            "The package for this object store is not installed.",
            about=f"option --into, {url}",
            remedy=f"Install it beside the command: pip install {package}.",
            failure=Failure.CONFIG,
        ) from error
    store = ObjectStore(system, prefix.rstrip("/"))
    store.names()  # a store that refuses is an error before anything is read
    return store
