"""Keeps known chatter of native libraries off the terminal, and nothing else.

They write to file descriptor 2 from C and C++, past every log level: the detector library before its own can be set,
picture decoders about a damaged picture, of which our own error or note tells. So for a moment that descriptor leads
to a temporary file; every line that is not known chatter is passed on afterwards.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

DETECTORS: Final = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|INFO: Created TensorFlow Lite"
    rb"|[IW]\d{4} [\d:. ]+\S+\.cc:\d+\]"
)
PICTURES: Final = re.compile(
    rb"libpng (error|warning): "
    rb"|\[ WARN:\d+@[\d.]+\] global grfmt_\w+\.cpp:"
    rb"|Corrupt JPEG data: |Premature end of |Inconsistent progression sequence |Invalid SOS parameters "
    rb"|Invalid Adobe marker|Unknown Adobe color transform |Warning: unknown JFIF revision "
)
_lock = threading.Lock()
_depth = 0
_saved: int = -1
_file: Any = None
_known: set[re.Pattern[bytes]] = set()


@contextmanager
def quiet(known: re.Pattern[bytes] = DETECTORS) -> Iterator[None]:
    """Hold back what is written to descriptor 2 inside; lines that do not begin with ``known`` chatter appear when the
    last one leaves."""
    _enter(known)
    try:
        yield
    finally:
        _leave()


def _enter(known: re.Pattern[bytes]) -> None:
    global _depth, _saved, _file
    with _lock:
        _depth += 1
        _known.add(known)
        if _depth == 1:
            try:
                _file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by _leave)
                _saved = os.dup(2)
            except OSError:  # nowhere to hold it, or nothing to hold
                _saved = -1
                return
            os.dup2(_file.fileno(), 2)


def _leave() -> None:
    global _depth, _saved, _file
    with _lock:
        _depth -= 1
        if _depth:
            return
        known = tuple(_known)
        _known.clear()
        if _saved < 0:
            return
        os.dup2(_saved, 2)
        os.close(_saved)
        _saved = -1
        with _file as file:
            file.seek(0)
            for line in file:
                if not any(pattern.match(line) for pattern in known):
                    os.write(2, line)
