"""The order of motion of A actors of one model, written once: ``Troupe.step``. One companion is a troupe of one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ..linalg import quat
from ..model.model import AvatarModel
from ..types import VISEMES, Command, Express, FloatArray, Gaze, Gesture, Halt, Hold
from . import library
from .accents import BREATH, BROW, HEAD
from .body import Body
from .brows import brow_expression
from .constraints import Constraints
from .face import Face
from .gaze import Gaze as Looking
from .gaze import Head, finite_place
from .grasping import Carrying
from .idle import BREATH as BREATH_CHANNEL
from .idle import Blinks, Flicker, Idle
from .ik import Legs
from .influences import Influences
from .jaw import Jaw, JawMap
from .persona import Persona
from .player import Player
from .rig import ROW, ROWS, Poses, Rig
from .spring_plan import Plan
from .springs import STEP, Springs

LONGEST_STEP: Final = 0.1
"""Seconds; after a longer pause the motion goes on from where it was instead of leaping."""

_LEG_BONES: Final = tuple(f"{s}{b}" for s in ("left", "right") for b in ("UpperLeg", "LowerLeg", "Foot"))
_EYE_ROWS: Final = slice(ROW["leftEye"], ROW["rightEye"] + 1)
_SETTLING: Final = 90
_TOE_OUT: Final = math.radians(7)
_NOD: Final = {"neck": 0.4, "head": 0.6}
_TAKEN_IN: Final = 0.5
"""Seconds without a blink when it meets a person's eyes."""
_DRAWN: Final = 0.9
"""Of the breath's own swing: how far a breath before a phrase goes."""


class Troupe:
    """Moves A actors of one model together. Everything is made once here; a step allocates next to nothing.

    model : the companion; one without humanoid bones only has its springs, constraints and expressions moved.
    seeds : one for each actor, of everything random: equal seeds and equal steps give equal motion.
    personas : each actor's manner, None for the default's.
    mouth_map, mouth_names : (15, n) float32 from Oculus visemes to the named expressions; None for the five VRM vowels.
    It may have more rows, for what a mouth says beside the visemes.
    jaw : a jaw bone that speaks, None where expressions do.
    attention : each actor's last Gaze command; whoever calls ``step`` turns its target into ``look`` (``away`` needs
    none). poses : what the last step wrote.
    """

    def __init__(
        self,
        model: AvatarModel,
        seeds: Sequence[int] = (0,),
        personas: Sequence[Persona] | None = None,
        *,
        mouth_map: FloatArray | None = None,
        mouth_names: Sequence[str] | None = None,
        jaw: JawMap | None = None,
    ) -> None:
        self.model, self.actors = model, len(seeds)
        a = self.actors
        plan = Plan(model)
        self.rig = Rig(model, plan.nodes, a)
        self.springs = Springs(model, self.rig, plan)
        self.constraints = Constraints(model)
        self.face = Face(model, mouth_map, mouth_names, a)
        self._jaw = None if jaw is None else Jaw(model, jaw)
        self.blinks = [Blinks(seed) for seed in seeds]
        self.poses = self.rig.make_poses()
        width = len(VISEMES) if mouth_map is None else len(mouth_map)
        self._mouth = np.zeros((a, width), np.float32)
        self._least = np.array([0.0] * len(VISEMES) + [-1.0] * (width - len(VISEMES)), np.float32)
        self._lids = np.zeros(a, np.float32)
        self._speaking = [False] * a
        self.attention = [Gaze() for _ in seeds]
        self.personas = list(personas or [Persona()] * a)
        self.influences = Influences(model, self.rig)
        brows = brow_expression(model)
        self._brow = -1 if brows is None else self.face.index[brows[0]]
        self._brow_size = 0.0 if brows is None else brows[1]
        self._flickers = [Flicker(np.random.default_rng([seed, 3])) for seed in seeds]
        self._asked = np.zeros((a, len(model.expressions)), np.float32)
        self._now = 0.0
        if self.rig.human:
            self._make_human(seeds)
        self.step((), 0.0, 0.0)
        for _ in range(_SETTLING):
            self.springs.step(STEP, self.poses)
        self.rig.finish(self.poses)

    def _make_human(self, seeds: Sequence[int]) -> None:
        a, model = self.actors, self.model
        body = Body(model, self.rig)
        at = body.at
        self.carrying = Carrying(body)
        self.idle = Idle(body, seeds)
        self.gestures = Player(library.bank(body), a)
        self.head = Head(model, body, a)
        self.gaze = [Looking(self.head, seed) for seed in seeds]
        nod = body.pose()[None].repeat(3, 0)
        for axis in range(3):
            for bone, share in _NOD.items():
                nod[axis, body.row(bone), axis] += share
        nods = np.concatenate([nod.reshape(3, -1), np.zeros((3, 3), np.float32)], 1)
        self._basis = np.concatenate([self.idle.basis, nods, self.head.share])
        self._channels = np.zeros((a, len(self._basis)), np.float32)
        self._body = np.zeros((a, self._basis.shape[1]), np.float32)
        self._v, self._shift = self._body[:, : ROWS * 3].reshape(a, ROWS, 3), self._body[:, ROWS * 3 :]
        self._n = quat.identity((a, ROWS))
        self._half, self._ratio = np.empty((a, ROWS, 1), np.float32), np.empty((a, ROWS, 1), np.float32)
        self._aside = tuple((at["head"] + (0.75, -0.25, 1.0)).tolist())
        thigh, knee, ankle = (
            np.array([at[s + b] for s in ("left", "right")]) for b in ("UpperLeg", "LowerLeg", "Foot")
        )
        self.legs = Legs(at["hips"], thigh, knee, ankle, _TOE_OUT, a)
        self._leg_rows = np.array([ROW[b] for b in _LEG_BONES], np.int64)
        self._leg_list = self._leg_rows.tolist()
        self._hips = at["hips"].astype(np.float32)
        self._looks = np.zeros((a, 4), np.float32) if self.head.expression else None
        for actor, persona in enumerate(self.personas):
            self.become(persona, actor)

    def become(self, persona: Persona, actor: int = 0) -> None:
        """Give an actor a manner."""
        self.personas[actor] = persona
        if self.rig.human:
            idle = self.idle
            idle.tempo[actor], idle.size[actor] = persona.pace, persona.idle_amplitude
            idle.attention[actor] = persona.listening
            self.gestures.pace[actor], self.gestures.size[actor] = persona.pace, persona.gesture_amplitude
            self.gaze[actor].manner(persona)

    def command(self, command: Command, now: float, actor: int = 0) -> bool:
        """Take one command; False when it names something this companion does not have or that is not motion."""
        match command:
            case Express(name, intensity, seconds, fade):
                until = None if seconds is None else now + seconds
                return self.face.express(name, intensity, fade, until, actor)
            case Gesture(name, intensity, seconds) if self.rig.human:
                return self.gestures.start(actor, name, intensity, seconds)
            case Gaze():
                self.attention[actor] = command
                return True
            case Hold(weights):
                return self.face.held.hold(weights, actor)
            case Halt(fade):
                self.attention[actor] = Gaze()
                self.face.held.release(actor)
                if self.rig.human:
                    self.gestures.stop(actor)
                return self.face.express("neutral", 1.0, fade, None, actor)
        return False

    def step(
        self,
        commands: Sequence[tuple[int, Command]],
        now: float,
        dt: float,
        *,
        look: Sequence[FloatArray | None] | FloatArray | None = None,
        mouth: FloatArray | None = None,
        speaking: Sequence[bool] | None = None,
        accents: FloatArray | None = None,
        out: Poses | None = None,
    ) -> Poses:
        """One frame of life.

        commands : (actor, command); Express, Gesture and Gaze are acted on, others ignored; now : seconds on the
        engine's clock; dt : seconds since the last step; look : for each actor (3,) float32 the person's eyes (or the
        point a Gaze command asked for) in the companion's frame, metres, or None; mouth : (A, 15) float32 Oculus viseme
        weights or None for silence; speaking : (A,) it talks; accents : (A, 5) what goes with speech, as
        ``cospeech.Accents.sample`` writes it, or None; out : the poses to write, default ``poses``. Values that are not
        finite are taken as absent. Returns the poses written.
        """
        poses = self.poses if out is None else out
        self._now = now = now if math.isfinite(now) else self._now
        dt = min(dt, LONGEST_STEP) if math.isfinite(dt) and dt > 0 else 0.0
        for actor, command in commands:
            self.command(command, now, actor)
        talks = self._speaking if speaking is None else speaking
        if accents is not None and not np.isfinite(accents).all():
            accents = None
        if self.rig.human:
            self._move_body(dt, look, talks, accents, poses)
        if self._jaw is not None:
            self._jaw.loosen(poses)
        self.influences.play(dt, poses)
        spoken = self._finite_mouth(mouth)
        if self._jaw is not None:
            self._jaw.step(spoken, poses)
        for actor, blinks in enumerate(self.blinks):
            rate = self.personas[actor].blink_rate * (1.35 if talks[actor] else 1.0)
            self._lids[actor] = self._lid(actor, blinks.step(dt, rate))
        looks = self._looks if self.rig.human else None
        idle = self.idle if self.rig.human else None
        self.face.step(
            now,
            dt,
            self._lids,
            spoken,
            looks,
            poses.morphs,
            self._more(dt, accents),
            None if idle is None else idle.vivid,
            None if idle is None else idle.lids,
        )
        self.influences.shape(poses.morphs)
        # constraints, forward kinematics, springs
        if self.constraints.count:
            self.constraints.apply(poses)
        self.rig.forward(poses)
        self.springs.step(dt, poses)
        self.rig.finish(poses)
        return poses

    def _move_body(
        self,
        dt: float,
        look: Sequence[FloatArray | None] | FloatArray | None,
        talks: Sequence[bool],
        accents: FloatArray | None,
        poses: Poses,
    ) -> None:
        """Gestures over idle life, then gaze: the head, and when the head is known, the eyes."""
        gestures, head, channels = self.gestures, self.head, self._channels
        gestures.step(dt)
        targets = [
            self._aside if a.target == "away" else finite_place(None if look is None else look[actor])
            for actor, a in enumerate(self.attention)
        ]
        contact = [
            a.target in ("user", "camera") and p is not None for a, p in zip(self.attention, targets, strict=True)
        ]
        live = self.idle.step(dt, talks, self.face.arousal(), contact)
        channels[:, : live.shape[1]] = live
        if accents is None:
            channels[:, -5:-2] = 0
        else:
            channels[:, -5:-2] = accents[:, HEAD]
            channels[:, BREATH_CHANNEL] += _DRAWN * accents[:, BREATH]
        eyes, shares = head.eyes.tolist(), []
        for actor, gaze in enumerate(self.gaze):
            hold = gestures.gaze_hold[actor]
            shares.append(gaze.aim(targets[actor], eyes[actor], dt, talks[actor], hold, contact[actor]))
            self.face.extra(actor, gestures.face(actor))
        channels[:, -2:] = shares
        # one product an actor: summed in the same order, to the last bit, however many there are
        np.matmul(channels[:, None], self._basis, out=self._body[:, None])
        self._body += self.idle.ease
        if gestures.busy:
            self._body += gestures.value
        n = quat.turns(self._v, self._n, self._half, self._ratio)
        led = self.influences.turn(self._now, dt, n)
        head.place(n, self._shift)
        head.eyes[:, 1] -= self._shift[:, 1]
        legs = self.legs.solve(head.turns[:, 0, :3, :3], self._shift)
        n[:, self._leg_rows] = legs.reshape(self.actors, 6, 4)
        head.eyes[:, 1] += self._shift[:, 1]
        if led:
            self.influences.turn(self._now, dt, n, self._leg_list)
        if self.influences.grasp(dt, n, self._shift + self._hips):
            head.place(n, self._shift)
        self._look_there(n)
        if led:
            self.influences.turn(self._now, dt, n, _EYE_ROWS)
        self.rig.write_body(n, self._shift, poses)

    def _look_there(self, n: FloatArray) -> None:
        head, eyes = self.head, []
        for actor, turn in enumerate(head.turns[:, -1, :3, :3].tolist()):
            gaze = self.gaze[actor]
            gaze.solve(turn)
            if head.bone:
                eyes.append(gaze.turns())
            if self._looks is not None:
                _, side, down, up = gaze.ranges()
                self._looks[actor] = (side if gaze.yaw > 0 else 0.0, side if gaze.yaw < 0 else 0.0, down, up)
            if gaze.shifted:
                self.blinks[actor].trigger()
            elif gaze.met:
                self.blinks[actor].hold(_TAKEN_IN)
        if eyes:
            n[:, _EYE_ROWS] = np.array(eyes, np.float32).reshape(self.actors, 2, 4)

    def _more(self, dt: float, accents: FloatArray | None) -> FloatArray | None:
        """(A, E) what else the face is asked for, None for nothing: puppets and clips, and brows with speech."""
        asks, asked = self.influences.asks, self._asked
        lifts = [flicker.step(dt) for flicker in self._flickers] if self._brow >= 0 else []
        if accents is not None and self._brow >= 0:
            lifts = np.maximum(lifts, accents[:, BROW]).tolist()
        if not any(lifts):
            return self.influences.expressions if asks else None
        if asks:
            np.copyto(asked, self.influences.expressions)
        else:
            asked[:] = 0
        for actor, lift in enumerate(lifts):
            asked[actor, self._brow] = max(float(asked[actor, self._brow]), self._brow_size * lift)
        return asked

    def _lid(self, actor: int, blink: float) -> float:
        """Upper lids follow the eyes down a little, and sink when the gaze lets go, as in a bow."""
        if not self.rig.human:
            return blink
        follow = min(0.35, 0.9 * max(0.0, self.gaze[actor].pitch)) if self.head.bone else 0.0
        return max(blink, follow, 0.7 * (1.0 - self.gestures.gaze_hold[actor]))

    def _finite_mouth(self, mouth: FloatArray | None) -> FloatArray | None:
        """(A, 15 or more) weights within 0 and 1, what is beside them within -1 and 1; all zero for an actor of whom
        something is not finite."""
        if mouth is None:
            return None
        mouth = mouth[:, : self._mouth.shape[1]]
        spoken = self._mouth[:, : mouth.shape[1]]
        np.clip(mouth, self._least[: mouth.shape[1]], 1, out=spoken)
        if not math.isfinite(float(spoken.sum())):
            spoken[~np.isfinite(spoken).all(axis=1)] = 0
        return spoken
