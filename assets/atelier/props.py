"""Builds the house's props: ``python assets/atelier/props.py`` writes assets/props/*.glb, prints counts.

Metres, +Y up. What stands has its foot at y = 0; a ring's middle is the origin, its finger goes along +Y, its stone is
at +Z. A node called ``flame`` flickers and burns upright, one called ``glow`` turns to the camera, and by one
called ``handle`` it hangs (``avatar/stage/props.py``).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from kit import Array
from props_cups import CUPS
from props_feast import FEAST
from props_kit import Mesh, Prop, gem, glow, lathe, moved, sheet

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


def _flame(material: int) -> tuple[Mesh, int, Array]:
    """A drop, bluish and clear at its foot, white inside, yellow at the tip; 34 mm."""
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
    return mesh, material, hot + (mid - hot) * first + (tip - mid) * then


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
    prop.add("candle", body, wax, _shone_through(body, 0.02, 0.09))
    prop.add("wick", lathe([(0.0007, 0.088), (0.0006, 0.0965), (0.0, 0.097)], sides=8), black)
    _lit(prop, 0.093)
    return prop


def _shone_through(body: Mesh, low: float, high: float) -> Array:
    """(V, 4) colours of wax: the flame shines through it, from ``low`` metres up."""
    near = np.clip((body[0][:, 1:2] - low) / (high - low), 0, 1) ** 2.5
    return np.array([0.80, 0.72, 0.58, 1.0]) + near * np.array([0.20, 0.13, 0.0, 0.0])


def _lit(prop: Prop, y: float) -> None:
    """A flame whose foot is ``y`` metres up, and the glow round it."""
    light = prop.light("flame")
    prop.add("flame", *_flame(light), at=(0, y, 0))
    prop.add("glow", *glow(0.062, light), at=(0, y + 0.015, 0))


def taper() -> Prop:
    """A candle to be carried, 0.25 m with its flame, in a sleeve of paper that opens below it like a flower."""
    prop = Prop()
    wax = prop.glaze("wax", (1.0, 1.0, 1.0), 0.5, (0.17, 0.105, 0.045))
    paper = prop.material(
        "paper",
        pbrMetallicRoughness={"baseColorFactor": [0.93, 0.88, 0.78, 1], "metallicFactor": 0.0, "roughnessFactor": 0.8},
        emissiveFactor=[0.12, 0.072, 0.030],
        doubleSided=True,
    )
    black = prop.glaze("wick", (0.02, 0.015, 0.012), 0.9)
    side = [(0.0106 - 0.0016 * h / 0.20, h) for h in (0.0, 0.05, 0.09, 0.12, 0.15, 0.17, 0.185, 0.196)]
    body = lathe([(0.0, 0.0), *side, (0.0084, 0.1985), (0.0070, 0.1975), (0.0035, 0.1955), (0.0, 0.195)], sides=28)
    prop.add("candle", body, wax, _shone_through(body, 0.12, 0.20))
    # pleats that open towards the rim
    h, turn = np.linspace(0, 1, 9)[:, None], np.linspace(0, 2 * np.pi, 81)[None, :]
    r = 0.0136 + 0.0300 * h**1.7 * (1 + 0.10 * h * np.cos(16 * turn))
    y = 0.078 + 0.056 * h - 0.004 * h**4 + 0.0015 * h * np.cos(16 * turn + 1)
    cup = sheet(np.stack([r * np.sin(turn), y, r * np.cos(turn)], -1)[:, ::-1])
    lit = np.clip(np.repeat(h.ravel(), 81), 0, 1)[:, None]
    prop.add("sleeve", cup, paper, np.array([0.82, 0.74, 0.62, 1.0]) + lit * np.array([0.18, 0.22, 0.24, 0.0]))
    prop.add("wick", lathe([(0.0007, 0.195), (0.0006, 0.2035), (0.0, 0.204)], sides=8), black)
    _lit(prop, 0.200)
    return prop


PROPS = {"ring": ring, "band": band, "cup": cup, "candle": candle, "taper": taper, **FEAST, **CUPS}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in PROPS.items():
        prop = make()
        data = prop.tobytes()
        (OUT / f"{name}.glb").write_bytes(data)
        print(f"{name:15} {prop.triangles:5} triangles, {len(data) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
