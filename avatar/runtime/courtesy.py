"""What the companion does of itself for the person in view: what is seen of them, made into ``animate.answers``; and
whom of two people it looks at (``animate.attending``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from ..animate.answers import Answers, Sight
from ..animate.attending import Attending
from ..animate.persona import Persona
from ..tracking.talk import Talk, smile_of
from ..types import Command, Express, Face, FloatArray, Observation

_THERE_S: Final = 0.5
"""How long a face may be out of sight before nobody is there."""


class Courtesy:
    """One companion's. puppet : the person moves it, so that nothing is left to answer with."""

    def __init__(self, persona: Persona, puppet: bool = False) -> None:
        self._answers, self._talk, self._puppet = Answers(persona, persona.seed), Talk(), puppet
        self.still = False
        """It answers nothing, as for a portrait."""
        self._attending, self._other_talk = Attending(persona, persona.seed), Talk()
        self._other: Face | None = None
        self._other_t = self._other_seen = -math.inf
        self._felt_until = -math.inf
        self._seen = -math.inf
        self._newest = -math.inf

    def become(self, persona: Persona) -> None:
        """Give it another manner."""
        self._answers.persona = self._attending.persona = persona

    def greeted(self) -> None:
        """The person has been greeted already, in words."""
        self._answers.greeted = True

    @property
    def eyes(self) -> FloatArray | None:
        """(3,) stage frame, metres: the eyes of somebody else, who talks and is looked at; None for the person's."""
        return self._other.eyes if self._attending.other and self._other is not None else None

    def _hear(self, seen: Observation | None, now: float) -> None:
        """Whom to look at of two."""
        if seen is not None and seen.others_t > self._other_t:
            self._other_t = seen.others_t
            face = seen.others[0] if seen.others else None
            self._other = face or (self._other if now - self._other_seen <= _THERE_S else None)
            if face is not None:
                self._other_seen = now
                self._other_talk.step(face, seen.others_t)
        there = self._other is not None and now - self._other_seen <= _THERE_S
        self._attending.step(there, there and self._other_talk.talking, self._talk.talking, now)

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
        if self._puppet or self.still or seen is None:
            self._hear(None, now)
            return []
        face = seen.face
        if face is not None and seen.t > self._newest:
            self._newest = seen.t
            self._seen = now
            self._talk.step(face, seen.t)
        elif face is None:
            self._talk.step(None, seen.t)
        self._hear(seen, now)
        present = now - self._seen <= _THERE_S
        smile = smile_of(face) if face is not None else None
        sight = Sight(present, smile, present and self._talk.talking, tuple(signs))
        return self._answers.step(sight, now, busy=busy, feeling=now < self._felt_until)
