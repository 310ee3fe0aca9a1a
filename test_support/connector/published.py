"""The published connector as a process, and an address of this machine that it takes for Zendesk.

It knows no `base_url`: a hosts file inside the child's own mount namespace sends the account's host
name to loopback. There an emulator answers with a test authority's certificate. Nothing outside the
child changes. Never imports the published package, whose name is the same as ours.
"""

from __future__ import annotations

import json
import os
import shlex
import ssl
import subprocess
import sys
from base64 import b64encode
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import trustme

from test_support.connector.process import COMMAND, CREDENTIALS, Connector, Output, configured
from zendesk_emulator.truth.oracle import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
PUBLISHED_PYTHON = Path(
    os.environ.get("PUBLISHED_PYTHON", ROOT / ".venv-published" / "bin" / "python")
)
# By its installed command: `-m source_zendesk_support` would find ours in the working directory.
PUBLISHED_COMMAND = [str(PUBLISHED_PYTHON.with_name("source-zendesk-support"))]
# The same without the look whether ticket_forms can be read. Newer CDKs lack what that look calls:
# it fails before any request, and hides the three streams of ENTERPRISE from every account.
_UNPROBED = """
from source_zendesk_support import SourceZendeskSupport
from source_zendesk_support.run import run
SourceZendeskSupport.check_enterprise_streams = lambda source, streams: streams
run()
"""
# -P: the working directory holds our package of the same name.
UNPROBED_COMMAND = [str(PUBLISHED_PYTHON), "-P", "-c", _UNPROBED]
ENTERPRISE = frozenset({"account_attributes", "attribute_definitions", "ticket_forms"})
HTTPS_PORT = 443  # the published connector's addresses have no other
CLOSING_S = 10  # for a process that got a signal
ANSWER_S = 120  # for the truth about a large account
_BASIC = b64encode(f"{CREDENTIALS['email']}/token:{CREDENTIALS['api_token']}".encode()).decode()

# A new mount namespace is private: what is mounted in it is gone with the process.
_WITH_HOSTS = 'mount --bind "$HOSTS_FILE" /etc/hosts'
_WITH_BUNDLE = 'mount --bind "$SSL_CERT_FILE"'


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
    """`<subdomain>.zendesk.com` for the processes whose command lines it makes.

    Writes what they need into `folder`: a hosts file, a test authority and the host's certificate.
    """

    def __init__(self, folder: Path, subdomain: str = "emulator") -> None:
        self.subdomain = subdomain
        self.name = f"{subdomain}.zendesk.com"
        self.address = quiet_address()
        authority = trustme.CA()
        issued = authority.issue_cert(self.name, self.address)
        self.authority, self.certificate = folder / "authority.pem", folder / "certificate.pem"
        self.key, self._hosts = folder / "key.pem", folder / "hosts"
        authority.cert_pem.write_to_path(self.authority)
        issued.private_key_pem.write_to_path(self.key)
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self._hosts.write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """The environment of a process that shall find and trust this host."""
        # A proxy would resolve the name elsewhere; a path of ours would hide the other package.
        dropped = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "pythonpath"}
        kept = {name: value for name, value in os.environ.items() if name.lower() not in dropped}
        return {
            **kept,
            "HOSTS_FILE": str(self._hosts),
            "REQUESTS_CA_BUNDLE": str(self.authority),
            "SSL_CERT_FILE": str(self.authority),
        }

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs a command where this host is known."""
        steps = [_WITH_HOSTS, 'exec "$@"']
        if any(list(command[: len(its)]) == its for its in (PUBLISHED_COMMAND, UNPROBED_COMMAND)):
            steps.insert(1, f"{_WITH_BUNDLE} {shlex.quote(published_bundle())}")
        return ["unshare", "--mount", "sh", "-c", " && ".join(steps), "sh", *command]


class ServedAccount:
    """An emulated account that answers as a ZendeskHost, in a process of its own, without limits.

    `arguments` are more options of the command zendesk-emulator.
    """

    def __init__(self, host: ZendeskHost, *arguments: str) -> None:
        self._host = host
        # A proxy that the environment names does not know this machine's loopback.
        context = ssl.create_default_context(cafile=host.authority)
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
        self._command = [
            *(sys.executable, "-m", "zendesk_emulator.server.command", "--no-limits"),
            *("--address", host.address, "--port", str(HTTPS_PORT)),
            *("--certificate", str(host.certificate), "--key", str(host.key)),
            *("--subdomain", host.subdomain, *arguments),
        ]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, cwd=ROOT)
        assert self._process.stdout is not None
        if not self._process.stdout.readline():  # its greeting: it listens
            raise ChildProcessError(f"no emulator: exit code {self._process.wait()}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(CLOSING_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def ask(self, method: str, what: str, body: Any = None, **query: Any) -> Any:
        """Ask the emulator's control interface, which no real account has. Raises OSError."""
        return self._open(method, f"/_emulator/{what}?{urlencode(query)}", body)

    def _open(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Host": self._host.name, "Authorization": f"Basic {_BASIC}"}
        url = f"https://{self._host.address}{path}"
        request = Request(url, data=data, headers=headers, method=method)
        with self._opener.open(request, timeout=ANSWER_S) as answer:
            return json.load(answer)

    def listed(self, key: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield what the API itself lists at /api/v2/{key}, page by page."""
        pages = {"page[size]": 100}
        while True:
            page = self._open("GET", f"/api/v2/{key}?{urlencode({**query, **pages})}")
            yield from page[key]
            if not page["meta"]["has_more"]:
                return
            pages["page[after]"] = page["meta"]["after_cursor"]

    def truth(self, stream: str, **query: Any) -> Truth:
        return Truth(**self.ask("GET", "truth", stream=stream, **query))

    def change(self, kind: str, *, count: int = 1, seed: int = 0) -> None:
        """Change so many records, or as many as there are left to change."""
        try:
            self.ask("POST", "change", {"kind": kind, "count": count, "seed": seed})
        except HTTPError as refused:
            if b"NothingLeftError" not in refused.read():
                raise

    def advance(self, seconds: int) -> None:
        self.ask("POST", "clock", {"advance_s": seconds})

    def now(self) -> str:
        """Return the account's time."""
        at: str = self.ask("GET", "health")["clock"]
        return at

    def requests(self) -> dict[str, int]:
        """Return the number of requests by path, of everything since the last call."""
        by_path: dict[str, int] = self.ask("GET", "requests")["by_path"]
        self.ask("DELETE", "requests")
        return by_path


class HostedConnector(Connector):
    """A connector's command that talks to the account by its host name, over HTTPS."""

    def __init__(self, folder: Path, host: ZendeskHost, command: list[str], **config: Any) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder, base_url="", **{"subdomain": host.subdomain, **config})
        del self.config["base_url"]
        self._host = host
        self._command = command

    def catalog(self, *names: str, mode: str = "incremental") -> dict[str, Any]:
        """Return a configured catalog of these streams; two connectors do not list the same."""
        (catalog,) = self.discover().of("CATALOG")
        return configured(catalog["streams"], names, mode)

    def command(self, *arguments: str) -> list[str]:
        return self._host.command([*self._command, *arguments])

    def run(self, *arguments: str, timeout_s: float = 120) -> Output:
        done = subprocess.run(
            self.command(*arguments),
            env=self._host.environment,
            cwd=ROOT,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        return Output(done.stdout.decode().splitlines(), done.returncode, done.stderr.decode())


def ours(folder: Path, host: ZendeskHost, **config: Any) -> HostedConnector:
    return HostedConnector(folder / "ours", host, COMMAND, **config)


def published(folder: Path, host: ZendeskHost, **config: Any) -> HostedConnector:
    return HostedConnector(folder / "published", host, PUBLISHED_COMMAND, **config)


def unprobed(folder: Path, host: ZendeskHost, **config: Any) -> HostedConnector:
    """Return the published connector with its three enterprise streams (UNPROBED_COMMAND)."""
    return HostedConnector(folder / "unprobed", host, UNPROBED_COMMAND, **config)
