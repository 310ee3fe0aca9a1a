"""Which addresses may be asked on Airbyte's cloud: public hosts, by HTTPS.

Owns the platform's rule that a connector on its machines reaches nothing of its private network.
Everywhere else every address may be asked.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (deployment modes).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

MODE = "DEPLOYMENT_MODE"  # set by the platform
CLOUD = "cloud"


def may_be_asked(url: str) -> bool:
    """Return whether this machine lets a request go there."""
    if os.environ.get(MODE, "").casefold() != CLOUD:
        return True
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return False
    return not any(address.is_private for address in _addresses(parts.hostname, parts.port or 443))


def require_public(url: str) -> None:
    """Raise ConnectorError (config) for an address that must not be asked here."""
    if not may_be_asked(url):
        raise ConnectorError(
            "On Airbyte's cloud a source asks public addresses by HTTPS only, and this is another.",
            about="base_url",
            remedy="Remove the field, and check that the subdomain is that of the account.",
            failure=Failure.CONFIG,
        )


def _addresses(host: str, port: int) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Yield what a name stands for; nothing for one that is not known, which no request reaches."""
    try:
        found = socket.getaddrinfo(host, port)
    except socket.gaierror:
        return
    for _family, _kind, _protocol, _name, address in found:
        yield ipaddress.ip_address(str(address[0]).partition("%")[0])
