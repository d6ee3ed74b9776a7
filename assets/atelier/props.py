"""Builds the house's props: ``python assets/atelier/props.py`` writes assets/props/*.glb, prints counts.

Metres, +Y up. What stands has its foot at y = 0; a ring's middle is the origin, its finger goes along +Y, its stone is
at +Z. A node called ``flame`` flickers and one called ``glow`` turns to the camera (``avatar/stage/props.py``).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from props_cups import CUPS
from props_feast import FEAST
from props_kit import Prop, gem, glow, lathe, moved

OUT = Path(__file__).resolve().parents[1] / "props"


def ring() -> Prop:
    """A gold band for a finger 17 mm thick, with a small stone."""
    prop = Prop()
    gold = prop.metal("gold", (1.0, 0.70, 0.24), 0.36)
    inner, thick, half = 0.0085, 0.0017, 0.0020
    a = np.linspace(-np.pi, np.pi, 17)
    # round outside, nearly flat inside; upwards on the outside means: once round, against the clock
    outline = [
        (inner + thick / 2 + thick / 2 * np.cos(t) * (1.0 if np.cos(t) > 0 else 0.75), half * np.sin(t)) for t in a
    ]
    prop.add("band", lathe(outline, sides=48), gold)
    stone = prop.glaze("stone", (0.62, 0.80, 0.93), 0.08, (0.10, 0.14, 0.17))
    out = inner + thick
    turned = lathe([(0.0, 0.0), (0.0022, 0.0), (0.0026, 0.0014), (0.0022, 0.0014)], sides=16)
    collar = tuple(m[:, [0, 2, 1]] * (1, -1, 1) for m in turned[:2])
    prop.add("collar", moved((collar[0], collar[1], turned[2]), (0, 0, out - 0.0006)), gold)
    prop.add("stone", moved(gem(0.0023, 0.0011, 0.0016), (0, 0, out + 0.0011)), stone)
    return prop


def band() -> Prop:
    """A plain gold band, for a finger as thick."""
    prop = Prop()
    gold = prop.metal("gold", (1.0, 0.70, 0.24), 0.36)
    inner, thick, half = 0.0085, 0.0018, 0.0025
    a = np.linspace(-np.pi, np.pi, 17)
    outline = [
        (inner + thick / 2 + thick / 2 * np.cos(t) * (1.0 if np.cos(t) > 0 else 0.75), half * np.sin(t)) for t in a
    ]
    prop.add("band", lathe(outline, sides=48), gold)
    return prop


def cup() -> Prop:
    """A tea cup without a handle, 84 mm high, with tea in it."""
    prop = Prop()
    white = prop.glaze("glaze", (0.86, 0.84, 0.78), 0.22)
    blue = prop.glaze("band", (0.06, 0.13, 0.33), 0.25)
    tea = prop.glaze("tea", (0.24, 0.16, 0.04), 0.05)
    foot = [(0.0, 0.002), (0.018, 0.002), (0.019, 0.0), (0.021, 0.0), (0.022, 0.003), (0.026, 0.010)]
    wall = [(0.026, 0.010), (0.0295, 0.020), (0.0310, 0.032), (0.0318, 0.046), (0.0322, 0.060)]
    band = [(0.0324, 0.060), (0.0326, 0.068)]
    lip = [(0.0324, 0.068), (0.0328, 0.080), (0.0326, 0.0835), (0.0318, 0.0840), (0.0308, 0.0830), (0.0300, 0.070)]
    prop.add("body", lathe([*foot, *wall[1:]], lip), white)
    prop.add("stripe", lathe(band), blue)
    prop.add("tea", lathe([(0.0302, 0.072), (0.0, 0.072)]), tea)
    return prop


def candle() -> Prop:
    """A candle on a brass dish, 0.13 m with its flame."""
    prop = Prop()
    brass = prop.metal("brass", (0.88, 0.60, 0.25), 0.42)
    wax = prop.glaze("wax", (1.0, 1.0, 1.0), 0.5, (0.045, 0.026, 0.010))
    black = prop.glaze("wick", (0.02, 0.015, 0.012), 0.9)
    prop.add(
        "dish",
        lathe(
            [(0.0, 0.0), (0.030, 0.0), (0.040, 0.006), (0.0405, 0.008)],
            [(0.0405, 0.008), (0.039, 0.0078), (0.030, 0.003), (0.0, 0.0028)],
        ),
        brass,
    )
    side = [(0.0126 - 0.0005 * h / 0.09, h) for h in (0.0028, 0.03, 0.05, 0.062, 0.072, 0.081, 0.089)]
    body = lathe([*side, (0.0113, 0.0925), (0.0098, 0.0915), (0.005, 0.0890), (0.0, 0.0885)], sides=32)
    # the flame shines through the wax below it
    near = np.clip((body[0][:, 1:2] - 0.02) / 0.07, 0, 1) ** 2.5
    prop.add("candle", body, wax, np.array([0.80, 0.72, 0.58, 1.0]) + near * np.array([0.20, 0.13, 0.0, 0.0]))
    prop.add("wick", lathe([(0.0007, 0.088), (0.0006, 0.0965), (0.0, 0.097)], sides=8), black)
    light = prop.light("flame")
    # a drop, bluish and clear at its foot, white inside, yellow at the tip
    h = np.linspace(0, 1, 15)
    r = 0.0058 * np.sin(np.pi * h**0.62) ** 0.9 * (1 - 0.25 * h)
    r[[0, -1]] = 0
    mesh = lathe(list(zip(r, 0.034 * h, strict=True)), sides=20)
    up = mesh[0][:, 1:2] / 0.034
    hot, mid, tip = (
        np.array([0.55, 0.45, 0.75, 0.25]),
        np.array([1.0, 0.93, 0.72, 0.95]),
        np.array([1.0, 0.62, 0.16, 0.8]),
    )
    first = np.clip(up / 0.3, 0, 1)
    then = np.clip((up - 0.35) / 0.65, 0, 1)
    prop.add("flame", mesh, light, hot + (mid - hot) * first + (tip - mid) * then, (0, 0.093, 0))
    prop.add("glow", *glow(0.062, light), at=(0, 0.108, 0))
    return prop


PROPS = {"ring": ring, "band": band, "cup": cup, "candle": candle, **FEAST, **CUPS}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in PROPS.items():
        prop = make()
        data = prop.tobytes()
        (OUT / f"{name}.glb").write_bytes(data)
        print(f"{name:15} {prop.triangles:5} triangles, {len(data) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
