"""A NATS server of our own, as a program of its own: started, started again when it dies, ended with the run."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

from .. import paths
from ..errors import PortError, UsageError
from ..io.transports.nats_server import HOST, Guests, private, program

_START_S: Final = 10.0
_AGAIN_S: Final = 0.5
_LONGEST_S: Final = 8.0
_END_S: Final = 3.0


def url_file(stage: str) -> Path:
    """Where the address of a stage's own server is for displays of this machine and this user."""
    return paths.config_folder() / "nats" / f"{stage}.url"


def guest_url(stage: str) -> str:
    """The address of the server that a stage of this machine runs. Raises UsageError: there is none."""
    try:
        return url_file(stage).read_text(encoding="utf-8").strip()
    except OSError:
        raise UsageError(
            f"there is no embedded server of a stage '{stage}' on this machine: start one with "
            f"avatar run --nats embedded --stage {stage}"
        ) from None


class OwnServer:
    """The server of one stage. It listens on 127.0.0.1; its log lies in a temporary folder, which goes with the run.

    ``url`` is for the stage; what displays need is written to ``url_file``, for this user's eyes only.
    """

    def __init__(self, stage: str) -> None:
        self._program = program()
        self._folder = Path(tempfile.mkdtemp(prefix="presence-nats-"))
        self._ended = threading.Event()
        self._guests = Guests(stage, _free_port(), self._folder)
        self._stage = stage
        self._process = self._begin()
        self._keeper = threading.Thread(target=self._keep, name="nats-server", daemon=True)
        try:
            self._wait()
            path = url_file(stage)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            private(path, self._guests.guest_url + "\n")
        except BaseException:
            self.close()
            raise
        self._keeper.start()

    @property
    def url(self) -> str:
        """With the stage's own credentials."""
        return self._guests.stage_url

    @property
    def guest_url(self) -> str:
        """With those of displays and other clients."""
        return self._guests.guest_url

    @property
    def pid(self) -> int:
        """Of the server's process now."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """Where its log lies."""
        return self._folder

    def close(self) -> None:
        """End it, and remove what it wrote."""
        self._ended.set()
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._keeper.ident is not None:
            self._keeper.join(_END_S)
        with contextlib.suppress(OSError):
            path = url_file(self._stage)
            if path.read_text(encoding="utf-8").strip() == self._guests.guest_url:
                path.unlink()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        command = [str(self._program), "-c", str(self._guests.write())]
        with_us = _end_with_us if sys.platform == "linux" else None
        return subprocess.Popen(
            command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True, preexec_fn=with_us
        )

    def _wait(self) -> None:
        """Until it listens. Raises PortError."""
        for _ in range(int(_START_S / 0.05)):
            with contextlib.suppress(OSError), socket.create_connection((HOST, self._guests.port), 0.2):
                return
            if self._process.poll() is not None:
                break
            self._ended.wait(0.05)
        raise PortError("the embedded NATS server did not start")

    def _keep(self) -> None:
        wait = _AGAIN_S
        while not self._ended.is_set():
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                wait = _AGAIN_S
                continue
            if self._ended.wait(wait):
                return
            wait = min(_LONGEST_S, 2 * wait)
            self._process = self._begin()
            if self._ended.is_set():
                self._process.terminate()


def _end_with_us() -> None:
    """Have the kernel end the server when the thread that started it is no more, whatever became of the run."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port
