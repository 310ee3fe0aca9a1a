"""What a user is told of a sync that a database has ended."""

from collections.abc import Callable

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_zendesk_support.local.destination import parse_destination
from source_zendesk_support.local.sync import _Target, _told
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

TARGET = _Target(parse_destination("postgresql://db/w"), "zendesk", {})


class Refused(Exception):
    """As a driver raises it."""


class Wrapped(Exception):
    """As SQLAlchemy has it: the driver's error is its `orig`."""

    def __init__(self, orig: Exception) -> None:
        super().__init__(f"{orig}\n[SQL: SELECT 1]")
        self.orig = orig


def fail(error: Exception) -> None:
    raise error


def hidden() -> None:
    """As PyAirbyte raises it."""
    try:
        fail(Wrapped(Refused("permission denied for database w\nLINE 1: ...")))
    except Wrapped as error:
        raise RuntimeError(f"Error when executing SQL:\nCREATE ...\n{error}") from None


def named() -> None:
    try:
        try:
            fail(KeyError("of no interest"))
        except KeyError:
            raise OSError("no space left")  # noqa: B904 - as it happens to others
    except OSError as error:
        raise RuntimeError("The sync failed.") from error


def bare() -> None:
    raise RuntimeError


@pytest.mark.parametrize(
    ("sync", "said"),
    [
        (hidden, "(Refused): permission denied for database w"),
        (named, "(OSError): no space left"),
        (bare, "(RuntimeError): it said nothing more."),
    ],
)
def test_the_first_line_is_that_of_whoever_refused(sync: Callable[[], None], said: str) -> None:
    with pytest.raises(Exception) as caught:
        sync()
    told = _told(caught.value, TARGET)
    assert told.what == f"The database did not take it {said}"
    assert told.about == "postgresql://db/w, schema zendesk"


def test_a_secret_in_a_drivers_words_is_not_repeated() -> None:
    add_to_secrets("hunter22")
    told = _told(Wrapped(Refused("no login with hunter22")), TARGET)
    assert told.what.endswith("(Refused): no login with ****")


def test_an_error_of_ours_stays_as_it_is() -> None:
    ours = ConnectorError("It broke.", about="it", remedy="Mend it.", failure=Failure.CONFIG)
    wrapping = RuntimeError("The sync failed.")
    wrapping.__cause__ = ours
    assert _told(wrapping, TARGET) is ours
