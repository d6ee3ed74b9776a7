"""Following a puppet: smooth, no overshoot, gone half a second after it is old, and deaf to garbage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from animate_person import angle, euler, rest

from avatar.animate.follow import FADE, OLD, Follower
from avatar.animate.puppet import Puppet, nobody
from avatar.animate.rig import ROW, ROWS
from avatar.linalg import quat
from avatar.model.model import REQUIRED_BONES

DT = 1 / 60
HEAD = ROW["head"]


def turned(degrees: float, t: float, **face: float) -> Puppet:
    q = rest()
    q[HEAD] = euler(y=degrees)
    mask = np.zeros(ROWS, np.float32)
    mask[HEAD] = 1
    return Puppet(q, mask, face, t)


def run(follower: Follower, start: float, seconds: float, puppet: object = None) -> list[float]:
    """Steps from ``start``; puppet : t -> Puppet or None. Returns degrees of the blended head at each step."""
    out = []
    for k in range(1, round(seconds / DT) + 1):
        now = start + k * DT
        if callable(puppet):
            follower.give(puppet(now))
        follower.step(now, DT)
        n = follower.blend(rest())
        out.append(float(np.degrees(quat.to_vector(n[HEAD])[1])))
    return out


def test_it_arrives_without_a_jump_and_without_overshoot() -> None:
    follower = Follower()
    way = run(follower, 0.0, 2.0, lambda t: turned(30, t))
    assert way[-1] == pytest.approx(30, abs=0.1)
    assert max(way) <= 30.05
    assert max(np.abs(np.diff([0.0, *way]))) < 4.0, "a fade, not a jump"
    way = run(follower, 2.0, 2.0, lambda t: turned(-20, t))
    assert min(way) > -20.5
    assert way[-1] == pytest.approx(-20, abs=0.1)
    assert max(np.abs(np.diff(way))) * 60 < 500


def test_it_lets_go_when_the_puppet_is_old() -> None:
    follower = Follower()
    run(follower, 0.0, 2.0, lambda t: turned(30, t, happy=1.0))
    held = run(follower, 2.0, OLD - DT)
    assert min(held) > 29.5
    assert follower.face["happy"] > 0.95
    gone = run(follower, 2.0 + OLD - DT, FADE + 3 * DT)
    assert max(np.abs(np.diff(gone))) < 4.0
    assert gone[-1] == 0.0
    assert not follower.weight.any()
    assert not follower.active
    assert follower.face == {}
    back = run(follower, 4.0, 1.0, lambda t: turned(30, t))
    assert back[0] < 3.0, "it comes back as smoothly"


def test_the_rest_of_the_body_keeps_its_own_life() -> None:
    follower = Follower()
    run(follower, 0.0, 1.0, lambda t: turned(30, t))
    n = rest()
    n[ROW["leftUpperArm"]] = euler(z=-70)
    follower.blend(n)
    assert angle(n[ROW["leftUpperArm"]], euler(z=-70)) < 1e-3


def test_it_follows_a_steady_turn_two_time_constants_behind() -> None:
    follower = Follower(omega=20.0)
    run(follower, 0.0, 1.0, lambda t: turned(0, t))
    way = run(follower, 1.0, 1.0, lambda t: turned(40 * (t - 1.0), t))
    assert 40 - way[-1] == pytest.approx(40 * 2 / 20.0, abs=1.0)


def test_what_the_companion_lacks_goes_to_the_bone_below() -> None:
    q = rest()
    q[ROW["neck"]], q[HEAD] = euler(y=10), euler(y=15)
    follower = Follower(REQUIRED_BONES)
    puppet = Puppet(q, np.ones(ROWS, np.float32))
    assert run(follower, 0.0, 1.5, lambda t: replace(puppet, t=t))[-1] == pytest.approx(25, abs=0.2)


def test_an_older_puppet_is_refused_and_one_can_be_forgotten() -> None:
    follower = Follower()
    assert follower.give(turned(10, 1.0))
    assert not follower.give(turned(20, 0.5))
    run(follower, 0.9, 0.5)
    follower.forget()
    run(follower, 1.4, 0.7)
    assert not follower.active


def test_a_stamp_from_the_far_future_does_not_lock_it() -> None:
    follower = Follower()
    follower.give(turned(10, 1e9))
    follower.step(1.0, DT)
    assert follower.give(turned(20, 1.0))


def test_garbage_never_makes_it_unsteady(rng: np.random.Generator) -> None:
    follower = Follower()
    for k in range(400):
        kind = k % 5
        q = rng.normal(0, 10.0 ** rng.integers(-9, 9), (ROWS, 4)).astype(np.float32)
        mask = rng.normal(0, 5, ROWS).astype(np.float32)
        if kind == 1:
            q[rng.integers(ROWS)] = np.nan
            mask[rng.integers(ROWS)] = np.inf
        if kind == 2:
            q[:] = 0
        t = float(rng.choice([k * DT, np.nan, np.inf, -np.inf])) if kind == 3 else k * DT
        face = {"aa": float(rng.choice([0.5, np.nan, np.inf, -3])), f"own{k}": 1.0}
        follower.give(Puppet(q, mask, face, t))
        follower.step(float(rng.choice([k * DT, np.nan])), float(rng.choice([DT, 0.0, -1.0, np.nan, np.inf, 9.0])))
        n = follower.blend(rest())
        assert np.isfinite(n).all()
        assert np.linalg.norm(n, axis=1) == pytest.approx(1, abs=1e-4)
        assert np.isfinite(follower.weight).all()
        assert follower.weight.min() >= 0
        assert follower.weight.max() <= 1
        assert all(0 <= w <= 1 for w in follower.face.values())
    assert len(follower.face) <= 256


def test_equal_steps_are_equal() -> None:
    a, b = Follower(), Follower()
    for f in (a, b):
        run(f, 0.0, 0.7, lambda t: turned(30 * t, t))
    assert np.array_equal(a.rotation, b.rotation)
    assert nobody().t == 0.0
