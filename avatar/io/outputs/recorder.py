"""Records picture and sound into one file that plays to its last fragment even when the program is killed.

H.264 and AAC in fragmented MP4 (or Matroska). Pictures and sound are placed by their time on the engine's clock: the
picture has a constant rate, gaps repeat the last picture, silence fills where nothing sounds. Synchronous: whoever
needs the main loop free runs it in a worker.
"""

from __future__ import annotations

import contextlib
import errno
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from ...errors import OutputError
from ...types import ByteArray, FloatArray

MARK: Final = "Made with an AI companion (symbolic)"
SUFFIXES: Final = (".mp4", ".mkv")
SAMPLE_RATE: Final = 48000
_LONGEST_FILL_S: Final = 5.0
_SOUND_WAITS_S: Final = 0.5
"""Sound is written this long after the picture of the same time, so that a late block still finds its place."""
_SNAP_S: Final = 0.02
"""A block whose stamp is off by less than this continues the one before it without a gap."""
_AHEAD_S: Final = 120.0
_BT709: Final = 1
_AAC_DELAY: Final = 1024
"""The AAC encoder puts this many samples before the first it is given. Sound starts that much after zero, so that
nothing lies before zero: fragmented MP4 cannot say so, and would shift the picture against the sound."""
_FAILURES: Final = (OSError, av.FFmpegError)


class Recorder:
    """One recording, open from construction to ``close``.

    path : .mp4 or .mkv, replaced if it exists; size : (w, h) of the pictures (an odd last row or column is cut, as
    H.264 wants even sides); fps : pictures a second; rate : samples a second of the sound that will come (48 kHz in
    the file whatever it is); channels : 1 or 2; title : in the file's metadata.
    Raises OutputError when the file cannot be written, now or later; after a failure the recording is closed, plays up
    to its last fragment, and further calls do nothing.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        fps: float = 30.0,
        rate: int = SAMPLE_RATE,
        channels: int = 1,
        title: str = "Presence",
    ) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() not in SUFFIXES:
            raise OutputError(f"{path}: a recording's name ends in {' or '.join(SUFFIXES)}")
        self._width, self._height = size[0] & ~1, size[1] & ~1
        self._fps = Fraction(fps).limit_denominator(1001)
        self._channels = channels
        self._layout = "mono" if channels == 1 else "stereo"
        self._start: float | None = None
        self._shown = -1
        self._sound = _Timeline(channels, rate)
        self.frames = 0
        self.dropped = 0
        self.closed = False
        try:
            self._open(title)
        except (ValueError, *_FAILURES) as error:
            raise OutputError(f"{self.path}: the recording cannot be written ({_why(error)})") from None

    def write_frame(self, image: ByteArray, t: float) -> None:
        """Show ``image`` from ``t`` on. image : (h, w, 3) uint8 RGB of the size given, free to be reused afterwards;
        t : seconds. The first one sets the recording's time zero. Of two on one place the later is dropped."""
        if self.closed:
            return
        if self._start is None:
            self._start = t
        index = round((t - self._start) * self._fps)
        if index <= self._shown:
            self.dropped += 1
            return
        try:
            self._fill(index)
            self._picture[...] = image[: self._height, : self._width]
            self._encode(index)
            self._flush_sound((t - self._start) - _SOUND_WAITS_S)
        except _FAILURES as error:
            raise self._fail(error) from None
        self._shown = index

    def write_sound(self, block: FloatArray, t: float) -> None:
        """Sound that starts at ``t``: (N,) or (N, channels) float32 in -1–1. Blocks that overlap are mixed;
        what lies before the first picture or comes more than half a second late is left out."""
        if not self.closed and self._start is not None:
            self._sound.add(np.asarray(block, np.float32), t - self._start)

    @property
    def seconds(self) -> float:
        """Length of the recording so far."""
        return float((self._shown + 1) / self._fps)

    def close(self, t: float | None = None) -> None:
        """Finish the file; the last picture stands until ``t`` where that is given. A second call does nothing."""
        if self.closed:
            return
        try:
            if t is not None and self._start is not None and self._shown >= 0:
                end = round((t - self._start) * self._fps)
                self._fill(end)
                self._shown = max(self._shown, end - 1)
            self._flush_sound(self.seconds)
            self._encode_sound(None)
            for stream in (self._video, self._audio):
                self._container.mux(stream.encode(None))
            self.closed = True
            self._container.close()
        except _FAILURES as error:
            raise self._fail(error) from None

    def _open(self, title: str) -> None:
        # An unwritable place is refused by the plain file call, whose reasons are clearer than the muxer's.
        with open(self.path, "ab"):
            pass
        options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
        if self.path.suffix.lower() == ".mkv":
            options = {"flush_packets": "1", "cluster_time_limit": "1000"}
        self._container = av.open(str(self.path), "w", options=options)
        self._container.metadata.update({"title": title, "comment": MARK, "description": MARK})
        self._video = cast(Any, self._container.add_stream("libx264", rate=self._fps))
        self._video.width, self._video.height, self._video.pix_fmt = self._width, self._height, "yuv420p"
        # No B-frames: pictures leave the encoder at once and in order, so a killed recording loses least. The quickest
        # preset costs half the processor time of "veryfast" for three times the bytes: a live picture needs the former.
        self._video.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "20"}
        self._video.codec_context.gop_size = max(1, int(self._fps))
        self._video.codec_context.thread_count = 1
        self._video.time_base = self._video.codec_context.time_base = 1 / self._fps
        context = self._video.codec_context
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = ColorRange.MPEG
        self._audio = cast(Any, self._container.add_stream("aac", rate=SAMPLE_RATE, layout=self._layout))
        self._resampler = av.AudioResampler("fltp", self._layout, SAMPLE_RATE)
        self._audio.bit_rate = 96000 * self._channels
        self._container.start_encoding()
        self._frame = av.VideoFrame(self._width, self._height, "rgb24")
        plane = self._frame.planes[0]
        rows = np.frombuffer(cast(Any, plane), np.uint8).reshape(self._height, plane.line_size)
        self._picture = rows[:, : self._width * 3].reshape(self._height, self._width, 3)

    def _fill(self, end: int) -> None:
        """Repeat the last picture up to ``end``; over a long gap it just stands."""
        if self._shown >= 0 and end - self._shown <= _LONGEST_FILL_S * self._fps:
            for index in range(self._shown + 1, end):
                self._encode(index)

    def _encode(self, index: int) -> None:
        picture = self._frame.reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        picture.pts, picture.time_base = index, 1 / self._fps
        self._container.mux(self._video.encode(picture))
        self.frames += 1

    def _flush_sound(self, until: float) -> None:
        for position, block in self._sound.take(until):
            frame = av.AudioFrame.from_ndarray(block, "fltp", self._layout)
            frame.sample_rate, frame.pts, frame.time_base = self._sound.rate, position, Fraction(1, self._sound.rate)
            self._encode_sound(frame)

    def _encode_sound(self, frame: av.AudioFrame | None) -> None:
        for resampled in self._resampler.resample(frame):
            self._container.mux(self._audio.encode(resampled))

    def _fail(self, error: Exception) -> OutputError:
        self.closed = True
        with contextlib.suppress(*_FAILURES):
            self._container.close()
        return OutputError(f"{self.path}: recording stopped after {self.seconds:.1f} s ({_why(error)})")


class _Timeline:
    """Sound that waits for its time: blocks are added at places, taken in order with silence between."""

    def __init__(self, channels: int, rate: int) -> None:
        self.rate = rate
        self._buffer = np.zeros((channels, rate * 4), np.float32)
        self._taken = -(-_AAC_DELAY * rate // SAMPLE_RATE)
        self._expected = -1

    def add(self, block: FloatArray, t: float) -> None:
        channels = len(self._buffer)
        samples = np.atleast_2d(block.T) if block.ndim == 2 else block[None, :]
        if len(samples) != channels:
            samples = np.broadcast_to(samples.mean(axis=0), (channels, samples.shape[1]))
        place = round(t * self.rate)
        if abs(place - self._expected) < _SNAP_S * self.rate:
            place = self._expected
        self._expected = place + samples.shape[1]
        first = place - self._taken
        if first < 0:
            samples, first = samples[:, -first:], 0
        end = min(first + samples.shape[1], int(_AHEAD_S * self.rate))
        if end > first:
            self._reserve(end)
            self._buffer[:, first:end] += samples[:, : end - first]

    def take(self, until: float) -> list[tuple[int, FloatArray]]:
        """Everything up to ``until`` seconds not yet taken, in blocks of at most a second with their positions."""
        end = max(self._taken, round(until * self.rate))
        if end - self._taken > _AHEAD_S * self.rate:
            self._buffer[...] = 0.0
            self._taken = end
        blocks = []
        while self._taken < end:
            count = min(self.rate, end - self._taken)
            self._reserve(count)
            blocks.append((self._taken, np.clip(self._buffer[:, :count], -1.0, 1.0)))
            self._buffer[:, :-count] = self._buffer[:, count:].copy()
            self._buffer[:, -count:] = 0.0
            self._taken += count
        return blocks

    def _reserve(self, samples: int) -> None:
        if samples > self._buffer.shape[1]:
            more = np.zeros((len(self._buffer), samples - self._buffer.shape[1]), np.float32)
            self._buffer = np.concatenate([self._buffer, more], axis=1)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full"
    return getattr(error, "strerror", None) or str(error)
