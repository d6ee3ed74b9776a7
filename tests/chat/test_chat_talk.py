"""A person, a server and a stage: what is heard while words still come, when they stop, and what is remembered."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from chat_room import EXPRESSIONS, GESTURES, WORD_S, Room
from chat_server import ChatServer, Handler, chunk, dies_after, refuses, says, serving, whole

from avatar.care.farewell import goodbye, lint
from avatar.errors import VoiceError
from avatar.events.rewriting import Rewriter
from avatar.events.tags import Words, strip
from avatar.io.chat import completions
from avatar.io.chat.completions import Completions, Waits
from avatar.io.chat.history import Message
from avatar.runtime import talk as talks
from avatar.runtime.chatting import Typing

WAITS = Waits(10.0, 20.0, 20.0)


class Pieces:
    """A backend that says what it is given. gate : waited for before the piece of this number."""

    def __init__(self, *pieces: str, gate: int | None = None) -> None:
        self.pieces, self.gate, self.go = pieces, gate, threading.Event()
        self.asked: list[Sequence[Message]] = []

    def check(self) -> None:
        pass

    def reply(self, messages: Sequence[Message], stop: threading.Event) -> Iterator[str]:
        self.asked.append(messages)
        for k, piece in enumerate(self.pieces):
            if k == self.gate:
                assert self.go.wait(20)
            if stop.is_set():
                return
            yield piece

    def cancel(self) -> None:
        self.go.set()


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as made:
        yield made


def room(server: ChatServer, **options: Any) -> Room:
    lines: list[str] = []
    made = Room(Completions(server.base, "fake", lambda host: False, lines.append, waits=WAITS), **options)
    made.told = lines
    made.talk._tell = lines.append
    return made


def test_the_first_words_are_heard_while_the_rest_still_comes(server: ChatServer) -> None:
    def slowly(to: Handler) -> None:
        to.head()
        for word in ("Hello ", "there. ", "I ", "am "):
            to.put(chunk(word))
        server.go.wait(20)
        to.put(chunk("here."))
        to.put(chunk(finish="stop") + b"data: [DONE]\n\n")
        to.end()

    server.answers = [slowly]
    here = room(server)
    turn = here.begin("Hi")
    here.until(lambda: here.heard("started"))
    assert here.voice.said == ["Hello there."]
    assert not here.heard("finished")
    server.go.set()
    here.until(lambda: not turn.is_alive())
    assert here.voice.said == ["Hello there.", "I am here."]
    assert "".join(here.shown) == "Hello there. I am here.\n"
    assert len(here.heard("started")) == len(here.heard("finished")) == 1
    assert here.told == []
    assert [m.text for m in here.history.turns] == ["Hi", "Hello there. I am here."]
    ((word, sound),) = here.talk.waits
    assert word >= 0
    assert sound >= -1e-9


def test_typing_stops_it_and_what_was_heard_is_remembered(server: ChatServer) -> None:
    words = [f"{w} " for w in ["one", "by", "one", "they", "come", "and", "go", "as", "they", "like", "to"]]

    def endless(to: Handler) -> None:
        to.head()
        for word in words:
            to.put(chunk(word))
        to.put(chunk("end. And more "))
        while not server.go.wait(0.01):
            to.put(b": ping\n\n")

    server.answers = [endless]
    here = room(server)
    turn = here.begin("Go")
    here.until(lambda: here.heard("started"))
    for _ in range(round(5.5 * WORD_S * 100)):
        here.step()
    assert here.talk.interrupt()
    here.until(lambda: not turn.is_alive())
    assert server.cut.wait(5)
    (stopped,) = here.heard("interrupted")
    assert stopped["seconds"] == pytest.approx(5.5 * WORD_S, abs=0.1)
    said = here.history.turns[-1].text
    assert said == "one by one they come …", "the sixth word was not heard whole"
    assert not here.talk.interrupt(), "there is nothing left to stop"
    server.answers = [says("Again.")]
    here.say("And?")
    assert server.asked[-1][2]["messages"][-2] == {"role": "assistant", "content": said}
    assert here.voice.said[-1] == "Again."


def test_stopped_between_two_sentences_the_whole_first_one_is_remembered() -> None:
    backend = Pieces("Two words. ", "And", " so on.", gate=2)
    here = Room(backend)
    turn = here.begin("Go")
    here.until(lambda: here.heard("started"))
    for _ in range(round(6 * WORD_S * 100)):
        here.step()
    assert here.talk.interrupt()
    here.until(lambda: not turn.is_alive())
    assert here.history.turns[-1].text == "Two words. …"


def test_stopped_before_the_first_word_nothing_is_heard_or_remembered(server: ChatServer) -> None:
    def waits(to: Handler) -> None:
        server.go.wait(20)

    server.answers = [waits]
    here = room(server)
    turn = here.begin("Go")
    here.until(lambda: server.asked)
    assert here.talk.interrupt()
    here.until(lambda: not turn.is_alive())
    assert here.voice.said == []
    assert [m.role for m in here.history.turns] == ["user"]


def test_a_server_that_dies_in_mid_answer_is_closed_cleanly(server: ChatServer) -> None:
    server.answers = [dies_after(chunk("The first is whole. The second ends in [jo"))]
    here = room(server)
    here.say("Go")
    assert here.voice.said == ["The first is whole.", "The second ends in"]
    assert len(here.heard("finished")) == 1
    assert not here.heard("interrupted")
    assert len(server.asked) == 1
    (line,) = here.told
    assert "broke off" in line
    assert here.talk.failed == 1
    assert not here.speaker.busy
    assert here.history.turns[-1].text == "The first is whole. The second ends in"
    server.answers = [says("There again.")]
    here.say("Still there")
    assert here.voice.said[-1] == "There again."


def test_a_server_that_refuses_is_told_and_nothing_is_invented(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions, "back_off", lambda tries: 0.0)
    server.answers = [refuses(503, "loading")]
    here = room(server)
    here.say("Go")
    assert here.voice.said == []
    assert here.shown == []
    assert here.talk.failed == 1
    assert "4 times" in here.told[-1]


def test_a_pause_of_ten_seconds_is_one_utterance() -> None:
    backend = Pieces("One. ", "Two.", gate=1)
    here = Room(backend)
    turn = here.begin("Go")
    here.until(lambda: here.heard("started"))
    for _ in range(1000):
        here.step()
    backend.go.set()
    here.until(lambda: not turn.is_alive())
    assert here.voice.said == ["One.", "Two."]
    assert len({e["utterance"] for e in here.heard("started")}) == 1
    assert len(here.heard("finished")) == 1


def test_only_what_fits_the_budget_is_sent() -> None:
    backend = Pieces("Yes.")
    here = Room(backend, budget=60)
    for k in range(6):
        here.say(f"line {k} " + "x" * 40)
    sent = backend.asked[-1]
    assert sent[0] == Message("system", "Be kind.")
    assert sent[-1].text.startswith("line 5")
    assert len(sent) < 8


DIALECTS = [
    "[joy] Hello [wave] there. [sorrow] Bye.",
    "[face:joy]Hello [animation:wave_hands]there. [face:sorrow]Bye.",
    '<face name="joy"/>Hello <animation name="wave"/>there. <face name="sorrow"/>Bye.',
    '<|ACT {"emotion":{"name":"happy","intensity":0.8},"motion":"wave"}|>Hello <|DELAY:0.2|>there. '
    '<|ACT {"emotion":"sad"}|>Bye.',
]


@pytest.mark.parametrize("text", DIALECTS)
def test_each_dialect_in_single_bytes_is_acted_and_never_heard(server: ChatServer, text: str) -> None:
    def bytewise(to: Handler) -> None:
        to.head()
        for c in text:
            to.put(chunk(c))
        to.put(chunk(finish="stop") + b"data: [DONE]\n\n")
        to.end()

    server.answers = [bytewise]
    here = room(server)
    here.say("Hi")
    assert here.voice.said == ["Hello there.", "Bye."]
    assert here.captions == "Hello there. Bye."
    assert "".join(here.shown) == "Hello there. Bye.\n"
    assert here.faces[:2] == ["happy", "sad"]
    assert here.gestures == ["wave"]
    assert here.told == []
    assert here.history.turns[-1].text == "Hello there. Bye."


OWN = Words(EXPRESSIONS, GESTURES).known([("smug", "relaxed"), ("think", "")], [("dance", "beat_both")])


@pytest.mark.parametrize(
    "text", [*DIALECTS, "[smug] Well [dance]then. [zorp]So.[think]", "a [smug", "日本語[smug]です [1] a < b", "[dance]"]
)
@pytest.mark.parametrize("rewrite", [False, True])
def test_what_is_sent_means_the_same_wherever_the_stream_is_cut(text: str, rewrite: bool) -> None:
    plain, marks, _ = strip(text, words=OWN)
    stage = None if not rewrite else Words(EXPRESSIONS, GESTURES)
    for cut in range(len(text) + 1):
        way = Rewriter(OWN, rewrite)
        parts = [way.feed(text[:cut]), way.feed(text[cut:]), way.finish()]
        assert "".join(p for p, _ in parts) == way.plain == plain
        sent = "".join(s for _, s in parts)
        got_plain, got_marks, _ = strip(sent, words=stage or OWN)
        assert (got_plain, got_marks) == (plain, marks), cut
        if not rewrite:
            assert sent == text


def test_a_personas_words_act_in_a_stage_that_does_not_know_them() -> None:
    here = Room(Pieces("[smug] Well ", "[dan", "ce]then. [think]So."), OWN, rewrite=True)
    here.say("Go")
    assert here.faces[0] == "relaxed"
    assert here.gestures == ["beat_both"]
    assert here.captions == "Well then. So."
    assert here.told == []


def test_an_unknown_tag_is_left_out_and_told_once() -> None:
    here = Room(Pieces("[zorp]One [zorp]two [Zorp]and [animation:fly]three [face:zorp]four."))
    here.say("Go")
    here.say("Go on")
    assert here.voice.said == ["One two and three four."] * 2
    assert ["'zorp'" in line for line in here.told] == [True, False]
    assert "'fly'" in here.told[1]


def test_a_tag_alone_is_acted_without_a_word() -> None:
    here = Room(Pieces("[animation:", "wave]", "[joy]"))
    here.say("Wave")
    here.until(lambda: here.gestures)
    assert here.voice.said == []
    assert here.faces == ["happy"]
    assert [m.role for m in here.history.turns] == ["user"]


def test_an_answer_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "LONGEST_ANSWER", 60)
    here = Room(Pieces(*["word "] * 40))
    here.say("Go")
    assert "longer than" in here.told[0]
    assert 12 <= sum(len(said.split()) for said in here.voice.said) <= 14


@pytest.mark.parametrize("word", ["bye", "Goodbye!", "/bye", "good bye.", "またね", "さようなら。"])
def test_goodbye_is_one_step(word: str) -> None:
    backend = Pieces("One. ", "Two.")
    here = Room(backend)
    done: list[bool] = []
    turn = threading.Thread(target=lambda: done.append(here.talk.turn(word)))
    turn.start()
    here.until(lambda: not turn.is_alive())
    assert done == [False]
    assert backend.asked == [], "no server hears that somebody leaves"
    assert "presence.goodbye" in [kind for kind, _ in here.sent]
    assert here.voice.said == [goodbye()]
    assert lint(here.voice.said[0]) == []


def test_bye_inside_a_sentence_is_none() -> None:
    backend = Pieces("Fine.")
    here = Room(backend)
    here.say("I said bye to my friend")
    assert len(backend.asked) == 1


def test_what_the_voice_cannot_say_is_told_and_counted() -> None:
    here = Room(Pieces("One."))

    def mute(text: str, utterance: str, caption: str | None = None) -> Any:
        raise VoiceError("it cannot read this")

    here.voice.speak = mute  # type: ignore[method-assign]
    here.say("Go")
    assert here.told == ["the stage: it cannot read this"]
    assert here.talk.failed == 1


def test_nothing_that_is_said_is_in_any_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    here = Room(Pieces("canary-answer one. ", "[canary-tag] two."))
    here.say("canary-line")
    here.talk.hear({"type": "presence.error", "data": {"id": "x", "message": "m"}})
    assert here.voice.said
    assert "canary" not in caplog.text


def test_a_line_too_long_is_not_sent() -> None:
    backend = Pieces("Fine.")
    here = Room(backend)
    here.say("x" * (talks.LONGEST_LINE + 1))
    assert backend.asked == []
    assert "at most" in here.told[0]


def test_a_stage_that_is_gone_ends_it() -> None:
    backend = Pieces("One. ", "Two.", gate=1)
    here = Room(backend)
    turn = here.begin("Go")
    here.until(lambda: here.heard("started"))
    here.talk.lost("the engine is gone")
    turn.join(5)
    assert not turn.is_alive()
    assert not here.talk.turn("More")


class Lines(io.StringIO):
    """Lines from a keyboard, or from a pipe."""

    keyboard = False

    def isatty(self) -> bool:
        return self.keyboard


class Turns:
    """A talk that only counts."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stopped = 0
        self.busy = threading.Event()

    def turn(self, line: str) -> bool:
        self.lines.append(line.strip())
        return line.strip() != "bye"

    def interrupt(self) -> bool:
        self.stopped += 1
        return False


@pytest.mark.parametrize(("keyboard", "stops"), [(True, 3), (False, 0)])
def test_a_keyboard_interrupts_and_a_pipe_waits(keyboard: bool, stops: int) -> None:
    lines, talk, told = Lines("one\ntwo\nthree\n"), Turns(), []
    lines.keyboard = keyboard
    typing = Typing(talk, lines, told.append)  # type: ignore[arg-type]
    typing.start()
    for _ in range(1000):
        if typing.over_since is not None:
            break
        time.sleep(0.005)
    assert talk.lines == ["one", "two", "three"]
    assert talk.stopped == stops
    assert len(told) == keyboard


def test_after_bye_no_line_is_taken() -> None:
    talk = Turns()
    typing = Typing(talk, Lines("one\nbye\ntwo\n"), print)  # type: ignore[arg-type]
    typing.start()
    for _ in range(1000):
        if typing.over_since is not None:
            break
        time.sleep(0.005)
    assert talk.lines == ["one", "bye"]


def test_the_whole_stream_of_a_compliant_server_is_spoken_once(server: ChatServer) -> None:
    server.answers = [lambda to: (to.head(), to.put(whole("One. ", "Two.")), to.end())]
    here = room(server)
    here.say("Go")
    assert here.voice.said == ["One.", "Two."]
