"""What a prop's file may name: material libraries and pictures in its own folder, and nothing outside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..config import Limits
from ..types import ByteArray
from .pictures import decode, measure
from .place import Place, printable

MAX_LIBRARY: Final = 1 << 20
MAX_MATERIALS: Final = 1 << 12


class Beside:
    """The prop's own folder, whose files are read by name, all together within the limit. Every refusal is raised."""

    def __init__(self, path: Path, limits: Limits, spent: int) -> None:
        self._folder = path.resolve().parent
        self._place = Place(path, "", {})
        self._limits, self._spent, self._pixels = limits, spent, 0
        self.pictures: dict[str, ByteArray] = {}
        self.notes: list[str] = []

    def library(self, name: str) -> bytes:
        """A material library; nothing, and a note, where there is none of that name."""
        data = self._bytes(name) or b""
        small = data.lower()
        if len(data) > MAX_LIBRARY or max(small.count(b"newmtl"), small.count(b"map_kd")) > MAX_MATERIALS:
            raise self._place.refuse(f"the material library '{name[:60]}' is too large")
        return data

    def picture(self, name: str) -> bool:
        """Whether there is such a picture, decoded in ``pictures`` from then on; if not, there is a note."""
        if name not in self.pictures:
            data = self._bytes(name)
            if data is None:
                return False
            header = measure(data)
            if header is None:
                rule = f"the picture '{name[:60]}' is neither a PNG nor a JPEG, or it is cut short"
                raise self._place.refuse(rule)
            side, most = self._limits.image_side, self._limits.image_pixels
            if not (1 <= header.width <= side and 1 <= header.height <= side):
                raise self._place.refuse(f"the picture '{name[:60]}' is {header.width} × {header.height}")
            self._pixels += header.width * header.height * header.weight
            if self._pixels > most:
                raise self._place.refuse(f"the pictures have more than {most >> 20} million pixels together")
            self.pictures[name] = decode(data, self._place)
        return True

    def _bytes(self, name: str) -> bytes | None:
        if ":" in name or "\\" in name or "\0" in name or name.startswith(("/", "~")):
            raise self._place.refuse(f"'{name[:60]}' must be a relative path, not an address or an absolute path")
        try:
            target = (self._folder / name).resolve()
            if not target.is_relative_to(self._folder):
                raise self._place.refuse(f"'{name[:60]}' leaves the prop's own folder")
            if not target.is_file():
                self.notes.append(printable(f"there is no file '{name[:60]}' beside the prop"))
                return None
            self._spent += target.stat().st_size
            if self._spent > self._limits.file_bytes:
                raise self._place.refuse(f"'{name[:60]}' brings the prop over {self._limits.file_bytes >> 20} MiB")
            return target.read_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            raise self._place.refuse(f"'{name[:60]}' cannot be read ({type(error).__name__})") from error
