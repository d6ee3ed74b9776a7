"""The container: accessors into one buffer, images as PNG of our own making (so that the same pictures give the same
bytes everywhere), and the GLB around them."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPONENT = {"f4": 5126, "u1": 5121, "u2": 5123, "u4": 5125}
SHAPE = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
VERTICES, INDICES = 34962, 34963


def png(image: NDArray[np.uint8]) -> bytes:
    """(H, W, 3 or 4) uint8 as PNG; each row filtered by whichever of none, left, up and average looks smallest."""
    h, w, c = image.shape
    x = image.astype(np.int16)
    left = np.zeros_like(x)
    left[:, 1:] = x[:, :-1]
    up = np.zeros_like(x)
    up[1:] = x[:-1]
    tries = np.stack([x, x - left, x - up, x - (left + up) // 2]).astype(np.uint8)
    cost = np.abs(tries.astype(np.int8).astype(np.int32)).reshape(4, h, -1).sum(2)
    best = cost.argmin(0)
    rows = np.concatenate([best[:, None].astype(np.uint8), tries[best, np.arange(h)].reshape(h, -1)], axis=1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", w, h, 8, {3: 2, 4: 6}[c], 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"sRGB", b"\0") + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


class Glb:
    """A glTF asset being written. ``json`` is filled by the caller; ``accessor`` and friends answer with an index."""

    def __init__(self, generator: str) -> None:
        self.json: dict[str, Any] = {"asset": {"version": "2.0", "generator": generator}}
        self._data = bytearray()

    def add(self, key: str, item: dict[str, Any]) -> int:
        self.json.setdefault(key, []).append(item)
        return len(self.json[key]) - 1

    def view(self, data: bytes, target: int | None = None) -> int:
        self._data += b"\0" * (-len(self._data) % 4)
        item: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._data), "byteLength": len(data)}
        if target is not None:
            item["target"] = target
        self._data += data
        return self.add("bufferViews", item)

    def accessor(self, values: NDArray[Any], kind: str, target: int | None = None, bounds: bool = False) -> int:
        """``values`` (n,) or (n, k) as ``kind`` f4, u1, u2 or u4; ``bounds`` writes min and max."""
        a = np.ascontiguousarray(values, "<" + kind if kind != "u1" else kind)
        item = self._describe(a, kind, bounds)
        item["bufferView"] = self.view(a.tobytes(), target)
        return self.add("accessors", item)

    def sparse(self, values: NDArray[Any], bounds: bool = False, least: float = 0.0) -> int:
        """(n, 3) float, mostly zero: only the rows with a part above ``least`` are stored."""
        a = np.ascontiguousarray(values, "<f4").copy()
        rows = np.flatnonzero(np.abs(a).max(axis=1) > least)
        a[np.setdiff1d(np.arange(len(a)), rows)] = 0
        item = self._describe(a, "f4", bounds)
        if len(rows) > 0.7 * len(a):
            item["bufferView"] = self.view(a.tobytes(), VERTICES)
        elif len(rows):
            kind = "u2" if len(a) < 65536 else "u4"
            item["sparse"] = {
                "count": len(rows),
                "indices": {
                    "bufferView": self.view(rows.astype("<" + kind).tobytes()),
                    "componentType": COMPONENT[kind],
                },
                "values": {"bufferView": self.view(a[rows].tobytes())},
            }
        return self.add("accessors", item)

    def image(self, name: str, pixels: NDArray[np.uint8]) -> int:
        if pixels.shape[2] == 4 and (pixels[:, :, 3] == 255).all():
            pixels = pixels[:, :, :3]
        return self.add("images", {"name": name, "mimeType": "image/png", "bufferView": self.view(png(pixels))})

    @staticmethod
    def _describe(a: NDArray[Any], kind: str, bounds: bool) -> dict[str, Any]:
        width = 1 if a.ndim == 1 else int(a.shape[1])
        item: dict[str, Any] = {"componentType": COMPONENT[kind], "count": len(a), "type": SHAPE[width]}
        if bounds:
            item["min"] = [float(v) for v in np.atleast_1d(a.min(axis=0))]
            item["max"] = [float(v) for v in np.atleast_1d(a.max(axis=0))]
        return item

    def tobytes(self) -> bytes:
        self._data += b"\0" * (-len(self._data) % 4)
        self.json["buffers"] = [{"byteLength": len(self._data)}]
        text = json.dumps(self.json, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self._data)
        return b"".join(
            [
                struct.pack("<III", 0x46546C67, 2, total),
                struct.pack("<II", len(text), 0x4E4F534A),
                text,
                struct.pack("<II", len(self._data), 0x004E4942),
                bytes(self._data),
            ]
        )
