"""What the engine says: one class a type, in the order of the contract."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from ..spelling import PersonGesture
from .values import Data, Fraction, Scope


class Capabilities(BaseModel):
    """What this stage can do, by name. companions : the names of the one that stands here."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    expressions: list[str] = []
    gestures: list[str] = []
    anchors: list[str] = []
    voices: list[str] = []
    personas: list[str] = []
    companions: list[str] = []
    props: list[str] = []


class Welcome(Data):
    """Answers hello: the session's name, the scopes granted, the engine's clock now."""

    TYPE = "presence.welcome"
    session: str
    scopes: list[Scope]
    clock: float
    capabilities: Capabilities


class Ack(Data):
    """The event with this id is accepted."""

    TYPE = "presence.ack"
    id: str


Code: TypeAlias = Literal[
    "invalid_json",
    "too_large",
    "too_deep",
    "not_finite",
    "unknown_type",
    "unknown_field",
    "missing_field",
    "bad_value",
    "not_authorised",
    "scope",
    "rate_limited",
    "duplicate",
    "unknown_utterance",
    "unknown_name",
    "not_ready",
    "licence",
    "internal",
]


class Error(Data):
    """The event with this id (None: it could not be read) is refused; ``pointer`` is the field at fault."""

    TYPE = "presence.error"
    id: str | None
    code: Code
    pointer: str
    message: str


class _Utterance(Data):
    utterance: str
    at: float
    seconds: float


class SpeechStarted(_Utterance):
    """An utterance sounds from ``at`` on, for ``seconds``."""

    TYPE = "presence.speech.started"


class SpeechFinished(_Utterance):
    """An utterance ended at ``at`` after ``seconds``."""

    TYPE = "presence.speech.finished"


class SpeechInterrupted(_Utterance):
    """An utterance was stopped at ``at`` after ``seconds``; heard : characters of its text, without tags, up to the
    word it was stopped in."""

    TYPE = "presence.speech.interrupted"
    heard: int | None = None


class Viseme(Data):
    """The mouth now: 15 Oculus weights."""

    TYPE = "presence.viseme"
    at: float
    weights: Annotated[list[float], Field(min_length=15, max_length=15)]


class ExpressionShown(Data):
    """The companion takes on an expression: asked for by a client, or by a tag in a text. seconds : None = until the
    next."""

    TYPE = "presence.expression.shown"
    at: float
    expression: str
    intensity: Fraction
    seconds: float | None = None


class GestureStarted(Data):
    """The companion begins a gesture, likewise."""

    TYPE = "presence.gesture.started"
    at: float
    name: str


class Notice(Data):
    """Something the person is told."""

    TYPE = "presence.notice"
    kind: Literal["disclosure", "break", "change", "consent", "crisis"]
    text: str


class CaptionShown(Data):
    """The caption of what is being said."""

    TYPE = "presence.caption"
    text: str
    speaker: str
    utterance: str


class _CueNews(Data):
    ceremony: str
    cue: str
    number: str
    at: float


class CueStandby(_CueNews):
    """Next to go."""

    TYPE = "presence.cue.standby"


class CueStarted(_CueNews):
    """It runs."""

    TYPE = "presence.cue.started"


class CueFinished(_CueNews):
    """It is over."""

    TYPE = "presence.cue.finished"


class CueFailed(_CueNews):
    """It could not run."""

    TYPE = "presence.cue.failed"


class Camera(Data):
    """State of the camera."""

    TYPE = "presence.camera"
    state: Literal["starting", "live", "stalled", "covered", "lost", "denied", "busy", "none"]


class UserArrived(Data):
    """A person came into the picture."""

    TYPE, SCOPE = "presence.user.arrived", "observe"
    at: float


class UserLeft(Data):
    """The person left the picture."""

    TYPE, SCOPE = "presence.user.left", "observe"
    at: float


class UserAttention(Data):
    """Whether the person's gaze is on the companion: towards the picture in which it stands."""

    TYPE, SCOPE = "presence.user.attention", "observe"
    at: float
    companion: bool


class UserGesture(Data):
    """A gesture of the person's began or ended, at ``at``; side : the person's own, where one hand makes it."""

    TYPE, SCOPE = "presence.user.gesture", "observe"
    at: float
    name: PersonGesture
    state: Literal["start", "end"] = "start"
    side: Literal["left", "right"] | None = None


class UserFace(Data):
    """Geometry of the person's face, never a judged emotion. smile : how far the corners of the mouth are drawn up."""

    TYPE, SCOPE = "presence.user.face", "observe"
    at: float
    smile: Fraction


Eased: TypeAlias = Literal["pose", "matte", "hands", "picture"]


class Stage(Data):
    """How the engine does, once a second. tracking : of the person, None where there is no source; eased : what is
    looked for less often, or drawn less finely, because the machine is short of time, in the order it is given up."""

    TYPE = "presence.stage"
    fps: float
    age_ms: float
    companions: list[str]
    tracking: Literal["starting", "live", "restarting", "stopped"] | None = None
    eased: tuple[Eased, ...] = ()
