"""The platform's own standard tests, run against an emulated account.

Tests of the image are run where there is one to test.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from source_zendesk_support.source import SourceZendeskSupport
from test_support.connector import standard_folder
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    """Return a connector's folder, which is gone when the tests are over."""
    made: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory()
    standard_folder.make(Path(made.name))
    return made


def root_dir() -> Path:
    return Path(folder().name) / standard_folder.NAME


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[Emulator]:
    """An account that runs while the suite does, and the configurations that lead to it."""
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        standard_folder.configure(root_dir(), emulator.base_url)
        yield emulator
    folder().cleanup()


class TestStandard(SourceTestSuiteBase):
    """The tests that every source of the platform must pass."""

    connector = SourceZendeskSupport

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return root_dir()
