"""Pauses as they are heard: where a sound is quiet between words, and what is no pause."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar.speech.quiet import gap, sounding, with_pauses
from avatar.types import FloatArray, Phone

RATE = 16000


def sound(*parts: tuple[float, float]) -> FloatArray:
    """A tone of parts: (seconds, amplitude)."""
    level = np.concatenate([np.full(round(s * RATE), a) for s, a in parts])
    return (level * np.sin(2 * np.pi * 200 * np.arange(len(level)) / RATE)).astype(np.float32)


def values(phones: tuple[Phone, ...]) -> list[str]:
    return [p.value for p in phones]


def test_a_quiet_stretch_is_found_where_it_is():
    heard = sounding(sound((0.3, 0.5), (0.2, 1e-4), (0.3, 0.5)), RATE)
    assert gap(heard, 0.1, 0.7) == pytest.approx((0.3, 0.5), abs=0.011)
    assert gap(heard, 0.0, 0.2) == (0.2, 0.2)


def test_a_pause_between_words_that_nobody_noted_is_put_in():
    heard = sounding(sound((0.3, 0.5), (0.2, 1e-4), (0.3, 0.5)), RATE)
    found = with_pauses(
        [Phone("AA", 0, 0.32, word=0), Phone("N", 0.32, 0.72, word=1), Phone("IY", 0.72, 0.8, word=1)], heard
    )
    assert values(found) == ["AA", "SIL", "N", "IY"]
    assert (found[1].start, found[1].end) == pytest.approx((0.3, 0.5), abs=0.02)
    assert all(a.end == b.start for a, b in pairwise(found))


def test_inside_a_word_and_before_a_stop_quiet_is_part_of_the_sound():
    heard = sounding(sound((0.3, 0.5), (0.1, 1e-4), (0.3, 0.5)), RATE)
    for phones in (
        [Phone("AA", 0, 0.3, word=0), Phone("N", 0.3, 0.7, word=0)],
        [Phone("AA", 0, 0.3, word=0), Phone("P", 0.3, 0.45, word=1), Phone("AA", 0.45, 0.7, word=1)],
    ):
        assert "SIL" not in values(with_pauses(phones, heard))


def test_a_long_stop_between_words_keeps_its_closure_and_no_more():
    heard = sounding(sound((0.3, 0.5), (0.4, 1e-4), (0.3, 0.5)), RATE)
    found = with_pauses(
        [Phone("AA", 0, 0.3, word=0), Phone("P", 0.3, 0.75, word=1), Phone("AA", 0.75, 1.0, word=1)], heard
    )
    assert values(found) == ["AA", "SIL", "P", "AA"] or values(found) == ["AA", "P", "AA"]
    found = with_pauses([Phone("AA", 0, 0.5, word=0), Phone("P", 0.5, 0.9, word=1)], heard)
    assert values(found) == ["AA", "SIL", "P"]
    assert 0.05 <= 0.7 - found[1].end <= 0.08


def test_the_quiet_after_the_last_sound_is_silence_and_known_pauses_stay():
    heard = sounding(sound((0.3, 0.5), (0.1, 1e-4)), RATE)
    known = [Phone("SIL", 0, 0.02), Phone("AA", 0.02, 0.4, word=0)]
    found = with_pauses(known, heard)
    assert values(found) == ["SIL", "AA", "SIL"]
    assert found[2].start == pytest.approx(0.3, abs=0.011)
    assert found[0] == known[0]


def test_a_faint_sound_is_not_taken_for_a_pause():
    heard = sounding(sound((0.3, 0.5), (0.15, 1e-4), (0.3, 0.5)), RATE)
    found = with_pauses(
        [Phone("AA", 0, 0.3, word=0), Phone("F", 0.3, 0.45, word=1), Phone("AA", 0.45, 0.75, word=1)], heard
    )
    assert values(found) == ["AA", "F", "AA"]
