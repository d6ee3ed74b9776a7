"""Sound that programs send, as events: base64, WAV files and PCM, cut to an event's size; and words in time."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from .base import GarbageError, Step, ToEngine, number

PIECE: Final = 480_000
"""Bytes of sound in one event: as base64 in JSON they stay under the contract's 1 MiB."""
VOICED: Final = 0.08
"""Of the loudest slice: what is quieter is a pause, in which no word is said."""


def sound(encoded: object) -> bytes:
    """Of base64. Raises GarbageError."""
    if not isinstance(encoded, str):
        raise GarbageError("its sound is not base64 text")
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise GarbageError("its sound is not base64") from None


@dataclass(frozen=True, slots=True)
class Wave:
    """A WAV file taken apart. form : the body of its format; seconds : its length."""

    form: bytes
    data: bytes
    rate: int
    channels: int
    block: int

    @property
    def seconds(self) -> float:
        return len(self.data) // self.block / self.rate


def wave(raw: bytes) -> Wave:
    """A WAV file's parts. A length of 0 or 0xFFFFFFFF means the rest, as streams have it. Raises GarbageError."""
    if len(raw) < 12 or raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise GarbageError("its sound is no WAV file")
    at, form = 12, b""
    while at + 8 <= len(raw):
        name, size = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        body = raw[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            form = body
        elif name == b"data" and form:
            data = raw[at + 8 :] if size in (0, 0xFFFFFFFF) else body
            _, channels, rate, _, block, _ = struct.unpack_from("<HHIIHH", form)
            if not block or not 8000 <= rate <= 192_000 or not 1 <= channels <= 2:
                raise GarbageError(f"its sound has {channels} channels of {rate} samples a second")
            return Wave(form, data[: len(data) // block * block], rate, channels, block)
        at += 8 + size + size % 2
    raise GarbageError("there is no sound in its WAV file")


def wave_events(utterance: str, found: Wave, final: bool = True) -> list[Step]:
    """A WAV file as ``presence.speech.audio``, in as many WAV files as the size of an event asks for."""
    step = PIECE // found.block * found.block
    pieces = [found.data[k : k + step] for k in range(0, len(found.data), step)] or [b""]
    return [
        audio(utterance, "wav", found.rate, found.channels, _riff(found.form, piece), final and k == len(pieces) - 1)
        for k, piece in enumerate(pieces)
    ]


def audio(utterance: str, encoding: str, rate: int, channels: int, raw: bytes, final: bool) -> ToEngine:
    """One ``presence.speech.audio``."""
    data: dict[str, Any] = {"utterance": utterance, "encoding": encoding, "rate": rate, "channels": channels}
    data["audio"] = base64.b64encode(raw).decode("ascii")
    return ToEngine("presence.speech.audio", data | ({"final": True} if final else {}))


def pcm_events(utterance: str, raw: bytes, rate: int, channels: int) -> list[Step]:
    """16-bit PCM as ``presence.speech.audio``. Raises GarbageError: a rate or channels the companion does not take."""
    if not 8000 <= rate <= 192_000 or not 1 <= channels <= 2 or len(raw) % (2 * channels):
        raise GarbageError(f"its sound has {channels} channels of {rate} samples a second in {len(raw)} bytes")
    step = PIECE // (2 * channels) * 2 * channels
    return [audio(utterance, "pcm_s16le", rate, channels, raw[k : k + step], False) for k in range(0, len(raw), step)]


def _riff(form: bytes, data: bytes) -> bytes:
    parts = b"".join(
        name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
        for name, body in ((b"fmt ", form), (b"data", data))
    )
    return b"RIFF" + (4 + len(parts)).to_bytes(4, "little") + b"WAVE" + parts


def words_in_time(utterance: str, text: str, seconds: float, volumes: object = None) -> list[Step]:
    """The words of a text over its sound, for captions: where each begins, not how long it is, so that the mouth is
    left to what is heard. Spread by their letters over what is loud.

    volumes : loudness of equal slices of the sound, 0-1, as the program sends them; without, the whole of it is loud.
    """
    words = text.split()
    if not words or seconds <= 0:
        return []
    loud = [number(v) or 0.0 for v in volumes] if isinstance(volumes, list) and volumes else [1.0]
    floor = VOICED * max(loud)
    spoken = list(accumulate(1.0 if v > floor else 0.0 for v in loud))
    whole = sum(len(w) + 1 for w in words)
    marks: list[tuple[float, float, str]] = []
    letters = 0
    for word in words:
        at = _when(letters / whole, spoken, seconds)
        marks.append((at, at, word))
        letters += len(word) + 1
    end = _when(1.0, spoken, seconds)
    last = round(max(marks[-1][0], end - 0.05), 3)
    marks[-1] = last, last, words[-1]
    return [ToEngine("presence.speech.timing", {"utterance": utterance, "unit": "word", "marks": marks})]


def _when(share: float, spoken: Sequence[float], seconds: float) -> float:
    """Seconds at which that share of what is loud has been heard."""
    if not spoken[-1]:
        return round(share * seconds, 3)
    want = share * spoken[-1]
    k = next((k for k, heard in enumerate(spoken) if heard > want), spoken.index(spoken[-1]))
    before = spoken[k - 1] if k else 0.0
    within = (want - before) / (spoken[k] - before) if spoken[k] > before else 0.0
    return round(min(seconds, (k + within) * seconds / len(spoken)), 3)
