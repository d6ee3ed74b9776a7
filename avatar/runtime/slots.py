"""Pictures handed from one process to another in memory that both see: written once, copied nowhere, never on a disk.

The memory has no name (Linux ``memfd_create``), so that nothing is left when both have ended, however they end.
"""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections import deque
from typing import Final, NamedTuple

import numpy as np

from ..types import VideoFrame

SLOTS: Final = 8
"""One that is written, one for each who looks, and those that come while a look takes long."""
HERE: Final = hasattr(os, "memfd_create")


class Place(NamedTuple):
    """Where a picture lies, and what it is. t, number : its stamp and index; end : bytes that the memory must have."""

    offset: int
    shape: tuple[int, int, int]
    t: float
    number: int
    end: int


class Slots:
    """The writer's side. fd : of the memory, for the process that reads."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("presence-pictures")
        self._memory: mmap.mmap | None = None
        self._size = self._end = self._first = 0
        self._free: deque[int] = deque()
        self._lock = threading.Lock()

    def put(self, frame: VideoFrame) -> Place | None:
        """Write a picture; None when every slot is in use."""
        image = frame.image
        with self._lock:
            if image.nbytes > self._size and self.fd >= 0:
                self._grow(image.nbytes)
            memory, end = self._memory, self._end
            if not self._free or memory is None:
                return None
            offset = self._free.popleft()
        np.copyto(np.frombuffer(memory, np.uint8, image.nbytes, offset).reshape(image.shape), image)
        return Place(offset, image.shape, frame.t, frame.index, end)

    def give_back(self, offset: int) -> None:
        """The reader is done with what lay there."""
        with self._lock:
            if offset >= self._first and offset not in self._free:
                self._free.append(offset)

    def reset(self) -> None:
        """Nobody reads any more: all slots are free."""
        with self._lock:
            self._free = deque(range(self._first, self._end, self._size) if self._size else ())

    @property
    def free(self) -> int:
        """How many slots may be written."""
        return len(self._free)

    def _grow(self, size: int) -> None:
        """Room for larger pictures, behind the old ones, which may still be looked at."""
        page = mmap.ALLOCATIONGRANULARITY
        self._size = -(-size // page) * page
        self._first, self._end = self._end, self._end + SLOTS * self._size
        os.ftruncate(self.fd, self._end)
        self._memory = mmap.mmap(self.fd, self._end)
        self._free = deque(range(self._first, self._end, self._size))

    def close(self) -> None:
        """Let go of the memory; twice is fine."""
        with self._lock:
            self._free.clear()
            self._memory = None
            if self.fd >= 0:
                os.close(self.fd)
                self.fd = -1


class Reader:
    """The reader's side. fd : of the memory; freed : offsets of pictures that nobody here looks at any more."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._memory: mmap.mmap | None = None
        self._end = 0
        self.freed: deque[int] = deque()

    def at(self, place: Place) -> VideoFrame:
        """The picture that lies there; its slot is given back when the last who holds its image lets go of it."""
        if self._memory is None or place.end > self._end:
            self._memory, self._end = mmap.mmap(self._fd, place.end, access=mmap.ACCESS_READ), place.end
        count = place.shape[0] * place.shape[1] * place.shape[2]
        image = np.frombuffer(self._memory, np.uint8, count, place.offset).reshape(place.shape)
        weakref.finalize(image, self.freed.append, place.offset).atexit = False
        return VideoFrame(image, place.t, place.number)
