"""A journal: a file that only grows, one JSON object a line, each on the disk's way as soon as it is written.

A last line that was torn off when the program was killed is no damage; anything else that is not as written is.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from ...errors import JournalError, OutputError

LONGEST_LINE: Final = 4 << 20
LARGEST: Final = 1 << 30


class Journal:
    """One journal, open from construction to ``close``; any thread may write. path : must not be there yet: a journal
    is never written over. Raises OutputError. What fails later ends it, is kept in ``error``, and is not raised."""

    def __init__(self, path: Path) -> None:
        self.path, self.error = path, ""
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except FileExistsError:
            raise OutputError(f"{path}: is there already, and a journal is never written over") from None
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None
        self._file = os.fdopen(handle, "w", encoding="utf-8")

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a line."""
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        with self._lock:
            if self._file is None:
                return
            try:
                self._file.write(text + "\n")
                self._file.flush()
            except OSError as error:
                self.error = f"{self.path}: the journal ends here ({error.strerror or error})"
                file, self._file = self._file, None
                with contextlib.suppress(OSError):
                    file.close()

    def close(self) -> None:
        """No more is written."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                with contextlib.suppress(OSError):
                    file.close()


def read(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """(line, its object) of all lines, the first is line 1. Raises JournalError: file, line, rule."""
    try:
        if path.stat().st_size > LARGEST:
            raise JournalError(path, 0, f"a journal has at most {LARGEST >> 20} MiB")
        raw = path.read_bytes()
    except OSError as error:
        raise JournalError(path, 0, f"cannot be read ({error.strerror or error})") from None
    lines = raw.split(b"\n")
    torn = lines.pop()
    rows = [(number, _row(path, number, line)) for number, line in enumerate(lines, 1)]
    if torn and not rows:
        raise JournalError(path, 1, "this is no journal: its first line does not end")
    return rows


def _row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise JournalError(path, number, f"a line has at most {LONGEST_LINE >> 20} MiB")
    try:
        row = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise JournalError(path, number, "is not JSON") from None
    if not isinstance(row, dict):
        raise JournalError(path, number, "is not a JSON object")
    return row


def _refuse(word: str) -> Any:
    raise ValueError(word)
