"""The keepsakes that are there: listed, found by name, and deleted completely."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ..errors import OutputError, UsageError
from ..io.outputs.recorder import SUFFIXES
from ..io.outputs.safely import why

MANIFEST: Final = "keepsake.json"
VERSION: Final = 1
PARTS: Final = ".part-"
BESIDE: Final = ("checkpoint.json", "log.json", "desk.json")
"""What a ceremony writes besides its keepsake, to be gone on with."""
_LARGEST: Final = 16 << 20
_OURS: Final = re.compile(
    r"keepsake\.json|checkpoint\.json(\.part)?|album\.html|certificate\.pdf|vows\.txt|log\.jsonl|(recording-\d+-)?chapters\.vtt"
    r"|recording(-\d+)?\.mp4|picture-\d+\.png(\.part)?|\.part-.*"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One keepsake. begun : ISO 8601; finished : "" while it is not; files, size : how many there are, and bytes."""

    folder: Path
    kind: str
    begun: str
    finished: str
    files: int
    size: int


def manifest(folder: Path) -> dict[str, Any] | None:
    """What a keepsake's folder says of itself; None where it is none."""
    path = folder / MANIFEST
    try:
        if path.is_symlink() or path.stat().st_size > _LARGEST:
            return None
        table = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    lists = ("vows", "chapters", "pictures", "recordings")
    if not isinstance(table, dict) or table.get("presence_keepsake") != VERSION:
        return None
    return table if all(isinstance(table.get(name), list) for name in lists) else None


def new_folder(kind: str, when: datetime, root: Path) -> Path:
    """A folder's name for a new keepsake: the ceremony's kind and time, nobody's name. It is not made yet."""
    name = f"{kind}-{when:%Y-%m-%d-%H%M}"
    path, k = root / name, 2
    while path.exists() or path.is_symlink():
        path, k = root / f"{name}-{k}", k + 1
    return path


def kept(root: Path) -> list[Kept]:
    """All keepsakes in a folder, by name."""
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.is_symlink()) if root.is_dir() else []
    return [found for folder in folders if (found := one(folder)) is not None]


def one(folder: Path) -> Kept | None:
    """The keepsake in a folder; None where there is none."""
    table = manifest(folder)
    if table is None:
        return None
    sizes = [p.lstat().st_size for p in folder.rglob("*") if p.is_symlink() or p.is_file()]
    kind, begun, finished = (str(table.get(name, "")) for name in ("kind", "begun", "finished"))
    return Kept(folder, kind, begun, finished, len(sizes), sum(sizes))


def find(name: str, root: Path) -> Kept:
    """A keepsake by its name in ``root``, or by its folder. Raises UsageError where there is none, or the folder is
    something else."""
    plain = Path(name).name == name and name not in ("", ".", "..")
    folder = root / name if plain and not (Path(name) / MANIFEST).is_file() else Path(name).expanduser()
    if folder.is_symlink():
        raise UsageError(f"{folder}: is a link; name the folder itself")
    if not folder.is_dir():
        raise UsageError(f"there is no keepsake '{name}' ('avatar keepsake list' shows those there are)")
    found = one(folder.resolve())
    if found is None:
        raise UsageError(f"{folder}: is no keepsake (it has no {MANIFEST} of version {VERSION}); nothing was deleted")
    return found


def foreign(folder: Path) -> list[str]:
    """Names in a keepsake's folder that Presence did not write."""
    return sorted(
        p.name for p in folder.iterdir() if not _OURS.fullmatch(p.name) or (p.is_dir() and not p.is_symlink())
    )


def doomed(found: Kept, everything: bool = False) -> tuple[list[Path], list[Path]]:
    """Every file that ``delete`` would delete: of its folder, and elsewhere (the unchanged copies of its films, and
    what its ceremony would be gone on with by). everything : as there.

    Raises UsageError for a folder that holds something else too.
    """
    others = foreign(found.folder)
    if others and not everything:
        raise UsageError(
            f"{found.folder}: has things in it that Presence did not write ({', '.join(others[:4])}); take them out, "
            "or add --everything"
        )
    inside = sorted(p for p in found.folder.rglob("*") if p.is_symlink() or not p.is_dir())
    beside = _checkpoint(found.folder, manifest(found.folder) or {})
    return inside, [path for path, same in copies(found) if same] + beside


def delete(found: Kept, everything: bool = False, named: Collection[Path] | None = None) -> int:
    """Delete a keepsake completely; how many files that were. What says that it is one goes last, so that a deletion
    that was broken off can be done again. everything : also what Presence did not write; named : of what is elsewhere,
    only these, as the person was shown them; None = all.

    Raises UsageError for a folder that holds something else too, OutputError where a file cannot be deleted.
    """
    elsewhere = doomed(found, everything)[1]
    outside = [path for path in elsewhere if named is None or path in named]
    try:
        for path in outside:
            path.unlink(missing_ok=True)
        entries = sorted(found.folder.iterdir(), key=lambda p: p.name == MANIFEST)
        for path in entries:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        found.folder.rmdir()
    except OSError as error:
        raise OutputError(f"{found.folder}: could not be deleted completely ({why(error)})") from None
    return found.files + len(outside)


def copies(found: Kept) -> list[tuple[Path, bool]]:
    """Copies of its recordings that a ceremony wrote elsewhere, where the person wanted them, and whether each is still
    as it was then: one that was changed or replaced since is the person's own."""
    out: list[tuple[Path, bool]] = []
    for row in (manifest(found.folder) or {}).get("copies", []):
        match row:
            case [str(name), int(size), int(when)] if Path(name).suffix.lower() in SUFFIXES:
                with contextlib.suppress(OSError):
                    there = Path(name).lstat()
                    out.append((Path(name), there.st_size == size and there.st_mtime_ns == when))
    return out


def _checkpoint(folder: Path, table: dict[str, Any]) -> list[Path]:
    """The checkpoint and log of its ceremony, while they are of this very keepsake."""
    beside = table.get("beside")
    if not isinstance(beside, str):
        return []
    try:
        of = json.loads((Path(beside) / "checkpoint.json").read_text("utf-8"))["keepsake"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    if not isinstance(of, str) or Path(of).resolve() != folder.resolve():
        return []
    return [path for name in BESIDE if (path := Path(beside) / name).is_file()]
