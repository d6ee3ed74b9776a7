"""What stands in for files that a model names and that do not lie beside it, and the notes that say so.

A picture becomes one pixel; a mesh becomes the box that its POSITION accessor announces.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from ..types import ByteArray, FloatArray, IntArray
from .accessors import Accessors
from .container import Absent
from .place import Place

_TRIANGLES = np.array([0, 1, 2, 2, 1, 3], np.int32)


Effect = tuple[str, str]
"""What is seen in place of a missing part, for one and for several."""
PLAIN_PICTURE: Effect = ("picture is shown plain", "pictures are shown plain")
BOX: Effect = ("mesh is drawn as its bounding box", "meshes are drawn as their bounding boxes")
NO_MESH: Effect = ("mesh is left out", "meshes are left out")
NO_CLIP: Effect = ("animation is left out", "animations are left out")
REST_BIND: Effect = ("skin is bound as the figure rests", "skins are bound as the figure rests")


@dataclass(slots=True)
class Gaps:
    """What is missing, counted by what it means. Each file is one note."""

    _found: dict[tuple[str, str], Counter[Effect]] = field(default_factory=dict)
    _counted: Counter[str] = field(default_factory=Counter)

    def add(self, error: Absent, effect: Effect) -> None:
        """One more part that a missing file touches."""
        where = error.pointer.removesuffix("/uri").lstrip("/")
        self._found.setdefault((where, error.name), Counter())[effect] += 1

    def count(self, what: str) -> None:
        """One more part of which something is not shown; ``what`` says it."""
        self._counted[what] += 1

    def clip(self, error: Absent) -> None:
        """An animation is left out."""
        self.add(error, NO_CLIP)

    def notes(self) -> tuple[str, ...]:
        """One line for each file, and one for each thing that is not shown."""
        return (*self.files(), *(f"{what} ({n})" for what, n in sorted(self._counted.items())))

    def files(self) -> tuple[str, ...]:
        """One line for each missing file."""
        lines = []
        for (where, name), effects in sorted(self._found.items()):
            said = ", ".join(f"{n} {effect[n > 1]}" for effect, n in effects.items())
            lines.append(f"{where}: there is no file '{name}' beside the model; {said}")
        return tuple(lines)


def pixel(normal: bool) -> ByteArray:
    """(1, 1, 4) uint8: white, or for a normal map the undisturbed normal."""
    return np.array([[[128, 128, 255, 255] if normal else [255, 255, 255, 255]]], np.uint8)


def bounds(accessors: Accessors, attributes: Place) -> tuple[FloatArray, FloatArray] | None:
    """Lowest and highest corner (3,) that the POSITION accessor announces, None where it does not."""
    place = accessors.place(attributes, "POSITION")
    if not place.has("min") or not place.has("max"):
        return None
    ends = np.array([place.numbers("min", 3), place.numbers("max", 3)])
    if (ends[0] > ends[1]).any():
        raise place.refuse("'min' is greater than 'max'")
    low, high = accessors.numbers(ends.astype(accessors.dtype(place)), place)
    return low, high


def box(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """A box with flat faces: positions, normals (24, 3), uvs (24, 2) float32, triangles (12, 3) int32, outside
    counter-clockwise."""
    positions, normals, uvs = [], [], []
    for axis in range(3):
        for side in (-1.0, 1.0):
            normal = np.zeros(3)
            normal[axis] = side
            across = np.zeros(3)
            across[(axis + 1) % 3] = side
            up = np.cross(normal, across)
            for v in (-1.0, 1.0):
                for u in (-1.0, 1.0):
                    corner = normal + u * across + v * up
                    positions.append(np.where(corner > 0, high, low))
                    normals.append(normal)
                    uvs.append(((u + 1) / 2, (1 - v) / 2))
    faces = (_TRIANGLES + 4 * np.arange(6, dtype=np.int32)[:, None]).reshape(-1, 3)
    return np.array(positions, np.float32), np.array(normals, np.float32), np.array(uvs, np.float32), faces
