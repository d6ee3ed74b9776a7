"""Virtual Motion Capture's bones and blend shapes as a puppet, and back.

VMC speaks Unity's: left-handed, +Y up, facing +Z, so the left hand is at -X; ours has it at +X. The two are mirror
images at x = 0: a point (x, y, z) becomes (-x, y, z) and a rotation (x, y, z, w) becomes (x, -y, -z, w), each its own
inverse. Bones are Unity's HumanBodyBones with rotations local to the parent, from a T-pose whose bones have no
rotation, as UniVRM's humanoid has them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from ..linalg import quat
from ..model.expressions import VRM0_PRESETS
from ..model.model import HUMAN_BONES
from ..types import FloatArray
from . import joints
from .puppet import Puppet, clean, mirrored, nobody
from .rig import ROW

Place: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float, float]]
"""(position xyz, quaternion xyzw), as on the wire."""
_MOST_NAMES: Final = 256


def _unity(bone: str) -> str:
    # Unity counts the thumb's joints from Proximal; VRM 1.0 calls the first Metacarpal
    for ours, theirs in (("ThumbProximal", "ThumbIntermediate"), ("ThumbMetacarpal", "ThumbProximal")):
        if bone.endswith(ours):
            bone = bone.removesuffix(ours) + theirs
            break
    return bone[0].upper() + bone[1:]


UNITY: Final = {bone: _unity(bone) for bone in HUMAN_BONES}
"""VRM 1.0 bone -> Unity HumanBodyBones."""
_BONES: Final = {name.lower(): bone for bone, name in UNITY.items()}
BLENDS: Final = {
    **VRM0_PRESETS,
    "surprised": "surprised",
    **{n.lower(): n for n in ("happy", "sad", "relaxed", "aa", "ih", "ou", "ee", "oh", "blinkLeft", "blinkRight")},
}
"""VRM 0 and VRM 1.0 blend shape name in lower case -> VRM 1.0 expression."""
_OLD: Final = {
    "happy": "Joy",
    "angry": "Angry",
    "sad": "Sorrow",
    "relaxed": "Fun",
    "aa": "A",
    "ih": "I",
    "ou": "U",
    "ee": "E",
    "oh": "O",
    "blink": "Blink",
    "blinkLeft": "Blink_L",
    "blinkRight": "Blink_R",
    "neutral": "Neutral",
    "lookUp": "LookUp",
    "lookDown": "LookDown",
    "lookLeft": "LookLeft",
    "lookRight": "LookRight",
}


def turned(q: FloatArray) -> FloatArray:
    """Rotations between Unity's axes and ours, either way. q : (..., 4) xyzw."""
    return np.asarray(q * joints.MIRROR, np.float32)


def from_vmc(
    bones: Mapping[str, Place],
    blends: Mapping[str, float] | None = None,
    t: float = 0.0,
    mirror: bool = False,
    root: Place | None = None,
    own: Collection[str] = (),
) -> Puppet:
    """A frame of VMC. bones : HumanBodyBones name -> (position, quaternion); blends : name -> value; t : when it came,
    seconds on the engine's clock; mirror : left and right exchanged; root : how the whole stands, which turns the hips;
    own : the companion's expressions, whose letters are kept where a sender writes them otherwise (ARKit's ``jawOpen``
    and ``JawOpen``).

    Unknown bones, and values that are no rotation, are left out; names of blend shapes are VRM 1.0's, custom ones stay
    as they are. Positions are not used: the companion keeps its own proportions and place. Joints are turned as far as
    they are sent, for what a sender shows of its own figure is to be seen on this one.
    """
    found = nobody(t)
    rotation, mask = found.rotation, found.mask
    known = [(ROW[bone], place[1]) for name, place in bones.items() if (bone := _BONES.get(name.lower())) is not None]
    if known:
        rows = [row for row, _ in known]
        rotation[rows] = _turns([turn for _, turn in known])
        mask[rows] = 1.0
    names = {n.lower(): n for n in own}
    face: dict[str, float] = {}
    for n, w in list((blends or {}).items())[:_MOST_NAMES]:
        name = BLENDS.get(n.lower(), n)
        if own and name not in own:
            name = names.get(n.lower(), name)
        if np.isfinite(w):
            face[name] = max(face.get(name, 0.0), float(w))
    whole = clean(Puppet(rotation, mask, face, t))
    if root is not None:
        hips = ROW["hips"]
        stands = nobody(t)
        stands.rotation[hips], stands.mask[hips] = _turns([root[1]])[0], 1.0
        stands = clean(stands)
        if stands.mask[hips]:
            whole.rotation[hips] = quat.multiply(stands.rotation[hips], whole.rotation[hips])
            whole.mask[hips] = 1.0
    return mirrored(whole) if mirror else whole


def _turns(sent: Sequence[tuple[float, float, float, float]]) -> FloatArray:
    """(N, 4) in our axes; what is too large for a float becomes infinite, and is left out with the rest."""
    with np.errstate(over="ignore"):
        return turned(np.array(sent, np.float64).astype(np.float32))


def to_vmc(rotation: FloatArray, places: Mapping[str, tuple[float, float, float]] | None = None) -> dict[str, Place]:
    """The bones as VMC sends them. rotation : (ROWS, 4) normalised, unit; places : VRM bone -> position local to its
    parent bone, metres, our axes; bones without one are sent at 0."""
    q = turned(quat.normalize(rotation)).tolist()
    out: dict[str, Place] = {}
    for bone, name in UNITY.items():
        x, y, z = (places or {}).get(bone, (0.0, 0.0, 0.0))
        a, b, c, d = q[ROW[bone]]
        out[name] = ((-x, y, z), (a, b, c, d))
    return out


def to_blends(expressions: Mapping[str, float]) -> dict[str, float]:
    """VRM 1.0 expressions under the names that VMC's receivers know (VRM 0's); custom ones stay as they are."""
    return {_OLD.get(name, name): float(w) for name, w in expressions.items()}
