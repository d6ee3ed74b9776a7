"""The companion's hands with props: carrying them, giving them into the person's hand, and taking them from it.

The stage says what is carried and who gives what to whom (``stage.props``); the animator moves the arms, and its trunk
leans where they are too short.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..animate.animator import Animator
from ..animate.grasping import Posture
from ..linalg import affine
from ..linalg.signals import ease
from ..model.model import AvatarModel
from ..stage.anchors_companion import Hands, OwnHand
from ..stage.passing import Touch
from ..stage.placement import Placement
from ..stage.props import Props
from ..stage.scene import Figure
from ..types import FloatArray

_CLEAR: Final = 0.035
"""Metres by which a hand stays short of the one that it gives to: they do not go into each other."""
_FARTHEST: Final = 1.18
"""Of an arm's length from the shoulder: farther than this nobody reaches, and what is given goes the rest by itself."""
_BEFORE: Final = (0.12, -0.25)
"""Metres before the person's face from where on the companion is before the person's body: with what it carries, and
while it reaches over to them, so that the arm is not cut where it comes from."""
_OVER_S: Final = 0.5


class Touching:
    """One companion's hands. animator : moves it; model : whose."""

    def __init__(self, animator: Animator, model: AvatarModel) -> None:
        self._animator = animator
        self._hands = Hands(model)
        self._held: set[str] = set()
        self._over = 0.0

    def see(self, world: FloatArray, place: Placement | None) -> dict[str, OwnHand]:
        """Where the hands are in a pose at a place."""
        return {} if place is None or place.opacity <= 0 else self._hands.see(world, place.matrix)

    def step(self, props: Props, own: dict[str, OwnHand], place: Placement | None, dt: float) -> None:
        """Lead the hands, for the pose that comes ``dt`` seconds later."""
        way = dt if props.touch is not None else -0.5 * dt
        self._over = min(max(self._over + way / _OVER_S, 0.0), 1.0)
        carrying = self._animator.carrying
        if carrying is None or place is None:
            return
        wanted = {side: carrying.posture(how, side) for side, how in props.carried.items()}
        touch = props.touch
        if touch is not None and touch.side in own:
            base = wanted.get(touch.side) or carrying.posture("fingertips" if touch.ring else touch.how, touch.side)
            wanted[touch.side] = _reaching(base, touch, own[touch.side], place)
        for side in ("left", "right"):
            if side in wanted or side in self._held:
                self._animator.influences.pose_hand(side, wanted.get(side))
        self._held = set(wanted)

    def look(self, props: Props) -> FloatArray | None:
        """(3,) the stage point that it looks at while it gives or takes; None = whatever it looks at otherwise."""
        return None if props.touch is None else props.touch.point

    @property
    def busy(self) -> bool:
        """Does a hand carry, give or take something?"""
        return bool(self._held) or self._over > 0

    def before(self, shown: Figure, own: dict[str, OwnHand], person: float | None) -> Figure | None:
        """What of the companion is before the person's body, to be drawn once more and not hidden by it; None where no
        hand of it is. person : metres from the lens to the face."""
        if person is None or shown.behind_person <= 0 or not self.busy:
            return None
        until = person - _BEFORE[0] + (_BEFORE[0] - _BEFORE[1]) * ease(self._over)
        if not any(float(-hand.ends[..., 2].max()) < until for hand in own.values()):
            return None
        return replace(shown, behind_person=0.0, until=until, shadow=None, order=float(shown.placement[2, 3]) + 1e-4)


def _reaching(base: Posture, touch: Touch, hand: OwnHand, place: Placement) -> Posture:
    """The posture that brings what a hand gives, or the fingers that take, to where they are to come."""
    own = np.linalg.inv(place.matrix).astype(np.float32)
    shoulder, wrist = affine.apply(own, hand.points["UpperArm"]), affine.apply(own, hand.points["Hand"])
    elbow = affine.apply(own, hand.points["LowerArm"])
    tip = hand.points["Ring1"] if touch.ring else hand.pinch if touch.holds is None else touch.holds
    goal, held = affine.apply(own, touch.goal), affine.apply(own, tip)
    way = goal - shoulder
    far = max(float(np.linalg.norm(way)), 1e-6)
    way = way / np.float32(far)
    clear = _CLEAR / float(np.linalg.norm(place.matrix[:3, 1]))
    arm = float(np.linalg.norm(elbow - shoulder) + np.linalg.norm(wrist - elbow))
    goal = shoulder + way * np.float32(min(far - clear, _FARTHEST * arm + float(np.linalg.norm(held - wrist))))
    # fingers go the way of the arm, and a little to the person's side
    side = 1.0 if touch.side == "left" else -1.0
    if touch.holds is not None:
        return replace(base, wrist=goal - (held - wrist), shape="still" if touch.empty else base.shape)
    palm = np.array([-0.15 * side, -0.95, 0.1] if touch.ring or touch.takes else [-0.55 * side, -0.8, 0.1], np.float32)
    shape = "still" if touch.ring else "pinch"
    return Posture(np.asarray(goal - (held - wrist), np.float32), np.asarray(way, np.float32), palm, shape)
