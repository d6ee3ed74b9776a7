"""From Say to sound: order, interruption, late results, errors, files. Mostly on a clock that moves when told."""

from __future__ import annotations

import csv
import threading
import time
import wave

import numpy as np
import pytest

from avatar.clock import ManualClock, SystemClock
from avatar.errors import OutputError, UnknownVoiceError, VoiceError
from avatar.io.voice.mixer import FADE
from avatar.io.voice.neural import NeuralVoice
from avatar.io.voice.playback import open_device
from avatar.runtime.speaking import Speaker
from avatar.runtime.speech_files import speak_to_files
from avatar.speech.visemes import track
from avatar.types import VISEMES, Interrupt, Phone, Say, Speech


class Hum:
    """A voice that hums half a second an utterance, and waits at its gate first when it has one."""

    def __init__(self, gate: threading.Event | None = None, entered: threading.Event | None = None):
        self.gate, self.entered, self.texts = gate, entered, []

    def warm(self):
        pass

    def speaks(self, language):
        return language in (None, "en")

    def speak(self, text, utterance, caption=None):
        if self.entered:
            self.entered.set()
        if self.gate:
            assert self.gate.wait(10)
        if "unsayable" in text:
            raise VoiceError("cannot say this")
        if "broken" in text:
            raise RuntimeError("out of tune")
        self.texts.append(text)
        sound = (0.4 * np.sin(np.arange(12000) * 0.05)).astype(np.float32)
        return Speech(utterance, caption or text, sound, 24000, track([Phone("AA", 0.0, 0.5, 1)], 0.5))


def made(voice=None, sync=True, clock=None):
    clock = clock or ManualClock()
    heard: list[tuple[float, np.ndarray]] = []
    device = open_device(clock, "none", tap=lambda t, block: heard.append((t, block)))
    voice = voice or Hum()
    return clock, Speaker(clock, device, lambda name: voice, sync=sync), heard


def run(clock, speaker, seconds, dt=1 / 60):
    events = []
    for _ in range(round(seconds / dt)):
        events += speaker.poll(clock.advance(dt))
    return events


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def names(events):
    return [(e.kind, e.utterance) for e in events]


def test_sentences_of_an_utterance_are_one_utterance():
    clock, speaker, _ = made()
    speaker.say(Say("One thing. Another thing. A third.", "a"))
    speaker.say(Say("Then this.", "b"))
    events = run(clock, speaker, 4.0)
    assert names(events) == [("started", "a"), ("finished", "a"), ("started", "b"), ("finished", "b")]
    assert events[0].text == "One thing. Another thing. A third."
    assert not speaker.busy


def test_a_say_may_push_all_others_out():
    clock, speaker, _ = made()
    speaker.say(Say("Long story.", "a"))
    speaker.say(Say("Never heard.", "b"))
    run(clock, speaker, 0.2)
    speaker.say(Say("Stop.", "c", interrupt=True))
    events = run(clock, speaker, 1.5)
    assert names(events) == [("interrupted", "a"), ("interrupted", "b"), ("started", "c"), ("finished", "c")]
    assert events[2].at == pytest.approx(0.2 + FADE, abs=0.02)


def test_interrupt_to_silence_and_shut_mouth_within_100_ms():
    clock, speaker, heard = made()
    speaker.say(Say("Something.", "a"))
    run(clock, speaker, 0.25)
    at = clock.now()
    assert speaker.interrupt(Interrupt("a"))
    mouth = np.empty(15, np.float32)
    speaker.poll(clock.advance(0.02))
    assert speaker.mouth(clock.now(), mouth)[VISEMES.index("aa")] > 0.3
    speaker.poll(clock.advance(0.08))
    assert speaker.mouth(clock.now(), mouth)[0] == 1.0
    assert speaker.caption(clock.now()) == ""
    sound = np.concatenate([block for _, block in heard])
    assert np.all(sound[round((at + 0.1) * 48000) - 1 :] == 0)
    assert not speaker.interrupt(Interrupt())


def test_a_result_that_comes_late_is_dropped():
    gate, entered = threading.Event(), threading.Event()
    clock, speaker, heard = made(Hum(gate, entered), sync=False)
    speaker.say(Say("Too late.", "a"))
    speaker.say(Say("Waiting.", "b"))
    assert entered.wait(10)
    assert speaker.interrupt(Interrupt())
    gate.set()
    until(lambda: not speaker.busy)
    events = run(clock, speaker, 1.0)
    assert sorted(names(events)) == [("interrupted", "a"), ("interrupted", "b")]
    assert all(np.all(block == 0) for _, block in heard)
    speaker.say(Say("Again.", "a"))
    until(lambda: speaker.device.mixer.waiting > 0)
    assert names(run(clock, speaker, 1.0)) == [("started", "a"), ("finished", "a")]
    speaker.close()


def test_the_first_sentence_is_heard_while_the_second_is_made():
    gate, entered = threading.Event(), threading.Event()
    voice = Hum()
    clock, speaker, _ = made(voice, sync=False)
    real = voice.speak

    def slow_second(text, utterance, caption=None):
        if "second" in text:
            entered.set()
            assert gate.wait(10)
        return real(text, utterance, caption)

    voice.speak = slow_second
    speaker.say(Say("The first. The second.", "a"))
    assert entered.wait(10)
    assert names(run(clock, speaker, 1.0)) == [("started", "a")]
    gate.set()
    until(lambda: not speaker._jobs)
    assert names(run(clock, speaker, 1.0)) == [("finished", "a")]
    speaker.close()


def test_one_of_several_waiting_is_taken_out():
    gate, entered = threading.Event(), threading.Event()
    clock, speaker, _ = made(Hum(gate, entered), sync=False)
    for name in "abc":
        speaker.say(Say("Words.", name))
    assert entered.wait(10)
    speaker.interrupt(Interrupt("b"))
    gate.set()
    until(lambda: not speaker._jobs)
    events = run(clock, speaker, 2.0)
    assert names([e for e in events if e.utterance != "b"]) == [
        (kind, name) for name in "ac" for kind in ("started", "finished")
    ]
    assert names([e for e in events if e.utterance == "b"]) == [("interrupted", "b")]
    speaker.close()


@pytest.mark.parametrize("sync", [True, False])
def test_what_cannot_be_said_fails_once_and_the_next_is_said(sync):
    clock, speaker, _ = made(sync=sync)
    speaker.say(Say("unsayable", "a"))
    speaker.say(Say("Fine! unsayable.", "b"))
    speaker.say(Say("Bonjour.", "c", language="fr"))
    until(lambda: not speaker._jobs)
    events = run(clock, speaker, 2.0)
    assert sorted(names(events)) == [("failed", "a"), ("failed", "c"), ("finished", "b"), ("started", "b")]
    assert {e.utterance: e.text for e in events if e.kind == "failed"} == {
        "a": "cannot say this",
        "c": "the voice does not speak 'fr'",
    }
    speaker.close()


def test_the_worker_outlives_a_broken_voice():
    clock, speaker, _ = made(sync=False)
    speaker.say(Say("broken", "a"))
    speaker.say(Say("Fine.", "b"))
    until(lambda: not speaker._jobs)
    events = run(clock, speaker, 1.5)
    assert sorted(names(events)) == [("failed", "a"), ("finished", "b"), ("started", "b")]
    assert "out of tune" in next(e.text for e in events if e.kind == "failed")
    speaker.close()


@pytest.mark.parametrize("text", ["", "  ", "😀", "x" * 100_001])
def test_text_that_can_never_be_said_is_refused_at_once(text):
    _, speaker, _ = made()
    with pytest.raises(VoiceError):
        speaker.say(Say(text, "a", interrupt=True))


def test_the_word_to_come_is_known_a_moment_ahead():
    clock, speaker, _ = made(NeuralVoice())
    text = "Hello there, good friend."
    speaker.say(Say(text, "a"))
    speaker.poll(clock.advance(0.01))
    ahead = [speaker.progress(clock.now() + 0.1 * k) for k in range(12)]
    places = [place[1] for place in ahead if place]
    assert places == sorted(places)
    assert {text[at:].split()[0] for at in places} == {"Hello", "there,", "good", "friend."}


@pytest.mark.parametrize("sync", [True, False])
def test_a_book_is_made_as_it_is_heard(sync):
    voice = Hum()
    clock, speaker, _ = made(voice, sync=sync)
    speaker.say(Say("One page. " * 300, "a"))
    until(lambda: speaker.device.mixer.waiting > 20)
    time.sleep(0.0 if sync else 0.05)
    assert len(voice.texts) <= 45
    run(clock, speaker, 10.0)
    until(lambda: len(voice.texts) > 50)
    speaker.interrupt(Interrupt())
    assert not speaker.busy or speaker.device.mixer.waiting < 0.2
    assert names(run(clock, speaker, 1.0)) == [("interrupted", "a")]
    speaker.close()


def test_an_unknown_voice_or_language_is_refused_at_once_and_names_the_choices():
    clock = ManualClock()
    speaker = Speaker(clock, open_device(clock, "none"), sync=True)
    with pytest.raises(UnknownVoiceError, match=r"'nobody'.*heart.*none") as refused:
        speaker.say(Say("Hello.", "a", voice="nobody"))
    assert refused.value.field == "voice"
    with pytest.raises(UnknownVoiceError, match="'xx'") as refused:
        speaker.say(Say("Hello.", "b", language="xx"))
    assert refused.value.field == "language"
    with pytest.raises(UnknownVoiceError, match="'heart' does not speak 'de'"):
        speaker.say(Say("Hello.", "c", voice="heart", language="de"))
    speaker.say(Say("Hello.", "d", voice="hibari:heart", language="en-GB"))
    assert [e.utterance for e in run(clock, speaker, 2.0)] == ["d", "d"]


def test_offline_speech_is_the_same_every_time():
    runs = []
    for _ in range(2):
        clock, speaker, heard = made(NeuralVoice())
        speaker.warm()
        run(clock, speaker, 0.1, dt=1 / 30)
        speaker.say(Say("Hello there. Good evening.", "a"))
        run(clock, speaker, 3.0, dt=1 / 30)
        runs.append(np.concatenate([block for _, block in heard]))
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.abs(runs[0]).max() > 0.2


@pytest.mark.alone
def test_a_short_sentence_is_heard_soon():
    clock = SystemClock()
    _, speaker, _ = made(NeuralVoice(), sync=False, clock=clock)
    speaker.warm()
    until(lambda: not speaker._warming, 30)
    waits = []
    for k in range(5):
        asked = clock.now()
        speaker.say(Say("Yes, I am here.", f"u{k}"))
        found = []
        while not found:
            time.sleep(0.005)
            found = [e for e in speaker.poll(clock.now()) if e.kind == "started"]
        waits.append(found[0].at - asked)
        speaker.interrupt(Interrupt())
        time.sleep(0.1)
        speaker.poll(clock.now())
    assert np.median(waits) < 0.15, waits
    speaker.close()


def test_files_tell_the_same_story(tmp_path):
    wav, table = tmp_path / "a.wav", tmp_path / "a.csv"
    facts = speak_to_files("Hello Bob. Please bring a map!", wav, table)
    with wave.open(str(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24000)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    assert len(sound) / 24000 == pytest.approx(facts["seconds"], abs=1e-3)
    assert facts["sentences"] == 2
    assert facts["lufs"] == pytest.approx(-18, abs=0.5)
    assert facts["peak_dbtp"] <= -1
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["t", *VISEMES]
    values = np.array([[float(x) for x in row] for row in rows[1:]])
    np.testing.assert_allclose(values[:, 0], np.arange(len(values)) / 100, atol=1e-9)
    assert abs(len(values) / 100 - facts["seconds"]) < 0.011
    np.testing.assert_allclose(values[:, 1:].sum(1), 1.0, atol=2e-3)
    shut = values[:, 1 + VISEMES.index("PP")] == 1.0
    assert shut.sum() >= 4 * 2  # B, B, P, B, M, P
    frames = np.array([np.sqrt(np.square(sound[k * 240 : k * 240 + 240]).mean()) for k in range(len(values))])
    opened = values[:, 1 + VISEMES.index("aa") :].sum(1) > 0.7
    assert np.median(frames[opened]) > 4 * np.median(frames[shut])


def test_files_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        speak_to_files("Hello.", wav=tmp_path / "no" / "a.wav")
    with pytest.raises(OutputError, match="cannot be written"):
        speak_to_files("Hello.", visemes=tmp_path)
