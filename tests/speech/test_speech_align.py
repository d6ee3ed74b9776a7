"""Recorded speech and its text: every sound is where a hand-checked alignment has it, and lips shut where they must."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.io.voice.english import English
from avatar.io.voice.neural import NeuralVoice
from avatar.io.voice.sound_files import read_sound
from avatar.runtime.speech_files import write_mouth
from avatar.speech.align import LONGEST, Aligner
from avatar.speech.visemes import track

SHARED = Path(__file__).resolve().parents[3] / "shared"
SPEECH = SHARED / "data" / "speech"


@pytest.fixture(scope="module")
def aligner():
    return Aligner(English())


@pytest.fixture(scope="module")
def voice():
    return NeuralVoice()


@pytest.mark.slow
@pytest.mark.skipif(not SPEECH.is_dir(), reason="needs the development data in ../shared")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_read_speech_is_followed(aligner, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SHARED / "tools"))
    import lipeval

    for wav in sorted(SPEECH.glob("*.wav")):
        sound, rate = read_sound(wav)
        phones = aligner.align(sound, rate, wav.with_suffix(".txt").read_text(encoding="utf-8"))
        seconds = len(sound) / rate
        assert phones[0].start == 0
        assert phones[-1].end == pytest.approx(seconds)
        assert all(a.end == b.start for a, b in pairwise(phones))
        assert all(p.end > p.start for p in phones)
        write_mouth(tmp_path / f"{wav.stem}.csv", [(track(phones, seconds, "alignment"), 0.0)], seconds)
    found = lipeval.run(str(SPEECH), str(tmp_path))
    sys.modules.pop("lipeval", None)
    assert found["uar8"] >= 0.86
    assert found["closure_recall_PP"] >= 0.98
    assert found["closure_precision"] >= 0.98
    assert found["onset_mae_ms"] <= 22
    assert abs(found["onset_median_ms"]) <= 6


def test_our_own_voice_is_found_where_it_says_its_sounds_are(aligner, voice):
    speech = voice.speak("Peter brought my mother a box of fresh apples from the market.", "u")
    phones = aligner.align(speech.sound, speech.rate, speech.text)
    own = [p for p in speech.track.phones if p.value in ("P", "B", "M", "F")]
    found = [p for p in phones if p.value in ("P", "B", "M", "F")]
    assert [p.value for p in found] == [p.value for p in own]
    apart = [abs(a.start - b.start) for a, b in zip(own, found, strict=True)]
    assert np.median(apart) < 0.025
    assert max(apart) < 0.08


def test_words_that_no_dictionary_has_are_pronounced(aligner):
    words = aligner.words("In 1998 the woodcutters’ club paid $5—no more—for Xylvania's naïve Mr. O'Brien!")
    phones = {w.name: w.phones for w in words}
    assert phones["the"] in {("DH", "AH"), ("DH", "IY")}
    assert len(words) == 17
    assert all(w.phones for w in words)
    assert any(w.phones[:3] == ("F", "AY", "V") for w in words)


@pytest.mark.parametrize("text", ["", "   ", "…!?", "😀 🎉", "你好"])
def test_a_text_without_words_is_refused(aligner, text):
    with pytest.raises(VoiceError, match="nothing in the text"):
        aligner.align(np.ones(16000, np.float32), 16000, text)


def test_what_does_not_go_together_is_refused(aligner, voice):
    speech = voice.speak("Yes.", "u")
    with pytest.raises(VoiceError, match="does not go with the sound"):
        aligner.align(speech.sound, speech.rate, "An altogether longer story, told by nobody. " * 4)
    with pytest.raises(VoiceError, match="only silence"):
        aligner.align(np.zeros(16000, np.float32), 16000, "Yes.")
    with pytest.raises(VoiceError, match="at most"):
        aligner.align(np.zeros(int(LONGEST * 100) + 200, np.float32), 100, "Yes.")


def test_it_aligns_again_after_a_refusal(aligner, voice):
    speech = voice.speak("Yes, of course.", "u")
    again = [aligner.align(speech.sound, speech.rate, speech.text) for _ in range(2)]
    assert again[0] == again[1]
    assert [p.value for p in again[0] if p.value != "SIL"][:3] == ["Y", "EH", "S"]
