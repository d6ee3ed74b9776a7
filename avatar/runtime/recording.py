"""A recording in a thread of its own: the main loop copies a picture and goes on."""

from __future__ import annotations

import queue
import threading
from typing import Final

import numpy as np

from ..errors import OutputError
from ..io.outputs.recorder import Recorder
from ..types import ByteArray, FloatArray

_PICTURES: Final = 24
_BLOCKS: Final = 4096


class RecordingWorker:
    """Feeds a Recorder. size : (w, h) of the pictures; wait : True blocks the caller when the encoder is behind
    (offline films need every picture), False drops that picture and counts it (a live one must not stall).

    A failure while recording is kept in ``error`` and closes the recording; presence goes on.
    """

    def __init__(self, recorder: Recorder, size: tuple[int, int], wait: bool = False) -> None:
        self._recorder, self._wait = recorder, wait
        self._free: queue.SimpleQueue[ByteArray] = queue.SimpleQueue()
        for _ in range(_PICTURES):
            self._free.put(np.empty((size[1], size[0], 3), np.uint8))
        self._work: queue.SimpleQueue[tuple[ByteArray | None, FloatArray | None, float] | None] = queue.SimpleQueue()
        self._end: float | None = None
        self.dropped = 0
        self.error: OutputError | None = None
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def write_frame(self, image: ByteArray, t: float) -> None:
        """Queue a copy of ``image``, (h, w, 3) uint8 RGB, shown from ``t`` seconds on."""
        try:
            slot = self._free.get(block=self._wait)
        except queue.Empty:
            self.dropped += 1
            return
        np.copyto(slot, image)
        self._work.put((slot, None, t))

    def write_sound(self, block: FloatArray, t: float) -> None:
        """Queue a copy of sound that starts at ``t`` seconds: see ``Recorder.write_sound``; dropped on a stuck disk."""
        if self._work.qsize() < _BLOCKS:
            self._work.put((None, np.array(block, np.float32), t))

    @property
    def seconds(self) -> float:
        """Length of what is recorded so far."""
        return self._recorder.seconds

    @property
    def frames(self) -> int:
        """Pictures in the file so far."""
        return self._recorder.frames

    def close(self, t: float | None = None) -> None:
        """Write what waits, finish the file (its last picture stands until ``t``) and end the thread.

        Raises the OutputError that stopped the recording, if one did.
        """
        self._end = t
        self._work.put(None)
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            self._guard(*item)
        try:
            self._recorder.close(self._end)
        except OutputError as error:
            self.error = self.error or error

    def _guard(self, image: ByteArray | None, block: FloatArray | None, t: float) -> None:
        try:
            if image is not None:
                self._recorder.write_frame(image, t)
            elif block is not None:
                self._recorder.write_sound(block, t)
        except OutputError as error:
            self.error = self.error or error
        finally:
            if image is not None:
                self._free.put(image)
