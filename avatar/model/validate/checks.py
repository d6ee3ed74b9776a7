"""What one glTF object alone can break beyond its table: members that exclude or need each other.

Source: glTF 2.0 and the extensions' specifications; codes as in the Khronos glTF-Validator.
"""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np

from .fields import Child
from .images import image_format
from .schema import Check, Item, Reader
from .uri import parse_uri
from .values import Numbers, Whole, read_bounds

COMPONENTS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_VERSION = re.compile(r"([0-9]+)\.([0-9]+)")


def version(text: str | None) -> tuple[int, int]:
    """(major, minor); (2, 0) where there is none."""
    found = _VERSION.fullmatch(text or "2.0")
    return (int(found[1][:9]), int(found[2][:9])) if found else (2, 0)


def _asset(reader: Reader, item: Item) -> None:
    said, least = item["version"], item["minVersion"]
    if said is not None and least is not None and version(least) > version(said):
        text = f"minVersion {least} is above version {said}"
        reader.journal.add("ASSET_MIN_VERSION_GREATER_THAN_VERSION", f"{item.at}/minVersion", text)


def _accessor(reader: Reader, item: Item) -> None:
    journal, values = reader.journal, item.values
    if item["bufferView"] is None:
        values["byteOffset"] = 0
        if "byteOffset" in item.raw:
            text = "byteOffset needs bufferView"
            journal.add("UNSATISFIED_DEPENDENCY", f"{item.at}/byteOffset", text)
    else:
        values["byteOffset"] = Whole(default=0).read(reader, item, "byteOffset")
    component, length = item["componentType"], COMPONENTS.get(item["type"] or "", 0)
    if component is not None and length:
        for key in ("min", "max"):
            if component == 5126:
                values[key] = Numbers(length, single=True).read(reader, item, key)
            else:
                values[key] = read_bounds(reader, item, key, length, component)
    if item["normalized"] and component in (5125, 5126):
        journal.add("ACCESSOR_NORMALIZED_INVALID", f"{item.at}/normalized", "only bytes and shorts can be normalized")
    if (item["type"] or "").startswith("MAT") and length and (item["byteOffset"] or 0) % 4:
        journal.add("ACCESSOR_MATRIX_ALIGNMENT", f"{item.at}/byteOffset", "matrices start on multiples of 4 bytes")


def _buffer(reader: Reader, item: Item) -> None:
    uri = item["uri"]
    if uri is None:
        return
    found = parse_uri(reader.journal, item.at, uri, bool(reader.words["glb"]))
    item.facts["external"] = found.external
    if found.mime is None:
        return
    if found.mime in ("application/gltf-buffer", "application/octet-stream"):
        item.facts["data"] = found.data
    else:
        text = f"'{found.mime[:60]}' is not application/octet-stream or application/gltf-buffer"
        reader.journal.add("BUFFER_DATA_URI_MIME_TYPE_INVALID", f"{item.at}/uri", text)


def _buffer_view(reader: Reader, item: Item) -> None:
    stride, at = item["byteStride"], f"{item.at}/byteStride"
    if stride is None:
        return
    if item["byteLength"] is not None and stride > item["byteLength"]:
        text = f"{stride} is greater than byteLength {item['byteLength']}"
        reader.journal.add("BUFFER_VIEW_TOO_BIG_BYTE_STRIDE", at, text)
    if stride % 4:
        reader.journal.add("VALUE_MULTIPLE_OF", at, f"{stride} is not a multiple of 4")
    if item["target"] == 34963:
        reader.journal.add("BUFFER_VIEW_INVALID_BYTE_STRIDE", at, "indices cannot have a byteStride")


def _camera(reader: Reader, item: Item) -> None:
    if "orthographic" in item.raw and "perspective" in item.raw:
        reader.journal.add("ONE_OF_MISMATCH", item.at, "exactly one of orthographic and perspective must be defined")
    if item["type"] in ("orthographic", "perspective"):
        item.values[item["type"]] = Child(item["type"], need=True).read(reader, item, item["type"])


def _planes(reader: Reader, item: Item) -> None:
    if item["zfar"] is not None and item["znear"] is not None and item["zfar"] <= item["znear"]:
        reader.journal.add("CAMERA_ZFAR_LEQUAL_ZNEAR", item.at, "zfar must be greater than znear")


def _orthographic(reader: Reader, item: Item) -> None:
    _planes(reader, item)
    for key in ("xmag", "ymag"):
        if item[key] == 0:
            reader.journal.add("CAMERA_XMAG_YMAG_ZERO", f"{item.at}/{key}", "must not be zero")
        elif item[key] is not None and item[key] < 0:
            reader.journal.add("CAMERA_XMAG_YMAG_NEGATIVE", f"{item.at}/{key}", "should not be negative")


def _perspective(reader: Reader, item: Item) -> None:
    _planes(reader, item)
    if item["yfov"] is not None and item["yfov"] >= np.pi:
        reader.journal.add("CAMERA_YFOV_GEQUAL_PI", item.at, "yfov should be less than pi")


def _image(reader: Reader, item: Item) -> None:
    journal, view, uri = reader.journal, item["bufferView"], item["uri"]
    if view is not None and item["mimeType"] is None:
        journal.add("UNSATISFIED_DEPENDENCY", f"{item.at}/bufferView", "bufferView needs mimeType")
    if (view is None) == (uri is None):
        journal.add("ONE_OF_MISMATCH", item.at, "exactly one of bufferView and uri must be defined")
    if uri is None:
        return
    found = parse_uri(journal, item.at, uri, bool(reader.words["glb"]))
    item.facts["external"] = found.external
    if found.mime is None:
        return
    if image_format(found.data) == found.mime:
        item.facts["data"] = found.data
    else:
        text = "the media type of the data URI is not that of its content"
        journal.add("INVALID_URI", f"{item.at}/uri", text)


def _material(reader: Reader, item: Item) -> None:
    if item["alphaMode"] != "MASK" and "alphaCutoff" in item.raw:
        text = "alphaCutoff is for alphaMode MASK only"
        reader.journal.add("MATERIAL_ALPHA_CUTOFF_INVALID_MODE", f"{item.at}/alphaCutoff", text)


def target_count(primitive: Item | None) -> int:
    """Morph targets of a primitive."""
    return len(primitive["targets"] or ()) if primitive is not None else 0


def _mesh(reader: Reader, item: Item) -> None:
    primitives = item["primitives"]
    if primitives is None:
        return
    first = target_count(primitives[0])
    for primitive in primitives[1:]:
        count = target_count(primitive)
        if count != first:
            at = f"{primitive.at}/targets" if count else primitive.at
            text = f"{count} morph targets, but {first} in the mesh's first primitive"
            reader.journal.add("MESH_PRIMITIVES_UNEQUAL_TARGETS_COUNT", at, text)
    # Weights are compared with the last primitive's count, which is the first's in a sound mesh.
    weights, count = item["weights"], first
    if weights is not None and len(weights) != count:
        text = f"{len(weights)} weights, but {count} morph targets"
        reader.journal.add("MESH_INVALID_WEIGHTS_COUNT", f"{item.at}/weights", text)


def _node(reader: Reader, item: Item) -> None:
    journal, rotation, matrix = reader.journal, item["rotation"], item["matrix"]
    if rotation is not None and not _is_unit(rotation):
        journal.add("ROTATION_NON_UNIT", f"{item.at}/rotation", "must be a unit quaternion")
    if item["mesh"] is None:
        for key in ("skin", "weights"):
            if item[key] is not None:
                journal.add("UNSATISFIED_DEPENDENCY", f"{item.at}/{key}", f"{key} needs mesh")
    if matrix is None:
        return
    at = f"{item.at}/matrix"
    if any(item[key] is not None for key in ("translation", "rotation", "scale")):
        journal.add("NODE_MATRIX_TRS", at, "a node has either a matrix or translation, rotation and scale")
    if is_identity(matrix):
        journal.add("NODE_MATRIX_DEFAULT", at, "this is the default matrix")
    elif not _is_trs(matrix):
        journal.add("NODE_MATRIX_NON_TRS", at, "must be made of a translation, a rotation and a scale")


_IDENTITY: Final = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def is_identity(matrix: list[float] | None) -> bool:
    """Whether a node's matrix, 16 numbers or None, changes nothing."""
    return matrix is None or matrix == _IDENTITY


def _is_unit(rotation: list[float]) -> bool:
    # Python's own numbers are several times quicker here; NumPy decides where its float32 may.
    return abs(1 - math.hypot(*rotation)) < 0.0076 or bool(
        abs(1 - np.linalg.norm(np.array(rotation, np.float32))) <= 0.00769
    )


def _is_trs(matrix: list[float]) -> bool:
    """Whether a matrix, no part of which is as large as 1e308, is made of translation, rotation and scale."""
    ax, ay, az, aw, bx, by, bz, bw, cx, cy, cz, cw, _, _, _, w = matrix
    a, b, c = math.hypot(ax, ay, az), math.hypot(bx, by, bz), math.hypot(cx, cy, cz)
    if aw == bw == cw == 0 and w == 1 and min(a, b, c) > 1e-12 and max(a, b, c) < 1e12:
        ab, bc, ca = ax * bx + ay * by + az * bz, bx * cx + by * cy + bz * cz, cx * ax + cy * ay + cz * az
        if abs(ab) < 9e-4 * a * b and abs(bc) < 9e-4 * b * c and abs(ca) < 9e-4 * c * a:
            return True
    with np.errstate(over="ignore"):
        m = np.array(matrix, np.float64).astype(np.float32).astype(np.float64).reshape(4, 4)
    basis = m[:3, :3]
    lengths = np.linalg.norm(basis, axis=1)
    if tuple(m[:, 3]) != (0, 0, 0, 1) or not np.isfinite(lengths).all() or not (lengths > 0).all():
        return False
    if np.linalg.det(basis) == 0:
        return False
    unit = basis / lengths[:, None]
    # Columns that are not at right angles cannot come from a rotation and a scale.
    return bool(np.abs(unit @ unit.T - np.eye(3)).max() < 1e-3)


def _light(reader: Reader, item: Item) -> None:
    if item["type"] == "spot":
        item.values["spot"] = Child("spot", need=True).read(reader, item, "spot")
    elif "spot" in item.raw:
        reader.journal.add("EXTRA_PROPERTY", f"{item.at}/spot", "only spot lights use this")
    if item["type"] == "directional" and item["range"] is not None:
        reader.journal.add("EXTRA_PROPERTY", f"{item.at}/range", "directional lights have no range")


def _spot(reader: Reader, item: Item) -> None:
    inner, outer = item["innerConeAngle"], item["outerConeAngle"]
    if inner is not None and outer is not None and outer <= inner:
        text = f"outerConeAngle {outer:g} is not above innerConeAngle {inner:g}"
        reader.journal.add("KHR_LIGHTS_PUNCTUAL_LIGHT_SPOT_ANGLES", f"{item.at}/outerConeAngle", text)


def _iridescence(reader: Reader, item: Item) -> None:
    low, high = item["iridescenceThicknessMinimum"], item["iridescenceThicknessMaximum"]
    if item["iridescenceThicknessTexture"] is not None:
        if low is not None and low == high:
            code, at = "KHR_MATERIALS_IRIDESCENCE_THICKNESS_TEXTURE_UNUSED", f"{item.at}/iridescenceThicknessTexture"
            reader.journal.add(code, at, "the thickness minimum is its maximum, so the texture does nothing")
    elif low is not None and "iridescenceThicknessMinimum" in item.raw:
        code = "KHR_MATERIALS_IRIDESCENCE_THICKNESS_RANGE_WITHOUT_TEXTURE"
        reader.journal.add(code, f"{item.at}/iridescenceThicknessMinimum", "does nothing without a thickness texture")


CHECKS: Final[dict[str, Check]] = {
    "asset": _asset,
    "accessor": _accessor,
    "buffer": _buffer,
    "bufferView": _buffer_view,
    "camera": _camera,
    "orthographic": _orthographic,
    "perspective": _perspective,
    "image": _image,
    "material": _material,
    "mesh": _mesh,
    "node": _node,
    "light": _light,
    "spot": _spot,
    "KHR_materials_iridescence": _iridescence,
}
"""kind -> what is looked at once an object of it is read."""
