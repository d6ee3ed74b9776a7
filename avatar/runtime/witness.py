"""What of a ceremony is worth keeping, as it happens: the words that were really said, the chapters, the log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..ceremony import actions, orders
from ..ceremony.director import Director
from ..ceremony.keepsake import Chapter
from ..types import ByteArray
from .remembering import Keeping


class Witness:
    """director : of the ceremony, restored already where it goes on; keeping : its keepsake, None = none is made;
    unkept : no still is written either, for the person wants nothing of it on the disk.

    A vow counts when its line has come to its end: one that was broken off was not said."""

    def __init__(self, director: Director, keeping: Keeping | None = None, unkept: bool = False) -> None:
        self.keeping, self.unkept = keeping, unkept
        self.chapters: list[Chapter] = []
        """Of what is performed now, whether anything is kept or not."""
        self._lock, self._over = threading.Lock(), False
        self._director = director
        self._logged = len(director.log)
        self._said: dict[str, orders.Line] = {}
        self._cut: dict[str, str] = {}
        self._scene = -1
        self._zero: float | None = None

    @property
    def name(self) -> str:
        """The keepsake's folder, "" for none; a checkpoint has it, so that the same one is gone on with."""
        return "" if self.keeping is None else str(self.keeping.folder.resolve())

    @property
    def done(self) -> bool:
        """Is the ceremony over, so that nobody goes on with it?"""
        return self._director.mode in ("ended", "stopped")

    @property
    def forgotten(self) -> bool:
        """Does the person want nothing of it to be kept?"""
        return self.keeping is not None and self.keeping.forgotten

    def forget(self, on: bool) -> bool:
        """Nothing of it is to be kept, or (False) all of it is; False when its end is past. Any thread."""
        with self._lock:
            if self._over or self.keeping is None:
                return False
            self.keeping.forget(on)
            return True

    def over(self) -> None:
        """From now on ``forgotten`` stays as it is."""
        with self._lock:
            self._over = True

    def sees(self, commands: Sequence[orders.Command], now: float) -> None:
        """The director's commands of ``now``, before they are carried out."""
        self._zero = now if self._zero is None else self._zero
        does = [c for c in commands if isinstance(c, orders.Do)]
        shown = {(c.cue, str(c.action.caption)) for c in does if isinstance(c.action, actions.Caption)}
        for command in commands:
            match command:
                case orders.Hush(utterance):
                    for name in [utterance] if utterance is not None else list(self._said):
                        line = self._said.get(name)
                        # a line that could not be heard is shown instead, for as long: that is how it was said
                        if line is not None and (line.cue, line.text) not in shown:
                            self._cut[line.cue] = self._said.pop(name).text
                case orders.Calm():
                    self._said.clear()
        running = {line.utterance for line in self._director.view().lines}
        for name in [name for name in self._said if name not in running]:
            line = self._said.pop(name)
            if self.keeping is not None:
                self.keeping.vow(line.cue, line.who, line.text)
        for command in commands:
            match command:
                case orders.Line(vow=True):
                    whole = self._cut.get(command.cue, "")
                    # after a pause only the sentences that were not heard yet are said: the vow is all of them
                    rest = whole.endswith(command.text.strip()) and bool(command.text.strip())
                    self._said[command.utterance] = replace(command, text=whole) if rest else command
                case orders.News("started"):
                    self._chapter(command)
        if self.keeping is not None:
            for entry in self._director.log[self._logged :]:
                self.keeping.log(entry)
        self._logged = len(self._director.log)

    def stills(self, pictures: list[Path]) -> Callable[[str, ByteArray, str], str] | None:
        """What keeps (id, picture, cue) of a still; None where there is no keepsake and nobody minds where it goes.
        pictures : takes where they are."""
        keeping = self.keeping
        if self.unkept:
            return lambda name, image, cue: ""
        if keeping is None:
            return None

        def keep(name: str, image: ByteArray, cue: str) -> str:
            pictures.append(keeping.still(name, image, cue))
            return ""

        return keep

    def settle(self) -> None:
        """What was kept is on the disk before anything says that it happened."""
        if self.keeping is not None:
            self.keeping.settle()

    def _chapter(self, news: orders.News) -> None:
        step, words = self._director.plan.step(news.cue), self._director.words
        if step is None or self._zero is None:
            return
        scene = ""
        if step.scene != self._scene:
            self._scene, scene = step.scene, words(self._director.ceremony.script.scenes[step.scene].title)
        title = words(step.cue.label) or scene
        if not title:
            return
        chapter = Chapter(title, max(0.0, news.at - self._zero), scene, news.cue)
        self.chapters.append(chapter)
        if self.keeping is not None:
            self.keeping.chapter(chapter.title, chapter.at, chapter.scene, chapter.cue)
