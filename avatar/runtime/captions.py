"""Captions of what humans read and recordings say: a sentence at a time, so that all of it can be seen."""

from __future__ import annotations

import re
from typing import Final

_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
_LONGEST: Final = 120
"""Characters shown at once."""


class Captions:
    """One text at a time."""

    def __init__(self) -> None:
        self._pieces: list[tuple[float, str]] = []
        self._speaker = ""
        self._end = 0.0

    def read(self, text: str, speaker: str, seconds: float, now: float, ends: bool = True) -> None:
        """Show a text that takes about ``seconds`` from ``now`` on; its last sentence stays unless it ``ends``."""
        pieces = pieces_of(text)
        total = sum(len(p) for p in pieces) or 1
        self._pieces, at = [], now
        for piece in pieces:
            self._pieces.append((at, piece))
            at += seconds * len(piece) / total
        self._speaker, self._end = speaker, at if ends else float("inf")

    def clear(self) -> None:
        """Show nothing."""
        self._pieces = []

    def at(self, now: float) -> tuple[str, str]:
        """(words, speaker) at ``now``; ("", "") for nothing."""
        shown = [piece for begin, piece in self._pieces if begin <= now]
        if not shown or now >= self._end:
            return "", ""
        return shown[-1], self._speaker


def pieces_of(text: str) -> list[str]:
    """A text in sentences, the long ones divided at spaces or commas."""
    out: list[str] = []
    for sentence in _SENTENCE.split(text.strip()):
        rest = sentence.strip()
        while len(rest) > _LONGEST:
            cut = max(rest.rfind(mark, _LONGEST // 3, _LONGEST) for mark in (",", ":", ";", "、"))
            cut = cut if cut > 0 else rest.rfind(" ", 0, _LONGEST)
            cut = cut + 1 if cut > 0 else _LONGEST
            out.append(rest[:cut].strip())
            rest = rest[cut:].strip()
        if rest:
            out.append(rest)
    return out
