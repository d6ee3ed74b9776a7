"""A puppet: what somebody else (the person before the camera, a program over VMC) does with a body at one moment.

Rotations are those of ``rig``: of the VRM bones, local to the parent bone, from the T-pose, on axes parallel to the
companion's own (+Y up, faces +Z, left hand at +X).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..linalg import quat
from ..model.model import HUMAN_BONES
from ..model.tpose import PARENT
from ..types import FloatArray
from .joints import MIRROR, OTHER_SIDE
from .rig import ROW, ROWS

_SIDES: Final = {"blinkLeft": "blinkRight", "lookLeft": "lookRight"}
_OTHER: Final = {**_SIDES, **{b: a for a, b in _SIDES.items()}}


@dataclass(frozen=True, slots=True)
class Puppet:
    """rotation : (ROWS, 4) float32 xyzw unit; mask : (ROWS,) float32, 0 unknown to 1 sure; face : VRM expression ->
    weight 0-1, only what is known; t : seconds on the engine's clock."""

    rotation: FloatArray
    mask: FloatArray
    face: Mapping[str, float] = field(default_factory=dict)
    t: float = 0.0


def nobody(t: float = 0.0) -> Puppet:
    """A puppet of which nothing is known."""
    return Puppet(quat.identity((ROWS,)), np.zeros(ROWS, np.float32), {}, t)


def mirrored(puppet: Puppet) -> Puppet:
    """As seen in a mirror: left and right exchanged, and what turned to the left turns to the right."""
    face = {_OTHER.get(name, name): weight for name, weight in puppet.face.items()}
    return replace(
        puppet, rotation=puppet.rotation[OTHER_SIDE] * MIRROR, mask=puppet.mask[OTHER_SIDE].copy(), face=face
    )


def clean(puppet: Puppet) -> Puppet:
    """The same with everything that is not a finite rotation, or a weight, made unknown."""
    q = np.array(puppet.rotation, np.float32).reshape(ROWS, 4)
    mask = np.array(puppet.mask, np.float32).reshape(ROWS)
    with np.errstate(all="ignore"):
        length = np.sqrt(np.square(q, dtype=np.float64).sum(-1))
        good = np.isfinite(length) & (length > 0.1) & (length < 10) & np.isfinite(mask)
    q[~good], length[~good], mask[~good] = (0, 0, 0, 1), 1.0, 0.0
    face = {name: min(max(float(w), 0.0), 1.0) for name, w in puppet.face.items() if np.isfinite(w)}
    t = puppet.t if np.isfinite(puppet.t) else -1e9
    return Puppet((q / length[:, None]).astype(np.float32), np.clip(mask, 0, 1), face, t)


class Fold:
    """Hands the rotations of bones that a companion lacks to the bones next below them, as VRMC_vrm_animation advises.

    bones : those that the companion has."""

    def __init__(self, bones: Collection[str]) -> None:
        self._chains: list[tuple[int, list[int]]] = []
        for bone in HUMAN_BONES:
            if bone not in bones:
                continue
            chain, above = [ROW[bone]], PARENT.get(bone, "")
            while above and above not in bones:
                chain.insert(0, ROW[above])
                above = PARENT.get(above, "")
            if len(chain) > 1:
                self._chains.append((ROW[bone], chain))

    def __call__(self, puppet: Puppet) -> Puppet:
        """The same movement for this companion."""
        if not self._chains:
            return puppet
        rotation, mask = puppet.rotation.copy(), puppet.mask.copy()
        for row, chain in self._chains:
            turn = puppet.rotation[chain[0]]
            for above in chain[1:]:
                turn = quat.multiply(turn, puppet.rotation[above])
            rotation[row], mask[row] = turn, puppet.mask[chain].max()
        return replace(puppet, rotation=rotation, mask=mask)
