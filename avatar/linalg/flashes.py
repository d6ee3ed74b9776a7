"""Flashes in pictures, as WCAG 2.3.1 counts them (and ITU-R BT.1702, from which it comes): pairs of opposing changes.

A general flash is an increase of relative luminance by a tenth or more of its most, followed by a decrease like it, or
the other way round, where the darker picture is below 0.80. A red one is the same of ``(R - G - B) * 320`` by more than
20, where one of the two pictures is a saturated red (``R / (R + G + B) >= 0.8``). They count where those of one second
cover a quarter of any ten degrees of sight. At the distance from which it is normally seen, ten degrees are a third of
a picture's width and height (341 x 256 of 1024 x 768 pixels).
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import ByteArray, FloatArray

MOST: Final = 3.0
"""Flashes within one second, at most."""
STEP: Final = 0.1
"""Of relative luminance, for a change that counts."""
DARK: Final = 0.8
"""A change between pictures that are both brighter is none."""
AREA: Final = 0.25
"""Of a field of ten degrees, from which flashes count."""
_RED: Final = 20 / 320
_SATURATED: Final = 0.8
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)
_CELLS: Final = (48, 36)
_FIELD: Final = (16, 12)
_EPSILON: Final = 1e-6
_TABLE: Final = np.array(
    [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (k / 255 for k in range(256))], np.float32
)


class Changes:
    """Opposing changes of many values in time. step : from which one counts; dark : the smaller of the two values must
    be below it."""

    def __init__(self, count: int, step: float, dark: float = np.inf) -> None:
        self._step, self._dark = step - _EPSILON, dark
        self._way = np.zeros(count, np.int8)
        self._low = self._high = np.zeros(0, np.float32)
        self._past: deque[tuple[float, NDArray[np.bool_]]] = deque()
        self.counts = np.zeros(count, np.int16)
        """Of each value, the changes within the last second."""

    def step(self, values: FloatArray, t: float, gate: NDArray[np.bool_] | None = None) -> bool:
        """Take the values at ``t`` seconds, (count,); True where ``counts`` is another. gate : (count,) the value now,
        or the one it changed from, may count at all."""
        gate = np.ones(len(values), np.bool_) if gate is None else gate
        if not len(self._low):
            self._low, self._high, self._gate = values.copy(), values.copy(), gate.copy()
            return False
        # of what rises only a fall from its highest counts next, and of what falls only a rise from its lowest
        self._high, self._low = np.maximum(self._high, values), np.minimum(self._low, values)
        may = self._gate | gate
        fell = (self._way >= 0) & (self._high - values >= self._step) & (values < self._dark) & may
        rose = (self._way <= 0) & (values - self._low >= self._step) & (self._low < self._dark) & may & ~fell
        turned = fell | rose
        self._way[fell], self._way[rose] = -1, 1
        self._high[turned] = self._low[turned] = values[turned]
        self._gate = np.where(turned, gate, may)
        return self._count(turned, t)

    def _count(self, turned: NDArray[np.bool_], t: float) -> bool:
        changed = bool(turned.any())
        if changed:
            self._past.append((t, turned))
            self.counts += turned
        while self._past and t - self._past[0][0] >= 1.0 - _EPSILON:
            self.counts -= self._past.popleft()[1]
            changed = True
        return changed


class FlashMeter:
    """Looks at one picture after another. general, red : the most flashes within any one second so far, over a quarter
    of a field of ten degrees; at : seconds at which the worse of them was; pictures : how many it has seen."""

    def __init__(self) -> None:
        self.general = self.red = self.at = 0.0
        self.pictures = 0
        count = _CELLS[0] * _CELLS[1]
        self._luminance, self._redness = Changes(count, STEP, DARK), Changes(count, _RED)

    @property
    def right(self) -> bool:
        """Are there no more than three a second?"""
        return self.general <= MOST and self.red <= MOST

    def feed(self, image: ByteArray, t: float) -> None:
        """The next picture, (H, W, 3) uint8 RGB, encoded (sRGB), of ``t`` seconds, at least 48 x 36."""
        self.pictures += 1
        rgb = _cells(image)
        total = rgb.sum(1)
        saturated = rgb[:, 0] >= _SATURATED * np.maximum(total, 1e-4)
        red = np.maximum(rgb[:, 0] - rgb[:, 1] - rgb[:, 2], 0)
        if self._luminance.step(rgb @ _LUMA, t):
            self._keep("general", spread(self._luminance.counts), t)
        if self._redness.step(red, t, saturated):
            self._keep("red", spread(self._redness.counts), t)

    def _keep(self, name: str, flashes: float, t: float) -> None:
        if flashes > max(self.general, self.red):
            self.at = t
        if flashes > getattr(self, name):
            setattr(self, name, flashes)

    def facts(self) -> dict[str, float | int | bool]:
        """Figures of the whole."""
        return {
            "general": self.general,
            "red": self.red,
            "at_s": round(self.at, 2),
            "pictures": self.pictures,
            "within_limit": self.right,
        }


def spread(changes: NDArray[np.int16]) -> float:
    """Flashes (two changes each) that a quarter of some field of ten degrees has had. changes : of each cell, in rows
    of 48."""
    grid = changes.reshape(_CELLS[1], _CELLS[0])
    most = int(grid.max())
    for count in range(most, 0, -1):
        inside = np.zeros((_CELLS[1] + 1, _CELLS[0] + 1), np.int32)
        inside[1:, 1:] = (grid >= count).cumsum(0).cumsum(1)
        w, h = _FIELD
        fields = inside[h:, w:] - inside[:-h, w:] - inside[h:, :-w] + inside[:-h, :-w]
        if int(fields.max()) >= AREA * w * h:
            return count / 2
    return 0.0


def luminance(rgb: FloatArray) -> FloatArray:
    """Relative luminance of linear RGB. rgb : (..., 3)."""
    found: FloatArray = np.asarray(rgb, np.float32) @ _LUMA
    return found


def _cells(image: ByteArray) -> FloatArray:
    """(count, 3) mean linear colour of each cell, from up to 4 x 4 of its pixels."""
    h, w = image.shape[:2]
    if h < _CELLS[1] or w < _CELLS[0]:
        raise ValueError(f"a picture of {w} x {h} is too small: {_CELLS[0]} x {_CELLS[1]} at least")
    across, down = min(4, w // _CELLS[0]), min(4, h // _CELLS[1])
    columns = ((np.arange(_CELLS[0] * across) + 0.5) * w / (_CELLS[0] * across)).astype(np.intp)
    rows = ((np.arange(_CELLS[1] * down) + 0.5) * h / (_CELLS[1] * down)).astype(np.intp)
    part = _TABLE.take(image[rows].take(columns, axis=1))
    each = part.reshape(_CELLS[1], down, -1).sum(1).reshape(_CELLS[1] * _CELLS[0], across, 3).sum(1)
    return np.asarray(each / np.float32(across * down), np.float32)
