"""The script of a ceremony, version 1: what may stand in it, as frozen models. docs/CEREMONIES.md explains each part.

``schema`` is the same for editors. What the words mean together (names, ids, branches) is checked in ``reading`` and,
with what the world has, in ``preflight``.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from ..spelling import PersonGesture
from .actions import Action, File, Id, Language, Model, Name, Role, Seconds, Text

VERSION: Final = 1
KINDS: Final = (
    *("wedding", "shinto-wedding", "vow-renewal", "naming", "anniversary", "birthday", "graduation"),
    *("remembrance", "farewell", "tea", "reflection", "other"),
)
END, NEXT, CHECKPOINT = "end", "next", "checkpoint"
RESERVED: Final = frozenset((END, NEXT, CHECKPOINT, "start", "stop"))
GESTURES_SEEN: Final[tuple[str, ...]] = get_args(PersonGesture)
"""The person's gestures that are recognised (docs/TRACKING.md)."""

Kind: TypeAlias = Literal[
    "wedding",
    "shinto-wedding",
    "vow-renewal",
    "naming",
    "anniversary",
    "birthday",
    "graduation",
    "remembrance",
    "farewell",
    "tea",
    "reflection",
    "other",
]
Theme: TypeAlias = Literal["religion", "politics", "commercial", "company", "violence", "sexual"]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$")]
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
Phrase = Annotated[str, Field(min_length=1, max_length=80)]


class Part(Model):
    """Somebody in the ceremony. name : how they are called; notes : for them, before it begins."""

    name: Text | None = None
    notes: Text | None = None


class Parts(Model):
    """Who takes part. The person and the companion always do."""

    person: Part = Part()
    companion: Part = Part()
    officiant: Part | None = None
    reader: Part | None = None
    guests: Part | None = None

    def has(self, role: Role) -> bool:
        """Whether somebody has this part."""
        return getattr(self, role) is not None


class Settings(Model):
    """How the stage is set when it begins."""

    anchor: Name = "beside"
    companion: Name = "hikari"
    persona: Name = "calm"
    outfit: Name | None = Field(
        default=None, description="One of `outfits`, or a companion file that wears it, in the ceremony's folder."
    )
    voice: Name | None = None
    props: list[Name] = Field(default=[], description="As --prop has them. Props that cues use need not be listed.")
    light: Literal["room", "warm", "candle", "cool", "moon", "gold", "dark"] = "room"
    music: File | None = Field(default=None, description="The house's by name or a file; it goes round from the start.")
    captions: Literal[True] = Field(default=True, description="Every spoken line has a caption.")


class Outfit(Model):
    """What the companion wears. Parts are named as its file names its nodes and materials (`avatar inspect` lists
    them). hide : parts that are not shown; show : parts that are shown in this outfit only; file : another file of the
    companion, in the ceremony's folder, of which the parts are then; without it they are of its own."""

    hide: Annotated[list[Name], Field(max_length=256)] = Field(default=[])
    show: Annotated[list[Name], Field(max_length=256)] = Field(default=[])
    file: File | None = None


class Heard(Model):
    """The trigger that another cue's answer is."""

    to: Id
    of: Literal["yes", "no", "silence"] = Field(alias="is")


class Follow(Model):
    """`{after: 5}`: five seconds after the cue before has begun."""

    after: Seconds


class OnEvent(Model):
    """`{event: presence.user.arrived}`: an event of the contract."""

    event: Annotated[str, Field(pattern=r"^presence(\.[a-z]+)+$", max_length=64)]


class OnGesture(Model):
    """`{gesture: bow}`: the person makes it."""

    gesture: PersonGesture


class OnAnswer(Model):
    """`{answer: {to: asking, is: yes}}`: that cue's question was answered so."""

    answer: Heard


class OnHand(Model):
    """`{hand: left}`: the person holds out that hand of theirs, open, and keeps it there for a moment."""

    hand: Literal["left", "right", "any"]


class OnGuest(Model):
    """`{guest: candles}`: guests do it on their page."""

    guest: Id


def _trigger(value: Any) -> str:
    if isinstance(value, dict):
        names = ("after", "event", "gesture", "hand", "answer", "guest")
        return next((name for name in names if name in value), "word")
    kinds = (
        *((Follow, "after"), (OnEvent, "event"), (OnGesture, "gesture"), (OnHand, "hand")),
        *((OnAnswer, "answer"), (OnGuest, "guest")),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "word")


Trigger: TypeAlias = Annotated[
    Annotated[Literal["go", "follow", "with"], Tag("word")]
    | Annotated[Follow, Tag("after")]
    | Annotated[OnEvent, Tag("event")]
    | Annotated[OnGesture, Tag("gesture")]
    | Annotated[OnHand, Tag("hand")]
    | Annotated[OnAnswer, Tag("answer")]
    | Annotated[OnGuest, Tag("guest")],
    Discriminator(_trigger),
]


class Timeout(Model):
    """What happens instead of waiting for ever.

    wait : seconds for the trigger; run : seconds for the cue to be over; then one of: ``go`` it begins all the same,
    ``skip`` it is left out, ``goto`` elsewhere, ``play`` a recorded line, ``read`` a human reads its lines."""

    wait: Annotated[float, Field(gt=0, le=3600)] | None = None
    run: Annotated[float, Field(gt=0, le=3600)] | None = None
    go: Literal[True] | None = None
    skip: Literal[True] | None = None
    goto: Id | None = None
    play: File | None = None
    read: Role | None = None

    @model_validator(mode="after")
    def _one(self) -> Timeout:
        if self.wait is None and self.run is None:
            raise ValueError("a timeout has 'wait' or 'run', in seconds")
        ways = [n for n in ("go", "skip", "goto", "play", "read") if getattr(self, n) is not None]
        if len(ways) != 1:
            raise ValueError("a timeout does one thing: go, skip, goto, play or read")
        if self.go and self.wait is None:
            raise ValueError("'go' is for a trigger that does not come: give 'wait'")
        return self


class Branch(Model):
    """What an answer leads to. words : what is listened for, by language; gestures : of the person's that mean it;
    label : on the button; do : what follows at once; goto : where it goes on, without it with the next cue."""

    words: dict[Language, Annotated[list[Phrase], Field(min_length=1)]] = Field(default={})
    gestures: list[PersonGesture] = Field(default=[])
    label: Text | None = None
    do: list[Action] = Field(default=[])
    goto: Id | None = None


class Silence(Model):
    """No answer within ``after`` seconds."""

    after: Annotated[float, Field(ge=3, le=600)] = 20.0
    do: list[Action] = Field(default=[])
    goto: Id | None = None


class Answer(Model):
    """What the person is asked at the end of a cue. They can always say no, or nothing, or stop: both branches are
    there, and kind."""

    of: Literal["person", "guests", "officiant"] = "person"
    yes: Branch
    no: Branch
    silence: Silence


class Cue(Model):
    """One step. It stands by until its trigger, waits ``pre`` seconds, does its actions in order, asks, waits ``post``
    seconds and is over."""

    id: Id
    number: Number | None = Field(default=None, description="As 12 or 12.5; without it, counted.")
    label: Text | None = Field(default=None, description="What the run of show calls it.")
    notes: Text | None = Field(default=None, description="For the officiant.")
    who: Role = "companion"
    trigger: Trigger = "go"
    pre: Seconds = 0.0
    do: list[Action] = Field(default=[])
    answer: Answer | None = None
    post: Seconds = 0.0
    timeout: Timeout | None = None
    goto: Id | None = Field(default=None, description="Where it goes on; without it with the next cue. `end` ends it.")
    required: bool = True
    armed: bool = Field(default=True, description="A cue that is not armed is passed over, and the log says so.")
    irreversible: bool = Field(default=False, description="Never done a second time, after whatever happens.")
    checkpoint: bool = Field(default=False, description="A good place to begin again from.")

    @field_validator("number", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Group(Model):
    """Cues that belong together: one after another (``sequence``), all at once (``parallel``), or one of them only
    (``choice``: the officiant goes to it, or its trigger comes; GO takes ``default``, which is the first without a
    word). trigger : of its first cue, where that has none of its own."""

    id: Id
    group: Literal["sequence", "parallel", "choice"]
    label: Text | None = None
    notes: Text | None = None
    trigger: Trigger = "go"
    default: Id | None = None
    goto: Id | None = None
    cues: Annotated[list[Item], Field(min_length=1)]

    @model_validator(mode="after")
    def _nested(self) -> Group:
        inner = [item for item in self.cues if isinstance(item, Group)]
        if self.group == "parallel" and inner:
            raise ValueError(f"group '{self.id}': in a parallel group are only cues")
        if self.group == "choice" and any(item.group != "sequence" for item in inner):
            raise ValueError(f"group '{self.id}': each way of a choice is a cue or a sequence")
        if self.default is not None and self.default not in {item.id for item in self.cues}:
            raise ValueError(f"group '{self.id}': its default '{self.default}' is not one of its ways")
        if self.default is not None and self.group != "choice":
            raise ValueError(f"group '{self.id}': only a choice has a default")
        return self


def _item(value: Any) -> str:
    if isinstance(value, dict):
        return "group" if "group" in value or "cues" in value else "cue"
    return "group" if isinstance(value, Group) else "cue"


Item: TypeAlias = Annotated[
    Annotated[Cue, Tag("cue")] | Annotated[Group, Tag("group")],
    Discriminator(_item),
]


class Scene(Model):
    """A part of the ceremony, with a title of its own in the run of show and in the recording."""

    id: Id
    title: Text
    notes: Text | None = None
    cues: Annotated[list[Item], Field(min_length=1)]


class Stopping(Model):
    """What is said when the person stops the ceremony. words : that stop it, besides the button; do : what follows."""

    words: dict[Language, Annotated[list[Phrase], Field(min_length=1)]] = Field(default={})
    do: list[Action] = Field(default=[])


class Script(Model):
    """A whole ceremony."""

    presence: Literal[1]
    title: Text
    kind: Kind
    statement: Text = Field(description="That it is symbolic, made with an AI companion, and binds nobody.")
    languages: Annotated[list[Language], Field(min_length=1, max_length=16)] = Field(default=["en"])
    themes: list[Theme] = Field(default=[], description="What the companion's licence must allow.")
    roles: Parts = Parts()
    settings: Settings = Settings()
    outfits: dict[Id, Outfit] = Field(default={}, description="What the companion can wear, by name.")
    names: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)], str | dict[Language, str]] = Field(
        default={}
    )
    stop: Stopping = Stopping()
    checklist: Annotated[list[Text], Field(max_length=40)] = Field(
        default=[], description="What is looked to before it begins; ticked in the console."
    )
    scenes: Annotated[list[Scene], Field(min_length=1)]


Group.model_rebuild()
Scene.model_rebuild()


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a script, for editors."""
    found = Script.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Presence ceremony, version 1",
        **{key: value for key, value in found.items() if key != "title"},
    }


VARIABLE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
"""``{name}`` in a text; ``{{`` and ``}}`` stand for the brackets themselves."""
