"""Sound from a microphone, or from samples in its place: mono, stamped on the engine's clock, never kept."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Final, Protocol

import numpy as np

from ...clock import Clock
from ...errors import SourceError
from ...types import FloatArray

RATE: Final = 48000
_KEPT_S: Final = 1.0
"""What nobody has taken for so long is dropped, seconds."""
_SILENT_S: Final = 1.0


class Microphone(Protocol):
    """Where a person's sound comes from. rate : samples a second; name : for a person."""

    rate: int
    name: str

    @property
    def open(self) -> bool:
        """Is a device of this machine open, and does it deliver?"""
        ...

    def read(self, now: float) -> tuple[float, FloatArray]:
        """(seconds on the clock at the first sample, (n,) float32): all that was heard since the last call."""
        ...

    def close(self) -> None:
        """Release it."""
        ...


class SamplesMicrophone:
    """Samples that were recorded before, heard from ``clock``'s present on as if somebody spoke them now.

    sound : (N,) float32; silence follows them."""

    def __init__(self, sound: FloatArray, rate: int, clock: Clock, name: str = "samples") -> None:
        self.rate, self.name, self.open = rate, name, False
        self._sound, self._start, self._taken = sound, clock.now(), 0

    def read(self, now: float) -> tuple[float, FloatArray]:
        """As ``Microphone.read``."""
        due = max(self._taken, int((now - self._start) * self.rate + 1e-6))
        at, part = self._taken, self._sound[self._taken : due]
        self._taken = due
        silence = np.zeros(due - at - len(part), np.float32)
        return self._start + at / self.rate, np.concatenate([part, silence])

    def close(self) -> None:
        """Nothing to release."""


def find(want: str) -> int | None:
    """The index of a microphone by its index or a part of its name, None = the default one, for ``auto``. It is not
    opened. Raises SourceError with the code ``none`` where there is none."""
    try:
        import sounddevice
    except OSError as error:
        raise SourceError("no microphone: the PortAudio library is missing (libportaudio2)", "none") from error
    names = [(i, str(d["name"])) for i, d in enumerate(sounddevice.query_devices()) if d["max_input_channels"] > 0]
    index = None
    if want != "auto":
        index = next((i for i, name in names if want in (str(i), name)), None)
        if index is None:
            index = next((i for i, name in names if want.lower() in name.lower()), None)
    if not names or (want != "auto" and index is None):
        known = ", ".join(f"{i} {name}" for i, name in names) or "there are none"
        raise SourceError(f"there is no microphone '{want}' (microphones: {known})", "none")
    return index


class SoundMicrophone:
    """A microphone through PortAudio. want : ``auto`` = the default one, else an index or a part of a name.

    Raises SourceError: there is none (code ``none``), or it does not open (``busy``)."""

    def __init__(self, clock: Clock, want: str = "auto") -> None:
        index = find(want)
        import sounddevice

        self._clock, self._lock = clock, threading.Lock()
        self._blocks: deque[tuple[float, FloatArray]] = deque()
        self._newest = clock.now()
        try:
            self.name = str(sounddevice.query_devices(index, "input")["name"])
            self._stream = sounddevice.InputStream(
                samplerate=RATE, device=index, channels=1, dtype="float32", latency="low", callback=self._callback
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise SourceError(f"the microphone '{want}' does not open ({error})", "busy") from error
        self.rate = RATE

    @property
    def open(self) -> bool:
        """As ``Microphone.open``."""
        return bool(self._stream.active) and self._clock.now() - self._newest < _SILENT_S

    def read(self, now: float) -> tuple[float, FloatArray]:
        """As ``Microphone.read``."""
        with self._lock:
            blocks = list(self._blocks)
            self._blocks.clear()
        if not blocks:
            return now, np.zeros(0, np.float32)
        return blocks[0][0], np.concatenate([block for _, block in blocks])

    def close(self) -> None:
        """As ``Microphone.close``."""
        self._stream.close()

    def _callback(self, heard: FloatArray, frames: int, times: Any, status: Any) -> None:
        now = self._clock.now()
        ago = times.currentTime - times.inputBufferAdcTime
        if not 0.0 < ago < 2.0:  # some drivers leave these at zero
            ago = float(self._stream.latency) + frames / RATE
        with self._lock:
            self._newest = now
            self._blocks.append((now - ago, heard[:, 0].copy()))
            while self._blocks and now - self._blocks[0][0] > _KEPT_S:
                self._blocks.popleft()
