"""A figure's shadow on the floor: a soft patch under its feet, and its own shape cast by the key light.

Where the CPU draws, the cast shadow is worked out on a small picture of the floor, only as often as the shadow map is
drawn anew, and that picture is laid on the floor: it is blurred anyway, and five comparisons at each of the floor's
pixels cost a CPU more than all the rest of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..stage.scene import Figure, Lighting
from ..types import FloatArray
from .gl import GL
from .program import Program
from .shadow import Fit
from .targets import Target

STRENGTH, UNDER_CAST = 0.55, 0.40
"""Darkness of the patch under the feet: alone, and together with the cast shadow."""
RADIUS = 0.30  # metres for a companion drawn at its own size
CAST_WIDTH, CAST_LENGTH = 1.6, 2.8  # radii, to each side and away from the light: where the cast shadow has faded away
CAST_STRENGTH = 0.38
_TEXELS = (96, 120)
"""Across and along the light: less than a centimetre each, where the shadow's sharpest edge is as wide."""
_SAME = 5e-4
"""Shares of the shadow map (a seventh of a texel) by which the floor may move over it before it is worked out anew."""
_BLUR, _STEP = 0.2, 0.1
"""Radii by which the cast shadow is wider than what casts it, and in which its rectangle grows."""

Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Fall:
    """How a figure's shadow falls. floor : (4, 4) the patch's frame (radii; the feet at 0, z away from the light) to
    the stage; rect : x0, z0, x1, z1 that hold it there; patch : darkness under the feet; rows : (3, 3) the floor's
    (x, z, 1) to the map's u, v and depth; thrown : darkness of the cast shadow, and a metre across and down the map.
    Without a map the last two are None."""

    floor: FloatArray
    rect: Rect
    patch: float
    rows: FloatArray | None = None
    thrown: tuple[float, float, float] | None = None

    def set(self, program: Program, rect: Rect) -> None:
        """Give it to ``post_shadow.frag``, which draws that part of the floor."""
        GL.glUniform4f(program["rect"], *rect)
        GL.glUniform1f(program["strength"], self.patch)
        if self.rows is not None and self.thrown is not None:
            GL.glUniform2f(program["faded"], CAST_WIDTH, CAST_LENGTH)
            GL.glUniformMatrix3fv(program["map_from_floor"], 1, True, self.rows)
            GL.glUniform3f(program["thrown"], *self.thrown)


def fall(figure: Figure, lighting: Lighting, cast: Fit | None) -> Fall:
    """The floor is at right angles to the figure's own height. cast : where the figure's shadow map lies, or None."""
    assert figure.shadow is not None
    size = float(np.linalg.norm(figure.placement[:3, 0]))
    r, up = figure.patch or RADIUS * size, figure.placement[:3, 1].astype(np.float64) / size
    light = np.asarray(lighting.direction, np.float64)
    along: np.ndarray = up * float(light @ up) - light
    long = float(np.linalg.norm(along))
    back = figure.placement[:3, 2] * (-r / size)
    along = along * (r / long) if cast is not None and long > 1e-3 else back
    floor = np.eye(4, dtype=np.float32)
    floor[:3, 0], floor[:3, 1], floor[:3, 2], floor[:3, 3] = np.cross(along, up), up, along, figure.shadow
    if cast is None or not figure.floor:
        return Fall(floor, (-1, -1, 1, 1), STRENGTH * figure.opacity)
    rows = (cast.rows @ np.linalg.inv(figure.placement) @ floor)[:, [0, 2, 3]].astype(np.float32)
    metre = (cast.step[0] / cast.texel, cast.step[1] / cast.texel)
    thrown = (CAST_STRENGTH * lighting.shadows * figure.opacity, *metre)
    return Fall(floor, (-CAST_WIDTH, -1, CAST_WIDTH, CAST_LENGTH), UNDER_CAST * figure.opacity, rows, thrown)


def tight(falls: Fall, points: FloatArray, placement: FloatArray, towards: FloatArray) -> Rect:
    """The part of ``falls.rect`` that the patch and the shadow of points (N, 3) cover.

    placement : (4, 4) their frame to the stage; towards : (3,) to the light, stage."""
    x0, z0, x1, z1 = falls.rect
    light, up = np.asarray(towards, np.float64), falls.floor[:3, 1].astype(np.float64)
    steep = float(light @ up)
    if steep < 0.05:
        return falls.rect
    down = np.eye(4)
    down[:3, :3] -= np.outer(light, up) / steep  # along the light onto the floor
    down[:3, 3] += light * (float(up @ falls.floor[:3, 3]) / steep)
    whole = np.linalg.inv(falls.floor) @ down @ placement
    at = points @ whole[[0, 2], :3].T + whole[[0, 2], 3]
    low = np.floor((at.min(0) - _BLUR) / _STEP) * _STEP
    high = np.ceil((at.max(0) + _BLUR) / _STEP) * _STEP
    return (
        min(max(float(low[0]), x0), -1.0),
        z0,
        max(min(float(high[0]), x1), 1.0),
        max(min(float(high[1]), z1), 1.0),
    )


class Darkness:
    """The small picture of the floor: how dark each of its points is, in alpha. rect : the part that it shows."""

    def __init__(self) -> None:
        self.target = Target(_TEXELS)
        self.rect: Rect = (-1, -1, 1, 1)
        self._of: tuple[Fit, Fall] | None = None

    def fresh(self, cast: Fit, falls: Fall) -> bool:
        """Whether it still shows this shadow."""
        if self._of is None or self._of[0] is not cast:
            return False
        old = self._of[1]
        assert old.rows is not None
        assert falls.rows is not None
        moved = float(np.abs(old.rows - falls.rows).max())
        return moved < _SAME and (old.patch, old.thrown) == (falls.patch, falls.thrown)

    def draw(self, program: Program, cast: Fit, falls: Fall, rect: Rect) -> None:
        """Work it out with ``post_shadow.frag``, which is in use; the map is bound."""
        self._of, self.rect = (cast, falls), rect
        falls.set(program, rect)
        x0, z0, x1, z1 = rect
        flat = np.zeros((4, 4), np.float32)
        flat[0, 0], flat[0, 3] = 2 / (x1 - x0), -(x0 + x1) / (x1 - x0)
        flat[1, 2], flat[1, 3], flat[3, 3] = 2 / (z1 - z0), -(z0 + z1) / (z1 - z0), 1
        GL.glUniformMatrix4fv(program["floor_quad"], 1, True, flat)
        self.target.bind(*_TEXELS)
        GL.glDisable(GL.GL_BLEND)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 6)

    def close(self) -> None:
        """Delete it."""
        self.target.close()
