"""Tables from visemes to mouths: every mouth opens for vowels and has a closing row that opens nothing."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.speech.mouths import jaw_row, mouth_map
from avatar.speech.visemes import MOUTH, vrm_matrix
from avatar.types import VISEMES

PP, FF, SIL, AA = (VISEMES.index(n) for n in ("PP", "FF", "sil", "aa"))
SIDED = ("mouthPress", "mouthStretch", "mouthLowerDown", "mouthUpperUp")
ARKIT = (
    *("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower"),
    *(f"{n}{side}" for n in SIDED for side in ("Left", "Right")),
)


def test_the_full_vowel_mouth_is_the_vrm_table() -> None:
    names = ["aa", "ih", "ou", "ee", "oh", "lipPress", "lipBite"]
    table, columns = mouth_map("vowels", {n: n for n in names})
    assert columns == tuple(names)
    assert np.array_equal(table[:15], vrm_matrix(names))
    assert table[15, 0] > 0 < table[16, 2]


@pytest.mark.parametrize("kept", [["aa"], ["aa", "oh"], ["ih", "ou"], ["ee"], ["aa", "ih", "ou"]])
def test_missing_vowels_are_spoken_with_others(kept: list[str]) -> None:
    table, _ = mouth_map("vowels", {n: n for n in kept})
    for vowel in ("aa", "E", "ih", "oh", "ou"):
        assert table[VISEMES.index(vowel)].sum() > 0.15, vowel
    assert not table[[SIL, PP]].any()
    assert (table <= 1).all()


def test_a_closure_opens_nothing() -> None:
    table, columns = mouth_map("arkit", {n: n for n in ARKIT})
    pressing = {columns[k] for k in np.flatnonzero(table[PP])}
    assert pressing == {"mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper"}
    jaw, close = table[FF, columns.index("jawOpen")], table[FF, columns.index("mouthClose")]
    assert jaw <= close, "what the jaw opens for f and v is closed again at the lips"
    assert table[FF, columns.index("mouthRollLower")] > 0.5


def test_both_sides_move_alike() -> None:
    table, columns = mouth_map("arkit", {n: n for n in ARKIT})
    for name in SIDED:
        left, right = (table[:, columns.index(f"{name}{side}")] for side in ("Left", "Right"))
        assert np.array_equal(left, right)


def test_rounding_falls_to_the_shape_there_is() -> None:
    lacking = {n: n for n in ARKIT if n != "mouthFunnel"}
    table, columns = mouth_map("arkit", lacking)
    assert table[VISEMES.index("oh"), columns.index("mouthPucker")] > 0.5


@pytest.mark.parametrize("lacking", [(), ("FF",), ("TH", "DD"), ("kk", "RR", "CH"), ("ih", "ou"), ("E", "oh", "SS")])
def test_visemes_that_are_missing_are_near_others(lacking: tuple[str, ...]) -> None:
    shapes = {n: f"viseme_{n}" for n in VISEMES if n not in lacking}
    table, columns = mouth_map("oculus", shapes)
    assert table[PP, columns.index("viseme_PP")] == 1
    for viseme in VISEMES:
        row = table[VISEMES.index(viseme)]
        if viseme in lacking:
            assert 0 < row.sum() <= 1, viseme
            assert row[columns.index("viseme_PP")] == 0
        elif viseme != "sil":
            assert row[columns.index(f"viseme_{viseme}")] == row.sum() == 1
    assert not table[SIL].any()


def test_a_jaw_is_widest_for_aa_and_shut_for_p() -> None:
    row = jaw_row()
    assert row[AA] == row.max() == 1
    assert row[PP] == row[SIL] == 0
    assert 0 < row[FF] < 0.1


@pytest.mark.parametrize("kind", ["none", "jaw"])
def test_without_shapes_there_is_no_map(kind: str) -> None:
    table, names = mouth_map(kind, {})
    assert table.shape == (MOUTH, 0)
    assert names == ()
