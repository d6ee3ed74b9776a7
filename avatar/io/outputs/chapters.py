"""Chapters in a recording that is over. A fragmented file has its head before its chapters are known, so the streams
are put, unchanged, into a file with a whole head beside it, which then takes its name."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import av

from ...errors import OutputError
from .still import XMP

_TICK: Final = Fraction(1, 1000)
_XMP_BOX: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_KEPT: Final = ("title", "comment", "description")


def add(path: Path, chapters: Sequence[tuple[str, float]], to: Path | None = None) -> None:
    """Give a recording (.mp4, .mkv) chapters. chapters : (title, seconds from its beginning), in order of time; to :
    another file (.mp4, .mkv) that has them instead, and ``path`` stays as it is.

    Picture and sound are not encoded again. Raises OutputError when it cannot be done; the recording is then as it
    was.
    """
    to = path if to is None else to
    part = to.with_name(f".part-{to.name}")
    try:
        with av.open(str(path)) as source:
            end = (source.duration or 0) / av.time_base
            options = {"movflags": "faststart"} if to.suffix.lower() == ".mp4" else {}
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            with av.open(str(part), "w", options=options) as out:
                out.metadata.update({k.lower(): v for k, v in source.metadata.items() if k.lower() in _KEPT})
                out.set_chapters(cast(Any, _rows(chapters, end)))
                streams = {
                    s.index: out.add_stream_from_template(cast(Any, s)) for s in source.streams if s.type != "data"
                }
                for packet in source.demux():
                    if packet.dts is not None and packet.stream.index in streams:
                        packet.stream = cast(Any, streams[packet.stream.index])
                        out.mux(packet)
        if to.suffix.lower() == ".mp4":
            _mark(part)
        os.replace(part, to)
    except (OSError, ValueError, av.FFmpegError) as error:
        with contextlib.suppress(OSError):
            part.unlink()
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{to}: the chapters could not be put in ({reason}); the recording is as it was") from None


def _mark(path: Path) -> None:
    """The XMP packet that says what it is, as a last box, where other programs look for it (XMP part 3, 1.2.7.1)."""
    body = _XMP_BOX + XMP.encode()
    with open(path, "ab") as file:
        file.write(struct.pack(">I4s", 8 + len(body), b"uuid") + body)


def xmp_of(path: Path) -> str:
    """The XMP packet of an .mp4, "" for none. Raises OutputError."""
    try:
        with open(path, "rb") as file:
            while len(head := file.read(8)) == 8:
                size, kind = struct.unpack(">I4s", head)
                skip = size - 8
                if size == 1:
                    skip = struct.unpack(">Q", file.read(8))[0] - 16
                if kind == b"uuid":
                    body = file.read(min(skip, 1 << 20))
                    if body.startswith(_XMP_BOX):
                        return body[16:].decode("utf-8", "replace")
                    skip -= len(body)
                if size == 0 or skip < 0:
                    break
                file.seek(skip, os.SEEK_CUR)
    except (OSError, struct.error) as error:
        raise OutputError(f"{path}: cannot be read ({error})") from None
    return ""


def read(path: Path) -> list[tuple[str, float]]:
    """(title, seconds) of a recording's chapters. Raises OutputError."""
    try:
        with av.open(str(path)) as source:
            return [(c["metadata"].get("title", ""), float(c["start"] * c["time_base"])) for c in source.chapters()]
    except (OSError, av.FFmpegError) as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror or error})") from None


def length(path: Path) -> float:
    """Seconds of a recording. Raises OutputError."""
    try:
        with av.open(str(path)) as source:
            return float((source.duration or 0) / av.time_base)
    except (OSError, av.FFmpegError) as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror or error})") from None


def _rows(chapters: Sequence[tuple[str, float]], end: float) -> list[dict[str, Any]]:
    inside = [(title, at) for title, at in chapters if 0 <= at < end]
    ends = [at for _, at in inside[1:]] + [end]
    return [
        {
            "id": k,
            "start": round(at * 1000),
            "end": round(until * 1000),
            "time_base": _TICK,
            "metadata": {"title": title},
        }
        for k, ((title, at), until) in enumerate(zip(inside, ends, strict=True), 1)
        if until > at
    ]
