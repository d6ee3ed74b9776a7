"""Actors of a troupe move as if each were alone, and what else moves them leaves the rest as it was."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from animate_figure import humanoid

from avatar.animate.animator import Animator
from avatar.animate.clips import bind
from avatar.animate.persona import Persona
from avatar.animate.puppet import nobody
from avatar.animate.rig import ROW
from avatar.animate.troupe import Troupe
from avatar.linalg import quat
from avatar.model.clip import Clip, Track
from avatar.types import Express, FloatArray, Gaze, Gesture

DT = 1 / 60
EYES = np.array([0.2, 1.5, 1.4], np.float32)


def wrist(model, pose, side: str = "right") -> np.ndarray:
    return pose.world[model.humanoid[side + "Hand"]][:3, 3].copy()


def test_three_together_move_as_each_alone() -> None:
    model = humanoid(hair=4)
    seeds = (3, 9, 4)
    alone = [Animator(model, seed) for seed in seeds]
    troupe = Troupe(model, seeds)
    orders = {5: [(0, Gesture("wave"))], 40: [(1, Express("happy")), (2, Gesture("bow"))], 70: [(0, Gesture("clap"))]}
    orders[100] = [(2, Gaze("away"))]
    rng = np.random.default_rng(1)
    for k in range(160):
        now = k * DT
        mouth = np.clip(rng.normal(0, 0.4, (3, 15)), 0, 1).astype(np.float32)
        commands = orders.get(k, [])
        together = troupe.step(commands, now, DT, look=[EYES, None, EYES], mouth=mouth, speaking=(True, False, False))
        for actor, animator in enumerate(alone):
            mine = [c for a, c in commands if a == actor]
            look = None if actor == 1 else EYES
            pose = animator.step(mine, now, DT, look=look, mouth=mouth[actor], speaking=actor == 0)
            np.testing.assert_allclose(together.world[actor], pose.world, atol=2e-5)
            np.testing.assert_allclose(together.morphs[actor], pose.morphs, atol=1e-5)


@pytest.mark.parametrize("rate", [30.0, 50.0, 75.0, 144.0])
def test_springs_step_by_sixtieths_whatever_the_pictures(rate: float) -> None:
    """At the moments that all rates have in common, hair is where it is at 60 pictures a second."""
    model = humanoid(hair=3)
    worlds = []
    for fps in (60.0, rate):
        troupe = Troupe(model, (1,))
        troupe.springs.reset()
        n = round(fps * 2)
        rest = troupe.poses.translation.copy()
        at = []
        for k in range(n):
            t = (k + 1) / fps
            poses = troupe.poses
            poses.translation[:, 1] = rest[:, 1] + np.array([0.06 * np.sin(3 * t), 0, 0.04 * np.sin(2 * t)], np.float32)
            troupe.rig.forward(poses)
            troupe.springs.step(1 / fps, poses)
            troupe.rig.finish(poses)
            at.append(poses.world[0, :, :3, 3].copy())
        worlds.append(at[n // 2 - 1 :: n // 2])
    assert np.abs(np.array(worlds[0]) - np.array(worlds[1])).max() < 0.006


def test_between_two_steps_hair_moves_evenly() -> None:
    """At 240 pictures a second three of four show hair between steps: its way is no staircase."""
    model = humanoid(hair=3)
    troupe = Troupe(model, (1,))
    tip = model.springs[0].joints[-1].tail
    rest = troupe.poses.translation.copy()
    at = []
    for k in range(480):
        poses = troupe.poses
        poses.translation[:, 1] = rest[:, 1] + np.array([0.05 * np.sin(k / 60), 0, 0], np.float32)
        troupe.rig.forward(poses)
        troupe.springs.step(1 / 240, poses)
        troupe.rig.finish(poses)
        at.append(poses.world[0, tip, :3, 3].astype(float).copy())
    way = np.linalg.norm(np.diff(np.array(at[120:]), axis=0), axis=1)
    slow = np.convolve(way, np.ones(8) / 8, "valid")
    assert way.max() < 2.5 * slow.max()


def test_wind_blows_hair_its_way_and_dies_down() -> None:
    troupe = Troupe(humanoid(hair=4), (1, 2))
    tips = [s.joints[-1].tail for s in troupe.model.springs]
    head = troupe.model.humanoid["head"]

    def drift(steps: int) -> np.ndarray:
        for k in range(steps):
            troupe.step((), k * DT, DT)
        return troupe.poses.world[:, tips, 0, 3].mean(1) - troupe.poses.world[:, head, 0, 3]

    calm = drift(60)
    troupe.springs.wind(np.array([[1.5, 0, 0], [0, 0, 0]], np.float32))
    blown = drift(60) - calm
    assert blown[0] > 0.03
    assert abs(blown[1]) < 0.01
    troupe.springs.wind(np.zeros(3, np.float32))
    assert np.abs(drift(180) - calm).max() < 0.012


def test_a_held_hand_stays_where_it_holds_and_goes_home() -> None:
    model = humanoid()
    animator = Animator(model, 2)
    cup = np.array([-0.22, 1.15, 0.35], np.float32)
    track = []
    for k in range(330):
        if k == 30:
            animator.influences.hold("right", cup)
        if k == 180:
            animator.influences.hold("right", None)
        track.append(wrist(model, animator.step((), k * DT, DT)))
    track = np.array(track, np.float64)
    assert np.linalg.norm(track[120:179] - cup, axis=1).max() < 0.004
    assert np.linalg.norm(track[-1] - track[29]) < 0.03
    assert np.abs(np.diff(track, 3, axis=0)).max() * 60**3 < 900
    animator.influences.hold("right", (float("nan"), 0, 0))
    assert np.isfinite(animator.step((), 6.0, DT).world).all()


def test_a_puppet_takes_over_what_it_knows_and_lets_go() -> None:
    model = humanoid()
    animator = Animator(model, 2)
    puppet = nobody(0.0)
    row = ROW["rightUpperArm"]
    arm = quat.from_euler(0.0, 0.0, -0.4)
    for k in range(240):
        now = k * DT
        if k < 120:
            given = SimpleNamespace(rotation=puppet.rotation.copy(), mask=puppet.mask.copy(), face={}, t=now)
            given.rotation[row], given.mask[row] = arm, 1.0
            animator.influences.puppet().give(type(puppet)(given.rotation, given.mask, given.face, given.t))
        pose = animator.step((), now, DT)
        if k == 119:
            raised = wrist(model, pose)
    assert raised[1] > 1.35 + 0.1
    assert wrist(model, pose)[1] < 1.0


def test_a_clip_has_the_last_word_on_its_bones_only() -> None:
    model = humanoid()
    turn = np.stack([quat.identity(), quat.from_euler(0.0, 0.0, 1.0)]).astype(np.float32)
    arm = Track(np.array([0.0, 0.5], np.float32), turn)
    clip = Clip("lift", 2.0, "vrma", bone_rotation={"leftUpperArm": arm}, hips_height=0.92)
    moved, plain = Animator(model, 2), Animator(model, 2)
    moved.influences.layers().play(bind(model, clip), fade=0.2)
    for k in range(80):
        a = moved.step((), k * DT, DT, look=EYES)
        b = plain.step((), k * DT, DT, look=EYES)
    np.testing.assert_allclose(a.world[model.humanoid["rightHand"]], b.world[model.humanoid["rightHand"]], atol=1e-5)
    assert np.linalg.norm(wrist(model, a, "left") - wrist(model, b, "left")) > 0.3


def test_accents_nod_lift_the_brow_and_draw_breath() -> None:
    model = humanoid()
    nod, plain = Animator(model, 2), Animator(model, 2)
    accents = np.array([0.1, 0, 0, 0.5, 1.0], np.float32)
    for k in range(30):
        a = nod.step((), k * DT, DT, accents=accents * min(1.0, k / 20))
        b = plain.step((), k * DT, DT)
    ahead = [p.world[model.humanoid["head"]][:3, 2] for p in (a, b)]
    assert 0.07 < np.arcsin(ahead[1][1]) - np.arcsin(ahead[0][1]) < 0.13
    bad = nod.step((), 1.0, DT, accents=np.full(5, np.nan, np.float32))
    assert np.isfinite(bad.world).all()


def test_a_persona_sets_size_and_pace() -> None:
    model = humanoid()
    sizes, lengths = [], []
    for energy, tempo in ((0.0, 0.0), (1.0, 1.0)):
        animator = Animator(model, 2, Persona(energy=energy, openness=energy, tempo=tempo))
        head, busy = [], 0
        for k in range(600):
            pose = animator.step([Gesture("bow")] if k == 300 else [], k * DT, DT)
            head.append(pose.world[model.humanoid["head"]][:3, 3].copy())
            busy += bool(animator.active)
        sizes.append(np.std(np.diff(np.array(head[:300]), axis=0)))
        lengths.append(busy)
    assert sizes[1] > 1.4 * sizes[0]
    assert lengths[0] > 1.4 * lengths[1]


def _attends(personas: list[Persona], speaking: bool, look: FloatArray | None) -> tuple[float, float]:
    """(how far the heads of eight actors are in front of where they stand, metres, how far they tilt, radians)."""
    model = humanoid()
    troupe = Troupe(model, range(8), personas)
    head, ahead, tilt = model.humanoid["head"], [], []
    for k in range(240):
        world = troupe.step((), k / 30, 1 / 30, look=[look] * 8, speaking=[speaking] * 8).world
        if k > 120:
            ahead.append(world[:, head, 2, 3].mean())
            tilt.append(np.abs(np.arcsin(world[:, head, 0, 1])).mean())
    return float(np.mean(ahead)), float(np.mean(tilt))


def test_comes_a_little_nearer_to_whom_it_listens_to() -> None:
    """Silent before a person it leans forward and tilts its head; not while it speaks, nor alone."""
    plain = [Persona()] * 8
    listening, alone, speaking = (
        _attends(plain, talks, look) for talks, look in ((False, EYES), (False, None), (True, EYES))
    )
    assert 0.003 < listening[0] - alone[0] < 0.04
    assert 0.003 < listening[0] - speaking[0] < 0.04
    assert listening[1] > alone[1] + 0.008
    closed, opened = (_attends([Persona(openness=x)] * 8, False, EYES)[0] - alone[0] for x in (0.0, 1.0))
    assert closed < 0.7 * opened
