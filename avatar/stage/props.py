"""Things on the person and on tags: a ring on a finger, a cup in a hand, a candle on a table. Where they are, who hides
them, and what of them moves by itself.

A prop's own frame: metres, +Y up, what stands has its foot at y = 0; a ring's middle is the origin and its finger goes
along +Y, its stone is at +Z. Nodes whose names begin with ``flame`` flicker; those with ``glow`` turn to the camera.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..linalg import affine
from ..linalg.signals import Noise, ease
from ..model.model import AvatarModel
from ..spelling import PropPlace
from ..types import FloatArray, Observation
from .anchors_props import Finger, Grip, Held, OnTag
from .build import Build
from .camera import Camera
from .hand_space import SolidHand
from .order import Thing
from .placement import Cover, Placement
from .scene import Figure
from .standing import OnAnchor

_FADE_S: Final = 0.4
_FLICKER: Final = 5.0
"""Lattice points a second of the flames' noise, which then holds nothing above 2.5 Hz: fewer than the three flashes a
second that WCAG 2.3.1 allows, and those of a few pixels."""
_TALLER, _WIDER, _LEAN = 0.07, 0.03, 0.05
_FOOT: Final = 1.25  # of half its width, the dark patch under it
_BEHIND: Final = 0.001
_SMALL: Final = 0.4  # metres: what is smaller is drawn with more samples


@dataclass(frozen=True, slots=True)
class Shape:
    """A prop's measures, metres in its own frame. low, high : along +Y; hole : the smallest distance of anything from
    the axis; half : half of its width across."""

    low: float
    high: float
    hole: float
    half: float

    @property
    def height(self) -> float:
        """Metres along +Y."""
        return self.high - self.low


def shape_of(model: AvatarModel) -> Shape:
    """Measure a prop at rest, but for what only shines."""
    world = model.rest_world()
    solid = [p for p in model.primitives if model.materials[p.material].alpha_mode != "BLEND"] or model.primitives
    points = np.concatenate([affine.apply(world[p.node], p.positions) for p in solid])
    away = np.hypot(points[:, 0], points[:, 2])
    low, high = float(points[:, 1].min()), float(points[:, 1].max())
    half = float(np.ptp(points[:, [0, 2]], axis=0).max()) / 2
    return Shape(low, max(high, low + 1e-4), float(away.min()), max(half, 1e-4))


@dataclass(slots=True)
class _Stand:
    place: PropPlace
    placer: OnAnchor
    level: float = 0.0


@dataclass(slots=True)
class _Prop:
    model: AvatarModel
    shape: Shape
    shown: bool
    stands: list[_Stand]
    flicker: Noise
    flames: list[int]
    glows: list[int]
    world: FloatArray


@dataclass(frozen=True, slots=True)
class Placed:
    """One prop in one picture."""

    name: str
    thing: Thing
    figure: Figure


class Props:
    """All props of a stage. load : the model of a house prop's or a person's own file's name; seed : of the flames."""

    def __init__(self, load: Callable[[str], AvatarModel], seed: int = 0) -> None:
        self._load, self._seed = load, seed
        self._props: dict[str, _Prop] = {}
        self._held = Held()

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
        return any(stand.place.on != "tag" for prop in self._props.values() for stand in prop.stands if prop.shown)

    def models(self) -> tuple[AvatarModel, ...]:
        """What is to be drawn, for preparing it."""
        return tuple(prop.model for prop in self._props.values())

    def add(self, name: str, model: str, place: PropPlace) -> None:
        """Attach a prop that is not there yet; it fades in. Raises what ``load`` raises."""
        made = self._load(model)
        rest = made.rest_world()
        self._props[name] = _Prop(
            made,
            shape_of(made),
            True,
            [],
            Noise(np.full(4, _FLICKER, np.float32), self._seed + 1 + len(self._props)),
            [k for k, node in enumerate(made.node_names) if node.lower().startswith("flame")],
            [k for k, node in enumerate(made.node_names) if node.lower().startswith("glow")],
            rest,
        )
        self.attach(name, place)

    def attach(self, name: str, place: PropPlace) -> None:
        """Move one to another place: it fades out here and in there. KeyError for a name that there is not."""
        prop = self._props[name]
        prop.shown = True
        if prop.stands and prop.stands[0].place == place:
            return
        prop.stands.insert(0, _Stand(place, OnAnchor(_build(prop.shape), self._anchor(prop.shape, place))))
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
    ) -> list[Placed]:
        """What is seen of them ``dt`` seconds after the last picture. hands, going : see ``order.Order``."""
        self._held.hands, self._held.going = tuple(hands), frozenset(going)
        found = []
        for name, prop in self._props.items():
            prop.flicker.step(dt)
            for k, stand in enumerate(prop.stands):
                up = prop.shown and k == 0
                stand.level = min(max(stand.level + (dt if up else -dt) / _FADE_S, 0.0), 1.0)
                for place in stand.placer.step(observation, camera, dt):
                    seen = replace(place, opacity=place.opacity * ease(stand.level))
                    if seen.opacity > 0:
                        found.append(self._placed(name, prop, seen))
            prop.stands = [stand for k, stand in enumerate(prop.stands) if k == 0 or stand.level > 0]
        return found

    def _anchor(self, shape: Shape, place: PropPlace) -> Finger | Grip | OnTag:
        if place.on == "tag":
            return OnTag(shape.height, shape.half, int(place.which) if place.which else None)
        if place.on == "hand":
            return Grip(self._held, place.which, shape.height, shape.half)
        hole = shape.hole if shape.hole > 0.25 * shape.half else 0.85 * shape.half
        return Finger(self._held, place.which, place.on, shape.height, hole)

    def _placed(self, name: str, prop: _Prop, place: Placement) -> Placed:
        scale = float(np.linalg.norm(place.matrix[:3, 1]))
        hold = place.hold
        stands = hold is None or hold.how == "stand"
        matrix = place.matrix
        if stands and prop.shape.low:
            matrix = matrix.copy()
            matrix[:3, 3] -= matrix[:3, 1] * np.float32(prop.shape.low)
        place = replace(place, matrix=matrix)
        hidden = None
        if hold is not None and hold.how == "worn":
            hidden = self._held.capsules(hold.side, matrix[:3, 3])
        figure = Figure(
            prop.model,
            self._moved(prop, matrix),
            prop.model.morph_defaults,
            matrix,
            opacity=place.opacity,
            shadow=place.shadow if stands else None,
            floor=place.floor,
            hidden_by=hidden,
            fine=prop.shape.height * scale < _SMALL,
            on_hand=hold is not None,
            patch=_FOOT * prop.shape.half * scale,
        )
        return Placed(name, Thing(place, prop.shape.height * scale, name), figure)

    @staticmethod
    def _moved(prop: _Prop, matrix: FloatArray) -> FloatArray:
        """(J, 4, 4) the nodes: flames taller and shorter and leaning, glows turned to the camera."""
        if not prop.flames and not prop.glows:
            return prop.world
        tall, wide, x, z = (float(v) for v in np.clip(prop.flicker.value, -1.5, 1.5))
        world = prop.world.copy()
        for k in prop.flames:
            bent = np.eye(4, dtype=np.float32)
            bent[1, 1], bent[0, 0], bent[2, 2] = 1 + _TALLER * tall, 1 + _WIDER * wide, 1 + _WIDER * wide
            bent[0, 1], bent[2, 1] = _LEAN * x, _LEAN * z
            world[k] = world[k] @ bent
        for k in prop.glows:
            turn = matrix[:3, :3] / np.float32(max(float(np.linalg.norm(matrix[:3, 1])), 1e-9))
            way = -turn.T @ affine.apply(matrix, world[k, :3, 3])
            world[k, :3, :3] = _towards(np.asarray(way, np.float32)) * np.float32(1 + _WIDER * tall)
        return world


def covered(placed: Placed, cover: Cover, carried: Sequence[Placement] = ()) -> Figure:
    """The figure of a prop, hidden as ``cover`` says. carried : companions, of which one may stand on the hand that
    wears this: it stands before its fingers."""
    figure, hold = placed.figure, placed.thing.place.hold
    figure.behind_person, figure.behind_hands = cover.body, cover.hands
    if hold is not None and hold.how == "worn":
        behind = [p.matrix[2, 3] for p in carried if p.hold is not None and p.hold.side == hold.side and p.opacity > 0]
        figure.order = min(float(figure.placement[2, 3]), *(float(z) - _BEHIND for z in behind)) if behind else None
    return figure


def _towards(way: FloatArray) -> FloatArray:
    """(3, 3) a rotation that takes +Z to ``way`` (3,), +Y as far up as that allows."""
    z = way / max(float(np.linalg.norm(way)), 1e-9)
    x = np.cross(np.array([0, 1, 0], np.float32), z)
    long = float(np.linalg.norm(x))
    x = x / long if long > 1e-3 else np.array([1, 0, 0], np.float32)
    return np.stack([x, np.cross(z, x), z], 1).astype(np.float32)


def _build(shape: Shape) -> Build:
    """What ``placed`` asks of something that stands."""
    tall, half = shape.height, shape.half
    return Build(tall, (tall / 2, 0.0), (half, 0.0, tall, -half, half), (half, tall / 2))
