"""The house voice slower, higher, stressed and out of breath; and the companion without a voice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.io.voice.delivery import Delivery
from avatar.io.voice.neural import NeuralVoice
from avatar.io.voice.silent import SilentVoice
from avatar.speech.manner import Manner
from avatar.speech.sound import loudness, true_peak
from avatar.speech.text import pieces
from avatar.types import VISEMES

TEXT = "My mother may remember the morning rain."
MORE = (TEXT, "Where are you going on a rainy evening?", "All our neighbours were away in Rome for a year.")


@pytest.fixture(scope="module")
def engine():
    made = NeuralVoice()
    made.warm()
    return made


def pitch(sound, rate=24000) -> float:
    """Median fundamental of the voiced frames, hertz, by autocorrelation."""
    size, found = 1200, []
    window = np.hanning(2 * size)
    for at in range(0, len(sound) - 2 * size, 300):
        part = sound[at : at + 2 * size] * window
        if np.square(part).mean() < 1e-4:
            continue
        line = np.fft.irfft(np.square(np.abs(np.fft.rfft(part, 4 * size))))
        low, high = rate // 400, rate // 100
        k = low + int(line[low:high].argmax())
        if line[k] > 0.4 * line[0]:
            found.append(rate / k)
    return float(np.median(found))


def formant(sound, rate=24000) -> float:
    """Centre of gravity of the sound's spectrum from 300 to 4000 Hz, where the vowels' formants are."""
    spectrum = np.square(np.abs(np.fft.rfft(sound)))
    hertz = np.fft.rfftfreq(len(sound), 1 / rate)
    band = (hertz > 300) & (hertz < 4000)
    return float((hertz * spectrum)[band].sum() / spectrum[band].sum())


@pytest.mark.parametrize("semitones", [-4.0, -2.0, 3.0, 4.0])
def test_pitch_moves_by_so_many_semitones_and_the_length_does_not_go_with_it(engine, semitones):
    plain = engine.speak(TEXT, "u")
    moved = Delivery(engine, Manner(pitch=semitones)).speak(TEXT, "u")
    assert 12 * np.log2(pitch(moved.sound) / pitch(plain.sound)) == pytest.approx(semitones, abs=0.5)
    assert moved.seconds == pytest.approx(plain.seconds, rel=0.03)
    assert loudness(moved.sound, 24000) == pytest.approx(-18.0, abs=0.5)
    assert true_peak(moved.sound) <= -1.0


@pytest.mark.parametrize("semitones", [2.0, 3.0, 4.0])
def test_formants_stay_where_they_are_when_the_pitch_moves(engine, semitones):
    """Higher against lower, so that what both lose of their breath is in neither: of the way that a shorter throat
    would move them (1 = with the pitch), over three sentences."""
    high, low = (Delivery(engine, Manner(pitch=by)) for by in (semitones, -semitones))
    shares = [
        np.log2(formant(high.speak(text, "u").sound) / formant(low.speak(text, "u").sound)) / (2 * semitones / 12)
        for text in MORE
    ]
    assert abs(np.mean(shares)) < 0.3


@pytest.mark.parametrize("semitones", [-4.0, -2.0, 3.0, 4.0])
def test_the_sound_is_about_as_bright_when_the_pitch_moves(engine, semitones):
    """Over three sentences, for one sentence's middle differs from processor to processor."""
    moved = Delivery(engine, Manner(pitch=semitones))
    off = [np.log2(formant(moved.speak(text, "u").sound) / formant(engine.speak(text, "u").sound)) for text in MORE]
    assert abs(np.mean(off)) < 0.25 * abs(semitones) / 4 + 0.05


def test_rate_is_the_pace_and_the_companions_tempo_goes_with_it(engine):
    pace = [1.0]
    voice = Delivery(engine, Manner(rate=0.8), lambda: pace[0])
    slow = voice.speak(TEXT, "u").seconds
    pace[0] = 1.25
    assert slow / voice.speak(TEXT, "u").seconds == pytest.approx(1.25, abs=0.12)
    assert slow / engine.speak(TEXT, "u").seconds == pytest.approx(1.25, abs=0.12)


def test_a_stressed_word_is_longer_higher_and_louder_and_its_neighbours_are_not(engine):
    said, written = "This is really new to me.", "This is *really* new to me."
    plain, stressed = engine.speak(said, "u"), Delivery(engine).speak(said, "u", written)

    def of(speech, word):
        phones = [p for p in speech.track.phones if p.word == word]
        sound = speech.sound[round(phones[0].start * 24000) : round(phones[-1].end * 24000)]
        return phones[-1].end - phones[0].start, float(np.sqrt(np.square(sound).mean())), sound

    (long, loud, sound), (was_long, was_loud, was) = of(stressed, 2), of(plain, 2)
    assert 1.1 < long / was_long < 1.6
    assert 12 * np.log2(pitch(sound) / pitch(was)) > 0.8
    quiet = of(stressed, 5)[1] / of(plain, 5)[1]
    assert 20 * np.log10(loud / was_loud / quiet) > 1.5
    assert of(stressed, 4)[0] == pytest.approx(of(plain, 4)[0], abs=0.02)
    assert stressed.text == written
    assert np.abs(np.diff(stressed.sound)).max() < 1.3 * np.abs(np.diff(plain.sound)).max()  # no click


def test_dots_are_a_pause_with_a_breath_that_can_be_switched_off(engine):
    text = "Wait… let me see."
    aloud, still = (Delivery(engine, Manner(breath=b)).speak(text, "u", text) for b in (True, False))
    assert aloud.seconds == still.seconds
    phones = aloud.track.phones
    assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(phones))
    pause = max((p for p in phones[1:-1] if p.value == "SIL"), key=lambda p: p.end - p.start)
    assert 0.5 < pause.end - pause.start < 0.9
    inside = slice(round((pause.start + 0.2) * 24000), round((pause.end - 0.12) * 24000))
    speech = np.sqrt(np.square(aloud.sound).mean())
    level = 20 * np.log10(np.sqrt(np.square(aloud.sound[inside]).mean()) / speech)
    assert -40 < level < -24
    assert np.sqrt(np.square(still.sound[inside]).mean()) < 1e-5
    aa = VISEMES.index("aa")
    rows = slice(round((pause.start + 0.25) * 100), round((pause.end - 0.2) * 100))
    assert aloud.track.weights[rows, aa].max() > 0.15
    assert still.track.weights[rows, aa].max() < 0.05
    words = [p.word for p in phones if p.value != "SIL"]
    assert words == sorted(words)
    assert words[-1] == 3
    assert loudness(aloud.sound, 24000) == pytest.approx(-18.0, abs=0.5)


PASSAGE = (
    "When the sunlight strikes raindrops in the air, they act like a prism and form a rainbow. The rainbow is a "
    "division of white light into many beautiful colours. There is, according to legend, a boiling pot of gold at one "
    "end. People look, but no one ever finds it. Hello there. Shall we begin?"
)


def test_without_a_voice_the_mouth_keeps_a_readers_pace_in_silence():
    voice = Delivery(SilentVoice())
    made = [voice.speak(p.spoken, "u", p.caption) for p in pieces(PASSAGE)]
    minutes = sum(s.seconds + 0.16 for s in made) / 60
    assert len(PASSAGE.split()) / minutes == pytest.approx(150, rel=0.1)
    quick = Delivery(SilentVoice(), Manner(rate=2.0))
    assert sum(quick.speak(p.spoken, "u").seconds for p in pieces(PASSAGE)) < 0.6 * 60 * minutes
    for speech in made:
        assert not speech.sound.any()
        assert speech.track.phones[-1].end == pytest.approx(speech.seconds, abs=1e-3)
        assert speech.track.source == "words"
    shut = [p for s in made for p in s.track.phones if p.value in "PBM"]
    assert len(shut) > 10
    for speech in made:
        for p in speech.track.phones:
            if p.value in ("P", "B", "M"):
                rows = speech.track.weights[int(p.start * 100) : int(np.ceil(p.end * 100)) + 1]
                assert rows[:, VISEMES.index("PP")].max() == 1.0


@pytest.mark.parametrize("text", ["こんにちは、みなさん。", "漢字です", "Привет, мир", "Ça va très bien."])
def test_it_moves_its_mouth_for_every_script(text):
    speech = SilentVoice().speak(text, "u")
    assert speech.seconds > 0.5
    assert (speech.track.weights[:, 0] < 0.5).mean() > 0.4


def test_it_does_not_move_for_nothing():
    with pytest.raises(VoiceError, match="nothing to pronounce"):
        SilentVoice().speak("…!", "u")
