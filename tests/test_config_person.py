"""Which of several people a run is with, as its settings say."""

from __future__ import annotations

import pytest

from avatar.config import Settings
from avatar.errors import UsageError
from avatar.spelling import PERSONS, parse_person
from avatar.tracking.people import WISHES


def test_every_name_is_one_that_tracking_knows() -> None:
    assert set(PERSONS) == set(WISHES)
    assert parse_person(" Left ") == "left"


@pytest.mark.parametrize("name", ["tallest", "", "left right"])
def test_another_name_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match="nearest"):
        Settings(person=name)


def test_sides_are_those_of_the_picture_that_the_person_sees() -> None:
    assert Settings(person="left").wish == "left"
    assert Settings(person="left", mirror=True).wish == "right"
    assert Settings(person="right", mirror=True).wish == "left"
    assert Settings(person="nearest", mirror=True).wish == "nearest"
    assert Settings().wish == "middle"
