"""Fixtures of tests of the whole connector: commands in this process, and scripted walks."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from source_zendesk_support.entrypoint import launch
from source_zendesk_support.protocol.secrets import hide_only
from test_support.inputs.commands import API, BASIC, TOKEN, Run
from test_support.models.scripted_walks import Walks
from test_support.signals import allow_interrupts

allow_interrupts()

# A busy machine is not a finding.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture
def run(tmp_path, capfdbinary, monkeypatch, requests_mock) -> Run:
    """Run a command with files made of the given contents; return exit code and messages."""
    # An account that refuses to count: an estimate is a courtesy and fails nothing.
    requests_mock.get(re.compile(f"{API}/.*/count$"), status_code=403, json={})
    hide_only(())
    # Objects of a test must stay collectable. The tuning itself is proved in test_entrypoint.py.
    for tuning in ("collect", "freeze", "set_threshold"):
        monkeypatch.setattr(f"gc.{tuning}", lambda *_: None)

    def run_command(command: str, *more: str, **files: Any) -> tuple[int, list[dict[str, Any]]]:
        arguments = [command, *more]
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            if isinstance(content, Path):
                path = content
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        capfdbinary.readouterr()
        code = launch(arguments)
        out, err = capfdbinary.readouterr()
        for secret in (TOKEN, BASIC):
            assert secret.encode() not in out + err
        assert b"Traceback" not in err
        assert out.endswith(b"\n")
        return code, [json.loads(line) for line in out.splitlines()]

    return run_command


@pytest.fixture
def walks(monkeypatch) -> Walks:
    return Walks(monkeypatch)
