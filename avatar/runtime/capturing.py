"""The thread that grabs pictures, says how the source is, and opens a camera again that was lost."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final, Literal, Self

from ..clock import Clock
from ..errors import SourceError
from ..io.capture.health import Health, Watch
from ..io.capture.source import Source
from ..types import VideoFrame
from .mailbox import Latest

STOP_SECONDS: Final = 1.0
START_SECONDS: Final = 5.0
"""A source may take this long to its first frame before it counts as stalled."""
STALL_SECONDS: Final = 1.0
"""No frame for this long (or three frame intervals, if longer) is a stall."""
AGAIN_SECONDS: Final = (1.0, 8.0)
"""The first wait before a lost camera is looked for again, and the longest: each is twice the one before."""

CaptureStatus = Literal["starting", "live", "covered", "stalled", "lost", "ended"]


class CaptureWorker:
    """A thread that grabs frames into ``frames`` (one slot, newest wins).

    camera : the source is, or was, a camera of this machine, and is opened again when it was lost (only itself, by its
    stable name); again_after : seconds, as AGAIN_SECONDS; error : why the source was lost, else None; found_again :
    how often a lost camera came back. The source is closed by the thread when it ends.
    """

    def __init__(self, source: Source, clock: Clock, again_after: tuple[float, float] = AGAIN_SECONDS) -> None:
        self.source = source
        self.camera = source.is_device
        self.frames: Latest[VideoFrame] = Latest()
        self.error: SourceError | None = None
        self.count = self.found_again = 0
        self._clock, self._again_after = clock, again_after
        self._began = self._newest = clock.now()
        self._fresh = True
        self._health: Health = "live"
        self._ended = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> Self:
        """Begin to grab."""
        self._began = self._newest = self._clock.now()
        self._thread.start()
        return self

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._grab()
                    break
                except SourceError as error:
                    self.error = error
                except Exception as error:
                    self.error = SourceError(f"{self.source.name}: {error}")
                self.source.close()
                if not (self.camera and self._look_again()):
                    break
        finally:
            self._ended = True
            self.source.close()
            self.frames.close()

    def _grab(self) -> None:
        """Until the source ends, or is lost (SourceError)."""
        watch = Watch() if self.camera else None
        while not self._stop.is_set():
            frame = self.source.grab()
            if frame is None:
                break
            self._newest, self._fresh = self._clock.now(), False
            self.count += 1
            if watch is not None:
                self._health = watch.step(frame.image, frame.t)
            self.frames.put(frame)

    def _look_again(self) -> bool:
        """Wait until the lost camera is there again; False when it never will be, or when stopped."""
        again = getattr(self.source, "again", None)
        wait, most = self._again_after
        while again is not None and not self._stop.wait(wait):
            wait = min(2 * wait, most)
            try:
                self.source = again()
            except SourceError as error:
                self.error = error
                continue
            self.error, self._health, self._fresh = None, "live", True
            self._began = self._newest = self._clock.now()
            self.found_again += 1
            return True
        return False

    @property
    def status(self) -> CaptureStatus:
        """starting, live, covered (a camera that sees only black), stalled (no news for STALL_SECONDS, or the same
        picture again and again from a camera), lost (see ``error``) or ended."""
        if self.error is not None:
            return "lost"
        if self._ended:
            return "ended"
        now = self._clock.now()
        if self._fresh:
            return "starting" if now - self._began < START_SECONDS else "stalled"
        return self._health if now - self._newest < max(STALL_SECONDS, 3 / self.source.fps) else "stalled"

    @property
    def device_open(self) -> bool:
        """Whether a camera of this machine is open: what the indicator shows."""
        return self.source.is_device and not self._ended

    def stop(self) -> bool:
        """Stop within STOP_SECONDS; False when the source's read does not return (the thread ends when it does)."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)
        return not self._thread.is_alive()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
