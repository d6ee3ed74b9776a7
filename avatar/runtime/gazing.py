"""Where the companion looks: at what its hand gives or takes, at a point, at the camera, or at the person."""

from __future__ import annotations

import numpy as np

from ..linalg import affine
from ..stage.placement import Placement
from ..stage.turned_out import SPEAKING, TO_PERSON, turned_out
from ..types import FloatArray, Gaze
from .ceremony_sight import vowing
from .parts import Parts


def look_at(
    parts: Parts, place: Placement, gaze: Gaze, touched: FloatArray | None, eyes: FloatArray | None
) -> FloatArray:
    """(3,) the point in its own frame, metres. touched : (3,) on the stage, None = its hands are free; eyes : (3,) whom
    it attends to on the stage, None = the person as they are placed by."""
    if touched is not None:
        stage = touched
    elif gaze.target == "point" and gaze.point is not None:
        stage = np.array(gaze.point, np.float32)
    elif gaze.target == "camera":
        stage = np.zeros(3, np.float32)
    else:
        return _to_person(parts, place, eyes if gaze.target == "user" else None)
    return affine.apply(np.linalg.inv(place.matrix), stage)


def _to_person(parts: Parts, place: Placement, eyes: FloatArray | None) -> FloatArray:
    """(3,) the person's eyes in the companion's own frame; in a ceremony no farther round than the face is seen."""
    own = np.linalg.inv(place.matrix)
    point = place.look_at_own if eyes is None else affine.apply(own, eyes)
    if parts.ceremony is None:
        return point
    head = np.array([0, *parts.standing.build.eyes], np.float32)
    most = TO_PERSON if vowing(parts.ceremony) else SPEAKING
    return turned_out(point, head, np.asarray(own[:3, 3], np.float32), most)
