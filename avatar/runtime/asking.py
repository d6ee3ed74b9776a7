"""A small program that is started, asked over pipes, and started once more when it breaks or hangs."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ..errors import VoiceError

SECONDS: Final = 20.0
"""How long one answer may take."""
LARGEST: Final = 256 << 20
_LINE: Final = 64 << 20


class Child:
    """A Python script of ours with its arguments. name : what a person calls it. It starts when it is first asked, and
    ends with ``close`` or with this process, whose end it reads on its standard input. Not for several threads."""

    def __init__(self, script: Path, arguments: Sequence[str], name: str, seconds: float = SECONDS) -> None:
        # Isolated: nothing of the folder it is started in, and none of Presence, can be imported there.
        self._command = [sys.executable, "-I", str(script), *arguments]
        self._name, self._seconds = name, seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, None before the first question."""
        return self._process.pid if self._process is not None else None

    def ask(self, question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The header and the samples of an answer. Raises VoiceError: it refuses, or it fails a second time."""
        line = json.dumps(question).encode() + b"\n"
        answer = self._try(line)
        if answer is None:
            answer = self._try(line)
        if answer is None:
            raise VoiceError(f"{self._name} broke off twice; nothing was said")
        if "error" in answer[0]:
            raise VoiceError(str(answer[0]["error"]))
        return answer

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _try(self, line: bytes) -> tuple[dict[str, Any], bytes] | None:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(self._seconds, process.kill)
        late.daemon = True
        late.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            header = json.loads(process.stdout.readline(_LINE))
            size = 2 * int(header.get("samples", 0))
            data = process.stdout.read(size) if 0 <= size <= LARGEST else b""
            if len(data) == size:
                return header, data
        except (OSError, ValueError, AttributeError):
            pass  # what it said is no answer: it is gone, or was ended because it hung
        finally:
            late.cancel()
        self.close()
        return None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
            keep = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP")
            with contextlib.suppress(OSError):
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={key: os.environ[key] for key in keep if key in os.environ},
                    creationflags=flags,
                )
        if self._process is None:
            raise VoiceError(f"{self._name} cannot be started")
        return self._process
