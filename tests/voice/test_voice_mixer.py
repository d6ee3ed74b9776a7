"""One line of sound: gapless order, faded interruption, reports exactly once, mouth in step with what is heard."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.io.voice.mixer import FADE, LONGEST_FADE, PAUSE, Mixer
from avatar.speech.visemes import track
from avatar.types import VISEMES, Phone, Speech

RATE = 48000


def speech(utterance: str, seconds: float = 1.0, text: str = "words", rate: int = RATE, value: str = "AA") -> Speech:
    t = np.arange(round(seconds * rate)) / rate
    sound = (0.5 * np.sin(2 * np.pi * 200 * t) * np.minimum(1, 50 * np.minimum(t, seconds - t))).astype(np.float32)
    return Speech(utterance, text, sound, rate, track([Phone(value, 0.0, seconds, 1, 0)], seconds))


def rolled(mixer: Mixer, seconds: float, block: int = 480):
    return np.concatenate([mixer.pull(block) for _ in range(round(seconds * mixer.rate / block))])


def kinds(mixer: Mixer, position: float | None = None) -> list[tuple[str, str]]:
    return [(e.kind, e.utterance) for e in mixer.events(mixer.position if position is None else position)]


def test_silence_when_there_is_nothing():
    mixer = Mixer(RATE)
    assert np.all(mixer.pull(1000) == 0)
    assert mixer.position == 1000
    assert mixer.mouth(500, np.empty(15, np.float32))[0] == 1.0


@pytest.mark.parametrize("block", [64, 441, 480, 5000])
def test_pieces_follow_each_other_with_a_pause_whatever_the_block(block):
    mixer = Mixer(RATE)
    first, second = speech("a", 0.5), speech("b", 0.3)
    mixer.enqueue(first)
    mixer.enqueue(second)
    heard = rolled(mixer, 1.5, block)
    pause = np.zeros(round(PAUSE * RATE), np.float32)
    expected = np.concatenate([first.sound, pause, second.sound])
    np.testing.assert_array_equal(heard[: len(expected)], expected)
    assert np.all(heard[len(expected) :] == 0)


def test_speech_of_another_rate_lasts_as_long():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 0.5, rate=24000))
    heard = rolled(mixer, 1.0)
    assert np.flatnonzero(np.abs(heard) > 1e-3)[-1] / RATE == pytest.approx(0.5, abs=0.005)


def test_reports_come_once_and_when_heard():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 0.4, "one"), last=False)
    mixer.enqueue(speech("a", 0.4, "two"), last=True)
    rolled(mixer, 2.0)
    assert kinds(mixer, -1) == []
    (started,) = mixer.events(0.1 * RATE, now=5.0)
    assert (started.kind, started.utterance, started.text) == ("started", "a", "one two")
    assert started.at == pytest.approx(4.9)
    assert started.seconds == pytest.approx(0.8 + PAUSE)
    assert kinds(mixer, 0.9 * RATE) == []
    (finished,) = mixer.events(2.0 * RATE, now=7.0)
    assert (finished.kind, finished.utterance) == ("finished", "a")
    assert finished.at == pytest.approx(5.0 + 0.8 + PAUSE)
    assert finished.seconds == pytest.approx(0.8 + PAUSE)
    assert kinds(mixer, 1e9) == []


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_finish_marks_the_end_once(when, last):
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 0.4), last=last)
    if when == "before":
        mixer.finish("a")
    rolled(mixer, 0.2 if when == "during" else 0.8)
    if when != "before":
        mixer.finish("a")
    rolled(mixer, 0.8)
    mixer.finish("a")
    found = mixer.events(mixer.position, mixer.position / RATE)
    assert [e.kind for e in found] == ["started", "finished"]
    assert found[1].at == pytest.approx(0.4)


def test_an_interruption_fades_without_a_click_and_shuts_the_mouth_with_it():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 2.0))
    mixer.enqueue(speech("b", 1.0))
    before = rolled(mixer, 0.5)
    assert mixer.interrupt() == ["a", "b"]
    after = rolled(mixer, 1.0)
    heard = np.concatenate([before, after])
    steepest = 0.5 * 2 * np.pi * 200 / RATE
    assert np.abs(np.diff(heard)).max() < steepest * 1.1
    silent = round(FADE * RATE)
    assert np.abs(after[: silent // 2]).max() > 0.2
    assert np.all(after[silent:] == 0)
    out, last = np.empty(15, np.float32), 1.0
    for ms in range(0, 120, 5):
        shape = mixer.mouth((0.5 + ms / 1000) * RATE, out)
        opening = float(shape[VISEMES.index("aa")])
        assert opening <= last + 1e-3
        assert float(shape.sum()) == pytest.approx(1.0, abs=1e-4)
        last = opening
    assert last == 0.0
    assert shape[0] == 1.0
    assert kinds(mixer) == [("started", "a"), ("interrupted", "a"), ("interrupted", "b")]


def test_one_of_two_is_interrupted_and_the_other_goes_on():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 1.0))
    mixer.enqueue(speech("b", 0.5))
    rolled(mixer, 0.2)
    assert mixer.interrupt("a") == ["a"]
    rolled(mixer, 1.0)
    found = mixer.events(mixer.position, mixer.position / RATE)
    assert [(e.kind, e.utterance) for e in found] == [
        ("started", "a"),
        ("interrupted", "a"),
        ("started", "b"),
        ("finished", "b"),
    ]
    assert found[1].at == pytest.approx(0.2)
    assert found[1].seconds == pytest.approx(0.2)
    assert found[2].at == pytest.approx(0.2 + FADE, abs=0.011)


def test_what_comes_late_for_an_interrupted_utterance_is_refused():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 0.2), last=False)
    rolled(mixer, 0.1)
    mixer.interrupt("a")
    mixer.interrupt("never heard of")
    assert not mixer.enqueue(speech("a", 0.2))
    assert not mixer.enqueue(speech("never heard of", 0.2))
    after = rolled(mixer, 0.5)
    assert np.all(after[round(LONGEST_FADE * RATE) :] == 0)
    assert kinds(mixer) == [("started", "a"), ("interrupted", "a")]
    mixer.begin("a")
    assert mixer.enqueue(speech("a", 0.2))


def test_interrupting_twice_or_too_late_changes_nothing():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 0.2))
    rolled(mixer, 0.5)
    assert mixer.interrupt() == []
    assert mixer.interrupt("a") == []
    assert kinds(mixer) == [("started", "a"), ("finished", "a")]


def test_the_mouth_and_the_caption_go_with_the_sound():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 0.5, "first", value="AA"), last=False)
    mixer.enqueue(speech("a", 0.5, "second", value="UW"))
    rolled(mixer, 1.5)
    out = np.empty(15, np.float32)
    assert VISEMES[int(mixer.mouth(0.25 * RATE, out).argmax())] == "aa"
    assert VISEMES[int(mixer.mouth((0.5 + PAUSE + 0.25) * RATE, out).argmax())] == "ou"
    assert VISEMES[int(mixer.mouth((0.5 + PAUSE / 2) * RATE, out).argmax())] == "sil"
    assert mixer.caption(0.25 * RATE) == "first"
    assert mixer.caption((0.5 + PAUSE + 0.25) * RATE) == "second"
    assert mixer.caption(1.4 * RATE) == ""


def test_the_caption_stays_while_the_next_piece_is_being_made():
    mixer = Mixer(RATE)
    mixer.enqueue(speech("a", 0.2, "first"), last=False)
    rolled(mixer, 1.0)
    assert mixer.caption(0.9 * RATE) == "first"
    mixer.finish("a")
    assert mixer.caption(0.9 * RATE) == ""


def test_progress_tells_the_word_and_its_place_in_the_whole_text():
    mixer = Mixer(RATE)
    for last in (False, True):
        said = [Phone("AA", k * 0.1, (k + 1) * 0.1, 1, k) for k in range(4)]
        piece = Speech("a", "say it once more", np.ones(19200, np.float32), RATE, track(said, 0.4))
        mixer.enqueue(piece, last)
    rolled(mixer, 1.2)
    whole = "say it once more say it once more"
    second = 0.4 + PAUSE
    found = [mixer.progress((t + 0.05 + k * 0.1) * RATE) for t in (0.0, second) for k in range(4)]
    assert [whole[at : at + 2] for _, at in found] == ["sa", "it", "on", "mo"] * 2
    assert [at for _, at in found] == [0, 4, 7, 12, 17, 21, 24, 29]
    assert mixer.progress((0.4 + PAUSE / 2) * RATE) is None


def test_muted_speech_takes_its_time_unheard():
    mixer = Mixer(RATE)
    mixer.muted = True
    mixer.enqueue(speech("a", 0.3))
    assert np.all(rolled(mixer, 0.5) == 0)
    assert kinds(mixer) == [("started", "a"), ("finished", "a")]


def test_many_pieces_leave_nothing_behind():
    mixer = Mixer(8000)
    for k in range(300):
        assert mixer.enqueue(speech(f"u{k}", 0.05, rate=8000))
        rolled(mixer, 0.25, 400)
    assert mixer.waiting == 0
    found = kinds(mixer)
    assert found == [(kind, f"u{k}") for k in range(300) for kind in ("started", "finished")]
