"""The platform's own standard tests, run against an emulated account.

They collect their cases from a connector's folder and read configurations from it. That folder is a
temporary one here: the files of this repository that they ask for, and configurations that name the
emulator of the moment. Tests of the image are run where there is one to test.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase
from connector import BEFORE_ALL, CREDENTIALS

from source_zendesk_support.emulator import Emulator
from source_zendesk_support.source import SourceZendeskSupport

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[1]
CLIENT = {
    "credentials": "oauth2_client_credentials",
    "client_id": "emulator-client",
    "client_secret": "emulator-client-secret",
}


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    """Return a connector's folder, which is gone when the tests are over."""
    made: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory()
    root = Path(made.name) / "source-zendesk-support"
    (root / "secrets").mkdir(parents=True)
    for name in ("acceptance-test-config.yml", "metadata.yaml"):
        shutil.copy(REPOSITORY / name, root)
    return made


def root_dir() -> Path:
    return Path(folder().name) / "source-zendesk-support"


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[Emulator]:
    """An account that runs while the suite does, and the configurations that lead to it."""
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        config: dict[str, Any] = {
            "subdomain": "emulator",
            "base_url": emulator.base_url,
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
            (root_dir() / "secrets" / f"{name}.json").write_bytes(orjson.dumps(content))
        yield emulator
    folder().cleanup()


class TestStandard(SourceTestSuiteBase):
    """What every source of the platform must pass."""

    connector = SourceZendeskSupport

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return root_dir()
