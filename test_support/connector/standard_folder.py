"""The folder from which the platform's standard tests take their cases: a connector's own.

It is a temporary one here: the files of this repository that they ask for, and configurations that
name the emulator of the moment.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson

from test_support.connector.process import BEFORE_ALL, CREDENTIALS

REPOSITORY = Path(__file__).parents[2]
NAME = "source-zendesk-support"  # by which they know that it is a source
CLIENT = {
    "credentials": "oauth2_client_credentials",
    "client_id": "emulator-client",
    "client_secret": "emulator-client-secret",
}


def make(parent: Path) -> Path:
    """Make the folder, in which only the configurations are missing."""
    root = parent / NAME
    (root / "secrets").mkdir(parents=True)
    for name in ("acceptance-test-config.yml", "metadata.yaml"):
        shutil.copy(REPOSITORY / name, root)
    return root


def configure(root: Path, base_url: str) -> None:
    """Write the configurations that acceptance-test-config.yml names."""
    config: dict[str, Any] = {
        "subdomain": "emulator",
        "base_url": base_url,
        "credentials": CREDENTIALS,
        "start_date": BEFORE_ALL,
    }
    wrong = {**CREDENTIALS, "api_token": "not-the-api-token"}
    files = {
        "config": config,
        "config_oauth": {**config, "credentials": CLIENT, "typed_custom_fields": True},
        "invalid_config": {**config, "credentials": wrong},
    }
    for name, content in files.items():
        (root / "secrets" / f"{name}.json").write_bytes(orjson.dumps(content))
