"""Symbols of the world's sounds into the mouth's."""

from __future__ import annotations

import pytest

from avatar.speech.ipa import sounds
from avatar.speech.pace import LENGTHS


@pytest.mark.parametrize(
    ("symbols", "phones", "stress"),
    [
        ("ˈoʊ", "OW", 1),
        ("ˌaɪ", "AY", 2),
        ("tʃ", "CH", 0),
        ("t͡s", "T S", 0),
        ("ɛɹ", "EH R", 0),
        ("ɔ̃", "AO", 0),
        ("ˈyː", "UW", 1),
        ("œ", "UH", 0),
        ("ø", "UH", 0),
        ("ç", "Y", 0),
        ("ʁ", "K", 0),
        ("ɥ", "W", 0),
        ("ɲ", "N", 0),
        ("ɸ", "F", 0),
        ("pf", "P F", 0),
        ("m̩", "M", 0),
        ("o̞", "AO", 0),
        ("(en)", "", 0),
        ("ʲ", "", 0),
        ("", "", 0),
    ],
)
def test_a_symbol_is_the_nearest_mouth(symbols, phones, stress):
    assert sounds(symbols) == (tuple(phones.split()), stress)


def test_lips_that_meet_stay_lips_that_meet():
    for symbol in ("p", "pʰ", "b", "bʱ", "ɓ", "m", "mʲ"):
        assert sounds(symbol)[0][0] in ("P", "B", "M")
    for symbol in ("f", "v", "ʋ", "ɸ", "β"):
        assert sounds(symbol)[0][0] in ("F", "V")


def test_every_value_is_a_sound_with_a_length():
    for c in "ɑæʌəɔɛɜɪiʊuyøœɯpbmfvθðtdkgŋnlɾrʁszʃʒçxhwjɥʔ":
        assert all(value in LENGTHS for value in sounds(c)[0]), c
