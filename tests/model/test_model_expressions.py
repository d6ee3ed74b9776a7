"""Expressions by the names that people know them by."""

from __future__ import annotations

import pytest

from avatar.model.expressions import VRM0_PRESETS, find
from avatar.model.vrm1 import PRESETS


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("happy", "happy"),
        ("Happy", "happy"),
        ("Joy", "happy"),
        ("SORROW", "sad"),
        ("A", "aa"),
        ("Blink_L", "blinkLeft"),
        ("blinkleft", "blinkLeft"),
        ("cat ears", "Cat Ears"),
        ("Fun", "fun"),
        ("surprised", "Surprised"),
        ("U", None),
        ("", None),
        ("gloomy", None),
    ],
)
def test_an_expression_is_found_by_any_of_its_names(asked: str, name: str | None) -> None:
    assert find(["happy", "sad", "aa", "blinkLeft", "relaxed", "Cat Ears", "fun", "Surprised"], asked) == name


def test_the_very_name_comes_first() -> None:
    assert find(["happy", "Happy", "joy"], "Happy") == "Happy"
    assert find(["happy", "JOY"], "joy") == "JOY"


def test_old_names_lead_to_presets() -> None:
    assert set(VRM0_PRESETS.values()) == set(PRESETS) - {"surprised"}
