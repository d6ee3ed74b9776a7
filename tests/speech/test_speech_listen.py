"""Speech heard without its text: lips shut where they must, silence and noise are none, and nothing is foreseen."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.io.voice.neural import NeuralVoice
from avatar.io.voice.sound_files import read_sound
from avatar.runtime.speech_files import MIDDLE, write_mouth
from avatar.speech.ear import MOUTHS, PHONES, alike
from avatar.speech.listen import Listener, Recogniser
from avatar.speech.sound import resample
from avatar.speech.visemes import track
from avatar.types import VISEMES, VisemeTrack

SHARED = Path(__file__).resolve().parents[3] / "shared"
SPEECH = SHARED / "data" / "speech"
SIL, PP = VISEMES.index("sil"), VISEMES.index("PP")


@pytest.fixture(scope="module")
def speech():
    return NeuralVoice().speak("My brother bought a map of the park, and people came by to see it.", "u")


def heard(sound, rate, size=0.02, look_ahead=0.1):
    listener = Listener(rate, look_ahead)
    step = max(1, int(size * rate))
    parts = [listener.feed(sound[k : k + step]) for k in range(0, len(sound), step)]
    parts.append(listener.finish())
    return np.concatenate([p.weights for p in parts]), tuple(p for part in parts for p in part.phones)


def as_track(weights):
    return VisemeTrack(np.concatenate([weights, weights[-1:]]), 100.0, (), "heard")


def measured(tmp_path, monkeypatch, mouth, middle=MIDDLE):
    monkeypatch.syspath_prepend(str(SHARED / "tools"))
    import lipeval

    for wav in sorted(SPEECH.glob("*.wav")):
        sound, rate = read_sound(wav)
        write_mouth(tmp_path / f"{wav.stem}.csv", [(mouth(sound, rate), 0.0)], len(sound) / rate, middle)
    found = lipeval.run(str(SPEECH), str(tmp_path))
    sys.modules.pop("lipeval", None)
    return found


@pytest.mark.skipif(not SPEECH.is_dir(), reason="needs the development data in ../shared")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_read_speech_is_recognised_from_its_sound(tmp_path, monkeypatch):
    ear = Recogniser()
    found = measured(tmp_path, monkeypatch, lambda s, r: track(ear.phones(s, r), len(s) / r, "recognised"))
    assert found["uar8"] >= 0.75
    assert found["closure_recall_shut"] >= 0.89
    assert found["closure_precision"] >= 0.68
    assert abs(found["onset_median_ms"]) <= 15


@pytest.mark.skipif(not SPEECH.is_dir(), reason="needs the development data in ../shared")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_read_speech_is_followed_as_it_comes(tmp_path, monkeypatch):
    found = measured(tmp_path, monkeypatch, lambda s, r: as_track(heard(s, r)[0]), 0.0)
    assert found["uar8"] >= 0.73
    assert found["closure_recall_shut"] >= 0.83
    assert found["closure_precision"] >= 0.61
    assert abs(found["onset_median_ms"]) <= 20


def test_lips_shut_where_our_own_voice_shuts_them(speech):
    own = [p for p in speech.track.phones if p.value in ("P", "B", "M")]
    phones = Recogniser().phones(speech.sound, speech.rate)
    shut = [p for p in phones if p.value in ("P", "B", "M")]
    met = [any(s.start < p.end + 0.03 and s.end > p.start - 0.03 for s in shut) for p in own]
    assert sum(met) >= 0.8 * len(own)
    live, _ = heard(speech.sound, speech.rate)
    pressed = [live[int(p.start * 100) : int(p.end * 100) + 3, PP].max() for p in own]
    assert np.mean(np.array(pressed) > 0.9) >= 0.8


def test_a_mouth_is_as_likely_as_all_its_sounds():
    assert sorted(name for mouth in MOUTHS for name in mouth) == sorted(PHONES)
    chances = np.random.default_rng(1).dirichlet(np.ones(len(PHONES)), 5)
    found = np.exp(alike(np.log(chances).astype(np.float32)))
    pressed = chances[:, [PHONES.index(name) for name in ("P", "B", "M")]].sum(1)
    assert found[:, PHONES.index("M")] == pytest.approx(pressed, abs=1e-5)
    assert (found >= chances - 1e-5).all()


def test_phones_tile_the_sound(speech):
    seconds = len(speech.sound) / speech.rate
    for phones in (Recogniser().phones(speech.sound, speech.rate), heard(speech.sound, speech.rate)[1]):
        assert phones[0].start == 0
        assert phones[-1].end == pytest.approx(seconds)
        assert all(a.end == pytest.approx(b.start) and a.value != b.value for a, b in pairwise(phones))
    assert min(p.end - p.start for p in Recogniser().phones(speech.sound, speech.rate)[1:-1]) > 0.0299


def test_the_size_of_the_pieces_does_not_matter(speech):
    first, phones = heard(speech.sound, speech.rate, 0.02)
    for size in (0.0013, 0.1, 9.0):
        other, same = heard(speech.sound, speech.rate, size)
        assert np.array_equal(first, other)
        assert same == phones
    assert len(first) == -(-len(speech.sound) * 100 // speech.rate)
    assert first.sum(1) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100])
def test_nothing_is_heard_before_its_time(speech, rate):
    sound = resample(speech.sound, speech.rate, rate)
    other = sound.copy()
    cut = rate  # one second in
    other[cut:] = np.random.default_rng(1).standard_normal(len(sound) - cut).astype(np.float32)
    first, second = heard(sound, rate)[0], heard(other, rate)[0]
    same = np.flatnonzero(np.abs(first - second).max(1) > 0)[0]
    assert same >= 90  # the rows until 0.1 s before the change
    listener = Listener(rate)
    rows = sum(len(listener.feed(sound[k : k + 100]).weights) for k in range(0, cut, 100))
    assert rows >= 89


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 48000])
def test_the_rate_of_the_sound_matters_little(speech, rate):
    here = track(Recogniser().phones(speech.sound, speech.rate), speech.seconds).weights.argmax(1)
    there = track(Recogniser().phones(resample(speech.sound, speech.rate, rate), rate), speech.seconds).weights.argmax(
        1
    )
    count = min(len(here), len(there))
    assert np.mean(here[:count] == there[:count]) > (0.6 if rate < 16000 else 0.9)


def test_in_silence_the_mouth_is_shut():
    for level in (0.0, 1e-5, 1e-4):
        sound = (level * np.random.default_rng(1).standard_normal(32000)).astype(np.float32)
        assert [p.value for p in Recogniser().phones(sound, 16000)] == ["SIL"]
        weights, phones = heard(sound, 16000)
        assert weights[:, SIL].min() > 0.99
        assert [p.value for p in phones] == ["SIL"]


def test_noise_does_not_chatter():
    random = np.random.default_rng(2)
    white = random.standard_normal(16000 * 6)
    hum = np.cumsum(random.standard_normal(16000 * 6))
    hum = (hum - np.convolve(hum, np.ones(800) / 800, "same")) / 30
    for noise in (white * 0.01, white * 0.1, hum * 0.1):
        weights, _ = heard(noise.astype(np.float32), 16000)
        assert np.mean(weights[100:, SIL] > 0.5) > 0.85


def test_a_pause_in_noise_is_a_pause(speech):
    noise = np.random.default_rng(3).standard_normal(speech.rate * 2) * 0.003
    sound = np.concatenate([speech.sound, noise[: speech.rate]]).astype(np.float32)
    sound += np.resize(noise, len(sound)).astype(np.float32)
    weights, _ = heard(sound, speech.rate)
    assert np.mean(weights[-70:, SIL] > 0.5) > 0.9


def test_samples_that_are_no_numbers_are_silence_as_they_come_and_an_error_in_a_whole(speech):
    sound = speech.sound.copy()
    sound[5000:5010] = np.nan
    weights, _ = heard(sound, speech.rate)
    assert np.isfinite(weights).all()
    with pytest.raises(VoiceError, match="not numbers"):
        Recogniser().phones(sound, speech.rate)


def test_what_cannot_be_is_one_clear_error():
    with pytest.raises(VoiceError, match="samples a second"):
        Listener(1000)
    with pytest.raises(VoiceError, match="samples a second"):
        Recogniser().phones(np.zeros(10, np.float32), 0)
    for look_ahead in (0.02, 0.5):
        with pytest.raises(VoiceError, match="the look-ahead is"):
            Listener(16000, look_ahead)
    with pytest.raises(VoiceError, match="at most"):
        Recogniser().phones(np.zeros(4000 * 3601, np.float32), 4000)


def test_hardly_any_sound_is_no_error():
    for count in (0, 1, 100):
        sound = np.zeros(count, np.float32)
        assert all(p.value == "SIL" for p in Recogniser().phones(sound, 16000))
        assert all(p.value == "SIL" for p in heard(sound, 16000)[1])


def test_memory_does_not_grow():
    listener = Listener(48000)
    sound = np.random.default_rng(4).standard_normal(960).astype(np.float32) * 0.1
    sizes = []
    for k in range(600):
        listener.feed(sound)
        if k in (200, 599):
            stream = listener._stream
            sizes.append(len(stream._raw) + len(stream._ready) + 1000 * len(listener._said))
    assert abs(sizes[1] - sizes[0]) < 8000
