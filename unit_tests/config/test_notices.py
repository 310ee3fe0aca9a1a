"""Warnings about a configuration: sign-ins that end, and fields that look like ours."""

from typing import Any

import pytest

from source_zendesk_support.config.notices import misspelt_fields, retirement_notice
from test_support.inputs.configs import ACCESS_TOKEN, API_TOKEN, REFRESH, parse, raw

CLIENT = {"credentials": "oauth2_client_credentials", "client_id": "a", "client_secret": "b"}


@pytest.mark.parametrize(
    ("credentials", "dates"),
    [
        (API_TOKEN, ["2026-10-27", "2027-04-30", "oauth2_client_credentials"]),
        (ACCESS_TOKEN, ["2027-04-01", "oauth2_client_credentials", "oauth2_refresh"]),
        (REFRESH, None),
        (CLIENT, None),
    ],
)
def test_a_sign_in_that_ends_is_named_with_its_date_and_its_cure(
    credentials: dict[str, str], dates: list[str] | None
) -> None:
    notice = retirement_notice(parse(credentials=credentials).credentials)
    assert (notice is None) is (dates is None)
    assert all(date in str(notice) for date in dates or ())


@pytest.mark.parametrize(
    ("more", "path", "meant"),
    [
        ({"startdate": "2024"}, "startdate", "start_date"),
        ({"startDate": "2024"}, "startDate", "start_date"),
        ({"start-date": "2024"}, "start-date", "start_date"),
        ({"sub_domain": "acme"}, "sub_domain", "subdomain"),
        ({"num_worker": 3}, "num_worker", "num_workers"),
        ({"skip_unavailable_stream": True}, "skip_unavailable_stream", "skip_unavailable_streams"),
        ({"credential": {}}, "credential", "credentials"),
        ({"client_secret": "x"}, "client_secret", "credentials.client_secret"),
        ({"marketplace": {"appid": "1"}}, "marketplace.appid", "marketplace.app_id"),
        (
            {"marketplace": {"organisation_id": "1"}},
            "marketplace.organisation_id",
            "marketplace.organization_id",
        ),
        (
            {"credentials": {**API_TOKEN, "e-mail": "x"}},
            "credentials.e-mail",
            "credentials.email",
        ),
        (
            {"auth_method": {**API_TOKEN, "apitoken": "x"}},
            "auth_method.apitoken",
            "auth_method.api_token",
        ),
        ({"privcy": {}}, "privcy", "privacy"),
        ({"privacy": {"pre-set": "none"}}, "privacy.pre-set", "privacy.preset"),
        (
            {"privacy": {"rules": [{"stream": "users"}, {"fields": "email"}]}},
            "privacy.rules[1].fields",
            "privacy.rules.field",
        ),
        ({"credentials": {**API_TOKEN, "start_date": "x"}}, "credentials.start_date", "start_date"),
    ],
)
def test_a_field_that_looks_like_ours_is_asked_about(
    more: dict[str, Any], path: str, meant: str
) -> None:
    [hint] = misspelt_fields(raw(**more))
    assert hint == f"The configuration field `{path}` is not used: did you mean `{meant}`?"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"__injected_declarative_manifest": {}, "__test_read_config": {}, "workspaceId": "x"},
        {"ignore_pagination": True},
        {"name": "my source", "action": "x", "rules": []},
        {"privacy": {"rules": "fields", "note": "x"}},
        {"api-token-of-a-person-1234567890": 1, "": 1, "__": 1, "größe": 1},
        {"base_url": "http://localhost:1", "auth_method": {"auth_method": "api_token"}},
        {"marketplace": None},
        {"marketplace": ["appid"]},
        {"credentials": "oauth2.0"},
    ],
)
def test_fields_of_platforms_and_older_layouts_are_silent(more: dict[str, Any]) -> None:
    assert misspelt_fields(raw(**more)) == []


@pytest.mark.parametrize("odd", [None, [], "startdate", 5, {1: 2}])
def test_an_odd_configuration_raises_nothing_here(odd: Any) -> None:
    assert misspelt_fields(odd) == []
