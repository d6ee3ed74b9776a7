"""The ear: what it has learnt is small and checked, and as it comes it judges like over the whole."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.paths import assets
from avatar.speech.ear import DEEP_AHEAD, NEAR_AHEAD, PHONES, Judge, Weights, judge, learnt

FILE = assets() / "voice" / "ear.npz"


def test_what_it_has_learnt_is_small():
    assert FILE.stat().st_size < 300_000
    assert sum(w.size for w, _ in learnt().layers.values()) > 200_000


def test_probabilities_are_probabilities():
    bands = np.random.default_rng(1).normal(-5, 3, (50, 40)).astype(np.float32)
    scores = judge(bands, learnt())
    assert scores.shape == (50, len(PHONES))
    assert np.exp(scores).sum(1) == pytest.approx(1, abs=1e-4)
    assert judge(bands[:0], learnt()).shape == (0, len(PHONES))


def test_loudness_does_not_matter():
    bands = np.random.default_rng(2).normal(-3, 2, (60, 40)).astype(np.float32)
    assert np.allclose(judge(bands, learnt()), judge(bands + 3, learnt()), atol=1e-3)


def test_neither_head_hears_further_ahead_than_it_says():
    random = np.random.default_rng(3)
    bands = random.normal(-4, 2, (80, 40)).astype(np.float32)
    other = bands.copy()
    other[50:] += 1e-3 * random.normal(0, 1, (30, 40)).astype(np.float32)
    for hears, ahead in ((near, NEAR_AHEAD), (lambda b: judge(b, learnt()), DEEP_AHEAD)):
        changed = np.flatnonzero(np.abs(hears(bands) - hears(other)).max(1) > 1e-5)
        if ahead == NEAR_AHEAD:
            assert changed[0] >= 50 - ahead
        assert changed[-1] >= 70
    assert np.array_equal(near(bands)[: 50 - NEAR_AHEAD], near(other)[: 50 - NEAR_AHEAD])


def near(bands: np.ndarray) -> np.ndarray:
    ear = Judge(learnt())
    heard = [ear.hear(bands[k : k + 2]) for k in range(0, len(bands) - 1, 2)]
    return np.concatenate(heard)[NEAR_AHEAD:]


def damaged(tmp_path, change):
    path = tmp_path / "ear.npz"
    change(path)
    return path


def shorter(path):
    path.write_bytes(FILE.read_bytes()[:5000])


def empty(path):
    path.write_bytes(b"")


def narrower(path):
    with np.load(FILE) as kept:
        parts = dict(kept)
    parts["n2"] = parts["n2"][:, :50]
    np.savez(path, **parts)


def without(path):
    with np.load(FILE) as kept:
        parts = dict(kept)
    del parts["out.s"]
    np.savez(path, **parts)


def infinite(path):
    with np.load(FILE) as kept:
        parts = dict(kept)
    parts["out.b"] = np.full_like(parts["out.b"], np.nan)
    np.savez(path, **parts)


@pytest.mark.parametrize("change", [shorter, empty, narrower, without, infinite])
def test_a_damaged_file_is_one_clear_error(tmp_path, change):
    with pytest.raises(VoiceError, match=r"ear\.npz: "):
        Weights(damaged(tmp_path, change))


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(VoiceError, match="is missing"):
        Weights(tmp_path / "no.npz")
