"""The sound that a speech server sends: WAV, also one whose header was written before its length was known."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import VoiceError
from ...types import FloatArray

_RATES: Final = (4000, 192_000)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


def decoded(data: bytes, name: str) -> tuple[FloatArray, int]:
    """((N,) float32 mono samples, samples a second) of a WAV file in memory: PCM of 8, 16, 24 or 32 bits or floats, any
    number of channels, which are averaged; a length of 0 or past the end means up to the end.

    name : who sent it. Raises VoiceError, with that name, for anything else.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise VoiceError(f"{name}: what it sent is no WAV sound")
    kind = channels = rate = bits = 0
    at = 12
    while at + 8 <= len(data):
        tag, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = at + 8
        if tag == b"fmt " and body + 16 <= len(data):
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, body)
            if kind == _EXTENSIBLE and body + 26 <= len(data):
                kind = struct.unpack_from("<H", data, body + 24)[0]
        elif tag == b"data":
            end = len(data) if size in (0, 0xFFFFFFFF) or body + size > len(data) else body + size
            return _samples(data[body:end], kind, channels, rate, bits, name), rate
        at = body + size + (size & 1)
    raise VoiceError(f"{name}: there is no sound in what it sent")


def _samples(data: bytes, kind: int, channels: int, rate: int, bits: int, name: str) -> FloatArray:
    known = (kind == _PCM and bits in (8, 16, 24, 32)) or (kind == _FLOAT and bits in (32, 64))
    if not known or not 1 <= channels <= 32 or not _RATES[0] <= rate <= _RATES[1]:
        raise VoiceError(
            f"{name}: WAV of format {kind}, {channels} channels, {bits} bits at {rate} samples a second cannot be read"
        )
    frame = channels * bits // 8
    data = data[: len(data) // frame * frame]
    wide: NDArray[Any]
    if kind == _FLOAT:
        wide = np.frombuffer(data, "<f4" if bits == 32 else "<f8").astype(np.float32)
    elif bits == 8:
        wide = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    elif bits == 24:
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
        wide = ((parts[:, 0] << 8 | parts[:, 1] << 16 | parts[:, 2] << 24) >> 8) / np.float32(1 << 23)
    else:
        wide = np.frombuffer(data, f"<i{bits // 8}") / np.float32(1 << (bits - 1))
    sound = np.asarray(wide.reshape(-1, channels).mean(1), np.float32)
    if len(sound) == 0:
        raise VoiceError(f"{name}: there is no sound in what it sent")
    if not np.isfinite(sound).all():
        raise VoiceError(f"{name}: a sample of what it sent is not a number")
    return sound
