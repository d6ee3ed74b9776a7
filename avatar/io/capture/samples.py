"""Pictures from all over a film, without reading all of it: for what is to be known before it is played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from ...errors import SourceError
from ...types import VideoFrame
from .source import cover

_AHEAD: Final = 90
"""Frames that are decoded after a key frame at most, to come nearer to the time that is wanted."""


def length(path: Path) -> float | None:
    """Seconds of a film, None where it does not say. Raises SourceError."""
    try:
        with av.open(str(path)) as container:
            return _length(container)
    except (av.FFmpegError, OSError) as error:
        raise SourceError(f"{path}: this is not a video that can be read ({error})") from None


def pictures(path: Path, size: tuple[int, int] | None, count: int) -> Iterator[VideoFrame]:
    """Up to ``count`` pictures of a film, spread evenly; what cannot be decoded is left out. size : (width, height)
    that they are cut to, as a source of that size shows them."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        total, told = _length(container), -1.0
        for k in range(count if total is not None else 1):
            at = (total or 0.0) * (k + 0.5) / count
            try:
                found = _at(container, stream, at)
            except (av.FFmpegError, OSError):
                continue
            if found is None or found.time is None or found.time <= told:
                continue
            told = found.time
            image = found.to_ndarray(format="rgb24")
            turn = round(getattr(found, "rotation", 0) / 90) % 4
            yield VideoFrame(cover(np.rot90(image, turn) if turn else image, size), told, k)


def _at(container: Any, stream: Any, at: float) -> Any:
    start = float(stream.start_time * stream.time_base) if stream.start_time is not None else 0.0
    container.seek(round((start + at) / stream.time_base), stream=stream)
    newest = None
    for _, frame in zip(range(_AHEAD), container.decode(stream), strict=False):
        newest = frame
        if frame.time is not None and frame.time >= start + at:
            break
    return newest


def _length(container: Any) -> float | None:
    if container.duration is not None:
        return float(container.duration / av.time_base)
    video = container.streams.video
    if video and video[0].duration is not None:
        return float(video[0].duration * video[0].time_base)
    return None
