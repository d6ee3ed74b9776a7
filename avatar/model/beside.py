"""What a foreign parser may see beside a prop's file: its own folder, by name, and no picture undecoded by us."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..config import Limits
from ..errors import ModelError
from ..types import ByteArray
from .pictures import decode, measure
from .place import Place, printable

MAX_LIBRARY: Final = 1 << 20
ONE_PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005"
    "fe02fe0def46b80000000049454e44ae426082"
)


class Beside:
    """What trimesh sees of the file system: files of the prop's own folder, by name, all together within the limit."""

    def __init__(self, path: Path, limits: Limits, spent: int) -> None:
        self._folder = path.resolve().parent
        self._place = Place(path, "", {})
        self._limits, self._spent, self._pixels = limits, spent, 0
        self.pictures: dict[str, ByteArray] = {}
        self.notes: list[str] = []
        self.refused: ModelError | None = None

    def __getitem__(self, name: str) -> bytes:
        """A material library."""
        data = self._bytes(name)
        if len(data) > MAX_LIBRARY or data.count(b"newmtl") > 1 << 12:
            raise self._refuse(f"the material library '{name[:60]}' is too large")
        return data

    def get(self, name: str) -> bytes:
        """A picture: decoded and kept here; trimesh gets an empty one."""
        if name not in self.pictures:
            data = self._bytes(name)
            header = measure(data)
            if header is None:
                raise self._refuse(f"the picture '{name[:60]}' is neither a PNG nor a JPEG, or it is cut short")
            side, most = self._limits.image_side, self._limits.image_pixels
            if not (1 <= header.width <= side and 1 <= header.height <= side):
                raise self._refuse(f"the picture '{name[:60]}' is {header.width} × {header.height}")
            self._pixels += header.width * header.height * header.weight
            if self._pixels > most:
                raise self._refuse(f"the pictures have more than {most >> 20} million pixels together")
            try:
                self.pictures[name] = decode(data, self._place, header)
            except ModelError as error:
                self.refused = self.refused or error
                raise
        return ONE_PIXEL

    def _refuse(self, rule: str) -> ModelError:
        """trimesh swallows what is raised here, so it is kept too."""
        error = self._place.refuse(rule)
        self.refused = self.refused or error
        return error

    def _bytes(self, name: str) -> bytes:
        if ":" in name or "\\" in name or "\0" in name or name.startswith(("/", "~")):
            raise self._refuse(f"'{name[:60]}' must be a relative path, not an address or an absolute path")
        try:
            target = (self._folder / name).resolve()
            if not target.is_relative_to(self._folder):
                raise self._refuse(f"'{name[:60]}' leaves the prop's own folder")
            if not target.is_file():
                self.notes.append(printable(f"there is no file '{name[:60]}' beside the prop"))
                raise FileNotFoundError
            self._spent += target.stat().st_size
            if self._spent > self._limits.file_bytes:
                raise self._refuse(f"'{name[:60]}' brings the prop over {self._limits.file_bytes >> 20} MiB")
            return target.read_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise self._refuse(f"'{name[:60]}' cannot be read ({type(error).__name__})") from error
