"""The best ear there is for sound of which nothing else is known: our own recogniser, else loudness."""

from __future__ import annotations

from ..errors import VoiceError
from ..types import FloatArray
from . import listen
from .loudness import Listener, Loudness


class ByEar:
    """Speech heard as it comes, as ``loudness.Listener`` has it. rate : samples a second. Raises VoiceError as
    ``listen.Listener`` does. A row rests on sound until 0.1 s after its instant."""

    source = "heard"

    def __init__(self, rate: int) -> None:
        self._listener = listen.Listener(rate)

    def feed(self, samples: FloatArray) -> FloatArray:
        """As ``Listener.feed``."""
        return self._listener.feed(samples).rows

    def finish(self) -> FloatArray:
        """As ``Listener.finish``."""
        return self._listener.finish().rows


def best_ear(rate: int) -> Listener:
    """The recogniser; loudness where what it has learnt is missing or the rate is too low for it."""
    try:
        return ByEar(rate)
    except VoiceError:
        return Loudness(rate)
