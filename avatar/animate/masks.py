"""Which nodes a layer moves: VRM bones and groups of them, with weights, made into one number a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ..errors import UsageError
from ..model.model import HUMAN_BONES, AvatarModel
from ..types import FloatArray

_FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Little")


def _groups() -> dict[str, tuple[str, ...]]:
    lower = tuple(b for b in HUMAN_BONES if b == "hips" or any(p in b for p in ("Leg", "Foot", "Toes")))
    fingers = tuple(b for b in HUMAN_BONES if any(f in b for f in _FINGERS))
    arms = tuple(b for b in HUMAN_BONES if any(p in b for p in ("Shoulder", "Arm", "Hand"))) + fingers
    return {
        "all": HUMAN_BONES,
        "upper": tuple(b for b in HUMAN_BONES if b not in lower),
        "lower": lower,
        "arms": arms,
        "head": ("neck", "head", "leftEye", "rightEye", "jaw"),
        "left": tuple(b for b in HUMAN_BONES if b.startswith("left")),
        "right": tuple(b for b in HUMAN_BONES if b.startswith("right")),
        "fingers": fingers,
    }


GROUPS: Final = _groups()
"""Names that stand for several bones. ``upper`` is all but hips and legs; ``arms`` ends at the fingertips."""

Mask = Sequence[str] | Mapping[str, float] | None


def weights(model: AvatarModel, mask: Mask) -> FloatArray:
    """(J,) float32 in 0–1, a node each. mask : bones and groups, or these with weights, a later one over an earlier;
    None is everything. Nodes that are no VRM bone (hair, twist bones, rings) go with the bone they hang on.

    Raises UsageError for a name that is neither a bone nor a group."""
    j = model.joint_count
    if mask is None:
        return np.ones(j, np.float32)
    named = mask if isinstance(mask, Mapping) else dict.fromkeys((mask,) if isinstance(mask, str) else mask, 1.0)
    by_bone: dict[str, float] = {}
    for name, weight in named.items():
        bones = GROUPS.get(name, (name,) if name in HUMAN_BONES else ())
        if not bones:
            raise UsageError(f"'{name}' is neither a VRM bone nor one of {', '.join(GROUPS)}")
        by_bone |= dict.fromkeys(bones, min(max(float(weight), 0.0), 1.0) if weight == weight else 0.0)
    bone_of = {node: bone for bone, node in model.humanoid.items()}
    found = np.zeros(j, np.float32)
    for node, parent in enumerate(model.parents.tolist()):
        bone = bone_of.get(node)
        found[node] = by_bone.get(bone, 0.0) if bone else found[parent] if parent >= 0 else 0.0
    return found
