"""Where the companion looks: eyes lead, head follows, then the chest; contact with short aversions; saccades.

Angles: yaw positive to the companion's left (+X), pitch positive downwards, radians, in the companion's frame.
The eyes are solved last and exactly, from where the head really is, so that the gaze stays on its target while the head
moves (as the vestibulo-ocular reflex does). Saccade length follows the main sequence, 21 ms + 2.2 ms a degree
(Carpenter 1988); mutual gaze lasts about 3.3 s (Binetti et al. 2016); the speaker looks away more than the listener
(Argyle and Cook 1976).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ..linalg import affine, quat, signals
from ..model.look import eye_numbers, ranges
from ..model.model import AvatarModel, LookAt
from ..types import FloatArray
from .body import Body
from .persona import Persona
from .rig import ROW, ROWS

EYE_YAW: Final = math.radians(32)
EYE_UP: Final = math.radians(20)
EYE_DOWN: Final = math.radians(28)
HEAD_YAW: Final = math.radians(55)
HEAD_UP: Final = math.radians(25)
HEAD_DOWN: Final = math.radians(32)
HEAD_PART: Final = 0.66
"""How much of a sideways gaze the head takes (and the chest with it); the eyes take the rest."""
_FARTHEST: Final = 1e4
_LOWERED: Final = math.radians(14)
_SHARE: Final = {"chest": 0.06, "upperChest": 0.08, "neck": 0.36, "head": 0.50}
_TORSO: Final = ("hips", "spine", "chest", "upperChest", "neck", "head")


def _soft_limit(x: float, limit: float) -> float:
    """x, bent so that it never passes the limit; straight up to two thirds of it."""
    knee = limit * 0.67
    a = abs(x)
    if a <= knee:
        return x
    room = limit - knee
    return math.copysign(knee + room * math.tanh((a - knee) / room), x)


def finite_place(point: FloatArray | None) -> tuple[float, float, float] | None:
    """(3,) metres as numbers; None for none, and for one that is no place."""
    if point is None:
        return None
    x, y, z = np.asarray(point).tolist()
    return (x, y, z) if abs(x) + abs(y) + abs(z) < _FARTHEST else None


def eye_place(model: AvatarModel) -> FloatArray:
    """(3,) the point between the eyes at rest, companion frame: ``offsetFromHeadBone`` in the head's own axes. Needs a
    head."""
    x, y, z = (model.look_at or LookAt()).offset
    place: FloatArray = (model.rest_world()[model.humanoid["head"]] @ np.array([x, y, z, 1], np.float32))[:3]
    return place


def look_angles(model: AvatarModel, world: FloatArray, target: FloatArray) -> tuple[float, float]:
    """(yaw, pitch) degrees at which ``target`` (3,), companion frame, lies from the head as it stands in ``world``
    (J, 4, 4): LookAt space of VRMC_vrm 1.0, at the eyes' offset, facing +Z when the head is at rest. Needs a head."""
    head = model.humanoid["head"]
    now, rest = world[head].astype(np.float64), model.rest_world()[head].astype(np.float64)
    here = now @ np.array([*(model.look_at or LookAt()).offset, 1])
    turns = quat.to_matrix(affine.decompose(np.stack([now, rest]).astype(np.float32))[1])
    x, y, z = turns[1] @ turns[0].T @ (np.asarray(target, np.float64) - here[:3])
    return math.degrees(math.atan2(x, z)), math.degrees(math.atan2(-y, math.hypot(x, z)))


class Head:
    """What the gaze needs to know of one model's torso, and where the heads of A actors are.

    chain : rows of the torso bones that the companion has, hips first, head last; share : (2, WIDE) float32, what the
    head's share of a yaw and of a pitch adds to the body. After ``place``: turns (A, T, 4, 4) world of the chain, eyes
    (A, 3) metres.
    """

    def __init__(self, model: AvatarModel, body: Body, actors: int) -> None:
        look = model.look_at or LookAt()
        self.look_at = look
        self.bone = look.kind == "bone" and ("leftEye" in body.at or "rightEye" in body.at)
        self.expression = look.kind == "expression"
        chain = [b for b in _TORSO if b in body.at]
        self.chain = np.array([ROW[b] for b in chain], np.int64)
        rest = np.array([body.at[b] for b in chain])
        eyes = [body.at[b] for b in ("leftEye", "rightEye") if self.bone and b in body.at]
        eye = np.mean(eyes, axis=0) if len(eyes) == 2 else eye_place(model)
        self._hips = rest[0].astype(np.float32)
        self._eye = np.append(eye - rest[-1], 1).astype(np.float32)
        turn = body.pose()[None].repeat(2, 0)
        for bone, share in _SHARE.items():
            row = body.row(bone)
            turn[0, row, 1] += share
            turn[1, row, 0] += share
        turn[:, ROWS - 1] = 0
        self.share = np.concatenate([turn.reshape(2, -1), np.zeros((2, 3))], 1).astype(np.float32)
        t = len(chain)
        self._q, self._outer = np.empty((actors, t, 4), np.float32), np.empty((actors, t, 4, 4), np.float32)
        self._local, self.turns = np.empty((2, actors, t, 4, 4), np.float32)
        self._steps = np.diff(rest, axis=0).astype(np.float32)
        self._eyes = np.tile(np.append(eye, 1).astype(np.float32), (actors, 1))
        self.eyes = self._eyes[:, :3]

    def place(self, n: FloatArray, hips_offset: FloatArray) -> None:
        """From normalised rotations n (A, ROWS, 4) and the hips' shift (A, 3), metres."""
        n.take(self.chain, axis=1, out=self._q, mode="clip")
        local, world = quat.to_affine(self._q, self._outer, self._local), self.turns
        local[:, 1:, :3, 3] = self._steps
        np.add(hips_offset, self._hips, out=local[:, 0, :3, 3])
        world[:, 0] = local[:, 0]
        for i in range(1, world.shape[1]):
            np.matmul(world[:, i - 1], local[:, i], out=world[:, i])
        np.matmul(world[:, -1], self._eye, out=self._eyes)


class Gaze:
    """State of one actor's gaze.

    yaw, pitch : the way the eyes point relative to the head, after the limits; error : radians between the gaze asked
    for and the gaze reached; shifted : True in the step in which a large gaze shift began (people blink then);
    share : how far head and chest go with it, (yaw, pitch); met : True in the step in which it comes back to a
    person's eyes.
    """

    def __init__(self, head: Head, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 2])
        self.head = head
        self.look_at = head.look_at
        self._follow = (signals.Follow(), signals.Follow())
        self._goal = [0.0, 0.0]
        self.share = [0.0, 0.0]
        self.yaw = self.pitch = self.error = 0.0
        self._now = [0.0, 0.0]  # gaze in the companion's frame
        self._from = [0.0, 0.0]
        self._age, self._length = 1.0, 0.0
        self._offset, self._averted = [0.0, 0.0], False
        self._next_fix, self._next_look = 0.6, float(self._rng.uniform(2, 4))
        self._weight = signals.Follow()
        self._let_go = 0.0
        self.shifted = self.met = False
        self.manner(Persona())

    def manner(self, persona: Persona) -> None:
        """How long it holds and leaves a person's eyes, and how quickly it goes on, by persona."""
        plain = Persona()
        self._hold = [persona.contact_seconds(s) / plain.contact_seconds(s) for s in (False, True)]
        self._away = [persona.aversion_seconds(s) / plain.aversion_seconds(s) for s in (False, True)]
        self._rest = persona.fixation_seconds

    def _fixate(self, dt: float, speaking: bool, contact: bool) -> None:
        """Choose where, about the target, to look: the eyes and mouth of a face, and now and then away."""
        self._next_fix -= dt
        self._next_look -= dt
        rng = self._rng
        if not contact:
            self._averted = False
            if self._next_fix <= 0:
                self._offset = [rng.normal(0, 0.008), rng.normal(0, 0.006)]
                self._next_fix = float(rng.uniform(0.5, 1.8))
            return
        if self._next_look <= 0:
            self._averted = not self._averted
            self.met = not self._averted
            if self._averted:
                side = float(rng.choice([-1.0, 1.0]))
                up = speaking and rng.random() < 0.4
                self._offset = [
                    side * rng.uniform(0.10, 0.22),
                    -rng.uniform(0.02, 0.08) if up else rng.uniform(0.04, 0.15),
                ]
                self._next_look = float(rng.uniform(0.6, 1.3) * (1.3 if speaking else 1.0) * self._away[speaking])
            else:
                self._offset = [0.0, 0.0]
                mean = (3.2 if speaking else 5.5) * self._hold[speaking]
                self._next_look = float(np.clip(rng.gamma(4.0, mean / 4), 1.5, 12.0))
            self._next_fix = float(rng.uniform(0.5, 1.2))
        elif self._next_fix <= 0 and not self._averted:
            spot = rng.random()
            x = -0.020 if spot < 0.42 else 0.020 if spot < 0.84 else 0.0
            self._offset = [x + rng.normal(0, 0.003), (0.0 if spot < 0.84 else 0.035) + rng.normal(0, 0.003)]
            self._next_fix = float(np.clip(rng.gamma(2.5, 0.35), 0.25, 2.5)) * self._rest

    def aim(
        self,
        target: tuple[float, float, float] | None,
        eye: Sequence[float],
        dt: float,
        speaking: bool,
        hold: float,
        contact: bool,
    ) -> list[float]:
        """First half: choose the gaze and turn head and chest. target, eye : (3,) companion frame, metres, finite; no
        target for straight ahead; hold : 0-1, how much of the gaze stays on the target (a bow lets go); contact : the
        target is a person's eyes. Returns ``share``."""
        self.shifted = self.met = False
        self._fixate(dt, speaking, contact and target is not None)
        wanted_yaw, wanted_pitch, here = 0.0, 0.0, 0.0
        if target is not None:
            dx, dy, dz = target[0] - eye[0], target[1] - eye[1], target[2] - eye[2]
            if dx * dx + dy * dy + dz * dz > 0.0025:
                here = 1.0
                wanted_yaw = math.atan2(dx, dz)
                wanted_pitch = math.atan2(-dy, math.hypot(dx, dz))
                # what is behind is not looked at by wringing the neck
                if abs(wanted_yaw) > 2.0:
                    wanted_yaw, wanted_pitch, here = math.copysign(0.9, self._now[0]), 0.1, 0.6
        weight = self._weight.step(here * hold, 9.0, dt)
        self._let_go = 1.0 - hold
        lo, hi = HEAD_YAW + EYE_YAW, (-(HEAD_UP + EYE_UP), HEAD_DOWN + EYE_DOWN)
        base_yaw = max(-lo, min(lo, wanted_yaw))
        base_pitch = max(hi[0], min(hi[1], wanted_pitch))
        self._saccade(base_yaw + self._offset[0], base_pitch + self._offset[1], dt)
        goal = self._goal
        along = 0.25 if self._averted else 0.0
        head_yaw = _soft_limit(HEAD_PART * (base_yaw + along * self._offset[0]), HEAD_YAW)
        limit = HEAD_DOWN if base_pitch > 0 else HEAD_UP
        head_pitch = _soft_limit((0.58 if base_pitch > 0 else 0.72) * (base_pitch + along * self._offset[1]), limit)
        # the head does not follow what the eyes can hold: it moves on only when it is some degrees behind
        slack = 0.035
        for i, want in enumerate((head_yaw, head_pitch)):
            off = want - goal[i]
            if abs(off) > slack:
                goal[i] += off - math.copysign(slack, off)
        for i, follow in enumerate(self._follow):
            self.share[i] = follow.step(goal[i] * weight, 5.5, dt)
        return self.share

    def _saccade(self, yaw: float, pitch: float, dt: float) -> None:
        """Eyes towards (yaw, pitch): jumps at once when far, smooth pursuit when near."""
        now, start = self._now, self._from
        self._age += dt
        if self._age >= self._length:
            ey, ep = now[0] - yaw, now[1] - pitch
            amount = math.hypot(ey, ep)
            if amount > 0.02:
                start[0], start[1] = ey, ep
                self._age, self._length = 0.0, 0.021 + 0.0022 * math.degrees(amount)
                self.shifted = amount > 0.35
                self._age += dt
            else:
                k = math.exp(-dt / 0.05)
                now[0], now[1] = yaw + ey * k, pitch + ep * k
                return
        left = 1 - signals.ease(self._age / self._length)
        now[0], now[1] = yaw + start[0] * left, pitch + start[1] * left

    def solve(self, head: Sequence[Sequence[float]]) -> None:
        """Second half, when the head's turn is known: eyes onto the target. head : its (3, 3) world rotation."""
        weight = self._weight.value
        yaw, pitch = self._now
        c = math.cos(pitch)
        dx, dy, dz = math.sin(yaw) * c, -math.sin(pitch), math.cos(yaw) * c
        r0, r1, r2 = head
        x = dx * r0[0] + dy * r1[0] + dz * r2[0]
        y = dx * r0[1] + dy * r1[1] + dz * r2[1]
        z = dx * r0[2] + dy * r1[2] + dz * r2[2]
        want_yaw, want_pitch = math.atan2(x, z), math.atan2(-y, math.hypot(x, z))
        self.yaw = weight * _soft_limit(want_yaw, EYE_YAW)
        self.pitch = weight * _soft_limit(want_pitch, EYE_DOWN if want_pitch > 0 else EYE_UP)
        # eyes that let go, as in a bow, sink
        self.pitch += _LOWERED * self._let_go
        self.error = math.hypot((self.yaw - want_yaw) * math.cos(want_pitch), self.pitch - want_pitch)

    def turns(self) -> tuple[float, ...]:
        """Normalised rotations of the left and the right eye, xyzw each."""
        return eye_numbers(self.look_at, math.degrees(self.yaw), math.degrees(self.pitch))

    def ranges(self) -> tuple[float, float, float, float]:
        """Inner yaw, outer yaw, down, up through the companion's range maps: degrees for bones, weights for
        expressions; the last two are never both above zero."""
        return ranges(self.look_at, math.degrees(self.yaw), math.degrees(self.pitch))
