"""What an operator mistypes is refused with what was meant."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from server.actions.places import HolidayCalendar, ZoneName

ZONE = TypeAdapter(ZoneName)
HOLIDAYS = TypeAdapter(HolidayCalendar)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_a_zone_of_the_database_is_taken(name: str) -> None:
    assert ZONE.validate_python(name) == name


@pytest.mark.parametrize("code", ["DE", "DE-BY", "IE", "US-CA"])
def test_a_country_or_region_with_holidays_is_taken(code: str) -> None:
    assert HOLIDAYS.validate_python(code) == code


@pytest.mark.parametrize(
    ("name", "says"),
    [("Europe/Berln", "did you mean 'Europe/Berlin'"), ("Berlin time", "there is no zone"), ("", "no zone")],
)
def test_a_zone_that_does_not_exist_is_refused(name: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ZONE.validate_python(name)


@pytest.mark.parametrize(
    ("code", "says"),
    [("XQ", "no holiday calendar 'XQ'"), ("DE-XX", "its regions are: .*BY"), ("de", "no holiday calendar")],
)
def test_holidays_that_do_not_exist_are_refused(code: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        HOLIDAYS.validate_python(code)
