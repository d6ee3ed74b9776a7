"""Sampling against the formulas of glTF 2.0, appendix C, one key at a time; and what a bound clip leaves alone."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from animate_figure import humanoid as figure

from avatar.animate.clips import bind, look_angles
from avatar.animate.sampling import Bank, sample
from avatar.errors import UsageError
from avatar.linalg import quat
from avatar.model.clip import Clip, Track


def f4(values: Any) -> np.ndarray:
    return np.asarray(values, "f4")


def truth(track: Track, t: float, rotation: bool) -> np.ndarray:
    """One track at one time, in double precision and as the text of the specification goes."""
    times = track.times.astype(float)
    values = track.values.astype(float)
    t = min(max(t, times[0]), times[-1])
    k = int(np.searchsorted(times, t, side="right")) - 1
    cubic = track.interpolation == "cubic"
    if k == len(times) - 1 or track.interpolation == "step":
        found = values[k, 1] if cubic else values[k]
        return found / np.linalg.norm(found) if rotation else found
    td = times[k + 1] - times[k]
    u = (t - times[k]) / td
    if cubic:
        v, b, a, w = values[k, 1], td * values[k, 2], td * values[k + 1, 0], values[k + 1, 1]
        found = (2 * u**3 - 3 * u**2 + 1) * v + (u**3 - 2 * u**2 + u) * b
        found = found + (-2 * u**3 + 3 * u**2) * w + (u**3 - u**2) * a
        return found / np.linalg.norm(found) if rotation else found
    v, w = values[k], values[k + 1]
    if not rotation:
        return (1 - u) * v + u * w
    dot = v @ w
    angle = np.arccos(min(1.0, abs(dot)))
    if angle < 1e-6:
        return v
    return np.sin(angle * (1 - u)) / np.sin(angle) * v + np.sign(dot) * np.sin(angle * u) / np.sin(angle) * w


def tracks(kind: str, width: int, rotation: bool) -> list[Track]:
    rng = np.random.default_rng(5)
    made = []
    for n in (1, 2, 3, 9, 40):
        times = f4(np.cumsum(rng.random(n) * 0.3))
        values = f4(rng.normal(size=(n, 3, width) if kind == "cubic" else (n, width)))
        if rotation:
            values = quat.normalize(values)
        made.append(Track(times, values, kind))
    return made


@pytest.mark.parametrize("kind", ["step", "linear", "cubic"])
@pytest.mark.parametrize(("width", "rotation"), [(1, False), (3, False), (4, True), (7, False)])
def test_all_tracks_at_once_equal_each_alone(kind: str, width: int, rotation: bool) -> None:
    found = tracks(kind, width, rotation)
    bank = Bank(found, rotation)
    for t in np.linspace(-0.5, 9, 97):
        for row, track in zip(bank.all(t), found, strict=True):
            expected = truth(track, t, rotation)
            assert np.allclose(row, expected, atol=2e-5) or (rotation and np.allclose(row, -expected, atol=2e-5))


def test_step_and_linear_share_a_bank_and_a_key_is_met_exactly() -> None:
    a = Track(f4([0, 1, 2]), f4([[0], [1], [5]]), "step")
    b = Track(f4([0, 1, 2]), f4([[0], [1], [5]]), "linear")
    bank = Bank([a, b])
    assert bank.all(1.5)[:, 0].tolist() == [1, 3]
    for t, v in ((0, 0), (1, 1), (2, 5)):
        assert bank.all(t)[:, 0].tolist() == [v, v]


def test_keys_at_one_time_jump_without_dividing_by_zero() -> None:
    track = Track(f4([0, 1, 1, 2]), f4([[0], [1], [7], [8]]))
    assert sample(track, np.array([0.5, 1.0, 1.5]))[:, 0].tolist() == [0.5, 7.0, 7.5]


def test_a_rotation_takes_the_shorter_way() -> None:
    a, b = quat.from_vector(f4([0, 0.2, 0])), -quat.from_vector(f4([0, 0.6, 0]))
    (half,) = sample(Track(f4([0, 1]), np.stack([a, b])), np.array([0.5]), rotation=True)
    assert np.allclose(quat.to_vector(half), [0, 0.4, 0], atol=1e-5)


def test_a_humanoid_clip_moves_its_bones_and_nothing_else() -> None:
    model = figure()
    bend = quat.from_vector(f4([1.0, 0, 0]))
    clip = Clip(
        "bend", 2.0, "vrma", bone_rotation={"leftLowerLeg": Track(f4([0, 2]), np.stack([quat.identity(), bend]))}
    )
    bound = bind(model, clip)
    node = model.humanoid["leftLowerLeg"]
    assert bound.duration == 2.0
    assert bound.nodes.tolist() == [node]
    pose = bound.pose(1.0)
    still = np.arange(model.joint_count) != node
    assert np.allclose(pose.rotation[still], quat.normalize(model.rotation[still]))
    assert np.array_equal(pose.translation, model.translation)
    assert np.array_equal(pose.scale, model.scale)
    assert np.array_equal(pose.morphs, model.morph_defaults)
    assert pose.look is None


def test_time_is_clamped_looped_and_leaves_no_trace() -> None:
    model = figure()
    turns = quat.from_vector(f4([[0, 0, 0], [0, 0, 0.5], [0, 0, 0.1]]))
    bound = bind(model, Clip("c", 3.0, "vrma", bone_rotation={"head": Track(f4([1, 2, 3]), turns)}))
    node = model.humanoid["head"]

    def at(t: float, loop: bool = False) -> np.ndarray:
        return bound.pose(t, loop).rotation[node]

    first = bound.pose(1.7)
    assert np.array_equal(at(-5), at(1))
    assert np.array_equal(at(99), at(3))
    assert np.allclose(at(3 + 2, loop=True), at(2))
    assert np.allclose(at(-1, loop=True), at(2))
    first.rotation[:] = 0
    first.translation[:] = 0
    again = bound.pose(1.7)
    assert np.allclose(np.linalg.norm(again.rotation, axis=1), 1, atol=1e-6)
    assert np.array_equal(again.translation, model.translation)


@pytest.mark.parametrize(("yaw", "pitch"), [(30, 0), (-50, 0), (0, 20), (0, -35), (40, 25), (120, -10)])
def test_look_angles_lead_back_to_where_the_eyes_point(yaw: float, pitch: float) -> None:
    """Yaw to the companion's left (+X), pitch downwards."""
    q = quat.from_euler(np.radians(pitch), np.radians(yaw), 0.3)
    assert look_angles(q) == pytest.approx((yaw, pitch), abs=1e-3)
    ahead = quat.rotate(q, f4([0, 0, 1]))
    assert np.sign(round(float(ahead[0]), 6)) == np.sign(yaw)
    assert np.sign(round(float(-ahead[1]), 6)) == np.sign(pitch)


def test_expressions_the_model_has_are_given_within_0_and_1() -> None:
    model = figure()
    name = next(iter(model.expressions))
    weights = Track(f4([0, 1]), f4([[-1], [3]]))
    look = Track(f4([0]), quat.from_euler(0.1, 0.2, 0)[None])
    bound = bind(model, Clip("e", 1.0, "vrma", expressions={name: weights, "no such": weights}, look_at=look))
    assert bound.pose(0).expressions == {name: 0.0}
    assert bound.pose(1).expressions == {name: 1.0}
    assert bound.pose(0.5).expressions[name] == pytest.approx(1.0)
    assert bound.pose(0).look == pytest.approx(np.degrees([0.2, 0.1]), abs=1e-3)


def own_clip(model: Any, turn: np.ndarray, **changes: Any) -> Clip:
    node = model.humanoid["head"]
    clip = Clip("own", 1.0, "gltf", rotation={node: Track(f4([0]), turn[None])})
    clip.translation = {node: Track(f4([0]), f4([[0.5, 0.6, 0.7]]))}
    clip.scale = {node: Track(f4([0]), f4([[2, 2, 2]]))}
    clip.nodes, clip.rest = model.node_names, (model.translation.copy(), model.rotation.copy())
    for key, value in changes.items():
        setattr(clip, key, value)
    return clip


def test_a_models_own_clip_sets_rotation_place_and_size() -> None:
    model, turn = figure(), quat.from_vector(f4([0.1, 0.2, 0.3]))
    node = model.humanoid["head"]
    pose = bind(model, own_clip(model, turn)).pose(0)
    assert np.allclose(pose.rotation[node], turn, atol=1e-6)
    assert np.allclose(pose.translation[node], [0.5, 0.6, 0.7])
    assert np.allclose(pose.scale[node], 2)
    assert np.allclose(np.delete(pose.scale, node, 0), np.delete(model.scale, node, 0))


def test_nodes_of_another_order_are_found_by_name_and_places_follow_the_rest() -> None:
    model, turn = figure(), quat.from_vector(f4([0.1, 0.2, 0.3]))
    node = model.humanoid["head"]
    clip = own_clip(model, turn)
    back = model.joint_count - 1 - node
    for tracks_ in (clip.rotation, clip.translation, clip.scale):
        tracks_[back] = tracks_.pop(node)
    clip.nodes = tuple(reversed(clip.nodes))
    places, turns = clip.rest
    clip.rest = (places[::-1] + f4([0.25, 0, 0]), turns[::-1])
    pose = bind(model, clip).pose(0)
    assert np.allclose(pose.rotation[node], turn, atol=1e-6)
    assert np.allclose(pose.translation[node], [0.25, 0.6, 0.7], atol=1e-6)


def test_a_clip_that_fits_nothing_is_refused_by_name() -> None:
    model = figure()
    clip = own_clip(model, quat.identity(), nodes=tuple(f"x{i}" for i in range(model.joint_count)))
    with pytest.raises(UsageError, match="'own' moves nothing"):
        bind(model, clip)


def everything(model: Any, kind: str = "linear", alike: bool = True, keys: int = 90, seed: int = 3) -> Clip:
    """A clip that moves every bone, the hips, expressions and eyes; smooth, three seconds long."""
    rng = np.random.default_rng(seed)

    def track(width: int) -> Track:
        times = np.linspace(0, 3, keys) if alike else np.sort(rng.random(keys)) * 3
        waves = rng.normal(size=(3, width)) * 0.3
        vectors = sum(w * np.sin(times[:, None] * (i + 1) * 2.1) for i, w in enumerate(waves))
        values = quat.from_vector(f4(vectors)) if width == 3 else f4(vectors)
        return Track(f4(times), np.stack([values * 0, values, values * 0], 1) if kind == "cubic" else values, kind)

    return Clip(
        "all",
        3.0,
        "vrma",
        bone_rotation={bone: track(3) for bone in model.humanoid},
        hips_translation=Track(f4([0, 1, 3]), f4([[0, 1, 0], [0.1, 0.9, 0], [0, 1, 0]])),
        hips_height=1.0,
        expressions={name: track(1) for name in model.expressions},
        look_at=track(3),
    )


@pytest.mark.parametrize("kind", ["step", "linear", "cubic"])
@pytest.mark.parametrize("alike", [True, False])
def test_sampling_into_buffers_is_the_pose_and_keeps_no_memory(kind: str, alike: bool) -> None:
    """What one sample holds at once is views of arrays, not arrays, whose smallest is of 896 bytes; nothing stays."""
    model = figure(twist=2)
    bound = bind(model, everything(model, kind, alike))
    out = bound.blank()
    times = np.random.default_rng(1).random(200) * 4 - 0.5
    for t in times.tolist():
        fresh = bound.pose(t, loop=True)
        assert bound.sample(t, out, loop=True) is out
        for name in ("rotation", "translation", "scale", "morphs", "expressions", "look"):
            assert np.array_equal(getattr(out, name), getattr(fresh, name))
    steps = times.tolist()
    tracemalloc.start()
    for t in steps[:20]:
        bound.sample(t, out)
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for t in steps:
        bound.sample(t, out)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before <= 256
    assert peak - before <= 1200, peak - before


def test_a_bank_agrees_with_itself_for_shared_and_unshared_times() -> None:
    found = tracks("linear", 4, True)
    alone = [Bank([track], True) for track in found]
    together = Bank(found, True)
    out = np.empty((len(found), 4), np.float32)
    for t in (-1.0, 0.0, 0.3, 1.7, 50.0, float("inf"), float("-inf"), float("nan")):
        together.sample(t, out)
        assert np.isfinite(out).all()
        assert np.allclose(out, np.concatenate([bank.all(t) for bank in alone]), atol=1e-6)
        if np.isfinite(t):
            assert np.allclose(out, together.at(together.rows, t), atol=1e-6)


def test_morph_weights_of_a_clip_go_to_their_mesh() -> None:
    model = figure()
    face = next(p for p in model.primitives if p.morph_positions is not None)
    values = np.random.default_rng(0).random((2, 8))
    clip = Clip("w", 1.0, "gltf", weights={face.node: Track(f4([0, 1]), f4(values))})
    clip.nodes, clip.rest = model.node_names, (model.translation, model.rotation)
    bound = bind(model, clip)
    assert bound.weighs.tolist() == list(range(8))
    assert np.allclose(bound.pose(0.25).morphs, values[0] * 0.75 + values[1] * 0.25, atol=1e-6)


@pytest.mark.parametrize("kind", ["linear", "cubic"])
def test_a_rotation_of_no_length_is_no_turn(kind: str) -> None:
    """Keys and tangents of strangers may cancel each other: a rotation stays one all the same."""
    nothing = np.zeros((2, 4), np.float32)
    values = np.stack([nothing] * 3, 1) if kind == "cubic" else nothing
    bank = Bank([Track(np.array([0.0, 1.0], np.float32), values, kind)], True)
    for t in (-1.0, 0.0, 0.4, 2.0):
        np.testing.assert_array_equal(bank.all(t), [[0, 0, 0, 1]])
