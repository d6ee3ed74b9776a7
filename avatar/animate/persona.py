"""A persona: the manner of one companion, as a small TOML file of numbers from 0 to 1 and a few switches.

Every trait is 0.5 by default, which leaves each multiplier at 1. The traits say what kind of person it is; the
properties below them say what that means for a movement, so that nothing else needs to know a trait. docs/PERSONAS.md
is the same for whoever writes such a file.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from ..errors import AssetError, ModelError
from ..paths import assets
from . import persona_tables as tables

TRAITS: Final = ("energy", "openness", "gaze", "tempo", "expressivity")
SWITCHES: Final = ("quiet", "beats", "accents", "greets", "smiles_back", "answers", "nods", "turns")
ARTICULATION: Final = (0.4, 1.5)
LARGEST: Final = 64 << 10
"""Bytes of a persona's file."""
MOST_SEED: Final = 2**31 - 1
_LONGEST_ABOUT: Final = 200
_TABLES: Final[dict[str, Callable[[object], Any]]] = {"tags": tables.tags, "chat": tables.chat}
_CYCLE: Final = (6.0, 5.0)
"""Seconds from one look away to the next at tempo 0.5, listening and speaking."""
_LISTENING: Final = (0.55, 0.75, 0.92)
_SPEAKING: Final = (0.25, 0.40, 0.65)


def _between(trait: float, low: float, middle: float, high: float) -> float:
    """Straight from ``low`` at 0 through ``middle`` at a half to ``high`` at 1."""
    if trait <= 0.5:
        return low + (middle - low) * trait * 2
    return middle + (high - middle) * (trait * 2 - 1)


@dataclass(frozen=True, slots=True)
class Persona:
    """energy : how strongly and how much it moves; openness : how wide its gestures are; gaze : how much it looks at
    the person; tempo : how quickly it does things; expressivity : how much face and head go with what it says;
    quiet : no gesture that nobody asked for; beats, accents : whether hands, and head and brows, go with speech;
    greets, smiles_back, answers, nods : whether it greets who comes, returns a smile, a wave or a bow, and nods while
    the person speaks; turns : whether it looks at somebody else who talks; seed : of everything random; articulation :
    how distinctly the mouth speaks, 0.4 a mumble, 1.5 over-articulated; tags : what its words in
    tags mean; chat : who it is in a chat. Traits are 0 to 1."""

    name: str = "default"
    energy: float = 0.5
    openness: float = 0.5
    gaze: float = 0.5
    tempo: float = 0.5
    expressivity: float = 0.5
    quiet: bool = False
    beats: bool = True
    accents: bool = True
    greets: bool = True
    smiles_back: bool = True
    answers: bool = True
    nods: bool = True
    turns: bool = True
    seed: int = 0
    about: str = ""
    articulation: float = 1.0
    tags: tables.Tags = tables.NO_TAGS
    chat: tables.Chat = tables.NO_CHAT

    @property
    def gesture_amplitude(self) -> float:
        """Times the size of a gesture, 0.7 to 1.2: energy and openness in equal parts."""
        return _between((self.energy + self.openness) / 2, 0.7, 1.0, 1.2)

    @property
    def idle_amplitude(self) -> float:
        """Times the sway and small turns of standing there, 0.6 to 1.35."""
        return _between(self.energy, 0.6, 1.0, 1.35)

    @property
    def listening(self) -> float:
        """Times how far it leans towards a person it listens to, 0.5 to 1.4."""
        return _between(self.openness, 0.5, 1.0, 1.4)

    @property
    def pace(self) -> float:
        """Times the speed of gestures, idle life and gaze, 0.8 to 1.25; a length in seconds is divided by it."""
        return float(1.25 ** (2 * self.tempo - 1))

    @property
    def speech_rate(self) -> float:
        """Times the pace of its voice, 0.9 to 1.12: by tempo, less than its movements, for words must be understood."""
        return _between(self.tempo, 0.9, 1.0, 1.12)

    @property
    def beat_rate(self) -> float:
        """Most beats of the hands in a minute of its speech, 0 to 22; 10 at a half; 0 for a quiet one."""
        if self.quiet or not self.beats:
            return 0.0
        return _between((self.energy + self.expressivity) / 2, 0.0, 10.0, 22.0)

    @property
    def head_accent(self) -> float:
        """Times the size of nods and shakes with speech, 0.5 to 1.4; 0 where they are switched off."""
        return _between(self.expressivity, 0.5, 1.0, 1.4) if self.accents else 0.0

    @property
    def brow_accent(self) -> float:
        """Times the rise of the brows with speech, 0.4 to 1.5; 0 where they are switched off."""
        return _between(self.expressivity, 0.4, 1.0, 1.5) if self.accents else 0.0

    @property
    def blink_rate(self) -> float:
        """Times the rate of blinks, 0.85 to 1.2."""
        return _between(self.energy, 0.85, 1.0, 1.2)

    def gaze_share(self, speaking: bool) -> float:
        """Share of the time that its eyes are on the person's: about 0.75 of listening and 0.40 of speaking, as two
        people who talk do (Argyle and Cook 1976); 0.55 to 0.92 and 0.25 to 0.65 over the trait."""
        return _between(self.gaze, *(_SPEAKING if speaking else _LISTENING))

    def contact_seconds(self, speaking: bool) -> float:
        """Mean length of one look at the person. At a half: 4.5 s listening, 2 s speaking (glances of a conversation
        last about 3 s, Argyle and Cook 1976)."""
        return _CYCLE[speaking] * self.gaze_share(speaking) / self.pace

    def aversion_seconds(self, speaking: bool) -> float:
        """Mean length of one look away. At a half: 1.5 s listening, 3 s speaking, so that the two lengths keep
        ``gaze_share``."""
        return _CYCLE[speaking] * (1 - self.gaze_share(speaking)) / self.pace

    @property
    def fixation_seconds(self) -> float:
        """Times the rest between small saccades within the face, 1.25 to 0.8."""
        return 1 / self.pace


def names() -> list[str]:
    """Names of the house personas, sorted; ``default`` is one without a file."""
    return sorted({"default", *(p.stem for p in (assets() / "personas").glob("*.toml"))})


def load(name_or_path: str | Path) -> Persona:
    """A house persona by its name, or the persona in a person's own ``.toml`` file.

    Raises AssetError where there is neither, ModelError (file, key and rule) where the file is not a persona.
    """
    own = Path(name_or_path).expanduser()
    if own.suffix.lower() == ".toml":
        if not own.is_file():
            raise AssetError(f"{own}: there is no such file")
        return read(own)
    name = str(name_or_path)
    if name not in names():
        raise AssetError(f"there is no persona named '{name}' (house personas: {', '.join(names())})")
    house = assets() / "personas" / f"{name}.toml"
    return read(house) if house.is_file() else Persona(name)


def read(path: Path) -> Persona:
    """The persona in a file. Raises ModelError: unreadable, too large, not TOML, unknown key, or a value out of its
    rule."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ModelError(path, "", f"cannot be read ({error.strerror or error})") from None
    if len(data) > LARGEST:
        raise ModelError(path, "", f"is larger than {LARGEST >> 10} KiB, more than any persona needs")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ModelError(path, "", "is not UTF-8 text, so it is no TOML") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ModelError(path, "", f"is not TOML: {error}") from None
    return _checked(path, table)


def _checked(path: Path, table: dict[str, Any]) -> Persona:
    known = [field.name for field in fields(Persona)]
    values: dict[str, Any] = {"name": path.stem}
    for key, value in table.items():
        if key not in known:
            raise ModelError(path, f"/{key[:40]}", f"is not a key of a persona; the keys are {', '.join(known)}")
        if (read_table := _TABLES.get(key)) is not None:
            try:
                values[key] = read_table(value)
            except tables.BrokenError as error:
                raise ModelError(path, f"/{key}{error.pointer}", str(error)) from None
            continue
        values[key] = value
        if rule := _broken(key, value):
            raise ModelError(path, f"/{key}", rule)
    for trait in TRAITS:
        values[trait] = float(values.get(trait, 0.5))
    values["articulation"] = float(values.get("articulation", 1.0))
    return Persona(**values)


def _broken(key: str, value: object) -> str:
    """The rule that a value breaks, in words; "" when it is right."""
    if key in TRAITS or key == "articulation":
        low, high = (0.0, 1.0) if key in TRAITS else ARTICULATION
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"must be a number from {low:g} to {high:g}"
        if not math.isfinite(value):
            return f"must be finite, a number from {low:g} to {high:g}"
        return "" if low <= value <= high else f"is {value:.6g}; it must be from {low:g} to {high:g}"
    if key in SWITCHES:
        return "" if isinstance(value, bool) else "must be true or false"
    if key == "seed":
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be a whole number"
        return "" if 0 <= value <= MOST_SEED else f"must be from 0 to {MOST_SEED}"
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST_ABOUT:
        return f"must be a line of text, at most {_LONGEST_ABOUT} characters"
    return ""
