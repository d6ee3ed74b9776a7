"""What to draw, as plain data: the engine fills a Scene each tick, the renderer draws it. No GL here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..model.model import AvatarModel
from ..types import ByteArray, FloatArray, HandMatte, VideoFrame
from .optics import Optics

FLAMES: Final = 2
"""As many small lights reach figures at once."""


@dataclass(slots=True)
class Figure:
    """One companion in the picture.

    model : whose meshes; world : (J, 4, 4) float32 node matrices in the companion's frame (from ``Pose.world``);
    morphs : (M,) float32; expressions : name -> weight, for material binds; placement : (4, 4) float32, companion frame
    to stage frame (rotation, uniform scale, translation in metres); opacity : 0-1, for fading in and out;
    shadow : (3,) float32 stage point on the floor under the figure, or None for no contact shadow;
    behind_person : 0-1, how much the matte hides it where the person is; floor : what it stands on goes on round its
    feet at right angles to its height, so that its shadow falls there; False leaves a patch under the feet;
    behind_hands : (N,) float32 0-1, how much each label of the scene's ``hands`` hides it, None = as the matte does;
    hidden_by : (K, 4, 4) float32 stage matrices of capsules, unit ones along +Y, behind which nothing of it is seen;
    fine : it is small, and drawn with more samples; patch : metres, radius of the dark patch under it, None = as wide
    as a companion's; on_hand : it stands on a hand, and its shadow falls on nothing else; order : metres along the
    stage's +Z by which figures are drawn one over another, None = as far as its placement is; until : metres before the
    lens beyond which nothing of it is drawn, None = all of it is; hidden : the model's primitives that are not drawn.
    """

    model: AvatarModel
    world: FloatArray
    morphs: FloatArray
    placement: FloatArray
    expressions: Mapping[str, float] = field(default_factory=dict)
    opacity: float = 1.0
    shadow: FloatArray | None = None
    behind_person: float = 1.0
    floor: bool = True
    behind_hands: FloatArray | None = None
    hidden_by: FloatArray | None = None
    fine: bool = False
    patch: float | None = None
    on_hand: bool = False
    order: float | None = None
    until: float | None = None
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Flame:
    """A small light of its own. point : (3,) stage, metres; color : (3,) linear RGB, of a white surface that faces it
    at a metre; it falls off with the distance's square. below : share of it that comes straight down, past what it
    burns on, which is between."""

    point: FloatArray
    color: FloatArray
    below: float = 1.0


@dataclass(slots=True)
class Lighting:
    """direction : (3,) unit, from the scene towards the light, stage frame.

    color, ambient : (3,) linear RGB, about 1 and about 0.5 in a neutral well-lit room; probe : (9, 3) the room's light
    from every side (``stage.light``), in place of ``ambient``, or None; shadows : 0–1, how much of the light a shadow
    takes; 0 for none; flames : of those that burn in the picture, the strongest, ``FLAMES`` at most."""

    direction: FloatArray = field(default_factory=lambda: np.array([0.3, 0.6, 0.74], np.float32))
    color: FloatArray = field(default_factory=lambda: np.ones(3, np.float32))
    ambient: FloatArray = field(default_factory=lambda: np.full(3, 0.5, np.float32))
    probe: FloatArray | None = None
    shadows: float = 1.0
    flames: tuple[Flame, ...] = ()


def by_flame(probe: FloatArray | None = None) -> Lighting:
    """A light with a flame in it, for preparing what will be drawn by one."""
    flame = Flame(np.array([0, 0, -1], np.float32), np.full(3, 0.05, np.float32))
    return Lighting(probe=probe, flames=(flame,))


@dataclass(slots=True)
class Overlay:
    """Text and marks drawn last, never mirrored. caption : what is being said, "" for none; speaker : who;
    notice : the honesty notice, "" for none; notice_low : at the foot, because a face is at the top;
    camera_on, microphone_on : the indicators, drawn exactly while a device is open;
    label : a small mark at the foot of the picture, or ""; card : lines that a person may need, the first their title,
    large and over the caption, or none; count : a number that is counted down, large, or ""."""

    caption: str = ""
    speaker: str = ""
    notice: str = ""
    camera_on: bool = False
    label: str = ""
    notice_low: bool = False
    microphone_on: bool = False
    card: tuple[str, ...] = ()
    count: str = ""


@dataclass(slots=True)
class Scene:
    """Everything in one picture.

    size : (width, height) pixels of the result; frame : the camera picture that fills it (aspect kept, middle cropped),
    or None for ``background``; matte : (h, w) uint8 for that frame, 255 = person, any size, or None; hands : where the
    person's hands are in that frame, or None;
    mirror : show the camera picture and the figures left-right swapped, as in a mirror; fov_y : the camera's vertical
    field of view for the *frame*, radians; view : (4, 4) stage to camera, None = identity;
    background : RGBA 0–1 linear, used when there is no frame; optics : how the camera sees, which figures
    before its frame are drawn like, or None.
    """

    size: tuple[int, int]
    frame: VideoFrame | None = None
    matte: ByteArray | None = None
    figures: list[Figure] = field(default_factory=list)
    lighting: Lighting = field(default_factory=Lighting)
    overlay: Overlay = field(default_factory=Overlay)
    mirror: bool = False
    fov_y: float = float(np.radians(63.0))
    view: FloatArray | None = None
    background: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    time: float = 0.0
    optics: Optics | None = None
    hands: HandMatte | None = None
