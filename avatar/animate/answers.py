"""What a companion does of itself when a person comes, smiles, waves, bows or talks: courtesies, each of which a
persona can leave out, and all of which ``quiet`` does.

They answer what is seen and nothing else; nobody is called back, and nothing is made of a person's going away. Times
are people's own: a smile is answered after 0.4 to 0.9 s (facial mimicry is measurable from 0.3 s on, Dimberg et al.
2000, and seen about half a second later), a greeting after half a second; listeners nod every few seconds, at the end
of a phrase or in a pause (Yngve 1970, Maatman et al. 2005).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..types import Command, Express, Gesture
from .persona import Persona

_NOTICED: Final = 0.6
"""Seconds somebody must be there before it counts as an arrival."""
_SMILE_ON, _SMILE_OFF, _SMILE_SURE = 0.42, 0.25, 0.25
_SMILE_AFTER: Final = (0.4, 0.9)
_SMILE_STAYS: Final = 0.8
_SMILE_SIZE: Final = 0.45
_RETURNS: Final = {"wave": "wave", "bow": "bow_small"}
"""What is answered with what."""
_RETURN_AFTER: Final = (0.35, 0.7)
_RETURN_REST: Final = 8.0
"""Seconds before the same is answered again."""
_NOD_FIRST, _NOD_REST = 1.6, (3.5, 8.0)
_NOD_PAUSE: Final = 0.25
"""A pause of the person's this long, after a phrase, is where a nod belongs."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to answer. present : a person is seen; smile : 0-1, None unseen; talking : their lips move as in
    speech; signs : names of gestures that they have just begun (``presence.user.gesture``)."""

    present: bool = False
    smile: float | None = None
    talking: bool = False
    signs: Sequence[str] = ()


class Answers:
    """State of one companion's courtesies. Deterministic: equal seeds and equal sights give equal answers.

    greeted : somebody has been greeted, so that nobody is again.
    """

    def __init__(self, persona: Persona | None = None, seed: int = 0) -> None:
        self._rng = np.random.default_rng([seed, 5])
        self.persona = persona or Persona()
        self._now = -math.inf
        self._there = 0.0
        self.greeted = False
        self._smiled = self._unsmiled = 0.0
        self._smile_at: float | None = None
        self._smiling = False
        self._due: list[tuple[float, str]] = []
        self._answered: dict[str, float] = {}
        self._talked = self._paused = 0.0
        self._next_nod = 0.0

    def step(self, sight: Sight, now: float, *, busy: bool = False, feeling: bool = False) -> list[Command]:
        """What to do at ``now`` seconds. busy : it speaks or makes a gesture, so that its body is not free; feeling :
        somebody else has asked for an expression, which is left alone."""
        dt = min(max(now - self._now, 0.0), 0.25) if math.isfinite(self._now) else 0.0
        self._now = now
        commands: list[Command] = []
        if self.persona.quiet:
            self._due.clear()
            return self._smile_back(Sight(), now, dt, feeling)
        if self.persona.greets:
            self._greet(sight, now, dt)
        if self.persona.answers:
            self._answer(sight, now)
        if self._due and not busy:
            at, name = self._due[0]
            if at <= now:
                self._due.pop(0)
                # what comes very late is no answer any more
                if now - at < 2.0:
                    commands.append(Gesture(name))
                    busy = True
        commands += self._smile_back(sight, now, dt, feeling)
        if self.persona.nods:
            commands += self._nod(sight, now, dt, busy)
        return commands

    def _greet(self, sight: Sight, now: float, dt: float) -> None:
        """Once, however often somebody comes and goes."""
        self._there = self._there + dt if sight.present else 0.0
        if not self.greeted and self._there >= _NOTICED:
            self.greeted = True
            self._put(now, "wave")

    def _answer(self, sight: Sight, now: float) -> None:
        for sign in sight.signs:
            back = _RETURNS.get(sign)
            if back is not None and now - self._answered.get(back, -math.inf) >= _RETURN_REST:
                self._put(now, back)

    def _put(self, now: float, name: str) -> None:
        self._answered[name] = now
        self._due.append((now + float(self._rng.uniform(*_RETURN_AFTER)), name))

    def _smile_back(self, sight: Sight, now: float, dt: float, feeling: bool) -> list[Command]:
        smile = sight.smile if sight.smile is not None and self.persona.smiles_back else 0.0
        self._smiled = self._smiled + dt if smile >= _SMILE_ON else 0.0
        self._unsmiled = 0.0 if smile >= _SMILE_OFF else self._unsmiled + dt
        if feeling:
            self._smiling, self._smile_at = False, None
        elif self._smiling:
            if self._unsmiled >= _SMILE_STAYS:
                self._smiling = False
                return [Express("neutral", fade=0.8)]
        elif self._smile_at is not None:
            if now >= self._smile_at:
                self._smile_at, self._smiling, self._unsmiled = None, True, 0.0
                size = _SMILE_SIZE * (0.6 + 0.8 * self.persona.expressivity)
                return [Express("happy", size, fade=0.5)]
        elif self._smiled >= _SMILE_SURE:
            self._smile_at = now + float(self._rng.uniform(*_SMILE_AFTER)) - _SMILE_SURE
        return []

    def _nod(self, sight: Sight, now: float, dt: float, busy: bool) -> list[Command]:
        if sight.talking:
            self._talked, self._paused = self._talked + dt, 0.0
            return []
        self._paused += dt
        heard = self._talked
        if self._paused > 4 * _NOD_PAUSE:
            self._talked = 0.0
        if heard < _NOD_FIRST or self._paused < _NOD_PAUSE or now < self._next_nod or busy or not sight.present:
            return []
        self._talked = 0.0
        self._next_nod = now + float(self._rng.uniform(*_NOD_REST)) / self.persona.pace
        return [Gesture("nod", 0.6)]
