"""Schemas, and the account that each belongs to."""

import pytest

from source_zendesk_support.local.states import (
    from_text,
    refuse_another_account,
    source_name,
    to_file,
    to_text,
)
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

ACME = source_name("https://acme.zendesk.com")


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://acme.zendesk.com", "source-zendesk-support-acme"),
        ("http://127.0.0.1:8080", "source-zendesk-support-127.0.0.1"),
        ("http://[::1]:8080", "source-zendesk-support-::1"),
    ],
)
def test_states_have_the_name_of_their_account(base_url: str, name: str) -> None:
    assert source_name(base_url) == name


@pytest.mark.parametrize("held", [[], [ACME], [ACME, ACME]])
def test_an_account_takes_a_free_schema_and_its_own(held: list[str]) -> None:
    refuse_another_account(held, ACME, "main")


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        ([source_name("https://other.zendesk.com")], "another account, other."),
        ([ACME, "source-zendesk-support"], "another account, source-zendesk-support."),
    ],
)
def test_a_schema_of_another_account_is_refused(held: list[str], shown: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        refuse_another_account(held, ACME, "main")
    assert caught.value.failure is Failure.CONFIG
    assert shown in caught.value.what
    assert caught.value.about == "account acme, schema main"
    assert "NAME=config.json" in caught.value.remedy


def test_a_state_is_read_as_version_6_wrote_it() -> None:
    written = (
        '{"type":"STREAM","stream":{"stream_descriptor":{"name":"tags","namespace":null},'
        '"stream_state":{"a":1}},"global_":null,"data":null,"sourceStats":{"recordCount":3.0},'
        '"destinationStats":null}'
    )
    assert from_text(written) == {"a": 1}
    assert from_text(to_text("tags", {"a": 1})) == {"a": 1}
    assert to_file({"tags": {"a": 1}}) == [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": "tags"}, "stream_state": {"a": 1}},
        }
    ]
