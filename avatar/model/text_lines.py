"""A text file's lines, found by their first word, and the numbers of many of them read at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import LimitError, ModelError
from .place import printable
from .text_numbers import Floats, NotANumber, numbers, why

Places = NDArray[np.intp]

_BLANKS: Final = re.compile(rb"[ \t]*")
_ROOM: Final = 16
_LINE_END, _HASH = b"\n#"


def plain(data: bytes) -> bytes:
    """The text with ``\\n`` for every line end and blanks for a byte order mark, as long as it was."""
    text = data.replace(b"\r\n", b" \n").replace(b"\r", b"\n")
    return b"   " + text[3:] if text.startswith(b"\xef\xbb\xbf") else text


class Lines:
    """The lines of a text, whatever ends them. ``#`` and what follows is not read for numbers, and a line goes on
    behind a backslash at its end.

    kind : what the file is called where it is refused; spread : instead of ``data``, as long, with line ends of its own
    and neither comments nor backslashes; text : what is read; array : its bytes, and some line ends more; starts,
    ends : (L,) where each line's first word begins, and where the line ends."""

    def __init__(self, path: Path, data: bytes, kind: str, spread: bytes = b"") -> None:
        self._path, self._kind = path, kind
        self._whole = plain(data)
        self.text = spread or self._whole.replace(b"\\ \n", b"   ").replace(b"\\\n", b"  ")
        self.array = np.frombuffer(self.text + b"\n" * _ROOM, np.uint8)
        self.ends = np.flatnonzero(self.array[: len(self.text) + 1] == _LINE_END)
        self.starts = np.concatenate([[0], self.ends[:-1] + 1])
        head = self.array[self.starts]
        for line in np.flatnonzero((head == 32) | (head == 9)):
            found = _BLANKS.match(self.text, self.starts[line])
            self.starts[line] = found.end() if found else self.starts[line]
        self._heads = self.array[self.starts]
        self._stops = self.ends if spread else self._without_comments()

    def refuse(self, line: int, rule: str) -> ModelError:
        """The error to raise: this line breaks the rule."""
        return ModelError(self._path, self._where(line), printable(f"the {self._kind} cannot be read: {rule}")[:200])

    def exceeds(self, rule: str) -> LimitError:
        """The same where the file asks for more than Presence allows."""
        return LimitError(self._path, "", rule)

    def beginning(self, word: bytes, alone: bool = False) -> Places:
        """The lines whose first word this is, in these very letters, with something behind it. alone : or nothing."""
        found = np.flatnonzero(self._heads == word[0])
        for i in range(1, len(word)):
            found = found[self.array[self.starts[found] + i] == word[i]]
        after = self.array[self.starts[found] + len(word)]
        apart = np.isin(after, (32, 9, _LINE_END) if alone else (32, 9))
        return found[apart]

    def rest(self, line: int) -> str:
        """What follows the line's first word."""
        words = self.text[self.starts[line] : self.ends[line]].split(maxsplit=1)
        rest = words[1].strip() if len(words) > 1 else b""
        try:
            return rest.decode()
        except UnicodeDecodeError:
            return rest.decode("latin-1")

    def cut(self, lines: Places, skip: int) -> tuple[bytes, Places]:
        """(these lines without their first ``skip`` bytes, (n + 1,) where each begins and the last one ends)."""
        if not len(lines):
            return b"", np.zeros(1, np.intp)
        starts, ends = self.starts[lines] + skip, self._stops[lines] + 1
        runs = np.stack([starts - np.concatenate([[0], ends[:-1]]), ends - starts], 1).reshape(-1)
        kept = np.repeat(np.arange(len(runs)) % 2 > 0, runs)
        cut = self.array[: len(kept)][kept]
        bounds = np.concatenate([[0], np.cumsum(runs[1::2])])
        # A line that ends with a comment has its mark here.
        cut[bounds[1:] - 1] = _LINE_END
        return cut.tobytes(), bounds

    def table(self, lines: Places, skip: int, least: int) -> Floats:
        """(n, W) of the numbers on these lines, as many as the shortest one has. Raises ModelError for less than
        ``least``, and for what is not a number."""
        text, bounds = self.cut(lines, skip)
        try:
            values, offsets = numbers(text)
        except NotANumber as error:
            at = int(np.searchsorted(bounds, error.offset, "right")) - 1
            raise self.refuse(int(lines[at]), why(error.word)) from None
        first = np.searchsorted(offsets, bounds.astype(np.int32))
        counts = np.diff(first)
        width = int(counts.min()) if len(lines) else least
        if width < least:
            short = int(np.argmax(counts < least))
            raise self.refuse(int(lines[short]), f"has {counts[short]} numbers, must have {least}")
        if width * len(lines) == len(values):
            return values.reshape(len(lines), width)
        table: Floats = values[first[:-1, None] + np.arange(width)]
        return table

    def _where(self, line: int) -> str:
        breaks = self._whole.count(b"\n", 0, int(self.starts[line]))
        return f"line {breaks + 1}"

    def _without_comments(self) -> Places:
        """(L,) the ends of the lines, comments taken off."""
        if b"#" not in self.text:
            return self.ends
        stops = self.ends.copy()
        marks = np.flatnonzero(self.array == _HASH)
        lines = np.searchsorted(self.ends, marks)
        first = np.concatenate([[True], lines[1:] > lines[:-1]])
        stops[lines[first]] = marks[first]
        return stops
