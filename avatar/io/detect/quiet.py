"""Keeps the detector library's start-up chatter off the terminal, and nothing else.

It logs to file descriptor 2 from C++ before its log level can be set, so for a moment that descriptor leads to a
temporary file; every line that is not known chatter is passed on afterwards.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_CHATTER = re.compile(
    rb"^(WARNING: All log messages before absl::InitializeLog"
    rb"|INFO: Created TensorFlow Lite"
    rb"|[IW]\d{4} [\d:. ]+\S+\.cc:\d+\])"
)
_lock = threading.Lock()
_depth = 0
_saved: int = -1
_file: Any = None


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what is written to descriptor 2 inside; errors and unknown lines appear when the last one leaves."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth, _saved, _file
    with _lock:
        _depth += 1
        if _depth == 1:
            try:
                _saved = os.dup(2)
            except OSError:
                _saved = -1
                return
            _file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by _leave)
            os.dup2(_file.fileno(), 2)


def _leave() -> None:
    global _depth, _saved, _file
    with _lock:
        _depth -= 1
        if _depth or _saved < 0:
            return
        os.dup2(_saved, 2)
        os.close(_saved)
        _saved = -1
        with _file as file:
            file.seek(0)
            for line in file:
                if not _CHATTER.match(line):
                    os.write(2, line)
