"""What goes into the state machine of a ceremony, and what comes out of it: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from . import actions


@dataclass(frozen=True, slots=True)
class Go:
    """The officiant's word: begin the cue that stands by, or ``cue``; say that a human's line was read."""

    cue: str | None = None
    by: str = "officiant"


@dataclass(frozen=True, slots=True)
class Hold:
    """What runs goes to its end; nothing begins by itself until GO or Resume."""


@dataclass(frozen=True, slots=True)
class Back:
    """Break off what runs and stand by at the cue that began last; again for the one before."""


@dataclass(frozen=True, slots=True)
class Goto:
    """Break off what runs and stand by at a cue, group or scene, or at the last ``checkpoint`` that was passed."""

    cue: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Everything stands still, waits before cues too; a line that was being said goes on afterwards, from the
    beginning of the sentence that was cut off."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The explicit word after a pause, a panic, a stop, a crisis or a restart."""


@dataclass(frozen=True, slots=True)
class FadeAll:
    """Sound and light fade within ``seconds``; what runs is broken off and stands by again."""

    seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class Panic:
    """Everything stops now. Nothing happens afterwards until Resume."""

    fade: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """The person, or anybody, stops the ceremony: it says so kindly and ends."""

    by: str = "person"


@dataclass(frozen=True, slots=True)
class Crisis:
    """The ceremony is suspended: other things matter now."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """News of a line. kind : ``started``, ``finished``, ``interrupted`` or ``failed``; heard : of one that was
    interrupted, how many of its sentences were heard whole."""

    utterance: str
    kind: str
    heard: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The person made a gesture."""

    gesture: str


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The person holds a hand out. side : their own ``left`` or ``right``."""

    side: str


@dataclass(frozen=True, slots=True)
class Came:
    """An event of the contract came, by its type."""

    event: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Guests did something on their page."""

    action: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The person answered. how : ``spoken``, ``typed``, ``tapped`` or ``gesture``; cue : the question, None = the one
    that is asked."""

    answer: Literal["yes", "no"]
    how: str = "tapped"
    cue: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a cue asked for could not be done; the ceremony goes on, and the log says so."""

    cue: str
    what: str


Input: TypeAlias = (
    Go
    | Hold
    | Back
    | Goto
    | Pause
    | Resume
    | FadeAll
    | Panic
    | Stop
    | Crisis
    | Spoken
    | Seen
    | HeldOut
    | Came
    | Guest
    | Answered
    | Trouble
)


@dataclass(frozen=True, slots=True)
class Line:
    """Say, or have read, a line. who : whose it is; text : with all names in it; vow : it is one that the album keeps;
    seconds : about as long as it takes; file : a recording; read : a human reads it from the prompter."""

    utterance: str
    cue: str
    who: actions.Role
    text: str
    seconds: float
    read: bool
    vow: bool = False
    expression: str | None = None
    intensity: float = 1.0
    voice: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Do:
    """Do an action that takes no time: gesture, express, gaze, move, prop, light, music, caption, picture."""

    cue: str
    action: Any


@dataclass(frozen=True, slots=True)
class Posed:
    """A moment of a picture that is posed for: an action of ``Do``. what : ``begin`` (turn to the camera, into the
    half that ``beside`` names, with the expression ``smile``, hold still), ``count`` (``number`` is left; ``aloud`` =
    say it), ``shoot`` (one of a burst), ``keep`` (the best of the burst, as ``picture``) or ``end`` (be free again)."""

    what: Literal["begin", "count", "shoot", "keep", "end"]
    picture: str = ""
    number: int = 0
    aloud: bool = False
    beside: str | None = None
    smile: str | None = None


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop a line; None = whatever is being said."""

    utterance: str | None = None


@dataclass(frozen=True, slots=True)
class Listen:
    """An answer is awaited. words, gestures, labels : by answer; stop : words that stop the ceremony; silence : seconds
    after which no answer is one."""

    cue: str
    of: str
    words: dict[str, tuple[str, ...]]
    gestures: dict[str, tuple[str, ...]]
    labels: dict[str, str]
    stop: tuple[str, ...]
    silence: float


@dataclass(frozen=True, slots=True)
class Unlisten:
    """No answer is awaited any more."""

    cue: str


@dataclass(frozen=True, slots=True)
class News:
    """For everybody who follows: a cue is ``standby``, ``started``, ``finished`` or ``failed``, at seconds on the clock
    that steps the machine."""

    kind: Literal["standby", "started", "finished", "failed"]
    cue: str
    number: str
    at: float


@dataclass(frozen=True, slots=True)
class Save:
    """Keep this, safely, before anything that follows is done."""

    checkpoint: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Fade:
    """Let sound and light fade within ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Freeze:
    """Hold music still, or let it go on."""

    on: bool


@dataclass(frozen=True, slots=True)
class Calm:
    """Sound and effects stop now; the companion comes to rest."""

    fade: float = 0.0


@dataclass(frozen=True, slots=True)
class Over:
    """The ceremony has come to its end, or was stopped. how : ``ended`` or ``stopped``."""

    how: str


Command: TypeAlias = Line | Do | Hush | Listen | Unlisten | News | Save | Fade | Freeze | Calm | Over


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log. at : seconds on the machine's clock; t : seconds of the ceremony, in which pauses take none;
    what : what happened; cue : the cue's id, "" for none; detail : a word about it, never what was said."""

    at: float
    t: float
    what: str
    cue: str = ""
    number: str = ""
    detail: str = ""
