"""A Zendesk with memory, on loopback: for tests, demos and other people's pipelines.

It behaves as docs/facts/zendesk-api.md says Zendesk does, imports nothing of the connector, and
needs the standard library and orjson alone.
"""

from .server.running import Emulator

__all__ = ["Emulator"]
