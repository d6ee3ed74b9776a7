"""The event contract, version 1, as data: what each event may carry, in either direction.

Every class below is the ``data`` of one event. ``TYPE`` is the event's type and ``SCOPE`` the scope a client needs
(inbound: to send it; outbound: to receive it; None = everybody). Values are strict: no coercion, no unknown field,
no number that is not finite. Times (``at``) are seconds on the engine's clock.
"""

from __future__ import annotations

from typing import Any, Final

from .inbound import (
    Caption,
    Companion,
    Crisis,
    CueBack,
    CueGo,
    CueGoto,
    CueHold,
    Express,
    Gaze,
    Gesture,
    Goodbye,
    Hello,
    Interrupt,
    Move,
    Panic,
    Prop,
    Resume,
    Say,
    SayDelta,
    SpeechAudio,
    SpeechTiming,
    Timed,
    Weights,
)
from .outbound import (
    Ack,
    Camera,
    Capabilities,
    CaptionShown,
    Code,
    CueFailed,
    CueFinished,
    CueStandby,
    CueStarted,
    Error,
    ExpressionShown,
    GestureStarted,
    Notice,
    SpeechFinished,
    SpeechInterrupted,
    SpeechStarted,
    Stage,
    UserArrived,
    UserAttention,
    UserFace,
    UserGesture,
    UserLeft,
    Viseme,
    Welcome,
)
from .values import SCOPES, Data, Ident, Scope


def _by_type(*kinds: type[Any]) -> dict[str, type[Data]]:
    return {kind.TYPE: kind for kind in kinds}


INBOUND: Final = _by_type(
    *(Hello, Say, SayDelta, SpeechAudio, SpeechTiming, Interrupt, Express, Gesture, Gaze, Weights, Move, Prop, Caption),
    *(Companion, CueGo, CueHold, CueBack, CueGoto, Panic, Resume, Crisis, Goodbye),
)
"""Every type a client may send, and its data."""

OUTBOUND: Final = _by_type(
    *(Welcome, Ack, Error, SpeechStarted, SpeechFinished, SpeechInterrupted, Viseme, Notice, CaptionShown),
    *(ExpressionShown, GestureStarted),
    *(CueStandby, CueStarted, CueFinished, CueFailed, Camera, Stage),
    *(UserArrived, UserLeft, UserAttention, UserGesture, UserFace),
)
"""Every type the engine sends, and its data."""

__all__ = [
    "INBOUND",
    "OUTBOUND",
    "SCOPES",
    "Ack",
    "Camera",
    "Capabilities",
    "Caption",
    "CaptionShown",
    "Code",
    "Companion",
    "Crisis",
    "CueBack",
    "CueFailed",
    "CueFinished",
    "CueGo",
    "CueGoto",
    "CueHold",
    "CueStandby",
    "CueStarted",
    "Data",
    "Error",
    "Express",
    "ExpressionShown",
    "Gaze",
    "Gesture",
    "GestureStarted",
    "Goodbye",
    "Hello",
    "Ident",
    "Interrupt",
    "Move",
    "Notice",
    "Panic",
    "Prop",
    "Resume",
    "Say",
    "SayDelta",
    "Scope",
    "SpeechAudio",
    "SpeechFinished",
    "SpeechInterrupted",
    "SpeechStarted",
    "SpeechTiming",
    "Stage",
    "Timed",
    "UserArrived",
    "UserAttention",
    "UserFace",
    "UserGesture",
    "UserLeft",
    "Viseme",
    "Weights",
    "Welcome",
]
