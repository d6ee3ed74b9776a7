"""``avatar lipsync``: a recording and its text into a mouth that shuts in time."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from avatar.errors import UsageError, VoiceError
from avatar.runtime.lipsync import lipsync
from avatar.runtime.speech_files import speak_to_files
from avatar.types import VISEMES

TEXT = "My brother buys a map of the park."


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoken")
    speak_to_files(TEXT, folder / "a.wav", folder / "a.csv", marks=folder / "a.json")
    return folder


def shut(path):
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["t", *VISEMES]
    weights = np.array(rows[1:], float)
    assert weights[:, 1:].sum(1) == pytest.approx(1, abs=1e-3)
    return weights[:, 0][weights[:, 1 + VISEMES.index("PP")] > 0.9]


def test_lips_shut_when_the_voice_s_own_do(spoken, tmp_path):
    facts = lipsync(spoken / "a.wav", TEXT, visemes=tmp_path / "m.csv", marks=tmp_path / "m.json")
    assert facts["source"] == "alignment"
    assert facts["words"] == 8
    assert facts["closures"] == 6
    own, found = shut(spoken / "a.csv"), shut(tmp_path / "m.csv")
    assert all(np.abs(found - t).min() < 0.06 for t in own)
    assert all(np.abs(own - t).min() < 0.06 for t in found)
    marks = json.loads((tmp_path / "m.json").read_text())
    assert [m[2] for m in marks if m[2] != "SIL"][:2] == ["M", "AY"]


def test_the_text_may_be_a_file(spoken, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert lipsync(spoken / "a.wav", tmp_path / "a.txt")["words"] == 8


def test_times_of_words_are_taken_as_they_are(spoken, tmp_path):
    marks = json.loads((spoken / "a.json").read_text())
    end = marks[-1][1]
    # Where nobody says them: nothing that is heard may move them.
    words = [[0.8 + k * 0.2, 1.0 + k * 0.2, w] for k, w in enumerate(("My", "brother", "buys", "a", "map"))]
    assert words[-1][1] < end
    (tmp_path / "w.json").write_text(json.dumps(words))
    facts = lipsync(spoken / "a.wav", TEXT, tmp_path / "w.json", tmp_path / "m.csv")
    assert facts["source"] == "words"
    assert facts["words"] == 5
    closed = shut(tmp_path / "m.csv")
    assert ((closed > 0.78) & (closed < 0.88)).any()  # the m of my
    assert ((closed > 1.18) & (closed < 1.28)).any()  # the b of buys


def test_inside_a_word_with_a_time_its_sounds_begin_when_they_are_heard(spoken, tmp_path):
    marks = json.loads((spoken / "a.json").read_text())
    begin, end = marks[1][0], next(m[0] for m in marks if m[0] > 0.5 and m[2] == "B")
    (tmp_path / "w.json").write_text(json.dumps([[begin, end, "My brother"]]))
    facts = lipsync(spoken / "a.wav", TEXT, tmp_path / "w.json", marks=tmp_path / "m.json")
    assert facts["source"] == "alignment"
    found = {m[2]: m[0] for m in json.loads((tmp_path / "m.json").read_text())}
    assert found["B"] == pytest.approx(next(m[0] for m in marks if m[2] == "B"), abs=0.05)


def test_a_voices_own_timing_is_taken_as_it_was_sent(spoken, tmp_path):
    polly = [{"time": 100 * k, "type": "viseme", "value": v} for k, v in enumerate(("sil", "a", "p", "a", "sil"))]
    polly.insert(1, {"time": 100, "type": "word", "start": 0, "end": 4, "value": "Papa"})
    (tmp_path / "polly.json").write_text("\n".join(json.dumps(row, separators=(",", ":")) for row in polly))
    facts = lipsync(spoken / "a.wav", None, tmp_path / "polly.json", tmp_path / "m.csv")
    assert facts["source"] == "marks"
    closed = shut(tmp_path / "m.csv")
    assert ((closed > 0.18) & (closed < 0.32)).any()
    assert not ((closed > 0.32) & (closed < 0.38)).any()
    letters = {"characters": list("my map"), "character_start_times_seconds": [0.8, 0.9, 1.0, 1.1, 1.2, 1.3]}
    letters["character_end_times_seconds"] = [0.9, 1.0, 1.1, 1.2, 1.3, 1.4]
    (tmp_path / "e.json").write_text(json.dumps({"audio_base64": "AAAA", "alignment": letters}))
    assert lipsync(spoken / "a.wav", None, tmp_path / "e.json")["words"] == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("{", "it is not JSON"),
        ("{}", "it must be a list of words"),
        ("[]", "it must be a list of words"),
        ('[[0, 1, "a"], [1, "b"]]', "at /1: a word is"),
        ('[[0.5, 0.2, "a"]]', "word 1"),
        ('[[0, 0.2, "a"], [99, 100, "b"]]', "word 2 .* the sound is over"),
    ],
)
def test_bad_times_are_one_clear_error(spoken, tmp_path, rows, said):
    (tmp_path / "w.json").write_text(rows)
    with pytest.raises(VoiceError, match=f"w.json: .*{said}"):
        lipsync(spoken / "a.wav", TEXT, tmp_path / "w.json")


def test_bad_texts_are_one_clear_error(spoken, tmp_path):
    with pytest.raises(UsageError, match="the text is empty"):
        lipsync(spoken / "a.wav", " ")
    with pytest.raises(UsageError, match="100,001 characters"):
        lipsync(spoken / "a.wav", "a" * 100_001)
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"odd.txt: it cannot be read as text"):
        lipsync(spoken / "a.wav", tmp_path / "odd.txt")


def test_without_a_text_the_sound_is_gone_by(spoken, tmp_path):
    facts = lipsync(spoken / "a.wav", visemes=tmp_path / "m.csv", marks=tmp_path / "m.json")
    assert facts["source"] == "recognised"
    assert "words" not in facts
    assert 4 <= facts["closures"] <= 8
    own, found = shut(spoken / "a.csv"), shut(tmp_path / "m.csv")
    assert np.mean([np.abs(found - t).min() < 0.06 for t in own]) > 0.6


def test_it_may_be_heard_as_it_comes(spoken, tmp_path):
    facts = lipsync(spoken / "a.wav", visemes=tmp_path / "m.csv", look_ahead=0.1)
    assert facts["source"] == "heard"
    own, found = shut(spoken / "a.csv"), shut(tmp_path / "m.csv")
    assert np.mean([np.abs(found - t).min() < 0.06 for t in own]) > 0.6


def test_a_look_ahead_that_cannot_be_is_one_clear_error(spoken):
    with pytest.raises(VoiceError, match=r"a\.wav: the look-ahead is 20 ms"):
        lipsync(spoken / "a.wav", look_ahead=0.02)
    with pytest.raises(UsageError, match="--look-ahead-ms goes with the sound alone"):
        lipsync(spoken / "a.wav", TEXT, look_ahead=0.1)
