"""Every gesture is one that a human body can make, at the moment it claims, on the house companion and on another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from animate_human import RANGES, Human, Surface

from avatar import load, paths
from avatar.animate.body import Body
from avatar.animate.gesture import Motion, mirrored
from avatar.animate.library import GESTURES
from avatar.animate.troupe import Troupe
from avatar.types import Gesture

GODETTE = Path(__file__).resolve().parents[2].parent / "shared/data/avatars/Godette_vrm_v4.vrm"
RATE = 60
LEAD = 20
"""Steps before a gesture starts."""
TRUNK = {"hips", "spine", "chest", "upperChest", "neck", "leftUpperLeg", "rightUpperLeg"}
FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
NAMES = {
    *("nod", "shake", "bow_small", "bow", "bow_deep", "wave", "point", "open_hands", "hand_on_heart", "clap", "listen"),
    "clap_twice",
    *("beat", "beat_left", "beat_both", "raise_cup", "offer_ring", "receive_ring", "light_candle"),
}
BOWS = {"bow_small": 15.0, "bow": 30.0, "bow_deep": 50.0}


class Seen:
    """One companion and all its gestures, each made by an actor of its own, stepped at 60 Hz and kept. worlds : name ->
    (F, J, 4, 4) from the first step of the gesture on; idle : the same seed without a gesture."""

    def __init__(self, path: Path) -> None:
        self.model = model = load(path)
        troupe = Troupe(model, (2,) * (len(GESTURES) + 1))
        self.rest = troupe.rig.rest_world
        self.body = Body(model, troupe.rig)
        self.motions: dict[str, Motion] = troupe.gestures.library
        self.human = Human(model, self.rest)
        self.trunk = Surface(model, TRUNK)
        self.eyes = (self.body.at["head"] + (0.05, 0.07, 1.2)).astype(np.float32)
        frames = {n: round((m.end + 0.6) * RATE) for n, m in self.motions.items()}
        start = [(actor, Gesture(name)) for actor, name in enumerate(frames)]
        kept, look = [], [self.eyes] * troupe.actors
        for k in range(LEAD + max(frames.values())):
            world = troupe.step(start if k == LEAD else [], k / RATE, 1 / RATE, look=look).world
            if k >= LEAD:
                kept.append(world.copy())
        everyone = np.array(kept).swapaxes(0, 1)
        self.worlds = {name: everyone[actor, : frames[name]] for actor, name in enumerate(frames)}
        self.idle = everyone[-1]

    def bone(self, worlds: np.ndarray, bone: str) -> np.ndarray:
        """(F, 3) where a joint is."""
        return worlds[:, self.model.humanoid[bone], :3, 3].astype(np.float64)

    def tip(self, worlds: np.ndarray, side: str, finger: str) -> np.ndarray:
        """(F, 3) a finger's end, beyond its last joint."""
        a, b = (self.bone(worlds, f"{side}{finger}{j}") for j in ("Intermediate", "Distal"))
        return b + 0.85 * (b - a)

    def at(self, name: str, seconds: float) -> slice:
        """The one frame of a gesture at a time from its start."""
        k = min(round(seconds * RATE) - 1, len(self.worlds[name]) - 1)
        return slice(k, k + 1)


@pytest.fixture(scope="module", params=["hikari", pytest.param("godette", marks=pytest.mark.slow)])
def seen(request: pytest.FixtureRequest) -> Seen:
    if request.param == "godette" and not GODETTE.exists():
        pytest.skip("the shared development data is not here")
    return Seen(paths.companion("hikari") if request.param == "hikari" else GODETTE)


def test_all_are_there_and_say_when_their_stroke_is_and_what_they_hold(seen: Seen) -> None:
    assert set(GESTURES) == NAMES == set(seen.motions)
    props = {n: m.prop for n, m in seen.motions.items() if m.prop}
    assert props == {"raise_cup": "cup", "offer_ring": "ring", "light_candle": "taper"}
    for name, motion in seen.motions.items():
        assert motion.name == name
        assert 0.2 < motion.stroke <= motion.hold[1] < motion.end < 6, name
    assert np.allclose(mirrored(seen.motions["beat"]).delta, seen.motions["beat_left"].delta, atol=0.12)


@pytest.mark.parametrize("name", GESTURES)
def test_joints_stay_in_human_ranges(seen: Seen, name: str) -> None:
    for joint, degrees in seen.human.angles(seen.worlds[name]).items():
        low, high = next(v for k, v in RANGES.items() if joint.endswith(k))
        assert low <= degrees.min(), (joint, degrees.min(), degrees.argmin() / RATE)
        assert degrees.max() <= high, (joint, degrees.max(), degrees.argmax() / RATE)


@pytest.mark.parametrize("name", GESTURES)
def test_bones_keep_their_length_and_feet_their_place(seen: Seen, name: str) -> None:
    parents = seen.model.parents
    child = np.flatnonzero(parents >= 0)
    child = child[child != seen.model.humanoid["hips"]]
    worlds = seen.worlds[name]

    def lengths(w: np.ndarray) -> np.ndarray:
        p = w[..., :3, 3].astype(np.float64)
        return np.linalg.norm(p[..., child, :] - p[..., parents[child], :], axis=-1)

    assert np.abs(lengths(worlds) - lengths(seen.rest)).max() < 1e-5
    for side in ("left", "right"):
        foot = seen.bone(worlds, side + "Foot")
        assert np.abs(foot - foot[0]).max() < 0.002


def inside(points: np.ndarray, surface: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(n,) metres that points lie behind the nearest part of a surface, 0 outside or away from any."""
    skin, normals = surface
    low, high = points.min(0) - 0.08, points.max(0) + 0.08
    near = ((skin > low) & (skin < high)).all(1)
    if not near.any():
        return np.zeros(len(points))
    skin, normals = skin[near], normals[near]
    d2 = (points**2).sum(1)[:, None] + (skin**2).sum(1) - 2 * points @ skin.T
    k = d2.argmin(1)
    depth = np.sqrt(np.maximum(d2[np.arange(len(points)), k], 0))
    # beside an edge of the surface the way to it is not along its normal
    behind = np.einsum("nd,nd->n", points - skin[k], normals[k]) < -0.6 * depth
    return np.where(behind, depth, 0.0)


@pytest.mark.parametrize("name", GESTURES)
def test_hands_stay_out_of_trunk_and_clothes(seen: Seen, name: str) -> None:
    """Joints within 5 mm, fingertips (which touch, and cloth and flesh yield) within 20 mm. A hand at ease may brush
    the skirt as it always does, so it counts only once it is 8 cm away from where it hung."""
    worlds = seen.worlds[name]
    placed: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for side in ("left", "right"):
        wrist = seen.bone(worlds, side + "Hand")
        away = np.flatnonzero(np.linalg.norm(wrist - wrist[0], axis=1) > 0.08 * seen.body.size)
        names = [b for b in seen.model.humanoid if b == side + "Hand" or any(b.startswith(side + f) for f in FINGERS)]
        joints = [seen.model.humanoid[b] for b in names]
        ends = [f for f in FINGERS[1:] if f"{side}{f}Distal" in seen.model.humanoid]
        for k in away[away % 5 == 0]:
            surface = placed[k] = placed[k] if k in placed else seen.trunk.place(worlds[k])
            assert inside(worlds[k, joints, :3, 3], surface).max() < 0.005, k / RATE
            tips = np.concatenate([seen.tip(worlds[k : k + 1], side, f) for f in ends])
            assert inside(tips, surface).max() < 0.020, k / RATE


@pytest.mark.parametrize("name", GESTURES)
def test_hands_come_back_and_never_jerk(seen: Seen, name: str) -> None:
    """Third derivative at the wrists, m/s^3, by differences at 60 Hz. Measured: 1064 in a clap, elsewhere at most 350;
    reaching movements of people peak at some hundreds."""
    worlds, idle = seen.worlds[name], seen.idle
    for side in ("left", "right"):
        wrist, hanging = seen.bone(worlds, side + "Hand"), seen.bone(idle, side + "Hand")
        assert np.linalg.norm(wrist[-1] - hanging[len(wrist) - 1]) < 0.005
        jerk = np.linalg.norm(np.diff(wrist, 3, axis=0), axis=1).max() * RATE**3
        assert jerk < (1500 if name.startswith("clap") else 500), jerk


@pytest.mark.parametrize("name", BOWS)
def test_a_bow_is_as_deep_as_it_says_and_stays_over_the_feet(seen: Seen, name: str) -> None:
    worlds, motion = seen.worlds[name], seen.motions[name]

    def lean(w: np.ndarray) -> np.ndarray:
        line = seen.bone(w, "neck") - seen.bone(w, "hips")
        return np.degrees(np.arctan2(line[:, 2], line[:, 1]))

    bent = lean(worlds) - lean(seen.idle)[: len(worlds)]
    assert bent[seen.at(name, motion.hold[0])][0] == pytest.approx(BOWS[name], abs=3)
    assert bent[seen.at(name, motion.stroke)][0] == pytest.approx(BOWS[name], abs=3)
    assert bent.max() < BOWS[name] + 3
    # rough centre of mass (parts after de Leva 1996): between heels and toes
    now = worlds[seen.at(name, motion.hold[0])]
    parts = {"chest": 0.32, "hips": 0.15, "head": 0.08}
    parts |= {s + b: m for s in ("left", "right") for b, m in (("LowerArm", 0.05), ("LowerLeg", 0.17), ("Foot", 0.015))}
    mass = sum(seen.bone(now, b)[0, 2] * m for b, m in parts.items()) / sum(parts.values())
    ankle, toes = seen.bone(now, "leftFoot")[0, 2], seen.bone(now, "leftToes")[0, 2]
    assert ankle - 0.05 * seen.body.size < mass < toes


def palms(s: Seen, w: np.ndarray) -> np.ndarray:
    return -np.linalg.norm(s.bone(w, "leftHand") - s.bone(w, "rightHand"), axis=1)


TURNING = {
    "nod": lambda s, w: s.human.angles(w)["neck flexion"],
    "shake": lambda s, w: s.human.angles(w)["neck turn"],
    "wave": lambda s, w: -s.bone(w, "rightMiddleDistal")[:, 0],
    "clap": palms,
    "clap_twice": palms,
}
"""What is farthest, at the stroke, of gestures that turn there."""
HELD = {
    **dict.fromkeys((*BOWS, "listen"), "head"),
    **dict.fromkeys(("point", "open_hands", "hand_on_heart", "raise_cup", "offer_ring"), "rightHand"),
    "beat": "rightHand",
    "beat_left": "leftHand",
    "beat_both": "rightHand",
    "receive_ring": "leftHand",
    "light_candle": "rightMiddleDistal",
}
"""The bone that has arrived, at the stroke, of gestures that stay there."""


def test_every_gesture_is_in_one_of_the_two_tables() -> None:
    assert set(TURNING) | set(HELD) == NAMES


@pytest.mark.parametrize("name", TURNING)
def test_the_stroke_is_where_the_movement_turns(seen: Seen, name: str) -> None:
    motion = seen.motions[name]
    value = TURNING[name](seen, seen.worlds[name]) - TURNING[name](seen, seen.idle)[: len(seen.worlds[name])]
    k = round(motion.stroke * RATE) - 1
    around = value[k - 9 : k + 10]
    assert abs(int(around.argmax()) - 9) <= 3, (int(around.argmax()) - 9) / RATE


@pytest.mark.parametrize("name", HELD)
def test_the_stroke_is_where_the_movement_arrives(seen: Seen, name: str) -> None:
    motion = seen.motions[name]
    path = seen.bone(seen.worlds[name], HELD[name])
    path = path - seen.bone(seen.idle, HELD[name])[: len(path)]
    start, held = path[0], path[seen.at(name, motion.hold[0])][0]
    left = np.linalg.norm(path - held, axis=1) / np.linalg.norm(start - held)
    k = round(motion.stroke * RATE) - 1
    assert left[k + 3] < 0.04
    assert left[k - 15] > 0.04


def test_the_ring_is_offered_before_the_chest_within_the_persons_reach(seen: Seen) -> None:
    motion, size = seen.motions["offer_ring"], seen.body.size
    now = seen.worlds["offer_ring"][seen.at("offer_ring", motion.hold[0])]
    thumb = 1.85 * seen.bone(now, "rightThumbDistal")[0] - 0.85 * seen.bone(now, "rightThumbProximal")[0]
    index = seen.tip(now, "right", "Index")[0]
    assert np.linalg.norm(thumb - index) < 0.025 * size
    ring = 0.5 * (thumb + index)
    assert abs(ring[0]) < 0.10 * size
    assert seen.bone(now, "spine")[0, 1] < ring[1] < seen.bone(now, "neck")[0, 1]
    assert ring[2] > seen.body.front(0.0, float(ring[1])) + 0.5 * seen.body.arm_length
    # somebody at arm's length and a half, shoulders as high as hers, takes it without a step
    shoulder = np.array([0.0, seen.body.at["leftUpperArm"][1], 1.0 * size])
    assert np.linalg.norm(ring - shoulder) < 0.72 * size
    under = seen.bone(now, "leftMiddleProximal")[0]
    assert 0.02 * size < ring[1] - under[1] < 0.16 * size
    assert np.linalg.norm((ring - under)[[0, 2]]) < 0.11 * size


def hand_frame(seen: Seen, now: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray]:
    """(way from the little finger's side to the index's, way the palm faces) of one hand."""
    index, little, wrist = (seen.bone(now, side + b)[0] for b in ("IndexProximal", "LittleProximal", "Hand"))
    across = (index - little) / np.linalg.norm(index - little)
    palm = np.cross(0.5 * (index + little) - wrist, across) * (1 if side == "left" else -1)
    return across, palm / np.linalg.norm(palm)


def test_the_hand_that_receives_the_ring_lies_flat_with_the_ring_finger_apart(seen: Seen) -> None:
    now = seen.worlds["receive_ring"][seen.at("receive_ring", seen.motions["receive_ring"].hold[0])]
    _, palm = hand_frame(seen, now, "left")
    assert palm[1] < -0.9
    assert seen.bone(now, "leftHand")[0, 2] > seen.body.front(0.0, float(seen.bone(now, "leftHand")[0, 1]))
    if "leftRingDistal" in seen.model.humanoid:
        tips = {f: seen.tip(now, "left", f)[0] for f in ("Index", "Middle", "Ring")}
        roots = {f: seen.bone(now, f"left{f}Proximal")[0] for f in tips}
        fan = {
            f: np.linalg.norm(tips[f] - tips["Middle"]) - np.linalg.norm(roots[f] - roots["Middle"])
            for f in ("Index", "Ring")
        }
        assert fan["Ring"] > fan["Index"]


def test_the_cup_stays_upright_and_the_face_is_not_hidden(seen: Seen) -> None:
    motion = seen.motions["raise_cup"]
    worlds = seen.worlds["raise_cup"]
    for seconds in (0.8, motion.stroke, motion.hold[0]):
        across, _ = hand_frame(seen, worlds[seen.at("raise_cup", seconds)], "right")
        assert across[1] > 0.85, seconds
    now = worlds[seen.at("raise_cup", motion.hold[0])]
    hand, chin = seen.bone(now, "rightHand")[0], seen.bone(now, "head")[0]
    assert hand[1] > seen.bone(now, "chest")[0, 1]
    assert hand[1] < chin[1]


def test_the_taper_goes_down_to_the_candle_and_tilts(seen: Seen) -> None:
    motion, worlds = seen.motions["light_candle"], seen.worlds["light_candle"]
    before, lit = (worlds[seen.at("light_candle", s)] for s in (0.85, motion.hold[0]))
    step = seen.bone(lit, "rightHand")[0] - seen.bone(before, "rightHand")[0]
    assert step[2] > 0.08 * seen.body.size
    assert step[1] < -0.04 * seen.body.size
    (a, _), (b, _) = (hand_frame(seen, w, "right") for w in (before, lit))
    tilt = [np.degrees(np.arctan2(v[2], v[1])) for v in (a, b)]
    assert tilt[1] - tilt[0] > 30
