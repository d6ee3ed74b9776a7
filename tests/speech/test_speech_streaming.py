"""Sound in bits: the seams are not heard, the level is right and does not pump."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.speech.sound import loudness, true_peak
from avatar.speech.streaming import Leveller, Resampler

NONE = np.zeros(0, np.float32)


def bits(sound: np.ndarray, seed: int, most: int):
    rng, at = np.random.default_rng(seed), 0
    while at < len(sound):
        count = int(rng.integers(1, most))
        yield sound[at : at + count]
        at += count


@pytest.mark.parametrize(
    ("rate", "to"), [(24000, 48000), (44100, 48000), (48000, 16000), (192000, 48000), (8001, 48000)]
)
def test_a_tone_in_bits_is_the_same_tone_at_another_rate(rate: int, to: int) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate // 2) / rate)).astype(np.float32)
    one = Resampler(rate, to)
    parts = [one.feed(part) for part in bits(tone, rate, rate // 30)]
    out = np.concatenate([*parts, one.feed(NONE, final=True)])
    assert len(out) == -(-len(tone) * to // rate)
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(len(out)) / to)
    assert np.abs(out - wanted)[200:-200].max() < 0.002


def test_what_a_lower_rate_cannot_hold_is_gone() -> None:
    hiss = (0.5 * np.sin(2 * np.pi * 11000 * np.arange(24000) / 48000)).astype(np.float32)
    out = Resampler(48000, 16000).feed(hiss, final=True)
    assert np.abs(out[200:-200]).max() < 0.005


def voice(seconds: float, rate: int = 48000) -> np.ndarray:
    """A buzz in syllables, with a pause a second, every third one half as loud."""
    t = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 20))
    syllable = np.maximum(0, np.sin(2 * np.pi * 4 * t)) * np.where(np.floor(t * 4) % 3 == 0, 0.5, 1.0)
    return (0.2 * buzz * syllable * (np.mod(t, 1.0) < 0.8)).astype(np.float32)


@pytest.mark.parametrize("db", [-15, 0, 12])
def test_any_voice_comes_out_as_loud_and_under_the_peak(db: float) -> None:
    sound = voice(8.0) * np.float32(10 ** (db / 20))
    one = Leveller(48000)
    gains, out = [], []
    for part in bits(sound, 3, 4000):
        out.append(one.feed(part))
        gains.append(one.gain)
    out.append(one.feed(NONE, final=True))
    even = np.concatenate(out)
    assert len(even) == len(sound)
    assert loudness(even, 48000) == pytest.approx(-18, abs=1.0)
    assert true_peak(even) <= -1.0
    later = np.array(gains[len(gains) // 3 :])
    assert np.ptp(later) < 1.0


def test_the_next_utterance_of_a_voice_begins_with_the_gain_of_the_last() -> None:
    sound = voice(3.0) * np.float32(0.1)
    first = Leveller(48000)
    first.feed(sound)
    second = Leveller(48000, first.gain)
    begun = second.feed(sound[:24000])
    assert 20 * np.log10(np.abs(begun[9000:]).max() / np.abs(sound[9000:24000]).max()) == pytest.approx(
        first.gain, abs=1.5
    )


def test_silence_stays_silence() -> None:
    one = Leveller(48000)
    assert not np.any(one.feed(np.zeros(48000, np.float32), final=True))
    assert one.gain == 0.0
