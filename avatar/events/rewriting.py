"""A backend's words on their way to a stage: what is shown of them, what is sent, and which tags nobody knows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from ..types import Express, Gesture
from .tags import Delay, TagFilter, Words


@dataclass(slots=True)
class Rewriter:
    """words : what tags may name; rewrite : send each known tag by the companion's own name, for a stage that does not
    know this persona's words; otherwise what comes is sent as it came, and the stage reads the tags itself.

    ``feed`` each piece, then ``finish``; ``plain`` is what is spoken and shown so far, ``speakable`` whether there is
    anything in it to pronounce, ``acts`` whether a tag in it does something.
    """

    words: Words
    rewrite: bool = False
    speakable: bool = False
    _filter: TagFilter = field(init=False)
    _marks: int = 0
    _unknown: int = 0
    _told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._filter = self.words.filter()

    @property
    def plain(self) -> str:
        """The text so far, without tags."""
        return self._filter.text

    @property
    def acts(self) -> bool:
        """Was there a tag that means something?"""
        return bool(self._filter.marks)

    def feed(self, piece: str) -> tuple[str, str]:
        """(the plain words that ``piece`` completed, what of it is sent to the stage)."""
        return self._taken(self._filter.feed(piece), piece)

    def finish(self) -> tuple[str, str]:
        """The same at the end."""
        return self._taken(self._filter.finish(), "")

    def unknown(self) -> list[str]:
        """Names of tags that were dropped since the last call."""
        new, self._unknown = self._filter.unknown[self._unknown :], len(self._filter.unknown)
        return new

    def _taken(self, new: str, piece: str) -> tuple[str, str]:
        self.speakable = self.speakable or any(c.isalnum() for c in new)
        marks, self._marks = self._filter.marks[self._marks :], len(self._filter.marks)
        if not self.rewrite:
            return new, piece
        out: list[str] = []
        at = begin = len(self.plain) - len(new)
        for place, what in marks:
            out += [new[at - begin : place - begin], tag(what)]
            at = max(at, place)
        return new, "".join((*out, new[at - begin :]))


def tag(what: Express | Gesture | Delay) -> str:
    """A command as a tag that every stage reads."""
    match what:
        case Express(expression, intensity):
            act = {"emotion": {"name": expression, "intensity": round(intensity, 3)}}
        case Gesture(name):
            return f"<|ACT {json.dumps({'motion': name})}|>"
        case Delay(seconds):
            return f"<|DELAY:{seconds:g}|>"
    return f"<|ACT {json.dumps(act)}|>"
