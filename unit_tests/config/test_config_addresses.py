"""Where the credentials may go: to the account at Zendesk or to loopback, and nowhere else."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, strategies as st
from urllib3.util import parse_url

from source_zendesk_support.zendesk.errors import ConnectorError
from test_support.inputs.configs import parse, raw, refusal


@pytest.mark.parametrize(
    "subdomain",
    [
        *("acme", " acme ", "Acme", "ACME\n", "acme.zendesk.com", "Acme.Zendesk.Com", "acme/"),
        *("https://acme.zendesk.com", "http://acme.zendesk.com", "https://Acme.zendesk.com/agent/"),
        *("https://acme.zendesk.com/agent/tickets/1?brand=2#3", "//acme.zendesk.com"),
        *(
            "acme.zendesk.com:443",
            "https://ann@acme.zendesk.com/",
            "https://acme.zendesk.com?a=//b",
        ),
        *("acme.zendesk.com/agent", "  https://acme.zendesk.com  "),
    ],
)
def test_pasted_addresses_give_a_subdomain(subdomain: str) -> None:
    assert parse(subdomain=subdomain).base_url == "https://acme.zendesk.com"


@pytest.mark.parametrize("subdomain", ["abc", "a-c", "a12", "a" * 63, "acme-2"])
def test_subdomains_at_the_bounds(subdomain: str) -> None:
    assert parse(subdomain=subdomain).base_url == f"https://{subdomain}.zendesk.com"


@pytest.mark.parametrize(
    "subdomain",
    [
        *(..., None, "", "   ", 5, True, ["acme"], {"a": 1}, "ac", "a" * 64, "1acme", "-acme"),
        *("a b", "acme_b", "acmé", "ａｃｍｅ", "\N{ROCKET}\N{ROCKET}\N{ROCKET}", "a.b.c"),  # noqa: RUF001
        *("acme.evil.com", "https://evil.com/acme", "https://evil.com/acme.zendesk.com"),
        *("acme.zendesk.com@evil.com", "https://acme.zendesk.com@evil.com/", "evil.com#acme"),
        *("https://evil.com\\.zendesk.com", "https://[::1", "https://[bad]/", "https://", "//"),
        *(
            "acme.zendesk.com.evil.com",
            "acme.zendesk.com.zendesk.com",
            "zendesk.com",
            ".zendesk.com",
        ),
        *(
            "acme\tb",
            "acme\nb",
            "acme\x00",
            "acme%2f",
            "evil.com?.zendesk.com",
            "ftp://acme",
            "https:/acme",
        ),
    ],
)
def test_other_texts_are_not_a_subdomain(subdomain: Any) -> None:
    assert "`subdomain`" in refusal(raw(subdomain=subdomain)).about


@given(st.text(max_size=40))
def test_any_subdomain_leads_to_zendesk_or_nowhere(subdomain: str) -> None:
    try:
        base_url = parse(subdomain=subdomain).base_url
    except ConnectorError:
        return
    assert parse_url(base_url).host == urlsplit(base_url).hostname
    assert str(parse_url(base_url).host).endswith(".zendesk.com")


@pytest.mark.parametrize(
    ("given_url", "base_url"),
    [
        ("http://localhost", "http://localhost"),
        ("https://localhost", "https://localhost"),
        ("http://localhost/", "http://localhost"),
        ("http://LOCALHOST:8080", "http://localhost:8080"),
        (" http://localhost:8080 ", "http://localhost:8080"),
        ("http://127.0.0.1:65535", "http://127.0.0.1:65535"),
        ("https://127.0.0.1:1/", "https://127.0.0.1:1"),
        ("http://[::1]", "http://[::1]"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://x.zendesk.com", "https://x.zendesk.com"),
        ("https://acme.zendesk.com/", "https://acme.zendesk.com"),
        ("https://acme.zendesk.com:8443", "https://acme.zendesk.com:8443"),
        ("https://pod-1.staging.zendesk.com", "https://pod-1.staging.zendesk.com"),
        ("HTTPS://Acme.Zendesk.com", "https://acme.zendesk.com"),
    ],
)
def test_addresses_that_may_get_the_credentials(given_url: str, base_url: str) -> None:
    assert parse(base_url=given_url).base_url == base_url


BACKSLASHED = "https://evil.com\\.zendesk.com"


@pytest.mark.parametrize(
    "base_url",
    [
        *(
            "",
            " ",
            5,
            True,
            [],
            {},
            "localhost",
            "localhost:8080",
            "acme.zendesk.com",
            "//localhost",
        ),
        *("http://x.zendesk.com", "ftp://localhost", "file:///etc/hosts", "javascript://localhost"),
        *("https://evil.com", "https://evil.com/.zendesk.com", "https://evilzendesk.com"),
        *("http://localhost@evil.com", "http://localhost:80@evil.com", "http://localhost.evil.com"),
        *("http://127.0.0.1.evil.com", "http://127.0.0.2", "http://0.0.0.0", "http://10.0.0.1"),
        *(
            "https://x.zendesk.com.evil.com",
            "https://x.zendesk.com@evil.com",
            "https://zendesk.com",
        ),
        *("https://.zendesk.com", "https://x..zendesk.com", "https://x.zendesk.com.", "https://"),
        *("https://evil.com#.zendesk.com", "https://evil.com?.zendesk.com", BACKSLASHED),
        *("https://evil.com\\@x.zendesk.com", "https://evil.com%2f.zendesk.com"),
        *("https://evil.com%00.zendesk.com", "https://evil.com .zendesk.com"),
        *(
            "https://evil.com\t.zendesk.com",
            "https://evil.com\n.zendesk.com",
            "http://localhost\n@x",
        ),
        *("https://evil.com\N{FULLWIDTH SOLIDUS}.zendesk.com", "https://\u24d4vil.zendesk.com"),
        *("https://u:not-a-secret@x.zendesk.com", "https://:not-a-secret@x.zendesk.com"),
        *("http://u@localhost", "http://localhost/api", "http://localhost?x", "http://localhost#x"),
        *("https://x.zendesk.com/evil", "http://localhost:", "http://localhost:65536"),
        *("http://localhost:abc", "http://localhost:-1", "http://localhost:8080:1", "http://[::1"),
        *("http://::1", "http://[::2]", "http://[::1%25lo]", "http://[::ffff:127.0.0.1]"),
    ],
)
def test_addresses_that_never_get_the_credentials(base_url: Any) -> None:
    assert "`base_url`" in refusal(raw(base_url=base_url)).about


def test_the_parsers_of_addresses_disagree_where_the_rule_must_not() -> None:
    """Why the rule matches the whole address: these two take a different host out of it."""
    assert str(urlsplit(BACKSLASHED).hostname).endswith(".zendesk.com")
    assert parse_url(BACKSLASHED).host == "evil.com"


@given(
    st.tuples(
        st.sampled_from(["http://", "https://", "//", ""]),
        st.lists(
            st.sampled_from(["localhost", "x.zendesk.com", "evil.com", "127.0.0.1", "[::1]"])
            | st.sampled_from(list("@:/\\?#.%[] \t8"))
            | st.characters(),
            max_size=6,
        ),
    ).map(lambda parts: parts[0] + "".join(parts[1]))
)
def test_any_address_leads_to_loopback_or_zendesk_or_nowhere(base_url: str) -> None:
    try:
        accepted = parse(base_url=base_url).base_url
    except ConnectorError:
        return
    host = str(parse_url(accepted).host)
    assert host in ("localhost", "127.0.0.1", "[::1]") or host.endswith(".zendesk.com")
    assert accepted.startswith("https://") or not host.endswith(".zendesk.com")
