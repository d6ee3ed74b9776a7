"""Standing, gesturing and looking are physically true on any skeleton."""

from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from animate_figure import humanoid

from avatar.animate.animator import Animator
from avatar.animate.idle import Blinks
from avatar.animate.library import GESTURES
from avatar.model.model import AvatarModel
from avatar.types import Express, FloatArray, Gaze, Gesture, Interrupt, Say

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
EYES = np.array([0.1, 1.55, 1.5], np.float32)
DT = 1 / 60


def run(animator: Animator, seconds: float, commands=(), look=EYES, dt: float = DT, **more):
    """Steps; yields the pose after each one."""
    for k in range(round(seconds / dt)):
        run.now += dt
        yield animator.step(commands if k == 0 else (), run.now, dt, look=look, **more)


run.now = 0.0


def settle(animator: Animator, seconds: float = 1.5, **more) -> None:
    for _ in run(animator, seconds, **more):
        pass


def where(model: AvatarModel, pose, bone: str) -> FloatArray:
    return pose.world[model.humanoid[bone]][:3, 3]


def lengths(model: AvatarModel, pose) -> FloatArray:
    child = np.flatnonzero(model.parents >= 0)
    p = pose.world[:, :3, 3]
    return np.linalg.norm(p[child] - p[model.parents[child]], axis=1)


@pytest.mark.parametrize("twist", [None, 3])
def test_bones_keep_their_length_and_quaternions_stay_unit(twist: int | None) -> None:
    model = humanoid(twist=twist, hair=4)
    animator = Animator(model, 1)
    rest = animator.rig.rest_world
    child = np.flatnonzero(model.parents >= 0)
    before = np.linalg.norm(rest[child, :3, 3] - rest[model.parents[child], :3, 3], axis=1)
    moving_root = child == model.humanoid["hips"]
    for name in GESTURES:
        for pose in run(animator, 1.2, (Gesture(name),)):
            assert np.abs(np.linalg.norm(pose.rotation, axis=1) - 1).max() < 1e-5
            assert np.abs(lengths(model, pose) - before)[~moving_root].max() < 1e-5


def test_the_same_motion_on_any_rest_rotation() -> None:
    plain, twisted = humanoid(), humanoid(twist=8)
    a, b = Animator(plain, 5), Animator(twisted, 5)
    for k in range(240):
        commands = (Gesture("wave"),) if k == 60 else (Gesture("bow"),) if k == 130 else ()
        p, q = (x.step(commands, k * DT, DT, look=EYES) for x in (a, b))
        assert np.abs(p.world[:, :3, 3] - q.world[:, :3, 3]).max() < 2e-4


@pytest.mark.parametrize("seed", [0, 7])
def test_feet_do_not_slide_or_sink_in_a_minute_of_idling_and_bowing(seed: int) -> None:
    model = humanoid()
    animator = Animator(model, seed)
    settle(animator, 0.2)
    bones = ("leftFoot", "rightFoot", "leftToes", "rightToes")
    start = {b: where(model, animator.pose, b).copy() for b in bones}
    floor = {b: float(animator.rig.rest_position[b][1]) for b in bones}
    for k, pose in enumerate(run(animator, 60)):
        if k == 1800:
            animator.step((Gesture("bow"),), run.now, 0.0, look=EYES)
        for b in bones:
            at = where(model, pose, b)
            assert np.linalg.norm(at - start[b]) < 0.002, (b, k)
            assert at[1] > floor[b] - 0.005


def test_knees_and_elbows_fold_the_human_way() -> None:
    model = humanoid()
    animator = Animator(model, 0)
    for name in GESTURES:
        for pose in run(animator, 1.5, (Gesture(name),)):
            for s in ("left", "right"):
                hip, knee, ankle = (where(model, pose, s + b) for b in ("UpperLeg", "LowerLeg", "Foot"))
                way = ankle - hip
                beside = knee - hip - way * ((knee - hip) @ way) / (way @ way)
                assert beside[2] > -0.012
                arm, elbow, hand = (where(model, pose, s + b) for b in ("UpperArm", "LowerArm", "Hand"))
                u, f = (elbow - arm) / np.linalg.norm(elbow - arm), (hand - elbow) / np.linalg.norm(hand - elbow)
                assert np.degrees(np.arccos(np.clip(u @ f, -1, 1))) < 150


def test_at_ease_the_arms_hang_and_stay_out_of_the_body() -> None:
    model = humanoid()
    animator = Animator(model, 2)
    settle(animator)
    for pose in run(animator, 30):
        for s, sign in (("left", 1), ("right", -1)):
            arm, hand = where(model, pose, s + "UpperArm"), where(model, pose, s + "Hand")
            assert hand[1] < arm[1] - 0.4
            assert sign * hand[0] > 0.155
            assert abs(hand[2] - arm[2]) < 0.20


def hand_frame(model: AvatarModel, pose, side: str) -> tuple[FloatArray, FloatArray]:
    """(way the fingers point, way the palm faces), from joint positions alone."""
    wrist, middle, index, little = (
        where(model, pose, side + b) for b in ("Hand", "MiddleProximal", "IndexProximal", "LittleProximal")
    )
    along = middle - wrist
    across = index - little
    palm = np.cross(along, across) if side == "left" else np.cross(across, along)
    return along / np.linalg.norm(along), palm / np.linalg.norm(palm)


def test_rest_palms_face_down_by_this_measure() -> None:
    model = humanoid()
    pose = Animator(model).rig.make_pose()
    for side in ("left", "right"):
        assert hand_frame(model, pose, side)[1][1] < -0.95


def test_wave_raises_an_open_palm_towards_the_viewer_and_swings_it() -> None:
    model = humanoid()
    animator = Animator(model, 4)
    settle(animator)
    across = []
    for k, pose in enumerate(run(animator, 2.2, (Gesture("wave"),))):
        if 48 <= k <= 120:
            hand, shoulder, elbow = (where(model, pose, "right" + b) for b in ("Hand", "UpperArm", "LowerArm"))
            fingers, palm = hand_frame(model, pose, "right")
            assert hand[1] > shoulder[1]
            assert elbow[1] < shoulder[1]
            assert palm[2] > 0.85
            assert fingers[1] > 0.7
            across.append(hand[0] + 0.1 * fingers[0])
    turns = np.sum(np.diff(np.sign(np.diff(across))) != 0)
    assert np.ptp(across) > 0.06
    assert 3 <= turns <= 8


@pytest.mark.parametrize("name", ["wave", "bow", "hand_on_heart"])
def test_a_longer_gesture_lasts_as_long_as_asked_without_a_jolt(name: str) -> None:
    model = humanoid()
    hand, head = model.humanoid["rightHand"], model.humanoid["head"]
    tracks = []
    for seconds in (None, 6.0):
        animator = Animator(model, 4)
        settle(animator)
        track, busy = [], 0
        for pose in run(animator, 8.0, (Gesture(name, seconds=seconds),)):
            track.append(pose.world[[hand, head], :3, 3].astype(np.float64))
            busy += bool(animator.active)
        tracks.append(np.array(track))
    assert abs(busy * DT - 6.0) < 0.3
    for order in (1, 2, 3):
        a, b = (np.abs(np.diff(t, order, axis=0)).max() for t in tracks)
        assert b < 1.2 * a


def test_bow_leans_and_the_head_goes_down_then_comes_back() -> None:
    model = humanoid()
    animator = Animator(model, 4)
    settle(animator)
    up = where(model, animator.pose, "neck") - where(model, animator.pose, "hips")
    leans = []
    for pose in run(animator, 4.0, (Gesture("bow"),)):
        now = where(model, pose, "neck") - where(model, pose, "hips")
        leans.append(np.degrees(np.arctan2(now[2], now[1]) - np.arctan2(up[2], up[1])))
    assert 26 < max(leans) < 34
    assert abs(leans[-1]) < 3


def test_hand_on_heart_reaches_the_chest_and_not_into_it() -> None:
    model = humanoid()
    animator = Animator(model, 4)
    settle(animator)
    for _ in run(animator, 1.2, (Gesture("hand_on_heart"),)):
        pass
    knuckle = where(model, animator.pose, "rightMiddleProximal")
    chest = where(model, animator.pose, "upperChest")
    assert abs(knuckle[0] - chest[0]) < 0.10
    assert -0.06 < knuckle[1] - chest[1] < 0.16
    assert 0.10 < knuckle[2] - chest[2] < 0.24
    assert hand_frame(model, animator.pose, "right")[1][2] < -0.7


def test_nod_and_shake_turn_the_head_the_right_way() -> None:
    model = humanoid()
    for name, axis in (("nod", 1), ("shake", 0)):
        animator = Animator(model, 4)
        settle(animator)
        seen = np.array([p.world[model.humanoid["head"]][:3, 2].copy() for p in run(animator, 1.4, (Gesture(name),))])
        spread = np.degrees(np.ptp(np.arcsin(seen[:, :2]), axis=0))
        assert spread[axis] > 8
        assert spread[axis] > 2.5 * spread[1 - axis]


def test_interrupting_gestures_never_jerks() -> None:
    """No joint's acceleration or jerk at an interruption exceeds what the gestures do anyway by much."""
    model = humanoid()
    watch = [model.humanoid[b] for b in ("rightHand", "leftHand", "head", "rightLowerArm", "hips")]

    def track(commands: dict[int, tuple]) -> FloatArray:
        animator = Animator(model, 4)
        out = []
        for k in range(420):
            pose = animator.step(commands.get(k, ()), k * DT, DT, look=EYES)
            out.append(pose.world[watch][:, :3, 3].astype(np.float64))
        return np.array(out)

    smooth = track({60: (Gesture("wave"),), 280: (Gesture("clap"),)})
    rough = track(
        {
            60: (Gesture("wave"),),
            85: (Gesture("bow"),),
            100: (Gesture("clap"),),
            104: (Gesture("clap"),),
            130: (Gesture("hand_on_heart"), Gesture("nod")),
            150: (Gesture("shake"), Gesture("wave")),
            190: (Gesture("point"),),
        }
    )
    for order, bound in ((1, 1.8), (2, 2.0), (3, 2.2)):
        a, b = (np.linalg.norm(np.diff(x, order, axis=0), axis=2).max() for x in (smooth, rough))
        assert b < bound * a, order


def rises(values: list[float], rate: float) -> FloatArray:
    """Seconds at which the lids shut."""
    shut = np.array(values) > 0.6
    return np.flatnonzero(shut[1:] & ~shut[:-1]) / rate


@pytest.mark.parametrize("seed", range(8))
def test_blinks_like_a_person(seed: int) -> None:
    blinks = Blinks(seed)
    values = [blinks.step(0.02) for _ in range(300 * 50)]
    times = rises(values, 50)
    assert 10 <= len(times) / 5 <= 25
    gaps = np.diff(times)
    assert gaps.std() > 0.8
    assert gaps.min() > 0.3
    assert gaps.max() < 12
    shut = np.array(values) > 0.05
    spans = np.diff(np.flatnonzero(np.diff(shut.astype(int)) != 0))[::2] * 0.02
    assert 0.2 <= np.median(spans) <= 0.4


@pytest.mark.parametrize("speaking", [False, True])
def test_the_whole_companion_blinks_ten_to_twenty_five_times_a_minute(speaking: bool) -> None:
    animator = Animator(humanoid(), 1)
    values = [p.expressions["blink"] for p in run(animator, 120, dt=1 / 25, speaking=speaking)]
    assert 10 <= len(rises(values, 25)) / 2 <= 25


def test_no_two_idle_minutes_are_alike() -> None:
    model = humanoid()
    animator = Animator(model, 6)
    settle(animator, 2)
    rows = np.array(sorted(model.humanoid.values()))
    minutes = []
    for _ in range(5):
        frames = [
            p.rotation[rows].ravel().copy() for k, p in enumerate(run(animator, 60, look=None, dt=1 / 30)) if k % 3 == 0
        ]
        x = np.array(frames, np.float64)
        x = x[:, x.std(0) > 1e-4]
        minutes.append((x - x.mean(0)) / x.std(0))
    width = min(m.shape[1] for m in minutes)
    for i in range(5):
        for j in range(i):
            assert abs(np.mean(minutes[i][:, :width] * minutes[j][:, :width])) < 0.3


def test_idle_is_alive_and_calm() -> None:
    model = humanoid()
    animator = Animator(model, 6)
    settle(animator, 2)
    head = np.array([where(model, p, "head").copy() for p in run(animator, 30)], np.float64)
    assert np.ptp(head, axis=0).max() > 0.004
    assert np.ptp(head, axis=0).max() < 0.12
    assert np.abs(np.diff(head, axis=0)).max() * 60 < 0.15


@pytest.mark.parametrize(
    "target",
    [(0, 1.53, 1.5), (0.9, 1.4, 1.0), (-0.9, 1.6, 1.0), (0, 2.1, 1.2), (0.2, 0.9, 1.0), (-0.3, 1.5, 0.6)],
)
def test_eyes_and_head_together_reach_the_target(target: tuple[float, float, float]) -> None:
    model = humanoid()
    animator = Animator(model, 3)
    point = np.array(target, np.float32)
    settle(animator, 2.5, look=point)
    errors = []
    for pose in run(animator, 8, look=point):
        for eye in ("leftEye", "rightEye"):
            m = pose.world[model.humanoid[eye]]
            rest = animator.rig.rest_world[model.humanoid[eye]]
            forward = m[:3, :3] @ rest[:3, :3].T @ np.array([0, 0, 1.0])
            to = point - (where(model, pose, "leftEye") + where(model, pose, "rightEye")) / 2
            errors.append(np.degrees(np.arccos(np.clip(forward @ to / np.linalg.norm(to), -1, 1))))
    # most of the time in contact; now and then the eyes turn away, as people's do
    assert np.median(errors) < 5
    assert np.percentile(errors, 60) < 5


def test_eyes_lead_and_the_head_follows() -> None:
    model = humanoid()
    animator = Animator(model, 3)
    settle(animator, 2, look=np.array([0, 1.5, 1.5], np.float32))
    eyes, head = [], []
    for pose in run(animator, 1.2, look=np.array([0.8, 1.5, 1.2], np.float32)):
        eyes.append(animator.gaze.yaw)
        head.append(np.arctan2(pose.world[model.humanoid["head"]][0, 2], pose.world[model.humanoid["head"]][2, 2]))
    assert max(eyes[:12]) > 0.25
    assert head[8] - head[0] < 0.5 * (head[-1] - head[0])
    assert head[-1] > 0.3
    assert eyes[-1] < max(eyes)


def test_a_trembling_target_does_not_make_the_head_tremble() -> None:
    model = humanoid()
    rng = np.random.default_rng(0)
    still, shaken = Animator(model, 3), Animator(model, 3)
    a, b = [], []
    for k in range(400):
        noise = rng.normal(0, 0.012, 3).astype(np.float32)
        a.append(still.step((), k * DT, DT, look=EYES).world[model.humanoid["head"]][:3, 2].copy())
        b.append(shaken.step((), k * DT, DT, look=EYES + noise).world[model.humanoid["head"]][:3, 2].copy())
    rough = [np.abs(np.diff(np.array(x[120:], np.float64), 2, axis=0)).max() for x in (a, b)]
    assert rough[1] < 2.5 * rough[0] + 1e-4


def test_garbage_is_survived_without_a_leap() -> None:
    model = humanoid(hair=3)
    animator = Animator(model, 3)
    settle(animator)
    rng = np.random.default_rng(5)
    bad = [np.nan, np.inf, -np.inf, 1e30, 0.0]
    last = animator.pose.world[:, :3, 3].copy()
    commands = (
        Gesture("wave", float("nan")),
        Gesture("no such"),
        Express("happy", float("inf"), float("nan"), -3.0),
        Gaze("nowhere"),
    )
    commands += (Say("hello", "u"), Interrupt(), Gaze("point", (float("nan"), 0, 0)))
    for k in range(400):
        look = None if k % 5 == 0 else np.array(rng.choice(bad, 3), np.float32)
        mouth = None if k % 4 == 0 else rng.choice([*bad, 0.5, -2.0], 15).astype(np.float32)
        dt = [0.0, 1e-6, 5.0, 1 / 60, float("nan"), -1.0][k % 6]
        now = float(rng.choice([*bad, k / 60]))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pose = animator.step(commands if k % 90 == 0 else (), now, dt, look=look, mouth=mouth, speaking=k % 7 == 0)
        assert np.isfinite(pose.world).all()
        assert np.isfinite(pose.morphs).all()
        assert all(0 <= w <= 1.0001 for w in pose.expressions.values())
        at = pose.world[:, :3, 3]
        assert np.abs(at - last).max() < 0.35
        last = at.copy()


def test_a_five_second_gap_goes_on_from_where_it_was() -> None:
    animator = Animator(humanoid(), 3)
    settle(animator)
    list(run(animator, 0.5, (Gesture("wave"),)))
    before = animator.pose.world[:, :3, 3].copy()
    after = animator.step((), run.now + 5, 5.0, look=EYES).world[:, :3, 3]
    assert np.abs(after - before).max() < 0.2


@pytest.mark.parametrize(
    "without", [("upperChest",), ("chest", "upperChest", "neck"), ("leftShoulder", "rightShoulder")]
)
def test_companions_without_optional_bones_move_too(without: tuple[str, ...]) -> None:
    fingers = tuple(
        b for b in humanoid().humanoid if any(f in b for f in ("Thumb", "Index", "Middle", "Ring", "Little"))
    )
    model = humanoid(without=(*without, *fingers, "leftEye", "rightEye", "leftToes", "rightToes"))
    animator = Animator(model, 1)
    settle(animator)
    start = where(model, animator.pose, "head").copy()
    for name in GESTURES:
        for pose in run(animator, 1.0, (Gesture(name),)):
            assert np.isfinite(pose.world).all()
    settle(animator, 3.0)
    assert np.linalg.norm(where(model, animator.pose, "head") - start) < 0.12


def test_a_model_with_nothing_but_nodes_is_left_at_rest() -> None:
    model = humanoid(hair=2)
    model.humanoid, model.expressions, model.look_at = {}, {}, None
    model.springs, model.colliders = (), ()
    animator = Animator(model, 1)
    assert not animator.command(Gesture("wave"), 0.0)
    for k in range(10):
        pose = animator.step((Express("happy"), Gesture("wave")), k * DT, DT, look=EYES)
    assert np.abs(pose.world - animator.rig.rest_world).max() < 1e-5


@pytest.mark.skipif(not SHARED.exists(), reason="the shared development data is not here")
@pytest.mark.parametrize(
    "name",
    [
        "Godette_vrm_v4.vrm",
        "EmissionMigration_v0.107.0.vrm",
        "VRMC_vrm_expressions_isBinary_Overrides.vrm",
        "addon_mtoon1_2_20_61_vrm0.vrm",
        "conf_smoke_spring.vrm",
        "RiggedFigure.glb",
    ],
)
def test_files_of_others_are_moved_too(name: str) -> None:
    from avatar.model.load import load

    model = load(SHARED / "data/avatars" / name)
    animator = Animator(model, 1)
    feet = [model.humanoid[b] for b in ("leftFoot", "rightFoot") if b in model.humanoid]
    start = animator.pose.world[feet][:, :3, 3].copy()
    look = EYES
    if "head" in model.humanoid:
        look = animator.rig.rest_position["head"] + np.array([0.2, 0, 1.5])
    for k in range(300):
        commands = (Gesture("wave"), Express("happy")) if k == 30 else (Gesture("bow"),) if k == 150 else ()
        pose = animator.step(commands, k * DT, DT, look=look, speaking=k > 60)
        assert np.isfinite(pose.world).all()
        assert np.isfinite(pose.morphs).all()
        assert np.abs(pose.world[feet][:, :3, 3] - start).max(initial=0) < 0.002


def test_equal_seeds_give_equal_motion_and_others_do_not() -> None:
    model = humanoid()
    a, b, c = Animator(model, 1), Animator(model, 1), Animator(model, 2)
    for k in range(200):
        p, q, r = (x.step((), k * DT, DT, look=EYES) for x in (a, b, c))
        assert np.array_equal(p.world, q.world)
    assert np.abs(p.world - r.world).max() > 1e-3


def test_steady_state_keeps_no_memory() -> None:
    """What a step allocates is freed by its end; the largest it ever holds at once is small."""
    animator = Animator(humanoid(hair=10), 1)
    settle(animator, 1.0)
    mouth = np.zeros(15, np.float32)
    tracemalloc.start()
    for _ in run(animator, 0.5, mouth=mouth):
        pass
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in run(animator, 2.0, mouth=mouth):
        pass
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 4096
    assert peak - before < 16 * 1024, peak - before
