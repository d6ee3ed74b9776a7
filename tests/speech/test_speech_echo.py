"""A room with a loudspeaker and a microphone: what she says is never taken for a person; a person over it is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.io.voice.sound_files import read_sound
from avatar.speech.echo import BLOCK, RATE, EchoGate
from avatar.speech.sound import level, resample
from avatar.types import FloatArray

SPEECH = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech"
needs_speech = pytest.mark.skipif(not SPEECH.is_dir(), reason="needs the development data in ../shared")


def clip(number: int, seconds: float) -> FloatArray:
    sound, rate = read_sound(SPEECH / f"LJ001-000{number}.wav")
    return level(resample(sound[: round(seconds * rate)], rate, RATE), RATE)


def room(sound: FloatArray, delay: float, gain: float, noise: float, seed: int) -> FloatArray:
    """What a microphone hears of a loudspeaker ``delay`` seconds away: a direct way and 0.1 s of echoes, with noise."""
    rng = np.random.default_rng(seed)
    count = RATE // 10
    way = rng.standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    way[0] = 6
    way = np.concatenate([np.zeros(round(delay * RATE)), way / np.sqrt(np.square(way).sum())])
    size = len(sound) + len(way)
    heard = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(way, size), size)[: len(sound)] * gain
    return (heard + noise * rng.standard_normal(len(sound))).astype(np.float32)


def told(played: FloatArray, heard: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """(one truth a block, what was left)."""
    gate, persons, clean = EchoGate(), [], []
    for k in range(0, min(len(played), len(heard)) - BLOCK + 1, BLOCK):
        found = gate.step(played[k : k + BLOCK], heard[k : k + BLOCK])
        persons.append(found.person)
        clean.append(found.clean)
    return np.array(persons), np.concatenate(clean)


@needs_speech
@pytest.mark.parametrize(
    ("delay", "gain", "noise"), [(0.02, 0.5, 1e-4), (0.1, 1.5, 5e-4), (0.3, 0.1, 1e-4), (0.3, 1.5, 1e-4)]
)
def test_she_is_never_a_person_and_a_person_over_her_is_heard_soon(delay: float, gain: float, noise: float) -> None:
    pause = np.zeros(RATE // 2, np.float32)
    played = np.concatenate([clip(1, 6.0), pause, clip(3, 3.0), pause, clip(5, 3.5)])
    heard = room(played, delay, gain, noise, round(delay * 100))
    person = clip(6, 2.5)
    at = round(10.5 * RATE)  # she is in the middle of a sentence
    echo = np.sqrt(np.mean(np.square(heard[at : at + len(person)])))
    person = person * np.float32(echo / np.sqrt(np.mean(np.square(person))))
    both = heard.copy()
    both[at : at + len(person)] += person
    persons, clean = told(played, both)
    later = slice(4 * RATE, 10 * RATE)
    assert np.mean(np.square(clean[later])) < 0.03 * np.mean(np.square(heard[later]))
    begins = at + int(np.argmax(np.abs(person) > 0.1 * np.abs(person).max()))
    assert not persons[: begins // BLOCK - 1].any()
    first = int(np.argmax(persons)) * BLOCK
    assert persons.any()
    assert (first + BLOCK - begins) / RATE < 0.2
    assert persons[begins // BLOCK : (at + len(person)) // BLOCK].mean() > 0.7
    said = slice(begins, at + len(person))
    assert np.corrcoef(clean[said], person[begins - at :])[0, 1] > 0.9


@needs_speech
def test_a_person_in_silence_is_heard_and_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    person = np.concatenate([np.zeros(2 * RATE, np.float32), 0.3 * clip(6, 2.0), np.zeros(RATE, np.float32)])
    heard = (person + 1e-3 * rng.standard_normal(len(person))).astype(np.float32)
    persons, _ = told(np.zeros_like(heard), heard)
    assert not persons[: 2 * RATE // BLOCK].any()
    assert persons[2 * RATE // BLOCK : 4 * RATE // BLOCK].mean() > 0.8
    assert not persons[-RATE // 3 // BLOCK :].any()


@needs_speech
def test_with_headphones_a_person_is_heard_too() -> None:
    played = clip(1, 5.0)
    heard = (1e-4 * np.random.default_rng(2).standard_normal(len(played))).astype(np.float32)
    heard[3 * RATE : 5 * RATE] += 0.1 * clip(6, 2.0)[: len(heard) - 3 * RATE]
    persons, _ = told(played, heard)
    assert not persons[: 3 * RATE // BLOCK].any()
    assert persons[3 * RATE // BLOCK :].mean() > 0.6
