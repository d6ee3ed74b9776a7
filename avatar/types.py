"""Frozen values that cross the seams between storeys. Plain data: no behaviour beyond reading it.

Conventions: right-handed, +Y up, metres, seconds, radians; quaternions ``xyzw``; images ``(H, W, 3) uint8 RGB`` with
the origin at the top left; pixels ``(x, y)`` with the origin at the top left and y downwards. The stage frame is the
physical camera's OpenGL frame: origin at the lens, +X to the image's right, -Z into the room.
Every result carries the stamp ``t`` of the frame it was made from, in seconds on the engine's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int32]
ByteArray: TypeAlias = NDArray[np.uint8]

VISEMES: Final = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou")
"""The 15 Oculus visemes, in the order of every ``(15,)`` weight vector."""

BLENDSHAPES: Final = (
    *("_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"),
    *("cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight"),
    *("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel"),
    *("mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft"),
    *("mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight"),
)
"""MediaPipe's 52 blend shapes of a face, in its order; left and right are the person's own."""

EYES_OF_FACE: Final = np.array([0.0, 0.0262, 0.0335], np.float32)
"""The point between the eyes in MediaPipe's canonical face model (the middle of its four eye corners), metres."""


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One picture as it came from the source, not mirrored.

    image : (H, W, 3) uint8 RGB, contiguous; t : seconds when it was grabbed; index : 0, 1, 2 … counts grabbed frames.
    truth : (3, 3) float64 or None: for the demo feed, the affine map (homogeneous pixels) from the still portrait to
        this picture, so that tracking can be measured; None for any real source.
    """

    image: ByteArray
    t: float
    index: int
    truth: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One tracked face.

    points : (478, 3) float32: x, y in pixels of the frame, z in pixels too (negative = nearer the camera).
    blendshapes : (52,) float32 in 0–1, MediaPipe's order (ARKit names, ``_neutral`` first).
    matrix : (4, 4) float32: canonical face model to stage frame, metres, already rescaled to the camera's own field
        of view; column vectors (``p' = M @ p``).
    box : (4,) float32: x0, y0, x1, y1 of the points, pixels.
    """

    points: FloatArray
    blendshapes: FloatArray
    matrix: FloatArray
    box: FloatArray

    @property
    def eyes(self) -> FloatArray:
        """(3,) float32: the point between the eyes, stage frame, metres."""
        return self.matrix[:3, :3] @ EYES_OF_FACE + self.matrix[:3, 3]


@dataclass(frozen=True, slots=True)
class Hand:
    """One tracked hand. side : the person's own ``left`` or ``right``.

    points : (21, 3) float32 pixels (z relative to the wrist, pixels); world : (21, 3) float32 metres about the
    hand's centre, stage axes; score : 0–1 for the side.
    """

    side: str
    points: FloatArray
    world: FloatArray
    score: float


@dataclass(frozen=True, slots=True)
class Limbs:
    """The rounded parts of hands and forearms as they are seen.

    ends : (K, 2, 2) float32 pixels of the frame; radii : (K,) pixels; depth : (K,) metres before the lens; label : (K,)
    uint8, from 1: which part of which hand it is; arm : (K,) bool, whether it is a forearm.
    """

    ends: FloatArray
    radii: FloatArray
    depth: FloatArray
    label: ByteArray
    arm: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class HandMatte:
    """Where the person's hands are in a part of a frame.

    alpha : (h, w) uint8, 255 = hand or forearm; label : (h, w) uint8, which of ``Limbs`` is seen there, for some way
    beyond the edges too, 0 = none near; box : x0, y0, x1, y1 of the part that they show, pixels of the frame; alpha is
    0 at its rim, unless that is the frame's.
    """

    alpha: ByteArray
    label: ByteArray
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Body:
    """One tracked body (MediaPipe pose order).

    points : (33, 3) float32 pixels; world : (33, 3) float32 metres about the hips' middle, stage axes;
    visibility : (33,) float32, 0–1.
    """

    points: FloatArray
    world: FloatArray
    visibility: FloatArray


@dataclass(frozen=True, slots=True)
class Light:
    """What the frame says of the room's light. colour : (3,) float32 linear RGB ambient, about 1 in a neutral well-lit
    room; direction : (3,) float32 unit vector from the scene towards the main light, stage frame."""

    colour: FloatArray
    direction: FloatArray


@dataclass(frozen=True, slots=True)
class Mark:
    """One printed mark in a picture. family : ``april`` (AprilTag 36h11), ``aruco`` (6x6, 250) or ``charuco`` (a
    board); id : its number, 0 for a board.

    pixels : (N, 2) float32 where its points are, pixels of the frame; plane : (N, 2) float32 the same points on the
    print, metres from its middle, x right, y up. A tag's are the outer corners of its black square, clockwise from the
    print's top left; a board's are those of its chessboard's inner corners that are seen.
    """

    family: str
    id: int
    pixels: FloatArray
    plane: FloatArray


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything known of the person at the newest tracked frame. Parts are None or empty where nothing was found.

    t : stamp of the frame the face was looked for in; the auxiliaries carry their own stamps because they run slower.
    size : (width, height) of that frame. matte : (h, w) uint8, 255 = person, often smaller than the frame.
    marks : printed marks where they are in the frame of ``t``: seen in it, or carried on to it from ``marks_t``.
    others : faces of people who are there besides the person, at most one, as seen at ``others_t``.
    """

    t: float
    size: tuple[int, int]
    face: Face | None = None
    hands: tuple[Hand, ...] = ()
    body: Body | None = None
    matte: ByteArray | None = None
    light: Light | None = None
    hands_t: float = -1.0
    body_t: float = -1.0
    matte_t: float = -1.0
    marks: tuple[Mark, ...] = ()
    marks_t: float = -1.0
    others: tuple[Face, ...] = ()
    others_t: float = -1.0


@dataclass(frozen=True, slots=True)
class Phone:
    """One speech sound. value : ARPABET without stress (``SIL`` for silence); start, end : seconds in the utterance;
    stress : 0 none, 1 primary, 2 secondary; word : index of its word in the spoken text, -1 for silence."""

    value: str
    start: float
    end: float
    stress: int = 0
    word: int = -1


@dataclass(frozen=True, slots=True)
class VisemeTrack:
    """Mouth shapes over time.

    rate : samples a second; weights : (N, 15) float32 in 0–1, sample k is at ``k / rate`` seconds of the utterance;
    phones : what it was made from, where known; source : which kind of timing it came from
    (``voice``, ``marks``, ``alignment``, ``words``, ``recognised``, ``heard``, ``loudness``); channels : (N, 3)
    float32 in 0–1, how open the jaw is, how rounded and how spread the lips are, apart from each other; None where only
    weights are known.
    """

    weights: FloatArray
    rate: float = 100.0
    phones: tuple[Phone, ...] = ()
    source: str = "voice"
    channels: FloatArray | None = None

    @property
    def seconds(self) -> float:
        """Length of the track."""
        return len(self.weights) / self.rate


@dataclass(frozen=True, slots=True)
class Speech:
    """One spoken piece (a sentence): sound and mouth that belong together.

    utterance : the id from the event; text : what is said, for the caption; sound : (N,) float32 mono in -1–1;
    rate : samples a second; track : the mouth, time 0 = first sample of the sound.
    """

    utterance: str
    text: str
    sound: FloatArray
    rate: int
    track: VisemeTrack

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.sound) / self.rate


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text. interrupt : stop what is being said first; otherwise queue after it."""

    text: str
    utterance: str
    expression: str | None = None
    intensity: float = 1.0
    voice: str | None = None
    language: str | None = None
    interrupt: bool = False


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop one utterance, or all when utterance is None."""

    utterance: str | None = None


@dataclass(frozen=True, slots=True)
class Express:
    """Show an expression; seconds None = until the next one; fade : seconds of blending in and out."""

    expression: str
    intensity: float = 1.0
    seconds: float | None = None
    fade: float = 0.25


@dataclass(frozen=True, slots=True)
class Gesture:
    """Make a gesture once. seconds None = its natural length."""

    name: str
    intensity: float = 1.0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Gaze:
    """Look at the person (``user``), the ``camera``, ``away``, or a ``point`` (3,) in the stage frame, metres."""

    target: str = "user"
    point: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Become:
    """Take on a persona, by its name."""

    persona: str


@dataclass(frozen=True, slots=True)
class Move:
    """Stand by another anchor, or elsewhere by this one.

    anchor : ``beside``, ``left-half``, ``right-half``, ``spot X,Y``, ``shoulder``, ``palm`` or ``tag``; offset : metres
    from there in the companion's own frame (x to its left, y up, z ahead); turn : radians about its height; scale :
    times its size there; seconds : that the change takes, None = as long as is usual.
    """

    anchor: str
    offset: tuple[float, float, float] | None = None
    turn: float | None = None
    scale: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Attach:
    """Do something with a prop. action : ``show``, ``hide`` or ``attach``; to : what to attach it to, as
    ``ring-finger:left``, ``hand:right`` or ``tag:3``, None = where it is or usually is."""

    name: str
    action: str
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold expressions at weights, over what the companion does of itself. weights : name -> 0-1, None = let go of it,
    easily; a shape of the mouth never closes what speech opens."""

    weights: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop every movement that was asked for and come back to the neutral pose in ``fade`` seconds."""

    fade: float = 0.25


@dataclass(frozen=True, slots=True)
class Show:
    """Show a caption without speaking it. text : "" takes it away; speaker : who, None = nobody; seconds : None = as
    long as it takes to read."""

    text: str
    speaker: str | None = None
    seconds: float | None = None


Command: TypeAlias = Say | Interrupt | Express | Gesture | Gaze | Become | Move | Attach | Hold | Halt | Show


@dataclass(slots=True)
class Pose:
    """The animator's output, made once and written in place. J nodes, M morph targets of the model.

    translation : (J, 3); rotation : (J, 4) xyzw unit, local to the parent; world : (J, 4, 4) in the companion's own
    frame (glTF's: faces +Z, feet at y = 0); morphs : (M,) morph-target weights; all float32.
    expressions : name -> weight after blending and overrides, for reports and material binds.
    """

    translation: FloatArray
    rotation: FloatArray
    world: FloatArray
    morphs: FloatArray
    expressions: Mapping[str, float] = field(default_factory=dict)
