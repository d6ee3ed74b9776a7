"""A display's line of speech: utterances begin when the stage was heard to begin them, also when that is past."""

from __future__ import annotations

import numpy as np

from avatar.io.voice.mixer import Mixer
from avatar.speech.visemes import track
from avatar.types import Phone, Speech

RATE = 24000


def words(name: str, seconds: float) -> Speech:
    phones = (Phone("AA", 0.0, seconds, 1, 0),)
    return Speech(name, name, np.full(round(RATE * seconds), 0.1, np.float32), RATE, track(phones, seconds))


def led() -> Mixer:
    mixer = Mixer(RATE)
    mixer.lead(None, 0)
    return mixer


def test_nothing_begins_before_it_is_told():
    mixer = led()
    serial = mixer.enqueue(words("a", 1.0))
    assert not mixer.pull(RATE).any()
    assert mixer.place(serial) is None  # nor may a gesture guess when its word comes
    mixer.lead("a", RATE + 100)
    block = mixer.pull(RATE)
    assert not block[:100].any()
    assert np.all(block[150:] > 0.05)


def test_what_began_before_is_joined_at_its_place():
    mixer = led()
    mixer.pull(2 * RATE)
    mixer.lead("a", RATE // 2)
    mixer.enqueue(words("a", 1.0), last=False)  # it would be over at 1.5 s
    mixer.enqueue(words("a", 2.0))
    mixer.pull(RATE // 10)
    at, settled = mixer.place(2) or (0, False)
    assert settled
    assert at == RATE // 2 + RATE + mixer._pause
    out = np.zeros(15, np.float32)
    mixer.mouth(2.05 * RATE, out)
    assert out[1:].max() > 0.2
    started = [e for e in mixer.events(2.1 * RATE, 2.1) if e.kind == "started"]
    assert [round(e.at, 3) for e in started] == [0.5]


def test_one_that_is_over_already_is_not_heard():
    mixer = led()
    mixer.pull(5 * RATE)
    mixer.lead("a", RATE)
    mixer.enqueue(words("a", 1.0))
    assert not mixer.pull(RATE).any()
    assert [e.kind for e in mixer.events(6.0 * RATE, 6.0)] == ["started", "finished"]


def test_one_that_never_comes_does_not_hold_the_next_one_up_once_it_is_dropped():
    mixer = led()
    mixer.enqueue(words("never", 1.0))
    mixer.enqueue(words("b", 1.0))
    mixer.lead("b", 100)
    assert not mixer.pull(RATE // 10).any()
    mixer.interrupt("never")
    assert mixer.pull(RATE // 10)[-10:].all()


def test_without_being_led_it_begins_at_once():
    mixer = Mixer(RATE)
    mixer.enqueue(words("a", 1.0))
    assert mixer.pull(RATE // 10)[-10:].all()
