"""Offsets of time zones in Fivetran's schema: the standard one, and the spans ahead of it."""

import csv

from source_zendesk_support.local.zone_offsets import FIRST_YEAR, NAMES, zone_offsets


def test_a_zone_in_the_north_is_ahead_within_a_year() -> None:
    found = zone_offsets(["Berlin"], until_year=2026)
    assert found["standard"] == [["Berlin", "+01:00", 60]]
    last = ["Berlin", 2026, "2026-03-29 01:00:00", "2026-10-25 01:00:00", 1.0]
    assert found["daylight"][-1] == last
    assert len(found["daylight"]) == 2026 - FIRST_YEAR + 1


def test_a_zone_in_the_south_is_ahead_over_the_turn_of_the_year() -> None:
    (span,) = [it for it in zone_offsets(["Sydney"], until_year=2027)["daylight"] if it[1] == 2026]
    assert span[2:4] == ["2026-10-03 16:00:00", "2027-04-03 16:00:00"]


def test_half_hours_and_the_west_have_their_sign() -> None:
    found = zone_offsets(["Newfoundland", "Chennai"], until_year=2026)["standard"]
    assert found == [["Newfoundland", "-03:30", -210], ["Chennai", "+05:30", 330]]


def test_every_name_has_a_row_and_another_has_none() -> None:
    with NAMES.open(newline="", encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    standard = zone_offsets([*names, "Atlantis"], until_year=FIRST_YEAR)["standard"]
    assert [row[0] for row in standard] == names
