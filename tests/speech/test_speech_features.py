"""The bands of an ear: a tone is in its band, a level is a level, and sound as it comes gives what the whole gives."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.speech.features import BANDS, HOP, RATE, WINDOW, Stream, bands, loudness_bands, mel
from avatar.speech.sound import resample


def tone(hertz: float, seconds: float, rate: int = RATE) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def in_pieces(sound: np.ndarray, rate: int, size: int) -> np.ndarray:
    stream = Stream(rate)
    windows = [w for k in range(0, len(sound), size) for w in stream.push(sound[k : k + size])]
    return np.stack(windows)


def test_every_band_hears_its_own_tone_loudest():
    centres = (bands() * np.arange(257)[:, None]).sum(0) / bands().sum(0) * RATE / 512
    assert np.all(np.diff(centres) > 0)
    for k in range(4, BANDS, 5):
        heard = mel(tone(centres[k], 0.3))[10]
        assert abs(int(heard.argmax()) - k) <= 1


def test_twice_the_sound_is_six_decibels_more():
    sound = np.random.default_rng(1).standard_normal(RATE // 2).astype(np.float32) * 0.1
    apart = mel(2 * sound)[5:-5] - mel(sound)[5:-5]
    assert apart == pytest.approx(np.log(4), abs=1e-3)


def test_a_click_is_heard_in_the_frames_about_it_and_nowhere_else():
    sound = np.zeros(RATE, np.float32)
    sound[RATE // 2] = 1.0
    heard = np.flatnonzero(mel(sound).mean(1) > mel(np.zeros(RATE, np.float32)).mean() + 1)
    assert set(heard) <= {49, 50, 51}
    assert 50 in heard


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_sound_as_it_comes_gives_what_the_whole_gives(rate):
    noise = np.random.default_rng(2).standard_normal(RATE).astype(np.float32) * 0.05
    sound = resample(noise + tone(900, 1.0), RATE, rate)
    whole = mel(resample(sound, rate, RATE))
    heard = loudness_bands(in_pieces(sound, rate, rate // 50))
    count = min(len(whole), len(heard))
    assert count >= len(whole) - 3
    below = bands()[: int(0.4 * min(rate / RATE, 1) * 512) + 1].sum(0) > 0.99
    assert np.abs(heard[2 : count - 2, below] - whole[2 : count - 2, below]).max() < 0.15


def test_the_size_of_the_pieces_does_not_matter():
    sound = np.random.default_rng(3).standard_normal(44100).astype(np.float32)
    first = in_pieces(sound, 44100, 441)
    assert np.array_equal(first, in_pieces(sound, 44100, 7))
    assert np.array_equal(first, in_pieces(sound, 44100, 44100))


def test_a_frame_is_there_as_soon_as_its_window_is():
    stream = Stream(RATE)
    needed = WINDOW - (WINDOW - HOP) // 2
    assert stream.push(np.zeros(needed - 1, np.float32)) == []
    assert len(stream.push(np.zeros(1, np.float32))) == 1
    assert stream.push(np.zeros(HOP - 1, np.float32)) == []
    assert len(stream.push(np.zeros(1, np.float32))) == 1
    assert stream.ahead == 0
    assert Stream(48000).ahead < 0.002
