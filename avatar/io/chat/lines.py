"""What a chat server streams, bytes into the JSON of each event: server-sent events as real servers write them.

Taken: lines that end in CR, LF or both, ``data:`` with and without its blank, comments, other fields, an event over
several ``data`` lines or without the empty line after it, JSON without ``data:`` before it, a byte order mark, and
characters cut in two between pieces. ``DONE`` stands for ``data: [DONE]``.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

LONGEST: Final = 1 << 20
"""Characters of a line, or of one event's lines together, at most."""
DONE: Final = "[DONE]"
_END: Final = re.compile(r"\r\n|\n|\r")


class TooLongError(ValueError):
    """A line or an event is longer than any that a chat server has reason to send."""


@dataclass(slots=True)
class Lines:
    """``feed`` each piece of bytes, then ``finish``; each returns what it completed, decoded JSON or ``DONE``.

    bad : lines so far that were none of it; they are left out.
    """

    bad: int = 0
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    )
    _held: list[str] = field(default_factory=list)
    _length: int = 0
    _event: str = ""

    def feed(self, piece: bytes) -> list[Any]:
        """Raises TooLongError."""
        return self._take(self._decoder.decode(piece))

    def finish(self) -> list[Any]:
        """No more comes: a last line need not have an end."""
        return self._take(self._decoder.decode(b"", True) + "\n\n")

    def _take(self, text: str) -> list[Any]:
        if not _END.search(text):  # joined once only, however small the pieces of a long line are
            self._hold(text)
            return []
        text, self._held, self._length = "".join((*self._held, text)), [], 0
        found: list[Any] = []
        at = 0
        for end in _END.finditer(text):
            if end[0] == "\r" and end.end() == len(text):
                break  # its LF may be in the next piece
            self._line(text[at : end.start()], found)
            at = end.end()
        self._hold(text[at:])
        return found

    def _hold(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST:
            raise TooLongError(f"a line of more than {LONGEST:,} characters")
        if text:
            self._held.append(text)

    def _line(self, line: str, found: list[Any]) -> None:
        if not line.strip():
            self.bad += bool(self._event)
            self._event = ""
            return
        if line.startswith("data:"):
            value = line[5:].removeprefix(" ")
        elif line.lstrip().startswith("{"):
            value = line
        else:
            name = line.partition(":")[0]
            self.bad += name not in ("", "event", "id", "retry", "data")
            return
        if value.strip() == DONE:
            self._event = ""
            found.append(DONE)
            return
        self._event = f"{self._event}\n{value}" if self._event else value
        if len(self._event) > LONGEST:
            raise TooLongError(f"an event of more than {LONGEST:,} characters")
        try:
            found.append(json.loads(self._event))
        except (ValueError, RecursionError):
            self._alone(value, found)
        else:
            self._event = ""

    def _alone(self, value: str, found: list[Any]) -> None:
        """A line that does not go on from the ones before it may still be whole by itself."""
        if value == self._event:
            return
        try:
            event = json.loads(value)
        except (ValueError, RecursionError):
            return
        if isinstance(event, dict):  # a line of numbers may be the middle of an event over several
            found.append(event)
            self.bad += 1
            self._event = ""
