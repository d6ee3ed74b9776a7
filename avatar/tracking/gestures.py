"""The person's gestures, from the geometry of observations alone: what hands, arms and head do, never what it means.

Nothing here depends on the size or distance of a person, on the camera's lens, or on how often looks come; sides are
the person's own, whatever the picture is mirrored to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from ..spelling import PersonGesture
from ..types import Observation
from . import gesture_poses as poses
from .gesture_bow import Bow
from .gesture_hold import GAP, Hold
from .gesture_look import SIDES, Look, Looked, Side, look
from .gesture_moves import Beckon, HeadMove, Wave, waving, waving_arm

Name: TypeAlias = PersonGesture
NAMES: Final[tuple[Name, ...]] = get_args(Name)
SIDED: Final[frozenset[Name]] = frozenset(
    ("wave", "raised_hand", "palm", "thumbs_up", "hand_on_heart", "come_closer", "reach_out", "sip")
)
"""Those that one hand makes; with both hands they are told for each."""

_LEAST: Final[dict[Name, float]] = {
    "raised_hand": 0.3,
    "palm": 0.3,
    "thumbs_up": 0.35,
    "hand_on_heart": 0.5,
    "hands_together": 0.4,
    "reach_out": 0.4,
    "sip": 0.6,
}
"""Seconds that a posture is held before it is one."""
_PAUSE: Final = 1.0
"""A longer time between two observations ends everything: nothing is known of what was between."""


def _sides(name: Name) -> tuple[Side | None, ...]:
    return SIDES if name in SIDED else (None,)


@dataclass(frozen=True, slots=True)
class Sign:
    """A gesture began or ended. t : seconds when the person began it, or was last seen in it; side : the person's own
    ``left`` or ``right``, None for what both hands or the head make."""

    name: Name
    state: Literal["start", "end"]
    side: Side | None
    t: float


class Recogniser:
    """Give it every observation, in order. active : (name, side) of the gestures that have begun and not ended."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.active: set[tuple[Name, Side | None]] = set()
        self._t: float | None = None
        self._looked = Looked()
        self._hands_t = self._body_t = -1e9
        self._holds = {(name, side): Hold(least) for name, least in _LEAST.items() for side in _sides(name)}
        self._nod, self._shake, self._bow = HeadMove("pitch"), HeadMove("yaw"), Bow()
        self._beckons = {side: Beckon() for side in SIDES}
        self._waves = {side: (Wave(), Wave()) for side in SIDES}

    def step(self, observation: Observation | None, t: float) -> list[Sign]:
        """What began and ended with this observation (None: nobody looked).

        t : seconds, as the observation's stamps; one that is not later than the last is left out.
        """
        if self._t is not None and t <= self._t:
            return []
        signs: list[Sign] = []
        if self._t is not None and t - self._t > _PAUSE:
            last = self._t
            signs = [Sign(name, "end", side, last) for name, side in sorted(self.active, key=str)]
            self._clear()
        self._t = t
        seen = look(observation if observation is not None else Observation(t, (0, 0)), self._looked)
        fresh = seen.hands_t > self._hands_t
        if fresh:
            self._hands_t = seen.hands_t
        self._by_hand(seen, fresh, t, signs)
        self._by_body(seen, t, signs)
        self._head(seen, t, signs)
        return signs

    def _tell(self, signs: list[Sign], name: Name, side: Side | None, active: bool, since: float, last: float) -> None:
        """A change of a gesture, told once however many ways it is recognised."""
        key = (name, side)
        if active and key not in self.active:
            self.active.add(key)
            signs.append(Sign(name, "start", side, since))
        elif not active and key in self.active:
            self.active.discard(key)
            signs.append(Sign(name, "end", side, last))

    def _hold(self, signs: list[Sign], name: Name, side: Side | None, score: float | None, t: float) -> None:
        hold = self._holds[name, side]
        if hold.step(score, t):
            self._tell(signs, name, side, hold.active, hold.since, hold.last)

    def _head(self, seen: Look, t: float, signs: list[Sign]) -> None:
        nod, shake = self._nod, self._shake
        if nod.step(seen.head if not self._bow.hold.near else None, t):
            self._tell(signs, "nod", None, nod.active, nod.since, nod.last)
        if shake.step(seen.head, t):
            self._tell(signs, "shake", None, shake.active, shake.since, shake.last)

    def _by_hand(self, seen: Look, fresh: bool, t: float, signs: list[Sign]) -> None:
        at = seen.hands_t if fresh else t
        for side in SIDES:
            hand = seen.hands.get(side) if fresh else None
            if not fresh and t - self._hands_t < GAP:
                continue
            self._hold(signs, "palm", side, poses.palm(hand) if hand is not None else None, at)
            self._hold(signs, "thumbs_up", side, poses.thumbs_up(hand) if hand is not None else None, at)
            self._hold(signs, "hand_on_heart", side, poses.on_heart(side, seen) if hand is not None else None, at)
            self._hold(signs, "sip", side, poses.sipping(hand) if hand is not None else None, at)
            arm = seen.arms.get(side)
            self._hold(signs, "raised_hand", side, poses.raised(arm, hand), at)
            self._wave(side, 0, hand.tips if hand else None, hand is not None and waving(hand, arm), at, signs)
            beckon = self._beckons[side]
            if beckon.step(hand, at):
                self._tell(signs, "come_closer", side, beckon.active, beckon.since, beckon.last)

    def _by_body(self, seen: Look, t: float, signs: list[Sign]) -> None:
        fresh = seen.body_t > self._body_t and seen.trunk is not None
        if fresh:
            self._body_t = seen.body_t
        elif t - self._body_t < GAP:
            return
        at = seen.body_t if fresh else t
        for side in SIDES:
            arm = seen.arms.get(side) if fresh else None
            hand = seen.hands.get(side)
            self._hold(signs, "reach_out", side, poses.reaching(arm, hand) if arm is not None else None, at)
            self._wave(side, 1, arm.index if arm else None, arm is not None and waving_arm(arm), at, signs)
        self._hold(signs, "hands_together", None, poses.together(seen) if fresh else None, at)
        if self._bow.step(seen, at):
            hold = self._bow.hold
            self._tell(signs, "bow", None, hold.active, hold.since, hold.last)

    def _wave(
        self, side: Side, way: int, tips: tuple[float, float] | None, up: bool, t: float, signs: list[Sign]
    ) -> None:
        waves = self._waves[side]
        if not waves[way].step(tips, up, t):
            return
        going = [w for w in waves if w.active]
        since = min((w.since for w in going), default=0.0)
        self._tell(signs, "wave", side, bool(going), since, max(w.last for w in waves))
