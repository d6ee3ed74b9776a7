"""The canonical face inside MediaPipe's face model: its points, and how much each counts where a pose is fitted."""

from __future__ import annotations

import io
import zipfile
from typing import Final

import numpy as np

from ...errors import AssetError
from ...tracking.face_pose import FaceModel
from .models import read_model

FILE: Final = "geometry_pipeline_metadata_landmarks.binarypb"
_FLOATS_A_VERTEX: Final = 5  # x, y, z in centimetres, u, v
_MESH, _BASIS, _VERTICES, _ID, _WEIGHT = 1, 2, 3, 1, 2
"""Field numbers of face_geometry's GeometryPipelineMetadata, Mesh3d and WeightedLandmarkRef."""


def face_model() -> FaceModel:
    """Read from the face model; AssetError where it is not as expected."""
    with zipfile.ZipFile(io.BytesIO(read_model("face"))) as archive:
        data = archive.read(FILE)
    try:
        whole = _fields(data)
        (mesh,) = (value for number, value in whole if number == _MESH)
        floats = [_float(value) for number, value in _fields(_bytes(mesh)) if number == _VERTICES]
        vertices = np.array(floats).reshape(-1, _FLOATS_A_VERTEX)[:, :3] / 100
        basis = [dict(_fields(_bytes(value))) for number, value in whole if number == _BASIS]
        index = np.array([int(entry.get(_ID, 0)) for entry in basis], np.intp)
        weight = np.array([_float(entry[_WEIGHT]) for entry in basis])
        return FaceModel(vertices[index], index, weight)
    except (ValueError, IndexError, KeyError, TypeError):
        raise AssetError(f"{FILE}: not the geometry of a face that was expected") from None


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("a message was expected")
    return value


def _float(value: int | bytes) -> float:
    return float(np.frombuffer(_bytes(value), "<f4")[0])


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    """The fields of one protocol-buffer message: (number, value); a whole number, or the bytes of anything else."""
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            whole, at = _varint(data, at)
            found.append((tag >> 3, whole))
            continue
        if kind == 2:
            length, at = _varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        found.append((tag >> 3, data[at : at + length]))
        at += length
    if at != len(data):
        raise ValueError("cut off")
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
