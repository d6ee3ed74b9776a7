"""What a prop can be attached to on the companion: a palm, a hand closed round it, fingertips, the ring finger.

Measured from the companion's own bones and skin, so that a ring is as wide as its finger and a thing lies on its palm.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..linalg import affine
from ..model.model import AvatarModel
from ..types import FloatArray, Observation
from .anchors import Spot
from .anchors_props import SEAT, TIGHT, across, nearly_upright, unit
from .camera import Camera
from .hand_space import capsules_of

SIDES: Final = ("left", "right")
_FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Little")
_CUT: Final = 6  # points of a finger's skin in the plane of a ring, from which its shape there is known
_ASIDE: Final = 0.45  # of half a finger's width, that its bone may be beside its middle
_BESIDE: Final = {"Ring": ("Middle",), "Middle": ("Ring",), "Little": ("Ring",), "Index": ("Middle",)}
_TIP: Final = 0.85
"""Length of a last bone, which ends in no joint, as a part of the one before (as ``animate.fingers`` has it)."""
_GRIP_FLESH: Final = 0.012  # metres of a hand 0.094 m from wrist to knuckles
_PALM_LONG: Final = 0.094
_RING_AHEAD: Final = 1.05  # of a ring's outer radius, before the fingertips that hold it
_SPOT, _CUSHION, _TILT = 0.017, 0.0465, 0.20  # metres aside and up on the ring pillow, radians that a ring leans there
_SEAT: Final = 0.75  # from the knuckles to the middle joints: where a shallow cup's foot is
_NEAR: Final = 0.05  # metres round a thing within which parts of the hand may hide it


@dataclass(frozen=True, slots=True)
class OwnHand:
    """One of the companion's hands in one picture, stage frame, metres. points : name of a joint, or of a finger's tip
    -> (3,); radius, flesh : of its ring finger, and from the palm's bones to its skin; ends : (K, 2, 3), radii : (K,)
    of its rounded limbs; ahead : (3,) the way that the companion faces; depth : z of where it stands; tilt : radians
    that a shallow cup in it leans to the mouth; beside : (2,) metres from the ring finger's bone to the middle of its
    flesh, across and to the back."""

    side: str
    points: dict[str, FloatArray]
    radius: float
    flesh: float
    ends: FloatArray
    radii: FloatArray
    ahead: FloatArray
    depth: float
    tilt: float = 0.0
    beside: FloatArray = field(default_factory=lambda: np.zeros(2, np.float32))

    @property
    def palm_out(self) -> FloatArray:
        """(3,) unit: out of the palm."""
        return _out(self.points, self.side)

    @property
    def pinch(self) -> FloatArray:
        """(3,) the middle between the tips of thumb and index finger."""
        return np.asarray((self.points["ThumbTip"] + self.points["IndexTip"]) / 2, np.float32)

    @property
    def seat(self) -> FloatArray:
        """(3,) on the fingers of a palm that looks up: where the foot of a shallow cup is."""
        knuckles, middles = (np.mean([self.points[f + k] for f in _FINGERS[1:4]], axis=0) for k in ("", "1"))
        on = knuckles + (middles - knuckles) * _SEAT
        return np.asarray(on + self.palm_out * np.float32(self.radius), np.float32)


@dataclass(slots=True)
class Own:
    """The companion's hands that props are on, by side; empty for a companion without them."""

    hands: dict[str, OwnHand] = field(default_factory=dict)

    def capsules(self, side: str, point: FloatArray, near: float = _NEAR) -> FloatArray | None:
        """(K, 4, 4) what of a hand may hide a thing at a stage point (3,), as ``hand_space.capsules`` has it."""
        hand = self.hands.get(side)
        if hand is None:
            return None
        a, way = hand.ends[:, 0], hand.ends[:, 1] - hand.ends[:, 0]
        share = ((point - a) * way).sum(1) / np.maximum((way * way).sum(1), 1e-9)
        nearest = a + way * np.clip(share, 0, 1)[:, None]
        close = np.linalg.norm(nearest - point, axis=1) < near + hand.radii
        return capsules_of(hand.ends[close], hand.radii[close])


class Hands:
    """Finds a companion's hands in its poses. Measured once from the model at rest."""

    def __init__(self, model: AvatarModel) -> None:
        self._nodes: dict[str, dict[str, int]] = {}
        self._radius: dict[str, float] = {}
        self._flesh: dict[str, float] = {}
        self._seat: dict[str, FloatArray] = {}
        self._limbs: dict[str, list[tuple[str, str, float]]] = {}
        rest = model.rest_world()
        for side in SIDES:
            self._measure(model, side, rest)

    def _measure(self, model: AvatarModel, side: str, rest: FloatArray) -> None:
        bones = model.humanoid
        wanted = {bone: side + bone for bone in ("Hand", "LowerArm", "UpperArm")}
        for finger in _FINGERS:
            joints = ("Metacarpal", "Proximal", "Distal") if finger == "Thumb" else _JOINTS
            # drawn hands often have four fingers: what would be on the one that is missing is on the one beside it
            for there in (finger, *_BESIDE.get(finger, ())):
                if all(f"{side}{there}{joint}" in bones for joint in joints):
                    break
            wanted |= {finger + ("" if k == 0 else str(k)): f"{side}{there}{j}" for k, j in enumerate(joints)}
        if not all(bone in bones for bone in wanted.values()):
            return
        self._nodes[side] = {name: bones[bone] for name, bone in wanted.items()}
        at = {name: rest[node, :3, 3] for name, node in self._nodes[side].items()}
        points, node = skin_at_rest(model, rest)
        size = float(np.linalg.norm(at["Middle"] - at["Hand"])) / _PALM_LONG

        def round_bone(name: str, end: str, share: tuple[float, float], least: float) -> float:
            own = points[node == self._nodes[side][name]]
            way = at[end] - at[name]
            long = max(float(way @ way), 1e-9)
            part = (own - at[name]) @ way / long
            ring = own[(part > share[0]) & (part < share[1])]
            if len(ring) < 4:
                return least * size
            off = ring - at[name] - ((ring - at[name]) @ way / long)[:, None] * way
            return float(np.median(np.linalg.norm(off, axis=1)))

        self._radius[side] = round_bone("Ring", "Ring1", (0.2, 0.95), 0.0085)
        self._seat[side] = np.zeros(2, np.float32)
        back = across(_out(at, side) * np.float32(-1), unit(at["Ring1"] - at["Ring"]), unit(at["Middle"] - at["Hand"]))
        cut = _cut(model, rest, {self._nodes[side][name] for name in ("Ring", "Ring1")}, at["Ring"], at["Ring1"], back)
        if len(cut) >= _CUT:
            # across, the web goes on into the next finger: how thick it is says how wide it is
            low, high = float(cut[:, 1].min()), float(cut[:, 1].max())
            self._radius[side] = (high - low) / 2
            self._seat[side][1] = min(max((low + high) / 2, -_ASIDE * high), _ASIDE * high)
        palm = points[node == self._nodes[side]["Hand"]]
        down = at["Middle"][1] - palm[:, 1] if len(palm) else np.zeros(1)
        self._flesh[side] = float(np.clip(np.percentile(down, 90), 0.006 * size, 0.022 * size))
        limbs = [("LowerArm", "Hand", 2.6 * _GRIP_FLESH * size)]
        for finger in _FINGERS:
            limbs += [("Hand", finger, 1.0 * _GRIP_FLESH * size)] if finger != "Thumb" else []
            names = [finger, finger + "1", finger + "2", finger + "Tip"]
            thick = 0.0095 * size if finger == "Thumb" else 0.92 * self._radius[side]
            limbs += [(a, b, thick * t) for a, b, t in zip(names, names[1:], (1.0, 0.93, 0.85), strict=False)]
        self._limbs[side] = limbs

    def see(self, world: FloatArray, placement: FloatArray) -> dict[str, OwnHand]:
        """The hands in a pose. world : (J, 4, 4) companion frame; placement : (4, 4) companion frame to stage."""
        found = {}
        scale = float(np.linalg.norm(placement[:3, 1]))
        ahead = unit(placement[:3, 2])
        for side, nodes in self._nodes.items():
            own = affine.apply(placement, world[list(nodes.values()), :3, 3])
            points = dict(zip(nodes, np.asarray(own, np.float32), strict=True))
            for finger in _FINGERS:
                a, b = points[finger + "1"], points[finger + "2"]
                points[finger + "Tip"] = np.asarray(b + (b - a) * np.float32(_TIP), np.float32)
            limbs = self._limbs[side]
            ends = np.array([[points[a], points[b]] for a, b, _ in limbs], np.float32)
            radii = np.array([r * scale for _, _, r in limbs], np.float32)
            found[side] = OwnHand(
                side,
                points,
                self._radius[side] * scale,
                self._flesh[side] * scale,
                ends,
                radii,
                ahead,
                float(placement[2, 3]),
                beside=self._seat[side] * np.float32(scale),
            )
        return found


_JOINTS: Final = ("Proximal", "Intermediate", "Distal")


class OnCompanion:
    """On a companion's hand. how : ``palm`` it lies there, ``hand`` the hand is closed round it, ``bowl`` the fingers
    are under it, ``fingertips`` it is held between them, ``ring-finger`` it is round that. height, half : of the prop;
    hole : a ring's; grip : the share of its height where a hand holds it, and its radius there; lift : metres that
    what lies under it on the palm is high; hangs : it hangs from where it is held."""

    def __init__(
        self,
        own: Own,
        side: str,
        how: str,
        height: float,
        half: float,
        hole: float,
        grip: tuple[float, float],
        lift: Callable[[], float] = lambda: 0.0,
        hangs: bool = False,
    ) -> None:
        self._own, self._side, self._how, self._lift, self._hangs = own, side, how, lift, hangs
        self._height, self._half, self._hole, self._grip = height, half, hole, grip
        self._last: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot; None while the companion's hands are not known."""
        hand = self._own.hands.get(self._side)
        if hand is None:
            return None
        frame = np.eye(4, dtype=np.float32)
        made = {
            "palm": self._lying,
            "hand": self._held,
            "bowl": self._cupped,
            "fingertips": self._pinched,
            "ring-finger": self._worn,
        }
        x, y, z, at, height = made[self._how](hand)
        frame[:3, 0], frame[:3, 1], frame[:3, 2], frame[:3, 3] = x, y, z, at
        self._last = Spot(frame, 1.0, height, floor=False, before_person=True)
        return self._last

    def _lying(self, hand: OwnHand) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
        up = nearly_upright(hand.palm_out)
        z = across(hand.ahead, up, hand.ahead)
        p = hand.points
        middle = 0.25 * p["Hand"] + 0.75 * np.mean([p[f] for f in _FINGERS[1:]], axis=0)
        at = middle + hand.palm_out * np.float32(hand.flesh) + up * np.float32(self._lift())
        return np.cross(up, z), up, z, at, self._height

    def _cupped(self, hand: OwnHand) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
        up, z = _leaning(np.array([0, 1, 0], np.float32), hand)
        return np.cross(up, z), up, z, hand.seat, self._height

    def _held(self, hand: OwnHand) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
        p = hand.points
        up, z = _leaning(nearly_upright(unit(p["Index"] - p["Little"])), hand)
        if self._hangs:
            up = np.array([0, 1, 0], np.float32)
            z = across(hand.ahead, up, hand.ahead)
        out = across(hand.palm_out, up, hand.ahead)
        knuckles = np.mean([p[f] for f in _FINGERS[1:]], axis=0)
        share, radius = self._grip
        middle = knuckles + out * np.float32(hand.flesh + radius)
        return np.cross(up, z), up, z, middle - up * np.float32(share * self._height), self._height

    def _pinched(self, hand: OwnHand) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
        p = hand.points
        ahead = unit(hand.pinch - p["Hand"])
        axis = across(unit(p["Index"] - p["Little"]), ahead, hand.palm_out)
        at = hand.pinch + ahead * np.float32(_RING_AHEAD * self._half)
        return np.cross(axis, ahead), axis, ahead, at, self._height

    def _worn(self, hand: OwnHand) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
        p = hand.points
        a, b = p["Ring"], p["Ring1"]
        along = unit(b - a)
        back = across(-hand.palm_out, along, unit(p["Middle"] - p["Hand"]))
        height = self._height * hand.radius * TIGHT / self._hole
        aside = np.cross(along, back)
        at = a + (b - a) * np.float32(SEAT) + aside * hand.beside[0] + back * hand.beside[1]
        return aside, along, back, np.asarray(at, np.float32), height


def _leaning(up: FloatArray, hand: OwnHand) -> tuple[FloatArray, FloatArray]:
    """(3,), (3,) unit: a cup's up and ahead where it would have ``up`` if it did not lean to the mouth."""
    ahead = across(hand.ahead, up, hand.ahead)
    c, s = np.float32(np.cos(hand.tilt)), np.float32(np.sin(hand.tilt))
    return c * up - s * ahead, c * ahead + s * up


class OnCushion:
    """On the cushion of ``ring-pillow``, wherever that is: its left or its right spot, as the person sees it. cushion :
    its matrix in this picture, None where it is not."""

    def __init__(self, cushion: Callable[[], FloatArray | None], side: str, height: float) -> None:
        self._cushion, self._height = cushion, height
        self._x = _SPOT if side == "left" else -_SPOT
        self._last: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot in the middle of a ring that lies there, its stone aside."""
        matrix = self._cushion()
        if matrix is None:
            return replace(self._last, confidence=0.0) if self._last is not None else None
        scale = float(np.linalg.norm(matrix[:3, 1]))
        frame = np.eye(4, dtype=np.float32)
        frame[:3, :3] = matrix[:3, :3] / np.float32(scale)
        c, s = np.cos(_TILT), np.sin(_TILT) * np.sign(self._x)
        frame[:3, :3] = frame[:3, :3] @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)
        frame[:3, 3] = affine.apply(matrix, np.array([self._x, _CUSHION, 0.004], np.float32))
        self._last = Spot(frame, 1.0, self._height * scale, floor=False, before_person=True)
        return self._last


def _out(points: Mapping[str, FloatArray], side: str) -> FloatArray:
    out = np.cross(points["Middle"] - points["Hand"], points["Index"] - points["Little"])
    return unit(out if side == "left" else -out)


def _cut(
    model: AvatarModel, rest: FloatArray, nodes: Collection[int], a: FloatArray, b: FloatArray, back: FloatArray
) -> FloatArray:
    """(N, 2) where a finger's skin meets the plane of a ring between two joints (3,), metres across and to the back of
    the bone. nodes : the bones whose skin it is."""
    along = unit(b - a)
    axes = np.stack([np.cross(along, back), back], 1)
    seat = a + (b - a) * np.float32(SEAT)
    found = []
    points, main = skin_at_rest(model, rest)
    own, start = np.isin(main, list(nodes)), 0
    for part in model.primitives:
        if part.skin < 0 or part.joints is None or part.weights is None:
            continue
        edges = part.indices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2) + start
        start += len(part.positions)
        edges = edges[own[edges].any(1)]
        far = (points[edges] - seat) @ along
        edges, far = edges[far[:, 0] * far[:, 1] < 0], far[far[:, 0] * far[:, 1] < 0]
        share = (far[:, 0] / (far[:, 0] - far[:, 1]))[:, None]
        met = points[edges[:, 0]] * (1 - share) + points[edges[:, 1]] * share
        found.append((met - seat) @ axes)
    return np.asarray(np.concatenate(found) if found else np.zeros((0, 2)), np.float32)


def skin_at_rest(model: AvatarModel, rest: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """((N, 3) the skin's points at rest, companion frame; (N,) the node that each goes with most)."""
    points: list[FloatArray] = []
    nodes: list[np.ndarray] = []
    for part in model.primitives:
        if part.skin < 0 or part.joints is None or part.weights is None:
            continue
        skin = model.skins[part.skin]
        moves = rest[skin.joints] @ skin.inverse_bind
        main = part.joints[np.arange(len(part.joints)), part.weights.argmax(1)]
        at = np.einsum("vij,vj->vi", moves[main][:, :3, :3], part.positions) + moves[main][:, :3, 3]
        points.append(np.asarray(at, np.float32))
        nodes.append(np.asarray(skin.joints)[main])
    if not points:
        return np.zeros((0, 3), np.float32), np.zeros(0, np.int64)
    return np.concatenate(points), np.concatenate(nodes)
