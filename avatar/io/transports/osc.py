"""OSC 1.0 in bytes: messages and bundles, read strictly and written plainly. No socket.

What comes from a network is read here and not by python-osc, which reads a bundle whose element has a negative length
for ever, recurses as deep as a datagram says, and writes what it cannot read into the log.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from ...errors import EventError

Value: TypeAlias = str | int | float | bool | bytes | None
LARGEST: Final = 65507
"""Bytes of a UDP datagram's payload."""
_DEEPEST: Final = 8
_MOST_ARGUMENTS: Final = 1024
_HEAD: Final = b"#bundle\0"
_NOW: Final = b"\0\0\0\0\0\0\0\1"
"""The time tag for "immediately"."""
_FIXED: Final = {"i": "i", "f": "f", "d": "d", "h": "q", "t": "Q", "c": "i", "r": "I", "m": "I"}
_SAID: Final[dict[str, Value]] = {"T": True, "F": False, "N": None, "I": True}
_SIZE: Final = struct.Struct(">i")


@dataclass(frozen=True, slots=True)
class Message:
    """address : as it is written, no pattern; args : arrays are flattened, an impulse is True."""

    address: str
    args: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Packet:
    """One datagram. bundled : its messages belong together."""

    messages: tuple[Message, ...]
    bundled: bool


def decode(data: bytes) -> Packet:
    """One datagram, its bundles' messages in order. Raises EventError: too_large, too_deep, or bad_value for what is
    not OSC 1.0."""
    if len(data) > LARGEST:
        raise EventError("too_large", f"a datagram is at most {LARGEST} bytes")
    messages: list[Message] = []
    bundled = data.startswith(_HEAD)
    if bundled:
        _bundle(data, 0, len(data), 1, messages)
    else:
        messages.append(_message(data, 0, len(data)))
    return Packet(tuple(messages), bundled)


def message(address: str, *args: Value) -> bytes:
    """A message: float as f, int as i (h where it needs 64 bits), str as s, bytes as b, True, False and None by tag."""
    tags, body = [","], []
    for value in args:
        match value:
            case bool():
                tags.append("T" if value else "F")
            case None:
                tags.append("N")
            case int():
                small = -(1 << 31) <= value < 1 << 31
                tags.append("i" if small else "h")
                body.append(struct.pack(">i" if small else ">q", value))
            case float():
                tags.append("f")
                body.append(struct.pack(">f", value))
            case str():
                tags.append("s")
                body.append(string(value))
            case bytes():
                tags.append("b")
                body.append(_SIZE.pack(len(value)) + value + bytes(-len(value) % 4))
    return string(address) + string("".join(tags)) + b"".join(body)


def bundle(elements: Iterable[bytes]) -> bytes:
    """Messages (or bundles) that belong together, for now."""
    return b"".join([_HEAD, _NOW, *(part for each in elements for part in (_SIZE.pack(len(each)), each))])


def bundles(elements: Iterable[bytes], most: int) -> list[bytes]:
    """The same in as few bundles as hold them in order, each at most ``most`` bytes, an element that is larger than
    that left out."""
    parts: list[list[bytes]] = [[]]
    size = len(_HEAD) + len(_NOW)
    filled = size
    for element in elements:
        if size + 4 + len(element) > most:
            continue
        if filled + 4 + len(element) > most:
            parts.append([])
            filled = size
        parts[-1].append(element)
        filled += 4 + len(element)
    return [bundle(part) for part in parts if part]


def string(text: str) -> bytes:
    """A string as OSC writes it: UTF-8, ended and filled up with zeros to a multiple of four."""
    raw = text.replace("\0", "").encode("utf-8", "replace")
    return raw + bytes(4 - len(raw) % 4)


def _bundle(data: bytes, start: int, end: int, depth: int, out: list[Message]) -> None:
    if depth > _DEEPEST:
        raise EventError("too_deep", f"bundles within bundles, at most {_DEEPEST}")
    at = start + len(_HEAD) + len(_NOW)
    if at > end:
        raise EventError("bad_value", "a bundle without its time")
    while at < end:
        if at + 4 > end:
            raise EventError("bad_value", "a bundle that ends in a length")
        size = _SIZE.unpack_from(data, at)[0]
        at += 4
        if size <= 0 or size % 4 or at + size > end:
            raise EventError("bad_value", "a bundle whose element has a length that cannot be")
        if data.startswith(_HEAD, at):
            _bundle(data, at, at + size, depth + 1, out)
        else:
            out.append(_message(data, at, at + size))
        at += size


def _message(data: bytes, start: int, end: int) -> Message:
    address, at = _text(data, start, end)
    if not address.startswith("/"):
        raise EventError("bad_value", "an address begins with /")
    if at == end:
        return Message(address)  # senders of old leave the tags of nothing out
    tags, at = _text(data, at, end)
    if not tags.startswith(","):
        raise EventError("bad_value", "the types of the arguments begin with a comma")
    args: list[Value] = []
    for step in _plan(tags):
        if isinstance(step, struct.Struct):
            if at + step.size > end:
                raise EventError("bad_value", "a message shorter than its arguments")
            args += step.unpack_from(data, at)
            at += step.size
        elif step == "s":
            text, at = _text(data, at, end)
            args.append(text)
        elif step == "b":
            blob, at = _blob(data, at, end)
            args.append(blob)
        else:
            args.append(_SAID[step])
    return Message(address, tuple(args))


@lru_cache(maxsize=256)
def _plan(tags: str) -> Sequence[struct.Struct | str]:
    """How the arguments of these types are read: runs of numbers at once."""
    if len(tags) > _MOST_ARGUMENTS:
        raise EventError("too_large", f"a message has at most {_MOST_ARGUMENTS} arguments")
    plan: list[struct.Struct | str] = []
    run = ""
    for tag in tags[1:] + " ":
        if tag in _FIXED:
            run += _FIXED[tag]
            continue
        if run:
            plan.append(struct.Struct(">" + run))
            run = ""
        if tag in "sS":
            plan.append("s")
        elif tag == "b" or tag in _SAID:
            plan.append(tag)
        elif tag not in "[] ":
            raise EventError("bad_value", "an argument of a type that OSC 1.0 does not have")
    return plan


def _text(data: bytes, at: int, end: int) -> tuple[str, int]:
    stop = data.find(b"\0", at, end)
    if stop < 0:
        raise EventError("bad_value", "a text without its end")
    after = at + ((stop - at) // 4 + 1) * 4
    if after > end:
        raise EventError("bad_value", "a text that is not filled up to four bytes")
    try:
        return data[at:stop].decode(), after
    except UnicodeDecodeError:
        raise EventError("bad_value", "a text that is not UTF-8") from None


def _blob(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    if at + 4 > end:
        raise EventError("bad_value", "a blob without its length")
    size = _SIZE.unpack_from(data, at)[0]
    after = at + 4 + size + -size % 4
    if size < 0 or after > end:
        raise EventError("bad_value", "a blob with a length that cannot be")
    return data[at + 4 : at + 4 + size], after
