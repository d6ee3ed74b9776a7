"""Words with times: their sounds share the time, no longer and no shorter than the word."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avatar.errors import VoiceError
from avatar.speech.pace import LENGTHS, Spoken, held, phones_of, shared
from avatar.types import Phone


def test_phones_tile_the_time():
    words = [
        Spoken(0.1, 0.5, ("P", "EY", "P", "ER")),
        Spoken(0.5, 0.7, ("M", "AE", "P")),
        Spoken(1.0, 1.3, ("S", "OW")),
    ]
    phones = phones_of(words, 1.5)
    assert [p.value for p in phones] == ["SIL", "P", "EY", "P", "ER", "M", "AE", "P", "SIL", "S", "OW", "SIL"]
    assert phones[0].start == 0
    assert phones[-1].end == 1.5
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(phones))
    assert [p.word for p in phones] == [-1, 0, 0, 0, 0, 1, 1, 1, -1, 2, 2, -1]


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.3, 1.2])
def test_a_word_s_sounds_last_as_long_as_the_word(seconds):
    parts = shared(("S", "T", "R", "IY", "T"), seconds)
    assert parts.sum() == pytest.approx(seconds)
    assert parts.min() > 0
    assert parts.argmax() in (0, 3)
    assert parts[3] >= parts[1]


def test_at_its_own_pace_every_sound_has_about_its_own_length():
    word = ("M", "AA", "P")
    own = sum(LENGTHS[p][0] for p in word)
    assert shared(word, own) == pytest.approx([LENGTHS[p][0] for p in word], rel=0.35)


def test_a_vowel_is_longer_beside_a_voiced_sound_and_before_a_pause():
    bead, beat = (shared(("B", "IY", last), 0.3) for last in "DT")
    assert bead[1] / bead[2] > 1.02 * beat[1] / beat[2]
    assert shared(("M", "IY", "T", "IH", "NG"), 0.4, pause=True)[3] > shared(("M", "IY", "T", "IH", "NG"), 0.4)[3]


WORDS = [Spoken(0.1, 0.5, ("P", "EY", "P", "ER")), Spoken(0.5, 0.7, ("M", "AE", "P"))]


def heard(*rows: tuple[str, float, float, int]) -> list[Phone]:
    return [Phone(value, start, end, word=word) for value, start, end, word in rows]


def test_sounds_begin_where_they_are_heard_inside_their_word():
    aligned = heard(
        *(("P", 0.05, 0.2, 0), ("EY", 0.2, 0.3, 0), ("P", 0.3, 0.36, 0), ("ER", 0.36, 0.55, 0)),
        *(("M", 0.55, 0.62, 1), ("AE", 0.62, 0.65, 1), ("P", 0.65, 0.72, 1)),
    )
    phones, count = held(WORDS, aligned, 1.0)
    assert count == 2
    assert [round(p.start, 3) for p in phones] == [0, 0.1, 0.2, 0.3, 0.36, 0.5, 0.62, 0.65, 0.7]
    assert phones[-1] == Phone("SIL", 0.7, 1.0)


def test_a_word_heard_elsewhere_or_otherwise_shares_its_time():
    aligned = heard(("P", 0.9, 1.0, 0), ("EY", 1, 1.1, 0), ("P", 1.1, 1.2, 0), ("ER", 1.2, 1.3, 0), ("N", 0.5, 0.7, 1))
    assert held(WORDS, aligned, 1.0) == (phones_of(WORDS, 1.0), 0)


@pytest.mark.parametrize("late", [-0.4, -0.03, 0.0, 0.06, 0.12])
def test_no_sound_of_a_held_word_is_lost(late):
    aligned = [Phone(p.value, p.start + late, p.end + late, p.stress, p.word) for p in phones_of(WORDS) if p.word >= 0]
    phones, _ = held(WORDS, aligned, 1.0)
    assert [p.value for p in phones if p.word >= 0] == ["P", "EY", "P", "ER", "M", "AE", "P"]
    assert min(p.end - p.start for p in phones) >= 0.0199
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(phones))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([Spoken(0.5, 0.4, ("AA",))], r"word 1 \(0.5 to 0.4 s\)"),
        ([Spoken(-0.1, 0.4, ("AA",))], "word 1"),
        ([Spoken(float("nan"), 0.4, ("AA",))], "word 1"),
        ([Spoken(0, 0.4, ("AA",)), Spoken(0.3, 0.6, ("AA",))], "word 2 .* at 0.4 s"),
        ([Spoken(0, 0.4, ("AA",)), Spoken(2, 3, ("AA",))], "word 2 .* is over at 1 s"),
    ],
)
def test_times_out_of_order_are_refused_with_their_word(words, said):
    with pytest.raises(VoiceError, match=said):
        phones_of(words, 1.0)
