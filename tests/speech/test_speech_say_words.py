"""A person's own dictionary: words spelled anew or told by their sounds; a wrong one is told by its place and rule."""

from __future__ import annotations

import pytest

from avatar.errors import VoiceError
from avatar.speech.say_words import Sayings, read, symbols

OWN = read({"Nguyen": "W IH1 N", "Siobhan": "shivawn", "Saint John": "S IH1 N JH AH0 N"})


def test_words_are_marked_for_the_voice() -> None:
    assert OWN.marked("Is NGUYEN here, Siobhan?") == "Is [NGUYEN](/wˈɪn/) here, shivawn?"
    assert OWN.marked("Saint John's, Nguyens") == "[Saint John](/sˈɪnʤən/)'s, Nguyens"
    assert Sayings().marked("Nguyen") == "Nguyen"


def test_sounds_for_the_aligner() -> None:
    assert OWN.sounds("nguyen") == ("W", "IH", "N")
    assert OWN.sounds("siobhan") == ()
    assert OWN.spelled("Siobhan and Nguyen") == "shivawn and Nguyen"


@pytest.mark.parametrize(
    ("phones", "said"),
    [
        (("W", "IH", "N"), "wˈɪn"),
        (("HH", "AH0", "L", "OW1"), "həlˈO"),
        (("B", "ER1", "D"), "bˈɜɹd"),
        (("F", "AA1", "DH", "ER0"), "fˈɑðɜɹ"),
    ],
)
def test_symbols(phones: tuple[str, ...], said: str) -> None:
    assert symbols(phones) == said


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ([], "must be a table"),
        ({"Ng": "N G"}, "has no vowel"),
        ({"Ng": "EH QX"}, "'QX' is no sound"),
        ({"Ng": ""}, "must be how"),
        ({"Ng": 3}, "must be how"),
        ({"12": "twelve"}, "begins with a letter"),
        ({"Ng": "eng (silent)"}, "plain letters"),
        ({f"w{k}": "x" for k in range(5000)}, "5,000 words"),
    ],
)
def test_what_is_wrong_is_told(table: object, rule: str) -> None:
    with pytest.raises(VoiceError, match=rule) as caught:
        read(table, "settings.toml at /say")
    assert str(caught.value).startswith("settings.toml at /say")
    assert "\n" not in str(caught.value)
