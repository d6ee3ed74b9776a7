"""Who hides whom in one picture: the hands at the moment of display, their mask, and the order of everything drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..io.detect.hand_carry import HandCarrier
from ..io.detect.hand_matte import HandMasker
from ..stage.camera import Box, Camera
from ..stage.hand_space import HandSpace, SolidHand, limbs
from ..stage.order import Order, Thing, labels_of
from ..stage.person import person_in
from ..stage.placement import Cover, box_round, in_front
from ..tracking.hand_motion import HandMotion
from ..types import HandMatte, Observation, VideoFrame

_BODY_OLD_S: Final = 0.3
_SAME: Final = 0.02
_ROUND: Final = 0.5
"""Of a thing's height: what it reaches to its sides at most."""


class Covering:
    """hands : the person's, in the room, as they are in the newest picture; close : one of them is by something that is
    drawn, so that it is worth knowing to a pixel where it is."""

    def __init__(self) -> None:
        self._motion, self._space = HandMotion(), HandSpace()
        self._carrier = HandCarrier()
        self._masker, self._order = HandMasker(), Order()
        self.hands: tuple[SolidHand, ...] = ()
        self._person: float | None = None
        self.close = True

    @property
    def going(self) -> frozenset[str]:
        """Sides of hands that the last look did not find any more."""
        return self._motion.going

    @property
    def person(self) -> float | None:
        """Metres from the lens to the person's face; None = they are not seen."""
        return self._person

    def see(
        self, seen: Observation | None, frame: VideoFrame | None, now: float, camera: Camera
    ) -> tuple[SolidHand, ...]:
        """The hands in the picture that is shown, or at ``now`` where there is none. seen : the newest observation."""
        t = now
        if frame is not None:
            self._carrier.see(frame)
            t = frame.t
        person = person_in(seen, camera) if seen is not None else None
        self._person = -float(person[0][2]) if person is not None else None
        body = seen.body if seen is not None and t - seen.body_t < _BODY_OLD_S else None
        hands = self._motion.step(seen, t, self._carrier.carry if frame is not None and self.close else None)
        self.hands = self._space.step(hands, body, camera, self._person)
        return self.hands

    def shown(self, seen: Observation | None, frame: VideoFrame | None) -> Observation | None:
        """What is seen, its hands where they are in the picture that is shown."""
        if seen is None or frame is None or not self.hands:
            return seen
        return replace(seen, hands=tuple(hand.hand for hand in self.hands), hands_t=frame.t)

    def step(
        self, things: Sequence[Thing], frame: VideoFrame | None, camera: Camera, dt: float
    ) -> tuple[HandMatte | None, list[Cover]]:
        """The mask of the hands, None where they are before or behind nothing, and each thing's cover."""
        covers = self._order.step(things, self.hands, self._motion.going, camera, dt, self._person)
        near = [hand for hand in self.hands if self._matters(hand, things, covers, camera)]
        self.close = bool(near) or any(thing.place.hold is not None for thing in things)
        mask = self._masker.step(frame.image, limbs(near, camera)) if frame is not None and near else None
        return mask, covers

    @staticmethod
    def _matters(hand: SolidHand, things: Sequence[Thing], covers: Sequence[Cover], camera: Camera) -> bool:
        """Whether something is by a hand that hides it otherwise than the body does, which the matte shows, or throws
        its shadow on it."""
        for thing, cover in zip(things, covers, strict=True):
            carried = thing.place.hold is not None and thing.place.hold == (hand.side, "stand")
            differs = (abs(cover.hands[labels_of(hand.side)] - cover.body) > _SAME).any()
            if thing.place.opacity <= 0 or not (carried or differs):
                continue
            if _meet(_of_hand(hand, camera), _box(thing, camera)):
                return True
        return False


def _box(thing: Thing, camera: Camera) -> Box:
    """Pixels of the frame that hold a thing, with something to spare."""
    foot, up = thing.place.matrix[:3, 3], thing.place.matrix[:3, 1]
    top = foot + up * np.float32(thing.height / max(float(np.linalg.norm(up)), 1e-9))
    x0, y0, x1, y1 = box_round(camera.project(in_front(np.stack([foot, top]))))
    side = _ROUND * thing.height * camera.focal / max(-float(foot[2]), 0.05)
    return x0 - side, y0 - side / 2, x1 + side, y1 + side / 2


def _of_hand(hand: SolidHand, camera: Camera) -> Box:
    return box_round(camera.project(in_front(hand.ends.reshape(-1, 3))))


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
