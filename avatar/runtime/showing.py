"""Tells clients what the companion's face and body do: expressions, gestures, and the mouth for those that asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..events import messages
from ..types import VISEMES, Command, Express, FloatArray, Gesture

_STILL: Final = 0.004
"""A mouth that moves less than this is not told of."""


class Showing:
    """publish : to every client it is for."""

    def __init__(self, publish: Callable[[messages.Data], None]) -> None:
        self._publish = publish
        self._weights: list[float] = [1.0] + [0.0] * (len(VISEMES) - 1)

    def moves(self, at: float, commands: Sequence[Command]) -> None:
        """What begins with the picture of ``at``: of several expressions the last, each gesture once."""
        shown = [c for c in commands if isinstance(c, Express)][-1:]
        for face in shown:
            self._publish(
                messages.ExpressionShown(
                    at=at, expression=face.expression, intensity=face.intensity, seconds=face.seconds
                )
            )
        for name in dict.fromkeys(c.name for c in commands if isinstance(c, Gesture)):
            self._publish(messages.GestureStarted(at=at, name=name))

    def mouth(self, at: float, weights: FloatArray) -> None:
        """The mouth of that picture, (15,) or more; told when it has changed."""
        now = [round(min(1.0, max(0.0, float(w))), 3) for w in weights[: len(VISEMES)]]
        if not any(now):
            now[0] = 1.0
        if max(abs(a - b) for a, b in zip(now, self._weights, strict=True)) < _STILL:
            return
        self._weights = now
        self._publish(messages.Viseme(at=at, weights=now))
