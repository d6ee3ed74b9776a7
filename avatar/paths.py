"""Finds ``assets/`` and ``shaders/``: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from functools import lru_cache
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


_JAPANESE = (
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "NotoSansJP-Regular.otf", "NotoSansJP-Regular.ttf"),
    *("SourceHanSansJP-Regular.otf", "SourceHanSans-Regular.ttc", "ipaexg.ttf", "ipag.ttf", "TakaoPGothic.ttf"),
    *("VL-PGothic-Regular.ttf", "VL-Gothic-Regular.ttf", "ヒラギノ角ゴシック W3.ttc", "YuGothR.ttc", "YuGothM.ttc"),
    *("meiryo.ttc", "msgothic.ttc"),
)


def font_folders() -> list[Path]:
    """Where this system keeps fonts, the person's own first."""
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return [local / "Microsoft" / "Windows" / "Fonts", Path(os.environ.get("WINDIR") or "C:/Windows") / "Fonts"]
    if sys.platform == "darwin":
        return [home / "Library" / "Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return [home / ".local" / "share" / "fonts", home / ".fonts", *(Path(one) / "fonts" for one in shared if one)]


def japanese_font(folders: list[Path] | None = None) -> Path | None:
    """A font of this system with the Japanese forms of letters, free ones first; None where there is none. folders :
    where to look, None = where the system keeps them; nothing is looked for anywhere else."""
    return _found_once() if folders is None else _japanese_font(tuple(folders))


@lru_cache(1)
def _found_once() -> Path | None:
    return _japanese_font(tuple(font_folders()))


def _japanese_font(folders: tuple[Path, ...]) -> Path | None:
    found: dict[str, Path] = {}
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                if name in _JAPANESE:
                    found.setdefault(name, Path(root) / name)
    return next((found[name] for name in _JAPANESE if name in found), None)


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
