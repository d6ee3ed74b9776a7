"""The real voice: what it says, how loud, and that its phones lie where its sound is."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.io.voice.english import English
from avatar.io.voice.neural import NeuralVoice
from avatar.speech.align import Aligner
from avatar.speech.sound import loudness, true_peak
from avatar.types import VISEMES

SENTENCES = [
    "Hello there.",
    "Please bring Bob a big map, and five smooth moonlit stew pots.",
    "My brother believes very few people have ever filmed a fox, perhaps five.",
    "Well, on the 3rd of May 2024 it cost $9.99!",
    "Mm.",
]


@pytest.fixture(scope="module")
def voice():
    made = NeuralVoice()
    made.warm()
    return made


@pytest.fixture(scope="module")
def said(voice):
    return [voice.speak(text, f"u{k}") for k, text in enumerate(SENTENCES)]


def power(speech, start: float, end: float) -> float:
    return float(np.square(speech.sound[round(start * speech.rate) : round(end * speech.rate)]).mean())


def test_sound_and_mouth_are_as_long_as_each_other(said):
    for speech in said:
        assert speech.rate == 24000
        assert speech.sound.dtype == np.float32
        assert abs(speech.track.phones[-1].end - speech.seconds) < 1e-3
        assert 0 <= speech.track.seconds - speech.seconds < 0.0201


def test_phones_tile_the_sound(said):
    for speech in said:
        phones = speech.track.phones
        assert phones[0].start == 0
        assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(phones))
        assert all(p.end > p.start for p in phones)
        words = [p.word for p in phones if p.value != "SIL"]
        assert words == sorted(words)
        assert words[0] == 0


def test_words_are_counted_on_through_the_sentences_of_a_piece(voice):
    phones = voice.speak("Stop! Go home now. Good.", "u").track.phones
    first = {p.word: p.value for p in reversed(phones) if p.word >= 0}
    assert first == {0: "S", 1: "G", 2: "HH", 3: "N", 4: "G"}
    words = [p.word for p in phones if p.value != "SIL"]
    assert words == sorted(words)


def test_the_words_become_the_right_sounds(said):
    assert " ".join(p.value for p in said[0].track.phones) == "SIL HH AH L OW DH EH R SIL"
    assert [p.value for p in said[0].track.phones if p.stress == 1] == ["OW", "EH"]
    assert "P L IY Z B R IH NG B AA B AH B IH G M AE P SIL" in " ".join(p.value for p in said[1].track.phones)


def test_level_and_peak(said):
    for speech in said:
        assert loudness(speech.sound, speech.rate) == pytest.approx(-18.0, abs=0.6)
        assert true_peak(speech.sound) <= -0.99


def test_no_click_at_either_end_and_no_long_silence_before_speech(said):
    for speech in said:
        assert abs(speech.sound[0]) < 1e-3
        assert abs(speech.sound[-1]) < 1e-3
        assert abs(float(speech.sound.mean())) < 1e-3
        loud = np.flatnonzero(np.abs(speech.sound) > 0.02)
        assert loud[0] / speech.rate < 0.12


def test_vowels_are_louder_than_closures_and_silence_is_silent(said):
    vowels, closures, silences = [], [], []
    for speech in said[:4]:
        for p in speech.track.phones:
            middle = (p.start + p.end) / 2
            if p.value[0] in "AEIOU" and p.stress == 1:
                vowels.append(power(speech, middle - 0.015, middle + 0.015))
            elif p.value in "PB" and p.start > 0.1:
                closures.append(power(speech, middle - 0.01, middle + 0.01))
            elif p.value == "SIL" and p.end - p.start > 0.1:
                silences.append(power(speech, middle - 0.02, middle + 0.02))
    assert 10 * np.log10(np.median(vowels) / np.median(closures)) > 10
    assert 10 * np.log10(np.median(vowels) / max(silences)) > 35


def test_hissing_is_high_and_humming_is_low(said):
    def centre(speech, p):
        part = speech.sound[round(p.start * 24000) : round(p.end * 24000)]
        spectrum = np.square(np.abs(np.fft.rfft(part * np.hanning(len(part)))))
        return float((np.fft.rfftfreq(len(part), 1 / 24000) * spectrum).sum() / spectrum.sum())

    every = [(s, p) for s in said[:4] for p in s.track.phones if p.end - p.start > 0.05]
    hiss = np.median([centre(s, p) for s, p in every if p.value == "S"])
    hum = np.median([centre(s, p) for s, p in every if p.value in ("M", "N")])
    assert hiss > 4000
    assert hum < 1000


def test_lips_shut_on_every_p_b_m_and_bite_on_every_f_v(said):
    count = 0
    for speech in said:
        for p in speech.track.phones:
            shape = "PP" if p.value in ("P", "B", "M") else "FF" if p.value in ("F", "V") else ""
            if not shape:
                continue
            count += 1
            rows = speech.track.weights[int(p.start * 100) : int(np.ceil(p.end * 100)) + 1]
            best = rows[rows[:, VISEMES.index(shape)].argmax()]
            assert best[VISEMES.index(shape)] == 1.0
            assert best.sum() == 1.0
    assert count > 25


def test_the_same_text_gives_the_same_sound(voice, said):
    again = voice.speak(SENTENCES[0], "again", caption="as written")
    np.testing.assert_array_equal(again.sound, said[0].sound)
    assert again.text == "as written"


def test_speed_changes_the_length():
    slow, fast = (NeuralVoice(speed=s).speak(SENTENCES[2], "u").seconds for s in (0.8, 1.4))
    assert 1.4 < slow / fast < 2.2


@pytest.mark.parametrize("speed", [0.7, 1.4])
def test_its_times_are_those_of_its_sound_at_any_speed(speed):
    voice, aligner, apart = NeuralVoice(speed=speed), Aligner(English()), []
    for text in ("Nobody knew where the music came from.", "The market opens early on Friday.", "We heard a knock."):
        speech = voice.speak(text, "u")
        ours = [p for p in speech.track.phones if p.value != "SIL"]
        theirs = [p for p in aligner.align(speech.sound, speech.rate, text) if p.value != "SIL"]
        same = SequenceMatcher(None, [p.value for p in ours], [p.value for p in theirs], autojunk=False)
        for i, k, count in same.get_matching_blocks():
            apart += [ours[i + n].start - theirs[k + n].start for n in range(count)]
    assert len(apart) > 40
    assert abs(np.median(apart)) < 0.010


def test_long_and_odd_text_is_spoken(voice):
    assert voice.speak("12345678 " * 25, "u").seconds > 60
    assert voice.speak("Żółć, naïve café (aside) — “quoted”; x=y & 7%…", "u").seconds > 2


@pytest.mark.parametrize("text", ["", "…", "?!", "你好", "مرحبا"])
def test_what_it_cannot_pronounce(voice, text):
    with pytest.raises(VoiceError, match="heart"):
        voice.speak(text, "u")


@pytest.mark.parametrize(("text", "first"), [("こんにちは", "K"), ("Привет", "P")])
def test_scripts_with_a_reading_are_read_by_their_sound(voice, text, first):
    found = [p.value for p in voice.speak(text, "u").track.phones if p.value != "SIL"]
    assert found[0] == first
    assert len(found) >= 5


def test_unknown_and_absent_voices(monkeypatch, tmp_path):
    with pytest.raises(VoiceError, match=r"no voice named 'nobody'.*heart"):
        NeuralVoice("nobody")
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(VoiceError, match="'emma' is not on this machine"):
        NeuralVoice("emma")
    with pytest.raises(VoiceError, match="speed"):
        NeuralVoice(speed=5)


def test_languages(voice):
    assert voice.speaks(None)
    assert voice.speaks("en")
    assert voice.speaks("en-GB")
    assert not voice.speaks("fr")
