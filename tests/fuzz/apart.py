"""Draco streams as the program unpacks them: one that never ends is ended; one that ends is unpacked here as well.

The second time is for the figures: only what is done in this process counts as its time and memory.
"""

from __future__ import annotations

import time

from avatar.model.draco import Unpacked, unpack_here
from avatar.runtime import unpacker


class Apart:
    """``unpack`` for every reader; one process serves many files, and a fresh one follows one that was ended."""

    def __init__(self) -> None:
        self._unpacker = unpacker.Unpacker()
        self._spent = 0.0
        self._endless: set[bytes] = set()

    def unpack(self, data: bytes) -> Unpacked:
        """Raises ValueError as the program does, RuntimeError where the decoder died of the stream by itself."""
        if data in self._endless:
            raise ValueError("the packed data takes too long to unpack")
        started = time.perf_counter()
        try:
            self._unpacker.unpack(data)
        except ValueError as error:
            if "too long" in str(error):
                lasted = time.perf_counter() - started
                self.close()
                if lasted < unpacker.SECONDS / 2:
                    raise RuntimeError("the decoder died of this stream") from error
                self._endless.add(data)
            raise
        finally:
            # The program gives each file a budget of its own; here a process is left before it has used one up.
            self._spent += time.perf_counter() - started
            if self._spent > unpacker.SECONDS / 4:
                self.close()
        return unpack_here(data)

    def close(self) -> None:
        """Ends the process."""
        self._unpacker.__exit__(None, None, None)
        self._unpacker, self._spent = unpacker.Unpacker(), 0.0
