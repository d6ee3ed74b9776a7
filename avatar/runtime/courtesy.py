"""What the companion does of itself for the person in view: what is seen of them, made into ``animate.answers``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from ..animate.answers import Answers, Sight
from ..animate.persona import Persona
from ..tracking.talk import Talk, smile_of
from ..types import Command, Express, Observation

_THERE_S: Final = 0.5
"""How long a face may be out of sight before nobody is there."""


class Courtesy:
    """One companion's. puppet : the person moves it, so that nothing is left to answer with."""

    def __init__(self, persona: Persona, puppet: bool = False) -> None:
        self._answers, self._talk, self._puppet = Answers(persona, persona.seed), Talk(), puppet
        self._felt_until = -math.inf
        self._seen = -math.inf
        self._newest = -math.inf

    def become(self, persona: Persona) -> None:
        """Give it another manner."""
        self._answers.persona = persona

    def greeted(self) -> None:
        """The person has been greeted already, in words."""
        self._answers.greeted = True

    def step(
        self, seen: Observation | None, now: float, asked: Sequence[Command], busy: bool, signs: Sequence[str] = ()
    ) -> list[Command]:
        """What it does at ``now`` seconds. asked : commands of others in this step; busy : its body is not free;
        signs : gestures that the person has begun."""
        for command in asked:
            if isinstance(command, Express):
                plain = command.expression.strip().lower() == "neutral"
                lasts = math.inf if command.seconds is None else command.seconds + command.fade
                self._felt_until = -math.inf if plain else now + lasts
        if self._puppet or seen is None:
            return []
        face = seen.face
        if face is not None and seen.t > self._newest:
            self._newest = seen.t
            self._seen = now
            self._talk.step(face, seen.t)
        elif face is None:
            self._talk.step(None, seen.t)
        present = now - self._seen <= _THERE_S
        smile = smile_of(face) if face is not None else None
        sight = Sight(present, smile, present and self._talk.talking, tuple(signs))
        return self._answers.step(sight, now, busy=busy, feeling=now < self._felt_until)
