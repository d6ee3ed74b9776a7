"""Words with times: their sounds share the time, no longer and no shorter than the word."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avatar.errors import VoiceError
from avatar.speech.pace import LENGTHS, Spoken, phones_of, shared


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


def test_at_its_own_pace_every_sound_has_its_own_length():
    word = ("M", "AA", "P")
    own = sum(LENGTHS[p][0] for p in word)
    assert shared(word, own) == pytest.approx([LENGTHS[p][0] for p in word])


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
