"""One layer: the clip it plays now, and what is left of the motion before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..linalg import quat
from ..types import FloatArray
from .clips import BoundClip, ClipPose
from .inertia import decay, turn_gap, way_gap
from .mixing import Frame, History, Part, Rows, places, shapes
from .timing import Timing
from .turns import Turns

Read = Callable[[Frame | ClipPose], FloatArray]


@dataclass(slots=True)
class Voice:
    """A clip being played. mask : (J,) weights, the layer's own included; base : what an additive clip differs from;
    seconds : since it began; pose : where it is sampled."""

    bound: BoundClip
    timing: Timing
    mask: FloatArray
    weight: float
    fade: float
    loop: bool
    base: ClipPose | None
    pose: ClipPose
    seconds: float = 0.0
    seam: bool = False

    @property
    def time(self) -> float:
        return self.timing.at(self.seconds)

    @property
    def over(self) -> bool:
        if self.loop or self.bound.duration <= 0:
            return False  # one pose has no end
        return self.time >= self.bound.duration if self.timing.speed > 0 else self.timing.speed < 0 and self.time <= 0

    @property
    def lap(self) -> int:
        return math.floor(self.time / self.bound.duration) if self.loop and self.bound.duration > 0 else 0

    def ahead(self, gap: float, dt: float) -> tuple[ClipPose, ClipPose]:
        """Where this lap of the clip was ``gap`` seconds ago, at its beginning at the earliest, and ``dt`` later."""
        was, now = self.seconds - gap, self.time
        time = self.timing.at(was)
        later = self.timing.at(was + dt) - time
        if self.lap != math.floor(time / self.bound.duration if self.bound.duration > 0 else 0):
            # the ends of a lap are different poses: the one on this side counts
            edge = self.bound.duration * (self.lap if now > time else self.lap + 1)
            time = math.nextafter(edge, now)
        return self.bound.pose(time, self.loop), self.bound.pose(time + later, self.loop)


@dataclass(slots=True)
class Layer:
    """voice : what plays, None when nothing does; busy : it has something to write; age : seconds since the last
    change; given : expressions, weighted; look : (yaw, pitch, weight), degrees."""

    name: str
    voice: Voice | None = None
    busy: bool = False
    pending: bool = False
    age: float = 0.0
    fade: float = 0.0
    given: dict[str, float] = field(default_factory=dict)
    look: tuple[float, float, float] = (0.0, 0.0, 0.0)
    _left: dict[str, float] = field(default_factory=dict)
    _look_left: tuple[float, float, float] = (0.0, 0.0, 0.0)
    _turns: Turns = field(default_factory=lambda: Turns(0))
    _parts: tuple[Part, ...] = ()
    _base: FloatArray = field(default_factory=lambda: quat.identity((0,)))
    _settled: bool = False

    def change(self, voice: Voice | None, fade: float, gap: float) -> None:
        """Go over to another clip, or to nothing. gap : seconds since the frame last shown."""
        self.voice, self.fade, self.age, self.pending, self.busy = voice, fade, gap, True, True

    def switch(self, before: History, after: History, gap: float, dt: float, shown: int) -> None:
        """Measure the gap between what was shown and what would have been. shown : number of frames there are, of
        which two are needed to know a speed; dt : seconds between them; gap : seconds since the last."""
        self.pending = self._settled = False
        voice = self.voice
        self._arm(before.now, tuple(p.rows for p in self._parts))
        known = dt if shown > 1 else 0.0
        now, old = (before.last, after.last), (before.older, after.older)
        if not shown:
            now = old = (before.now, before.now)
        first = second = None
        if voice is not None:
            first, second = voice.ahead(gap, max(known, 1e-3))
        if self.fade > 0:
            turn, way, shape = self._parts
            r = turn.rows
            one = self._target(now[0].rotation[r], first, None)
            two = self._target(old[0].rotation[r], first, second)
            turn.gap[:] = turn_gap((now[1].rotation[r], one), (old[1].rotation[r], two), known)
            for part, read in ((way, places), (shape, shapes)):
                one, two = (
                    self._placed(part, read, now[0], first, None),
                    self._placed(part, read, old[0], first, second),
                )
                part.gap[:] = way_gap((read(now[1])[part.rows], one), (read(old[1])[part.rows], two), known)
        self._left, self._look_left = {}, (0.0, 0.0, 0.0)
        if self.fade > 0:
            weight = voice.weight if voice is not None else 0.0
            aim = first.expressions if first is not None else {}
            for name in self.given.keys() | aim.keys():
                self._left[name] = self.given.get(name, 0.0) - weight * aim.get(name, 0.0)
            self._look_left = self._look_gap(first)
        if voice is not None:
            self.given |= {name: 0.0 for name in voice.bound.expression_names if name not in self.given}

    def write(self, frame: Frame, out: Frame) -> None:
        """Mix over ``frame`` into ``out``."""
        voice = self.voice
        gap, speed = decay(self.age, self.fade)
        if self.age >= self.fade:
            if voice is None:
                self.busy, self._parts, self.look = False, (), (0.0, 0.0, 0.0)
                self.given.clear()
                return
            if not self._settled:
                self._settled = True
                self._arm(frame, ())
                self.given = dict.fromkeys(voice.bound.expression_names, 0.0)
        if voice is not None:
            voice.bound.sample(voice.time, voice.pose, voice.loop)
        turn, way, shape = self._parts
        if len(turn.rows):
            self._turn(turn, frame.rotation, gap, speed)
            turn.write(out.rotation)
        for part, read in ((way, places), (shape, shapes)):
            if len(part.rows):
                self._move(part, read, frame, gap, speed)
                part.write(read(out))
        self._face(gap)

    def _arm(self, frame: Frame, before: tuple[Rows, ...]) -> None:
        """Buffers for the rows the clip moves and those that are still on their way."""
        voice = self.voice
        wanted = _wanted(voice) if voice is not None else (np.zeros(0, np.intp),) * 3
        mask = voice.mask if voice is not None else np.zeros(len(frame.rotation), np.float32)
        weight = voice.weight if voice is not None else 0.0
        parts = []
        for i, (rows, values, gap) in enumerate(
            zip(wanted, (frame.rotation, frame.translation, frame.morphs), (3, 3, 1), strict=True)
        ):
            both = np.union1d(rows, before[i]).astype(np.intp) if before else rows
            share = np.where(np.isin(both, rows), mask[both] if i < 2 else weight, 0).astype(np.float32)
            parts.append(Part(both, len(values), values.shape[1], gap, share))
        self._parts = tuple(parts)
        self._turns = Turns(len(parts[0].rows))
        if voice is not None and voice.base is not None:
            self._base = quat.conjugate(voice.base.rotation[parts[0].rows])

    def _turn(self, part: Part, rotation: FloatArray, gap: float, speed: float) -> None:
        turns, voice = self._turns, self.voice
        rotation.take(part.rows, axis=0, out=part.one, mode="clip")
        target = part.one
        if voice is not None:
            voice.pose.rotation.take(part.rows, axis=0, out=part.clip, mode="clip")
            if voice.base is None:
                target = turns.mix(part.one, part.clip, part.weight, part.two)
            else:
                turns.multiply(self._base, part.clip, part.two)
                turns.part(part.two, part.weight, part.clip)
                target = turns.normalize(turns.multiply(part.one, part.clip, part.two))
        if gap or speed:
            turns.exp(part.settle(gap, speed), part.clip)
            turns.normalize(turns.multiply(part.clip, target, part.found))
        else:
            part.found[:] = target

    def _move(self, part: Part, read: Read, frame: Frame, gap: float, speed: float) -> None:
        read(frame).take(part.rows, axis=0, out=part.found, mode="clip")
        voice = self.voice
        if voice is not None:
            read(voice.pose).take(part.rows, axis=0, out=part.clip, mode="clip")
            if voice.base is None:
                part.clip -= part.found
            else:
                read(voice.base).take(part.rows, axis=0, out=part.one, mode="clip")
                part.clip -= part.one
            part.clip *= part.spread
            part.found += part.clip
        if gap or speed:
            part.found += part.settle(gap, speed)

    def _target(self, found: FloatArray, first: ClipPose | None, second: ClipPose | None) -> FloatArray:
        """What the rotations would be over ``found``; with ``second``, which comes later than ``first``, the clip is as
        much earlier instead."""
        voice, part = self.voice, self._parts[0]
        if voice is None or first is None or not len(part.rows):
            return found
        clip = first.rotation[part.rows]
        if second is not None:
            clip = quat.multiply(quat.multiply(clip, quat.conjugate(second.rotation[part.rows])), clip)
        out = np.empty_like(clip)
        if voice.base is None:
            return self._turns.mix(found, clip, part.weight, out)
        return quat.multiply(found, self._turns.part(quat.multiply(self._base, clip), part.weight, out))

    def _placed(
        self,
        part: Part,
        read: Read,
        frame: Frame,
        first: ClipPose | None,
        second: ClipPose | None,
    ) -> FloatArray:
        found, voice = read(frame)[part.rows], self.voice
        if voice is None or first is None:
            return found
        clip = read(first)[part.rows]
        if second is not None:
            clip = 2 * clip - read(second)[part.rows]
        base = found if voice.base is None else read(voice.base)[part.rows]
        return np.asarray(found + part.spread * (clip - base), np.float32)

    def _look_gap(self, first: ClipPose | None) -> tuple[float, float, float]:
        yaw, pitch, weight = self.look
        if first is None or first.look is None or self.voice is None:
            return 0.0, 0.0, weight
        if weight <= 0:
            return 0.0, 0.0, -self.voice.weight
        return yaw - first.look[0], pitch - first.look[1], weight - self.voice.weight

    def _face(self, gap: float) -> None:
        """Expressions and eyes: what the clip says, and what is left of before."""
        voice = self.voice
        weight, aim = (0.0, None) if voice is None else (voice.weight, voice.pose.expressions)
        for name in self.given:
            own = weight * aim.get(name, 0.0) if aim is not None else 0.0
            self.given[name] = min(max(own + gap * self._left.get(name, 0.0), 0.0), 1.0)
        yaw, pitch, w = self._look_left
        if voice is not None and voice.pose.look is not None:
            at = voice.pose.look
            self.look = at[0] + gap * yaw, at[1] + gap * pitch, min(max(weight + gap * w, 0.0), 1.0)
        else:
            self.look = self.look[0], self.look[1], min(max(gap * w, 0.0), 1.0)


def _wanted(voice: Voice) -> tuple[Rows, Rows, Rows]:
    """Rows of each part that a clip moves with a weight above zero."""
    bound, mask = voice.bound, voice.mask
    weighs = bound.weighs if voice.weight > 0 else bound.weighs[:0]
    return bound.nodes[mask[bound.nodes] > 0], bound.moved[mask[bound.moved] > 0], weighs
