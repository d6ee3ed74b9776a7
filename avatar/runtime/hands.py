"""When hands beat with speech: on the planned words, unless they have something else to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from ..animate.animator import Animator
from ..animate.persona import Persona
from ..types import Command, Gesture
from .speaking import Speaker

APART: Final = 1.2
"""Seconds between a beat and a gesture that somebody asked for."""
_LATE: Final = 0.04
"""A beat that would come later than this is left out: it would stress the wrong word."""


class Hands:
    """One companion's hands. animator : makes the gestures; speaker : knows the beats."""

    def __init__(self, animator: Animator, speaker: Speaker) -> None:
        self.animator, self._speaker = animator, speaker
        self._asked = -math.inf

    @property
    def persona(self) -> Persona:
        """The companion's manner."""
        return self.animator.troupe.personas[0]

    def stroke(self, name: str) -> float:
        """Seconds from a gesture's start to its stroke, 0 for one that is not known."""
        if not self.animator.rig.human:
            return 0.0
        motion = self.animator.troupe.gestures.library.get(name)
        return 0.0 if motion is None else motion.stroke / self.persona.pace

    def step(self, commands: Sequence[Command], heard: float, dt: float, upcoming: float = math.inf) -> Gesture | None:
        """The beat that begins with the coming step, or None.

        commands : of that step; heard : seconds on the clock of what is heard as it begins; dt : its length, seconds;
        upcoming : when the next gesture begins that somebody asked for.
        """
        if any(isinstance(command, Gesture) for command in commands):
            self._asked = heard
        beat = self._speaker.beat(heard)
        if beat is None:
            return None
        begins = beat.stroke - self.stroke(beat.name)
        if begins > heard + dt / 2:
            return None
        self._speaker.take_beat()
        late = heard - begins > max(_LATE, dt / 2)
        if late or self.persona.beat_rate <= 0 or self._busy() or begins - self._asked < APART:
            return None
        if upcoming - begins < APART:
            return None
        return Gesture(beat.name, 0.55 + 0.5 * beat.strength)

    def _busy(self) -> bool:
        """Is another gesture of the body being made, an earlier beat too, whose rest would blur the stroke."""
        animator = self.animator
        if not animator.rig.human or animator.influences.led:
            return True
        library = animator.troupe.gestures.library
        return any(library[name].slot == "body" for name in animator.active)
