"""Unpacks Draco streams in a process of its own, which may be ended: a damaged stream can keep the decoder busy for
minutes, and a fault in it must not take Presence down.

Both ends speak in blocks: eight bytes of length, then the bytes. Answers are an .npz of plain arrays, or words.
"""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import IO, Any

import numpy as np

from ..model.draco import Unpacked, unpack_here

SECONDS = 2.0
"""How long all the streams of one file may take together, the process's start apart."""
START_SECONDS = 20.0
MEMORY = 2 << 30
"""Address space of the process, bytes."""


class Unpacker:
    """A context that gives ``unpack`` (for ``model.load.load``); its process starts with the first stream."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._left = SECONDS

    def __enter__(self) -> Unpacker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def unpack(self, data: bytes) -> Unpacked:
        """Raises ValueError for a damaged stream, and for one that takes too long."""
        if self._process is None:
            command = [sys.executable, "-m", "avatar.runtime.unpacker"]
            path = os.pathsep.join(p or os.getcwd() for p in sys.path)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
            self._ask(b"", START_SECONDS)
        started = time.perf_counter()
        answer = self._ask(data, max(self._left, 0.05))
        self._left -= time.perf_counter() - started
        if not answer.startswith(b"PK"):
            raise ValueError(answer.decode() or "the packed data is damaged")
        with np.load(io.BytesIO(answer), allow_pickle=False) as found:
            values = {int(name): found[name] for name in found.files if name != "triangles"}
            return Unpacked(found["triangles"], values)

    def _ask(self, data: bytes, seconds: float) -> bytes:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(seconds, process.kill)
        late.start()
        try:
            process.stdin.write(struct.pack("<Q", len(data)) + data)
            process.stdin.flush()
            answer = _read(process.stdout)
        except OSError:
            answer = None
        finally:
            late.cancel()
        if answer is None:
            raise ValueError("the packed data is damaged, or takes too long to unpack")
        return answer


def _read(stream: IO[bytes]) -> bytes | None:
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = struct.unpack("<Q", head)[0]
    data = stream.read(size) if size <= MEMORY else b""
    return data if len(data) == size else None


def _serve(source: IO[bytes], sink: IO[bytes]) -> None:
    while (data := _read(source)) is not None:
        answer = io.BytesIO()
        try:
            if data:
                found = unpack_here(data)
                arrays: dict[str, Any] = {str(key): value for key, value in found.values.items()}
                np.savez(answer, triangles=found.triangles, **arrays)
        except ValueError as error:
            answer = io.BytesIO(str(error).encode())
        sink.write(struct.pack("<Q", len(answer.getbuffer())) + answer.getbuffer())
        sink.flush()


def main() -> None:
    """Answers on standard input and output until the other end closes."""
    try:
        import resource
    except ImportError:
        resource = None  # type: ignore[assignment]
    if resource is not None:
        # A limit that was set from outside can only be lowered.
        outer = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = MEMORY if outer == resource.RLIM_INFINITY else min(MEMORY, outer)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    _serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
