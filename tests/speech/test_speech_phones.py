"""From a voice's symbols to phones that tile its sound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar.speech.phones import ARPABET, cut, timed

RATE = 24000


def noise(*loud: tuple[float, float], seconds: float):
    """Noise in the given stretches, silence elsewhere."""
    sound = np.zeros(round(seconds * RATE), np.float32)
    rng = np.random.default_rng(0)
    for a, b in loud:
        sound[round(a * RATE) : round(b * RATE)] = rng.normal(0, 0.1, round(b * RATE) - round(a * RATE))
    return sound


def made(symbols: str, sound, each: float = 0.1):
    return timed(symbols, [0.3, *[each] * len(symbols), 0.1], sound, RATE)


def test_words_stress_and_diphthongs():
    sound = noise((0.25, 1.3), seconds=1.6)
    found = [p for p in made("həlˈO wˈIld", sound) if p.value != "SIL"]
    assert [p.value for p in found] == ["HH", "AH", "L", "OW", "W", "AY", "L", "D"]
    assert [p.stress for p in found] == [0, 0, 0, 1, 0, 1, 0, 0]
    assert [p.word for p in found] == [0, 0, 0, 0, 1, 1, 1, 1]


def test_they_tile_the_sound():
    sound = noise((0.25, 0.6), (0.9, 1.5), seconds=1.9)
    found = made("nˈO, ðˈæt ɪz.", sound)
    assert found[0].start == 0
    assert found[-1].end == pytest.approx(1.9)
    assert all(a.end == pytest.approx(b.start, abs=1e-9) for a, b in pairwise(found))
    assert all(p.end > p.start for p in found)
    assert all(type(p.start) is float for p in found)


def test_the_sound_says_where_a_pause_is():
    seconds = [0.3, 0.1, 0.1, 0.25, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.1]
    found = timed("nˈO, ðˈæt.", seconds, noise((0.25, 0.6), (0.85, 1.2), seconds=1.6), RATE)
    pause = next(p for p in found[1:] if p.value == "SIL")
    assert pause.start == pytest.approx(0.6, abs=0.03)
    assert pause.end == pytest.approx(0.85, abs=0.03)
    assert found[-1].start == pytest.approx(1.2, abs=0.03)
    spoken_on = made("nˈO, ðˈæt.", noise((0.25, 1.25), seconds=1.6))
    assert "SIL" not in [p.value for p in spoken_on[1:-1]]


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [("wˈɔTəɹ", "W AO D ER"), ("əɹˈIv", "AH R AY V"), ("bˈɜɹd", "B ER D"), ("hˈɜɹi", "HH ER IY"), ("kˈɑɹ", "K AA R")],
)
def test_an_r_that_colours_its_vowel_is_one_sound_with_it(symbols, expected):
    found = made(symbols, noise((0.2, 1.0), seconds=1.3))
    assert " ".join(p.value for p in found if p.value != "SIL") == expected


def test_nothing_said_is_silence():
    (only,) = made("…", np.zeros(RATE // 2, np.float32))
    assert (only.value, only.start, only.end) == ("SIL", 0.0, 0.5)


def test_every_symbol_has_one_known_sound():
    vowels = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
    assert {v for v in ARPABET.values() if v[0] in "AEIOU"} == vowels
    assert len(set(ARPABET.values())) == 39  # all of American English


def test_cutting_moves_the_origin():
    found = made("nˈO", noise((0.25, 0.6), seconds=0.9))
    part = cut(found, 0.1, 0.5)
    assert part[0].start == 0.0
    assert part[-1].end == pytest.approx(0.4)
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(part))
