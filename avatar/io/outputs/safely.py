"""Files that are the person's alone (0600, folders 0700), and there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from ...errors import OutputError


def folder(path: Path) -> None:
    """Make a folder, with those above it, that nobody else may look into. Raises OutputError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(path, 0o700)
    except OSError as error:
        raise OutputError(f"{path}: the folder cannot be made ({why(error)})") from None


def write(path: Path, data: bytes) -> None:
    """Put a file in its place: into another beside it, which then takes its name, so that interrupted at any moment the
    old one or the new one is there. Raises OutputError, and what was there stays."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError as error:
        if name:
            with contextlib.suppress(OSError):
                os.unlink(name)
        raise OutputError(f"{path}: cannot be written ({why(error)})") from None


def why(error: OSError) -> str:
    """The reason, in words."""
    return "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
