"""The gesture library: every name there is, and all of them fitted to one companion."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from .body import Body
from .ceremony_gestures import CEREMONY
from .everyday_gestures import EVERYDAY
from .gesture import Motion
from .player import Bank

_MAKERS: Final = {**EVERYDAY, **CEREMONY}

GESTURES: Final = tuple(_MAKERS)
"""Names that ``Gesture`` commands may use."""


def build(body: Body) -> dict[str, Motion]:
    """Every gesture fitted to one companion. Companions of the same measures share them: none is ever changed."""
    return dict(_fitted(_Measured(body)))


def bank(body: Body) -> Bank:
    """The same, as samples; shared likewise."""
    return _sampled(_Measured(body))


class _Measured:
    """A body that equals another whose measures are the same, whatever model they were taken of."""

    def __init__(self, body: Body) -> None:
        self.body, self._key = body, body.key()

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Measured) and self._key == other._key


@lru_cache(maxsize=8)
def _fitted(measured: _Measured) -> dict[str, Motion]:
    return {name: make(measured.body) for name, make in _MAKERS.items()}


@lru_cache(maxsize=8)
def _sampled(measured: _Measured) -> Bank:
    return Bank(_fitted(measured))
