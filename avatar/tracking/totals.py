"""What was seen of a person in a whole film, in a few numbers and lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..types import Light, Observation
from .gestures import Sign

_PARTS: Final = ("face", "body", "left hand", "right hand", "outline")
_SLANT: Final = 0.35
"""A part of the light's direction beyond which it is said to come from there."""
_WARM: Final = 1.12
"""Red over blue from which light is warm, and cold the other way round."""


class Totals:
    """Give every frame to ``add``, in order."""

    def __init__(self) -> None:
        self.frames = 0
        self._first = self._last = 0.0
        self._found = dict.fromkeys(_PARTS, 0)
        self._spans: list[dict[str, Any]] = []
        self._ambient, self._direction = np.zeros(3), np.zeros(3)

    def add(self, seen: Observation, light: Light, signs: Sequence[Sign]) -> None:
        """One frame: what was found in it, the light, and the gestures that began or ended with it."""
        self._first = seen.t if self.frames == 0 else self._first
        self.frames, self._last = self.frames + 1, seen.t
        sides = {hand.side for hand in seen.hands}
        there = (seen.face is not None, seen.body is not None, "left" in sides, "right" in sides)
        for part, found in zip(
            _PARTS, (*there, seen.matte is not None and bool((seen.matte >= 128).any())), strict=True
        ):
            self._found[part] += found
        self._ambient += light.colour
        self._direction += light.direction
        for sign in signs:
            self._take(sign)

    def _take(self, sign: Sign) -> None:
        if sign.state == "start":
            self._spans.append({"name": sign.name, "side": sign.side, "begin": round(sign.t, 3), "end": None})
            return
        for span in reversed(self._spans):
            if (span["name"], span["side"], span["end"]) == (sign.name, sign.side, None):
                span["end"] = round(sign.t, 3)
                return

    def facts(self) -> dict[str, Any]:
        """frames; seconds from the first to the last; of each part the share of frames in which it was found, 0-1;
        gestures with name, side, begin and end (None: it went on), seconds; light: the mean ambient colour and
        direction, None without a frame."""
        n = max(self.frames, 1)
        far = float(np.linalg.norm(self._direction))
        light = None
        if self.frames and far > 1e-6:
            light = {
                "ambient": [round(float(v), 3) for v in self._ambient / n],
                "direction": [round(float(v), 3) for v in self._direction / far],
            }
        shares = {part.replace(" ", "_"): round(count / n, 4) for part, count in self._found.items()}
        return {
            "frames": self.frames,
            "seconds": round(self._last - self._first, 3),
            **shares,
            "gestures": sorted(self._spans, key=lambda span: (span["begin"], span["name"], str(span["side"]))),
            "light": light,
        }


def lines(facts: dict[str, Any]) -> dict[str, str]:
    """The facts of ``Totals`` in words, by what they are about."""
    told = {"frames": f"{facts['frames']} in {facts['seconds']:.2f} s"}
    for part in _PARTS:
        told[part] = f"{100 * facts[part.replace(' ', '_')]:.1f} % of the frames"
    told["gestures"] = "; ".join(_span(span) for span in facts["gestures"]) or "none"
    told["light"] = _light(facts["light"]) if facts["light"] else "unknown"
    return told


def _span(span: dict[str, Any]) -> str:
    side = f" {span['side']}" if span["side"] else ""
    end = f"{span['end']:.2f} s" if span["end"] is not None else "the end"
    return f"{span['name']}{side} {span['begin']:.2f} to {end}"


def _light(light: dict[str, Any]) -> str:
    """Where it comes from as one looks at the picture, its hue and its brightness."""
    x, y, _ = light["direction"]
    across = "right" if x > _SLANT else "left" if x < -_SLANT else ""
    down = "above" if y > _SLANT else "below" if y < -_SLANT else ""
    way = " and ".join(w for w in (down, f"the {across}" if across else "") if w) or "ahead"
    red, green, blue = light["ambient"]
    ratio = red / blue if blue > 0 else math.inf
    hue = "warm" if ratio > _WARM else "cold" if ratio < 1 / _WARM else "neutral"
    return f"from {way}, {hue}, ambient {red:.2f} {green:.2f} {blue:.2f}"
