"""Things on the person and on tags: a ring on a finger, a cup in a hand, a candle on a table. Where they are, who hides
them, and what of them moves by itself.

A prop's own frame: metres, +Y up, what stands has its foot at y = 0; a ring's middle is the origin and its finger goes
along +Y, its stone is at +Z. What burns is ``burning``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from ..linalg.signals import ease
from ..model.model import AvatarModel
from ..spelling import PropPlace, parse_place
from ..types import FloatArray, Observation
from .anchors_companion import Own, OwnHand
from .anchors_of import Where
from .anchors_props import Held
from .build import Build
from .burning import Burning
from .camera import Camera
from .hand_space import SolidHand
from .order import Thing
from .passing import Cup, Passing, Touch, on_companion, on_person
from .placement import Cover, Placement
from .prop_hold import HOW, Load, cup_of, how_held, load_of, stacked
from .prop_shape import Shape, shape_of
from .scene import FLAMES, Figure, Flame
from .standing import OnAnchor

_FADE_S: Final = 0.4
_FOOT: Final = 1.25  # of half its width, the dark patch under it
_BEHIND: Final = 0.001
_SMALL: Final = 0.4  # metres: what is smaller is drawn with more samples
_THERE: Final = 0.25  # of a place's opacity, from which on something can go there
_SOUGHT_S: Final = 0.8  # seconds for which a tag is looked for, where there is another place to be at
_TAKEN: Final = 0.5  # of the way, from which a hand closes round what it takes
_WORN: Final = ("worn", "tips")
_NEAR, _ROUND = 0.05, 0.012  # metres round the middle of a thing, and round itself: parts of a hand that may hide it
__all__ = ("Placed", "Props", "Shape", "covered", "shape_of")


@dataclass(slots=True)
class _Stand:
    place: PropPlace
    placer: OnAnchor
    level: float = 0.0
    seen: bool = False


@dataclass(slots=True)
class _Prop:
    model: AvatarModel
    shape: Shape
    shown: bool
    stands: list[_Stand]
    burning: Burning
    passing: Passing | None = None
    sought: float = 0.0


@dataclass(frozen=True, slots=True)
class Placed:
    """One prop in one picture. flame : the light that it gives."""

    name: str
    thing: Thing
    figure: Figure
    flame: Flame | None = None


class Props:
    """All props of a stage. load : the model of a house prop's or a person's own file's name; seed : of the flames."""

    def __init__(self, load: Callable[[str], AvatarModel], seed: int = 0) -> None:
        self._load, self._seed = load, seed
        self._props: dict[str, _Prop] = {}
        self._held, self._own = Held(), Own()
        self._cushion: FloatArray | None = None
        self._where = Where(self._held, self._own, lambda: self._cushion)
        self._lifts: dict[str, float] = {}
        self.touch: Touch | None = None
        """What a hand of the companion's gives or takes in the newest picture."""
        self.cup: Cup | None = None
        """The cup that a hand of the companion's holds in the newest picture."""

    @property
    def names(self) -> tuple[str, ...]:
        """Those that there are."""
        return tuple(self._props)

    @property
    def seeks_marks(self) -> bool:
        """Whether one is on a printed mark."""
        return any(stand.place.on == "tag" for prop in self._props.values() for stand in prop.stands if prop.shown)

    @property
    def needs_hands(self) -> bool:
        """Whether one is on a hand."""
        return any(on_person(stand.place) for prop in self._props.values() for stand in prop.stands if prop.shown)

    @property
    def shine(self) -> bool:
        """Whether one of them gives light of its own, now or when it is shown."""
        return any(prop.burning.shines for prop in self._props.values())

    @property
    def carried(self) -> dict[str, Load]:
        """What is in the companion's own hands, by their side."""
        found: dict[str, Load] = {}
        for name, prop in self._props.items():
            going = prop.passing is not None and prop.passing.share > 0
            for stand in prop.stands[:1] if going or prop.passing is None else prop.stands[1:2]:
                if prop.shown and on_companion(stand.place) and HOW.get(stand.place.on, "ring-finger") != "ring-finger":
                    load = load_of(how_held(stand.place, prop.shape), prop.shape, self._lift(name))
                    found[stand.place.which] = load.with_other(found.get(stand.place.which))
        return found

    def models(self) -> tuple[AvatarModel, ...]:
        """What is to be drawn, for preparing it."""
        return tuple(prop.model for prop in self._props.values())

    def add(self, name: str, model: str, place: PropPlace) -> None:
        """Attach a prop that is not there yet; it fades in. Raises what ``load`` raises."""
        made = self._load(model)
        self._props[name] = _Prop(
            made,
            shape_of(made),
            True,
            [],
            Burning(made.node_names, made.rest_world(), self._seed + 1 + len(self._props)),
        )
        self.attach(name, place)

    def attach(self, name: str, place: PropPlace) -> None:
        """Move one to another place: from a hand to a hand it goes, where one of them is the companion's; otherwise it
        fades out here and in there. KeyError for a name that there is not."""
        prop = self._props[name]
        if prop.passing is not None and prop.passing.share > 0:  # it has set out, and counts as there
            del prop.stands[1:]
            prop.passing, prop.stands[0].level = None, 1.0
        seen = prop.shown and bool(prop.stands) and prop.stands[0].level > 0
        prop.shown, prop.sought = True, 0.0
        if prop.stands and prop.stands[0].place == place:
            return
        if prop.passing is not None and prop.passing.share <= 0:
            prop.stands.pop(0)  # it never went there
            if prop.stands[0].place == place:
                prop.passing = None
                return
        begin = prop.stands[0].place if prop.stands else place
        both = all(on_companion(p) or on_person(p) for p in (begin, place))
        prop.passing = Passing(begin, place) if seen and both and (on_companion(begin) or on_companion(place)) else None
        anchor = self._where.anchor(place, prop.shape, prop.burning.flame, partial(self._lift, name))
        prop.stands.insert(0, _Stand(place, OnAnchor(_build(prop.shape), anchor)))
        del prop.stands[3:]

    def show(self, name: str, shown: bool) -> None:
        """Fade one in or out where it is. KeyError for a name that there is not."""
        self._props[name].shown = shown

    def step(
        self,
        observation: Observation | None,
        hands: Sequence[SolidHand],
        going: Collection[str],
        camera: Camera,
        dt: float,
        own: dict[str, OwnHand] | None = None,
        out: Sequence[str] = (),
    ) -> list[Placed]:
        """What is seen of them ``dt`` seconds after the last picture. hands, going : see ``order.Order``; own : the
        companion's hands; out : sides of the person's hands that are held out."""
        self._own.hands = own or {}
        self._held.hands, self._held.going = tuple(sorted(hands, key=self._away)), frozenset(going)
        self._held.out = tuple(hand.side for hand in self._held.hands if hand.side in out)
        self._stack()
        found: list[Placed] = []
        self._cushion = self.touch = self.cup = None
        # what lies on the cushion comes after it
        for name, prop in sorted(self._props.items(), key=lambda item: item[0] != "ring-pillow"):
            prop.burning.step(dt)
            self._seek(name, prop, dt)
            if prop.passing is not None:
                found += self._passed(name, prop, observation, camera, dt)
                continue
            for k, stand in enumerate(prop.stands):
                up = prop.shown and k == 0
                stand.level = min(max(stand.level + (dt if up else -dt) / _FADE_S, 0.0), 1.0)
                for place in stand.placer.step(observation, camera, dt):
                    stand.seen = stand.seen or place.opacity > _THERE
                    seen = replace(place, opacity=place.opacity * ease(stand.level))
                    if seen.opacity > 0:
                        found.append(self._placed(name, prop, seen, stand.place))
                        if prop.shown and k == 0 and prop.shape.open and stand.place.on == "companion-hand":
                            self.cup = cup_of(found[-1].figure.placement, prop.shape, stand.place.which)
                        if name == "ring-pillow" and k == 0:
                            self._cushion = found[-1].figure.placement
            prop.stands = [stand for k, stand in enumerate(prop.stands) if k == 0 or stand.level > 0]
        return found

    def _seek(self, name: str, prop: _Prop, dt: float) -> None:
        """Go to the other place where no tag was found; where one was, it stays there."""
        first = prop.stands[0]
        if prop.shown and first.place.otherwise and not first.seen:
            prop.sought += dt
            if prop.sought > _SOUGHT_S:
                self.attach(name, parse_place(first.place.otherwise))

    def _away(self, hand: SolidHand) -> float:
        """Metres from a hand of the person's to the companion's nearest one; the right hand first where none is."""
        if not self._own.hands:
            return float(hand.side == "left")
        middle = hand.points.mean(0)
        return min(float(np.linalg.norm(own.points["Hand"] - middle)) for own in self._own.hands.values())

    def _lift(self, name: str) -> float:
        return self._lifts.get(name, 0.0)

    def _stack(self) -> None:
        """How high each lies of those that lie on one palm: the wider under the narrower."""
        self._lifts = {name: lift for name, lift in self._lifts.items() if self._props[name].passing is not None}
        for side in ("left", "right"):
            place = PropPlace("companion-palm", side)
            lying = {
                name: prop.shape
                for name, prop in self._props.items()
                if prop.shown and prop.stands[min(len(prop.stands) - 1, 1 if _waits(prop) else 0)].place == place
            }
            self._lifts |= stacked(lying)

    def _passed(
        self, name: str, prop: _Prop, observation: Observation | None, camera: Camera, dt: float
    ) -> list[Placed]:
        """One that waits to go, or goes, to another place."""
        passing, (new, old) = prop.passing, prop.stands[:2]
        assert passing is not None
        end, begin = (stand.placer.step(observation, camera, dt)[0] for stand in (new, old))
        passing.step(dt, end.opacity > _THERE and begin.opacity > _THERE)
        old.level = min(1.0, old.level + dt / _FADE_S)
        share = passing.share
        there, here = self._settled(prop, end, new.place), self._settled(prop, begin, old.place)
        matrix = passing.matrix(here, there, prop.shape.ring and "finger" in new.place.on)
        if passing.reaching and passing.side:
            self.touch = self._touched(prop, passing, here, there)
        if passing.over:
            prop.passing, new.level = None, 1.0
            prop.stands = [new]
        nearer, place = (end, new.place) if share > 0.5 else (begin, old.place)
        opacity = nearer.opacity if share in (0.0, 1.0) else 1.0
        hold = nearer.hold if nearer.hold is None or nearer.hold.how != "stand" else None
        seen = replace(nearer, opacity=opacity * ease(old.level) if share <= 0 else opacity, matrix=matrix, hold=hold)
        if seen.opacity <= 0:
            return []
        return [self._placed(name, prop, seen, place, settled=True)]

    def _touched(self, prop: _Prop, passing: Passing, here: FloatArray, there: FloatArray) -> Touch:
        takes = on_companion(passing.end) and passing.end.on != "ring-pillow"
        ring = prop.shape.ring
        up = np.float32(prop.shape.low + prop.shape.grip[0] * prop.shape.height)
        middles = [m[:3, 3] + (0 if ring else m[:3, 1] * up) for m in (here, there)]
        goal = middles[0] if takes else middles[1]
        if not takes and ring and "finger" in passing.end.on and passing.end.on != "fingertips":
            goal = goal + there[:3, 1] / np.float32(np.linalg.norm(there[:3, 1])) * np.float32(0.05)
        own = passing.end if takes else passing.begin
        how, worn = HOW.get(own.on, "fingertips"), own.on == "companion-ring-finger"
        bowl = prop.shape.half if prop.shape.bowl else 0.0
        loose = takes and (bowl > 0 or how == "fingertips")
        holds = None if ring or loose else middles[1 if takes else 0]
        empty = takes and passing.share < _TAKEN
        return Touch(passing.side, goal, middles[0 if takes else 1], takes, worn, holds, bowl, how, empty)

    def _settled(self, prop: _Prop, place: Placement, on: PropPlace) -> FloatArray:
        """(4, 4) a placement's matrix, of the prop's own frame."""
        if not _stands(place, on) or not prop.shape.low:
            return place.matrix
        matrix = place.matrix.copy()
        matrix[:3, 3] -= matrix[:3, 1] * np.float32(prop.shape.low)
        return matrix

    def _placed(self, name: str, prop: _Prop, place: Placement, on: PropPlace, settled: bool = False) -> Placed:
        scale = float(np.linalg.norm(place.matrix[:3, 1]))
        hold = place.hold
        stands = _stands(place, on)
        matrix = place.matrix if settled else self._settled(prop, place, on)
        place = replace(place, matrix=matrix)
        hidden, order = None, None
        middle = matrix[:3, 3] + matrix[:3, 1] * np.float32(prop.shape.low + 0.4 * prop.shape.height)
        if hold is not None and hold.how in _WORN:
            hidden = self._held.capsules(hold.side, matrix[:3, 3])
        elif on.on in HOW and on.on != "companion-palm":
            near = max(_NEAR, prop.shape.half * scale + _ROUND)
            hidden = self._own.capsules(on.which, matrix[:3, 3] if prop.shape.ring else middle, near)
        if on_companion(on) and self._own.hands:
            depth = max(hand.depth for hand in self._own.hands.values())
            order = max(float(matrix[2, 3]), depth + _BEHIND) + _BEHIND * self._lift(name)
            if on.on == "ring-pillow" and self._cushion is not None:
                order = max(order, float(self._cushion[2, 3]), depth + _BEHIND) + _BEHIND
        figure = Figure(
            prop.model,
            prop.burning.moved(matrix),
            prop.model.morph_defaults,
            matrix,
            opacity=place.opacity,
            shadow=place.shadow if stands and not on_companion(on) else None,
            floor=place.floor,
            hidden_by=hidden,
            fine=prop.shape.height * scale < _SMALL,
            on_hand=hold is not None,
            patch=_FOOT * prop.shape.half * scale,
            order=order,
        )
        thing = Thing(place, prop.shape.height * scale, name, prop.shape.half * scale)
        return Placed(name, thing, figure, prop.burning.light(matrix, figure.world, figure.opacity))


def flames(placed: Sequence[Placed]) -> tuple[Flame, ...]:
    """The strongest lights of what is in one picture, ``FLAMES`` at most."""
    found = [p.flame for p in placed if p.flame is not None]
    return tuple(sorted(found, key=lambda flame: -float(flame.color[0]))[:FLAMES])


def covered(placed: Placed, cover: Cover, carried: Sequence[Placement] = ()) -> Figure:
    """The figure of a prop, hidden as ``cover`` says. carried : companions, of which one may stand on the hand that
    wears this: it stands before its fingers."""
    figure, hold = placed.figure, placed.thing.place.hold
    figure.behind_person, figure.behind_hands = cover.body, cover.hands
    if hold is not None and hold.how in _WORN:
        behind = [p.matrix[2, 3] for p in carried if p.hold is not None and p.hold.side == hold.side and p.opacity > 0]
        figure.order = min(float(figure.placement[2, 3]), *(float(z) - _BEHIND for z in behind)) if behind else None
    return figure


def _stands(place: Placement, on: PropPlace) -> bool:
    """Has it its foot where it is, and not its middle?"""
    if on_companion(on):
        return on.on in ("companion-palm", "companion-hand")
    return place.hold is None or place.hold.how == "stand"


def _waits(prop: _Prop) -> bool:
    """Is it where it was, and to go to another place?"""
    return prop.passing is not None and prop.passing.share <= 0


def _build(shape: Shape) -> Build:
    """What ``placed`` asks of something that stands."""
    tall, half = shape.height, shape.half
    return Build(tall, (tall / 2, 0.0), (half, 0.0, tall, -half, half), (half, tall / 2))
