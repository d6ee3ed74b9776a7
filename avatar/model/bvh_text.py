"""BVH text to joints and rows of numbers: strict, bounded, every refusal with its line. What they mean: see ``bvh``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import LimitError, ModelError
from ..types import FloatArray
from .place import BIG, printable
from .text_numbers import NUMBER, NotANumber, numbers

MAX_BYTES: Final = 20 << 20
MAX_JOINTS: Final = 1024
MAX_DEPTH: Final = 256
MAX_FRAMES: Final = 1 << 18
MAX_LINE: Final = 1 << 18
MAX_LINES: Final = 1 << 20
_BLOCK: Final = 1 << 20
_CHANNELS: Final = tuple(f"{axis}{kind}" for kind in ("position", "rotation") for axis in "XYZ")


@dataclass(slots=True)
class Joint:
    """One joint. offset : (3,) in the file's units; channels : (column of the motion, index into _CHANNELS), in their
    order; end : offset of its End Site, or None."""

    name: str
    parent: int
    offset: NDArray[np.float64]
    channels: list[tuple[int, int]] = field(default_factory=list)
    end: NDArray[np.float64] | None = None


@dataclass(slots=True)
class Recording:
    """A file as read. frames : (T, columns) float32; step : seconds a frame."""

    joints: list[Joint]
    frames: FloatArray
    step: float


class _Lines:
    """The file's lines that are not blank, one after another, each as words, with their numbers."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self._data.count(b"\n") > MAX_LINES:
            raise LimitError(path, "", f"the file has more than {MAX_LINES} lines")
        try:
            self._data.decode()
            self._encoding = "utf-8"
        except UnicodeDecodeError:
            self._encoding = "latin-1"
        self._at = self.number = 0

    def refuse(self, rule: str) -> ModelError:
        return ModelError(self._path, f"line {self.number}", printable(rule))

    def exceeds(self, rule: str) -> LimitError:
        return LimitError(self._path, f"line {self.number}", printable(rule))

    def next(self) -> list[str] | None:
        """Words of the next line, None at the end."""
        while self._at <= len(self._data):
            end = self._data.find(b"\n", self._at)
            line = self._data[self._at : end if end >= 0 else len(self._data)]
            self._at += len(line) + 1
            self.number += 1
            if len(line) > MAX_LINE:
                raise self.exceeds(f"has {len(line)} characters, at most {MAX_LINE} are read")
            if words := line.split():
                return [word.decode(self._encoding) for word in words]
        return None

    def ahead(self) -> bytes:
        """Whole lines from the next one on, about as long as a block; none where that line is longer."""
        end = self._at + _BLOCK
        return self._data[self._at : end if end >= len(self._data) else self._data.rfind(b"\n", self._at, end) + 1]

    def skip(self, block: bytes) -> None:
        """On behind what ``ahead`` gave."""
        self._at += len(block)
        self.number += block.count(b"\n")

    def need(self, what: str) -> list[str]:
        """Words of the next line, which must be there."""
        words = self.next()
        if words is None:
            raise self.refuse(f"the file ends where {what} should be")
        return words

    def expect(self, *words: str) -> list[str]:
        """What follows ``words`` on the next line."""
        found = self.need(f"'{' '.join(words)}'")
        if [w.upper() for w in found[: len(words)]] != [w.upper() for w in words]:
            raise self.refuse(f"is '{' '.join(found)[:40]}', must be '{' '.join(words)}'")
        return found[len(words) :]

    def numbers(self, words: list[str], count: int) -> list[float]:
        """``count`` finite numbers."""
        if len(words) != count:
            raise self.refuse(f"has {len(words)} numbers, must have {count}")
        for word in words:
            if not NUMBER.fullmatch(word.encode()) and word.lower().lstrip("+-") not in ("nan", "inf", "infinity"):
                raise self.refuse(f"'{word[:30]}' is not a number")
        values = [float(word) for word in words]
        if not all(abs(value) <= BIG for value in values):
            raise self.refuse(f"a number is not finite, or beyond {BIG:g}")
        return values

    def whole(self, words: list[str], low: int, high: int, what: str) -> int:
        """One whole number."""
        if len(words) != 1 or not words[0].isascii() or not words[0].isdigit() or len(words[0]) > 9:
            raise self.refuse(f"the number of {what} must be a whole number")
        value = int(words[0])
        if not low <= value <= high:
            raise self.refuse(f"{value} {what}: must be {low} to {high}")
        return value


def parse(path: Path, data: bytes) -> Recording:
    """The joints and the motion of a BVH file. Raises ModelError."""
    if len(data) > MAX_BYTES:
        raise LimitError(path, "", f"the file is {len(data) >> 20} MiB, at most {MAX_BYTES >> 20} MiB of BVH are read")
    lines = _Lines(path, data)
    lines.expect("HIERARCHY")
    joints, columns = _hierarchy(lines)
    count = lines.whole(lines.expect("Frames:"), 1, MAX_FRAMES, "frames")
    (step,) = lines.numbers(lines.expect("Frame", "Time:"), 1)
    if not 1e-5 <= step <= 10:
        raise lines.refuse(f"a frame lasts {step:g} s, must be 0.00001 to 10")
    # Each number takes two characters at least, so this is known before anything is allocated.
    if count * columns * 2 > len(data) + 1:
        raise lines.refuse(f"{count} frames of {columns} numbers are announced, which the file is too short for")
    frames = _frames(lines, count, columns)
    if lines.next() is not None:
        raise lines.refuse(f"follows the {count} frames that were announced")
    return Recording(joints, frames, step)


def _frames(lines: _Lines, count: int, columns: int) -> FloatArray:
    """(count, columns): a row from each of the next lines."""
    frames = np.empty((count, columns), np.float32)
    row = 0
    while columns and (block := lines.ahead()):
        rows = _rows(block, columns)
        if rows is None or row + len(rows) > count:
            break
        frames[row : row + len(rows)] = rows
        row += len(rows)
        lines.skip(block)
    # Where a block is not all rows, its lines are looked at one by one, for the one to refuse.
    for late in range(row, count):
        frames[late] = lines.numbers(lines.need(f"frame {late + 1} of {count}"), columns)
    return frames


def _rows(block: bytes, columns: int) -> NDArray[np.float64] | None:
    """(R, columns) of lines of numbers, None where ``_Lines`` would refuse one of them."""
    try:
        values, offsets = numbers(block)
    except NotANumber:
        return None
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    bounds = np.concatenate([[-1], ends, [len(block)]])
    counts = np.diff(np.searchsorted(offsets, bounds))
    if np.diff(bounds).max() > MAX_LINE + 1 or not np.isin(counts, (0, columns)).all():
        return None
    return values.reshape(-1, columns) if (np.abs(values) <= BIG).all() else None


def _hierarchy(lines: _Lines) -> tuple[list[Joint], int]:
    joints: list[Joint] = []
    open_: list[int] = []
    columns = 0
    while True:
        words = lines.need("the hierarchy's end")
        key = words[0].upper()
        if key in ("ROOT", "JOINT"):
            if (key == "ROOT") != (not open_):
                raise lines.refuse("a ROOT must stand outside every joint, a JOINT inside one")
            if len(joints) >= MAX_JOINTS or len(open_) >= MAX_DEPTH:
                raise lines.exceeds(f"more than {MAX_JOINTS} joints, or {MAX_DEPTH} inside each other")
            joint = Joint(" ".join(words[1:])[:200], open_[-1] if open_ else -1, np.zeros(3))
            lines.expect("{")
            joint.offset = np.array(lines.numbers(lines.expect("OFFSET"), 3))
            columns = _channels(lines, joint, columns)
            open_.append(len(joints))
            joints.append(joint)
        elif key == "END" and open_:
            lines.expect("{")
            joints[open_[-1]].end = np.array(lines.numbers(lines.expect("OFFSET"), 3))
            lines.expect("}")
        elif key == "}" and open_:
            open_.pop()
        elif words == ["MOTION"] and joints and not open_:
            return joints, columns
        else:
            raise lines.refuse(f"'{' '.join(words)[:40]}' is not what may stand here")


def _channels(lines: _Lines, joint: Joint, columns: int) -> int:
    words = lines.expect("CHANNELS")
    count = lines.whole(words[:1], 0, 6, "channels")
    if len(words) != count + 1:
        raise lines.refuse(f"{count} channels are announced, {len(words) - 1} are named")
    for word in words[1:]:
        kind = word.capitalize()
        if kind not in _CHANNELS:
            raise lines.refuse(f"'{word[:30]}' is not a channel")
        if any(known == _CHANNELS.index(kind) for _, known in joint.channels):
            raise lines.refuse(f"{kind} stands twice")
        joint.channels.append((columns, _CHANNELS.index(kind)))
        columns += 1
    return columns
