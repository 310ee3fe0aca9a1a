"""SourceZendeskSupport: the commands as a source of Airbyte's CDK, for programs that hold one.

Owns the way between the CDK's classes and our messages, and nothing else. Needs the extra `cdk`.
The command `source-zendesk-support` never imports this module: the CDK takes a second to import.
Rests on https://docs.airbyte.com/platform/connector-development/cdk-python.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    FailureType,
    Status,
    StreamDescriptor,
    SyncMode,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from . import commands
from .config.credentials import secrets_of
from .connect import REAL_TIME
from .protocol.input_files import read_catalog_file, read_config_file, read_state_file
from .protocol.messages import catalog_message
from .protocol.record_lines import RecordLines
from .protocol.secrets import hidden, hide_only
from .protocol.selected_stream import parse_catalog
from .protocol.state_files import to_messages
from .protocol.traced_error import TracedError, traced
from .zendesk.errors import ConnectorError
from .zendesk.json_text import loads

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping, MutableMapping

    from .protocol.messages import Message
    from .protocol.selected_stream import SelectedStream
    from .signals import Stop
    from .zendesk.timeouts import Clocks


class SourceZendeskSupport(Source):
    """The connector as the CDK knows a source.

    `clocks` is the time that its waits and dates follow; `stop` ends a read.
    """

    def __init__(self, clocks: Clocks = REAL_TIME, stop: Stop | None = None) -> None:
        self._clocks = clocks
        self._stop = stop

    @property
    def name(self) -> str:
        """The name in logs."""
        return "source-zendesk-support"

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Return whether syncs can work with this configuration."""
        _hide_secrets(config)
        with _errors_of_the_cdk():
            answer = commands.check(config, logger, self._clocks, self._stop)["connectionStatus"]
        return AirbyteConnectionStatus(Status(answer["status"]), answer.get("message"))

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Return the catalog: every stream, whatever the account's plan is today."""
        _hide_secrets(config)
        with _errors_of_the_cdk():
            rows = commands.discover(config, logger, self._clocks, self._stop)
        catalog: AirbyteCatalog = AirbyteMessageSerializer.load(catalog_message(rows)).catalog
        return catalog

    def read(
        self,
        logger: logging.Logger,  # noqa: ARG002 - log lines are messages, in order
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Yield the messages of a sync; raise one error at its end when a stream failed."""
        _hide_secrets(config)
        selected = parse_catalog(ConfiguredAirbyteCatalogSerializer.dump(catalog))
        saved = to_messages([AirbyteStateMessageSerializer.dump(each) for each in state or []])
        with _errors_of_the_cdk():
            for item in commands.read(config, selected, saved, self._clocks, self._stop):
                for message in _messages_of(item):
                    yield AirbyteMessageSerializer.load(message)

    @classmethod
    def read_config(cls, config_path: str) -> MutableMapping[str, Any]:
        """Return the JSON object of a config file; raise an error for the user otherwise."""
        with _errors_of_the_cdk():
            return read_config_file(config_path)

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """Return the configured catalog of a file."""
        with _errors_of_the_cdk():
            selected = read_catalog_file(catalog_path)
        return ConfiguredAirbyteCatalog([_configured(row) for row in selected])

    @classmethod
    def read_state(cls, state_path: str | None) -> list[AirbyteStateMessage]:
        """Return the state messages of a file, in any of the forms that platforms have written."""
        with _errors_of_the_cdk():
            forms = read_state_file(state_path)
        return [AirbyteStateMessageSerializer.load(form) for form in forms]


def _messages_of(item: Message | RecordLines) -> Iterator[Message]:
    """Yield what is printed together as single messages."""
    if isinstance(item, RecordLines):
        yield from (loads(line).value for line in item.text.splitlines())
    else:
        yield item


def _configured(selected: SelectedStream) -> ConfiguredAirbyteStream:
    """Return what a source reads of a row; how a destination writes does not concern a read."""
    mode = SyncMode(selected.sync_mode)
    return ConfiguredAirbyteStream(
        stream=AirbyteStream(selected.name, selected.json_schema, [mode]),
        sync_mode=mode,
        destination_sync_mode=DestinationSyncMode.append,
        include_files=selected.include_files,
    )


def _hide_secrets(config: Mapping[str, Any]) -> None:
    """Let the CDK hide what we hide: both have one list, which grows with renewed tokens."""
    hide_only(secrets_of(config))
    update_secrets(hidden())


@contextmanager
def _errors_of_the_cdk() -> Iterator[None]:
    """Raise our errors as those of the CDK."""
    try:
        yield
    except (ConnectorError, TracedError) as error:
        failed = traced(error)
        raise AirbyteTracedException(
            message=failed.message,
            internal_message=failed.internal_message,
            failure_type=FailureType(failed.failure.value),
            exception=error,
            stream_descriptor=StreamDescriptor(failed.stream) if failed.stream else None,
        ) from error
