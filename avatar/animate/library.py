"""The gesture library: every name there is, and all of them fitted to one companion."""

from __future__ import annotations

from typing import Final

from .body import Body
from .ceremony_gestures import CEREMONY
from .everyday_gestures import EVERYDAY
from .gesture import Motion

_MAKERS: Final = {**EVERYDAY, **CEREMONY}

GESTURES: Final = tuple(_MAKERS)
"""Names that ``Gesture`` commands may use."""


def build(body: Body) -> dict[str, Motion]:
    """Every gesture fitted to one companion."""
    return {name: make(body) for name, make in _MAKERS.items()}
