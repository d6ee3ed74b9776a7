"""How a companion is built, as far as standing in a picture goes: its eyes, its head with the hair, its shoulders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..linalg import affine
from ..model.model import AvatarModel
from ..types import FloatArray

_CHIN_BELOW_HEAD = 0.03  # metres; the head bone is at the skull's pivot, near the jaw
_SHOULDER_FLESH = 0.06


@dataclass(frozen=True, slots=True)
class Build:
    """Metres in the companion's frame (feet at y = 0, faces +Z).

    height : to the top of the hair; eyes : (height, forward) of the point between the eyes; head : half width, low,
    high, back and front of head and hair; shoulders : half width and height.
    """

    height: float = 1.65
    eyes: tuple[float, float] = (1.51, 0.07)
    head: tuple[float, float, float, float, float] = (0.13, 1.39, 1.65, -0.13, 0.13)
    shoulders: tuple[float, float] = (0.19, 1.31)

    def corners(self) -> FloatArray:
        """(8, 3) of the head's box, then (8, 3) of the shoulders': (16, 3) float32."""
        half, low, high, back, front = self.head
        wide, top = self.shoulders
        return np.array(
            [
                *((x, y, z) for x in (-half, half) for y in (low, high) for z in (back, front)),
                *((x, y, z) for x in (-wide, wide) for y in (top - 0.1, top + 0.03) for z in (-0.06, 0.06)),
            ],
            np.float32,
        )


def build_of(model: AvatarModel) -> Build:
    """Measure a model at rest. What a model without a humanoid lacks is taken from a person's proportions."""
    world = model.rest_world()
    parts = [_at_rest(model, k, world) for k in range(len(model.primitives))]
    points = np.concatenate(parts) if parts else np.zeros((0, 3), np.float32)
    if not len(points):
        return Build()
    height = float(points[:, 1].max())

    def bone(name: str) -> FloatArray | None:
        return world[model.humanoid[name], :3, 3].astype(np.float32) if name in model.humanoid else None

    head = bone("head")
    neck = float(head[1]) if head is not None else 0.86 * height
    left, right = bone("leftEye"), bone("rightEye")
    if left is not None and right is not None:
        eyes = np.asarray((left + right) / 2, np.float32)
    elif head is not None and model.look_at is not None:
        eyes = head + np.asarray(model.look_at.offset, np.float32)
    else:
        eyes = np.array([0, 0.915 * height, 0.04 * height], np.float32)
    above = points[points[:, 1] > neck]
    if not len(above):
        above = points
    half = max(float(np.abs(above[:, 0]).max()), 0.05 * height)
    back, front = float(above[:, 2].min()), float(above[:, 2].max())
    arm, other = bone("leftUpperArm"), bone("rightUpperArm")
    if arm is not None and other is not None:
        shoulders = (abs(float(arm[0] - other[0])) / 2 + _SHOULDER_FLESH, float(arm[1]))
    else:
        shoulders = (0.115 * height, 0.79 * height)
    return Build(
        height, (float(eyes[1]), float(eyes[2])), (half, neck - _CHIN_BELOW_HEAD, height, back, front), shoulders
    )


def _at_rest(model: AvatarModel, k: int, world: FloatArray) -> FloatArray:
    """(V, 3): a primitive's points in the companion's frame at rest."""
    part = model.primitives[k]
    if part.skin < 0 or part.joints is None or part.weights is None:
        return affine.apply(world[part.node], part.positions)
    skin = model.skins[part.skin]
    moves = world[skin.joints] @ skin.inverse_bind
    main = part.joints[np.arange(len(part.joints)), part.weights.argmax(1)]
    turned = np.einsum("vij,vj->vi", moves[main][:, :3, :3], part.positions) + moves[main][:, :3, 3]
    return np.asarray(turned, np.float32)
