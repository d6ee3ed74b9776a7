"""What a client may send: one class a type, in the order of the contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .values import Data, Fraction, Ident, Name, Point, Scope, Seconds


class Hello(Data):
    """Opens a session. ``visemes`` true asks for ``presence.viseme`` events, ``stays`` true leaves what it sets."""

    TYPE = "presence.hello"
    client: Name
    token: Annotated[str, Field(max_length=512)] | None = None
    scopes: list[Scope] | None = None
    visemes: bool = False
    stays: bool = False


class Timed(Data):
    """Inbound data that may ask for its effect at a moment."""

    at: Annotated[float, Field(ge=0)] | None = None


class Say(Timed):
    """Speak a text. ``interrupt`` true stops what is being said; otherwise it waits its turn."""

    TYPE, SCOPE = "presence.say", "speak"
    text: Annotated[str, Field(min_length=1)]
    utterance: Ident | None = None
    expression: Name | None = None
    intensity: Fraction | None = None
    voice: Name | None = None
    language: Annotated[str, Field(min_length=2, max_length=35)] | None = None
    interrupt: bool = False


class SayDelta(Timed):
    """Streamed words, spoken sentence by sentence."""

    TYPE, SCOPE = "presence.say.delta", "speak"
    utterance: Ident
    text: str
    final: bool = False


class SpeechAudio(Timed):
    """Sound made elsewhere; without ``audio`` the next binary frame carries it."""

    TYPE, SCOPE = "presence.speech.audio", "speak"
    utterance: Ident
    encoding: Literal["pcm_s16le", "wav"]
    rate: Annotated[int, Field(ge=8000, le=192000)]
    channels: Annotated[int, Field(ge=1, le=2)]
    audio: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")] | None = None
    final: bool = False


class SpeechTiming(Timed):
    """When each unit of an utterance sounds: ``marks`` of (start, end, value), seconds in the utterance."""

    TYPE, SCOPE = "presence.speech.timing", "speak"
    utterance: Ident
    unit: Literal["word", "phone", "viseme", "char"]
    alphabet: Literal["arpabet", "ipa", "oculus", "azure"] | None = None
    marks: Annotated[list[tuple[Seconds, Seconds, str | int]], Field(max_length=20000)]


class Interrupt(Timed):
    """Stop one utterance, or all."""

    TYPE, SCOPE = "presence.interrupt", "speak"
    utterance: Ident | None = None


class Express(Timed):
    """Show an expression: a VRM preset or one of the companion's own."""

    TYPE, SCOPE = "presence.express", "pose"
    expression: Name
    intensity: Fraction
    seconds: Seconds | None = None
    fade: Seconds | None = None


class Gesture(Timed):
    """Make a gesture once."""

    TYPE, SCOPE = "presence.gesture", "pose"
    name: Name
    intensity: Fraction | None = None
    seconds: Seconds | None = None


class Gaze(Timed):
    """Look somewhere; ``point`` in the stage frame, metres."""

    TYPE, SCOPE = "presence.gaze", "pose"
    target: Literal["user", "camera", "away", "point"]
    point: Point | None = None

    @model_validator(mode="after")
    def _point_is_there(self) -> Gaze:
        if self.target == "point" and self.point is None:
            raise PydanticCustomError("missing", "target 'point' needs a point", {"field": "point"})
        return self


class Weights(Timed):
    """Expression weights, held 1 s unless sent again."""

    TYPE, SCOPE = "presence.weights", "pose"
    expressions: Annotated[dict[Name, Fraction], Field(max_length=256)]


class Move(Timed):
    """Stand somewhere else; offset in metres, turn in radians."""

    TYPE, SCOPE = "presence.move", "direct"
    anchor: Name
    offset: Point | None = None
    turn: float | None = None
    scale: Annotated[float, Field(gt=0, le=100)] | None = None
    seconds: Seconds | None = None


class Prop(Timed):
    """Show, hide or attach a prop."""

    TYPE, SCOPE = "presence.prop", "direct"
    name: Name
    action: Literal["show", "hide", "attach"]
    to: Name | None = None


class Caption(Timed):
    """Show a caption without speaking it."""

    TYPE, SCOPE = "presence.caption", "direct"
    text: Annotated[str, Field(max_length=1000)]
    speaker: Name | None = None
    seconds: Seconds | None = None


class Companion(Timed):
    """Change the companion; announced before it takes effect."""

    TYPE, SCOPE = "presence.companion", "direct"
    model: Annotated[str, Field(min_length=1, max_length=1024)]
    persona: Annotated[str, Field(max_length=1024)] | None = None


class _Cue(Timed):
    SCOPE = "direct"
    ceremony: Name | None = None
    cue: Name | None = None


class CueGo(_Cue):
    """Start the next cue, or the one named."""

    TYPE = "presence.cue.go"


class CueHold(_Cue):
    """Hold the ceremony."""

    TYPE = "presence.cue.hold"


class CueBack(_Cue):
    """Go back one cue."""

    TYPE = "presence.cue.back"


class CueGoto(_Cue):
    """Stand by at the cue named."""

    TYPE = "presence.cue.goto"


class Panic(Timed):
    """Sound and effects stop, neutral pose."""

    TYPE, SCOPE = "presence.panic", "direct"
    fade: Seconds | None = None


class Resume(Timed):
    """Go on after a panic."""

    TYPE, SCOPE = "presence.resume", "direct"
    fade: Seconds | None = None


class Crisis(Timed):
    """Show the card of local help and suspend the ceremony."""

    TYPE, SCOPE = "presence.crisis", "speak"


class Goodbye(Timed):
    """One line of farewell, then close."""

    TYPE, SCOPE = "presence.goodbye", "speak"
