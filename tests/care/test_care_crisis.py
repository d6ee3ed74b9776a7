"""The card of local help: a person's help first, numbers of the person's own country, in words they read."""

from __future__ import annotations

import re

import pytest

from avatar.care.crisis import ANYWHERE, LINES, card, region_of
from avatar.care.farewell import lint


@pytest.mark.parametrize("language", ["en", "ja", "en-US", "ja-JP", "xx"])
@pytest.mark.parametrize("region", [*LINES, "", "ZZ"])
def test_every_card_names_an_emergency_number_and_a_line(language: str, region: str) -> None:
    title, emergency, line, honest = card(language, region)
    numbers = LINES.get(region, ANYWHERE)
    assert numbers[0] in emergency
    assert numbers[1] in line
    assert "AI" in honest
    assert not re.search("[{}]", title + emergency + line + honest)
    assert not re.search("[?\uff1f]", title + honest), "it asks nothing"
    assert not [f for f in lint(title) if f.rule not in ("long",)]


def test_small_letters_are_a_country_too() -> None:
    assert card("en", "de") == card("en", "DE") != card("en", "FR")
    assert card("ja", "JP")[0] != card("en", "JP")[0]


@pytest.mark.parametrize(
    ("locale", "region"),
    [
        ("de_AT.UTF-8", "AT"),
        ("en-GB", "GB"),
        ("zh_Hant_TW", "TW"),
        ("pt_BR@euro", "BR"),
        ("C.UTF-8", ""),
        ("POSIX", ""),
        ("ja", ""),
        ("", ""),
    ],
)
def test_the_country_of_a_locale(locale: str, region: str) -> None:
    assert region_of(locale) == region
