"""Pictures within a ceremony: counted down on the picture, a burst, and of it the one with the person's eyes open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from ..ceremony import actions
from ..ceremony.orders import Posed
from ..errors import OutputError
from ..stage.scene import Scene
from ..tracking.portrait import Shot, best, shot
from ..types import ByteArray, Observation

COUNTED: Final = {
    "en": ("One.", "Two.", "Three.", "Four.", "Five.", "Six.", "Seven.", "Eight.", "Nine.", "Ten."),
    "ja": ("いち。", "に。", "さん。", "よん。", "ご。", "ろく。", "なな。", "はち。", "きゅう。", "じゅう。"),
}
_SMILE: Final = 0.6


class Lens(Protocol):
    """What takes pictures: the engine."""

    scene: Scene
    count: str

    @property
    def seen(self) -> Observation | None:
        """The newest that is known of the person."""

    def portrait(self) -> ByteArray:
        """(H, W, 3) uint8 RGB, without words or marks."""

    def hold_still(self, on: bool = True) -> None:
        """Answer no sign of the person's, or answer again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the companion stands, as ``presence.move`` has it."""

    anchor: str
    offset: tuple[float, float, float] | None = None
    turn: float | None = None
    scale: float | None = None


class Posing:
    """send : one event to the engine, the code of its error or ""; picture : a copy of the newest picture; keep : takes
    (id, picture, cue) and keeps it, why it could not or ""; language : in which it is counted; anchor : where the
    companion stands at first.

    ``engine`` is set when there is one; without it, as in tests of other things, pictures are the newest ones."""

    def __init__(
        self,
        send: Callable[..., str],
        picture: Callable[[], ByteArray],
        keep: Callable[[str, ByteArray, str], str],
        language: str,
        anchor: str,
    ) -> None:
        self.engine: Lens | None = None
        self.place = Place(anchor)
        self.mood, self.looks = actions.Express(express="neutral"), actions.Gaze(gaze="user")
        """As the ceremony had them last; after a picture they are so again."""
        self.chosen: list[Shot] = []
        """Of each burst that is over, what is known of the picture that was kept."""
        self._send, self._picture, self._keep, self._language = send, picture, keep, language
        self._burst: list[tuple[ByteArray, Shot | None]] = []
        self._posing: Posed | None = None

    def moved(self, to: actions.Move) -> None:
        """The ceremony moved the companion; there it goes back to."""
        self.place = Place(to.move, to.offset, to.turn, to.scale)

    def step(self, one: Posed, cue: str) -> str:
        """A moment of a posed picture; why it could not be, "" when it could."""
        match one.what:
            case "begin":
                return self._begin(one)
            case "count":
                self._count(str(one.number))
                if one.aloud:
                    words = COUNTED.get(self._language.split("-")[0], COUNTED["en"])
                    return self._send("presence.say", text=words[one.number - 1], language=self._language)
            case "shoot":
                self._count("")
                self._burst.append(self._shoot())
            case "keep":
                return self._best(one.picture, cue)
            case "end":
                self.drop()
        return ""

    def drop(self) -> None:
        """Pose no more: the number is off the picture, and the companion is free and where it was."""
        self._count("")
        self._burst.clear()
        one, self._posing = self._posing, None
        if one is None:
            return
        if self.engine is not None:
            self.engine.hold_still(False)
        if one.beside is not None:
            self._move(self.place)
        if one.smile is not None:
            mood = self.mood
            self._send("presence.express", expression=mood.express, intensity=mood.intensity)
        if self.looks.gaze != "camera":
            point = None if self.looks.point is None else list(self.looks.point)
            self._send("presence.gaze", target=self.looks.gaze, point=point)

    def photograph(self) -> ByteArray:
        """(H, W, 3) uint8 RGB without words or marks on it."""
        return self.engine.portrait() if self.engine is not None else self._picture()

    def _begin(self, one: Posed) -> str:
        self._posing = one
        self._burst.clear()
        if self.engine is not None:
            self.engine.hold_still()
        failed = self._send("presence.gaze", target="camera")
        if one.smile is not None:
            failed = self._send("presence.express", expression=one.smile, intensity=_SMILE) or failed
        if one.beside is not None:
            failed = self._move(Place(f"{one.beside}-half")) or failed
        return failed

    def _move(self, to: Place) -> str:
        offset = None if to.offset is None else list(to.offset)
        return self._send("presence.move", anchor=to.anchor, offset=offset, turn=to.turn, scale=to.scale)

    def _count(self, number: str) -> None:
        if self.engine is not None:
            self.engine.count = number

    def _shoot(self) -> tuple[ByteArray, Shot | None]:
        picture, engine = self.photograph(), self.engine
        if engine is None:
            return picture, None
        frame, seen = engine.scene.frame, engine.seen
        return picture, shot(frame.image if frame is not None else picture, seen.face if seen else None)

    def _best(self, name: str, cue: str) -> str:
        burst, self._burst = self._burst, []
        if not burst:
            return "no picture was taken"
        known: list[Any] = [one for _, one in burst]
        index = best(known) if all(one is not None for one in known) else len(burst) - 1
        if known[index] is not None:
            self.chosen.append(known[index])
        return self._keep(name, burst[index][0], cue)


def written(folder: Path, pictures: list[Path], write: Callable[[Path, ByteArray], None]) -> Callable[..., str]:
    """Keeps stills in a folder, where there is no keepsake. pictures : takes where they are."""

    def keep(name: str, image: ByteArray, cue: str) -> str:
        path = folder / f"{name}.png"
        try:
            write(path, image)
        except OutputError as error:
            return str(error)
        pictures.append(path)
        return ""

    return keep
