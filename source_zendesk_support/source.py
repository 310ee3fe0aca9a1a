"""SourceZendeskSupport: spec, check, discover and read, wired together.

Owns no rule of its own: configuration is in config.py, the walks are in streams/, the order of
messages is in reader.py. Files that cannot be used become one clear error here.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteControlConnectorConfigMessage,
    AirbyteControlMessage,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    Level,
    OrchestratorType,
    Status,
    SyncMode,
    Type,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from .config import (
    AccessTokenCredentials,
    ApiTokenCredentials,
    Config,
    parse_config,
    with_new_tokens,
)
from .reader import Outbox, Outcome, Stop, log_message, read_runs, refuse, traced, whole_failure
from .records.normalize import compile_normalizer
from .records.schema import load_schema
from .streams.feeds import WalkContext, plan_runs
from .streams.state import decode
from .streams.table import STREAMS, Stream
from .summary import summary
from .zendesk.auth import (
    RefreshTokenSignIn,
    SignIn,
    Tokens,
    access_token_sign_in,
    api_token_sign_in,
)
from .zendesk.client import Clocks, Patience, ZendeskClient
from .zendesk.errors import ConnectorError, Failure
from .zendesk.rate_limits import RateLimits

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

DAY_S = 86_400
# `check` answers a person who waits: a fault that lasts longer than this is told, not waited out.
CHECK_PATIENCE_S = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


REAL_TIME = Clocks(monotonic=time.monotonic, now=_now, sleep=time.sleep)


class SourceZendeskSupport(Source):
    """The connector, as Airbyte's protocol knows it.

    `clocks` is the time that its waits and dates follow; `stop` is set by who wants a read to end.
    """

    def __init__(self, clocks: Clocks = REAL_TIME, stop: Stop | None = None) -> None:
        self._clocks = clocks
        self._stop = stop or Stop()

    @property
    def name(self) -> str:
        """The name in logs."""
        return "source-zendesk-support"

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Send one protected request: `users/me` answers 200 to nobody (zendesk/api.md 6.1)."""
        try:
            client = _client(
                parse_config(config, now=_now()),
                publish=lambda tokens: _print_now(_control(config, tokens)),
                log=logger.info,
                patience=Patience(faults_s=CHECK_PATIENCE_S),
                clocks=self._clocks,
            )
            client.get("account/settings", {}, expects="settings", expected_type=dict)
        except ConnectorError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=traced(error).message)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:  # noqa: ARG002
        """Return the catalog: static, whatever the account's plan is today."""
        _parsed(config)
        return AirbyteCatalog(streams=[_catalog_row(stream) for stream in STREAMS.values()])

    def read(
        self,
        logger: logging.Logger,  # noqa: ARG002 - all lines go through the outbox, in order
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Yield the messages of a sync; raise one error at its end when a stream failed."""
        settings = _parsed(config)
        outbox, outcome = Outbox(), Outcome()
        client = _client(
            settings,
            publish=lambda tokens: outbox.print_first(_control(config, tokens)),
            log=outbox.log,
            patience=Patience(settings.retry_patience_s, settings.rate_limit_patience_s),
            clocks=self._clocks,
        )
        saved = _states(state or [])
        positions, selected = {}, []
        for configured in catalog.streams:
            name = configured.stream.name
            if name in positions:
                continue  # named twice, read once
            try:
                stream = _known(name)
                positions[name] = decode(stream, saved.get(name))
                selected.append(stream)
            except ConnectorError as error:
                yield from refuse(name, error, outcome)
        context = _walk_context(settings, client, selected, self._clocks)
        if context.start_s > context.now_s():
            yield log_message(
                f"start_date lies in the future ({settings.start_at.isoformat()}): streams without "
                "a state read nothing that is older than it.",
                Level.WARN,
            )
        yield from read_runs(context, plan_runs(selected, positions), outbox, outcome, self._stop)
        client.close()
        yield log_message(summary(outcome.records, client.accounting, client.uses()))
        failure = whole_failure(outcome)
        if failure:
            raise failure

    @classmethod
    def read_config(cls, config_path: str) -> MutableMapping[str, Any]:
        """Return the JSON object of a config file; raise an error for the user otherwise."""
        config: dict[str, Any] = _json_file(config_path, "config", dict)
        return config

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """Return the configured catalog of a file."""
        content = _json_file(catalog_path, "catalog", dict)
        try:
            return ConfiguredAirbyteCatalogSerializer.load(content)
        except Exception as error:
            raise traced(_bad_file("catalog", "is not a configured catalog")) from error

    @classmethod
    def read_state(cls, state_path: str | None) -> list[AirbyteStateMessage]:
        """Return the state messages of a file, in any of the forms that platforms have written."""
        if not state_path:
            return []
        content = _json_file(state_path, "state", (list, dict))
        try:
            return [AirbyteStateMessageSerializer.load(item) for item in _state_items(content)]
        except Exception as error:
            raise traced(_bad_file("state", "is not a list of stream states")) from error


def _parsed(config: Mapping[str, Any]) -> Config:
    try:
        return parse_config(config, now=_now())
    except ConnectorError as error:
        raise traced(error) from error


def _known(name: str) -> Stream:
    if name not in STREAMS:
        raise ConnectorError(
            "This connector has no such stream.",
            about="configured catalog",
            remedy="Refresh the source's schema, or take the stream out of the catalog.",
            failure=Failure.CONFIG,
        )
    return STREAMS[name]


def _catalog_row(stream: Stream) -> AirbyteStream:
    modes = [SyncMode.full_refresh]
    if stream.cursor_field:
        modes.append(SyncMode.incremental)
    return AirbyteStream(
        name=stream.name,
        json_schema=load_schema(stream.name),
        supported_sync_modes=modes,
        source_defined_cursor=True if stream.cursor_field else None,
        default_cursor_field=[stream.cursor_field] if stream.cursor_field else None,
        source_defined_primary_key=[[stream.primary_key]],
        is_resumable=True,
    )


def _walk_context(
    settings: Config, client: ZendeskClient, streams: list[Stream], clocks: Clocks
) -> WalkContext:
    return WalkContext(
        client=client,
        now_s=lambda: int(clocks.now().timestamp()),
        start_s=int(settings.start_at.timestamp()),
        largest_page=settings.page_size,
        include_deleted_tickets=settings.include_deleted_tickets,
        ratings_lookback_s=settings.satisfaction_ratings_lookback_days * DAY_S,
        normalize={stream.name: compile_normalizer(load_schema(stream.name)) for stream in streams},
    )


def _client(
    settings: Config,
    *,
    publish: Callable[[Tokens], None],
    log: Callable[[str], None],
    patience: Patience,
    clocks: Clocks,
) -> ZendeskClient:
    return ZendeskClient(
        settings.base_url,
        _sign_in(settings, publish, clocks),
        rate_limits=RateLimits(),
        requests_in_flight=settings.num_workers,
        patience=patience,
        clocks=clocks,
        log=log,
    )


def _sign_in(settings: Config, publish: Callable[[Tokens], None], clocks: Clocks) -> SignIn:
    credentials = settings.credentials
    if isinstance(credentials, ApiTokenCredentials):
        sign_in = api_token_sign_in(credentials.email, credentials.api_token)
        # The header is the token in another spelling: it must not be printed either.
        add_to_secrets(sign_in.header.removeprefix("Basic "))
        return sign_in
    if isinstance(credentials, AccessTokenCredentials):
        return access_token_sign_in(credentials.access_token)

    def hide_and_publish(tokens: Tokens) -> None:
        add_to_secrets(tokens.access_token)
        add_to_secrets(tokens.refresh_token)
        publish(tokens)

    return RefreshTokenSignIn(
        base_url=settings.base_url,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        refresh_token=credentials.refresh_token,
        tokens=credentials.tokens,
        publish=hide_and_publish,
        now=clocks.now,
    )


def _control(config: Mapping[str, Any], tokens: Tokens) -> AirbyteMessage:
    """Return the message that makes the platform store rotated tokens."""
    return AirbyteMessage(
        type=Type.CONTROL,
        control=AirbyteControlMessage(
            type=OrchestratorType.CONNECTOR_CONFIG,
            emitted_at=time.time() * 1000,
            connectorConfig=AirbyteControlConnectorConfigMessage(
                config=with_new_tokens(config, tokens)
            ),
        ),
    )


def _print_now(message: AirbyteMessage) -> None:
    """Print at once: in check and discover no loop stands between a thread and stdout."""
    sys.stdout.write(orjson.dumps(AirbyteMessageSerializer.dump(message)).decode() + "\n")
    sys.stdout.flush()


def _states(messages: list[AirbyteStateMessage]) -> dict[str, dict[str, Any]]:
    """Return the state of each stream; of several for one stream, the last counts."""
    found: dict[str, dict[str, Any]] = {}
    for message in messages:
        if message.stream is not None:
            streams = [message.stream]
        elif message.global_ is not None:
            streams = message.global_.stream_states
        else:
            found.update(message.data or {})
            continue
        for stream in streams:
            blob = stream.stream_state
            found[stream.stream_descriptor.name] = dict(blob.__dict__) if blob else {}
    return found


def _state_items(content: list[Any] | dict[str, Any]) -> list[dict[str, Any]]:
    """Return state messages out of a list of them, of printed STATE lines, or of one old object.

    The oldest form is one object, `{"tickets": {"generated_timestamp": "..."}}`.
    """
    if isinstance(content, dict):
        if "type" not in content:
            return [{"type": "LEGACY", "data": content}] if content else []
        content = [content]
    items = [item["state"] if item.get("type") == "STATE" else item for item in content]
    for item in items:
        if not any(item.get(part) for part in ("stream", "global", "data")):
            raise ValueError("a state message holds a stream, a global or a data part")
    return items


def _bad_file(kind: str, what: str) -> ConnectorError:
    return ConnectorError(
        f"The {kind} file {what}.",
        about=f"option --{kind}",
        remedy="Give the path of a readable file with the JSON that the protocol describes.",
        failure=Failure.CONFIG,
    )


def _json_file(path: str, kind: str, shape: type | tuple[type, ...]) -> Any:
    try:
        content = json.loads(Path(path).read_bytes() or b" ")
    except OSError as error:
        raise traced(_bad_file(kind, f"cannot be opened ({type(error).__name__})")) from error
    except ValueError:
        # Without its cause: a decoding error quotes what it stumbled over, which may be a secret.
        raise traced(_bad_file(kind, "is empty or is not JSON")) from None
    if not isinstance(content, shape):
        raise traced(_bad_file(kind, "does not hold what it should: its JSON has another shape"))
    return content
