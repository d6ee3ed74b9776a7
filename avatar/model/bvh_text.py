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

MAX_BYTES: Final = 20 << 20
MAX_JOINTS: Final = 1024
MAX_DEPTH: Final = 256
MAX_FRAMES: Final = 1 << 18
MAX_LINE: Final = 1 << 18
MAX_LINES: Final = 1 << 20
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

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        if text.count("\n") + text.count("\r") > MAX_LINES:
            raise LimitError(path, "", f"the file has more than {MAX_LINES} lines")
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.number = 0

    def refuse(self, rule: str) -> ModelError:
        return ModelError(self._path, f"line {self.number}", printable(rule))

    def exceeds(self, rule: str) -> LimitError:
        return LimitError(self._path, f"line {self.number}", printable(rule))

    def next(self) -> list[str] | None:
        """Words of the next line, None at the end."""
        while self.number < len(self._lines):
            line = self._lines[self.number]
            self.number += 1
            if len(line) > MAX_LINE:
                raise self.exceeds(f"has {len(line)} characters, at most {MAX_LINE} are read")
            if words := line.split():
                return words
        return None

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
        try:
            values = [float(w) for w in words]
        except ValueError:
            bad = next(w for w in words if not _is_number(w))
            raise self.refuse(f"'{bad[:30]}' is not a number") from None
        # Both comparisons are false where a NaN hides the true end.
        if values and not (min(values) >= -BIG and max(values) <= BIG and sum(values) == sum(values)):
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


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def parse(path: Path, data: bytes) -> Recording:
    """The joints and the motion of a BVH file. Raises ModelError."""
    if len(data) > MAX_BYTES:
        raise LimitError(path, "", f"the file is {len(data) >> 20} MiB, at most {MAX_BYTES >> 20} MiB of BVH are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    lines = _Lines(path, text)
    lines.expect("HIERARCHY")
    joints, columns = _hierarchy(lines)
    count = lines.whole(lines.expect("Frames:"), 1, MAX_FRAMES, "frames")
    (step,) = lines.numbers(lines.expect("Frame", "Time:"), 1)
    if not 1e-5 <= step <= 10:
        raise lines.refuse(f"a frame lasts {step:g} s, must be 0.00001 to 10")
    # Each number takes two characters at least, so this is known before anything is allocated.
    if count * columns * 2 > len(text) + 1:
        raise lines.refuse(f"{count} frames of {columns} numbers are announced, which the file is too short for")
    frames = np.empty((count, columns), np.float32)
    for row in range(count):
        frames[row] = lines.numbers(lines.need(f"frame {row + 1} of {count}"), columns)
    if lines.next() is not None:
        raise lines.refuse(f"follows the {count} frames that were announced")
    return Recording(joints, frames, step)


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
