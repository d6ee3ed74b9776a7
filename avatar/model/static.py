"""Symbols and props: OBJ, STL, PLY, GLB and glTF as models of the kind ``prop``.

What would take long or much memory is refused by counts, before it is built. A file may name a material library and
pictures of its own folder only: see ``Beside``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..config import Limits
from ..errors import LimitError, ModelError
from ..linalg import quat
from ..types import FloatArray
from . import mtl, obj, ply, stl
from .beside import Beside
from .container import read_file
from .draco import Unpack, unpack_here
from .load import load
from .model import AvatarModel, Material, Primitive, Texture, TextureSlot
from .place import printable
from .ply_header import read_header
from .prop_checks import MAX_PARTS, MAX_TRIANGLES, check_size, kind_of
from .prop_normals import corner_normals
from .prop_parts import Paint, Part, linear

SUFFIXES: Final = frozenset((".obj", ".stl", ".ply"))
"""Names that such files go by, beside glTF's; what a file is, its content says."""
_FLIP, _TOP = np.array([1, -1], np.float32), np.array([0, 1], np.float32)
_UNSAID: Final = 0.4
"""sRGB grey of a material whose library names neither colour nor picture."""


def load_prop(path: str | Path, limits: Limits | None = None, *, unpack: Unpack = unpack_here) -> AvatarModel:
    """A .glb, .gltf, .obj (with its .mtl and pictures), .stl or .ply file, told by content, as a model of the kind
    ``prop``: one node a part, in the file's own axes and units, which are taken for metres and +Y up.

    Diffuse and vertex colours count as sRGB. Raises ModelError, and nothing else, for a file that is not acceptable.
    """
    path, limits = Path(path), limits or Limits()
    data = read_file(path, limits)
    kind = kind_of(path, data)
    if kind == "gltf":
        model = load(path, limits=limits, unpack=unpack)
        model.kind = "prop"
        return model
    beside = Beside(path, limits, len(data))
    parts = _parts(path, data, kind, beside)
    if not parts:
        raise ModelError(path, "", "there is no triangle in this file")
    if len(parts) > MAX_PARTS:
        raise LimitError(path, "", f"has {len(parts)} parts, must have 1 to {MAX_PARTS}")
    builder = _Builder(path, limits, beside)
    for part in parts:
        builder.check(part)
    for part, normals in zip(parts, corner_normals(parts), strict=True):
        builder.part(part, normals)
    return builder.model()


def _parts(path: Path, data: bytes, kind: str, beside: Beside) -> list[Part]:
    header = read_header(path, data) if kind == "ply" else None
    check_size(path, data, kind, header.text if header else kind != "stl")
    try:
        if header:
            return ply.read(path, data, header, beside.picture)
        if kind == "obj":
            return obj.read(path, data, lambda name: mtl.read(beside.library(name), beside.picture))
        return stl.read_packed(data) if kind == "stl" else stl.read_text(path, data)
    except MemoryError as error:
        raise ModelError(path, "", "needs more memory than there is") from error


class _Builder:
    """Parts of a prop, checked, as an AvatarModel."""

    def __init__(self, path: Path, limits: Limits, beside: Beside) -> None:
        self._path, self._limits, self._beside = path, limits, beside
        self._names: list[str] = []
        self._primitives: list[Primitive] = []
        self._materials: list[Material] = []
        self._textures: list[Texture] = []
        self._pictures: dict[str, int] = {}
        self._known: dict[tuple[int, str], int] = {}
        self._vertices = 0

    def check(self, part: Part) -> None:
        """Raises ModelError where a part is not acceptable, or too much together with those before."""
        at = f"part '{printable(part.name)[:60]}'"
        self._vertices += len(part.positions)
        if self._vertices > min(3 * MAX_TRIANGLES, self._limits.vertices):
            raise LimitError(self._path, at, f"the prop has more than {MAX_TRIANGLES} triangles")
        if not (np.abs(part.positions) <= self._limits.reach).all():
            raise LimitError(self._path, at, f"a vertex is not finite, or farther than {self._limits.reach:g} m away")
        if part.uvs is not None and not (np.abs(part.uvs) <= 1e6).all():
            raise ModelError(self._path, at, "a texture coordinate is not finite, or beyond 1e6")

    def part(self, part: Part, normals: FloatArray) -> None:
        """One part more. normals : (3T, 3), of its corners."""
        self._primitives.append(
            Primitive(
                positions=part.positions,
                normals=normals,
                # glTF counts v downwards from the top, the others upwards.
                uvs=() if part.uvs is None else (part.uvs * _FLIP + _TOP,),
                indices=np.arange(len(part.positions), dtype=np.int32).reshape(-1, 3),
                material=self._material(part.paint, part.uvs is not None),
                node=len(self._names),
                colors=part.colors if part.paint is None else None,
            )
        )
        self._names.append(printable(part.name)[:200])

    def _material(self, paint: Paint | None, mapped: bool) -> int:
        picture = paint.picture if paint is not None and mapped else ""
        key = (id(paint), picture)
        if key in self._known:
            return self._known[key]
        made = Material(metallic=0.0, roughness=0.8, double_sided=True)
        if paint is not None:
            made.name = printable(paint.name)[:200]
            unsaid = (1.0,) * 3 if picture else (_UNSAID,) * 3
            r, g, b, _ = linear(np.array([paint.diffuse or unsaid]))[0].tolist()
            made.base_color = (r, g, b, paint.opacity)
            made.alpha_mode = "BLEND" if paint.opacity < 1 else "OPAQUE"
        if picture:
            made.base_texture = TextureSlot(self._texture(picture))
        self._materials.append(made)
        self._known[key] = len(self._materials) - 1
        return self._known[key]

    def _texture(self, name: str) -> int:
        if name not in self._pictures:
            self._pictures[name] = len(self._textures)
            self._textures.append(Texture(self._beside.pictures[name]))
        return self._pictures[name]

    def model(self) -> AvatarModel:
        """What the parts make together."""
        count = len(self._names)
        return AvatarModel(
            name=self._path.stem,
            kind="prop",
            node_names=tuple(self._names),
            parents=np.full(count, -1, np.int32),
            translation=np.zeros((count, 3), np.float32),
            rotation=quat.identity((count,)),
            scale=np.ones((count, 3), np.float32),
            primitives=tuple(self._primitives),
            skins=(),
            materials=tuple(self._materials),
            textures=tuple(self._textures),
            morph_defaults=np.zeros(0, np.float32),
            notes=tuple(dict.fromkeys(self._beside.notes)),
        )
