"""An error and a log line have all their parts, and no secret."""

import pytest
from airbyte_cdk.models import FailureType, Level, Type
from airbyte_cdk.utils import airbyte_secrets_utils
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_zendesk_support.protocol.messages import log_message, traced
from source_zendesk_support.protocol.outcome import SyncResult
from source_zendesk_support.reader import Outbox, read_runs
from test_support.models.scripted_walks import config_error, context, runs_of

SECRET = "plainly-not-a-secret"


@pytest.fixture(autouse=True)
def _known_secrets(monkeypatch) -> None:
    monkeypatch.setattr(airbyte_secrets_utils, "__SECRETS_FROM_CONFIG", [SECRET])


def test_an_error_has_its_three_parts_and_no_secret(walks) -> None:
    walks.scripts["groups"] = [config_error(f"{SECRET} does not fit.")]
    walks.scripts["tags"] = [RuntimeError(f"Authorization: Basic {SECRET}")]
    found = read_runs(context(), runs_of("groups", "tags"), Outbox(), SyncResult())
    errors = {
        message.trace.error.stream_descriptor.name: message.trace.error
        for message in found
        if message.type is Type.TRACE and message.trace.error
    }
    assert "GET groups" in errors["groups"].message
    assert "stream groups" in errors["groups"].message
    assert "Open it." in errors["groups"].message
    assert "RuntimeError" in errors["tags"].message
    for error in errors.values():
        text = f"{error.message} {error.internal_message} {error.stack_trace}"
        assert SECRET not in text
        assert "****" in text


def test_a_log_line_holds_no_secret() -> None:
    message = log_message(f"GET x with {SECRET}", Level.WARN)
    assert (message.log.level, message.log.message) == (Level.WARN, "GET x with ****")


def test_a_traced_error_is_left_alone() -> None:
    error = AirbyteTracedException(message="known", failure_type=FailureType.transient_error)
    assert traced(error, "groups") is error
