"""The answers of model accounts: times as Zendesk writes them, and refusals."""

from datetime import UTC, datetime

from source_zendesk_support.zendesk.errors import ConnectorError, Failure


def iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")


def refused(kind: type[ConnectorError]) -> ConnectorError:
    return kind("Refused.", about="GET", remedy="", failure=Failure.TRANSIENT)
