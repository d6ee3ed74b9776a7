"""Keeps a ceremony for the person: recording, stills, vows, log, certificate and album, in one folder of their own.

The ceremony goes on while this writes: everything goes to the disk in a thread. What cannot be written is told once, in
one line, and what is there stays. Killed at any moment, the folder is a keepsake that ``begin`` takes up again.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from ..ceremony import keepsake
from ..ceremony.keepsake import Chapter, Vow
from ..ceremony.script import Script
from ..errors import OutputError
from ..io.outputs import album, certificate, chapters, provenance, safely
from ..io.outputs.still import write_png
from ..paths import config_folder
from ..types import ByteArray
from .keepsakes import MANIFEST, PARTS, VERSION, manifest

ALBUM, CERTIFICATE, VOWS, LOG, VTT = "album.html", "certificate.pdf", "vows.txt", "log.jsonl", "chapters.vtt"
RECORDING: Final = "recording.mp4"
_WAITING: Final = 64
"""Things that may wait to be written; a disk that is further behind holds the ceremony's pictures up, not its words."""


class Keeping:
    """One keepsake. tell : is given each thing that could not be written, in one line; now : the wall clock.

    Every call but ``begin`` and ``finish`` returns at once. ``error`` is the first failure, "" for none."""

    def __init__(
        self, tell: Callable[[str], None] = lambda line: None, now: Callable[[], datetime] = datetime.now
    ) -> None:
        self._tell, self._now = tell, now
        self._script: Script | None = None
        self._language: str | None = None
        self._folder = Path()
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._state: dict[str, Any] = {}
        self._stills = 0
        self._recording = RECORDING
        self.error = ""

    @property
    def folder(self) -> Path:
        """The keepsake's own folder."""
        return self._folder

    @property
    def recording(self) -> Path:
        """Where the recording is to be written: a new file after each ``begin``, so that none is ever lost."""
        return self._folder / self._recording

    def begin(self, script: Script, folder: Path, language: str | None = None) -> None:
        """Make the keepsake in ``folder``, which is new or empty, or go on with the one that is there.

        language : in which the ceremony is held. Raises OutputError where it cannot be made, or the folder holds
        something else.
        """
        self._script, self._folder = script, folder
        self._language = language or script.languages[0]
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise OutputError(f"{folder}: is no folder of its own")
        before = manifest(folder)
        if before is None and folder.is_dir() and any(folder.iterdir()):
            raise OutputError(f"{folder}: has other things in it; a keepsake has a folder of its own")
        safely.folder(folder)
        for part in folder.glob(f"{PARTS}*"):
            part.unlink(missing_ok=True)
        when = self._now().isoformat(timespec="seconds")
        self._state = before or {
            "presence_keepsake": VERSION,
            "kind": script.kind,
            "begun": when,
            "finished": "",
            "vows": [],
            "chapters": [],
            "pictures": [],
            "recordings": [],
        }
        self._stills = max((int(n) for p in folder.glob("picture-*.png") if (n := p.stem[8:]).isdigit()), default=0)
        names = self._state["recordings"]
        self._recording = RECORDING if not names else f"recording-{len(names) + 1}.mp4"
        names.append(self._recording)
        self._save()
        self._mend_log()
        self._thread = threading.Thread(target=self._run, name="keeping", daemon=True)
        self._thread.start()

    def still(self, id: str, image: ByteArray) -> None:
        """A picture for the album. id : the script's; image : (H, W, 3) uint8 RGB, copied."""
        self._stills += 1
        name, copy = f"picture-{self._stills:02d}.png", np.array(image, np.uint8)

        def write() -> None:
            write_png(self._folder / name, copy)
            os.chmod(self._folder / name, 0o600)
            self._state["pictures"].append([name, id])
            self._save()

        self._put(write)

    def vow(self, cue: str, who: str, text: str) -> None:
        """Words that were said to be kept. A vow that is said again (after going back) is kept once."""
        row = [cue, who, text]

        def write() -> None:
            if row not in self._state["vows"]:
                self._state["vows"].append(row)
                self._save()

        self._put(write)

    def log(self, entry: Any) -> None:
        """A line of the log: ``orders.Entry``, or plain values."""
        row = asdict(entry) if is_dataclass(entry) and not isinstance(entry, type) else dict(entry)
        row = {"wall": self._now().isoformat(timespec="milliseconds"), **row}
        self._put(lambda: self._append(row))

    def chapter(self, title: str, at: float) -> None:
        """A chapter of the recording. at : seconds from its first picture."""
        row = [self._recording, title, max(0.0, float(at))]

        def write() -> None:
            self._state["chapters"].append(row)
            self._save()

        self._put(write)

    def finish(self) -> dict[str, str]:
        """Write what waits, the chapters, the certificate and the album; when the recording is closed. The facts: what
        is there, by kind. A second call does nothing. Raises OutputError with the first thing that failed, when all
        that could be written is."""
        if self._thread is None:
            return self.facts()
        for part in (self._chapters, self._vows, self._papers, self._sign, self._finished):
            self._put(part)
        self._put(None)
        self._thread.join()
        self._thread = None
        if self.error:
            raise OutputError(f"{self.error}; what is written stays in {self._folder}")
        return self.facts()

    def facts(self) -> dict[str, str]:
        """The keepsake's folder and the files that a person would open."""
        files = {"album": ALBUM, "certificate": CERTIFICATE, "recording": RECORDING}
        there = {kind: str(self._folder / name) for kind, name in files.items() if (self._folder / name).is_file()}
        return {"keepsake": str(self._folder), **there}

    def _put(self, job: Callable[[], None] | None) -> None:
        if self._thread is not None:
            self._work.put(job)

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            try:
                job()
            except OSError as error:
                self._failed(f"{self._folder}: cannot be written ({safely.why(error)})")
            except OutputError as error:
                self._failed(str(error))

    def _failed(self, line: str) -> None:
        if not self.error:
            self.error = line
            self._tell(line)

    def _save(self) -> None:
        text = json.dumps(self._state, ensure_ascii=False, indent=1)
        safely.write(self._folder / MANIFEST, text.encode() + b"\n")

    def _append(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str) + "\n"
        handle = os.open(self._folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line.encode())

    def _mend_log(self) -> None:
        """A line that was torn off when the program was killed gets its end, so that the next one is whole."""
        with contextlib.suppress(OSError):
            path = self._folder / LOG
            if path.is_file() and not path.read_bytes().endswith(b"\n"):
                kept = path.read_bytes().rpartition(b"\n")
                safely.write(path, kept[0] + kept[1])

    def _rows(self, name: str) -> list[Chapter]:
        rows = [Chapter(title, at) for file, title, at in self._state["chapters"] if file == name]
        return sorted(rows, key=lambda c: c.at)

    def _chapters(self) -> None:
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
                    chapters.add(path, [(c.title, c.at) for c in rows])
            except OutputError as error:
                self._failed(str(error))
            beside = VTT if name == RECORDING else f"{Path(name).stem}-{VTT}"
            safely.write(self._folder / beside, keepsake.webvtt(rows, end).encode())

    def _album(self) -> keepsake.Album:
        assert self._script is not None
        rows: list[dict[str, Any]] = []
        with contextlib.suppress(OSError, ValueError):
            rows = [json.loads(row) for row in (self._folder / LOG).read_text("utf-8").splitlines()]
        return keepsake.album(
            self._script,
            self._language,
            vows=[Vow(*row) for row in self._state["vows"]],
            chapters=self._rows(RECORDING),
            pictures=[(name, id) for name, id in self._state["pictures"] if (self._folder / name).is_file()],
            log=rows,
            date=str(self._state["begun"])[:10],
        )

    def _vows(self) -> None:
        kept = self._album()
        if kept.vows:
            said = "\n\n".join(f"{name} ({role})\n{text}" for name, role, text in kept.vows)
            head = f"{kept.labels['symbolic']}. {kept.labels['made']}.\n{kept.not_real}"
            safely.write(self._folder / VOWS, f"{head}\n\n{said}\n".encode())

    def _papers(self) -> None:
        kept = self._album()
        safely.write(self._folder / CERTIFICATE, certificate.certificate(kept, self._now().astimezone()))
        film = RECORDING if (self._folder / RECORDING).is_file() else ""
        safely.write(self._folder / ALBUM, album.page(kept, self._picture, film).encode())

    def _sign(self) -> None:
        """Each file that can carry a signed mark, once; the certificate is new each time."""
        seal = provenance.sealer(config_folder())
        if seal is None:
            return
        signed = self._state.setdefault("signed", [])
        names = [*(name for name, _ in self._state["pictures"]), *self._state["recordings"]]
        for name in (*(n for n in names if n not in signed), CERTIFICATE):
            if (self._folder / name).is_file():
                seal.seal(self._folder / name)
                signed += [name] if name != CERTIFICATE else []

    def _picture(self, name: str) -> ByteArray:
        image = cv2.imread(str(self._folder / name), cv2.IMREAD_COLOR)
        if image is None:
            raise OutputError(f"{self._folder / name}: cannot be read any more")
        rgb: ByteArray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
        return rgb

    def _finished(self) -> None:
        self._state["finished"] = self._now().isoformat(timespec="seconds")
        self._save()
