"""The sizes of a file's pictures, read from their headers; nothing is decoded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .codes import Journal
from .pictures import Header, measure
from .validate.container import Files
from .validate.uri import parse_uri


def picture_sizes(
    path: Path, root: dict[str, Any], binary: memoryview | None, known: Mapping[int, Header]
) -> list[list[int] | None]:
    """[width, height] of every image in the glTF's own order; None for one that is missing or not known.

    root : the file's JSON; binary : the GLB's BIN chunk; known : image -> what was measured of it. Never raises for
    content."""
    return _Sizes(path, root, binary).every(known)


_MOST_SEGMENTS = 1_000_000
"""Segments of pictures that are walked over on the way to their sizes; the sizes of others are not known then."""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [v if isinstance(v, dict) else {} for v in value] if isinstance(value, list) else []


def _index(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


class _Sizes:
    def __init__(self, path: Path, root: dict[str, Any], binary: memoryview | None) -> None:
        self._files, self._binary = Files(path, 0), binary
        self._images, self._views, self._sources = (
            _objects(root.get(key)) for key in ("images", "bufferViews", "buffers")
        )
        self._buffers: dict[int, bytes | memoryview | None] = {}
        self._left = _MOST_SEGMENTS
        self._measured: dict[Any, list[int] | None] = {}

    def every(self, known: Mapping[int, Header]) -> list[list[int] | None]:
        made: list[list[int] | None] = []
        for i, image in enumerate(self._images):
            header = known.get(i)
            made.append(self._size(image) if header is None else [header.width, header.height])
        return made

    def _size(self, image: dict[str, Any]) -> list[int] | None:
        source = image.get("uri") if "uri" in image else image.get("bufferView")
        if not isinstance(source, (str, int)) or self._left < 0:
            return None
        if source not in self._measured:
            data = self._named(image) if "uri" in image else self._viewed(source)
            header = measure(data) if data is not None else None
            self._measured[source] = None if header is None else [header.width, header.height]
            if data is not None:
                self._left -= header.segments if header is not None else min(len(data) // 4, 10_000)
        found = self._measured[source]
        return None if found is None else [*found]

    def _named(self, item: dict[str, Any]) -> bytes | None:
        uri = item.get("uri")
        if not isinstance(uri, str):
            return None
        found = parse_uri(Journal(), "", uri, False)
        if found.mime is not None:
            return found.data
        data = self._files.fetch(uri) if found.external else ""
        return data if isinstance(data, bytes) else None

    def _viewed(self, index: Any) -> memoryview | None:
        view = self._views[index] if isinstance(index, int) and 0 <= index < len(self._views) else {}
        which, start, size = (_index(view.get(key, 0)) for key in ("buffer", "byteOffset", "byteLength"))
        if which >= len(self._sources):
            return None
        if which not in self._buffers:
            source = self._sources[which]
            data = self._named(source) if "uri" in source else self._binary if which == 0 else None
            self._buffers[which] = data
        found = self._buffers[which]
        return None if found is None else memoryview(found)[start : start + size]
