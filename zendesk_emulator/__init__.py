"""A Zendesk account with memory, served on loopback, for tests of any program that reads Zendesk.

It behaves as docs/facts/zendesk-api.md says Zendesk does. It imports nothing of the connector and
needs the standard library and orjson alone. docs/emulator.md is its manual.
"""

from .server.callers import ADMIN_EMAIL, API_TOKEN
from .server.running import Emulator
from .server.sign_in import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN

__all__ = [
    "ACCESS_TOKEN",
    "ADMIN_EMAIL",
    "API_TOKEN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "REFRESH_TOKEN",
    "Emulator",
]
