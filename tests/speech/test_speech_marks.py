"""The timing of other voices: each alphabet, each shape, and each way in which marks can be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.speech import marks
from avatar.speech.visemes import track
from avatar.types import VISEMES


def shown(value: str | int, unit: str, alphabet: str) -> str:
    """The viseme in the middle of a mark of 0.2 s between two silences."""
    phones = marks.phones([(0.0, 0.1, "sil" if alphabet != "azure" else 0), (0.1, 0.3, value)], unit, alphabet)
    return VISEMES[int(track(phones, 0.4).weights[20].argmax())]


@pytest.mark.parametrize("viseme", VISEMES)
def test_each_oculus_viseme_is_that_viseme(viseme: str) -> None:
    assert shown(viseme, "viseme", "oculus") == viseme


@pytest.mark.parametrize(
    ("number", "viseme"),
    [
        (0, "sil"),
        (2, "aa"),
        (4, "E"),
        (6, "ih"),
        (7, "ou"),
        (13, "RR"),
        (15, "SS"),
        (16, "CH"),
        (17, "TH"),
        (18, "FF"),
        (19, "DD"),
        (20, "kk"),
        (21, "PP"),
        ("21", "PP"),
    ],
)
def test_azure_numbers(number: int, viseme: str) -> None:
    assert shown(number, "viseme", "azure") == viseme


@pytest.mark.parametrize(
    ("symbol", "value"),
    [
        ("p", "P"),
        ("pʰ", "P"),
        ("tʃ", "CH"),
        ("t͡ʃ", "CH"),
        ("ˈiː", "IY"),
        ("ɹ̩", "R"),
        ("ɡ", "G"),
        ("oʊ", "OW"),
        ("ɯ", "UW"),
        ("ɲ", "N"),
        ("aɪ", "AY"),
        ("ã", "AA"),
        ("ʃ", "SH"),
    ],
)
def test_ipa(symbol: str, value: str) -> None:
    (phone,) = marks.phones([(0, 1, symbol)], "phone", "ipa")
    assert phone.value == value


def test_arpabet_with_stress_and_in_other_spellings() -> None:
    found = marks.phones([(0, 1, "AH0"), (1, 2, "ao1"), (2, 3, "pau"), (3, 4, "IX")], "phone", None)
    assert [(p.value, p.stress) for p in found] == [("AH", 0), ("AO", 1), ("SIL", 0), ("IH", 0)]


@pytest.mark.parametrize(
    ("rows", "unit", "alphabet", "mark", "part"),
    [
        ([(0, 1, "AA"), (0.5, 2, "B")], "phone", None, 1, 0),
        ([(0, 1, "AA"), (3, 2, "B")], "phone", None, 1, 1),
        ([(0, 1, "AA"), (1, float("inf"), "B")], "phone", None, 1, 1),
        ([(0, 1, "klingon")], "phone", None, 0, 2),
        ([(0, 1, 22)], "viseme", "azure", 0, 2),
        ([(0, 1, "x")], "viseme", "azure", 0, 2),
        ([(0, 1, 3)], "viseme", "oculus", 0, 2),
        ([(0, 1, "7")], "phone", "ipa", 0, 2),
        ([(0, 1, 3)], "word", None, 0, 2),
    ],
)
def test_a_mark_at_fault_is_named(rows, unit, alphabet, mark, part) -> None:
    with pytest.raises(marks.MarksError) as told:
        marks.words(rows, unit) if unit == "word" else marks.phones(rows, unit, alphabet)
    assert (told.value.mark, told.value.part) == (mark, part)
    assert f"mark {mark}" in str(told.value)


def test_characters_become_words_and_punctuation_takes_no_time() -> None:
    alignment = {
        "characters": list("Hi, you"),
        "character_start_times_seconds": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        "character_end_times_seconds": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    }
    assert marks.words(marks.elevenlabs(alignment), "char") == [(0.0, 0.2, "Hi,"), (0.4, 0.7, "you")]
    with pytest.raises(VoiceError, match="one length"):
        marks.elevenlabs({**alignment, "characters": ["H"]})


def test_azure_events_and_polly_lines_last_until_the_next() -> None:
    assert marks.azure([(0, 0), (5_000_000, 21)], 0.8) == [(0.0, 0.5, 0), (0.5, 0.8, 21)]
    lines = '{"time":6,"type":"word","start":0,"end":3,"value":"Map"}\n{"time":6,"type":"viseme","value":"p"}\n\n'
    lines += '{"time":120,"type":"viseme","value":"a"}\n{"time":300,"type":"ssml","value":"<mark/>"}\n'
    shapes, words = marks.polly(lines, 0.4)
    assert shapes == [(0.006, 0.12, "PP"), (0.12, 0.4, "aa")]
    assert words == [(0.006, 0.4, "Map")]
    assert np.all(np.diff([m[0] for m in shapes]) > 0)
    with pytest.raises(VoiceError, match="line 2"):
        marks.polly(lines.replace('"value":"p"', '"worth":"p"'), 0.4)
