"""Speech as it happens: words and sound that arrive bit by bit, and what becomes of them when they stop coming."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import RATE, open_device
from avatar.runtime import streams
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.runtime.streams import MOST
from avatar.runtime.utterances import JITTER_S, QUIET_S
from avatar.speech.sound import loudness, true_peak
from avatar.speech.visemes import track
from avatar.types import VISEMES, Express, FloatArray, Gesture, Phone, Speech

WORD_S = 0.3
PP, AA, SIL = (VISEMES.index(v) for v in ("PP", "aa", "sil"))
IN = 24000


class Drum:
    """A voice that says each word as one open vowel of 0.3 s."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        self.said.append(text)
        count = len(text.split())
        phones = tuple(Phone("AA", k * WORD_S, (k + 1) * WORD_S, 1, k) for k in range(count))
        sound = np.full(int(24000 * count * WORD_S), 0.1, np.float32)
        return Speech(utterance, caption or text, sound, 24000, track(phones, count * WORD_S))


class Room:
    """A conversation with a hand on the clock. heard : all that was played; mouths : (time, weights) a hundred times a
    second."""

    def __init__(self) -> None:
        self.clock, self.voice = ManualClock(), Drum()
        self.inbox: Inbox[Delivery] = Inbox()
        self.blocks: list[FloatArray] = []
        device = open_device(self.clock, "none", tap=lambda t, block: self.blocks.append(block))
        self.speaker = Speaker(self.clock, device, lambda name: self.voice, sync=True)
        self.doors = Doors(self.inbox, self.clock, Capabilities(expressions=["happy"], gestures=["wave"]))
        self.talk = Conversation(self.inbox, self.speaker, self.doors.publish, "Hikari", ["happy", "neutral"], ["wave"])
        self.client = self.doors.memory()
        self.moves: list[tuple[float, Any]] = []
        self.news: list[tuple[float, dict[str, Any]]] = []
        self.mouths: list[tuple[float, FloatArray]] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 100)):
            now = self.clock.advance(0.01)
            self.moves += [(now, command) for command in self.talk.step(now)]
            self.news += [(now, event) for event in self.client.received()]
            self.mouths.append((now, self.speaker.mouth(now, np.empty(15, np.float32))))

    def delta(self, text: str, final: bool = False, utterance: str = "u") -> None:
        assert self.client.send("presence.say.delta", utterance=utterance, text=text, final=final)["type"] == ACK

    def audio(self, sound: FloatArray, final: bool = False, utterance: str = "u", **more: Any) -> dict[str, Any]:
        pcm = np.rint(sound * 32767).astype("<i2").tobytes()
        fields = {"encoding": "pcm_s16le", "rate": IN, "channels": 1, "audio": base64.b64encode(pcm).decode()} | more
        return self.client.send("presence.speech.audio", utterance=utterance, final=final, **fields)

    def marks(self, marks: list[Any], unit: str = "phone", utterance: str = "u", **more: Any) -> dict[str, Any]:
        return self.client.send("presence.speech.timing", utterance=utterance, unit=unit, marks=marks, **more)

    def kinds(self) -> list[str]:
        return [e["type"].removeprefix("presence.speech.") for _, e in self.news if ".speech." in e["type"]]

    def errors(self) -> list[tuple[str, str]]:
        return [(e["data"]["code"], e["data"]["pointer"]) for _, e in self.news if e["type"] == "presence.error"]

    def captions(self) -> list[str]:
        return [e["data"]["text"] for _, e in self.news if e["type"] == "presence.caption"]

    @property
    def heard(self) -> FloatArray:
        return np.concatenate(self.blocks)

    def shape(self, at: float) -> FloatArray:
        return min(self.mouths, key=lambda m: abs(m[0] - at))[1]


ACK = "presence.ack"
SAID = [("M", 0.1), ("AA", 0.25), ("P", 0.15), ("AA", 0.25), ("B", 0.15), ("IY", 0.3)]


def phones(start: float = 0.0) -> list[list[Any]]:
    rows = []
    for value, seconds in SAID:
        rows.append([round(start, 3), round(start + seconds, 3), value])
        start += seconds
    return rows


def buzz(seconds: float = 1.2) -> FloatArray:
    t = np.arange(round(seconds * IN)) / IN
    return (0.3 * np.sin(2 * np.pi * 140 * t) + 0.1 * np.sin(2 * np.pi * 700 * t)).astype(np.float32)


@pytest.fixture
def room() -> Room:
    return Room()


def test_each_sentence_is_spoken_as_it_completes(room: Room) -> None:
    room.delta("One two thr")
    room.run(0.1)
    assert room.voice.said == []
    room.delta("ee. Fo")
    room.run(0.3)
    assert room.voice.said == ["One two three."]
    assert room.talk.caption == "One two three."
    room.delta("ur five.", final=True)
    room.run(2.5)
    assert room.voice.said == ["One two three.", "Four five."]
    assert room.kinds() == ["started", "finished"]
    assert room.captions() == ["One two three.", "Four five."]
    assert not room.talk.busy


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_tags_that_are_cut_in_two_act_at_their_word(room: Room, size: int) -> None:
    text = (
        '[joy]one two <face name="joy"/>[animation:wave] three four. <|ACT {"emotion":{"name":"happy"}}|>Five [1] six.'
    )
    for k in range(0, len(text), size):
        room.delta(text[k : k + size], final=k + size >= len(text))
    room.run(3.0)
    assert room.talk.spoken == ["one two three four. Five [1] six."]
    assert len(room.voice.said) == 2
    waves = [t for t, c in room.moves if isinstance(c, Gesture)]
    assert waves == [pytest.approx(2 * WORD_S, abs=0.16)]
    assert sum(isinstance(c, Express) for _, c in room.moves) == 3


def test_what_looks_finished_is_spoken_after_a_moment_and_the_rest_when_nothing_comes(room: Room) -> None:
    room.delta("One.")
    room.run(0.25)
    assert room.voice.said == []
    room.run(0.1)
    assert room.voice.said == ["One."]
    room.delta(" and then")
    room.run(QUIET_S - 0.1)
    assert room.voice.said == ["One."]
    room.run(1.0)
    assert room.voice.said == ["One.", "and then"]
    room.run(1.0)
    assert room.kinds() == ["started", "finished"]
    assert room.shape(room.clock.now())[SIL] == 1.0
    assert not room.talk.busy


def test_words_that_come_after_all_are_spoken_and_what_was_said_is_not_repeated(room: Room) -> None:
    room.delta("One two. ")
    room.run(QUIET_S + 2)
    room.delta("Three.", final=True)
    room.run(1.5)
    assert room.voice.said == ["One two.", "Three."]
    assert room.kinds() == ["started", "finished", "started", "finished"]


def test_a_say_waits_for_the_stream_before_it(room: Room) -> None:
    room.delta("One two. Th")
    room.client.send("presence.say", text="Last.", utterance="v")
    room.run(1.0)
    assert room.voice.said == ["One two."]
    room.delta("ree.", final=True)
    room.run(2.0)
    assert room.voice.said == ["One two.", "Three.", "Last."]
    assert room.talk.spoken == ["One two. Three.", "Last."]


@pytest.mark.parametrize("how", ["interrupt", "by name", "say"])
def test_an_interrupted_stream_is_over_whatever_still_comes_of_it(room: Room, how: str) -> None:
    room.delta("One two three four. Five six. Sev")
    room.run(0.5)
    if how == "say":
        room.client.send("presence.say", text="Stop.", utterance="v", interrupt=True)
    else:
        room.client.send("presence.interrupt", **({"utterance": "u"} if how == "by name" else {}))
    room.run(0.15)
    if how != "say":
        assert room.shape(room.clock.now())[SIL] == 1.0
    room.delta("en. Eight")
    room.delta("nine.", final=True)
    room.run(5.0)
    assert "Seven." not in room.voice.said
    assert room.kinds()[:2] == ["started", "interrupted"]
    assert room.kinds()[2:] == (["started", "finished"] if how == "say" else [])
    room.delta("New life.", final=True)
    room.run(2.0)
    assert room.voice.said[-1] == "New life."
    assert room.kinds()[-2:] == ["started", "finished"]


def test_a_stream_without_a_word_and_one_without_an_end_are_refused(room: Room) -> None:
    room.delta("🙂", final=True)
    room.run(0.1)
    assert room.errors() == [("bad_value", "")]
    room.delta("word " * 15000, utterance="long")
    room.delta("word " * 15000, utterance="long")
    room.run(0.1)
    assert room.errors()[1:] == [("bad_value", "/data/text")]
    for k in range(MOST + 1):
        room.delta("And", utterance=f"s{k}")
    room.run(0.1)
    assert room.errors()[2:] == [("rate_limited", "/data/utterance")]
    room.client.send("presence.interrupt")
    room.run(0.5)
    assert not room.talk.busy


def test_sound_of_a_backend_is_heard_level_with_the_mouth_of_its_marks(room: Room) -> None:
    room.marks(phones(), alphabet="arpabet")
    whole = buzz()
    for k in range(0, len(whole), 2400):
        assert room.audio(whole[k : k + 2400], final=k + 2400 >= len(whole))["type"] == ACK
        room.run(0.05)
    room.run(1.5)
    assert room.kinds() == ["started", "finished"]
    (begun,) = [e["data"]["at"] for _, e in room.news if e["type"] == "presence.speech.started"]
    for start, end, value in phones():
        if value in "MPB":
            assert room.shape(begun + (start + end) / 2)[PP] > 0.95, value
        if value == "AA":
            assert room.shape(begun + (start + end) / 2)[AA] > 0.5
    assert room.shape(room.clock.now())[SIL] == 1.0
    heard = room.heard[round(begun * RATE) : round((begun + 1.2) * RATE)]
    assert loudness(heard, RATE) == pytest.approx(-18, abs=1.0)
    assert true_peak(room.heard) <= -1.0
    assert np.abs(np.diff(room.heard)).max() < 0.12
    assert not room.errors()


def test_marks_that_come_after_their_sound_are_still_of_use(room: Room) -> None:
    room.audio(buzz(), final=True)
    room.run(0.3)
    room.marks(phones(), alphabet="arpabet")
    room.run(1.5)
    begun = next(e["data"]["at"] for _, e in room.news if e["type"] == "presence.speech.started")
    assert room.shape(begun + 0.425)[PP] > 0.95
    assert room.shape(begun + 0.825)[PP] > 0.95


def test_times_of_words_shut_the_lips_and_are_the_captions(room: Room) -> None:
    room.marks([[0.05, 0.5, "Mom"], [0.5, 1.1, "hopes."]], "word")
    room.audio(buzz(), final=True)
    room.run(1.6)
    assert room.captions() == ["Mom hopes."]
    begun = next(e["data"]["at"] for _, e in room.news if e["type"] == "presence.speech.started")
    shut = [t - begun for t, m in room.mouths if m[PP] > 0.95]
    assert min(shut) == pytest.approx(0.08, abs=0.06)
    assert any(0.35 < t < 0.52 for t in shut)
    assert any(0.7 < t < 1.0 for t in shut)


def test_sound_in_a_frame_of_its_own(room: Room) -> None:
    fields = {"utterance": "u", "encoding": "pcm_s16le", "rate": IN, "channels": 1}
    pcm = np.rint(buzz() * 32767).astype("<i2").tobytes()
    refused = room.client.send_bytes(pcm)
    assert refused is not None
    assert refused["data"]["code"] == "bad_value"
    assert room.client.send("presence.speech.audio", **fields)["type"] == ACK
    assert room.client.send_bytes(pcm) is None
    assert room.client.send("presence.speech.audio", final=True, **fields)["type"] == ACK
    room.run(1.6)
    assert room.kinds() == ["started", "finished"]
    assert np.abs(room.heard).max() > 0.1


def test_jitter_is_evened_out_and_a_gap_is_silence_with_a_shut_mouth(room: Room) -> None:
    rng = np.random.default_rng(5)
    whole, at = buzz(2.0), 0
    room.marks([[0.0, 2.0, "AA"]], alphabet="arpabet")
    while at < IN:  # a second, with up to 60 ms of jitter: inside the buffer
        room.audio(whole[at : at + 960])
        at += 960
        room.run(0.04 if at < 0.3 * IN else float(rng.choice([0.02, 0.04, 0.06])))
    smooth = np.abs(room.heard[np.abs(room.heard).argmax() :])
    room.run(1.0)
    gap = room.shape(room.clock.now())
    assert gap[SIL] == 1.0
    room.audio(whole[at:], final=True)
    room.run(1.5)
    assert room.kinds() == ["started", "finished"]
    loud = np.flatnonzero(np.abs(room.heard) > 0.02)
    gaps = np.flatnonzero(np.diff(loud) > RATE * 0.05)
    assert len(gaps) == 1
    assert len(smooth) > 0
    assert np.abs(np.diff(room.heard)).max() < 0.12
    played = len(loud) / RATE
    assert played == pytest.approx(2.0, abs=0.2)


def test_sound_that_dies_ends_with_a_shut_mouth_and_is_not_replayed(room: Room) -> None:
    room.audio(buzz(0.6))
    room.run(QUIET_S + 1.0)
    assert room.kinds() == ["started", "finished"]
    assert room.shape(room.clock.now())[SIL] == 1.0
    loud = np.count_nonzero(np.abs(room.heard) > 0.02) / RATE
    assert loud < 0.65
    room.client.send("presence.say", text="Next.")
    room.run(1.0)
    assert room.voice.said == ["Next."]


def test_sound_waits_its_turn_and_can_be_interrupted(room: Room) -> None:
    room.client.send("presence.say", text="One two three.", utterance="v")
    room.audio(buzz(), utterance="u")
    room.run(0.6)
    assert room.talk.caption == "One two three."
    room.run(0.8)
    assert room.kinds() == ["started", "finished", "started"]
    room.client.send("presence.interrupt", utterance="u")
    room.run(0.15)
    assert np.all(room.heard[-480:] == 0)
    room.audio(buzz(), utterance="u")
    room.audio(buzz(), utterance="u", final=True)
    room.run(0.5)
    assert room.kinds() == ["started", "finished", "started", "interrupted"]
    assert np.all(room.heard[-24000:] == 0)


def test_it_begins_when_a_little_is_there(room: Room) -> None:
    room.audio(buzz(JITTER_S + 0.05))
    room.run(0.2)
    begun = next(e["data"]["at"] for _, e in room.news if e["type"] == "presence.speech.started")
    assert begun < 0.05


WAV8 = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x04\0\0\0abcd"


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"audio": "AAA"}, "/data/audio"),
        ({"audio": "AAAA"}, "/data/audio"),
        ({"encoding": "wav"}, "/data/audio"),
        ({"encoding": "wav", "audio": base64.b64encode(WAV8).decode()}, "/data/audio"),
        ({"channels": 2, "audio": base64.b64encode(bytes(6)).decode()}, "/data/audio"),
        ({"channels": 6}, "/data/channels"),
        ({"rate": 0}, "/data/rate"),
        ({"rate": 1_000_000}, "/data/rate"),
        ({"encoding": "mp3"}, "/data/encoding"),
    ],
)
def test_bad_sound_is_one_error_and_the_show_goes_on(room: Room, more: dict[str, Any], pointer: str) -> None:
    answer = room.audio(buzz(0.2), utterance="bad", final=True, **more)
    room.run(0.2)
    found = [("bad_value", answer["data"]["pointer"])] if answer["type"] != ACK else room.errors()
    assert found == [("bad_value", pointer)]
    room.client.send("presence.say", text="Next.")
    room.run(5.0)
    assert room.voice.said == ["Next."]


@pytest.mark.parametrize(
    ("marks", "more", "pointer"),
    [
        ([[0.0, 0.2, "AA"], [0.1, 0.3, "B"]], {}, "/data/marks/1/0"),
        ([[0.3, 0.2, "AA"]], {}, "/data/marks/0/1"),
        ([[0.0, 0.2, "AA"], [0.2, 0.3, "??"]], {}, "/data/marks/1/2"),
        ([[0.0, 0.2, 40]], {"unit": "viseme", "alphabet": "azure"}, "/data/marks/0/2"),
        ([[0.0, 0.2, "AA"]], {"alphabet": "klingon"}, "/data/alphabet"),
        ([[0.0, 9.0, "AA"]], {}, "/data/marks"),
    ],
)
def test_bad_marks_are_one_error_and_the_sound_goes_on(room: Room, marks, more, pointer: str) -> None:
    answer = room.marks(marks, **more)
    room.audio(buzz(), final=True)
    room.run(2.0)
    found = [("bad_value", answer["data"]["pointer"])] if answer["type"] != ACK else room.errors()
    assert found == [("bad_value", pointer)]
    assert room.kinds() == ["started", "finished"]


def test_marks_without_sound_and_sound_under_a_name_that_is_spoken(room: Room) -> None:
    room.marks(phones())
    room.run(QUIET_S + 0.2)
    assert room.errors() == [("unknown_utterance", "")]
    room.client.send("presence.say", text="One two three.", utterance="u")
    room.run(0.1)
    room.audio(buzz())
    room.delta("More.")
    room.run(1.5)
    assert room.errors()[1:] == [("bad_value", "/data/utterance")] * 2
    assert room.voice.said == ["One two three."]


def test_more_sound_than_is_kept_is_refused(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BUFFER_S", 3.0)
    for _ in range(10):
        room.audio(np.zeros(IN // 2, np.float32))
        room.run(0.01)
    assert ("rate_limited", "/data/audio") in room.errors()
