"""Finds ``assets/`` and ``shaders/``: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from .errors import AssetError, OutputError

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise AssetError(f"the folder '{name}' that belongs to Presence is missing: install it again")


def assets() -> Path:
    """The folder of companions, motions and props."""
    return _folder("assets")


def shaders() -> Path:
    """The folder of GLSL sources."""
    return _folder("shaders")


def config_folder() -> Path:
    """Where what a person settled for this machine is kept; it need not exist yet.

    ``$XDG_CONFIG_HOME/presence`` or ``~/.config/presence``, on macOS ``~/Library/Application Support/Presence``, on
    Windows ``%APPDATA%\\Presence``.
    """
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Presence"
    chosen = os.environ.get("XDG_CONFIG_HOME")
    if sys.platform == "darwin" and not chosen:
        return Path.home() / "Library" / "Application Support" / "Presence"
    return Path(chosen if chosen and Path(chosen).is_absolute() else Path.home() / ".config") / "presence"


def keepsakes_folder() -> Path:
    """Where ceremonies' keepsakes go unless the person chooses another folder: in sight, in their own home."""
    return Path.home() / "Presence" / "keepsakes"


def companion_names() -> list[str]:
    """Names of the house companions, sorted."""
    return sorted(p.stem for p in (assets() / "companions").glob("*.vrm"))


def companion(name_or_path: str) -> Path:
    """The file of a companion: a house companion's name, or a path to the person's own file.

    Raises AssetError when there is neither.
    """
    own = Path(name_or_path).expanduser()
    if own.suffix.lower() in {".vrm", ".glb", ".gltf"}:
        if own.is_file():
            return own
        raise AssetError(f"{own}: there is no such file")
    house = assets() / "companions" / f"{name_or_path}.vrm"
    if house.is_file():
        return house
    raise AssetError(f"there is no companion named '{name_or_path}' (house companions: {', '.join(companion_names())})")


def prop_names() -> list[str]:
    """Names of the house's props, sorted."""
    return sorted(p.stem for p in (assets() / "props").glob("*.glb"))


def prop(name_or_path: str) -> Path:
    """The file of a prop: a house prop's name, or a path to the person's own file. Raises AssetError."""
    house = assets() / "props" / f"{name_or_path}.glb"
    if house.is_file():
        return house
    own = Path(name_or_path).expanduser()
    if own.is_file():
        return own
    if own.suffix:
        raise AssetError(f"{own}: there is no such file")
    raise AssetError(f"there is no prop named '{name_or_path}' (house props: {', '.join(prop_names())})")


def sounds() -> dict[str, Path]:
    """Name -> file of the house's music and bells, sorted by name."""
    return {p.stem: p for p in sorted((assets() / "sounds").glob("*.opus"))}


MOTIONS = (".vrma", ".bvh", ".glb", ".gltf", ".vrm")


def motion_files() -> dict[str, Path]:
    """Name -> file of the house's motions, sorted by name."""
    found = sorted(p for p in (assets() / "motions").glob("*") if p.suffix.lower() in MOTIONS)
    return {p.stem: p for p in found}


def motion(name_or_path: str) -> Path:
    """The file of a motion: a path to one, or the name of one of the house's.

    Raises AssetError when there is neither.
    """
    own = Path(name_or_path).expanduser()
    if own.is_file():
        return own
    if own.suffix or own.name != name_or_path:
        raise AssetError(f"{own}: there is no such file")
    if name_or_path not in (known := motion_files()):
        raise AssetError(f"there is no motion named '{name_or_path}' ('avatar motions' lists those there are)")
    return known[name_or_path]


def write_whole(path: Path, text: str) -> None:
    """Write a file of the person's: whole or not at all, into one beside it that then takes its name, and for the user
    alone (``mkstemp`` makes files of mode 0600). Raises OutputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None
