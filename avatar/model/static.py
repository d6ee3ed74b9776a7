"""Symbols and props: OBJ, STL and PLY through trimesh, GLB and glTF through our own reader.

Our own reader is the better one for glTF: it keeps materials, pictures and animation whole, and its bounds are our own.
trimesh gets bytes and never a path: what a file names (a material library, pictures) it may ask of ``Beside`` only,
which gives nothing from outside the file's own folder, and no picture at all (they are decoded as a companion's are).
What would take long or much memory is refused by counts, before it is parsed.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..config import Limits
from ..errors import LimitError, ModelError
from ..linalg import quat
from ..types import FloatArray
from .beside import Beside
from .container import open_container, read_file
from .draco import Unpack, unpack_here
from .load import read_opened
from .model import AvatarModel, Material, Primitive, Texture, TextureSlot
from .place import printable
from .prop_checks import MAX_PARTS, MAX_TRIANGLES, check_size, kind_of
from .vertices import face_normals

SUFFIXES: Final = frozenset((".obj", ".stl", ".ply"))
"""Names that such files go by, beside glTF's; what a file is, its content says."""
CREASE: Final = np.radians(40.0)
"""Faces that meet at less than this are shaded as one surface, where the file has no normals."""
_SMOOTHED: Final = 100_000


def load_prop(path: str | Path, limits: Limits | None = None, *, unpack: Unpack = unpack_here) -> AvatarModel:
    """A .glb, .gltf, .obj (with its .mtl and pictures), .stl or .ply file, told by content, as a model of the kind
    ``prop``: one node a part, in the file's own axes and units, which are taken for metres and +Y up.

    Diffuse and vertex colours count as sRGB. Raises ModelError, and nothing else, for a file that is not acceptable.
    """
    path, limits = Path(path), limits or Limits()
    data = read_file(path, limits)
    kind = kind_of(path, data)
    if kind == "gltf":
        model = read_opened(open_container(path, limits, data), unpack=unpack).model
        model.kind = "prop"
        return model
    check_size(path, data, kind)
    beside = Beside(path, limits, len(data))
    scene = _parse(path, data, kind, beside)
    if beside.refused is not None:
        raise beside.refused
    builder = _Builder(path, limits, beside)
    parts = list(scene.geometry.items())
    if not 1 <= len(parts) <= MAX_PARTS:
        raise ModelError(path, "", f"has {len(parts)} parts, must have 1 to {MAX_PARTS}")
    for name, mesh in parts:
        builder.part(str(name), mesh, sharp=kind == "stl")
    return builder.model()


def _parse(path: Path, data: bytes, kind: str, beside: Beside) -> Any:
    import trimesh

    log = logging.getLogger("trimesh")
    if not log.handlers:
        # Else its warnings, with tracebacks, come out on the person's screen.
        log.addHandler(logging.NullHandler())
    kind = kind.removesuffix(" text")
    extra: dict[str, Any] = {}
    if kind == "obj":
        extra = {"split_objects": True}
    elif kind == "ply":
        extra = {"fix_texture": True, "prefer_color": "vertex"}
    try:
        with np.errstate(all="ignore"):
            return trimesh.load_scene(io.BytesIO(data), file_type=kind, resolver=beside, process=False, **extra)
    except MemoryError as error:
        raise ModelError(path, "", "needs more memory than there is") from error
    except Exception as error:
        # A foreign parser raises whatever it likes on a broken file.
        rule = printable(f"the {kind.upper()} cannot be read: {error}")[:200]
        raise ModelError(path, "", rule) from (beside.refused or error)


class _Builder:
    """Parts of a prop, checked, as an AvatarModel."""

    def __init__(self, path: Path, limits: Limits, beside: Beside) -> None:
        self._path, self._limits, self._beside = path, limits, beside
        self._names: list[str] = []
        self._primitives: list[Primitive] = []
        self._materials: list[Material] = []
        self._textures: list[Texture] = []
        self._pictures: dict[str, int] = {}
        self._known: dict[int, int] = {}
        self._vertices = self._triangles = 0

    def part(self, name: str, mesh: Any, sharp: bool) -> None:
        """One trimesh.Trimesh; anything else (points, lines) is left out."""
        if not hasattr(mesh, "faces") or not len(mesh.faces):
            return
        at = f"part '{printable(name)[:60]}'"
        positions = np.asarray(mesh.vertices, np.float64)
        faces = np.asarray(mesh.faces, np.int64)
        self._vertices += 3 * len(faces)
        self._triangles += len(faces)
        if self._triangles > MAX_TRIANGLES or self._vertices > self._limits.vertices:
            raise LimitError(self._path, at, f"the prop has more than {MAX_TRIANGLES} triangles")
        if positions.ndim != 2 or positions.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
            raise ModelError(self._path, at, "must be made of triangles in space")
        if faces.min() < 0 or faces.max() >= len(positions):
            raise ModelError(self._path, at, f"names a vertex beyond its {len(positions)}")
        if not (np.abs(positions) <= self._limits.reach).all():
            raise LimitError(self._path, at, f"a vertex is not finite, or farther than {self._limits.reach:g} m away")
        visual = mesh.visual
        uv = getattr(visual, "uv", None)
        uvs = None if uv is None or np.shape(uv) != (len(positions), 2) else np.asarray(uv, np.float64)
        if uvs is not None and not (np.abs(uvs) <= 1e6).all():
            raise ModelError(self._path, at, "a texture coordinate is not finite, or beyond 1e6")
        colors = _colors(visual, len(positions))
        given = mesh._cache.cache.get("vertex_normals") if not sharp else None
        corner = self._normals(positions.astype(np.float32), faces, given)
        rows = faces.reshape(-1)
        self._primitives.append(
            Primitive(
                positions=positions[rows].astype(np.float32),
                normals=corner,
                # glTF counts v downwards from the top, the others upwards.
                uvs=() if uvs is None else ((uvs[rows] * (1, -1) + (0, 1)).astype(np.float32),),
                indices=np.arange(len(rows), dtype=np.int32).reshape(-1, 3),
                material=self._material(visual, uvs is not None),
                node=len(self._names),
                colors=None if colors is None else colors[rows],
            )
        )
        self._names.append(printable(name)[:200])

    def _normals(self, positions: FloatArray, faces: NDArray[np.int64], given: Any) -> FloatArray:
        """(3T, 3) unit normals of all corners: the file's own, else smooth up to the crease."""
        flat = face_normals(positions, faces.astype(np.int32))
        result = np.repeat(flat, 3, 0)
        if given is not None and np.shape(given) == positions.shape:
            own = np.asarray(given, np.float64)[faces.reshape(-1)]
            with np.errstate(all="ignore"):
                length = np.sqrt(np.vecdot(own, own))
                good = np.isfinite(length) & (length > 1e-6)
                result[good] = own[good] / length[good, None]
            return result
        if len(faces) > _SMOOTHED:
            return result
        _, point = np.unique(positions, axis=0, return_inverse=True)
        return _smooth(positions, faces, point.reshape(-1)[faces].reshape(-1), flat)

    def _material(self, visual: Any, mapped: bool) -> int:
        source = getattr(visual, "material", None)
        if id(source) in self._known:
            return self._known[id(source)]
        made = Material(name=printable(str(getattr(source, "name", "") or ""))[:200], metallic=0.0, roughness=0.8)
        diffuse = getattr(source, "diffuse", None)
        if diffuse is not None and np.shape(diffuse) == (4,):
            r, g, b = _linear(np.asarray(diffuse[:3], np.float64) / 255)
            made.base_color = (float(r), float(g), float(b), 1.0)
        image = getattr(source, "image", None)
        if image is not None and mapped and self._beside.pictures:
            name = str(image.info.get("file_path", next(reversed(self._beside.pictures))))
            made.base_texture = TextureSlot(self._texture(name))
        opacity = getattr(source, "kwargs", {}).get("d")
        if opacity:
            made.base_color = (*made.base_color[:3], _fraction(str(opacity[0])))
            made.alpha_mode = "BLEND" if made.base_color[3] < 1 else "OPAQUE"
        made.double_sided = True
        self._materials.append(made)
        self._known[id(source)] = len(self._materials) - 1
        return self._known[id(source)]

    def _texture(self, name: str) -> int:
        if name not in self._pictures:
            self._pictures[name] = len(self._textures)
            self._textures.append(Texture(self._beside.pictures[name]))
        return self._pictures[name]

    def model(self) -> AvatarModel:
        """What the parts make together."""
        count = len(self._names)
        if not count:
            raise ModelError(self._path, "", "there is no triangle in this file")
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


def _smooth(positions: FloatArray, faces: NDArray[np.int64], point: NDArray[np.intp], flat: FloatArray) -> FloatArray:
    """Corner normals: the mean, weighted by area, of the faces round the point that lie within the crease of the
    corner's own face. Corners at one point are compared each with the next ones, as far as there are any."""
    order = np.argsort(point, kind="stable")
    at, face = point[order].astype(np.int32), order // 3
    a, b, c = (positions[faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).astype(np.float32)[face]
    # Rows of x, y and z: every step below runs over whole rows, whatever a file makes of its corners.
    x, y, z = own = np.ascontiguousarray(flat[face].T)
    weighed = own * area
    total = weighed.copy()
    most, crease = int(np.bincount(point).max(initial=1)), float(np.cos(CREASE))
    for k in range(1, min(most, 24)):
        alike = x[k:] * x[:-k]
        alike += y[k:] * y[:-k]
        alike += z[k:] * z[:-k]
        near = (alike > crease) & (at[k:] == at[:-k])
        total[:, :-k] += weighed[:, k:] * near
        total[:, k:] += weighed[:, :-k] * near
    length = np.sqrt(np.einsum("ij,ij->j", total, total))
    result = np.empty_like(total.T)
    result[order] = np.where(length > 1e-20, total / np.where(length > 1e-20, length, 1), own).T
    return np.ascontiguousarray(result)


def _colors(visual: Any, count: int) -> FloatArray | None:
    """(V, 4) float32 linear vertex colours, None where the file has none."""
    if getattr(visual, "kind", None) != "vertex":
        return None
    raw = np.asarray(visual.vertex_colors)
    if raw.shape != (count, 4):
        return None
    colors = raw.astype(np.float64) / 255
    return np.concatenate([_linear(colors[:, :3]), colors[:, 3:]], 1).astype(np.float32)


def _linear(c: NDArray[np.float64]) -> NDArray[np.float64]:
    c = np.clip(c, 0, 1)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _fraction(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0
