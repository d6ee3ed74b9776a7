"""What clients are told of the person, when the person wants it: that they came and went, and their gestures.

Geometry only: no picture, no landmark, no judged feeling. Without the person's word nothing is even looked at.
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

    def step(self, observation: Observation) -> None:
        """One new observation, in the order of time."""
        if not self.allowed:
            if self._presence.weight > 0 or self._recogniser.active:
                self._presence, self._recogniser = Presence(), Recogniser()
            return
        t = observation.t
        if self._presence.step(observation.face is not None, t):
            at = self._presence.since
            self._publish(messages.UserArrived(at=at) if self._presence.there else messages.UserLeft(at=at))
        for sign in self._recogniser.step(observation, t):
            self._publish(messages.UserGesture(at=sign.t, name=sign.name, state=sign.state, side=sign.side))
