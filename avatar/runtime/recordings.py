"""Recorded lines: sound from files, given to the engine as a backend would give its own."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from ..io.transports.memory import MemoryClient
from ..speech.sound import resample
from ..types import FloatArray

_RATE: Final = 24000
_BLOCK_S: Final = 4.0


class Recordings:
    """Sends what waits as fast as the engine takes it."""

    def __init__(self, client: MemoryClient) -> None:
        self._client = client
        self._waiting: deque[tuple[str, bytes, bool]] = deque()

    def play(self, utterance: str, sound: FloatArray, rate: int) -> None:
        """Queue (N,) float32 samples as an utterance."""
        pcm = (np.clip(resample(sound, rate, _RATE), -1, 1) * 32767).astype("<i2")
        size = round(_BLOCK_S * _RATE)
        blocks = [pcm[k : k + size].tobytes() for k in range(0, max(1, len(pcm)), size)]
        self._waiting += [(utterance, block, k + 1 == len(blocks)) for k, block in enumerate(blocks)]

    def drop(self, utterance: str | None) -> None:
        """Send no more of one utterance, or of any."""
        self._waiting = deque(w for w in self._waiting if utterance is not None and w[0] != utterance)

    def step(self) -> None:
        """Send what is taken now."""
        while self._waiting:
            utterance, block, final = self._waiting[0]
            answer = self._client.send(
                "presence.speech.audio",
                utterance=utterance,
                encoding="pcm_s16le",
                rate=_RATE,
                channels=1,
                final=final,
            )
            if answer["type"] == "presence.error" or self._client.send_bytes(block) is not None:
                return
            self._waiting.popleft()
