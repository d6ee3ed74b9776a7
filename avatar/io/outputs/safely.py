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


def hold(path: Path) -> int | None:
    """Say in a file that this process is at work beside it: until it lets go, or ends in whatever way. The handle for
    ``release``; None where the system has no such thing. Raises OSError where another process holds it."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def release(path: Path, handle: int | None) -> None:
    """Let go of it."""
    if handle is not None:
        path.unlink(missing_ok=True)
        os.close(handle)
