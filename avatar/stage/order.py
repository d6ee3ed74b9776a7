"""Who hides whom: of each thing in the picture, how much the person's body and each part of their hands cover it.

By metres: what is nearer to the lens is before. A decision is left only when the other way round is clear by a margin
that grows with the distance, since that is less and less sure; what is decided anew is faded to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..types import FloatArray
from .camera import Camera
from .hand_space import FOREARM, GROUPS, PALM, SIDES, SolidHand
from .placement import Cover, Placement

LABELS: Final = 1 + GROUPS * len(SIDES)
"""Of a hand mask: nothing, then the left hand's parts and the right one's (``hand_space.limbs``)."""

_FADE_S: Final = 0.18
_MARGIN: Final = (0.02, 0.03)  # metres, and parts of the distance, that a hand must be clear by
_BODY: Final = (0.02, 0.03)  # the same of the body
_NEAR_ITS_OWN: Final = {True: (0.018, 0.006), False: (0.065, 0.050)}
"""Metres a finger must be nearer than what stands on its palm, to cover it and until it does no more: of a palm that
lies flat, and of one held up, before which it stands and whose fingers' depth is known badly."""
_THUMB: Final = (1, 2, 3)
_RAISED: Final = 0.012  # metres out of the palm's plane
_GRIP: Final = (0.004, -0.004)  # metres nearer than the middle of what the hand holds
_BOWL: Final = (0.75, 0.6)
"""Of half its width, that a finger or a palm must be nearer than the middle of a shallow cup to cover it, and until it
does no more: what is under it or behind its near side does not."""
_SAME: Final = 0.25  # metres within which it is the same thing in two pictures


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is drawn. place : where; height : metres, as it stands there; name : whose several places it may
    be one of, "" = the companion's; half : metres of half its width, where that counts."""

    place: Placement
    height: float
    name: str = ""
    half: float = 0.0


@dataclass(slots=True)
class _State:
    name: str
    feet: FloatArray
    behind: bool | None = None
    body: float = -1.0
    levels: dict[str, FloatArray] = field(default_factory=dict)
    before: dict[str, np.ndarray] = field(default_factory=dict)


def labels_of(side: str) -> slice:
    """Where a hand's parts are among the labels."""
    first = 1 + GROUPS * SIDES.index(side)
    return slice(first, first + GROUPS)


class Order:
    """Keeps what was decided, for several things at once."""

    def __init__(self) -> None:
        self._states: list[_State] = []

    def step(
        self,
        things: Sequence[Thing],
        hands: Sequence[SolidHand],
        going: Collection[str],
        camera: Camera,
        dt: float,
        person: float | None = None,
    ) -> list[Cover]:
        """The covers ``dt`` seconds after the last ones. going : sides of hands that were not found any more; person :
        metres from the lens to the person, None = they are not seen."""
        rest, self._states = self._states, []
        covers = []
        for thing in things:
            state, step = _taken(rest, thing), dt / _FADE_S
            state.behind = _behind(thing, state.behind, person)
            body = float(state.behind)
            state.body = body if state.body < 0 else state.body + float(np.clip(body - state.body, -step, step))
            for hand in hands:
                self._hand(state, thing, hand, hand.side in going, camera, step)
            seen = {hand.side for hand in hands}
            for gone in set(state.levels) - seen:
                del state.levels[gone], state.before[gone]
            self._states.append(state)
            levels = np.zeros(LABELS, np.float32)
            for side, level in state.levels.items():
                levels[labels_of(side)] = level
            covers.append(Cover(state.body, levels))
        return covers

    def _hand(self, state: _State, thing: Thing, hand: SolidHand, going: bool, camera: Camera, step: float) -> None:
        side = hand.side
        was = state.before.get(side)
        if was is None:
            was = None
            state.levels[side] = np.full(GROUPS, state.body, np.float32)
        now = _before(thing, hand, was, camera)
        state.before[side] = now
        goal = np.full(GROUPS, state.body, np.float32) if going else now.astype(np.float32)
        level = state.levels[side]
        level += np.clip(goal - level, -step, step)


def _taken(states: list[_State], thing: Thing) -> _State:
    """The state of what was there in the last picture, taken out of them; a new one for what is new."""
    feet = thing.place.matrix[:3, 3]
    near = [(float(np.linalg.norm(s.feet - feet)), k) for k, s in enumerate(states) if s.name == thing.name]
    away, k = min(near, default=(_SAME, -1))
    if away < _SAME:
        state = states.pop(k)
        state.feet = feet.copy()
        return state
    return _State(thing.name, feet.copy())


def _behind(thing: Thing, was: bool | None, person: float | None) -> bool:
    """Whether the body is before a thing. was : the same of the last picture, None = not known."""
    if thing.place.behind_person is not None:
        return thing.place.behind_person
    if person is None:
        return bool(was)
    nearer = person + float(thing.place.matrix[2, 3])
    margin = _BODY[0] + _BODY[1] * person
    if was is None:
        return nearer < 0
    return nearer < margin if was else nearer < -margin


def _before(thing: Thing, hand: SolidHand, was: np.ndarray | None, camera: Camera) -> np.ndarray:
    """(GROUPS,) bool: which parts of a hand are before a thing. was : the same of the last picture, or None."""
    hold = thing.place.hold
    now = np.zeros(GROUPS, bool)
    if hold is not None and hold.side == hand.side:
        if hold.how in ("worn", "tips"):
            return now
        for group in range(GROUPS):
            now[group] = _own(thing, hand, group, bool(was[group]) if was is not None else None, camera)
        return now
    gap = _gap(thing, hand.points.mean(0), camera)
    margin = _MARGIN[0] + _MARGIN[1] * hand.depth
    first = bool(was[PALM]) if was is not None else gap > 0
    now[:] = gap > -margin if first else gap > margin
    # A forearm goes with its hand, unless it is clearly on the other side where it passes.
    reach = _passing(thing, hand, camera)
    parted = was is not None and bool(was[FOREARM]) != bool(was[PALM])
    if (reach > 0) != bool(now[PALM]) and abs(reach) > (1.5 if parted else 3.0) * margin:
        now[FOREARM] = reach > 0
    return now


def _passing(thing: Thing, hand: SolidHand, camera: Camera) -> float:
    """Metres that a forearm is nearer than a thing, where it is nearest to it in the picture."""
    wrist, elbow = hand.ends[hand.group == FOREARM][0]
    along = wrist + (elbow - wrist) * np.linspace(0, 1, 6, dtype=np.float32)[:, None]
    found = [_meeting(thing, point, camera) for point in along]
    return min(found, key=lambda pair: pair[1])[0]


def _own(thing: Thing, hand: SolidHand, group: int, was: bool | None, camera: Camera) -> bool:
    """Whether a part of a hand is before what that hand itself carries."""
    hold = thing.place.hold
    assert hold is not None
    middle = hand.middle_of(group)
    gap = _gap(thing, middle, camera)
    if hold.how in ("thumb", "behind"):
        # an open hand is thinner than what is known of its depth: its thumb lies over a stem, or its back is before it
        return (group in _THUMB) == (hold.how == "thumb")
    if hold.how == "grip":
        return gap > _GRIP[1] if was else gap > _GRIP[0]
    if hold.how == "bowl":
        return gap > _BOWL[1 if was else 0] * thing.half
    if group in (PALM, FOREARM):
        return False
    if _raised(hand, middle) < _RAISED * (0.6 if was else 1.0):
        return False
    begin, end = _NEAR_ITS_OWN[thing.place.floor]
    return gap > (end if was else begin)


def _raised(hand: SolidHand, point: FloatArray) -> float:
    """Metres of a point out of the palm's plane, on the side that the palm faces."""
    p = hand.points
    out = np.cross(p[5] - p[0], p[17] - p[0])
    out = out if hand.side == "right" else -out
    return float((point - p[0]) @ out) / max(float(np.linalg.norm(out)), 1e-9)


def _gap(thing: Thing, point: FloatArray, camera: Camera) -> float:
    """Metres that a stage point (3,) is nearer to the lens than the thing is where they meet in the picture."""
    return _meeting(thing, point, camera)[0]


def _meeting(thing: Thing, point: FloatArray, camera: Camera) -> tuple[float, float]:
    """``_gap``, and how far from the thing's axis that is, pixels."""
    foot = thing.place.matrix[:3, 3]
    up = thing.place.matrix[:3, 1]
    top = foot + up * np.float32(thing.height / max(float(np.linalg.norm(up)), 1e-9))
    both = np.stack([foot, top, point])
    both[:, 2] = np.minimum(both[:, 2], -0.02)
    a, b, c = camera.project(both)
    way = b - a
    share = min(max(float((c - a) @ way) / max(float(way @ way), 1e-6), 0.0), 1.0)
    there = foot + (top - foot) * np.float32(share)
    return float(point[2] - there[2]), float(np.linalg.norm(a + way * np.float32(share) - c))
