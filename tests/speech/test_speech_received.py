"""A backend's sound: its mouth comes from the best that is known, in whatever order sound and timing come."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.speech.loudness import Loudness
from avatar.speech.pace import Spoken
from avatar.speech.received import LONGEST, Received
from avatar.speech.visemes import track
from avatar.types import VISEMES, FloatArray, Phone

RATE = 48000
PP, AA, SIL = (VISEMES.index(v) for v in ("PP", "aa", "sil"))
SAID = [("SIL", 0.1), ("M", 0.1), ("AA", 0.2), ("P", 0.12), ("AA", 0.2), ("B", 0.1), ("IY", 0.2), ("SIL", 0.2)] * 3


def phones() -> list[Phone]:
    found, at = [], 0.0
    for value, seconds in SAID:
        found.append(Phone(value, at, at + seconds, int(value[0] in "AI")))
        at += seconds
    return found


def sound(rate: int = 24000) -> FloatArray:
    """A buzz that is loud in the vowels, soft in m and b, and silent in the rest."""
    parts = []
    for value, seconds in SAID:
        t = np.arange(round(seconds * rate)) / rate
        loud = {"A": 0.5, "I": 0.4, "M": 0.05, "B": 0.03}.get(value[0], 0.0)
        parts.append(loud * np.sign(np.sin(2 * np.pi * 140 * t)) * 0.5)
    return np.concatenate(parts).astype(np.float32)


def fed(one: Received, count: int = 480, rate: int = 24000) -> FloatArray:
    whole, out = sound(rate), []
    for k in range(0, len(whole), count):
        one.hear(whole[k : k + count], rate, k + count >= len(whole))
        out.append(one.take())
    return np.concatenate(out)


def test_all_of_the_sound_comes_out_at_the_line_s_rate() -> None:
    one = Received(RATE)
    out = fed(one)
    assert len(out) == pytest.approx(len(sound()) * 2, abs=2)
    assert one.final
    assert one.source == "loudness"


def test_marks_that_came_before_the_sound_are_the_mouth_of_a_whole_track() -> None:
    one = Received(RATE)
    one.time(phones(), "marks")
    fed(one)
    whole = track(phones(), source="marks").weights
    got = one.mouth()
    assert got.source == "marks"
    assert len(got.phones) == len(SAID)
    np.testing.assert_allclose(got.weights[: len(whole) - 6], whole[:-6], atol=1e-5)


@pytest.mark.parametrize("each", [1, 3, 10])
def test_marks_in_bits_shut_the_lips_as_marks_at_once_do(each: int) -> None:
    one = Received(RATE)
    said = phones()
    for k in range(0, len(said), each):
        one.time(said[k : k + each], "marks")
    fed(one)
    weights = one.mouth().weights
    np.testing.assert_allclose(weights.sum(1), 1.0, atol=1e-4)
    for p in said:
        if p.value in ("P", "B", "M"):
            assert weights[round((p.start + p.end) / 2 * 100), PP] == 1.0
    np.testing.assert_allclose(weights[: 100 * 3], track(said, source="marks").weights[: 100 * 3], atol=0.05)


def test_marks_that_come_late_replace_what_loudness_said() -> None:
    one = Received(RATE)
    fed(one)
    assert one.mouth().source == "loudness"
    middle = [round((p.start + p.end) / 2 * 100) for p in phones() if p.value == "P"]
    assert all(one.mouth().weights[m, PP] < 0.5 for m in middle)
    one.time(phones(), "marks")
    assert one.changed
    assert all(one.mouth().weights[m, PP] == 1.0 for m in middle)
    assert not one.changed


def test_the_mouth_behind_the_last_mark_is_what_is_heard() -> None:
    one = Received(RATE)
    said = [p for p in phones() if p.end < 1.3]
    one.time(said, "marks")
    fed(one)
    weights = one.mouth().weights
    vowel = next(p for p in phones() if p.value == "AA" and p.start > 2.0)
    assert weights[round((vowel.start + vowel.end) / 2 * 100), SIL] < 0.7
    assert np.abs(np.diff(weights, axis=0)).max() < 0.5


def test_words_are_better_than_loudness_and_worse_than_marks() -> None:
    one = Received(RATE)
    one.tell([Spoken(0.1, 0.72, ("M", "AA", "P", "AA"))])
    assert one.source == "words"
    one.time(phones(), "marks")
    one.tell([Spoken(1.3, 2.0, ("M", "AA"))])
    assert one.source == "marks"
    assert one.covered == pytest.approx(phones()[-1].end)


def test_captions_go_sentence_by_sentence() -> None:
    one = Received(RATE)
    one.words += [(0.1, 0.3, "Hello"), (0.3, 0.6, "there."), (1.0, 1.2, "How"), (1.2, 1.4, "are"), (1.4, 1.8, "you?")]
    assert one.caption(0.2) == "Hello there."
    assert one.caption(1.3) == "How are you?"
    assert one.caption(5.0) == ""


def test_what_cannot_be_heard_is_refused() -> None:
    one = Received(RATE)
    one.hear(np.zeros(100, np.float32), 24000)
    with pytest.raises(VoiceError, match="48000 samples a second now"):
        one.hear(np.zeros(100, np.float32), 48000)
    with pytest.raises(VoiceError, match="at most 600 s"):
        one.hear(np.zeros(int(LONGEST * 24000), np.float32), 24000)
    one.hear(np.zeros(0, np.float32), 24000, final=True)
    with pytest.raises(VoiceError, match="complete"):
        one.hear(np.zeros(1, np.float32), 24000)


def test_a_mouth_from_loudness_opens_in_vowels_and_closes_in_silence() -> None:
    ear = Loudness(24000)
    whole = sound()
    rows = np.concatenate([*(ear.feed(whole[k : k + 333]) for k in range(0, len(whole), 333)), ear.finish()])
    assert len(rows) == pytest.approx(len(whole) / 240, abs=2)
    np.testing.assert_allclose(rows[:, :15].sum(1), 1.0, atol=1e-5)
    for p in phones():
        at = round((p.start + p.end) / 2 * 100)
        if p.value == "AA":
            assert rows[at, SIL] < 0.55
        if p.value == "SIL" and p.end - p.start > 0.15:
            assert rows[round(p.end * 100) - 2, SIL] > 0.95


def test_samples_that_are_no_numbers_do_not_spoil_the_mouth() -> None:
    ear = Loudness(24000)
    ear.feed(np.full(2400, np.nan, np.float32))
    assert np.isfinite(ear.feed(sound()[:24000])).all()
