"""The specification: what users are asked for, in agreement with what config.py takes."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from jsonschema import Draft7Validator, FormatChecker

from source_zendesk_support.config import config as rules
from source_zendesk_support.config.config import parse_config
from source_zendesk_support.run import spec_line
from source_zendesk_support.source import SourceZendeskSupport
from source_zendesk_support.zendesk.errors import ConnectorError
from source_zendesk_support.zendesk.token_requests import TOKEN_LIFETIME_S

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LINE = json.loads(spec_line())
SCHEMA = LINE["spec"]["connectionSpecification"]
PROPERTIES = SCHEMA["properties"]
VALIDATOR = Draft7Validator(SCHEMA, format_checker=FormatChecker())
WAYS = {
    way["properties"]["credentials"]["const"]: way for way in PROPERTIES["credentials"]["oneOf"]
}
HIDDEN = {"base_url", "retry_patience_seconds", "rate_limit_patience_seconds"}
SECRETS = {"client_id", "client_secret", "refresh_token", "access_token", "api_token"}
INTEGERS = [name for name, field in PROPERTIES.items() if field["type"] == "integer"]


def objects() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of the schema that has fields, with its place."""
    yield "root", SCHEMA
    yield from WAYS.items()
    yield "marketplace", PROPERTIES["marketplace"]


FIELDS = [
    (f"{place}.{name}", name, field)
    for place, schema in objects()
    for name, field in schema["properties"].items()
]
# The field that separates the ways is a constant, which no user interface shows.
SHOWN = [row for row in FIELDS if "const" not in row[2]]


def filled(way: str) -> dict[str, Any]:
    """A sign-in with every field that the schema asks for."""
    return {**dict.fromkeys(WAYS[way]["required"], "fake-value"), "credentials": way}


def valid(**changes: Any) -> dict[str, Any]:
    return {"subdomain": "acme", "credentials": filled("oauth2.0"), **changes}


def test_the_schema_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert SCHEMA["required"] == ["subdomain"]
    assert SCHEMA["additionalProperties"] is True
    assert VALIDATOR.is_valid(valid())
    assert not VALIDATOR.is_valid(valid(num_workers=0)), "the schema checks nothing"


@pytest.mark.parametrize(("place", "_name", "field"), SHOWN, ids=[row[0] for row in SHOWN])
def test_every_field_is_explained(place: str, _name: str, field: dict[str, Any]) -> None:
    assert field["title"].strip(), place
    assert field["description"].strip(), place
    assert field["description"].endswith("."), place
    assert isinstance(field["order"], int), place


@pytest.mark.parametrize(("place", "schema"), list(objects()), ids=[row[0] for row in objects()])
def test_the_fields_are_in_order(place: str, schema: dict[str, Any]) -> None:
    orders = [field["order"] for field in schema["properties"].values()]
    assert orders == sorted(set(orders)), place
    assert set(schema.get("required", [])) <= set(schema["properties"]), place
    assert schema["additionalProperties"] is True, place


@pytest.mark.parametrize(("place", "name", "field"), FIELDS, ids=[row[0] for row in FIELDS])
def test_secrets_and_only_they_are_marked(place: str, name: str, field: dict[str, Any]) -> None:
    assert field.get("airbyte_secret", False) is (name in SECRETS), place


@pytest.mark.parametrize("name", PROPERTIES)
def test_fields_that_are_not_for_users_are_hidden(name: str) -> None:
    assert PROPERTIES[name].get("airbyte_hidden", False) is (name in HIDDEN)


def test_the_order_of_the_published_connector_is_kept() -> None:
    shown = [name for name in PROPERTIES if name not in HIDDEN]
    first = ["subdomain", "credentials", "start_date", "num_workers", "page_size"]
    assert shown[: len(first)] == first
    assert list(WAYS) == [
        "oauth2_client_credentials",  # the way that Zendesk offers to new users
        "oauth2_refresh",
        "oauth2.0",
        "api_token",
    ]


@pytest.mark.parametrize("way", WAYS)
def test_exactly_one_way_to_sign_in_fits(way: str) -> None:
    assert VALIDATOR.is_valid(valid(credentials=filled(way)))
    assert parse_config(valid(credentials=filled(way)), now=NOW)
    for name in WAYS[way]["required"]:
        lacking = {k: v for k, v in filled(way).items() if k != name}
        assert not VALIDATOR.is_valid(valid(credentials=lacking)), name
        with pytest.raises(ConnectorError):
            parse_config(valid(credentials=lacking), now=NOW)


@pytest.mark.parametrize("name", INTEGERS)
def test_bounds_are_those_of_the_rules(name: str) -> None:
    low, high = PROPERTIES[name]["minimum"], PROPERTIES[name]["maximum"]
    for value in (low, high):
        assert VALIDATOR.is_valid(valid(**{name: value}))
        parse_config(valid(**{name: value}), now=NOW)
    for value in (low - 1, high + 1):
        assert not VALIDATOR.is_valid(valid(**{name: value}))
        with pytest.raises(ConnectorError):
            parse_config(valid(**{name: value}), now=NOW)


def test_defaults_are_those_of_the_rules() -> None:
    defaults = {name: it["default"] for name, it in PROPERTIES.items() if "default" in it}
    assert defaults == {
        "num_workers": rules.DEFAULT_NUM_WORKERS,
        "include_deleted_tickets": False,
        "api_usage_percent": rules.DEFAULT_API_USAGE_PERCENT,
        "skip_unavailable_streams": False,
        "typed_custom_fields": False,
        "satisfaction_ratings_lookback_days": rules.DEFAULT_RATING_LOOKBACK_DAYS,
        "retry_patience_seconds": rules.DEFAULT_RETRY_PATIENCE_S,
        "help_center_sweep_hours": rules.DEFAULT_HELP_CENTER_SWEEP_HOURS,
        "rate_limit_patience_seconds": rules.DEFAULT_RATE_LIMIT_PATIENCE_S,
        "engine": rules.Engine.AUTO.value,
        "recheck_hours": rules.DEFAULT_RECHECK_HOURS,
        "archived_ticket_events": False,
        "complete_tickets": False,
        "set_up_interval_hours": 0,
        "deletions": rules.Deletions.VANISHED.value,
    }
    assert VALIDATOR.is_valid(valid(**defaults))
    assert parse_config(valid(**defaults), now=NOW) == parse_config(valid(), now=NOW)


@pytest.mark.parametrize(("place", "_name", "field"), FIELDS, ids=[row[0] for row in FIELDS])
def test_examples_are_valid(place: str, _name: str, field: dict[str, Any]) -> None:
    for example in field.get("examples", []):
        Draft7Validator(field, format_checker=FormatChecker()).validate(example)
        if place.startswith("root."):
            parse_config(valid(**{place.removeprefix("root."): example}), now=NOW)


@pytest.mark.parametrize(
    ("start_date", "fits"),
    [
        ("2024-01-01T00:00:00Z", True),
        ("2024-01-01", False),
        ("2024-01-01T00:00:00+01:00", False),
        ("x2024-01-01T00:00:00Z", False),
    ],
)
def test_the_start_date_has_one_form_in_the_interface(start_date: str, fits: bool) -> None:
    assert VALIDATOR.is_valid(valid(start_date=start_date)) is fits


def test_every_field_of_the_spec_is_known_to_the_rules() -> None:
    """A field that changes nothing is one that the rules have forgotten."""
    values = {
        "subdomain": "other",
        "credentials": filled("api_token"),
        "start_date": "2025-01-01T00:00:00Z",
        "num_workers": 5,
        "page_size": 50,
        "include_deleted_tickets": True,
        "satisfaction_ratings_lookback_days": 1,
        "requests_per_minute": 200,
        "api_usage_percent": 50,
        "skip_unavailable_streams": True,
        "typed_custom_fields": True,
        "marketplace": {"name": "Acme Sync"},
        "privacy": {"rules": [{"stream": "users", "field": "email", "action": "drop"}]},
        "base_url": "http://localhost:1",
        "retry_patience_seconds": 5,
        "help_center_sweep_hours": 1,
        "engine": "lists",
        "recheck_hours": 1,
        "archived_ticket_events": True,
        "complete_tickets": True,
        "set_up_interval_hours": 1,
        "deletions": "off",
        "rate_limit_patience_seconds": 5,
    }
    assert set(values) == set(PROPERTIES)
    plain = parse_config(valid(), now=NOW)
    for name, value in values.items():
        assert parse_config(valid(**{name: value}), now=NOW) != plain, name


def test_the_prepared_line_is_what_the_entrypoint_prints() -> None:
    parsed = AirbyteEntrypoint.parse_args(["spec"])
    printed = list(AirbyteEntrypoint(SourceZendeskSupport()).run(parsed))
    (spec,) = [message for message in map(json.loads, printed) if message["type"] == "SPEC"]
    # The CDK writes out the protocol's own defaults; a reader takes them as such when missing.
    defaults = {"supportsNormalization": False, "supportsDBT": False}
    assert spec == {"type": "SPEC", "spec": {**LINE["spec"], **defaults}}
    assert "\n" not in spec_line()


def test_the_spec_needs_nothing_of_the_platform_library() -> None:
    """Its import takes a second, and so would `spec`."""
    program = (
        "import sys; sys.argv = ['source-zendesk-support', 'spec']\n"
        "from source_zendesk_support.run import main\n"
        "try: main()\n"
        "finally: print(sorted(n for n in sys.modules if n in ('airbyte_cdk', 'requests')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    line, modules = done.stdout.splitlines()
    assert json.loads(line) == LINE
    assert modules == "[]"


# --- the platform's own consent screen (docs/facts/published-connector.md#2)

ADVANCED = LINE["spec"]["advanced_auth"]
OAUTH = ADVANCED["oauth_config_specification"]


def at(path: list[str], schema: dict[str, Any]) -> dict[str, Any]:
    """The field of a sign-in that a path of the configuration leads to."""
    assert path[0] == "credentials"
    found: dict[str, Any] = schema["properties"][path[1]]
    return found


def test_the_consent_screen_fills_in_the_sign_in_with_refresh_tokens() -> None:
    assert ADVANCED["auth_flow_type"] == "oauth2.0"
    assert ADVANCED["predicate_key"] == ["credentials", "credentials"]
    way = WAYS[ADVANCED["predicate_value"]]
    outputs = OAUTH["complete_oauth_output_specification"]["properties"]
    outputs = outputs | OAUTH["complete_oauth_server_output_specification"]["properties"]
    filled_in = {field["path_in_connector_config"][1] for field in outputs.values()}
    assert filled_in | {"credentials"} == set(way["properties"])
    for field in outputs.values():
        assert at(field["path_in_connector_config"], way)["type"] == field["type"]
    user = OAUTH["oauth_user_input_from_connector_config_specification"]["properties"]
    assert user["subdomain"]["path_in_connector_config"] == ["subdomain"]


def test_the_life_of_the_token_is_extracted() -> None:
    flow = OAUTH["oauth_connector_input_specification"]
    assert flow["extract_output"] == ["access_token", "refresh_token", "expires_in"]
    outputs = OAUTH["complete_oauth_output_specification"]["properties"]
    taken = {name: field["path_in_oauth_response"] for name, field in outputs.items()}
    assert taken == {
        "access_token": ["access_token"],
        "refresh_token": ["refresh_token"],
        "token_expiry_date": ["expires_in"],
    }
    assert outputs["token_expiry_date"]["format"] == "date-time"


# The names that a platform puts into these templates, from the keys below and the client's own
# secrets; those that end in `param` are whole (`redirect_uri=https%3A%2F%2F...`) and encoded.
OF_THE_PLATFORM = {
    f"{name}_{kind}"
    for name in ("client_id", "client_secret", "auth_code", "redirect_uri", "scope", "state")
    for kind in ("key", "value", "param")
}


def texts(part: Any) -> Iterator[str]:
    """Every text of a part of the spec, keys included."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from (key, *texts(value))
    elif isinstance(part, str):
        yield part


def test_templates_have_names_that_the_platform_knows_and_no_filter() -> None:
    """An unknown name or filter becomes nothing there, silently."""
    flow = OAUTH["oauth_connector_input_specification"]
    inputs = OAUTH["oauth_user_input_from_connector_config_specification"]["properties"]
    templates = [text for text in texts(ADVANCED) if "{" in text]
    assert len(templates) > 5
    for template in templates:
        names = re.findall(r"\{\{ (\w+) \}\}", template)
        assert template.count("{{") == template.count("}}") == len(names), template
        assert set(names) <= OF_THE_PLATFORM | set(inputs) | set(flow), template


def test_the_consent_url_has_what_zendesk_asks_for() -> None:
    url: str = OAUTH["oauth_connector_input_specification"]["consent_url"]
    values = {
        "subdomain": "acme",
        "client_id_param": "client_id=an_app",
        "redirect_uri_param": "redirect_uri=https%3A%2F%2Fplatform.example%2Fauth_flow",
        "scope_param": "scope=read",
        "state_param": "state=a.b-c_d",
    }
    for name, value in values.items():
        url = url.replace(f"{{{{ {name} }}}}", value)
    address = urlsplit(url)
    assert address.netloc == "acme.zendesk.com"
    assert dict(parse_qsl(address.query, strict_parsing=True)) == {
        "response_type": "code",
        "client_id": "an_app",
        "redirect_uri": "https://platform.example/auth_flow",
        "scope": "read",
        "state": "a.b-c_d",
    }


def test_the_consent_asks_the_right_account_for_the_longest_life() -> None:
    flow = OAUTH["oauth_connector_input_specification"]
    assert flow["consent_url"].startswith(
        "https://{{ subdomain }}.zendesk.com/oauth/authorizations/new?response_type=code&"
    )
    assert flow["access_token_url"] == "https://{{ subdomain }}.zendesk.com/oauth/tokens"
    assert flow["scope"] == "read"
    assert flow["access_token_params"]["grant_type"] == "authorization_code"
    assert flow["access_token_params"]["expires_in"] == str(TOKEN_LIFETIME_S)
