"""Speech is broken off where a syllable ends."""

from __future__ import annotations

import pytest

from avatar.speech.edges import edge
from avatar.types import Phone


def line(*values: str, each: float = 0.1) -> list[Phone]:
    return [Phone(v, k * each, (k + 1) * each) for k, v in enumerate(values)]


def test_a_consonant_goes_with_the_vowel_after_it() -> None:
    banana = line("B", "AX", "N", "AE", "N", "AX")
    assert edge(banana, 0.15, 0.35) == pytest.approx(0.2)
    assert edge(banana, 0.25, 0.35) is None


def test_a_stop_and_its_liquid_stay_together() -> None:
    apron = line("EY", "P", "R", "AX", "N")
    assert edge(apron, 0.05, 0.25) == pytest.approx(0.1)
    assert edge(apron, 0.15, 0.25) is None


def test_silence_and_closures_are_preferred_to_what_comes_a_moment_sooner() -> None:
    assert edge([Phone("AA", 0, 0.1), Phone("N", 0.1, 0.12), Phone("IY", 0.12, 0.2)], 0, 0.2) == pytest.approx(0.1)
    two = [Phone("AA", 0, 0.1), Phone("EH", 0.1, 0.115), Phone("B", 0.115, 0.2), Phone("IY", 0.2, 0.3)]
    assert edge(two, 0.05, 0.15) == pytest.approx(0.115)
    assert edge([*line("AA", "S"), Phone("SIL", 0.2, 0.5)], 0.12, 0.4) == pytest.approx(0.2)


def test_the_end_of_all_is_an_edge_and_nothing_has_none() -> None:
    assert edge(line("AA", "S"), 0.12, 0.25) == pytest.approx(0.2)
    assert edge([], 0.0, 1.0) is None
