"""The sculpted body and clothes: proportions, hands, symmetry, and skin that bends without breaking."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

ATELIER = Path(__file__).resolve().parents[2] / "assets" / "atelier"
sys.path.insert(0, str(ATELIER))

from body import NECK_RING_Y, body_parts  # noqa: E402
from clothes_shoes import shoe_parts  # noqa: E402
from clothes_skirt import skirt_parts  # noqa: E402
from clothes_top import top_parts  # noqa: E402
from clothes_trim import trim_parts  # noqa: E402
from fingers import FINGERS, TIPS  # noqa: E402
from hands import hand_parts  # noqa: E402
from kit import Part, skeleton  # noqa: E402


@pytest.fixture(scope="module")
def parts() -> dict[str, Part]:
    made = [*body_parts()[:1], *hand_parts(), *top_parts(), *skirt_parts()[0], *trim_parts(), *shoe_parts()]
    return {p.name: p for p in made}


def moved(part: Part, turns: dict[str, Rotation]) -> np.ndarray:
    """Linear blend skinning by the bare skeleton, rotations in each joint's own frame."""
    world: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    bones = skeleton()
    for name, (parent, x) in bones.items():
        turn = turns.get(name, Rotation.identity()).as_matrix()
        if parent:
            r, t = world[parent]
            world[name] = (r @ turn, t + r @ (x - bones[parent][1]))
        else:
            world[name] = (turn, x)
    total = sum(part.weights.values())
    out = np.zeros_like(part.positions)
    for name, w in part.weights.items():
        r, t = world[name]
        out += (w / total)[:, None] * ((part.positions - bones[name][1]) @ r.T + t)
    return out


def test_five_fingertips_stand_apart(parts: dict[str, Part]) -> None:
    hands = parts["hands"].positions
    for sign in (1, -1):
        tips = []
        for name in (*FINGERS, "Thumb"):
            at = np.array(TIPS[name]) * (sign, 1, 1)
            tips.append(hands[np.linalg.norm(hands - at, axis=1).argmin()])
            assert np.linalg.norm(tips[-1] - at) < 0.002
        gaps = [np.linalg.norm(a - b) for i, a in enumerate(tips) for b in tips[:i]]
        assert min(gaps) >= 0.008


def test_fingers_bend_one_by_one(parts: dict[str, Part]) -> None:
    hands = parts["hands"]
    rest = hands.positions
    for name in FINGERS:
        turn = Rotation.from_euler("z", -70, degrees=True)
        went = np.linalg.norm(moved(hands, {f"left{name}Intermediate": turn}) - rest, axis=1)
        others = [n for n in (*FINGERS, "Thumb") if n != name]
        for other in others:
            near = np.linalg.norm(rest - TIPS[other], axis=1) < 0.012
            assert near.any()
            assert went[near].max() < 1e-6
        tip = np.linalg.norm(rest - TIPS[name], axis=1).argmin()
        assert 0.02 < went[tip] < 0.09


def test_feet_stand_on_the_floor(parts: dict[str, Part]) -> None:
    y = parts["shoes"].positions[:, 1]
    assert abs(y.min()) < 1e-6
    for side in (1, -1):
        sole = parts["shoes"].positions[(y < 1e-6) & (parts["shoes"].positions[:, 0] * side > 0)]
        assert np.ptp(sole[:, 2]) > 0.18, "heel and toe both touch"


@pytest.mark.parametrize("name", ["neck", "hands", "blouse", "shoes", "trim", "sash"])
def test_left_is_right_in_a_mirror(parts: dict[str, Part], name: str) -> None:
    p = np.round(parts[name].positions, 5)
    flipped = {tuple(v) for v in np.round(p * (-1, 1, 1), 5) + 0.0}
    strays = [v for v in p + 0.0 if tuple(v) not in flipped]
    reach = max((np.linalg.norm(p * (-1, 1, 1) - v, axis=1).min() for v in strays), default=0.0)
    assert reach < 1e-4


def test_neck_ring_is_the_one_agreed(parts: dict[str, Part]) -> None:
    neck = parts["neck"]
    on = np.abs(neck.positions[:, 1] - NECK_RING_Y) < 1e-9
    ring = np.unique(np.round(neck.positions[on], 7), axis=0)
    k = 2 * np.pi * np.arange(24) / 24
    wanted = np.stack([0.045 * np.cos(k), np.full(24, 1.385), -0.014 + 0.047 * np.sin(k)], axis=1)
    assert len(ring) == 24
    for w in wanted:
        assert np.linalg.norm(ring - w, axis=1).min() < 1e-6
    np.testing.assert_allclose(neck.weights["neck"][on], 0.7, atol=1e-9)
    np.testing.assert_allclose(neck.weights["head"][on], 0.3, atol=1e-9)


@pytest.mark.parametrize("degrees", [60, 90, 115])
def test_a_bent_elbow_keeps_its_girth(parts: dict[str, Part], degrees: float) -> None:
    blouse = parts["blouse"]
    elbow = skeleton()["leftLowerArm"][1]
    ring = np.abs(blouse.positions[:, 0] - 0.388) < 0.004
    assert ring.sum() >= 16
    bent = moved(blouse, {"leftLowerArm": Rotation.from_euler("y", -degrees, degrees=True)})[ring]

    def girth(p: np.ndarray) -> float:
        return float(np.sqrt(((p - p.mean(0)) ** 2).sum(1)).mean())

    assert girth(bent) > 0.55 * girth(blouse.positions[ring])
    assert np.linalg.norm(bent.mean(0) - elbow) < 0.03


def test_arms_down_do_not_sink_into_the_chest(parts: dict[str, Part]) -> None:
    blouse = parts["blouse"]
    rest = blouse.positions
    down = moved(blouse, {"leftUpperArm": Rotation.from_euler("z", -70, degrees=True)})
    forearm = rest[:, 0] > 0.30
    assert down[forearm, 0].min() > 0.13
    middle = np.abs(rest[:, 0]) < 0.05
    assert np.abs(down[middle] - rest[middle]).max() < 0.004


def test_the_body_stays_within_its_triangles() -> None:
    made = [*body_parts(), *hand_parts(), *top_parts(), *skirt_parts()[0], *trim_parts(), *shoe_parts()]
    assert sum(len(p.triangles) for p in made) <= 6000


def test_skirt_hangs_on_its_chains() -> None:
    (skirt, _), chains, _ = skirt_parts()
    hem = skirt.positions[:, 1] < 0.40
    for part_of in (w[hem] for j, w in skirt.weights.items() if j == "hips"):
        assert part_of.max() < 1e-9
    assert all(len(c.joints) == 4 for c in chains)
    assert sum(c.parent == "leftUpperLeg" for c in chains) == sum(c.parent == "rightUpperLeg" for c in chains)
    ends = np.array([c.joints[-1][1] for c in chains])
    assert np.ptp(ends[:, 0]) > 0.35
    assert np.ptp(ends[:, 2]) > 0.35
