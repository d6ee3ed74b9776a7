"""A microphone: a reader's voice moves the mouth, and the companion's voice sinks for a person but not for itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.io.capture.microphone import SamplesMicrophone
from avatar.io.voice.mixer import Mixer
from avatar.io.voice.neural import NeuralVoice
from avatar.io.voice.pieces import quiet
from avatar.io.voice.playback import RATE, VirtualDevice
from avatar.io.voice.sound_files import read_sound
from avatar.runtime.hearing import Hearing, Played
from avatar.speech.loudness import Loudness
from avatar.speech.sound import level, resample
from avatar.speech.visemes import track
from avatar.types import VISEMES, FloatArray, Phone, Speech

SPEECH = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech"


def bursts() -> FloatArray:
    """Half a second of buzz, half of silence, twice, at 16 kHz."""
    t = np.arange(8000) / 16000
    on = (0.3 * np.sin(2 * np.pi * 150 * t)).astype(np.float32)
    return np.concatenate([on, 0 * on, on, 0 * on])


def test_a_reader_s_mouth_opens_with_the_voice_and_is_shut_without_it() -> None:
    clock = ManualClock(5.0)
    ears = Hearing(SamplesMicrophone(bursts(), 16000, clock), clock, reader=True, listener=Loudness)
    out, wide = np.empty(15, np.float32), []
    for _ in range(180):
        ears.mouth(clock.advance(1 / 60), out)
        assert out.sum() == pytest.approx(1.0, abs=1e-5)
        wide.append(1 - float(out[0]))
    assert min(wide[9:28]) > 0.3
    assert max(wide[42:58]) < 0.1
    assert min(wide[69:88]) > 0.3
    assert max(wide[120:]) < 0.01


def test_a_reader_s_words_are_heard_and_move_the_mouth() -> None:
    speech = NeuralVoice().speak("My mother may bake a big apple pie.", "u")
    clock = ManualClock(5.0)
    ears = Hearing(SamplesMicrophone(speech.sound, speech.rate, clock), clock, reader=True)
    out, shown, apart = np.empty(18, np.float32), [], []
    for _ in range(round((speech.seconds + 1) * 60)):
        ears.mouth(clock.advance(1 / 60), out)
        apart.append(out[15:].copy())
        shown.append(out[:15].copy())
    said = np.array(shown)
    lips, wide = said[:, VISEMES.index("PP")], 1 - said[:, 0]
    assert 0.05 < np.abs(apart).max() <= 1.0  # jaw and lips go their own ways
    assert (lips > 0.9).sum() >= 8  # seven p, b, m are in it
    assert (wide > 0.7).mean() > 0.3
    assert wide[-20:].max() < 0.05


def test_samples_come_as_time_goes_and_silence_after_them() -> None:
    clock = ManualClock()
    microphone = SamplesMicrophone(np.ones(100, np.float32), 1000, clock)
    t, first = microphone.read(clock.advance(0.06))
    assert (t, len(first)) == (0.0, 60)
    t, rest = microphone.read(clock.advance(0.06))
    assert t == pytest.approx(0.06)
    np.testing.assert_array_equal(rest, [1.0] * 40 + [0.0] * 20)
    assert not microphone.open


@pytest.mark.skipif(not SPEECH.is_dir(), reason="needs the development data in ../shared")
def test_the_voice_sinks_for_a_person_and_never_for_itself() -> None:
    clock = ManualClock()
    sound, rate = read_sound(SPEECH / "LJ001-0001.wav")
    own = resample(level(sound, rate), rate, RATE)
    own = own[quiet(own, round(0.004 * RATE)) :]
    other, rate = read_sound(SPEECH / "LJ001-0006.wav")
    at, room = round(5.0 * RATE), round(0.08 * RATE)
    heard = 0.4 * np.concatenate([np.zeros(room, np.float32), own])
    person = 0.4 * resample(level(other, rate), rate, RATE)[: 2 * RATE]
    heard[at : at + len(person)] += person
    played, blocks = Played(RATE), []
    mixer = Mixer(RATE)

    def tap(t: float, block: FloatArray) -> None:
        played.tap(t, block)
        blocks.append(block)

    device = VirtualDevice(mixer, clock, tap)
    mixer.enqueue(Speech("u", "words", own, RATE, track([Phone("AA", 0.0, 1.0)], len(own) / RATE)))
    ears = Hearing(SamplesMicrophone(heard.astype(np.float32), RATE, clock), clock, mixer=mixer, played=played)
    spoken = []
    for _ in range(540):
        now = clock.advance(1 / 60)
        device.pump(now)
        ears.step(now)
        spoken.append((now, ears.person))
    assert not any(p for t, p in spoken if t < 5.0)
    assert next(t for t, p in spoken if p) < 5.0 + 0.35
    assert not spoken[-1][1]
    out = np.concatenate(blocks)
    gain = np.abs(out) / np.maximum(np.abs(own[: len(out)]), 1e-3)
    loud = np.abs(own[: len(out)]) > 0.05
    t = np.arange(len(out)) / RATE
    assert np.median(gain[loud & (t < 4.9)]) == pytest.approx(1.0, abs=0.01)
    assert 20 * np.log10(np.median(gain[loud & (t > 5.8) & (t < 6.8)])) == pytest.approx(-12, abs=0.5)
    assert np.median(gain[loud & (t > 8.2)]) == pytest.approx(1.0, abs=0.01)
