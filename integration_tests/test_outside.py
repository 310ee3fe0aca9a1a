"""The world outside: no network, a closed reader, and nothing but messages on stdout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from test_support.connector.process import Connector, InProcess
from test_support.inputs.refusals import CATALOG, expect_one_error
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path


def test_no_network(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1) as gone:
        base_url = gone.base_url
    connector = InProcess(tmp_path, base_url, retry_patience_seconds=0)
    expect_one_error(connector.read(CATALOG), "transient_error")


def test_a_closed_stdout_ends_the_process(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url, page_size=10)
    output = connector.read_and_close(connector.catalog(), after_lines=3, timeout_s=30)
    assert output.code == 1
    assert "Traceback" not in output.stderr


def test_messages_are_json_lines_of_the_protocol(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    for output in (connector.check(), connector.discover(), connector.read(connector.catalog())):
        assert output.stderr == ""
        kinds = {json.loads(line)["type"] for line in output.lines}
        assert kinds <= {"RECORD", "STATE", "LOG", "TRACE", "CATALOG", "CONNECTION_STATUS"}
