"""A keepsake at its end: chapters in its recordings, the vows as text, certificate, album and marks."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from ..ceremony import keepsake
from ..ceremony.keepsake import Chapter, Part, Vow
from ..ceremony.script import Script
from ..errors import OutputError
from ..io.outputs import album, certificate, chapters, provenance, safely
from ..paths import config_folder
from ..types import ByteArray

ALBUM, CERTIFICATE, VOWS, LOG, VTT = "album.html", "certificate.pdf", "vows.txt", "log.jsonl", "chapters.vtt"
RECORDING: Final = "recording.mp4"


class Papers:
    """Of the keepsake in ``folder``. state : its manifest; script, language : of the ceremony; now : the wall clock;
    failed : is given what could not be done where the rest goes on.

    What cannot be written otherwise raises OutputError or OSError."""

    def __init__(
        self,
        folder: Path,
        state: dict[str, Any],
        script: Script,
        language: str | None,
        now: Callable[[], datetime],
        failed: Callable[[str], None],
    ) -> None:
        self._folder, self._state, self._script, self._language = folder, state, script, language
        self._now, self._failed = now, failed

    def chapters(self) -> None:
        """Into each recording, and beside it."""
        for name in self._state["recordings"]:
            path, rows = self._folder / name, self._rows(name)
            if not path.is_file() or not path.stat().st_size:
                continue
            os.chmod(path, 0o600)
            end = rows[-1].at if rows else 0.0
            try:
                end = chapters.length(path)
                if rows and not chapters.read(path):
                    chapters.add(path, [(c.named, c.at) for c in rows])
            except OutputError as error:
                self._failed(str(error))
            beside = VTT if name == RECORDING else f"{Path(name).stem}-{VTT}"
            safely.write(self._folder / beside, keepsake.webvtt(rows, end).encode())

    def vows(self) -> None:
        """As text, where any were said."""
        kept = self._album()
        if kept.vows:
            said = "\n\n".join(f"{name} ({role})\n{text}" for name, role, text in kept.vows)
            head = f"{kept.labels['symbolic']}. {kept.labels['made']}.\n{kept.not_real}"
            safely.write(self._folder / VOWS, f"{head}\n\n{said}\n".encode())

    def papers(self) -> None:
        """The certificate and the album."""
        kept = self._album()
        safely.write(self._folder / CERTIFICATE, certificate.certificate(kept, self._now().astimezone()))
        safely.write(self._folder / ALBUM, album.page(kept, self._picture).encode())

    def sign(self) -> None:
        """Each file that can carry a signed mark, once: the pictures, films that are no fragments any more, and the
        certificate, which is new each time."""
        seal = provenance.sealer(config_folder())
        if seal is None:
            return
        signed = self._state.setdefault("signed", [])
        films = [n for n in self._state["recordings"] if (p := self._folder / n).is_file() and chapters.read(p)]
        for name in (*(row[0] for row in self._state["pictures"]), *films):
            if name not in signed and (self._folder / name).is_file():
                seal.seal(self._folder / name)
                signed.append(name)
        seal.seal(self._folder / CERTIFICATE)

    def _rows(self, name: str) -> list[Chapter]:
        rows = [Chapter(title, at, *rest) for file, title, at, *rest in self._state["chapters"] if file == name]
        return sorted(rows, key=lambda c: c.at)

    def _parts(self) -> list[Part]:
        names, begins = self._state["recordings"], self._state.get("begins", [])
        return [
            Part(
                tuple(self._rows(name)),
                name if (self._folder / name).is_file() else "",
                str(begins[k])[11:16] if k < len(begins) else "",
            )
            for k, name in enumerate(names)
        ]

    def _album(self) -> keepsake.Album:
        rows: list[dict[str, Any]] = []
        with contextlib.suppress(OSError, ValueError):
            rows = [json.loads(row) for row in (self._folder / LOG).read_text("utf-8").splitlines()]
        return keepsake.album(
            self._script,
            self._language,
            vows=[Vow(*row) for row in self._state["vows"]],
            parts=self._parts(),
            pictures=[(row[0], row[1]) for row in self._state["pictures"] if (self._folder / row[0]).is_file()],
            log=rows,
            date=str(self._state["begun"])[:10],
        )

    def _picture(self, name: str) -> ByteArray:
        image = cv2.imread(str(self._folder / name), cv2.IMREAD_COLOR)
        if image is None:
            raise OutputError(f"{self._folder / name}: cannot be read any more")
        rgb: ByteArray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
        return rgb


def mend_log(path: Path) -> None:
    """A line that was torn off when the program was killed is left out, so that the next one is whole."""
    with contextlib.suppress(OSError):
        if path.is_file() and not path.read_bytes().endswith(b"\n"):
            kept = path.read_bytes().rpartition(b"\n")
            safely.write(path, kept[0] + kept[1])
