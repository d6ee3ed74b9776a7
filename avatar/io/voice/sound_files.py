"""Sound files of any kind into mono samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import VoiceError
from ...types import FloatArray

LONGEST: Final = 3600.0
_RATES: Final = (4000, 768_000)


def read_sound(path: str | Path) -> tuple[FloatArray, int]:
    """((N,) float32 mono samples, samples a second) of the first sound in a file.

    Channels are averaged. Raises VoiceError with the file's name: none there, no sound in it, damaged, longer than
    ``LONGEST`` seconds, an odd rate, or samples that are no numbers.
    """
    import av

    if not Path(path).is_file():
        raise VoiceError(f"{path}: there is no such file")
    parts: list[FloatArray] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise VoiceError(f"{path}: there is no sound in it")
            stream = container.streams.audio[0]
            rate = int(stream.rate or 0)
            if not _RATES[0] <= rate <= _RATES[1]:
                raise VoiceError(f"{path}: {rate} samples a second; {_RATES[0]} to {_RATES[1]} can be read")
            count = 0
            for frame in container.decode(stream):
                part = _mono(frame.to_ndarray(), frame.format.is_planar, len(frame.layout.channels))
                parts.append(part)
                count += len(part)
                if count > LONGEST * rate:
                    raise VoiceError(f"{path}: longer than {LONGEST / 60:.0f} minutes")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise VoiceError(f"{path}: this cannot be read as sound ({_first_line(error)})") from error
    sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    if len(sound) == 0:
        raise VoiceError(f"{path}: there is no sound in it")
    if not np.isfinite(sound).all():
        bad = int(np.argmin(np.isfinite(sound)))
        raise VoiceError(f"{path}: the sample at {bad / rate:.3f} s is not a number")
    return sound, rate


def _mono(samples: NDArray[Any], planar: bool, channels: int) -> FloatArray:
    """(N,) float32 of a frame as PyAV gives it: (channels, N), or (1, N * channels) where they take turns."""
    kind = samples.dtype
    wide = samples.astype(np.float32)
    if kind == np.uint8:
        wide = (wide - np.float32(128)) * np.float32(1 / 128)
    elif kind.kind == "i":
        wide *= np.float32(1 / (float(np.iinfo(kind).max) + 1))
    wide = wide if planar else wide.reshape(-1, channels).T
    return np.asarray(wide.mean(0), np.float32)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
