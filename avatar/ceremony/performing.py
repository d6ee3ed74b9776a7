"""One cue that is being performed: where it is in its actions, and what it waits for. Times are the ceremony's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from . import actions, estimate
from .orders import Command, Do, Hush, Line, Listen, Posed, Unlisten
from .plan import Step
from .texts import Wording, after_sentences

READER: Final = "reader"
"""As a voice: a human reads the companion's lines."""
_LATE: Final = (3.0, 15.0)
"""A line that nothing is heard of after so many times its length, and seconds, has failed."""


@dataclass(slots=True)
class Performing:
    """A cue from its trigger to its end.

    t : how far it is, seconds of the ceremony; what waits, waits from there, so that waits add up exactly.
    waits : ``time``, ``line`` (of the companion's), ``reader`` (a human reads), ``answer`` or "" for nothing;
    until : when a wait for time is over, or when a line or an answer is given up; patient : a human who reads is
    waited for as long as it takes, else no longer than a line may take.
    """

    step: Step
    words: Wording
    begun: float
    reads: Callable[[actions.Role], bool]
    serial: int
    patient: bool = True
    t: float = 0.0
    waits: str = "time"
    until: float = 0.0
    phase: str = "pre"
    answer: str = ""
    goto: str | None = None
    line: Line | None = None
    fallen: bool = False
    trouble: str = ""
    pose: Posed | None = None
    count: int = 0
    _left: list[Any] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.t = self.begun
        self.until = self.begun + self.step.cue.pre
        self._left = list(self.step.cue.do)

    @property
    def id(self) -> str:
        """The cue's."""
        return self.step.cue.id

    @property
    def over(self) -> bool:
        """Has it come to its end?"""
        return self.phase == "over"

    def advance(self, t: float) -> list[Command]:
        """Go on as far as ``t`` allows."""
        out: list[Command] = []
        while not self.over:
            if self.waits in ("reader", "line", "answer"):
                if t < self.until:
                    break
                out += self._gave_up()
                continue
            if self.waits == "time":
                if t < self.until:
                    break
                self.t, self.waits = self.until, ""
                if self.phase == "post":
                    self.phase = "over"
                elif self.phase == "pre":
                    self.phase = "do"
                continue
            out += self._next()
        return out

    def spoken(self, utterance: str, kind: str, t: float) -> list[Command]:
        """News of a line; what follows from it at once."""
        if self.line is None or self.line.utterance != utterance or self.waits not in ("line", "reader"):
            return []
        if kind == "failed":
            return self._unheard(t)
        if kind in ("finished", "interrupted"):
            self._go_on(t)
        return []

    def read(self, t: float) -> bool:
        """A human says that the line was read; False when none was being read."""
        if self.waits != "reader":
            return False
        self._go_on(t)
        return True

    def answered(self, answer: str, t: float) -> list[Command]:
        """An answer came."""
        self.answer = answer
        branch = getattr(self.step.cue.answer, answer)
        self._left, self.goto = list(branch.do), branch.goto
        self._go_on(t)
        self.phase = "branch"
        return [Unlisten(self.id)]

    def fall_back(self, t: float, file: str | None, reader: actions.Role | None) -> list[Command]:
        """The cue does not go as it should: a recording, or a human, takes its lines over."""
        out = self.broken_off()
        lines = [a for a in self.step.cue.do if isinstance(a, actions.Say | actions.Vow)]
        self.fallen, self.phase, self.pose = True, "do", None
        if file is not None:
            text = " ".join(self.words(_text(a)) for a in lines)
            self._left = [actions.Say(say=text or "…", who="companion", file=file)]
        else:
            self._left = [a.model_copy(update={"who": reader, "file": None}) for a in lines]
        self._go_on(t)
        return out

    def cut(self) -> list[Command]:
        """End it where it is."""
        out = self.broken_off()
        self.phase, self._left = "over", []
        return out

    def broken_off(self) -> list[Command]:
        """What is to be stopped of it when it does not go on."""
        out: list[Command] = []
        if self.waits in ("line", "reader") and self.line is not None:
            out.append(Hush(self.line.utterance))
        if self.waits == "answer":
            out.append(Unlisten(self.id))
        if self.pose is not None:
            self.count = 0
            out.append(Do(self.id, Posed("end")))
        return out

    def cut_off(self, utterance: str, heard: int) -> None:
        """A pause has stopped its line: of what the companion speaks itself, whole sentences that were heard are not
        said again. A recording, and a human, begin at the beginning."""
        line = self.line
        if line is None or line.utterance != utterance or line.read or line.file is not None or heard < 1:
            return
        rest = after_sentences(line.text, heard)
        self.line = replace(line, text=rest, seconds=estimate.spoken(rest))

    def again(self, t: float) -> list[Command]:
        """After a pause: say what is left of the line, listen again."""
        if self.waits == "line" and self.line is not None and not self.line.text.strip():
            self._go_on(t)
            return []
        if self.waits in ("line", "reader") and self.line is not None:
            return [self._say(self.line, t)]
        if self.waits == "answer":
            return [self._listen(t)]
        return [Do(self.id, self.pose)] if self.pose is not None else []

    def _go_on(self, t: float) -> None:
        self.t, self.waits, self.line = max(self.t, t), "", None

    def _wait(self, seconds: float) -> None:
        self.waits, self.until = "time", self.t + seconds

    def _gave_up(self) -> list[Command]:
        if self.waits == "answer":
            return self.answered("silence", self.until)
        if self.waits == "reader" and self.line is not None:
            name = self.line.utterance
            self._go_on(self.until)
            return [Hush(name)]
        return self._unheard(self.until)

    def _unheard(self, t: float) -> list[Command]:
        """A line that cannot be heard is shown for as long as reading it takes."""
        assert self.line is not None
        line, self.trouble = self.line, "the line was not heard"
        self._go_on(t)
        self._wait(line.seconds)
        shown = actions.Caption(caption=line.text or "…", speaker=line.who, seconds=line.seconds)
        return [Hush(line.utterance), Do(self.id, shown)]

    def _next(self) -> list[Command]:
        """Begin the next action, or what comes after the last one."""
        if not self._left:
            if self.step.cue.answer is not None and not self.answer and not self.fallen:
                return [self._listen(self.t)]
            self.phase = "post"
            self._wait(self.step.cue.post)
            return []
        act = self._left.pop(0)
        match act:
            case actions.Say() | actions.Vow():
                return [self._begin_line(act)]
            case actions.Wait():
                self._wait(act.wait)
            case actions.Silence():
                self._wait(act.silence)
            case actions.Picture() if act.posed:
                self._left[:0] = _posing(act)
            case Posed():
                self.pose = {"begin": act, "end": None}.get(act.what, self.pose)
                self.count = act.number
                return [Do(self.id, act)]
            case actions.Picture() if act.count > 1:
                for k in range(act.count, 0, -1):
                    if k < act.count:
                        self._left.insert(0, actions.Wait(wait=act.every))
                    self._left.insert(0, actions.Picture(picture=f"{act.picture}-{k}"))
            case actions.Caption():
                return [Do(self.id, act.model_copy(update={"caption": self.words(act.caption)}))]
            case _:
                return [Do(self.id, act)]
        return []

    def _begin_line(self, act: actions.Say | actions.Vow) -> Line:
        who = act.who or self.step.cue.who
        text = self.words(_text(act))
        read = (self.reads(who) or act.voice == READER) and act.file is None
        line = Line(
            utterance="",
            cue=self.id,
            who=who,
            text=text,
            seconds=estimate.spoken(text) * (estimate.READS_SLOWER if read else 1.0),
            read=read,
            vow=isinstance(act, actions.Vow),
            expression=act.expression,
            intensity=1.0 if act.intensity is None else act.intensity,
            voice=act.voice,
            file=act.file,
        )
        return self._say(line, self.t)

    def _say(self, line: Line, t: float) -> Line:
        self._count += 1
        name = f"{self.id}.{self.serial}.{self._count}"
        self.line = replace(line, utterance=name)
        self.waits = "reader" if line.read else "line"
        self.until = math.inf if line.read and self.patient else t + _LATE[0] * line.seconds + _LATE[1]
        return self.line

    def _listen(self, t: float) -> Listen:
        answer = self.step.cue.answer
        assert answer is not None
        self.waits, self.until, self.phase = "answer", t + answer.silence.after, "answer"
        language = self.words.language
        branches = (("yes", answer.yes), ("no", answer.no))
        return Listen(
            self.id,
            answer.of,
            {name: _phrases(branch.words, language) for name, branch in branches},
            {name: tuple(branch.gestures) for name, branch in branches},
            {name: self.words(branch.label) or name for name, branch in branches},
            (),
            answer.silence.after,
        )


def _posing(act: actions.Picture) -> list[Any]:
    """A posed picture, moment by moment."""
    row: list[Any] = [Posed("begin", beside=act.beside, smile=act.smile), actions.Wait(wait=estimate.poses(act))]
    for number in range(act.countdown, 0, -1):
        row += [Posed("count", number=number, aloud=act.aloud), actions.Wait(wait=1.0)]
    for k in range(1, act.count + 1):
        row += [actions.Wait(wait=act.every)] if k > 1 else []
        for shot in range(act.burst):
            row += [actions.Wait(wait=estimate.BURST_S)] if shot else []
            row.append(Posed("shoot"))
        row.append(Posed("keep", f"{act.picture}-{k}" if act.count > 1 else act.picture))
    return [*row, Posed("end")]


def _text(act: actions.Say | actions.Vow) -> actions.Text:
    return act.say if isinstance(act, actions.Say) else act.vow


def _phrases(words: dict[str, list[str]], language: str) -> tuple[str, ...]:
    found: Iterable[str] = words.get(language) or words.get(language.split("-")[0]) or ()
    return tuple(found)
