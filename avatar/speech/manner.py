"""How something is spoken: pace, pitch, pauses, breath, and which words of a text are stressed. Text and numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ..errors import VoiceError
from .text import Piece, spoken

RATES: Final = (0.5, 2.0)
PITCHES: Final = (-4.0, 4.0)
PAUSES: Final = (0.0, 3.0)
PAUSE: Final = 0.16
"""Silence between sentences, on top of their own quiet ends, seconds."""

_STRESSED: Final = re.compile(r"(?<![\w*\\])(\*{1,2})(?=[^\s*])([^*\n]{1,200}?)(?<=[^\s*])\1(?![\w*])")
_DOTS: Final = re.compile(r"\s*(?:…|\.{3,})+\s*")


@dataclass(frozen=True, slots=True)
class Manner:
    """rate : times the voice's own pace; pitch : semitones above the voice's own; pause : seconds between sentences;
    breath : whether a spoken "…" is heard as a breath; emoji : whether they are said by their names. Raises VoiceError
    for values out of ``RATES``, ``PITCHES``, ``PAUSES``."""

    rate: float = 1.0
    pitch: float = 0.0
    pause: float = PAUSE
    breath: bool = True
    emoji: bool = False

    def __post_init__(self) -> None:
        for name, value, (low, high) in (
            ("speed", self.rate, RATES),
            ("pitch", self.pitch, PITCHES),
            ("pause", self.pause, PAUSES),
        ):
            if not (math.isfinite(value) and low <= value <= high):
                unit = {"pitch": " semitones", "pause": " seconds"}.get(name, "")
                raise VoiceError(
                    f"the {name} of the voice is {value:g}; it must lie between {low:g} and {high:g}{unit}"
                )


PLAIN: Final = Manner()
"""As the voice speaks by itself."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words between two breaths. text : what is said, ended by "…" where a breath follows; stressed : numbers of its
    words, divided at blanks, that are stressed; breath : one is taken before it."""

    text: str
    stressed: frozenset[int]
    breath: bool


def stretches(text: str, written: str | None = None) -> list[Stretch]:
    """A sentence divided at its dots of omission, each of which is a pause for breath; one at the very end is not,
    since nothing follows it.

    text : what is said; written : the same as it was written, where words between ``*`` are stressed.
    """
    marked = stressed(written, text) if written else frozenset()
    found: list[Stretch] = []
    first, breath, at = 0, False, 0
    cuts = [(m.start(), m.end()) for m in _DOTS.finditer(text)]
    for start, end in [*cuts, (len(text), len(text))]:
        part = text[at:start].strip()
        if any(c.isalnum() for c in part):
            count = len(part.split())
            more = start < len(text)
            words = frozenset(k - first for k in marked if first <= k < first + count)
            found.append(Stretch(f"{part}…" if more else part, words, breath))
            first, breath = first + count, False
        elif found and part:  # a mark after the dots
            found[-1] = Stretch(found[-1].text + part, found[-1].stressed, found[-1].breath)
        breath = True
        at = end
    return found or [Stretch(text, frozenset(), False)]


def carried(pieces: list[Piece]) -> list[Piece]:
    """The same pieces; where one ends in dots of omission, the next begins with them: a breath is taken before it."""
    found = pieces[:1]
    for before, piece in pairwise(pieces):
        dots = before.spoken.rstrip("\"'”’)").endswith(("…", "..."))
        found.append(replace(piece, spoken=f"…{piece.spoken}") if dots else piece)
    return found


def plain(written: str) -> str:
    """What is shown of a text in which ``*`` marks stressed words."""
    return _STRESSED.sub(r"\2", written)


def stressed(written: str, said: str) -> frozenset[int]:
    """Numbers of the words of ``said`` (divided at blanks, dots of omission dividing too) that stand between single or
    double ``*`` in ``written``."""
    found: set[int] = set()
    for match in _STRESSED.finditer(written):
        before = len(_words(written[: match.start()]))
        found.update(range(before, before + len(_words(match[2]))))
    count = len(_words(said))
    return frozenset(k for k in found if k < count)


def _words(text: str) -> list[str]:
    return _DOTS.sub(" ", spoken(text)).split()
