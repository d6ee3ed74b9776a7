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

import numpy as np

from ..ceremony.script import Script
from ..errors import OutputError
from ..io.outputs import safely
from ..io.outputs.still import write_png
from ..types import ByteArray
from .keepsakes import MANIFEST, PARTS, VERSION, copies, delete, manifest, one
from .papers import ALBUM, CERTIFICATE, LOG, RECORDING, Papers, mend_log

RUNNING: Final = f"{PARTS}running"
"""Held by the process that writes a keepsake, while it does."""
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
        self._earlier: list[list[str]] = []
        self._recording = RECORDING
        self._held: int | None = None
        self._forgotten = False
        self.error = ""

    @property
    def folder(self) -> Path:
        """The keepsake's own folder."""
        return self._folder

    @property
    def recording(self) -> Path:
        """Where the recording is to be written: a new file after each ``begin``, so that none is ever lost."""
        return self._folder / self._recording

    def begin(self, script: Script, folder: Path, language: str | None = None, beside: Path | None = None) -> None:
        """Make the keepsake in ``folder``, which is new or empty, or go on with the one that is there.

        language : in which the ceremony is held; beside : folder of its checkpoint and log, which are deleted with it.
        Raises OutputError where it cannot be made, or the folder holds
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
        # of what the album is made, also where nobody comes back to this ceremony and its file is gone
        self._state |= {"script": script.model_dump(mode="json", by_alias=True), "language": self._language}
        self._state.pop("cut_off", None)
        self._forgotten = self._state.get("forgotten") is True
        with contextlib.suppress(OSError):
            self._held = safely.hold(folder / RUNNING)
        names = self._state["recordings"]
        self._recording = RECORDING if not names else f"recording-{len(names) + 1}.mp4"
        names.append(self._recording)
        self._state.setdefault("begins", []).append(when)
        self._state["finished"] = ""
        if beside is not None:
            self._state["beside"] = str(beside.resolve())
        self._earlier = [row[:] for row in self._state["pictures"]]
        self._save()
        mend_log(folder / LOG)
        self._thread = threading.Thread(target=self._run, name="keeping", daemon=True)
        self._thread.start()

    def still(self, id: str, image: ByteArray, cue: str = "") -> Path:
        """A picture for the album; where it is going to be. id, cue : the script's; image : (H, W, 3) uint8 RGB.

        Taken again because the program was killed in the middle of its cue, it takes the place of the one before.
        """
        self._stills += 1
        name, copy = f"picture-{self._stills:02d}.png", np.array(image, np.uint8)

        def write() -> None:
            write_png(self._folder / name, copy)
            os.chmod(self._folder / name, 0o600)
            rows, row = self._state["pictures"], [name, id, cue]
            old = next((k for k, r in enumerate(rows) if cue and r in self._earlier and r[1:] == row[1:]), None)
            if old is None:
                rows.append(row)
                self._save()
                return
            before, rows[old] = rows[old], row
            self._save()
            (self._folder / before[0]).unlink(missing_ok=True)

        self._put(write)
        return self._folder / name

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

    def chapter(self, title: str, at: float, scene: str = "", cue: str = "") -> None:
        """A chapter of the recording. at : seconds from its first picture; scene : title of the scene that begins."""
        row = [self._recording, title, max(0.0, float(at)), scene, cue]

        def write() -> None:
            self._state["chapters"].append(row)
            self._save()

        self._put(write)

    @property
    def forgotten(self) -> bool:
        """Is it to be deleted at its end? Also after a kill, until the word is taken back."""
        return self._forgotten

    def forget(self, on: bool) -> None:
        """It is to be deleted at its end, or (False) it is not. Until then it is written as before. Any thread."""
        self._forgotten = on

        def write() -> None:
            self._state["forgotten"] = on
            self._save()

        self._put(write)

    @property
    def filmed(self) -> bool:
        """Was a part of it recorded?"""
        return any((self._folder / name).is_file() for name in self._state["recordings"])

    def films(self) -> list[Path]:
        """The recordings that are there, in order."""
        return [path for name in self._state["recordings"] if (path := self._folder / name).is_file()]

    def copied(self, path: Path) -> None:
        """A copy of a recording is there too, outside: it is deleted with the keepsake unless it was changed since."""
        found = path.stat()
        row = [str(path.resolve()), found.st_size, found.st_mtime_ns]
        self._state["copies"] = [r for r in self._state.get("copies", []) if r[0] != row[0]] + [row]
        self._save()

    def elsewhere(self) -> list[Path]:
        """Copies of its films that are there, outside, as they were made."""
        found = one(self._folder)
        return [path for path, same in copies(found) if same] if found is not None else []

    def settle(self, longest: float = 3.0) -> None:
        """Wait, at most ``longest`` seconds, until all that was given is on the disk."""
        with self._work.all_tasks_done:
            self._work.all_tasks_done.wait_for(lambda: not self._work.unfinished_tasks, longest)

    def abandon(self) -> None:
        """Write no more, and delete what there is; with what else belongs to it. Raises OutputError."""
        if self._thread is not None:
            self._put(None)
            self._thread.join()
            self._thread = None
            self._release()
        found = one(self._folder)
        if found is not None:
            delete(found, everything=True)

    def finish(self) -> dict[str, str]:
        """Write what waits, the chapters, the certificate and the album; when the recording is closed. The facts: what
        is there, by kind. A second call does nothing. Raises OutputError with the first thing that failed, when all
        that could be written is."""
        script = self._script
        if self._thread is None or script is None:
            return self.facts()
        papers = Papers(self._folder, self._state, script, self._language, self._now, self._failed)
        for part in (papers.chapters, papers.vows, papers.papers, papers.sign, self._finished):
            self._put(part)
        self._put(None)
        self._thread.join()
        self._thread = None
        self._release()
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
            finally:
                self._work.task_done()

    def _failed(self, line: str) -> None:
        if not self.error:
            self.error = line
            self._tell(line)

    def _release(self) -> None:
        with contextlib.suppress(OSError):
            safely.release(self._folder / RUNNING, self._held)
        self._held = None

    def _save(self) -> None:
        text = json.dumps(self._state, ensure_ascii=False, indent=1)
        safely.write(self._folder / MANIFEST, text.encode() + b"\n")

    def _append(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str) + "\n"
        handle = os.open(self._folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line.encode())

    def _finished(self) -> None:
        self._state["finished"] = self._now().isoformat(timespec="seconds")
        self._save()
