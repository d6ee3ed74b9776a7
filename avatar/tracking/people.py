"""Who of several people is the person: chosen once, kept while they are there, told from the others by where they are.

No likeness is kept or compared: a face here is a place and a width in the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from .landmarks import Region

WISHES: Final = ("middle", "left", "right", "nearest")
"""Who is chosen where there are several: who is nearest to the middle of the picture, or to its left or right edge, as
the camera sees it, or to the lens: whose face is widest."""
KEEP: Final = 1.5
"""Seconds after which somebody not seen any more has gone, and another may be the person."""
_UNSURE: Final = 0.5
"""Seconds in which the landmarks of somebody chosen must be found, or it was no face; (_SHUN) it is not chosen again
for so long."""
_SHUN: Final = 3.0
_OTHERS: Final = 3.0
"""Seconds for which somebody else counts as there who is not found any more; they are looked for twice a second."""
_DOUBT: Final = 1.3
"""Somebody new is believed when found again within so many seconds: now and then a hand is taken for a face."""
_REACH: Final = 1.0
"""Widths of a face that one moves between two looks, and (_SPEED) widths a second more after a longer time."""
_SPEED: Final = 1.5
_UNLIKE: Final = 1.4
"""Times as wide: detectors differ by more, and something larger is no reason to look for a face farther away."""
_SAME: Final = 0.7
"""Widths of a face within which two finds are of one face."""
_SMALL: Final = 0.3
"""Of the widest face: smaller ones are pictures on a wall and people far behind."""

_COAST: Final = 0.8
"""Seconds for which somebody out of sight is taken to go on as they did."""
_SPEED_S, _FASTEST = 0.15, 10.0  # seconds that a speed is averaged over; the fastest, widths of a face a second
_TELL: Final = 0.5
"""Widths of a face: a face that is not so much nearer to one than to another may be either's, the nearer one's to the
lens; then both go on as they did until it can be told again, or (_BOTH) for so many seconds."""
_BOTH: Final = 1.5
_LOST: Final = 0.2
"""Seconds after which a person who was lost from sight is not found again in such a face."""
_UNDER: Final = (1.3, 0.9, 5.0)
"""A trunk under a face, in its widths: to each side, and from where to where below its middle. What looks like a face
there is more often printed on a shirt; (_PROOFS) it counts when its landmarks are found so many looks in a row."""
_PROOFS: Final = 3

Spot: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """A face somewhere in the picture. middle : (x, y), wide : of the face, pixels; t : seconds when it was seen there;
    sure : its landmarks were found; speed : (x, y) pixels a second."""

    middle: Spot
    wide: float
    t: float
    sure: bool = False
    speed: Spot = (0.0, 0.0)

    def at(self, t: float) -> Spot:
        """Where it is at ``t`` seconds if it has gone on as it did."""
        dt = min(max(t - self.t, 0.0), _COAST)
        return self.middle[0] + self.speed[0] * dt, self.middle[1] + self.speed[1] * dt

    def gone_on(self, face: Found) -> Found:
        """Found again as ``face``, with the speed that this says."""
        dt = face.t - self.t
        if dt <= 0:
            return replace(face, speed=self.speed)
        most = _FASTEST * face.wide
        share = 1 - math.exp(-dt / _SPEED_S)
        told = [min(max((b - a) / dt, -most), most) for a, b in zip(self.middle, face.middle, strict=True)]
        vx, vy = (v + (w - v) * share for v, w in zip(self.speed, told, strict=True))
        return replace(face, speed=(vx, vy))


class People:
    """wish : one of WISHES. person : the one chosen, None while nobody is there; others : everybody else."""

    def __init__(self, wish: str = "middle") -> None:
        self.wish = wish
        self.person: Found | None = None
        self.others: tuple[Found, ...] = ()
        self._chosen_t = 0.0
        self._first = False  # the person is whoever was found first: nobody has looked round yet
        self._shunned: Found | None = None
        self._doubtful: tuple[Found, ...] = ()
        self._proofs: tuple[tuple[Found, int], ...] = ()
        self._now = 0.0
        self._seen_t = 0.0  # when the person's landmarks were last found
        self._both_t: float | None = None  # since when it cannot be told whose face is seen

    def unproved(self, faces: Sequence[Found], t: float) -> list[Found]:
        """Which of them may be no faces: to be looked at for landmarks before ``look`` is told. Not the person's,
        who may be the only one, and nobody's who is known, unless they are where somebody's chest is."""
        person = self.person
        if person is None and len(faces) == 1:
            return []
        near = [f for f in faces if person is not None and person.sure and self._mine(f, person, t)]
        mine = min(near, key=lambda f: math.dist(f.middle, person.middle) if person else 0.0, default=None)
        known = [f for f in faces if any(_near(f, o, t) for o in self.others)]
        return [f for f in faces if f is not mine and (f not in known or self._printed(f, faces))]

    @staticmethod
    def _mine(face: Found, person: Found, t: float) -> bool:
        return _near(face, person, t) and not _under(face, person)

    def _printed(self, face: Found, faces: Sequence[Found]) -> bool:
        """Whether it is where somebody's chest is, and may be a shirt's."""
        everybody = [*faces, self.person] if self.person is not None else faces
        return any(_under(face, other) for other in everybody)

    def look(self, faces: Sequence[Found], width: int, t: float, proved: Sequence[Found] | None = None) -> None:
        """Take everybody that one look at the whole picture found, in a picture ``width`` pixels wide. proved : those
        of ``unproved`` whose landmarks were found, None = all."""
        asked = self.unproved(faces, t)
        seen = [f for f in asked if proved is None or f in proved]
        self._proofs = tuple((f, 1 + max((n for g, n in self._proofs if _near(f, g, t)), default=0)) for f in seen)
        real = [f for f, n in self._proofs if n >= _PROOFS or not self._printed(f, faces)]
        faces = [f for f in faces if f not in asked or f in real]
        widest = max((f.wide for f in faces), default=0.0)
        left = _apart([f for f in faces if f.wide >= _SMALL * widest])
        self._forget(t)
        person = self.person
        sudden = person is None or self._first
        near = [f for f in left if person is not None and self._mine(f, person, t)]
        if not self._first:
            near = [f for f in near if self._whose(f, t) != "other"]
        if person is not None and near and not (self._first and len(left) > 1):
            mine = min(near, key=lambda f: math.dist(f.middle, person.at(t)))
            self.person = self._carried(person, mine) if self._whose(mine, t) == "both" else person.gone_on(mine)
            self.person = replace(self.person, sure=person.sure)
            left = [f for f in left if not _same(f, mine)]
        elif left and sudden:
            shunned = self._shunned if self._shunned is not None and t - self._shunned.t < _SHUN else None
            able = [f for f in left if shunned is None or not _same(f, shunned)]
            if able:
                chosen = min(able, key=lambda f: self._from_wish(f, width))
                left.remove(chosen)
                same = person is not None and _near(chosen, person, t)
                self.person, self._chosen_t = replace(chosen, sure=same), t
        self._first = self._first and not faces
        known = (*self.others, *(d for d in self._doubtful if t - d.t <= _DOUBT))
        sure = [f for f in left if sudden or any(_near(f, o, t) for o in known)]
        self._doubtful = tuple(f for f in left if f not in sure)
        kept = [o for o in self.others if not any(_near(f, o, t) for f in sure)]
        self.others = tuple([self._again(f, t) for f in sure] + kept)

    def follow(self, middle: Spot, wide: float, t: float) -> bool:
        """Take a face whose landmarks were found: whether it is the person's. It is not where somebody else was seen
        nearer, or too far from where the person was a moment ago while others are about."""
        self._forget(t)
        face, person = Found(middle, wide, t, True), self.person
        if person is None:
            self.others = tuple(o for o in self.others if not _same(face, o))
            self._first, self._chosen_t = not self.others, t
            self.person, self._seen_t = face, t
            return True
        whose = self._whose(face, t)
        if whose == "other" or (self.others and not _near(face, person, t)):
            return False
        if whose == "both":
            self.person = self._carried(person, face)
            if t - self._seen_t > _LOST:
                return False
        else:
            self.person = person.gone_on(face)
        self._seen_t = t
        return True

    def _whose(self, face: Found, t: float) -> str:
        """``mine`` or ``other``, by where each would be now; ``both`` where that cannot be told."""
        person, whose = self.person, "mine"
        if person is not None and self.others:
            away = math.dist(face.middle, person.at(t))
            off, other = min(((math.dist(face.middle, o.at(t)), o) for o in self.others), key=lambda pair: pair[0])
            if off < min(away, 1.5 * other.wide) and math.dist(person.at(t), other.at(t)) > _TELL * face.wide:
                return "other"
            whose = "both" if off - away < _TELL * face.wide else "mine"
        if whose == "mine":
            self._both_t = None
        elif self._both_t is None:
            self._both_t = t
        elif t - self._both_t > _BOTH:
            whose = "mine"
        return whose

    @staticmethod
    def _carried(person: Found, face: Found) -> Found:
        """The person where they would be, while somebody else may be what is seen."""
        return replace(person, middle=person.at(face.t), t=face.t, sure=True)

    def _again(self, face: Found, t: float) -> Found:
        """Somebody else, found again."""
        known = [o for o in self.others if _near(face, o, t)]
        return min(known, key=lambda o: math.dist(o.at(t), face.middle)).gone_on(face) if known else face

    def meet(self, middle: Spot, wide: float, t: float) -> bool:
        """Take a face whose landmarks were found where ``near_other`` said: whether it is somebody else's."""
        face = Found(middle, wide, t, True)
        person = self.person
        known = [o for o in self.others if _near(face, o, t)]
        if not known:
            return False
        before = min(known, key=lambda o: math.dist(o.at(t), middle))
        away = math.dist(middle, person.at(t)) if person is not None else math.inf
        if away - math.dist(middle, before.at(t)) < _TELL * wide:
            return False
        self.others = tuple(before.gone_on(face) if o is before else o for o in self.others)
        return True

    def remain(self, middle: Spot, t: float) -> None:
        """The person is there, though their face is not seen: their body is. middle : of the nose, pixels."""
        person = self.person
        if person is None or not person.sure or t <= person.t:
            return
        nose = Found(middle, person.wide, t, True)
        # Behind somebody who goes past, a body may be found half of one and half of the other.
        step = math.dist(middle, person.at(t))
        if self.others and step > (_SAME + _SPEED * (t - person.t)) * person.wide:
            return
        if _near(nose, person, t) and self._whose(nose, t) == "mine":
            self.person = person.gone_on(nose)

    def belongs(self, nose: Spot, t: float) -> bool:
        """Whether a body with its nose there, pixels, is the person's, as far as that can be told."""
        person = self.person
        if person is None or t - person.t > KEEP:
            return True
        away = math.dist(nose, person.at(t))
        if away <= (1.3 + _SPEED * abs(t - person.t)) * person.wide:
            return not any(math.dist(nose, o.at(t)) < min(away, o.wide) for o in self.others)
        return False

    def _forget(self, t: float) -> None:
        self._now = max(self._now, t)
        self.others = tuple(o for o in self.others if t - o.t <= _OTHERS)
        person = self.person
        if person is None:
            return
        if t - person.t > KEEP:
            self.person = None
        elif not person.sure and t - self._chosen_t > _UNSURE:
            self.person, self._shunned = None, replace(person, t=t)

    def _from_wish(self, face: Found, width: int) -> float:
        x = face.middle[0]
        return {"left": x, "right": width - x, "nearest": -face.wide}.get(self.wish, abs(x - width / 2))

    def near_face(self, size: tuple[int, int]) -> Region | None:
        """Where to look for the person's face so that nobody else's is in view; None = in the whole picture, because
        nobody else is there. size : (width, height) of the picture."""
        person = self.person
        if person is None or not self.others:
            return None
        half = 1.4 * person.wide
        for other in self.others:
            apart = max(abs(a - b) for a, b in zip(other.at(self._now), person.at(self._now), strict=True))
            half = min(half, max(apart - 0.45 * other.wide, 0.75 * person.wide))
        x, y = person.at(self._now)
        return _box(x - half, y - half, x + half, y + half, size)

    def near_other(self, size: tuple[int, int]) -> Region | None:
        """Where to look for the face of whoever else is there, the widest of several; None without anybody."""
        if not self.others:
            return None
        other = max(self.others, key=lambda o: o.wide)
        half, (x, y) = 1.4 * other.wide, other.at(self._now)
        if self.person is not None:
            apart = max(abs(a - b) for a, b in zip(self.person.at(self._now), (x, y), strict=True))
            half = min(half, max(apart - 0.45 * self.person.wide, 0.75 * other.wide))
        return _box(x - half, y - half, x + half, y + half, size)

    def near_body(self, size: tuple[int, int]) -> Region | None:
        """The same for the whole person: at each side as far as the next one's face, or the shoulders, and all the way
        down."""
        person = self.person
        if person is None or not self.others:
            return None
        x, y = person.middle
        left, right = x - 4.5 * person.wide, x + 4.5 * person.wide
        for other in self.others:
            edge, least = 0.6 * other.wide, 2.2 * person.wide
            if other.middle[0] > x:
                right = min(right, max(other.middle[0] - edge, x + least))
            else:
                left = max(left, min(other.middle[0] + edge, x - least))
        return _box(left, y - 2.2 * person.wide, right, size[1], size)

    def settled(self, region: Region | None, wanted: Region | None, slack: float) -> Region | None:
        """``region`` as long as it serves, else ``wanted``: detectors follow what they see from look to look, and a
        region that moves would break their thread. slack : widths of a face by which an edge may be off."""
        if region is None or wanted is None or self.person is None:
            return wanted
        return _settled(region, wanted, slack * self.person.wide, [o.middle for o in self.others])

    def settled_other(self, region: Region | None, wanted: Region | None, slack: float) -> Region | None:
        """The same of where somebody else is."""
        if region is None or wanted is None or self.person is None:
            return wanted
        return _settled(region, wanted, slack * max((o.wide for o in self.others), default=0), [self.person.middle])


def _settled(region: Region, wanted: Region, most: float, strangers: Sequence[Spot]) -> Region:
    x0, y0, x1, y1 = region
    if max(abs(a - b) for a, b in zip(region, wanted, strict=True)) > most:
        return wanted
    return wanted if any(x0 < x < x1 and y0 < y < y1 for x, y in strangers) else region


def _near(face: Found, before: Found, t: float) -> bool:
    reach = _REACH + _SPEED * max(t - before.t, 0.0)
    small, large = sorted((face.wide, before.wide))
    return math.dist(face.middle, before.at(t)) <= reach * min(large, _UNLIKE * small)


def _same(a: Found, b: Found) -> bool:
    return math.dist(a.middle, b.middle) <= _SAME * max(a.wide, b.wide)


def _under(face: Found, other: Found) -> bool:
    """Whether it is where the other's chest is."""
    aside, below = abs(face.middle[0] - other.middle[0]), face.middle[1] - other.middle[1]
    return aside < _UNDER[0] * other.wide and _UNDER[1] * other.wide < below < _UNDER[2] * other.wide


def around(face: Found, size: tuple[int, int]) -> Region | None:
    """Where to look closely at one that was found."""
    (x, y), half = face.middle, 1.1 * face.wide
    return _box(x - half, y - half, x + half, y + half, size)


def _apart(faces: list[Found]) -> list[Found]:
    kept: list[Found] = []
    for face in sorted(faces, key=lambda f: -f.wide):
        if not any(_same(face, other) for other in kept):
            kept.append(face)
    return kept


def _box(x0: float, y0: float, x1: float, y1: float, size: tuple[int, int]) -> Region | None:
    region = (max(round(x0), 0), max(round(y0), 0), min(round(x1), size[0]), min(round(y1), size[1]))
    return region if region[2] - region[0] >= 16 and region[3] - region[1] >= 16 else None
