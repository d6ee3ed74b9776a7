"""What a cue can do: one model for each action. The first key of an action in a script is its verb."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Role: TypeAlias = Literal["person", "companion", "officiant", "reader", "guests"]
ROLES: Final[tuple[Role, ...]] = ("person", "companion", "officiant", "reader", "guests")

LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=3600)]
Language = Annotated[str, Field(pattern=rf"^{LANGUAGE.pattern}$", max_length=35)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
File = Annotated[str, Field(min_length=1, max_length=255)]
"""Of a file in the ceremony's own folder."""
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Text: TypeAlias = Words | Annotated[dict[Language, Words], Field(min_length=1)]
"""One text for every language, or one for each."""


class Model(BaseModel):
    """Base of everything in a script: no unknown key, nothing guessed, nothing changed afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Say(Model):
    """A line. Of the companion it is spoken and captioned; of a human it is shown to be read, and ends when the
    officiant gives GO (rehearsed by itself: after the time that reading it takes)."""

    say: Text
    who: Role | None = Field(default=None, description="Whose line it is; without it, the cue's `who`.")
    expression: Name | None = Field(default=None, description="Shown while it is spoken.")
    intensity: Fraction | None = None
    voice: Name | None = None
    file: File | None = Field(default=None, description="A recording of the line, in the ceremony's folder.")


class Vow(Model):
    """A line that is a vow: the same as a line, and it is kept for the album."""

    vow: Text
    who: Role | None = None
    expression: Name | None = None
    intensity: Fraction | None = None
    voice: Name | None = None
    file: File | None = None


class Gesture(Model):
    """A gesture of the companion's, begun now; `wait` before the next action where it is to be over."""

    gesture: Name
    intensity: Fraction | None = None
    seconds: Seconds | None = None


class Express(Model):
    """An expression of the companion's, until the next one or for `seconds`."""

    express: Name
    intensity: Fraction = 1.0
    seconds: Seconds | None = None
    fade: Seconds | None = None


class Gaze(Model):
    """Where the companion looks. `point`: x, y, z in metres from the lens, right, up, towards the viewer."""

    gaze: Literal["user", "camera", "away", "point"]
    point: tuple[float, float, float] | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return _tuples(value, "point")

    @model_validator(mode="after")
    def _point_is_there(self) -> Gaze:
        if (self.gaze == "point") != (self.point is not None):
            raise ValueError("gaze 'point' and a 'point' go together")
        return self


class Move(Model):
    """Where the companion stands: an anchor, as `--anchor` has it."""

    move: Name
    offset: tuple[float, float, float] | None = None
    turn: float | None = None
    scale: Annotated[float, Field(gt=0, le=100)] | None = None
    seconds: Seconds | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return _tuples(value, "offset")


class Prop(Model):
    """Something with a prop: `show`, `hide`, or `attach` it to a place, as `--prop` has it."""

    prop: Name
    action: Literal["show", "hide", "attach"] = "show"
    to: Name | None = None

    @model_validator(mode="after")
    def _place(self) -> Prop:
        if self.action == "attach" and self.to is None:
            raise ValueError("action 'attach' needs 'to', a place such as ring-finger:left")
        if self.action == "hide" and self.to is not None:
            raise ValueError("action 'hide' takes no 'to'")
        return self


class Light(Model):
    """The light on the companion: a named one, brighter or darker, reached in `seconds`."""

    light: Literal["room", "warm", "candle", "cool", "moon", "gold", "dark"]
    level: Fraction = 1.0
    seconds: Seconds = 2.0


class Outfit(Model):
    """Put on another of the script's `outfits`, in a fade of `seconds`, or at once with 0."""

    outfit: Id
    seconds: Annotated[float, Field(ge=0, le=60)] = 1.0


HOUSE_SOUNDS: Final = (
    *("bell", "chime", "peal", "procession", "vows", "closing", "reeds", "cheer", "remembrance", "rain"),
)
"""The house's music and bells."""


class Music(Model):
    """Music or a bell: one of the house's by name, a sound file of the ceremony's folder, or `stop`."""

    music: File = Field(description=f"{', '.join(HOUSE_SOUNDS)}, a file, or stop.")
    level: Fraction | None = Field(
        default=None, description="Without it as loud as the house's are made to be, and half that of a file."
    )
    fade: Seconds | None = Field(
        default=None, description="Seconds it takes to come, or to go; without it 1 for a loop and for stop, else 0."
    )
    loop: bool = False
    over: bool = Field(default=False, description="Beside what plays, which goes on.")


class Caption(Model):
    """Words on the picture that nobody speaks."""

    caption: Text
    speaker: Name | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None


class Picture(Model):
    """Stills for the album, `count` of them, `every` so many seconds."""

    picture: Id
    count: Annotated[int, Field(ge=1, le=20)] = 1
    every: Annotated[float, Field(ge=0.1, le=60)] = 0.5


class Wait(Model):
    """So many seconds before the next action."""

    wait: Seconds


class Silence(Model):
    """So many seconds that are kept together in silence: nobody speaks, and nothing else begins."""

    silence: Seconds


_KINDS: Final = (Say, Vow, Gesture, Express, Gaze, Move, Prop, Light, Outfit, Music, Caption, Picture, Wait, Silence)
VERBS: Final = tuple(kind.__name__.lower() for kind in _KINDS)


def verb(value: Any) -> str | None:
    """The verb of an action, as a model or as plain values; None where there is not exactly one."""
    if isinstance(value, dict):
        found = [name for name in VERBS if name in value]
        # "do: attach" of a prop and "gesture" inside an answer are no verbs: an action has one verb only.
        return found[0] if len(found) == 1 else None
    return type(value).__name__.lower()


Action: TypeAlias = Annotated[
    Annotated[Say, Tag("say")]
    | Annotated[Vow, Tag("vow")]
    | Annotated[Gesture, Tag("gesture")]
    | Annotated[Express, Tag("express")]
    | Annotated[Gaze, Tag("gaze")]
    | Annotated[Move, Tag("move")]
    | Annotated[Prop, Tag("prop")]
    | Annotated[Light, Tag("light")]
    | Annotated[Outfit, Tag("outfit")]
    | Annotated[Music, Tag("music")]
    | Annotated[Caption, Tag("caption")]
    | Annotated[Picture, Tag("picture")]
    | Annotated[Wait, Tag("wait")]
    | Annotated[Silence, Tag("silence")],
    Discriminator(
        verb,
        custom_error_type="verb",
        custom_error_message=f"an action has exactly one verb: {', '.join(VERBS)}",
    ),
]


def _tuples(value: Any, name: str) -> Any:
    if isinstance(value, dict) and isinstance(value.get(name), list):
        return {**value, name: tuple(value[name])}
    return value
