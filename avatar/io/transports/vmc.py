"""VMC 3.1, the Virtual Motion Capture protocol, in datagrams: frames out of what a sender sends, and a frame as sent.

A sender's frame is one bundle, several (Virtual Motion Capture itself sends 13 bones a bundle, the blend shapes in one
of their own, and the time last), or single messages. So bones are kept as they came last, and a frame is new at the end
of every bundle; of single messages at a T, an Apply, or a bone that comes a second time. No socket, no clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ...errors import EventError
from . import osc
from .osc import Message

OWNED_S: Final = 1.0
"""Seconds after its last message for which a sender owns the body, and for which a value counts."""
BUNDLE_BYTES: Final = 1472
"""Of a bundle sent: VMC allows 1500, and this much goes over Ethernet in one piece."""
_LATE_S: Final = 0.5
_MOST_NAMES: Final = 256
_NUMBERS: Final = {int, float}
_LONGEST_NAME: Final = 128

Vector: TypeAlias = tuple[float, float, float]
Turn: TypeAlias = tuple[float, float, float, float]
Place: TypeAlias = tuple[Vector, Turn]
"""(position xyz, quaternion xyzw), Unity's axes, as on the wire."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a sender says at one moment. bones : HumanBodyBones name -> place, local; blends : name -> value; root :
    where the whole stands, None for nothing said; t : when its newest part came, the receiver's clock."""

    bones: Mapping[str, Place]
    blends: Mapping[str, float]
    root: Place | None
    t: float


class Receiver:
    """One stage's incoming VMC.

    The first sender owns it until it has been silent for a second. refused : datagrams that were not OSC; strange :
    from somebody else than the owner; late : bundles older than one that had come; frames : complete ones.
    """

    def __init__(self) -> None:
        self._bones: dict[str, tuple[Place, float]] = {}
        self._blends: dict[str, tuple[float, float]] = {}
        self._waiting: dict[str, float] = {}
        self._begun: dict[str, Place] = {}
        self._root: tuple[Place, float] | None = None
        self._owner: object = None
        self._heard = -math.inf
        self._theirs = -math.inf
        self._loaded = True
        self.refused = self.strange = self.late = self.frames = 0

    def feed(self, data: bytes, now: float, sender: object = None) -> bool:
        """Take a datagram that came at ``now``, seconds; whether a frame is complete with it. Never raises for what a
        datagram can hold."""
        try:
            packet = osc.decode(data)
        except EventError:
            self.refused += 1
            return False
        messages = [m for m in packet.messages if m.address.startswith("/VMC/Ext/")]
        if not messages:
            return False
        if now - self._heard > OWNED_S:
            self._forget()
            self._owner = sender
        elif sender != self._owner:
            self.strange += 1
            return False
        if packet.bundled and self._is_late(messages):
            self.late += 1
            return False
        self._heard = now
        complete = False
        for each in messages:
            complete = self._take(each, now) or complete
        if packet.bundled:
            complete = self._settle(now) or complete
        self.frames += complete
        return complete

    def frame(self, now: float) -> Frame | None:
        """What is said at ``now``; None while nobody owns the body, or the sender has no model loaded."""
        if now - self._heard > OWNED_S or not self._loaded:
            return None
        bones = {name: place for name, (place, t) in self._bones.items() if now - t <= OWNED_S}
        blends = {name: value for name, (value, t) in self._blends.items() if now - t <= OWNED_S}
        root = self._root[0] if self._root is not None and now - self._root[1] <= OWNED_S else None
        return Frame(bones, blends, root, self._heard)

    def _forget(self) -> None:
        for kept in (self._bones, self._blends, self._waiting, self._begun):
            kept.clear()
        self._root, self._loaded, self._theirs = None, True, -math.inf

    def _is_late(self, messages: Iterable[Message]) -> bool:
        """Was it overtaken on its way? A time far back is a sender that has started anew."""
        for each in messages:
            if each.address == "/VMC/Ext/T" and (t := _numbers(each.args)) is not None and len(t) == 1:
                if 0 < self._theirs - t[0] < _LATE_S:
                    return True
                self._theirs = t[0]
        return False

    def _take(self, each: Message, now: float) -> bool:
        args = each.args
        match each.address[9:]:
            case "Bone/Pos":
                if (named := _named(args, (7,))) is None:
                    return False
                name, values = named
                done = name in self._begun and self._settle(now)
                if len(self._bones) < _MOST_NAMES or name in self._bones:
                    self._begun[name] = _place(values)
                return done
            case "Blend/Val" if (named := _named(args, (1,))) is not None:
                if len(self._waiting) < _MOST_NAMES:
                    self._waiting[named[0]] = named[1][0]
            case "Blend/Apply":
                for name, value in self._waiting.items():
                    if len(self._blends) < _MOST_NAMES or name in self._blends:
                        self._blends[name] = (value, now)
                self._waiting.clear()
                return self._settle(now)
            case "Root/Pos" if (named := _named(args, (7, 10, 13))) is not None:
                self._root = (_place(named[1]), now)
            case "OK" if args and isinstance(args[0], int | float):
                self._loaded = bool(args[0])
            case "T":
                return self._settle(now)
        return False

    def _settle(self, now: float) -> bool:
        """The frame that was begun is whole."""
        self._bones.update((name, (place, now)) for name, place in self._begun.items())
        self._begun.clear()
        return True


def encoded(t: float, bones: Mapping[str, Place], blends: Mapping[str, float], most: int = BUNDLE_BYTES) -> list[bytes]:
    """A frame as it is sent: one bundle where it fits into ``most`` bytes, else as few as hold it: state and pose, then
    the blend shapes in one of their own where one holds them, and every bundle with the frame's T. t : the sender's
    seconds. The root stands at the origin."""
    state = [osc.message("/VMC/Ext/OK", 1, 3, 0, 1), osc.message("/VMC/Ext/T", float(t))]
    pose = [osc.message("/VMC/Ext/Root/Pos", "root", *_ORIGIN)]
    pose += [osc.message("/VMC/Ext/Bone/Pos", name, *map(float, (*at, *turn))) for name, (at, turn) in bones.items()]
    face = [osc.message("/VMC/Ext/Blend/Val", name, float(value)) for name, value in blends.items()]
    face.append(osc.message("/VMC/Ext/Blend/Apply"))
    whole = osc.bundles([*state, *pose, *face], most)
    if len(whole) == 1:
        return whole
    stamp = osc.bundle([state[1]])[16:]
    parts = osc.bundles([state[0], *pose], most - len(stamp)) + osc.bundles(face, most - len(stamp))
    return [part[:16] + stamp + part[16:] for part in parts]


_ORIGIN: Final = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def _numbers(args: tuple[osc.Value, ...]) -> list[float] | None:
    """All as finite numbers, or None."""
    if not set(map(type, args)) <= _NUMBERS:
        return None
    out = [float(value) for value in args]  # type: ignore[arg-type]
    return out if all(map(math.isfinite, out)) else None


def _named(args: tuple[osc.Value, ...], counts: tuple[int, ...]) -> tuple[str, list[float]] | None:
    if not args or not isinstance(args[0], str) or not 0 < len(args[0]) <= _LONGEST_NAME:
        return None
    values = _numbers(args[1:])
    return None if values is None or len(values) not in counts else (args[0], values)


def _place(values: list[float]) -> Place:
    x, y, z, a, b, c, d = values[:7]
    return (x, y, z), (a, b, c, d)
