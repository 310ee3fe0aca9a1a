"""The connector as a source of Airbyte's CDK: its messages are those of the command."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_zendesk_support.source import SourceZendeskSupport
from test_support.inputs.commands import API, CONFIG, TOKEN, catalog, groups_page, of
from test_support.inputs.saved_states import state_of

ROW = {"id": 2**70, "name": None, "nested": {"kept": None}, "updated_at": "2024-02-01T00:00:00Z"}
FILES = {
    "config": CONFIG,
    "catalog": catalog("groups", "chats"),
    "state": [state_of("groups", {"updated_at": "2024-01-01T00:00:00Z"})],
}


@pytest.fixture
def by_the_cdk(tmp_path) -> Callable[..., tuple[list[dict[str, Any]], BaseException | None]]:
    """Run a command as the CDK runs any source; return its messages and its error."""

    def run(command: str, **files: Any) -> tuple[list[dict[str, Any]], BaseException | None]:
        arguments = [command]
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        entrypoint = AirbyteEntrypoint(SourceZendeskSupport())
        messages = []
        try:
            for line in entrypoint.run(AirbyteEntrypoint.parse_args(arguments)):
                messages.append(json.loads(line))  # noqa: PERF401 - kept when an error follows
        except AirbyteTracedException as error:
            return messages, error
        return messages, None

    return run


def timeless(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message without what differs from run to run."""
    if message["type"] == "LOG" and "summary" in message["log"]["message"]:
        return {}
    text = json.loads(json.dumps(message))
    for part in text.values():
        if isinstance(part, dict):
            part.pop("emitted_at", None)
            part.get("error", {}).pop("stack_trace", None)
    return text


def test_a_read_gives_the_messages_of_the_command(run, by_the_cdk, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page(ROW, {**ROW, "id": 2}))
    code, printed = run("read", **FILES)
    messages, error = by_the_cdk("read", **FILES)
    assert code == 1
    assert isinstance(error, AirbyteTracedException)
    assert len(of(printed, "RECORD")) == 2
    # The command prints the error of the whole sync, which the CDK raises.
    assert [timeless(it) for it in messages] == [timeless(it) for it in printed[:-1]]
    whole = printed[-1]["trace"]["error"]
    assert (error.message, error.failure_type.value) == (whole["message"], whole["failure_type"])


def test_a_discover_gives_the_catalog_of_the_command(run, by_the_cdk, requests_mock) -> None:
    requests_mock.get(re.compile(API), status_code=403, json={})
    code, printed = run("discover", config=CONFIG)
    messages, error = by_the_cdk("discover", config=CONFIG)
    assert (code, error) == (0, None)
    assert of(messages, "CATALOG") == of(printed, "CATALOG")


@pytest.mark.parametrize("status", [200, 401])
def test_a_check_gives_the_status_of_the_command(run, by_the_cdk, requests_mock, status) -> None:
    requests_mock.get(re.compile(API), status_code=403, json={})
    requests_mock.get(f"{API}/account/settings", status_code=status, json={"settings": {}})
    _, printed = run("check", config=CONFIG)
    messages, error = by_the_cdk("check", config=CONFIG)
    assert error is None
    assert of(messages, "CONNECTION_STATUS") == of(printed, "CONNECTION_STATUS")


def test_a_wrong_file_is_an_error_of_the_cdk(tmp_path) -> None:
    for read in (
        SourceZendeskSupport.read_config,
        SourceZendeskSupport.read_catalog,
        SourceZendeskSupport.read_state,
    ):
        with pytest.raises(AirbyteTracedException) as caught:
            read(str(tmp_path / "nowhere"))
        assert caught.value.failure_type.value == "config_error"


def test_the_cdk_hides_the_secrets_that_we_hide(requests_mock) -> None:
    requests_mock.get(f"{API}/groups/count", status_code=403, json={})
    requests_mock.get(f"{API}/groups", json=groups_page())
    source = SourceZendeskSupport()
    selected = ConfiguredAirbyteCatalogSerializer.load(catalog("groups"))
    assert list(source.read(None, CONFIG, selected))
    assert filter_secrets(f"with {TOKEN}") == "with ****"
