"""A text that somebody names: the words themselves, a file of them, or what comes on standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from ..errors import UsageError

LARGEST: Final = 4 << 20
"""Bytes read of a file or of standard input; how much of a text is spoken is for the speech to say."""


def text_of(words: str) -> str:
    """``-`` = standard input; the name of a file = what it holds; anything else = itself. Raises UsageError: not UTF-8,
    unreadable, larger than ``LARGEST`` bytes."""
    if words == "-":
        return _decoded("standard input", sys.stdin.buffer.read(LARGEST + 1))
    path = Path(words)
    try:
        there = len(words) < 1024 and path.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        return words
    try:
        with path.open("rb") as file:
            return _decoded(str(path), file.read(LARGEST + 1))
    except OSError as error:
        raise UsageError(f"{path}: it cannot be read ({error.strerror or error})") from None


def _decoded(name: str, data: bytes) -> str:
    if len(data) > LARGEST:
        raise UsageError(f"{name}: larger than {LARGEST >> 20} MiB, more than is ever spoken at once")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: it is not UTF-8 text (byte {error.start})") from None
