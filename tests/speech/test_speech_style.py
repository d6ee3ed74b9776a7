"""From a mumble to over-articulation: shapes grow and shrink, closures never do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.speech.style import CLEAREST, MUMBLE, articulated
from avatar.types import VISEMES

PP, FF, SIL, AA = (VISEMES.index(n) for n in ("PP", "FF", "sil", "aa"))
WEIGHTS = st.lists(st.floats(0, 1, width=32), min_size=15, max_size=15).map(
    lambda x: (np.array(x, np.float32) + np.float32(1e-6)) / np.float32(np.sum(x) + 1.5e-5)
)


@given(WEIGHTS, st.floats(-1, 4))
def test_closures_are_kept_and_everything_stays_within_bounds(weights: np.ndarray, gain: float) -> None:
    out = articulated(weights, gain)
    assert np.array_equal(out[[PP, FF]], weights[[PP, FF]])
    assert (out >= 0).all()
    assert (out <= 1).all()
    assert out.sum() >= min(1, weights.sum()) - 1e-4


@given(WEIGHTS)
def test_more_gain_is_never_less_of_a_shape(weights: np.ndarray) -> None:
    shapes = [k for k in range(15) if k not in (PP, FF, SIL)]
    steps = [articulated(weights, g)[shapes] for g in (0.4, 0.7, 1.0, 1.2, 1.5)]
    for less, more in itertools.pairwise(steps):
        assert (more >= less - 1e-6).all()


def test_normal_speech_is_left_alone() -> None:
    weights = np.full(15, 1 / 15, np.float32)
    assert np.array_equal(articulated(weights, 1.0), weights)
    out = np.zeros(15, np.float32)
    assert articulated(weights, 1.0, out) is out
    assert np.array_equal(out, weights)


def test_a_mumble_and_its_opposite() -> None:
    weights = np.zeros(15, np.float32)
    weights[AA], weights[SIL] = 0.6, 0.4
    assert articulated(weights, MUMBLE)[AA] == pytest.approx(0.24)
    assert articulated(weights, CLEAREST)[AA] == pytest.approx(0.9 / 1.3)
    assert articulated(weights, 99.0)[AA] == articulated(weights, CLEAREST)[AA]
    assert articulated(weights, float("nan"))[AA] == pytest.approx(0.6)
    assert articulated(weights, MUMBLE, weights) is weights
    assert weights[SIL] == pytest.approx(0.76)


def test_it_saturates_without_a_corner() -> None:
    w = np.zeros((101, 15), np.float32)
    w[:, AA] = np.linspace(0, 1, 101)
    out = articulated(w, CLEAREST)[:, AA]
    slope = np.diff(out) * 100
    assert slope[0] == pytest.approx(1.5, abs=0.02)
    assert (np.diff(slope) < 1e-4).all()
    assert slope[-1] > 0.6
    assert out[-1] == pytest.approx(1.0)
