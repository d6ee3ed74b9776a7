"""Small props for tests."""

from __future__ import annotations

from pathlib import Path

OBJ = "v 0 0 0\nv 2 0 0\nv 0 1 0\nf 1 2 3\n"
PLY = (
    "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    "property uchar red\nproperty uchar green\nproperty uchar blue\nelement face 1\n"
    "property list uchar int vertex_indices\nend_header\n0 0 0 255 0 0\n1 0 0 0 188 0\n0 1 0 0 0 255\n3 0 1 2\n"
)


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path
