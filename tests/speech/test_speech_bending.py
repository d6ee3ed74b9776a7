"""Sound made longer without a click or another pitch; a pitch moved; a word stressed; a mouth of loudness."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.speech.bending import HELD, LOUDER_DB, factor, longer, pitched, stressed
from avatar.speech.envelope import mouth
from avatar.speech.spectrum import Frames, louder, raised, stretched
from avatar.types import VISEMES, Phone

RATE = 24000


def vowel(seconds: float, hertz: float = 150.0) -> np.ndarray:
    """A row of harmonics, as a voice has."""
    t = np.arange(round(seconds * RATE)) / RATE
    return (0.1 * sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 12))).astype(np.float32)


def main_tone(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 17))
    return float(np.argmax(spectrum) * RATE / (1 << 17))


@pytest.mark.parametrize("times", [1.2, 1.35, 1.8])
def test_longer_is_longer_at_the_same_pitch_with_the_same_ends_and_no_click(times):
    sound = vowel(0.2)
    held = longer(sound, RATE, times)
    assert len(held) / len(sound) == pytest.approx(times, abs=0.12)
    assert main_tone(held) == pytest.approx(150.0, abs=3.0)
    assert held[0] == sound[0]
    assert held[-1] == pytest.approx(sound[-1], abs=1e-6)
    assert np.abs(np.diff(held)).max() < 1.1 * np.abs(np.diff(sound)).max()
    assert np.sqrt(np.square(held).mean()) == pytest.approx(np.sqrt(np.square(sound).mean()), rel=0.1)


def test_what_is_too_short_to_hold_stays():
    sound = vowel(0.03)
    assert longer(sound, RATE, 1.5) is sound


@pytest.mark.parametrize("semitones", [-4.0, 1.0, 4.0])
def test_a_pitch_is_moved_and_the_length_with_it(semitones):
    moved = pitched(vowel(0.5), RATE, semitones)
    assert 12 * np.log2(main_tone(moved) / 150.0) == pytest.approx(semitones, abs=0.15)
    assert len(moved) * factor(semitones) == pytest.approx(0.5 * RATE, rel=0.005)


def test_a_stressed_word_is_held_and_louder_and_everything_after_it_comes_later():
    sound = np.concatenate([vowel(0.2)] * 3)
    phones = [Phone("AA", 0.2 * k, 0.2 * (k + 1), 1, k) for k in range(3)]
    bent, later = stressed(sound, RATE, phones, {1})
    assert later[0] == phones[0]
    assert later[1].end - later[1].start == pytest.approx(0.2 * HELD, abs=0.03)
    assert later[2].end - later[2].start == pytest.approx(0.2, abs=1e-6)
    assert later[-1].end == pytest.approx(len(bent) / RATE, abs=1e-3)

    def level(p):
        return float(np.sqrt(np.square(bent[round((p.start + 0.06) * RATE) : round((p.end - 0.06) * RATE)]).mean()))

    assert 20 * np.log10(level(later[1]) / level(later[0])) == pytest.approx(LOUDER_DB, abs=0.6)
    assert level(later[2]) == pytest.approx(level(later[0]), rel=0.05)


def test_a_mouth_of_loudness_opens_with_the_sound_and_shuts_without():
    sound = np.concatenate([np.zeros(RATE // 4, np.float32), vowel(0.3), np.zeros(RATE // 4, np.float32)])
    track = mouth(sound, RATE)
    assert track.source == "loudness"
    assert abs(track.seconds - len(sound) / RATE) < 0.021
    open_ = 1 - track.weights[:, VISEMES.index("sil")]
    assert open_[40] > 0.6
    assert open_[:20].max() == 0
    assert open_[-20:].max() == 0
    assert mouth(np.zeros(RATE, np.float32), RATE).weights[:, VISEMES.index("sil")].min() == 1.0


def frames() -> Frames:
    """Ten frames of a voice at 200 Hz, each harmonic level true only where harmonics are (bins are 20 Hz wide)."""
    bins = np.arange(601, dtype=np.float32)
    level = np.where(bins % 10 == 0, -bins / 100, 9.0).astype(np.float32)
    flat = np.zeros((601, 10), np.float32)
    f0 = np.array([0, 0, *[200] * 6, 0, 0], np.float32)
    return Frames(np.repeat(level[:, None], 10, 1), flat, flat - 5, flat - 5, flat, f0)


def test_a_raised_pitch_reads_the_spectrum_only_where_it_means_something():
    moved = raised(frames(), np.full(10, 3.0, np.float32), RATE)
    assert moved.f0[4] == pytest.approx(200 * 2 ** (3 / 12))
    assert moved.f0[0] == 0
    assert moved.harmonic[15:500, 4] == pytest.approx(-np.arange(15, 500) / 100, abs=0.02)
    assert (moved.harmonic[:, 0] == frames().harmonic[:, 0]).all()
    assert raised(frames(), np.zeros(10, np.float32), RATE).harmonic is not None


def test_frames_are_stretched_and_made_louder():
    long = stretched(frames(), np.array([1, 1, 2, 2, 2, 2, 2, 2, 1, 1], np.float32))
    assert len(long.f0) == 16
    assert set(long.f0.tolist()) == {0.0, 200.0}
    assert (long.f0 == 200).sum() == pytest.approx(12, abs=1)
    loud = louder(frames(), np.full(10, 6.0, np.float32))
    assert np.exp(loud.noise - frames().noise) == pytest.approx(10 ** (6 / 20))
