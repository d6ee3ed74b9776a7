"""Sake cups: three lacquered ones of the three-times-three sips, in a stack and each by itself (``props.py``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from props_kit import Prop, lathe, moved

_SIZES: Final = {"large": (0.059, 0.0), "middle": (0.048, 0.0235), "small": (0.038, 0.0445)}
"""Half of each sake cup's width, and how high it stands in the stack, metres."""


def _sake_cup(prop: Prop, name: str, wide: float, low: float, red: int, gold: int) -> None:
    """A shallow cup on its foot, half as high as it is wide from its middle."""
    foot, high = 0.42 * wide, 0.50 * wide
    outer = [
        (0.0, 0.004),
        (foot - 0.002, 0.004),
        (foot - 0.001, 0.0),
        (foot, 0.0),
        (foot - 0.001, 0.007),
        (0.66 * wide, 0.30 * high + 0.004),
        (0.86 * wide, 0.58 * high + 0.003),
        (0.97 * wide, 0.85 * high),
    ]
    inner = [
        (0.965 * wide, 0.93 * high),
        (0.83 * wide, 0.62 * high),
        (0.55 * wide, 0.36 * high),
        (0.0, 0.26 * high),
    ]
    rim = [(0.97 * wide, 0.85 * high), (wide, 0.98 * high), (0.985 * wide, high), (0.965 * wide, 0.93 * high)]
    prop.add(name, moved(lathe(outer, inner, sides=36), (0, low, 0)), red)
    prop.add(f"{name}-rim", moved(lathe(rim, sides=36), (0, low, 0)), gold)


def _lacquer(prop: Prop) -> tuple[int, int]:
    return prop.glaze("lacquer", (0.60, 0.045, 0.03), 0.18), prop.metal("gold", (1.0, 0.72, 0.28), 0.35)


def sake_cups() -> Prop:
    """Three lacquered cups, one in another, for the three-times-three sips; 0.118 m wide below."""
    prop = Prop()
    glazes = _lacquer(prop)
    for name, (wide, low) in _SIZES.items():
        _sake_cup(prop, name, wide, low, *glazes)
    return prop


def sake_cup(size: str) -> Prop:
    """One of the three, with a little of what is clear in it: tea, water or sake. size : small, middle or large."""
    prop = Prop()
    wide, _ = _SIZES[size]
    _sake_cup(prop, size, wide, 0.0, *_lacquer(prop))
    clear = prop.glaze("drink", (0.36, 0.10, 0.06), 0.04)
    level, across = 0.26 * wide, 0.735 * wide
    prop.add("drink", lathe([(across, level), (0.0, level)], sides=36), clear)
    return prop


CUPS: Final[dict[str, Callable[[], Prop]]] = {
    "sake-cups": sake_cups,
    **{f"sake-cup-{size}": partial(sake_cup, size) for size in ("small", "middle", "large")},
}
