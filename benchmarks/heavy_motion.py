"""The motion that is measured, the same for every side: talking, feeling, gesturing, looking about, hair touching."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import heavy_companion
import numpy as np

from avatar.animate.library import GESTURES
from avatar.animate.troupe import Troupe
from avatar.model.load import load
from avatar.model.model import AvatarModel
from avatar.types import Command, Express, Gesture

DT = 1 / 60
PARTS = ("body", "face", "skeleton", "springs")
_EVERY = 120
"""Frames between an actor's gestures."""


@cache
def heavy(chains: int = heavy_companion.CHAINS, long: int = heavy_companion.LONG) -> AvatarModel:
    """The heavy companion with so many chains of springs."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "heavy.vrm"
        path.write_bytes(heavy_companion.build(chains, long))
        return load(path)


def without_colliders(model: AvatarModel) -> AvatarModel:
    """The same, its springs free to go through everything."""
    return replace(model, colliders=[], springs=[replace(s, colliders=()) for s in model.springs])


class Motion:
    """A troupe of one model that lives through the same frames each time. k : the frame that is next; look : (A, 3)
    metres, what the actors look at.

    speaking, gestures, a face, the look and visemes differ from actor to actor, so that no frame is everybody's
    dearest.
    """

    def __init__(self, model: AvatarModel, actors: int) -> None:
        self.troupe = Troupe(model, range(1, actors + 1))
        self.k = 0
        self._mouth = np.zeros((actors, 15), np.float32)
        self.look = np.zeros((actors, 3), np.float32)
        self._speaking = [True] * actors
        self._who = np.arange(actors)
        human = self.troupe.rig.human
        self._height = self.troupe.head.eyes[:, 1].copy() if human else np.zeros(actors, np.float32)
        self._parts: dict[str, float] = {}

    def step(self) -> tuple[float, float]:
        """One frame; (wall, processor) milliseconds that the troupe took."""
        now = self.k * DT
        self._mouth[:] = 0
        self._mouth[self._who, (self.k // 6 + self._who) % 15] = 1
        self.look[:, 0] = 0.5 * np.sin(1.1 * now + self._who)
        self.look[:, 1] = self._height + 0.1 * np.sin(0.7 * now + self._who)
        self.look[:, 2] = 1.5
        commands: list[tuple[int, Command]] = []
        for actor in range((-self.k) % 7, len(self._who), 7):
            turn, late = divmod(self.k + 7 * (actor * 5 % 17), _EVERY)
            if late < 7:
                commands.append((actor, Gesture(GESTURES[(turn + actor) % len(GESTURES)])))
                commands.append((actor, Express(("happy", "sad", "neutral")[turn % 3])))
        self.k += 1
        wall, cpu = time.perf_counter(), time.thread_time()
        self.troupe.step(commands, now, DT, look=self.look, mouth=self._mouth, speaking=self._speaking)
        return (time.perf_counter() - wall) * 1e3, (time.thread_time() - cpu) * 1e3

    def run(self, frames: int) -> np.ndarray:
        """(frames, 2) milliseconds of each step, wall and processor."""
        return np.array([self.step() for _ in range(frames)])

    def by_part(self, frames: int) -> dict[str, float]:
        """Median wall milliseconds of each of PARTS; the clock between them is in the body's."""
        troupe, rows = self.troupe, []
        for owner, name, part in (
            (troupe.face, "step", "face"),
            (troupe.rig, "write_body", "skeleton"),
            (troupe.rig, "forward", "skeleton"),
            (troupe.rig, "finish", "skeleton"),
            (troupe.springs, "step", "springs"),
        ):
            self._time(owner, name, part)
        for _ in range(frames):
            self._parts = dict.fromkeys(PARTS, 0.0)
            whole = self.step()[0]
            self._parts["body"] = whole - sum(self._parts.values())
            rows.append([self._parts[p] for p in PARTS])
        return dict(zip(PARTS, np.median(rows, axis=0).round(4).tolist(), strict=True))

    def _time(self, owner: object, name: str, part: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any, **more: Any) -> Any:
            begun = time.perf_counter()
            result = real(*arguments, **more)
            self._parts[part] += (time.perf_counter() - begun) * 1e3
            return result

        setattr(owner, name, timed)

    def touching(self) -> float:
        """Share of the spring joints whose ends are in a collider's reach or on its surface now."""
        springs = self.troupe.springs
        if not springs.count or not springs.colliders.any:
            return 0.0
        gap = springs.colliders.gaps(springs.tail, np.arange(springs.actors))
        return float((gap.min(axis=1) < 1e-5).mean())
