"""Pace and pitch within their bounds, stars as stress, dots as breath, and the breath itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.speech import breath
from avatar.speech.kana import moras
from avatar.speech.manner import Manner, carried, stressed, stretches
from avatar.speech.text import pieces
from avatar.speech.visemes import track
from avatar.types import VISEMES, Phone


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rate": 0.4}, "speed"),
        ({"rate": math.nan}, "speed"),
        ({"pitch": 4.5}, "pitch of the voice is 4.5; it must lie between -4 and 4 semitones"),
        ({"pause": -0.1}, "pause"),
    ],
)
def test_a_manner_out_of_bounds_is_refused(values, words):
    with pytest.raises(VoiceError, match=words):
        Manner(**values)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("This is *really* important.", {2}),
        ("**All of it** is *new*.", {0, 1, 2, 4}),
        ("Two * three * four.", set()),
        ("2*3 is 6, not *7*.", {6}),  # spoken: 2 times 3
        ("I wait… so *now*, please", {3}),
        ("No stars at all.", set()),
        ("An open *star", set()),
    ],
)
def test_words_between_stars_are_stressed(written, words):
    (piece,) = pieces(written)
    assert set(stressed(written, piece.spoken)) == words


def test_dots_divide_a_sentence_and_a_breath_goes_before_what_follows():
    found = stretches("Well… I am… not sure.", "Well… I *am*… not *sure*.")
    assert [s.text for s in found] == ["Well…", "I am…", "not sure."]
    assert [s.breath for s in found] == [False, True, True]
    assert [set(s.stressed) for s in found] == [set(), {1}, {1}]
    assert [s.breath for s in stretches("I wonder…")] == [False]
    assert [s.breath for s in stretches("…so be it.")] == [True]
    assert [s.text for s in stretches("…")] == ["…"]


def test_dots_at_the_end_of_a_sentence_are_a_breath_before_the_next():
    found = carried(pieces("I thought… No. Then it rained… Well, I wonder..."))
    assert [p.spoken for p in found] == ["I thought…", "…No.", "Then it rained…", "…Well, I wonder…"]
    assert [p.caption for p in found][1] == "No."


def test_a_breath_is_soft_short_noise_without_an_edge():
    loud = 0.1
    made = [breath.breath(24000, loud, seed) for seed in range(20)]
    assert len({len(sound) for sound in made}) > 10
    for sound in made:
        assert 0.25 <= len(sound) / 24000 <= 0.401
        level = 20 * np.log10(np.sqrt(np.square(sound).mean()) / loud)
        assert level == pytest.approx(breath.LEVEL_DB, abs=0.1)
        assert abs(sound[0]) < 1e-4
        assert abs(sound[-1]) < 1e-4
        spectrum = np.square(np.abs(np.fft.rfft(sound)))
        hertz = np.fft.rfftfreq(len(sound), 1 / 24000)
        assert 500 < (hertz * spectrum).sum() / spectrum.sum() < 3500  # a hiss of a mouth, no rumble and no whistle
        assert spectrum.max() < 0.1 * spectrum.sum()  # noise, not a tone


def test_the_mouth_opens_a_little_for_it_and_shuts_again():
    mouth = breath.opened(track([Phone("SIL", 0.0, 1.0)], 1.0), 0.3, 0.7)
    aa = mouth.weights[:, VISEMES.index("aa")]
    assert aa[50] == pytest.approx(breath.OPEN, abs=0.02)
    assert aa[:30].max() == 0
    assert aa[71:].max() == 0
    assert np.abs(np.diff(aa)).max() < 0.06
    assert mouth.weights.sum(1) == pytest.approx(1.0, abs=1e-5)
    jaw = mouth.channels[:, 0]
    assert jaw[50] == pytest.approx(breath.OPEN, abs=0.03)
    assert max(jaw[:30].max(), jaw[71:].max()) < 0.02


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("こんにちは", "K AO N N IY CH IY HH AA"),
        ("がっこう", "G AA K K AO UW"),
        ("さんぽ", "S AA M P AO"),
        ("しゃしん", "SH AA SH IY N"),
        ("キャベツ", "K Y AA B EH T S UW"),
        ("コーヒー", "K AO AO HH IY IY"),
        ("ふゆ", "F UW Y UW"),
        ("パーティー", "P AA AA T IY IY"),
    ],
)
def test_kana_become_the_sounds_that_shape_a_mouth(word, sounds):
    assert " ".join(moras(word)) == sounds


def test_kanji_are_no_kana():
    assert moras("漢字です") is None
    assert moras("。") is None
