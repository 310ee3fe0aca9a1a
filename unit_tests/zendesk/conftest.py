"""Fixtures of tests of the client: answers in place of the network."""

from collections.abc import Iterator

import pytest
import requests_mock as mocking


@pytest.fixture
def wire() -> Iterator[mocking.Mocker]:
    with mocking.Mocker() as mocker:
        yield mocker
