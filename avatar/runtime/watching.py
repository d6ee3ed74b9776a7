"""The person's gestures, for the companion to answer; and what clients are told, when the person wants it: that they
came and went, their gestures, whether they look this way, and how much they smile.

Geometry only: no picture, no landmark, no judged feeling. Without the person's word nothing of it is told to anybody.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..events import messages
from ..events.messages import Data
from ..tracking.attention import Attention
from ..tracking.gestures import Recogniser
from ..tracking.presence import Presence
from ..tracking.talk import smile_of
from ..types import Face, Observation

_SMILE_EVERY_S, _SMILE_STEP = 0.2, 0.1
"""A smile is told this often at most, and when it has changed by so much."""


class Watch:
    """Gives the observations of one person to the recognisers and publishes what changes.

    publish : takes the news; allowed : the person's consent, which may be given and taken back at any time.
    """

    def __init__(self, publish: Callable[[Data], None], allowed: bool = False) -> None:
        self.allowed = allowed
        self._publish = publish
        self._presence, self._recogniser = Presence(), Recogniser()
        self._told: set[tuple[str, str | None]] = set()
        self._attention = Attention()
        self._looks = False
        self._smile: float | None = None
        self._smile_t = -math.inf

    def step(self, observation: Observation) -> list[str]:
        """One new observation, in the order of time. Returns the names of the gestures that begin."""
        t = observation.t
        signs = self._recogniser.step(observation, t)
        begun: list[str] = [sign.name for sign in signs if sign.state == "start"]
        if not self.allowed:
            if self._presence.weight > 0:
                self._presence = Presence()
            self._told.clear()
            self._attention, self._looks, self._smile = Attention(), False, None
            return begun
        if self._presence.step(observation.face is not None, t):
            at = self._presence.since
            if not self._presence.there:
                self._look_away(at)
            self._publish(messages.UserArrived(at=at) if self._presence.there else messages.UserLeft(at=at))
        self._face(observation.face, t)
        for sign in signs:
            key = (sign.name, sign.side)
            if sign.state == "start":
                self._told.add(key)
            elif key not in self._told:
                # it began before anybody was to know of it
                continue
            else:
                self._told.discard(key)
            self._publish(messages.UserGesture(at=sign.t, name=sign.name, state=sign.state, side=sign.side))
        return begun

    def _face(self, face: Face | None, t: float) -> None:
        """Whether they look this way, when it changes; their smile, when it has changed and not too often."""
        self._attention.step(face, t)
        if not self._presence.there:
            return
        if self._attention.here != self._looks:
            self._looks = self._attention.here
            self._publish(messages.UserAttention(at=self._attention.since, companion=self._looks))
        smile = smile_of(face) if face is not None else math.nan
        if not math.isfinite(smile) or t - self._smile_t < _SMILE_EVERY_S:
            return
        smile = min(max(smile, 0.0), 1.0)
        if self._smile is None or abs(smile - self._smile) >= _SMILE_STEP:
            self._smile, self._smile_t = smile, t
            self._publish(messages.UserFace(at=t, smile=round(smile, 2)))

    def _look_away(self, at: float) -> None:
        """They are gone, so they do not look."""
        if self._looks:
            self._publish(messages.UserAttention(at=at, companion=False))
        self._attention, self._looks, self._smile = Attention(), False, None
