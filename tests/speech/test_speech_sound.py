"""Loudness against values the standard fixes, peaks between samples, and resampling that keeps time and tone."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.speech.sound import level, loudness, resample, true_peak


def tone(hertz: float, seconds: float, rate: int, amplitude: float = 1.0, phase: float = 0.0):
    t = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * t + phase)).astype(np.float32)


@pytest.mark.parametrize("rate", [24000, 44100, 48000])
def test_a_full_scale_tone_at_997_hz_is_minus_3_01(rate):
    assert loudness(tone(997, 5, rate), rate) == pytest.approx(-3.01, abs=0.05)


def test_low_tones_count_less_and_high_tones_more():
    assert loudness(tone(40, 3, 48000), 48000) < -8
    assert loudness(tone(4000, 3, 48000), 48000) > -0.5


def test_pauses_do_not_make_speech_quieter():
    rate = 24000
    said = tone(997, 3, rate, 0.1)
    gapped = np.concatenate([said, np.zeros(6 * rate, np.float32), said])
    assert loudness(gapped, rate) == pytest.approx(loudness(said, rate), abs=0.3)


def test_short_and_silent_sound():
    assert loudness(tone(997, 0.1, 24000), 24000) == pytest.approx(-3.01, abs=0.2)
    assert loudness(np.zeros(24000, np.float32), 24000) == -np.inf
    assert np.all(level(np.zeros(2400, np.float32), 24000) == 0)


def test_the_true_peak_lies_between_the_samples():
    hidden = tone(12000, 0.1, 48000, phase=np.pi / 4)  # every sample at 0.707, the wave reaches 1
    assert 20 * np.log10(np.abs(hidden).max()) == pytest.approx(-3.01, abs=0.01)
    assert true_peak(hidden[500:-500]) == pytest.approx(0.0, abs=0.2)


def test_levelling_reaches_the_target_and_holds_the_peaks():
    rng = np.random.default_rng(1)
    rate = 24000
    sound = (tone(220, 4, rate, 0.05) + rng.normal(0, 0.01, 4 * rate)).astype(np.float32)
    sound[rate :: rate // 2] += 0.6
    out = level(sound, rate)
    assert loudness(out, rate) == pytest.approx(-18, abs=0.7)
    fine = resample(out, rate, 8 * rate)
    assert 20 * np.log10(np.abs(fine).max()) <= -0.95
    quiet = level(tone(220, 2, rate, 0.01), rate)
    assert loudness(quiet, rate) == pytest.approx(-18, abs=0.05)


@pytest.mark.parametrize(("rate", "to"), [(24000, 48000), (24000, 44100), (48000, 16000)])
def test_resampling_keeps_length_and_tone(rate, to):
    out = resample(tone(1000, 0.5, rate, 0.5), rate, to)
    assert len(out) == round(0.5 * to)
    middle = slice(len(out) // 4, -len(out) // 4)
    np.testing.assert_allclose(out[middle], tone(1000, 0.5, to, 0.5)[middle], atol=2e-3)
