"""The error that a user sees of a sync that a database has ended."""

import pytest

from source_zendesk_support.local.sync import _refused
from source_zendesk_support.zendesk.errors import Failure


class Refused(Exception):
    """As a driver raises it."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            Refused("permission denied for database w\nLINE 1: ..."),
            "permission denied for database w",
        ),
        (Refused(), "it said nothing more."),
        (Refused("no login with hunter22!"), "no login with ****!"),
    ],
)
def test_the_first_line_is_the_drivers_without_a_secret(error: Exception, said: str) -> None:
    found = _refused(error, "postgresql://db/w, schema zendesk", ["hunter22", "", "a"])
    assert found.what == f"Writing to the database failed (Refused): {said}"
    assert found.about == "postgresql://db/w, schema zendesk"
    assert found.failure is Failure.TRANSIENT
