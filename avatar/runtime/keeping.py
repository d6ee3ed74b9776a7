"""A ceremony's checkpoint on disk: the old one or the new one, whole, whatever happens in between."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Final

from ..errors import CeremonyError, OutputError

CHECKPOINT: Final = "checkpoint.json"
_LONGEST: Final = 16 << 20


def keep(path: Path, value: dict[str, Any]) -> None:
    """Write plain values as JSON, safe on the disk before it returns. Raises OutputError."""
    part = path.with_name(path.name + ".part")
    try:
        data = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _settle(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OutputError(f"{path}: the checkpoint cannot be written ({error.strerror or error})") from None


def _settle(folder: Path) -> None:
    """The folder's entry is on the disk too, where the system can say so."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def kept(path: Path) -> dict[str, Any]:
    """The checkpoint in a file. Raises CeremonyError: there is none, or it is damaged."""
    try:
        if path.stat().st_size > _LONGEST:
            raise CeremonyError(path, 1, 1, "this is no checkpoint of a ceremony: it is too large")
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CeremonyError(path, 1, 1, "there is no checkpoint: nothing was performed from here") from None
    except (OSError, ValueError, RecursionError):
        raise CeremonyError(path, 1, 1, "the checkpoint cannot be read: it is damaged") from None
    if not isinstance(value, dict):
        raise CeremonyError(path, 1, 1, "this is no checkpoint of a ceremony")
    return value
