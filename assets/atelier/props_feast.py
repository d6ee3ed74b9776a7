"""Props of ceremonies: ring pillow, bouquet, scroll, cake, sakaki branch, lantern (``props.py``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from kit import Array
from props_kit import Mesh, Prop, about, glow, joined, lathe, leaf, moved, sheet, tube, turned


def _painted(mesh: Mesh, low: tuple[float, ...], high: tuple[float, ...], share: Array) -> Array:
    """(V, 4) colours from low to high by a share (V,)."""
    both = np.array(low) + np.clip(share, 0, 1)[:, None] * (np.array(high) - np.array(low))
    return np.column_stack([both, np.ones(len(mesh[0]))])


def ring_pillow() -> Prop:
    """A white cushion, 0.16 m square, with a crossed ribbon. Rings lie on it as props of their own."""
    prop = Prop()
    satin = prop.glaze("satin", (0.93, 0.90, 0.86), 0.45, (0.16, 0.15, 0.14))
    silk = prop.glaze("ribbon", (0.55, 0.07, 0.13), 0.35)
    half, thick = 0.080, 0.024

    def place(u: Array, v: Array, up: float, lift: float = 0.0) -> Array:
        swell = np.clip((1 - u**2) * (1 - v**2), 0, 1) ** 0.42
        return np.stack(
            [
                half * u * (1 - 0.10 * (1 - v**2)),
                thick + up * (thick * swell * (1 - 0.22 * np.exp(-((u**2 + v**2) / 0.05))) + lift),
                half * v * (1 - 0.10 * (1 - u**2)),
            ],
            -1,
        )

    s = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 21))
    v, u = np.meshgrid(s, s, indexing="ij")
    prop.add("cushion", joined([sheet(place(u, v, 1.0)), sheet(place(u.T, v.T, -1.0))]), satin)
    v, u = np.meshgrid(np.linspace(-0.11, 0.11, 4), s, indexing="ij")
    strips = [sheet(place(u, v, 1.0, 0.0009)), sheet(place(v.T, u.T, 1.0, 0.0012))]
    prop.add("ribbon", joined(strips), silk)
    return prop


def _rose(radius: float) -> tuple[list[Mesh], list[float]]:
    """Petals of a bloom at the origin that opens along +Y, and how far out each is (0 to 1)."""
    petals, out = [], []
    for ring, (count, share) in enumerate(((3, 0.30), (4, 0.62), (5, 1.0))):
        for k in range(count):
            t = np.linspace(0, 1, 4)[:, None]
            s = np.linspace(-1, 1, 4)[None, :]
            turn = 2 * np.pi / count * 0.62 * s * (0.55 + 0.45 * np.sin(np.pi * t * 0.62))
            far = radius * share * (0.35 + 0.65 * t**0.7) * (1 + 0.14 * ring * t**3 - 0.05 * s**2)
            up = radius * ((1.25 - 0.42 * share) * t**0.9 - 0.10 * s**2 * t - 0.16 * ring * t**4)
            grid = np.stack([far * np.sin(turn), up + 0 * s, far * np.cos(turn)], -1)
            petals.append(turned(sheet(grid[:, ::-1]), about("y", 360 / count * k + 37 * ring)))
            out.append(share)
    heart = [(0.0, 0.0), (0.20, 0.25), (0.26, 0.60), (0.16, 0.92), (0.0, 0.98)]
    petals.append(lathe([(radius * r, radius * y) for r, y in heart], sides=7))
    out.append(0.1)
    return petals, out


def bouquet() -> Prop:
    """Eight roses with leaves, stems bound with a ribbon; 0.26 m, held by its stems."""
    prop = Prop()
    petal = prop.material(
        "petal",
        pbrMetallicRoughness={"metallicFactor": 0.0, "roughnessFactor": 0.6},
        emissiveFactor=[0.085, 0.045, 0.035],  # light comes through petals: their shaded side is no grey
        doubleSided=True,
    )
    green = prop.material(
        "leaf",
        pbrMetallicRoughness={"baseColorFactor": [0.10, 0.26, 0.08, 1], "metallicFactor": 0.0, "roughnessFactor": 0.55},
        doubleSided=True,
    )
    silk = prop.glaze("ribbon", (0.92, 0.88, 0.80), 0.4)
    stem = prop.glaze("stems", (0.16, 0.30, 0.10), 0.7)
    spots = [(0.0, 0.0)] + [(36.0, 120.0 * k + 20) for k in range(3)] + [(62.0, 90.0 * k) for k in range(4)]
    blooms, colours = [], []
    tints = ((0.93, 0.26, 0.31), (1.0, 0.86, 0.68), (1.0, 0.55, 0.50))
    for k, (lean, turn) in enumerate(spots):
        petals, out = _rose(0.030 if k else 0.033)
        way = about("y", turn) @ about("x", lean)
        at = way @ np.array([0, 0.068, 0]) + (0, 0.148, 0)
        mesh = moved(turned(joined(petals), way), tuple(at))
        share = np.repeat(out, [len(p[0]) for p in petals])
        high = np.array(tints[k % 3])
        blooms.append(mesh)
        colours.append(_painted(mesh, tuple(high * (0.98, 0.62, 0.55)), tuple(high), share))
    prop.add("blooms", joined(blooms), petal, np.concatenate(colours))
    leaves = []
    for k in range(8):  # between the outer blooms
        way = about("y", 90 * (k // 2) + 33 + 24 * (k % 2)) @ about("x", 80 + 8 * (k % 2))
        leaves.append(moved(turned(leaf(0.085, 0.044, 0.35), way), (0, 0.135, 0)))
    prop.add("leaves", joined(leaves), green)
    prop.add("stems", lathe([(0.0, 0.0), (0.015, 0.0), (0.011, 0.06), (0.013, 0.10), (0.040, 0.160)], sides=14), stem)
    band = lathe([(0.0132, 0.062), (0.0128, 0.068), (0.0132, 0.096), (0.0160, 0.102)], sides=14)
    prop.add("ribbon", band, silk)
    return prop


def scroll() -> Prop:
    """A rolled scroll with a red ribbon and a seal, 0.24 m, upright as it is held."""
    prop = Prop()
    paper = prop.material(
        "paper",
        pbrMetallicRoughness={"baseColorFactor": [0.88, 0.80, 0.62, 1], "metallicFactor": 0.0, "roughnessFactor": 0.8},
        doubleSided=True,
    )
    silk = prop.glaze("ribbon", (0.50, 0.03, 0.06), 0.35)
    wax = prop.glaze("seal", (0.62, 0.05, 0.05), 0.25)
    a = np.linspace(0, 2 * np.pi * 3.2, 84)
    r = 0.0095 + 0.0095 * a / a[-1]
    r[-5:] += np.linspace(0, 0.0022, 5)
    rows = [np.stack([r * np.sin(a), np.full(len(a), y), r * np.cos(a)], 1) for y in (0.24, 0.16, 0.08, 0.0)]
    mesh = sheet(np.stack(rows)[::-1][:, ::-1])
    prop.add("paper", mesh, paper, _painted(mesh, (0.62, 0.52, 0.42), (1.0, 1.0, 1.0), np.tile((a / a[-1])[::-1], 4)))
    prop.add("ribbon", lathe([(0.0200, 0.110), (0.0208, 0.112), (0.0208, 0.128), (0.0200, 0.130)], sides=36), silk)
    disc = lathe(
        [(0.0, 0.0), (0.0125, 0.0), (0.0135, 0.002), (0.0120, 0.0042), (0.0085, 0.0036), (0.0, 0.0036)], sides=18
    )
    prop.add("seal", moved(turned(disc, about("x", 90)), (0, 0.120, 0.0205)), wax)
    tails = []
    for x, lean in ((-0.006, -0.006), (0.006, 0.007)):
        t = np.linspace(0, 1, 6)[:, None]
        s = np.linspace(-0.005, 0.005, 2)[None, :]
        z = np.sqrt(np.maximum(0.0212**2 - (x + lean * t + s) ** 2, 0)) + 0.0012
        grid = np.stack([x + lean * t + s, 0.114 - 0.060 * t + 0 * s, z], -1)
        tails.append(sheet(grid))
    prop.add("tails", joined(tails), silk)
    return prop


def cake() -> Prop:
    """A cake of two tiers on a plate, with cream, berries and one burning candle; 0.22 m wide."""
    prop = Prop()
    china = prop.glaze("china", (0.88, 0.88, 0.86), 0.2)
    cream = prop.glaze("cream", (0.96, 0.90, 0.80), 0.55)
    rose = prop.glaze("icing", (0.88, 0.52, 0.55), 0.5)
    berry = prop.glaze("berries", (0.62, 0.03, 0.05), 0.25)
    blue = prop.glaze("candle", (0.28, 0.50, 0.75), 0.5)
    plate = [(0.0, 0.0), (0.06, 0.0), (0.105, 0.007), (0.110, 0.010), (0.106, 0.0105), (0.06, 0.005), (0.0, 0.005)]
    prop.add("plate", lathe(plate, sides=26), china)

    def tier(wide: float, low: float, high: float) -> Mesh:
        return lathe(
            [(wide, low), (wide, high - 0.006), (wide - 0.002, high - 0.002), (wide - 0.006, high), (0.0, high)],
            sides=32,
        )

    prop.add("sponge", joined([tier(0.080, 0.005, 0.065), tier(0.052, 0.065, 0.112)]), cream)
    bands = [
        lathe([(w, y), (w + 0.0022, y + 0.002), (w + 0.0022, y + 0.010), (w, y + 0.012)])
        for w, y in ((0.080, 0.030), (0.052, 0.084))
    ]
    prop.add("icing", joined(bands), rose)
    drop = lathe([(0.0075, 0.0), (0.0085, 0.003), (0.0062, 0.007), (0.0030, 0.010), (0.0, 0.013)], sides=5)
    fruit = lathe([(0.0, 0.0), (0.0055, 0.003), (0.0072, 0.007), (0.0045, 0.012), (0.0, 0.0135)], sides=5)
    drops, fruits = [], []
    for count, far, y in ((16, 0.071, 0.064), (10, 0.043, 0.111)):
        for k in range(count):
            a = 2 * np.pi * k / count
            at = (far * np.sin(a), y, far * np.cos(a))
            (fruits if k % 2 else drops).append(moved(fruit if k % 2 else drop, at))
    base = [moved(drop, (0.083 * np.sin(a), 0.004, 0.083 * np.cos(a))) for a in np.linspace(0, 2 * np.pi, 21)[:-1]]
    prop.add("drops", joined([*drops, *base]), cream)
    prop.add("berries", joined(fruits), berry)
    prop.add("candle", lathe([(0.0034, 0.110), (0.0034, 0.165), (0.0026, 0.167), (0.0, 0.167)], sides=9), blue)
    light = prop.light("flame")
    h = np.linspace(0, 1, 11)
    r = 0.0046 * np.sin(np.pi * h**0.62) ** 0.9 * (1 - 0.25 * h)
    r[[0, -1]] = 0
    flame = lathe(list(zip(r, 0.026 * h, strict=True)), sides=12)
    share = flame[0][:, 1] / 0.026
    colours = _painted(flame, (1.0, 0.94, 0.74), (1.0, 0.62, 0.16), share)
    colours[:, 3] = 0.4 + 0.55 * np.clip(share / 0.3, 0, 1)
    prop.add("flame", flame, light, colours, (0, 0.168, 0))
    prop.add("glow", *glow(0.045, light), at=(0, 0.180, 0))
    return prop


def sakaki() -> Prop:
    """An evergreen twig with two folded strips of white paper, 0.28 m, held by its stem."""
    prop = Prop()
    bark = prop.glaze("bark", (0.20, 0.13, 0.07), 0.8)
    green = prop.material(
        "leaf", pbrMetallicRoughness={"metallicFactor": 0.0, "roughnessFactor": 0.3}, doubleSided=True
    )
    white = prop.material(
        "paper",
        pbrMetallicRoughness={"baseColorFactor": [0.95, 0.95, 0.93, 1], "metallicFactor": 0.0, "roughnessFactor": 0.8},
        doubleSided=True,
    )
    t = np.linspace(0, 1, 12)
    path = np.stack([0.012 * np.sin(2.4 * t), 0.225 * t, 0.010 * np.sin(1.7 * t)], 1)
    prop.add("twig", tube(path, 0.0034 - 0.0020 * t, 8), bark)
    leaves, colours = [], []
    for k in range(15):
        share = 0.34 + 0.64 * k / 14
        at = np.array([np.interp(share, t, path[:, i]) for i in range(3)])
        long = 0.074 - 0.018 * share
        turn = 180.0 * (k % 2) + 90 + 24 * np.sin(2.1 * k)
        way = about("y", turn) @ about("x", (62 - 30 * share) if k < 14 else 4) @ about("y", 0)
        one = moved(turned(leaf(long, 0.46 * long, 0.18, 0.22), way), tuple(at))
        leaves.append(one)
        rib = np.tile([1.0, 0.0, 1.0], 6)
        tint = 0.9 + 0.2 * ((k * 7) % 5) / 4
        colours.append(_painted(one, (0.16 * tint, 0.36 * tint, 0.10), (0.05, 0.21 * tint, 0.05), rib))
    prop.add("leaves", joined(leaves), green, np.concatenate(colours))
    strips = []
    for x, z in ((-0.032, 0.020), (0.034, 0.024)):
        for k in range(4):
            wide, high = 0.016, 0.021
            left = x + (0.008 if k % 2 else 0.0) * (1 if x > 0 else -1) - wide / 2
            top, near = 0.128 - 0.017 * k, z + 0.002 * k
            grid = np.array(
                [
                    [[left, top, near], [left, top - high, near + 0.004]],
                    [[left + wide, top, near], [left + wide, top - high, near + 0.004]],
                ]
            )
            strips.append(sheet(grid[::-1]))
        thread = np.array([[0.0, 0.132, 0.004], [x * 0.6, 0.134, z * 0.7], [x, 0.128, z]])
        strips.append(tube(thread, np.full(3, 0.0007), 5))
    prop.add("paper", joined(strips), white)
    return prop


def lantern() -> Prop:
    """A round paper lantern that shines, ribs and black rims, 0.26 m with the handle it hangs from."""
    prop = Prop()
    paper = prop.glaze("paper", (0.95, 0.78, 0.50), 0.9, (0.55, 0.30, 0.09))
    black = prop.glaze("lacquer", (0.025, 0.02, 0.02), 0.3)
    ribs = 9
    t = np.linspace(-1, 1, 4 * ribs + 1)
    r = 0.082 * np.sqrt(1 - 0.68 * t**2) - 0.0022 * np.abs(np.cos(np.pi * ribs * (t + 1) / 2))
    body = lathe(list(zip(r, 0.105 + 0.085 * t, strict=True)), sides=26)
    near = 1 - np.abs((body[0][:, 1] - 0.095) / 0.10) ** 1.6
    prop.add("paper", body, paper, _painted(body, (0.55, 0.34, 0.22), (1.0, 0.97, 0.90), near))
    low = [(0.0, 0.006), (0.044, 0.006), (0.046, 0.010), (0.048, 0.024), (0.044, 0.026)]
    high = [(0.044, 0.185), (0.048, 0.187), (0.046, 0.203), (0.040, 0.206), (0.0, 0.206)]
    foot = [(0.0, 0.0), (0.040, 0.0), (0.041, 0.006), (0.0, 0.006)]
    a = np.linspace(0, np.pi, 17)
    bow = tube(np.stack([0.046 * np.cos(a), 0.203 + 0.060 * np.sin(a) ** 0.8, 0 * a], 1), np.full(17, 0.0018), 8)
    prop.add("rims", joined([lathe(low), lathe(high), lathe(foot)]), black)
    prop.add("handle", bow, black)
    light = prop.light("light")
    prop.add("glow", *glow(0.135, light), at=(0, 0.105, 0))
    return prop


FEAST: Final[dict[str, Callable[[], Prop]]] = {
    "ring-pillow": ring_pillow,
    "bouquet": bouquet,
    "scroll": scroll,
    "cake": cake,
    "sakaki": sakaki,
    "lantern": lantern,
}
