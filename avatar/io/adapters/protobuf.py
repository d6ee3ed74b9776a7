"""Pipecat's WebSocket frames: the two kinds of its ``frames.proto`` that an adapter meets, read and written.

    Frame         1 text, 2 audio, 3 transcription, 4 message (one of them)
    AudioRawFrame 3 audio, 4 sample_rate, 5 num_channels
    MessageFrame  1 data (JSON text)

Only the wire format that these need: varints, and bytes with a length; fields of other kinds are passed over.
"""

from __future__ import annotations

from .base import GarbageError

_AUDIO, _MESSAGE = 2, 4


def message_frame(frame: bytes) -> str | None:
    """The JSON text of a message frame; None for a frame of another kind. Raises GarbageError."""
    inner = _fields(frame).get(_MESSAGE)
    if not isinstance(inner, bytes):
        return None
    data = _fields(inner).get(1, b"")
    try:
        return data.decode() if isinstance(data, bytes) else None
    except UnicodeDecodeError:
        raise GarbageError("its message is not UTF-8") from None


def audio_frame(frame: bytes) -> tuple[bytes, int, int] | None:
    """(16-bit PCM, samples a second, channels) of an audio frame; None for another kind. Raises GarbageError."""
    inner = _fields(frame).get(_AUDIO)
    if not isinstance(inner, bytes):
        return None
    found = _fields(inner)
    raw, rate, channels = found.get(3, b""), found.get(4, 0), found.get(5, 1)
    if not isinstance(raw, bytes) or not isinstance(rate, int) or not isinstance(channels, int):
        raise GarbageError("its audio frame has fields of the wrong kind")
    return raw, rate, channels


def pack_message(text: str) -> bytes:
    """A message frame with that JSON text."""
    return _bytes(_MESSAGE, _bytes(1, text.encode()))


def pack_audio(raw: bytes, rate: int, channels: int) -> bytes:
    """An audio frame."""
    return _bytes(_AUDIO, _bytes(3, raw) + b"\x20" + _varint(rate) + b"\x28" + _varint(channels))


def _fields(raw: bytes) -> dict[int, int | bytes]:
    """Field number -> its last value."""
    found: dict[int, int | bytes] = {}
    at = 0
    while at < len(raw):
        key, at = _number(raw, at)
        kind, field = key & 7, key >> 3
        if kind == 0:
            found[field], at = _number(raw, at)
            continue
        size = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            size, at = _number(raw, at)
        if size is None or at + size > len(raw):
            raise GarbageError("it is no protobuf frame")
        found[field] = raw[at : at + size]
        at += size
    return found


def _number(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise GarbageError("it is no protobuf frame")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _bytes(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body
