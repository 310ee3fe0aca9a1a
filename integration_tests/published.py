"""The published connector as a process, and an address of this machine that it takes for Zendesk.

It knows no `base_url`: a hosts file inside the child's own mount namespace sends the account's host
name to loopback, and a test authority's certificate answers there. Nothing outside the child
changes. Never imports the published package, whose name is the same as ours.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trustme
from connector import COMMAND, Connector, Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
PUBLISHED_PYTHON = Path(
    os.environ.get("PUBLISHED_PYTHON", ROOT / ".venv-published" / "bin" / "python")
)
# By its installed command: `-m source_zendesk_support` would find ours in the working directory.
PUBLISHED_COMMAND = [str(PUBLISHED_PYTHON.with_name("source-zendesk-support"))]
HTTPS_PORT = 443  # the published connector's addresses have no other

# A new mount namespace is private: what is mounted in it is gone with the process.
_WITH_HOSTS = 'mount --bind "$HOSTS_FILE" /etc/hosts'
_WITH_BUNDLE = 'mount --bind "$SSL_CERT_FILE" "$BUNDLE_FILE"'


def missing() -> str | None:
    """Return why the published connector cannot be run here; None when it can."""
    if not Path(PUBLISHED_COMMAND[0]).exists():
        return f"no published connector at {PUBLISHED_PYTHON} (PUBLISHED_PYTHON; `make test`)"
    return missing_namespace()


def missing_namespace() -> str | None:
    """Return why no process here can get a hosts file of its own; None when it can."""
    try:
        done = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return "no unshare: a hosts file for one process needs mount namespaces (Linux)"
    return None if done.returncode == 0 else f"no mount namespace: {done.stderr.decode().strip()}"


@cache
def published_bundle() -> str:
    """Return the file of certificates that the published connector trusts.

    It sends its requests without the session's environment, so that REQUESTS_CA_BUNDLE has no say.
    """
    where = "import certifi; print(certifi.where())"
    done = subprocess.run([PUBLISHED_PYTHON, "-c", where], capture_output=True, check=True)
    return done.stdout.decode().strip()


def quiet_address() -> str:
    """Return a loopback address of this process alone, so that its port 443 is free."""
    pid = os.getpid()
    # 127.0.0.0/8 has 24 bits, a process id at most 22; the second byte keeps clear of 127.0.0.1.
    return f"127.{64 + (pid >> 16)}.{pid >> 8 & 255}.{pid & 255}"


class ZendeskHost:
    """`<subdomain>.zendesk.com` for the processes that are run through it.

    An emulator must listen on `address`, port 443, with `certificate` and `key`.
    """

    def __init__(self, folder: Path, subdomain: str = "emulator") -> None:
        self.folder = folder
        self.subdomain = subdomain
        self.name = f"{subdomain}.zendesk.com"
        self.address = quiet_address()
        self._authority = trustme.CA()
        self._issued = self._authority.issue_cert(self.name, self.address)

    @cached_property
    def certificate(self) -> Path:
        """The certificate and what it was signed with (PEM)."""
        path = self.folder / "certificate.pem"
        path.write_bytes(b"".join(blob.bytes() for blob in self._issued.cert_chain_pems))
        return path

    @cached_property
    def key(self) -> Path:
        """The certificate's private key (PEM), of no use outside this run."""
        path = self.folder / "key.pem"
        self._issued.private_key_pem.write_to_path(path)
        return path

    @cached_property
    def authority(self) -> Path:
        """What a client must trust (PEM)."""
        path = self.folder / "authority.pem"
        self._authority.cert_pem.write_to_path(path)
        return path

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """The environment of a process that shall find and trust this host."""
        hosts = self.folder / "hosts"
        hosts.write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        # A proxy would resolve the name elsewhere; a path of ours would hide the other package.
        dropped = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "pythonpath"}
        kept = {name: value for name, value in os.environ.items() if name.lower() not in dropped}
        return {
            **kept,
            "HOSTS_FILE": str(hosts),
            "REQUESTS_CA_BUNDLE": str(self.authority),
            "SSL_CERT_FILE": str(self.authority),
        }

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs a command where this host is known."""
        steps = [_WITH_HOSTS, 'exec "$@"']
        if command[: len(PUBLISHED_COMMAND)] == PUBLISHED_COMMAND:
            steps.insert(1, f"BUNDLE_FILE={shlex.quote(published_bundle())}; {_WITH_BUNDLE}")
        return ["unshare", "--mount", "sh", "-c", " && ".join(steps), "sh", *command]


class HostedConnector(Connector):
    """A connector's command that talks to the account by its host name, over HTTPS."""

    def __init__(self, folder: Path, host: ZendeskHost, command: list[str], **config: Any) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder, base_url="", **{"subdomain": host.subdomain, **config})
        del self.config["base_url"]
        self._host = host
        self._command = command

    def run(self, *arguments: str, timeout_s: float = 120) -> Output:
        """Run the command and return what it printed."""
        done = subprocess.run(
            self._host.command([*self._command, *arguments]),
            env=self._host.environment,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        return Output(done.stdout.decode().splitlines(), done.returncode, done.stderr.decode())


def ours(folder: Path, host: ZendeskHost, **config: Any) -> HostedConnector:
    return HostedConnector(folder, host, COMMAND, **config)


def published(folder: Path, host: ZendeskHost, **config: Any) -> HostedConnector:
    return HostedConnector(folder, host, PUBLISHED_COMMAND, **config)
