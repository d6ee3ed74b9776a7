"""Bytes of sound, as they come in events, into mono samples. Every count in them is checked."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from ..errors import VoiceError
from ..types import FloatArray

RATES: Final = (8000, 192_000)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


def samples(raw: bytes, channels: int) -> FloatArray:
    """(N,) float32 in -1-1 of 16-bit little-endian PCM, channels taking turns and averaged.

    Raises VoiceError: not a whole number of samples.
    """
    if len(raw) % (2 * channels):
        raise VoiceError(f"{len(raw)} bytes are no whole number of {channels}-channel 16-bit samples")
    return _mono(np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32768), channels)


def wav(raw: bytes) -> tuple[FloatArray, int]:
    """((N,) float32 mono samples, samples a second) of a WAV file: 16, 24 or 32-bit PCM or 32-bit float, one or two
    channels.

    A length of 0 or 0xFFFFFFFF in its header, as streams have it, means the rest. Raises VoiceError: no WAV, another
    format, a rate out of ``RATES``, damaged, or samples that are no numbers.
    """
    if len(raw) < 12 or raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise VoiceError("this is no WAV file: it does not begin with RIFF and WAVE")
    at, form = 12, None
    while at + 8 <= len(raw):
        name, size = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        body = at + 8
        if name == b"fmt ":
            if size < 16 or body + size > len(raw):
                raise VoiceError("the WAV file's format is cut off")
            form = _format(raw[body : body + size])
        elif name == b"data":
            if form is None:
                raise VoiceError("the WAV file's sound comes before its format")
            end = len(raw) if size in (0, 0xFFFFFFFF) else body + size
            if end > len(raw):
                raise VoiceError(f"the WAV file says {size} bytes of sound and has {len(raw) - body}")
            kind, channels, rate, bits = form
            return _mono(_numbers(raw[body:end], kind, bits, channels), channels), rate
        at = body + size + size % 2
    raise VoiceError("there is no sound in the WAV file")


def _format(body: bytes) -> tuple[int, int, int, int]:
    """(format, channels, rate, bits), those that are taken."""
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if kind == _EXTENSIBLE and len(body) >= 26:
        kind = int.from_bytes(body[24:26], "little")
    if not 1 <= channels <= 2:
        raise VoiceError(f"the WAV file has {channels} channels; one or two are taken")
    if not RATES[0] <= rate <= RATES[1]:
        raise VoiceError(f"the WAV file has {rate} samples a second; {RATES[0]} to {RATES[1]} are taken")
    if (kind, bits) not in ((_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32)):
        what = {_PCM: "PCM", _FLOAT: "float"}.get(kind, f"format {kind}")
        raise VoiceError(f"the WAV file is {bits}-bit {what}; 16, 24 or 32-bit PCM and 32-bit float are taken")
    return kind, channels, rate, bits


def _numbers(raw: bytes, kind: int, bits: int, channels: int) -> FloatArray:
    width = bits // 8
    if len(raw) % (width * channels):
        raise VoiceError(f"{len(raw)} bytes are no whole number of {channels}-channel {bits}-bit samples")
    if kind == _FLOAT:
        found = np.frombuffer(raw, "<f4").astype(np.float32)
        if not np.isfinite(found).all():
            raise VoiceError(f"sample {int(np.argmin(np.isfinite(found)))} of the WAV file is not a number")
        return np.clip(found, -8.0, 8.0)
    if bits == 24:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return (wide.view("<i4").ravel() / np.float64(2**31)).astype(np.float32)
    return (np.frombuffer(raw, f"<i{width}") / np.float64(2 ** (bits - 1))).astype(np.float32)


def _mono(found: FloatArray, channels: int) -> FloatArray:
    return found if channels == 1 else np.asarray(found.reshape(-1, channels).mean(1), np.float32)
