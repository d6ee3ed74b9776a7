"""The person's gestures, for the companion to answer; and what clients are told, when the person wants it: that they
came and went, and their gestures.

Geometry only: no picture, no landmark, no judged feeling. Without the person's word nothing of it is told to anybody.
"""

from __future__ import annotations

from collections.abc import Callable

from ..events import messages
from ..events.messages import Data
from ..tracking.gestures import Recogniser
from ..tracking.presence import Presence
from ..types import Observation


class Watch:
    """Gives the observations of one person to the recognisers and publishes what changes.

    publish : takes the news; allowed : the person's consent, which may be given and taken back at any time.
    """

    def __init__(self, publish: Callable[[Data], None], allowed: bool = False) -> None:
        self.allowed = allowed
        self._publish = publish
        self._presence, self._recogniser = Presence(), Recogniser()
        self._told: set[tuple[str, str | None]] = set()

    def step(self, observation: Observation) -> list[str]:
        """One new observation, in the order of time. Returns the names of the gestures that begin."""
        t = observation.t
        signs = self._recogniser.step(observation, t)
        begun: list[str] = [sign.name for sign in signs if sign.state == "start"]
        if not self.allowed:
            if self._presence.weight > 0:
                self._presence = Presence()
            self._told.clear()
            return begun
        if self._presence.step(observation.face is not None, t):
            at = self._presence.since
            self._publish(messages.UserArrived(at=at) if self._presence.there else messages.UserLeft(at=at))
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
