"""Layers: nothing pops at any change, masks and weights keep to themselves, and a clip at full weight is the clip."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from animate_figure import humanoid as figure
from test_animate_clips import everything, f4

from avatar.animate.clips import BoundClip, bind
from avatar.animate.inertia import decay
from avatar.animate.layers import Layers
from avatar.animate.masks import GROUPS, weights
from avatar.animate.rig import Rig
from avatar.animate.timing import Timing
from avatar.errors import UsageError
from avatar.linalg import quat
from avatar.model.clip import Clip, Track
from avatar.model.motion import load_motion

DT = 1 / 60
VRMA = Path(__file__).parents[3] / "shared" / "data" / "motions" / "threevrm_test.vrma"


class Stand:
    """A companion whose idle life sways every bone a little, with the layers over it, frame by frame."""

    def __init__(self, sway: float = 0.02, **kwargs: Any) -> None:
        self.model = figure(twist=4)
        self.rig = Rig(self.model)
        self.layers = Layers(self.model, self.rig, **kwargs)
        self.pose = self.rig.make_pose()
        self.rest = self.rig.make_pose()
        self.axes = np.random.default_rng(0).normal(size=(self.model.joint_count, 3)) * sway
        self.t = 0.0
        self.wrists = [self.model.humanoid[s + "Hand"] for s in ("left", "right")]

    def idle(self) -> tuple[np.ndarray, np.ndarray]:
        turn = quat.from_vector(f4(self.axes * math.sin(self.t * 1.7)))
        return quat.multiply(self.rest.rotation, turn), self.rest.translation.copy()

    def frame(self, dt: float = DT) -> np.ndarray:
        """One frame; the wrists, (2, 3) metres."""
        self.t += dt if math.isfinite(dt) and dt > 0 else 0
        self.pose.rotation[:], self.pose.translation[:] = self.idle()
        self.pose.morphs[:] = self.model.morph_defaults
        self.layers.step(dt)
        self.layers.apply(self.pose.rotation, self.pose.translation, self.pose.morphs)
        self.rig.forward(self.pose)
        self.rig.finish(self.pose)
        return self.pose.world[self.wrists, :3, 3].copy()

    def run(self, seconds: float) -> list[np.ndarray]:
        return [self.frame() for _ in range(round(seconds / DT))]


def clip(model: Any, seed: int, **kwargs: Any) -> BoundClip:
    return bind(model, everything(model, seed=seed, **kwargs))


def lengths(stand: Stand) -> np.ndarray:
    at, up = stand.pose.world[:, :3, 3], stand.model.parents
    return np.linalg.norm((at - at[np.maximum(up, 0)])[up >= 0], axis=1)


def acceleration(path: list[np.ndarray]) -> np.ndarray:
    """(n - 2,) of the faster wrist, m/s²."""
    return np.linalg.norm(np.diff(np.array(path), 2, axis=0), axis=2).max(1) / DT**2


def test_no_pop_wherever_a_clip_is_interrupted() -> None:
    """At the wrists, at 60 Hz: no step is longer than the fastest of the clips themselves and the fade of the gap
    (15/8 of it in ``fade``); acceleration stays below twice the clips' own, though the quintics alone may add 5.8
    gaps / fade². A cut is many times above (measured: clips 120 m/s², here 164, cut 4400)."""
    stand = Stand()
    clips = [clip(stand.model, seed) for seed in range(5)]
    path = stand.run(0.5)
    for bound in clips:
        stand.layers.play(bound, fade=0)
        path += stand.run(2.0)
    cut_step = np.linalg.norm(np.diff(np.array(path), axis=0), axis=2).max()
    alone = [acceleration(path[k * 120 + 34 : (k + 1) * 120 + 26]).max() for k in range(5)]
    speed = max(
        np.linalg.norm(np.diff(np.array(path[k * 120 + 34 : k * 120 + 146]), axis=0), axis=2).max() / DT
        for k in range(5)
    )
    reach, fade, turn = 0.75, 0.3, 2.5
    stand = Stand()
    path = stand.run(0.5)
    # the third is caught in the middle of its fade, the fourth one frame after
    for bound, seconds in zip([clip(stand.model, s) for s in range(5)], (0.9, 0.45, 0.1, DT, 1.2), strict=True):
        stand.layers.play(bound, fade=fade)
        path += stand.run(seconds)
    stand.layers.stop(fade=fade)
    path += stand.run(0.15)
    stand.layers.play(clips_again := clip(stand.model, 9), fade=fade, start=1.0)
    path += stand.run(4.0)
    assert clips_again.duration == 3.0
    steps = np.linalg.norm(np.diff(np.array(path), axis=0), axis=2).max()
    assert steps / DT < 2 * speed + reach * turn * 1.875 / fade
    assert cut_step > 4 * steps
    assert acceleration(path).max() < 2 * max(alone)
    assert cut_step / DT**2 > 15 * acceleration(path).max()


def test_speed_goes_on_through_an_interruption() -> None:
    """A bone that turns at a steady 2 rad/s, stopped: one frame later it still turns at nearly that."""
    stand = Stand(0.0)
    node = stand.model.humanoid["leftUpperArm"]
    turns = quat.from_vector(f4([[0, 0, 0], [0, 0, 2.0]]))
    bound = bind(stand.model, Clip("turn", 1.0, "vrma", bone_rotation={"leftUpperArm": Track(f4([0, 1]), turns)}))
    angles = []

    def run(frames: int) -> None:
        for _ in range(frames):
            stand.frame()
            q = quat.multiply(quat.conjugate(stand.rest.rotation[node]), stand.pose.rotation[node])
            angles.append(2 * math.acos(min(1.0, abs(float(q[3])))))

    stand.layers.play(bound, fade=0)
    run(30)
    stand.layers.stop(fade=0.4)
    run(40)
    speed = np.diff(angles) / DT
    assert np.allclose(speed[5:29], 2.0, atol=0.02)
    assert 1.8 < speed[29] < 2.01
    assert np.abs(np.diff(speed)[25:]).max() / DT < 5.8 * 1.0 / 0.4**2 + 4.4 * 2 / 0.3
    assert angles[-1] < 1e-3


def test_what_a_mask_leaves_out_is_left_alone_to_the_bit() -> None:
    stand = Stand()
    stand.layers.play(clip(stand.model, 1), mask=("arms", "head"), fade=0.2)
    human = stand.model.humanoid
    inside = {human[b] for b in GROUPS["arms"] + GROUPS["head"] if b in human}
    outside = [n for n in range(stand.model.joint_count) if n not in inside]
    for _ in range(60):
        stand.frame()
        rotation, translation = stand.idle()
        assert np.array_equal(stand.pose.rotation[outside], rotation[outside])
        assert np.array_equal(stand.pose.translation, translation)
    assert all(not np.allclose(stand.pose.rotation[n], rotation[n], atol=1e-3) for n in inside)
    # a smaller mask on the same layer gives the rest back, after its fade to the bit
    stand.layers.play(clip(stand.model, 2), mask=["fingers"], fade=0.2)
    stand.run(0.3)
    outside = [n for n in range(stand.model.joint_count) if n not in {human[b] for b in GROUPS["fingers"]}]
    assert np.array_equal(stand.pose.rotation[outside], stand.idle()[0][outside])


def test_no_weight_is_nothing_and_full_weight_is_the_clip() -> None:
    stand = Stand()
    bound = clip(stand.model, 1)
    stand.layers.play(bound, weight=0.0, fade=0.3)
    for _ in range(40):
        stand.frame()
        assert np.array_equal(stand.pose.rotation, stand.idle()[0])
    assert not any(stand.layers.expressions.values())
    stand.layers.play(bound, fade=0, start=0.5)
    stand.run(1.0)
    truth = bound.pose(1.5)
    assert np.allclose(stand.pose.rotation[bound.nodes], truth.rotation[bound.nodes], atol=1e-5)
    assert np.allclose(stand.pose.translation, truth.translation, atol=1e-5)
    assert stand.layers.expressions == pytest.approx(truth.expressions, abs=1e-4)
    assert stand.layers.look == pytest.approx((*truth.look, 1.0), abs=1e-2)


def test_half_weight_is_half_way() -> None:
    stand = Stand(0.0)
    node = stand.model.humanoid["head"]
    turn = quat.from_vector(f4([[0.6, 0, 0]]))
    bound = bind(stand.model, Clip("nod", 1.0, "vrma", bone_rotation={"head": Track(f4([0]), turn)}))
    for mask, share in ((None, 0.5), ({"all": 1.0, "head": 0.5}, 0.5), ({"head": 0.25}, 0.25)):
        stand.layers.play(bound, fade=0, weight=0.5 if mask is None else 1.0, mask=mask, loop=True)
        stand.frame()
        q = quat.multiply(quat.conjugate(stand.rest.rotation[node]), stand.pose.rotation[node])
        assert np.linalg.norm(quat.to_vector(q)) == pytest.approx(0.6 * share, abs=2e-3)


@pytest.mark.parametrize("additive", ["rest", "first", True])
def test_adding_rest_adds_nothing(additive: Any) -> None:
    stand = Stand()
    still = Track(f4([0, 1]), quat.identity((2,)))
    bound = bind(stand.model, Clip("still", 1.0, "vrma", bone_rotation=dict.fromkeys(stand.model.humanoid, still)))
    stand.layers.play(bound, additive=additive, fade=0.2, loop=True)
    for _ in range(30):
        stand.frame()
        assert np.allclose(stand.pose.rotation, stand.idle()[0], atol=2e-6)


def test_an_additive_layer_turns_what_is_there() -> None:
    """A nod of 0.3 rad from its own first frame, over a clip that holds the head elsewhere; at half weight half."""
    stand = Stand(0.0, order=("body", "nods"))
    node = stand.model.humanoid["head"]

    def head(*turns: list[float]) -> BoundClip:
        track = Track(f4(np.linspace(0, 1, len(turns))), quat.from_vector(f4(turns)))
        return bind(stand.model, Clip("head", 1.0, "vrma", bone_rotation={"head": track}))

    stand.layers.play(head([0, 0.5, 0]), fade=0, loop=True)
    stand.frame()
    before = stand.pose.rotation[node].copy()
    stand.layers.play(head([0.4, 0, 0], [0.7, 0, 0]), layer="nods", additive=True, weight=0.5, fade=0)
    stand.run(59 / 60)
    turn = quat.to_vector(quat.multiply(quat.conjugate(before), stand.pose.rotation[node]))
    assert np.linalg.norm(turn) == pytest.approx(0.5 * 0.3 * 59 / 60, abs=1e-3)


def test_bones_keep_their_lengths_and_rotations_their_unit() -> None:
    stand = Stand(0.1, order=("body", "upper", "adds"))
    stand.frame()
    rest = lengths(stand)
    own = np.flatnonzero(np.arange(stand.model.joint_count) == stand.model.humanoid["hips"])
    kept = np.array([n for n in range(stand.model.joint_count) if stand.model.parents[n] >= 0]) != own
    for k in range(90):
        if k % 17 == 0:
            stand.layers.play(clip(stand.model, k), fade=0.2)
        if k % 23 == 0:
            stand.layers.play(clip(stand.model, k + 1), layer="upper", mask={"upper": 0.6}, fade=0.3)
        if k == 40:
            stand.layers.play(clip(stand.model, 99), layer="adds", additive=True, weight=0.7)
        stand.frame()
        assert np.allclose(np.linalg.norm(stand.pose.rotation, axis=1), 1, atol=2e-6)
        assert np.allclose(lengths(stand)[kept], rest[kept], atol=2e-6)


def test_loops_go_on_without_a_seam_even_where_the_clip_has_one() -> None:
    stand = Stand(0.0)
    times = np.linspace(0, 1, 31)
    closed = quat.from_vector(f4(np.stack([0.5 * np.sin(2 * np.pi * times), 0 * times, 0 * times], 1)))
    torn = quat.from_vector(f4(np.stack([1.2 * times, 0 * times, 0 * times], 1)))
    for turns, most in ((closed, 1.05 * math.pi * DT), (torn, 2.4 * DT + 1.2 * 1.875 * DT / 0.25)):
        bound = bind(stand.model, Clip("loop", 1.0, "vrma", bone_rotation={"leftUpperArm": Track(f4(times), turns)}))
        stand.layers.play(bound, fade=0.2, loop=True)
        stand.run(0.5)
        node = stand.model.humanoid["leftUpperArm"]
        seen = []
        for _ in range(200):
            stand.frame()
            seen.append(stand.pose.rotation[node].copy())
        steps = np.linalg.norm(quat.to_vector(quat.multiply(quat.conjugate(f4(seen[:-1])), f4(seen[1:]))), axis=1)
        assert steps.max() < most
        assert stand.layers.active


def test_a_clip_that_ends_goes_out_by_itself() -> None:
    stand = Stand()
    stand.layers.play(clip(stand.model, 1), fade=0.25)
    stand.run(2.9)
    assert stand.layers.active == pytest.approx({"body": 2.9}, abs=0.03)
    stand.run(0.2)
    assert not stand.layers.active
    assert stand.layers.busy
    stand.run(0.3)
    assert not stand.layers.busy
    assert np.array_equal(stand.pose.rotation, stand.idle()[0])
    assert stand.layers.expressions == {}
    assert stand.layers.look is None


def test_backwards_and_faster() -> None:
    stand = Stand()
    bound = clip(stand.model, 1)
    stand.layers.play(bound, fade=0, speed=-2.0, start=3.0)
    stand.run(1.0)
    assert np.allclose(stand.pose.rotation[bound.nodes], bound.pose(1.0).rotation[bound.nodes], atol=1e-4)
    stand.run(0.6)
    assert not stand.layers.active


def test_a_stroke_falls_on_its_word() -> None:
    """The map meets its points, never runs back, and its speed never jumps."""
    timing = Timing(warp=[(0.4, 1.0), (0.9, 1.2), (0.9, 1.6), (2.0, 2.4)])
    for at, word in ((0.0, 0.0), (0.4, 1.0), (0.9, 1.2), (0.9, 1.6), (2.0, 2.4)):
        assert timing.at(word) == pytest.approx(at)
    seconds = np.arange(0, 5, 0.001)
    speed = np.diff([timing.at(s) for s in seconds]) / 0.001
    assert speed.min() > -1e-6
    assert np.abs(np.diff(speed)).max() < 0.2
    assert speed[-1] == pytest.approx(1.0, abs=1e-6)
    stand = Stand(0.0)
    bound = clip(stand.model, 1)
    stand.layers.play(bound, fade=0.1, warp=[(1.5, 0.5)])
    stand.run(0.5)
    assert np.allclose(stand.pose.rotation[bound.nodes], bound.pose(1.5).rotation[bound.nodes], atol=1e-3)
    for bad in ([(0, 0), (1, 0)], [(1, 0), (0, 1)], [(0, 0), (math.nan, 1)]):
        with pytest.raises(UsageError, match="warp"):
            Timing(warp=bad)


def test_expressions_and_eyes_fade_with_their_clip() -> None:
    stand = Stand()
    name = next(iter(stand.model.expressions))
    look = Track(f4([0]), quat.from_euler(0.1, 0.2, 0)[None])
    smile = bind(stand.model, Clip("s", 9.0, "vrma", expressions={name: Track(f4([0]), f4([[0.8]]))}, look_at=look))
    stand.layers.play(smile, fade=0.5, weight=0.5)
    found, eyes = [], []
    for k in range(90):
        if k == 45:
            stand.layers.stop(fade=0.5)
        stand.frame()
        found.append(stand.layers.expressions.get(name, 0.0))
        eyes.append(stand.layers.look[2] if stand.layers.look else 0.0)
    assert found[44] == pytest.approx(0.4, abs=1e-5)
    assert eyes[44] == pytest.approx(0.5, abs=1e-5)
    assert found[-1] == eyes[-1] == 0
    assert np.abs(np.diff([0, *found])).max() < 0.4 * 1.9 * DT / 0.5
    assert np.abs(np.diff([0, *eyes])).max() < 0.5 * 1.9 * DT / 0.5
    asked = {name: 0.1}
    stand.layers.play(smile, fade=0)
    stand.layers.step(DT)
    stand.layers.apply(stand.pose.rotation, stand.pose.translation, stand.pose.morphs, asked)
    assert asked == {name: pytest.approx(0.8)}


@pytest.mark.skipif(not VRMA.exists(), reason="the motion is not on this machine")
def test_a_vrma_through_a_layer_is_the_vrma() -> None:
    stand = Stand()
    bound = bind(stand.model, load_motion(VRMA)[0])
    stand.layers.play(bound, fade=0)
    for k in range(1, 1 + min(240, int(bound.duration / DT) - 1)):
        stand.frame()
        truth = bound.pose(k * DT)
        off = np.abs(np.vecdot(stand.pose.rotation[bound.nodes], truth.rotation[bound.nodes]))
        assert off.min() > 1 - 1e-6
        assert np.allclose(stand.pose.translation[bound.moved], truth.translation[bound.moved], atol=1e-6)


def test_no_number_is_no_time_and_nothing_breaks() -> None:
    stand = Stand()
    steps = (0.0, 1e-6, 5.0, math.nan, math.inf, -1.0, DT, 1e-9, 0.3)
    for k, (dt, other) in enumerate(itertools.product(steps, steps)):
        stand.layers.play(clip(stand.model, k % 7), fade=(0, 0.3, math.nan, 1e-9)[k % 4], loop=k % 2 == 0)
        for d in (dt, other, DT):
            stand.frame(d)
            assert np.isfinite(stand.pose.rotation).all()
            assert np.isfinite(stand.pose.translation).all()
            assert np.allclose(np.linalg.norm(stand.pose.rotation, axis=1), 1, atol=3e-6)
    stand.layers.play(clip(stand.model, 1), weight=math.nan, speed=math.nan, start=math.inf, loop=True)
    stand.run(0.1)
    assert np.isfinite(stand.pose.rotation).all()


def test_masks_by_name() -> None:
    model = figure(hair=1)
    human = model.humanoid
    found = weights(model, {"upper": 1.0, "fingers": 0.25, "leftHand": 0.5})
    assert found[human["leftHand"]] == 0.5
    assert found[human["leftIndexDistal"]] == 0.25
    assert found[human["hips"]] == found[human["leftFoot"]] == 0
    assert found[model.node_names.index("hair0_3")] == found[human["head"]] == 1
    assert weights(model, None).min() == 1
    assert not weights(model, ()).any()
    with pytest.raises(UsageError, match="'tail' is neither"):
        weights(model, ["tail"])
    stand = Stand()
    with pytest.raises(UsageError, match="another model"):
        stand.layers.play(clip(model, 1))


def test_a_steady_state_keeps_no_memory() -> None:
    """Two layers, one of them additive: what a frame holds at once is views, whose arrays were there before."""
    stand = Stand(order=("body", "nods"))
    stand.layers.play(clip(stand.model, 1), loop=True, fade=0.1)
    stand.layers.play(clip(stand.model, 2), layer="nods", loop=True, additive=True, mask=["upper"], fade=60.0)
    stand.run(0.5)
    rotation, translation = stand.idle()
    asked = dict.fromkeys(stand.model.expressions, 0.0)
    turned, moved, morphs = rotation.copy(), translation.copy(), stand.model.morph_defaults.copy()

    def frames(n: int) -> None:
        for _ in range(n):
            turned[:], moved[:] = rotation, translation
            stand.layers.step(0.001)
            stand.layers.apply(turned, moved, morphs, asked)

    def grown() -> tuple[int, int]:
        tracemalloc.start()
        frames(20)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        frames(200)
        after, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return after - before, peak - before

    # What a thread of an earlier test takes meanwhile is counted too, and is not ours: the least of three.
    kept, most = map(min, zip(*(grown() for _ in range(3)), strict=True))
    assert kept <= 512
    assert most <= 2048


def test_what_is_left_of_a_gap_begins_whole_and_ends_at_rest() -> None:
    """The quintics: value and slope right at the start, bend 0, nothing at all at the end; a speed carries no farther
    than a fifth of its time."""
    for seconds in (0.1, 0.3, 2.0):
        t = np.linspace(0, seconds, 2001)
        gap, speed = np.array([decay(x, seconds) for x in t]).T
        step = t[1]
        assert gap[0] == 1
        assert speed[0] == 0
        assert (np.diff(gap) <= 0).all()
        assert np.diff(speed)[0] / step == pytest.approx(1, abs=1e-2)
        assert np.abs(np.diff(gap)[[0, -1]]).max() / step < 1e-3 / seconds
        assert np.abs(np.diff(speed)[-1]) / step < 1e-2
        assert speed.max() < 0.2 * min(seconds, 0.3)
        assert decay(seconds, seconds) == decay(99, seconds) == (0, 0)
    assert decay(0.0, 0.0) == (0, 0)
