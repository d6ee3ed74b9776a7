"""How the cost of motion grows, measured and drawn.

    python benchmarks/motion_cost.py [OUT.png] [--rounds 7] [--json]

The heavy companion (heavy_companion.py) with 0 to 300 more joints, as plain ones, as springs and as springs with
colliders; then 1 to 64 of it as it is. One thread; each point is the 5th percentile of its steps, measured in turns
with all others, so that what else the machine does meets all alike.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import cv2
import numpy as np
from heavy_motion import Motion, heavy, without_colliders

from avatar.model.model import AvatarModel

JOINTS = (0, 60, 120, 180, 240, 300)
COMPANIONS = (1, 2, 4, 8, 16, 32, 64)
KINDS: dict[str, Callable[[AvatarModel], AvatarModel]] = {
    "springs, colliders": lambda model: model,
    "springs": without_colliders,
    "plain joints": lambda model: replace(without_colliders(model), springs=[]),
}
COLOURS = ((60, 76, 200), (190, 120, 40), (90, 150, 60))
INK, GRID, PAPER = (60, 50, 45), (226, 222, 218), (252, 251, 250)
Curves = dict[str, list[float]]


def measure(rounds: int) -> tuple[Curves, Curves]:
    """Milliseconds a step: of one companion for each of JOINTS, and of each of COMPANIONS together."""
    motions = {
        **{("joints", kind, n): Motion(make(heavy(n // 3, 0)), 1) for kind, make in KINDS.items() for n in JOINTS},
        **{("many", kind, n): Motion(make(heavy()), n) for kind, make in KINDS.items() for n in COMPANIONS},
    }
    steps: dict[tuple[str, str, int], list[np.ndarray]] = {key: [] for key in motions}
    for motion in motions.values():
        motion.run(20)
    for _ in range(rounds):
        for key, motion in motions.items():
            steps[key].append(motion.run(max(6, 60 // len(motion.look)))[:, 0])
    cost = {key: float(np.percentile(np.concatenate(found), 5)) for key, found in steps.items()}
    return (
        {kind: [cost["joints", kind, n] for n in JOINTS] for kind in KINDS},
        {kind: [cost["many", kind, n] for n in COMPANIONS] for kind in KINDS},
    )


def step_of(top: float) -> float:
    """A round distance between about five lines up to ``top``."""
    size = 10 ** np.floor(np.log10(top / 5))
    return float(next(size * k for k in (1, 2, 5, 10) if size * k * 5.5 >= top))


def words(picture: np.ndarray, text: str, at: tuple[float, float], size: float = 0.55, anchor: float = 0.0) -> None:
    """Text whose base line begins at (x, y), moved left by ``anchor`` of its width."""
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    place = (round(at[0] - anchor * wide), round(at[1]))
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, INK, 1, cv2.LINE_AA)


def panel(
    picture: np.ndarray, left: int, title: str, below: str, ticks: tuple[int, ...], curves: Curves, key: tuple[int, int]
) -> None:
    """One diagram, 560 x 410 pixels within its axes; x is by rank of ``ticks``; key : where the names stand in it."""
    x0, y0, wide, tall = left + 80, 520, 560, 410
    top = max(max(values) for values in curves.values()) * 1.08
    by = step_of(top)
    words(picture, title, (x0 - 46, 62), 0.68)
    words(picture, "ms a step", (x0 - 46, 96), 0.5)
    for k in range(int(top / by) + 1):
        y = round(y0 - tall * k * by / top)
        cv2.line(picture, (x0, y), (x0 + wide, y), INK if k == 0 else GRID, 1, cv2.LINE_AA)
        words(picture, f"{k * by:g}", (x0 - 12, y + 6), 0.5, 1.0)
    xs = [round(x0 + 16 + (wide - 32) * k / (len(ticks) - 1)) for k in range(len(ticks))]
    for x, tick in zip(xs, ticks, strict=True):
        cv2.line(picture, (x, y0), (x, y0 + 6), INK, 1)
        words(picture, str(tick), (x, y0 + 28), 0.5, 0.5)
    words(picture, below, (x0 + wide / 2, y0 + 62), 0.55, 0.5)
    x, y = x0 + key[0], key[1]
    cv2.rectangle(picture, (x - 12, y - 18), (x + 180, y + 74), PAPER, -1)
    for row, ((name, values), colour) in enumerate(zip(curves.items(), COLOURS, strict=True)):
        points = [(x, round(y0 - tall * v / top)) for x, v in zip(xs, values, strict=True)]
        cv2.polylines(picture, [np.array(points, np.int32)], False, colour, 3, cv2.LINE_AA)
        for point in points:
            cv2.circle(picture, point, 6, colour, -1, cv2.LINE_AA)
        x, y = x0 + key[0], key[1] + 28 * row
        cv2.line(picture, (x, y), (x + 34, y), colour, 3, cv2.LINE_AA)
        cv2.circle(picture, (x + 17, y), 6, colour, -1, cv2.LINE_AA)
        words(picture, name, (x + 46, y + 6))


def draw(joints: Curves, many: Curves) -> np.ndarray:
    """Both diagrams, (620, 1400, 3) uint8 BGR."""
    picture = np.full((620, 1400, 3), PAPER, np.uint8)
    panel(
        picture,
        10,
        "One companion, the more joints it has",
        "joints besides the 60 of the body",
        JOINTS,
        joints,
        (340, 410),
    )
    panel(
        picture,
        710,
        "Many companions with 145 such joints each",
        "companions moved together",
        COMPANIONS,
        many,
        (30, 140),
    )
    return picture


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=Path, default=Path("motion-cost.png"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    options = parser.parse_args()
    joints, many = measure(options.rounds)
    cv2.imwrite(str(options.out), draw(joints, many))
    for title, ticks, curves in (("joints", JOINTS, joints), ("companions", COMPANIONS, many)):
        print(f"| {title} | " + " | ".join(str(t) for t in ticks) + " |")
        print("|---" * (len(ticks) + 1) + "|")
        for name, values in curves.items():
            print(f"| {name} | " + " | ".join(f"{v:.2f}" for v in values) + " |")
    if options.json:
        print(json.dumps({"joints": joints, "companions": many}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
