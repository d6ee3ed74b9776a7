"""Which anchor a place of a prop has: on a tag, on the person, in the companion's hand or on the cushion in it."""

from __future__ import annotations

from collections.abc import Callable

from ..spelling import PropPlace
from ..types import FloatArray
from .anchors import Anchor
from .anchors_bowls import Bowl
from .anchors_companion import OnCompanion, OnCushion, Own
from .anchors_props import AnyHand, Finger, Fingertips, Grip, Held, OnTag
from .anchors_stem import FLAME, LEANS, SLENDER, Stem
from .prop_hold import HOW, how_held
from .prop_shape import Shape


class Where:
    """held : the person's hands, own : the companion's, as they are in each picture; cushion : (4, 4) where the ring
    pillow is in it, None = nowhere."""

    def __init__(self, held: Held, own: Own, cushion: Callable[[], FloatArray | None]) -> None:
        self._held, self._own, self._cushion = held, own, cushion

    def anchor(self, place: PropPlace, shape: Shape, burns: bool, lift: Callable[[], float]) -> Anchor:
        """Of something of this shape. burns : it has an open flame; lift : metres over the palm that it lies on."""
        if place.on == "tag":
            return OnTag(shape.height, shape.half, int(place.which) if place.which else None)
        if place.on == "hand":
            if not place.which:
                return AnyHand(self._held, lambda side: self._in_hand(shape, side, burns, given=True))
            return self._in_hand(shape, place.which, burns, given=False)
        if place.on == "fingertips":
            return Fingertips(self._held, place.which, shape.height, shape.half)
        if place.on == "ring-pillow":
            return OnCushion(self._cushion, place.which, shape.height)
        hole = shape.hole if shape.hole > 0.25 * shape.half else 0.85 * shape.half
        if place.on in HOW:
            size = (shape.height, shape.half, hole, shape.grip)
            return OnCompanion(self._own, place.which, how_held(place, shape), *size, lift, shape.hangs)
        return Finger(self._held, place.which, place.on, shape.height, hole)

    def _in_hand(self, shape: Shape, side: str, burns: bool, given: bool) -> Anchor:
        """In the person's hand of a side. given : it was held out for this."""
        share, radius = shape.grip
        if shape.bowl:
            return Bowl(self._held, side, shape.height, shape.half)
        if radius <= SLENDER or shape.hangs:
            most = FLAME if burns else LEANS
            return Stem(self._held, side, shape.height, shape.grip, most, shape.hangs, shape.stands and not shape.hangs)
        return Grip(self._held, side, shape.height, radius, share, given)
