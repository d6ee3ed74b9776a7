"""How a companion stands by its anchor: it appears and goes by fading, and never leaps where it is seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from ..linalg import affine
from ..linalg.signals import ease
from ..spelling import BESIDE, parse_anchor
from ..types import FloatArray, Move, Observation
from .anchors import Anchor, PictureSpot, Spot
from .anchors_person import Palm, Shoulder
from .anchors_tags import TagAnchor
from .build import Build
from .camera import Camera
from .half import HalfFrame
from .layout import Layout, life_size
from .person import FADE, HOLD, looked_at, person_in
from .placement import Placement, placed

FADE_S: Final = 0.35
CROSS_S: Final = 0.6
"""Seconds for which two places are seen when the anchor is changed, unless another length is asked for."""
GLIDE_S: Final = 0.8
_APPEAR, _KEEP = 0.35, 0.12  # of an anchor's confidence
_LEAP: Final = (0.10, 0.45)  # metres, and companion heights, in one picture that must not be seen


class Placer(Protocol):
    """Something that places a companion, several times over while places change: the first is the present one."""

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> tuple[Placement, ...]:
        """The placements ``dt`` seconds after the last ones."""
        ...


@dataclass(slots=True)
class _Beside:
    layout: Layout

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> tuple[Placement, ...]:
        return (self.layout.step(observation, camera, dt),)


class OnAnchor:
    """Stands where an anchor is, as visible as that is sure: lost, it fades where it was."""

    def __init__(self, build: Build, anchor: Anchor) -> None:
        self._build, self._anchor = build, anchor
        self._spot: Spot | None = None
        self._opacity = 0.0
        self._left: list[tuple[Placement, float]] = []
        self._eyes: FloatArray | None = None
        self._age = math.inf

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> tuple[Placement, ...]:
        """The present placement, and those that still fade after a leap."""
        person = person_in(observation, camera) if observation is not None else None
        self._age = 0.0 if person is not None else self._age + dt
        if person is not None:
            self._eyes = person[0]
        elif self._age > HOLD + FADE:
            self._eyes = None
        spot = self._anchor.step(observation, camera, dt)
        self._left = [(p, v - dt / FADE_S) for p, v in self._left if v > dt / FADE_S]
        if spot is not None and spot.confidence >= (_KEEP if self._opacity > 0 else _APPEAR):
            if self._spot is not None and self._opacity > 0 and self._leaps(spot):
                self._left.append((self._placement(self._spot, camera), self._opacity))
                self._opacity = 0.0
            self._spot = spot
            self._opacity = min(1.0, self._opacity + dt / FADE_S)
        else:
            self._opacity = max(0.0, self._opacity - dt / FADE_S)
        shown = self._spot if self._spot is not None else _nowhere()
        faded = (replace(p, opacity=v) for p, v in self._left)
        return (self._placement(shown, camera), *faded)

    def _leaps(self, spot: Spot) -> bool:
        assert self._spot is not None
        if spot.place != self._spot.place:
            return True
        height = spot.height or self._build.height
        far = float(np.linalg.norm(spot.frame[:3, 3] - self._spot.frame[:3, 3]))
        turned = float(np.trace(spot.frame[:3, :3].T @ self._spot.frame[:3, :3])) < 1.0  # 90 degrees
        return far > max(_LEAP[0], _LEAP[1] * height) or turned

    def _placement(self, spot: Spot, camera: Camera) -> Placement:
        scale = life_size(self._build) if spot.height is None else spot.height / self._build.height
        return placed(
            self._build,
            spot.frame,
            scale,
            camera,
            self._opacity,
            None if self._eyes is None else looked_at(self._eyes, self._age),
            self._age,
            None if spot.before_person is None else not spot.before_person,
            spot.floor,
            spot.hold,
        )


def _nowhere() -> Spot:
    frame = np.eye(4, dtype=np.float32)
    frame[:3, 3] = (0, -1.2, -3)
    return Spot(frame, 0.0)


@dataclass(slots=True)
class _Shift:
    """What a move adds to a placer's places: offset (3) metres, turn, log of the scale; glides from one to another."""

    begin: FloatArray
    end: FloatArray
    seconds: float = 0.0
    age: float = 0.0

    def step(self, dt: float) -> FloatArray:
        self.age += dt
        share = ease(self.age / self.seconds) if self.seconds > 0 else 1.0
        return (self.begin + (self.end - self.begin) * np.float32(share)).astype(np.float32)


@dataclass(slots=True)
class _Stand:
    name: str
    placer: Placer
    shift: _Shift
    level: float
    rate: float
    arrived: bool = False


class Standing:
    """One companion's standing, by one anchor after another.

    build : of the companion; anchor : ``beside``, ``left-half``, ``right-half``, ``shoulder``, ``palm``, ``tag`` or
    ``spot X,Y``, as the person sees the picture; mirror : they see it as in a mirror. UsageError for another anchor.
    """

    def __init__(self, build: Build, anchor: str = BESIDE, mirror: bool = False) -> None:
        self.build = build
        self._stands = [self._made(anchor, mirror, Move(anchor), 1.0, 1.0)]

    @property
    def anchor(self) -> str:
        """The name of the anchor it stands by, or is about to."""
        return self._stands[0].name.split()[0]

    @property
    def waiting(self) -> bool:
        """Whether the anchor was never found yet."""
        return not self._stands[0].arrived

    def move(self, move: Move, mirror: bool = False) -> None:
        """Go to another anchor, or elsewhere on this one. UsageError for an anchor that there is not."""
        name = _normal(move.anchor)
        if name == self._stands[0].name or (name == "spot" and self._stands[0].name.startswith("spot")):
            shift = self._stands[0].shift
            seconds = GLIDE_S if move.seconds is None else move.seconds
            self._stands[0].shift = _Shift(shift.step(0.0), _shift(move), seconds)
            return
        rate = 1 / max(CROSS_S if move.seconds is None else move.seconds, 1e-3)
        fresh = self._made(name, mirror, move, 0.0, rate)
        if not self._stands[0].arrived and len(self._stands) > 1:
            self._stands.pop(0)
        for stand in self._stands:
            stand.rate = rate
        self._stands.insert(0, fresh)

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> tuple[Placement, ...]:
        """The present placement, then any others that are still seen while it appears and they go. What it stood by
        before is left only when the new anchor is there."""
        found: list[Placement] = []
        for k, stand in enumerate(self._stands):
            places = stand.placer.step(observation, camera, dt)
            stand.arrived = stand.arrived or places[0].opacity > 0
            way = (1 if stand.arrived else 0) if k == 0 else -1 if k > 1 or self._stands[0].arrived else 0
            stand.level = min(max(stand.level + way * stand.rate * dt, 0.0), 1.0)
            shift = stand.shift.step(dt)
            for number, place in enumerate(places):
                if (k or number) and place.opacity * stand.level <= 0:
                    continue
                seen = replace(place, opacity=place.opacity * ease(stand.level))
                found.append(self._shifted(seen, shift, camera))
        self._stands = [s for k, s in enumerate(self._stands) if k == 0 or s.level > 0]
        return tuple(found)

    def _made(self, anchor: str, mirror: bool, move: Move, level: float, rate: float) -> _Stand:
        shift = _shift(move)
        return _Stand(_normal(anchor), self._placer(anchor, mirror), _Shift(shift, shift), level, rate)

    def _placer(self, anchor: str, mirror: bool) -> Placer:
        name, spot = parse_anchor(anchor)
        if name in ("left-half", "right-half"):
            return _Beside(HalfFrame(self.build, 1 if (name == "right-half") != mirror else -1))
        if name == "spot":
            x, y = spot
            return OnAnchor(self.build, PictureSpot(self.build, 1 - x if mirror else x, y))
        if name in ("shoulder", "palm", "tag"):
            anchors: dict[str, Callable[[], Anchor]] = {"shoulder": Shoulder, "palm": Palm, "tag": TagAnchor}
            return OnAnchor(self.build, anchors[name]())
        return _Beside(Layout(self.build))

    def _shifted(self, place: Placement, shift: FloatArray, camera: Camera) -> Placement:
        if not shift.any():
            return place
        scale = float(np.linalg.norm(place.matrix[:3, 0]))
        frame = place.matrix.copy()
        frame[:3, :3] /= np.float32(scale)
        half = float(shift[3]) / 2
        turn = np.array([0, math.sin(half), 0, math.cos(half)], np.float32)
        frame = (frame @ affine.compose(shift[:3], turn)).astype(np.float32)
        eyes = place.look_at if place.look_at.any() else None
        scale *= math.exp(float(shift[4]))
        moved = placed(
            self.build,
            frame,
            scale,
            camera,
            place.opacity,
            eyes,
            place.person_age,
            place.behind_person,
            place.floor,
            place.hold,
        )
        return replace(moved, side=place.side)


def _normal(anchor: str) -> str:
    return " ".join(anchor.replace(":", " ").replace("=", " ").lower().split())


def _shift(move: Move) -> FloatArray:
    offset = move.offset or (0.0, 0.0, 0.0)
    return np.array([*offset, move.turn or 0.0, math.log(move.scale or 1.0)], np.float32)
