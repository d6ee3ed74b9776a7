"""Spoken answers: a yes is a yes, no ear makes one of a no, and the microphone is open only while one is awaited."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from test_runtime_ceremony import Scene

from avatar.ceremony import orders
from avatar.clock import ManualClock, SystemClock
from avatar.io.capture.microphone import SamplesMicrophone
from avatar.io.voice.sound_files import read_sound
from avatar.runtime.answers import RATE, Listening, Phrases
from avatar.runtime.voicing import voices_for
from avatar.speech.sound import resample
from avatar.types import FloatArray

SPEECH = Path(__file__).resolve().parents[2] / "../shared/data/speech"
WANTED = {"yes": ("i do",), "no": ("i do not", "no thank you"), "stop": ("please stop",)}


@pytest.fixture(scope="module")
def said() -> dict[str, FloatArray]:
    voice = voices_for("heart")(None)
    out = {}
    for k, text in enumerate(("I do.", "I do not.", "No, thank you.", "Please stop.", "Maybe tomorrow.")):
        speech = voice.speak(text, "x", text)
        sound = 0.6 * resample(speech.sound, speech.rate, RATE)
        line = np.concatenate([np.zeros(RATE // 2), sound, np.zeros(3 * RATE // 2)])
        out[text] = (line + np.random.default_rng(k).standard_normal(len(line)) * 0.002).astype(np.float32)
    return out


def heard(sound: FloatArray, wanted: dict[str, tuple[str, ...]] = WANTED) -> list[str]:
    ear = Phrases(wanted)
    found = (ear.feed(sound[k : k + 1600]) for k in range(0, len(sound), 1600))
    return [answer for answer in found if answer]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("I do.", ["yes"]),
        ("I do not.", ["no"]),
        ("No, thank you.", ["no"]),
        ("Please stop.", ["stop"]),
        ("Maybe tomorrow.", []),
    ],
)
def test_each_answer_is_taken_for_what_it_is(text: str, answers: list[str], said: dict[str, FloatArray]) -> None:
    assert heard(said[text]) == answers


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ({"i do"}, "yes"),
        ({"i do", "i do not"}, "no"),
        ({"i do", "not"}, None),
        ({"i do", "don't"}, None),
        ({"i do not", "not"}, "no"),
        ({"i do", "please stop"}, "stop"),
        ({"not"}, None),
        (set(), None),
    ],
)
def test_no_ear_makes_a_yes_of_a_no(words: set[str], answer: str | None) -> None:
    assert Phrases(WANTED)._judged(words) == answer


def test_single_and_unknown_words_are_left_out() -> None:
    ear = Phrases({"yes": ("yes", "I do!", "hai chikaimasu"), "no": ("no",)})
    assert ear.left_out == ["yes", "hai chikaimasu", "no"]
    assert Phrases({"yes": ("yes",)}).feed(np.zeros(1600, np.float32)) is None


def test_other_speech_is_no_answer() -> None:
    files = sorted(SPEECH.glob("*.wav"))[:2]
    if not files:
        pytest.skip("needs ../shared/data/speech")
    for path in files:
        sound, rate = read_sound(path)
        assert heard(resample(sound, rate, RATE)) == []


def test_a_microphone_is_open_only_while_an_answer_is_awaited(tmp_path: Path) -> None:
    ask = """presence: 1
title: T
kind: other
statement: s
scenes:
- id: all
  title: t
  cues:
  - id: ask
    do: [{caption: "{statement}"}]
    answer:
      yes: {words: {en: [i do]}}
      no: {words: {en: [i do not]}, do: [{caption: x}], goto: end}
      silence: {after: 9, do: [{caption: x}], goto: end}
"""
    opened: list[SamplesMicrophone] = []

    class Microphone(SamplesMicrophone):
        def __init__(self) -> None:
            super().__init__(np.zeros(0, np.float32), 16000, ManualClock())
            self.open = True
            opened.append(self)

        def close(self) -> None:
            self.open = False

    scene = Scene(tmp_path, ask, microphone=Microphone)
    scene.step()
    assert not opened
    scene.step(orders.Go())
    assert scene.performance.listening
    assert opened[0].open
    scene.step(orders.Answered("no"))
    assert not scene.performance.listening
    assert not opened[0].open
    scene.performance.close()


def test_what_is_heard_arrives_from_a_thread_of_its_own(said: dict[str, FloatArray]) -> None:
    told, come = [], threading.Event()

    def take(answer: str) -> None:
        told.append(answer)
        come.set()

    clock = SystemClock()
    ear = Listening(lambda: SamplesMicrophone(said["I do."], RATE, clock), WANTED, clock, take)
    assert come.wait(30)
    ear.close()
    assert told == ["yes"]
