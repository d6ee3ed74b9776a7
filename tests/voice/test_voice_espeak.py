"""eSpeak NG behind its pipes: what its sounds become, in whichever language, and that the mouth goes with the sound."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.io.voice import espeak
from avatar.io.voice.delivery import Delivery
from avatar.runtime.voicing import voices_of
from avatar.speech.manner import Manner
from avatar.speech.sound import loudness, true_peak
from avatar.types import VISEMES

here = pytest.mark.skipif(espeak.find() is None, reason="eSpeak NG is not on this machine")


@pytest.fixture(scope="module")
def voices():
    made = voices_of()
    yield made
    made.close()


def data(tmp_path: Path) -> espeak.Home:
    """A library's folder with two languages, as eSpeak NG lays them out."""
    lang = tmp_path / "espeak-ng-data" / "lang" / "roa"
    lang.mkdir(parents=True)
    (lang / "fr").write_text("name French (France)\nlanguage fr-fr\nlanguage fr\n")
    (lang / "pt-BR").write_text("// a remark\nname Portuguese (Brazil)\nlanguage pt-br\nlanguage pt 6\n")
    return espeak.Home(tmp_path / "lib.so", tmp_path / "espeak-ng-data")


class Fake:
    """Answers as the process does: a hum, and the marks it was given."""

    def __init__(self, phones, words, samples=22050):
        self.phones, self.words, self.samples, self.asked = phones, words, samples, []

    def __call__(self, question):
        self.asked.append(question)
        sound = (8000 * np.sin(np.arange(self.samples) * 0.06)).astype("<i2")
        return {"rate": 22050, "samples": self.samples, "phones": self.phones, "words": self.words}, sound.tobytes()


def test_its_languages_are_read_from_its_data(tmp_path):
    known = espeak.languages(data(tmp_path))
    assert known == {"fr": (("fr-fr", "fr"), "French (France)"), "pt-br": (("pt-br", "pt"), "Portuguese (Brazil)")}


def test_its_marks_become_phones_that_tile_the_sound(tmp_path):
    marks = [[1000, "b"], [2000, "ɔ̃"], [4000, "ʒ"], [6000, "ˈu"], [8000, "ʁ"], [10000, ""]]
    marks += [[14000, "tsʲ"], [18000, "ʲ"]]
    fake = Fake(marks, [1000, 14000])
    speech = espeak.EspeakVoice("fr", fake, data(tmp_path)).speak("Bonjour tz", "u")
    phones = speech.track.phones
    assert " ".join(p.value for p in phones) == "SIL B AO ZH UW K SIL T S"
    assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(phones))
    assert phones[-1].end == pytest.approx(speech.seconds, abs=1e-3)
    assert [p.word for p in phones] == [-1, 0, 0, 0, 0, 0, -1, 1, 1]
    assert next(p for p in phones if p.value == "UW").stress == 1
    assert phones[1].start == pytest.approx(0.03, abs=1e-3)
    assert speech.rate == 22050


def test_what_it_is_asked_is_xml_whatever_is_said(tmp_path):
    fake = Fake([[0, "a"]], [0])
    voice = Delivery(espeak.EspeakVoice("fr+f2", fake, data(tmp_path)), Manner(rate=0.5, pitch=2.0))
    voice.speak("a < b & <break/> \x07 c", "u", "*a* < b & <break/> \x07 c")
    (question,) = fake.asked
    assert question["voice"] == "fr+f2"
    assert question["rate"] == round(espeak.WORDS_A_MINUTE / 2)
    assert question["pitch"] == 64
    assert ">a</prosody> &lt; b &amp; &lt;break/&gt;" in question["text"]
    assert question["text"].startswith("<prosody")
    assert "\x07" not in question["text"]


def test_a_language_it_has_not_and_sound_of_nothing(tmp_path):
    home = data(tmp_path)
    with pytest.raises(VoiceError, match=r"no language 'xx' \(languages: fr, pt-br\)"):
        espeak.EspeakVoice("xx", Fake([], []), home)
    with pytest.raises(VoiceError, match="no language"):
        espeak.EspeakVoice("fr+../x", Fake([], []), home)
    with pytest.raises(VoiceError, match="pronounce nothing in '…'"):
        espeak.EspeakVoice("fr", Fake([[0, ""]], []), home).speak("…", "u")


@here
@pytest.mark.parametrize(
    ("name", "text", "sounds"),
    [
        ("espeak:en-us", "Please bring Bob a map.", "P L IY Z B R IH NG B AA B"),
        ("espeak:fr", "Bonjour, un peu de feu.", "ZH UW"),
        ("espeak:de", "Schöne Grüße, zwei Äpfel.", "SH UH N"),
        ("espeak:es", "Buenos días, amigo.", "B W EH N AO S"),
        ("espeak:ja", "こんにちは", "K AO N"),
    ],
)
def test_every_language_has_a_mouth_and_a_level(voices, name, text, sounds):
    speech = voices(name).speak(text, "u")
    assert sounds in " ".join(p.value for p in speech.track.phones if p.value != "SIL")
    assert loudness(speech.sound, speech.rate) == pytest.approx(-18.0, abs=0.5)
    assert true_peak(speech.sound) <= -1.0
    assert abs(speech.sound[0]) < 1e-3
    assert abs(speech.sound[-1]) < 1e-3
    for p in speech.track.phones:
        if p.value in ("P", "B", "M"):
            rows = speech.track.weights[int(p.start * 100) : int(np.ceil(p.end * 100)) + 1]
            assert rows[:, VISEMES.index("PP")].max() == 1.0


@here
def test_its_vowels_are_louder_than_its_closures(voices):
    speech = voices("espeak:en-us").speak("Papa put a copper pot upon the table.", "u")

    def level(p):
        middle = round((p.start + p.end) / 2 * speech.rate)
        return float(np.square(speech.sound[middle - 200 : middle + 200]).mean())

    vowels = [level(p) for p in speech.track.phones if p.value[0] in "AEIOU" and p.end - p.start > 0.05]
    inner = [p for p in speech.track.phones if 0.1 < p.start < speech.seconds - 0.3]
    closures = [level(p) for p in inner if p.value == "P"]
    assert len(closures) >= 4
    assert 10 * np.log10(np.median(vowels) / np.median(closures)) > 10


@here
def test_rate_pitch_and_stress(voices):
    engine = voices("espeak:en-us").engine
    text = "This is really new to me."
    plain = engine.speak(text, "u")
    assert plain.seconds / engine.speak(text, "u", manner=Manner(rate=1.6)).seconds > 1.35
    held = engine.speak(text, "u", stressed={2})

    def long(speech, word):
        said = [p for p in speech.track.phones if p.word == word]
        return said[-1].end - said[0].start

    assert long(held, 2) > 1.1 * long(plain, 2)
    assert long(held, 4) == pytest.approx(long(plain, 4), rel=0.1)

    def pitch(speech):
        found = []
        for at in range(0, len(speech.sound) - 2048, 256):
            part = speech.sound[at : at + 2048] * np.hanning(2048)
            line = np.fft.irfft(np.square(np.abs(np.fft.rfft(part, 4096))))
            k = 70 + int(line[70:320].argmax())
            found += [22050 / k] if line[k] > 0.5 * line[0] > 1.0 else []
        return float(np.median(found))

    high, low = (pitch(engine.speak(text, "u", manner=Manner(pitch=p))) for p in (3.0, -3.0))
    assert 12 * np.log2(high / low) == pytest.approx(6.0, abs=1.2)


@here
def test_a_language_finds_its_voice(voices):
    assert voices.check(None, "fr-CA").startswith("espeak:fr")
    assert voices.check(None, "pt-BR") == "espeak:pt-br"
    assert voices.check(None, "de") == "espeak:de"
    assert voices.check("espeak", "it") == "espeak:it"
    assert voices.check("espeak:fr+f2") == "espeak:fr+f2"
    assert voices.check(None, "en-GB") == "heart"
    assert voices(None, "sv").speak("Hej på dig.", "u").seconds > 0.5


@here
def test_the_library_is_never_in_this_process(voices):
    voices("espeak:fr").speak("Bonjour.", "u")
    assert not any("espeakng" in name for name in sys.modules)
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert "libespeak" not in maps.read_text()
