"""Whom of two people a companion looks at: whoever talks, after the time that a person needs to notice it.

In a conversation eyes go to the one who begins to speak within half a second or so, and stay a while when they stop
(Vertegaal et al. 2001 found listeners look at the speaker about seven times as much as at others).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from .persona import Persona

_NOTICED: Final = (0.35, 0.7)
"""Seconds from the beginning of somebody's talk to the look at them."""
_STAYS: Final = (1.2, 2.2)
"""Seconds that it stays with somebody else when they have stopped."""
_LEAST: Final = 1.0
"""Seconds between two such turns."""


class Attending:
    """Whether it looks at the other one. Deterministic: equal seeds and equal talk give equal turns."""

    def __init__(self, persona: Persona | None = None, seed: int = 0) -> None:
        self._rng = np.random.default_rng([seed, 6])
        self.persona = persona or Persona()
        self.other = False
        self._at: float | None = None
        self._turned = -math.inf
        self._silent, self._stays = 0.0, _STAYS[0]
        self._now = -math.inf

    def step(self, there: bool, talks: bool, person_talks: bool, now: float) -> bool:
        """At ``now`` seconds. there : somebody else is seen; talks : their lips move as in speech; person_talks : the
        person's do. Returns ``other``."""
        dt = min(max(now - self._now, 0.0), 0.25) if math.isfinite(self._now) else 0.0
        self._now = now
        if self.persona.quiet or not self.persona.turns or not there:
            self._at = None
            if self.other:
                self.other, self._turned = False, now
            return False
        self._silent = 0.0 if talks else self._silent + dt
        wanted = self._wanted(talks, person_talks)
        if wanted == self.other:
            self._at = None
        elif self._at is None:
            self._at = now + float(self._rng.uniform(*_NOTICED))
        elif now >= max(self._at, self._turned + _LEAST):
            self.other, self._turned, self._at = wanted, now, None
            self._stays = float(self._rng.uniform(*_STAYS))
        return self.other

    def _wanted(self, talks: bool, person_talks: bool) -> bool:
        """Where both talk, or neither has for long, it stays where it is."""
        if talks and person_talks:
            return self.other
        if self.other:
            return not person_talks and (talks or self._silent < self._stays)
        return talks
