"""The 15 visemes for whatever mouth a companion has: tables from visemes to ARKit shapes, vowels, or a jaw's opening.

In every table the row of PP holds only what presses shut lips together (nothing at all where the companion has no shape
for it, for lips at rest are shut), and the row of FF raises the lower lip to the teeth as far as the shapes can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..types import VISEMES, FloatArray
from .visemes import MOUTH, PARTS_OF_MOUTH, vrm_matrix

_VOWELS: Final = ("aa", "ih", "ou", "ee", "oh")
_CLOSURES: Final = ("lipPress", "lipBite")

_ARKIT: Final[dict[str, dict[str, float]]] = {
    "sil": {},
    "PP": {"mouthPress": 0.55, "mouthRollLower": 0.3, "mouthRollUpper": 0.25},
    "FF": {"mouthRollLower": 0.75, "mouthShrugLower": 0.25, "mouthUpperUp": 0.3, "jawOpen": 0.03, "mouthClose": 0.03},
    "TH": {"jawOpen": 0.17, "tongueOut": 0.35, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    "DD": {"jawOpen": 0.13, "mouthLowerDown": 0.2, "mouthUpperUp": 0.08, "mouthStretch": 0.1},
    "kk": {"jawOpen": 0.2, "mouthLowerDown": 0.12, "mouthUpperUp": 0.05, "mouthStretch": 0.08},
    "CH": {"jawOpen": 0.12, "mouthFunnel": 0.5, "mouthPucker": 0.2},
    "SS": {"jawOpen": 0.06, "mouthLowerDown": 0.28, "mouthUpperUp": 0.14, "mouthStretch": 0.25},
    "nn": {"jawOpen": 0.13, "mouthLowerDown": 0.17, "mouthUpperUp": 0.06, "mouthStretch": 0.06},
    "RR": {"jawOpen": 0.16, "mouthFunnel": 0.35, "mouthPucker": 0.2},
    "aa": {"jawOpen": 0.6, "mouthLowerDown": 0.25, "mouthUpperUp": 0.12, "mouthStretch": 0.05},
    "E": {"jawOpen": 0.34, "mouthLowerDown": 0.3, "mouthUpperUp": 0.15, "mouthStretch": 0.3},
    "ih": {"jawOpen": 0.2, "mouthLowerDown": 0.25, "mouthUpperUp": 0.12, "mouthStretch": 0.4},
    "oh": {"jawOpen": 0.42, "mouthFunnel": 0.55, "mouthPucker": 0.2},
    "ou": {"jawOpen": 0.2, "mouthClose": 0.08, "mouthFunnel": 0.25, "mouthPucker": 0.75},
}
"""Apple's 52 shapes; a name without a side is both. ``mouthClose`` undoes as much of ``jawOpen`` at the lips."""

_INSTEAD: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "mouthFunnel": (("mouthPucker", 0.8),),
    "mouthPucker": (("mouthFunnel", 0.7),),
    "FF": (("ih", 0.15), ("E", 0.15)),
    "TH": (("DD", 1.0), ("nn", 1.0), ("ih", 0.3)),
    "DD": (("nn", 1.0), ("TH", 0.8), ("ih", 0.35)),
    "kk": (("DD", 0.9), ("nn", 0.9), ("E", 0.35)),
    "CH": (("RR", 0.9), ("SS", 0.7), ("ou", 0.55)),
    "SS": (("DD", 0.8), ("CH", 0.5), ("ih", 0.4)),
    "nn": (("DD", 0.9), ("TH", 0.8), ("ih", 0.3)),
    "RR": (("CH", 0.8), ("ou", 0.4)),
    "E": (("ih", 0.8), ("aa", 0.5)),
    "ih": (("E", 0.75), ("aa", 0.3)),
    "oh": (("ou", 0.8), ("aa", 0.65)),
    "ou": (("oh", 0.7), ("aa", 0.3)),
    "vowel aa": (("oh", 0.9), ("ee", 1.0), ("ih", 1.0), ("ou", 0.8)),
    "vowel ih": (("ee", 0.75), ("aa", 0.3)),
    "vowel ee": (("ih", 0.85), ("aa", 0.5)),
    "vowel oh": (("ou", 0.8), ("aa", 0.65), ("ee", 0.7), ("ih", 0.7)),
    "vowel ou": (("oh", 0.7), ("aa", 0.3), ("ee", 0.4), ("ih", 0.4)),
}
"""What stands in for a shape that a companion lacks, the best first, and how much of it."""

_JAW: Final = dict(
    zip(VISEMES, (0, 0, 0.04, 0.2, 0.16, 0.26, 0.2, 0.1, 0.17, 0.25, 1, 0.58, 0.34, 0.68, 0.33), strict=True)
)
"""How far a jaw is open where it is all that moves: 1 is the vowel of *father*."""


_APART: Final[dict[str, tuple[dict[str, float], dict[str, float], dict[str, float]]]] = {
    "arkit": ({"jawOpen": 0.6}, {"mouthFunnel": 0.3, "mouthPucker": 0.6}, {"mouthStretch": 0.4}),
    "oculus": ({"aa": 0.5}, {"ou": 0.6}, {"ih": 0.35}),
    "vowels": ({"aa": 0.45}, {"ou": 0.55}, {"ih": 0.3}),
    "opening": ({"aa": 0.9, "jawOpen": 0.9}, {}, {}),
}
"""How a companion shows a jaw more open, lips more rounded and lips more spread than its visemes are."""


def mouth_map(kind: str, shapes: Mapping[str, str]) -> tuple[FloatArray, tuple[str, ...]]:
    """((18, n) float32, n expression names) from a mouth, as ``visemes.sample`` gives it, to a companion's own; n is 0
    for a jaw and for none.

    kind, shapes : as ``model.mouth.find_mouth`` says: ``arkit``, ``oculus``, ``vowels`` or ``opening``, and shape ->
    expression.
    """
    columns = list(shapes)
    if kind == "arkit":
        table = _arkit(columns)
    elif kind == "oculus":
        table = _oculus(columns)
    elif kind in ("vowels", "opening"):
        table = _vowels(columns)
    else:
        return np.zeros((MOUTH, 0), np.float32), ()
    apart = np.zeros((len(PARTS_OF_MOUTH), len(columns)), np.float32)
    for row, shown in zip(apart, _APART[kind], strict=True):
        for name, weight in shown.items():
            for k, column in enumerate(columns):
                if column in (name, f"{name}Left", f"{name}Right"):
                    row[k] = weight
    return np.concatenate([table, apart]), tuple(shapes.values())


def jaw_row() -> FloatArray:
    """(18,) float32: how far a jaw that is all a companion has opens for each number of a mouth."""
    return np.array([*(_JAW[viseme] for viseme in VISEMES), 1.0, 0.0, 0.0], np.float32)


def _arkit(columns: list[str]) -> FloatArray:
    table = np.zeros((len(VISEMES), len(columns)), np.float32)
    sideless = {name: [c for c in columns if c in (name, f"{name}Left", f"{name}Right")] for name in _names(_ARKIT)}
    for row, viseme in zip(table, VISEMES, strict=True):
        for name, weight in _ARKIT[viseme].items():
            if not sideless[name] and name in _INSTEAD:
                name, share = _INSTEAD[name][0]
                weight *= share
            for column in sideless[name]:
                row[columns.index(column)] += weight
    return table


def _oculus(columns: list[str]) -> FloatArray:
    table = np.zeros((len(VISEMES), len(columns)), np.float32)
    for row, viseme in zip(table, VISEMES, strict=True):
        if viseme == "sil":
            continue
        stand_in, weight = next(
            ((name, share) for name, share in ((viseme, 1.0), *_INSTEAD.get(viseme, ())) if name in columns), ("", 0.0)
        )
        if stand_in:
            row[columns.index(stand_in)] = weight
    return table


def _vowels(columns: list[str]) -> FloatArray:
    all_ = [*_VOWELS, *(c for c in _CLOSURES if c in columns)]
    full = vrm_matrix(all_)
    table = np.zeros((len(VISEMES), len(columns)), np.float32)
    for k, name in enumerate(all_):
        choices = ((name, 1.0), *_INSTEAD.get(f"vowel {name}", ()))
        stand_in, share = next((c for c in choices if c[0] in columns), ("", 0.0))
        if stand_in:
            table[:, columns.index(stand_in)] += share * full[:, k]
    return np.minimum(table, 1.0, out=table)


def _names(table: Mapping[str, Mapping[str, float]]) -> set[str]:
    return {name for row in table.values() for name in row}
