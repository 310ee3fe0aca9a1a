"""Odd answers that a test or a user asks the emulator for."""

import json
import re
import urllib.request
from http.client import HTTPConnection
from typing import Any

import pytest

from zendesk_emulator import Emulator
from zendesk_emulator.server.faults import fault_of
from zendesk_emulator.server.odd_answers import KINDS, VALUES

AUDITS = "/api/v2/ticket_audits?limit=1000"


def get(emulator: Emulator, target: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection(*emulator.base_url.removeprefix("http://").split(":"))
    connection.request("GET", target, headers={"Authorization": "Bearer emulator-access-token"})
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    body = answer.read()
    connection.close()
    return answer.status, headers, body


@pytest.fixture
def emulator() -> Any:
    with Emulator(size="tiny", seed=1, limits=False) as made:
        yield made


@pytest.mark.parametrize("odd", sorted(VALUES))
def test_the_first_record_of_a_page_holds_the_odd_value(emulator: Emulator, odd: str) -> None:
    emulator.fault(path="groups$", kind="odd", odd=odd)
    _, _, body = get(emulator, "/api/v2/groups?page[size]=100")
    assert body.count(b'"odd":' + VALUES[odd] + b",") == 1
    emulator.site.faults.clear()
    _, _, whole = get(emulator, "/api/v2/groups?page[size]=100")
    assert body.replace(b'"odd":' + VALUES[odd] + b",", b"") == whole


def test_a_byte_order_mark(emulator: Emulator) -> None:
    emulator.fault(path="groups$", kind="odd", odd="bom")
    assert get(emulator, "/api/v2/groups")[2].startswith(b"\xef\xbb\xbf{")


@pytest.mark.parametrize(
    "target",
    ["/api/v2/groups?page[size]=5", "/api/v2/groups?per_page=5", AUDITS,
     "/api/v2/incremental/tickets/cursor?start_time=0"],
)  # fmt: skip
def test_places_come_again(emulator: Emulator, target: str) -> None:
    emulator.fault(path="groups$|audits$|cursor$", kind="cycle", places=2)
    pages = [json.loads(get(emulator, target)[2]) for _ in range(4)]
    places = [
        page.get("meta", page).get("after_cursor", page.get("next_page"))
        if "before_url" not in page or "end_of_stream" in page
        else page["before_cursor"]
        for page in pages
    ]
    assert places[0] == places[2] != places[1] == places[3]
    assert all(page != pages[0] for page in pages[1::2])


def test_a_page_size_is_refused_and_a_page_by_number_is_not(emulator: Emulator) -> None:
    emulator.fault(path="groups$", kind="page_size_refused")
    status, _, body = get(emulator, "/api/v2/groups?page[size]=100")
    assert (status, json.loads(body)["error"]["title"]) == (400, "Invalid attribute")
    assert get(emulator, "/api/v2/groups?per_page=100")[0] == 200


def test_headers_are_replaced_and_left_out(emulator: Emulator) -> None:
    emulator.fault(path="groups$", kind="pass", headers={"X-Request-Id": "9" * 5000},
                   drop_headers="rate-?limit")  # fmt: skip
    status, headers, _ = get(emulator, "/api/v2/groups")
    assert status == 200
    assert headers["x-request-id"] == "9" * 5000
    assert [name for name in headers if "limit" in name] == []


def test_early_hints_come_before_the_answer(emulator: Emulator) -> None:
    emulator.fault(path="groups$", kind="early_hints")
    assert get(emulator, "/api/v2/groups")[0] == 103


def test_an_answer_that_trickles_ends_when_faults_are_cleared(emulator: Emulator) -> None:
    emulator.fault(path="groups$", kind="trickle", every_s=0.001)
    assert json.loads(get(emulator, "/api/v2/groups?per_page=1")[2])["groups"]
    emulator.site.faults.clear()
    emulator.fault(path="groups$", kind="trickle", every_s=600)
    request = urllib.request.Request(f"{emulator.base_url}/api/v2/groups")
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(request, timeout=0.2)


@pytest.mark.parametrize("wrong", [{"odd": "none"}, {"places": 0}, {"drop_headers": "("}])
def test_wrong_odd_faults_are_errors(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, re.error)):
        fault_of({"path": "x", "kind": "odd", **wrong})
    assert "bom" in KINDS
