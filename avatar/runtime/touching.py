"""The companion's hands with props: carrying them, giving them into the person's hand, taking them from there, bringing
a cup to the lips.

The stage says what is carried and who gives what to whom (``stage.props``); the animator moves the arms, and its trunk
leans where they are too short.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..animate.animator import Animator
from ..animate.gaze import eye_place
from ..animate.grasping import SIDES, Carrying, Posture
from ..animate.lips import Lips, Sipping
from ..linalg import affine
from ..linalg.signals import Damped, ease
from ..model.model import AvatarModel
from ..stage.anchors_companion import Hands, OwnHand
from ..stage.camera import Camera
from ..stage.in_view import into_view
from ..stage.passing import Cup, Touch
from ..stage.placement import Placement
from ..stage.prop_hold import Load
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
_SIP: Final = "raise_cup"
"""The gesture with which a cup that is held goes to the lips."""
_TOUCHES: Final = 0.002
"""Metres between a rim and the lips."""
_UNDER: Final = np.array([0.020, 0.030], np.float32)
_TIPS: Final = np.array([0.016, 0.012], np.float32)
"""Metres to its own side of a shallow cup's foot and under it, where the other hand's fingers are, and at the mouth the
tips of these."""
_MOUTH: Final = ((-0.55, 0.62, 0.50), (-0.15, 0.72, -0.50))
"""At the mouth, of a left hand under a cup: the ways of its fingers and its palm."""
_LOOKS: Final = (0.55, -0.25)
"""Metres ahead of the lips and up from them, for a companion 1.6 m high: where it looks while it sips, head bowed."""

_CHIN: Final = 0.55  # of the way from the lips up to the eyes: how far the chin is under them
_RAISED: Final = 5.0
"""Radians a second: how quickly a hand comes into the picture as the camera sees more or less (critically damped)."""
_AGAIN: Final = 3


class Touching:
    """One companion's hands. animator : moves it; model : whose."""

    def __init__(self, animator: Animator, model: AvatarModel) -> None:
        self._animator = animator
        self._hands = Hands(model)
        self._held: set[str] = set()
        self._over = 0.0
        self._lips = Lips(model) if animator.carrying is not None and "head" in model.humanoid else None
        self._sipping = Sipping()
        self._raised = False
        self._size = model.height() / 1.6
        self._down: FloatArray | None = None
        self._chin = None if self._lips is None else _under_lips(self._lips, model)
        self._up, self._up_wanted = Damped((2, 2)), np.zeros((2, 2), np.float32)

    def see(self, world: FloatArray, place: Placement | None) -> dict[str, OwnHand]:
        """Where the hands are in a pose at a place."""
        if place is None or place.opacity <= 0:
            return {}
        found, tilt = self._hands.see(world, place.matrix), self._sipping.tilt
        return {side: replace(hand, tilt=tilt) for side, hand in found.items()} if tilt else found

    def step(
        self, props: Props, own: dict[str, OwnHand], place: Placement | None, dt: float, camera: Camera | None = None
    ) -> None:
        """Lead the hands, for the pose that comes ``dt`` seconds later. camera : which sees them, so that what they
        carry is in its picture; None = one that sees all of the companion."""
        way = dt if props.touch is not None else -0.5 * dt
        self._over = min(max(self._over + way / _OVER_S, 0.0), 1.0)
        carrying = self._animator.carrying
        if carrying is None or place is None:
            return
        touch = props.touch
        cup = props.cup if touch is None else None
        wanted = self._carried(carrying, props.carried, touch is not None, place, camera, dt)
        self._sip(cup, own, place, wanted, dt)
        if cup is not None and len(wanted) == 1 and wanted[cup.side].shape == "bowl" and len(own) == 2:
            other = "right" if cup.side == "left" else "left"
            under = carrying.posture("under", other)
            wanted[other] = _under(under, wanted[cup.side], cup, own, place, np.float32(self._sipping.up))
        if touch is not None and touch.side in own:
            how = "aside" if touch.bowl else "fingertips" if touch.ring else touch.how
            base = wanted.get(touch.side) or carrying.posture(how, touch.side)
            wanted[touch.side] = _reaching(base, touch, own[touch.side], place)
        for side in ("left", "right"):
            if side in wanted or side in self._held:
                self._animator.influences.pose_hand(side, wanted.get(side))
        self._held = set(wanted)

    def look(self, props: Props) -> FloatArray | None:
        """(3,) the stage point that it looks at while it gives or takes; None = whatever it looks at otherwise."""
        return self._down if props.touch is None else props.touch.point

    def _carried(
        self,
        carrying: Carrying,
        carried: dict[str, Load],
        busy: bool,
        place: Placement,
        camera: Camera | None,
        dt: float,
    ) -> dict[str, Posture]:
        """The postures of the hands that carry something. busy : the other hand gives or takes."""
        alone = len(carried) < 2 and not busy
        found = {}
        for k, side in enumerate(SIDES):
            if (load := carried.get(side)) is None:
                continue
            how = "aside" if load.how == "bowl" and not alone else load.how
            want = self._shown(carrying, how, side, load, place, camera)
            if side not in self._held:
                self._up.value[k], self._up.speed[k] = want, 0
            self._up_wanted[k] = want
        up = self._up.step(self._up_wanted, _RAISED, dt)
        for k, side in enumerate(SIDES):
            if side in carried:
                how = "aside" if carried[side].how == "bowl" and not alone else carried[side].how
                found[side] = carrying.raised(how, side, float(up[k, 0]), float(up[k, 1]))
        return found

    def _shown(
        self, carrying: Carrying, how: str, side: str, load: Load, place: Placement, camera: Camera | None
    ) -> tuple[float, float]:
        """Metres up and to the middle, for what a hand carries to be in the picture."""
        if camera is None or self._chin is None:
            return 0.0, 0.0
        up = aside = 0.0
        base = carrying.posture(how, side).wrist
        for _ in range(_AGAIN):  # the higher, the farther from the lens
            wrist = carrying.raised(how, side, up).wrist
            more, aside = into_view(
                np.array([wrist[0], base[1], wrist[2]], np.float32),
                (load.below, load.above),
                self._chin,
                place.matrix,
                camera,
            )
            up = more
        return up, aside

    def _sip(
        self, cup: Cup | None, own: dict[str, OwnHand], place: Placement, wanted: dict[str, Posture], dt: float
    ) -> None:
        """Bring a cup that is held to the lips, while the gesture asks for it."""
        raised = _SIP in self._animator.active
        if cup is None or self._lips is None or cup.side not in wanted or (self._raised and not raised):
            self._sipping.end()
        elif raised and not self._raised:
            self._sipping.begin()
        self._raised = raised
        self._sipping.step(dt)
        self._down = None
        if self._lips is None or not self._sipping.going:
            return
        lips, ahead = self._lips.see(self._animator.pose.world)
        out = np.array([0, _LOOKS[1], _LOOKS[0]], np.float32) * np.float32(self._size)
        self._down = affine.apply(place.matrix, self._lips.rest + out)
        if cup is None or cup.side not in wanted:
            return
        scale = float(np.linalg.norm(place.matrix[:3, 1]))
        goal = _at_lips(cup, lips, ahead, self._sipping.tilt, scale)
        inverse = np.linalg.inv(place.matrix).astype(np.float32)
        foot = affine.apply(inverse, cup.foot)
        base, wrist = wanted[cup.side], affine.apply(inverse, own[cup.side].points["Hand"])
        to = goal - (foot - wrist)
        up = np.float32(self._sipping.up)
        wanted[cup.side] = replace(base, wrist=base.wrist + (to - base.wrist) * up)

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


def _under_lips(lips: Lips, model: AvatarModel) -> FloatArray:
    """(3,) companion frame, at rest: the chin."""
    down = _CHIN * (float(eye_place(model)[1]) - float(lips.rest[1]))
    return np.asarray(lips.rest - np.array([0, down, 0], np.float32), np.float32)


def _under(
    posture: Posture, lead: Posture, cup: Cup, own: dict[str, OwnHand], place: Placement, up: np.float32
) -> Posture:
    """The hand under a shallow cup that the other one holds: its fingers under the foot, and at the mouth (``up`` 0-1)
    their tips only, where a wrist bends no farther. lead : of that other one, where it is to come."""
    inverse = np.linalg.inv(place.matrix).astype(np.float32)
    other = own["right" if cup.side == "left" else "left"]
    tips = (other.points["IndexTip"] + other.points["MiddleTip"]) / 2
    at = np.asarray(other.seat + (tips - other.seat) * up, np.float32)
    foot, seat, wrist, leads = (
        affine.apply(inverse, p) for p in (cup.foot, at, other.points["Hand"], own[cup.side].points["Hand"])
    )
    side = np.array([1.0 if other.side == "left" else -1.0, 1, 1], np.float32)
    (aside, down), (fingers, palm) = _UNDER + (_TIPS - _UNDER) * up, np.array(_MOUTH, np.float32) * side
    off = np.array([aside * side[0], -down, 0], np.float32) / np.float32(np.linalg.norm(place.matrix[:3, 1]))
    goal = foot + (lead.wrist - leads) + off
    ways = posture.fingers + (fingers - posture.fingers) * up, posture.palm + (palm - posture.palm) * up
    return replace(posture, wrist=np.asarray(goal - (seat - wrist), np.float32), fingers=ways[0], palm=ways[1])


def _at_lips(cup: Cup, lips: FloatArray, ahead: FloatArray, tilt: float, scale: float) -> FloatArray:
    """(3,) companion frame: where a cup's foot is when its rim is at the lips. ahead : the way that the face looks."""
    level = np.array([ahead[0], 0, ahead[2]], np.float32)
    level = level / np.float32(max(float(np.linalg.norm(level)), 1e-6))
    up = np.array([0, 1, 0], np.float32)
    half, height = cup.half / scale, cup.height / scale
    c, s = float(np.cos(tilt)), float(np.sin(tilt))
    # the rim's nearest point is half a width back from its middle, and lower by the tilt
    near = level * np.float32(-half * c - height * s) + up * np.float32(height * c - half * s)
    return np.asarray(lips + level * np.float32(_TOUCHES) - near, np.float32)


def _reaching(base: Posture, touch: Touch, hand: OwnHand, place: Placement) -> Posture:
    """The posture that brings what a hand gives, or the fingers that take, to where they are to come."""
    own = np.linalg.inv(place.matrix).astype(np.float32)
    shoulder, wrist = affine.apply(own, hand.points["UpperArm"]), affine.apply(own, hand.points["Hand"])
    elbow = affine.apply(own, hand.points["LowerArm"])
    own_tip = hand.seat if touch.bowl else hand.pinch
    tip = hand.points["Ring1"] if touch.ring else own_tip if touch.holds is None else touch.holds
    goal, held = affine.apply(own, touch.goal), affine.apply(own, tip)
    way = goal - shoulder
    far = max(float(np.linalg.norm(way)), 1e-6)
    way = way / np.float32(far)
    clear = (_CLEAR + touch.bowl) / float(np.linalg.norm(place.matrix[:3, 1]))
    arm = float(np.linalg.norm(elbow - shoulder) + np.linalg.norm(wrist - elbow))
    goal = shoulder + way * np.float32(min(far - clear, _FARTHEST * arm + float(np.linalg.norm(held - wrist))))
    # fingers go the way of the arm, and a little to the person's side
    side = 1.0 if touch.side == "left" else -1.0
    if touch.bowl:
        level = np.array([way[0], 0.05, way[2] + 0.3], np.float32)
        return replace(base, wrist=goal - (held - wrist), fingers=level)
    if touch.holds is not None:
        return replace(base, wrist=goal - (held - wrist), shape="still" if touch.empty else base.shape)
    palm = np.array([-0.15 * side, -0.95, 0.1] if touch.ring or touch.takes else [-0.55 * side, -0.8, 0.1], np.float32)
    shape = "still" if touch.ring else "pinch"
    return Posture(np.asarray(goal - (held - wrist), np.float32), np.asarray(way, np.float32), palm, shape)
