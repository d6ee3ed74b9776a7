"""Words that come a few at a time, into sentences as soon as each is complete."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from .text import PIECE, Piece, sentences

FIRST: Final = 28
"""Characters from which on the first clause of a long sentence is spoken before the sentence is complete, so that the
voice is heard early; only where nothing of the text has been spoken yet."""
LONG: Final = 44
"""Characters from which on a sentence takes so long to make that its first clause is made by itself, where nothing is
being said."""
_LEAST: Final = 14
_CLAUSE: Final = re.compile(r"[,;:—–][\"'”’)\]]*\s+(?=\S)")
_END: Final = re.compile(r"[.!?…。！？][\"'”’)\]]*\s*$")


def divided(piece: Piece) -> list[Piece]:
    """A long sentence as its first clause and the rest, so that the voice is heard early; others as they are."""
    if len(piece.spoken) < LONG or piece.spoken != piece.caption:
        return [piece]
    cut = next((m.end() for m in _CLAUSE.finditer(piece.spoken) if m.end() >= _LEAST), 0)
    if not cut or cut > len(piece.spoken) - _LEAST:
        return [piece]
    first, rest = piece.spoken[:cut].strip(), piece.spoken[cut:].strip()
    early = tuple(at for at in piece.starts if at < cut)
    late = tuple(at - cut for at in piece.starts if at >= cut)
    return [replace(piece, caption=first, spoken=first, starts=early), Piece(rest, rest, late)]


@dataclass(slots=True)
class Sentences:
    """``feed`` what comes, then ``finish``. Each returns what may be spoken now, in order, without blanks at the ends;
    together they are the whole text."""

    rest: str = ""
    _begun: bool = False

    def feed(self, text: str) -> list[str]:
        """The sentences that ``text`` completed: whether a full stop ends one shows in what follows it."""
        self.rest += text
        found = sentences(self.rest)
        if not found:
            return []
        if self.rest.rstrip(" \t").endswith("\n"):
            self.rest = ""
        else:
            last = found.pop()
            self.rest = self.rest[self.rest.rindex(last) :]
            found += self._part()
        self._begun = self._begun or bool(found)
        return found

    def finish(self) -> list[str]:
        """No more comes, or not for now: what is left."""
        left, self.rest = self.rest.strip(), ""
        self._begun = self._begun or bool(left)
        return [left] if left else []

    @property
    def whole(self) -> bool:
        """Does what is left look like a complete sentence?"""
        return bool(_END.search(self.rest))

    def _part(self) -> list[str]:
        """What of an unfinished sentence need not wait for its end."""
        found: list[str] = []
        if not self._begun and (clause := next((m for m in _CLAUSE.finditer(self.rest) if m.end() >= FIRST), None)):
            found, self.rest = [self.rest[: clause.end()].strip()], self.rest[clause.end() :]
        at = 0
        while len(self.rest) - at > 2 * PIECE:
            clauses = [m.end() for m in _CLAUSE.finditer(self.rest, at, at + PIECE)]
            cut = clauses[-1] if clauses else self.rest.rfind(" ", at + 1, at + PIECE) + 1 or at + PIECE
            found.append(self.rest[at:cut].strip())
            at = cut
        self.rest = self.rest[at:]
        return [part for part in found if part]
