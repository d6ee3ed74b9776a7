"""What stands in for files that a model names and that do not lie beside it, for pictures that cannot be shown and
samplers that cannot be followed, and the notes that say so.

A picture becomes one pixel; a mesh becomes the box that its POSITION accessor announces.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from ..errors import ModelError
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
_MOST_NAMED = 8
_MOST_FAULTS = 1000
UNREAD = {
    "KHR_texture_basisu": "KTX2 (Basis Universal)",
    "MSFT_texture_dds": "DDS",
    "EXT_texture_avif": "AVIF",
}
"""Extensions whose pictures are not decoded: what they are called."""
REST_BIND: Effect = ("skin is bound as the figure rests", "skins are bound as the figure rests")


@dataclass(slots=True)
class Gaps:
    """What is missing, counted by what it means. Each file is one note. faults : what glTF does not allow and something
    else took the place of: damaged pictures, wraps and filters that there are not; the first thousand of them."""

    faults: list[ModelError] = field(default_factory=list)
    _found: dict[tuple[str, str], Counter[Effect]] = field(default_factory=dict)
    _counted: Counter[str] = field(default_factory=Counter)
    _alike: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)

    def add(self, error: Absent, effect: Effect) -> None:
        """One more part that a missing file touches."""
        where = error.pointer.removesuffix("/uri").lstrip("/")
        self._found.setdefault((where, error.name), Counter())[effect] += 1

    def count(self, what: str) -> None:
        """One more part of which something is not shown; ``what`` says it."""
        self._counted[what] += 1

    def unread(self, texture: int, format: str) -> None:
        """A texture's picture is of a format that is not decoded."""
        self._add("texture", texture, f"is {format}, which is", f"are {format}, which is", "not supported: drawn plain")

    def unnamed(self, texture: int) -> None:
        """A texture names no picture."""
        self._add("texture", texture, "names", "name", "no picture: drawn plain")

    def broken(self, image: int, error: ModelError) -> None:
        """A picture's header is sound, but it cannot be decoded."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(error)
        self._add("image", image, "is", "are", "damaged, or cut short: drawn plain")

    def sampler(self, sampler: int, place: Place, key: str, allowed: tuple[int, ...]) -> None:
        """A sampler names a wrap or a filter that there is not, at ``place/key``."""
        if len(self.faults) < _MOST_FAULTS:
            listed = ", ".join(map(str, allowed))
            self.faults.append(place.refuse(f"is {place.value[key]}, must be one of {listed}", key))
        what = "a wrap or filter that glTF does not have: the usual one is taken"
        self._add("sampler", sampler, "names", "name", what)

    def _add(self, kind: str, index: int, one: str, many: str, what: str) -> None:
        self._alike.setdefault((kind, f"{one} {what}", f"{many} {what}"), set()).add(index)

    def clip(self, error: Absent) -> None:
        """An animation is left out."""
        self.add(error, NO_CLIP)

    def notes(self) -> tuple[str, ...]:
        """One line for each file, and one for each thing that is not shown."""
        return (*self.files(), *self._pictures(), *(f"{what} ({n})" for what, n in sorted(self._counted.items())))

    def _pictures(self) -> list[str]:
        lines = []
        for (kind, one, many), found in sorted(self._alike.items()):
            named = ", ".join(map(str, sorted(found)[:_MOST_NAMED]))
            rest = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            lines.append(f"{kind} {named} {one}" if len(found) == 1 else f"{kind}s {named}{rest} {many}")
        return lines

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
    ends = place.numbers("min", 3), place.numbers("max", 3)
    if any(a > b for a, b in zip(*ends, strict=True)):
        raise place.refuse("'min' is greater than 'max'")
    low, high = accessors.numbers(np.array(ends).astype(accessors.dtype(place)), place)
    return low, high


def _unit_box() -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """``box`` from -1 to 1."""
    sides, normals, uvs = [], [], []
    for axis in range(3):
        for side in (-1.0, 1.0):
            normal = np.zeros(3)
            normal[axis] = side
            across = np.zeros(3)
            across[(axis + 1) % 3] = side
            up = np.cross(normal, across)
            for v in (-1.0, 1.0):
                for u in (-1.0, 1.0):
                    sides.append(normal + u * across + v * up)
                    normals.append(normal)
                    uvs.append(((u + 1) / 2, (1 - v) / 2))
    faces = (_TRIANGLES + 4 * np.arange(6, dtype=np.int32)[:, None]).reshape(-1, 3)
    return np.array(sides, np.float32), np.array(normals, np.float32), np.array(uvs, np.float32), faces


_SIDES, _NORMALS, _UVS, _FACES = _unit_box()


def box(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """A box with flat faces: positions, normals (24, 3), uvs (24, 2) float32, triangles (12, 3) int32, outside
    counter-clockwise."""
    positions = np.where(_SIDES > 0, high, low).astype(np.float32)
    return positions, _NORMALS.copy(), _UVS.copy(), _FACES.copy()
