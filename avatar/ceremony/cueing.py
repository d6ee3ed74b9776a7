"""The cues of a ceremony as they come and go: which one stands by, what begins it, what it leads to. Of the officiant's
words ``director`` knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from . import actions, orders
from .orders import Command, Entry
from .performing import Performing
from .reading import Ceremony
from .script import Follow, OnAnswer
from .texts import Wording


class Cueing:
    """As ``Director``, which adds what humans say to it."""

    def __init__(
        self,
        ceremony: Ceremony,
        language: str | None = None,
        reads: Callable[[actions.Role], bool] = lambda role: role != "companion",
    ) -> None:
        self.ceremony, self.plan = ceremony, ceremony.plan
        self.words = Wording(ceremony.script, language)
        self.mode, self.held, self.kept = "ready", False, False
        self.log: list[Entry] = []
        self.done: list[str] = []
        self.acts: set[str] = set()
        self.answers: dict[str, str] = {}
        self.t = 0.0
        self.now = 0.0
        self._reads = reads
        self._running: list[Performing] = []
        self._history: list[int] = []
        self._standby = 0
        self._since = 0.0
        self._last: float | None = None
        self._went: float | None = None
        self._serial = 0
        self._out: list[Command] = []
        self._listening: orders.Listen | None = None
        self._closing: Performing | None = None
        self._mark = self.plan.steps[0].cue.id
        self._told = False
        self._begun = 0.0
        self._paused_from = "running"

    def checkpoint(self) -> dict[str, Any]:
        """All that is needed to go on from here, as plain values for JSON. What runs now stands by again then."""
        first = min((p.step.index for p in self._running), default=self._standby)
        ends = first >= len(self.plan.steps)
        return {
            "presence": 1,
            "title": self.words.names["title"],
            "language": self.words.language,
            "standby": "" if ends else self.plan.steps[first].cue.id,
            "mode": self.mode if self.mode in ("ended", "stopped") else "running",
            "mark": self._mark,
            "history": [self.plan.steps[k].cue.id for k in self._history],
            "done": list(self.done),
            "acts": sorted(self.acts),
            "answers": dict(self.answers),
            "serial": self._serial,
            "t": self.t,
            "log": [asdict(entry) for entry in self.log],
        }

    def _advance(self) -> None:
        """Perform what time allows; as often as one thing leads to another."""
        if self.mode == "stopping" and self._closing is not None:
            self._out += self._closing.advance(self.t)
            if self._closing.over:
                self._closing = None
                self._become("stopped")
                self._out.append(orders.Over("stopped"))
                self._save()
        for _ in range(4 * len(self.plan.steps) + 8):
            if self.mode != "running":
                return
            moved = self._perform()
            if not moved and not self._begin_next():
                return
        self._note("trouble", detail="the cues lead round in a circle")
        self.held = True

    def _perform(self) -> bool:
        for p in list(self._running):
            timeout = p.step.cue.timeout
            if timeout is not None and timeout.run is not None and not p.fallen and self.t >= p.begun + timeout.run:
                self._fall_back(p)
            was = p.answer
            got = p.advance(self.t)
            self._out += got
            for command in got:
                if isinstance(command, orders.Listen):
                    self._listening = command
                    self._note("asked", p.id)
            if p.answer and not was:
                self._note("answer", p.id, p.answer)
                self.answers[p.id], self._listening = p.answer, None
            if p.trouble:
                self._note("trouble", p.id, p.trouble)
                self._news("failed", p.id)
                p.trouble = ""
            if p.over:
                self._finish(p)
                return True
        return False

    def _fall_back(self, p: Performing) -> None:
        timeout = p.step.cue.timeout
        assert timeout is not None
        self._note("timeout", p.id)
        if timeout.play is not None or timeout.read is not None:
            self._out += p.fall_back(self.t, timeout.play, timeout.read)
            return
        p.fallen = True
        p.goto = timeout.goto
        self._out += p.cut()
        self._listening = None if self._listening is not None and self._listening.cue == p.id else self._listening

    def _finish(self, p: Performing) -> None:
        self._running.remove(p)
        self.done.append(p.id)
        self._note("finished", p.id)
        self._news("finished", p.id)
        if p.goto is not None:
            self._stand_by(self.plan.at(p.goto))
        # What follows begins where this one ended, not at the step that noticed it.
        self._since = max(p.t, *(q.t for q in self._running)) if self._running else p.t
        self._save()

    def _begin_next(self) -> bool:
        """Begin what stands by, if its time has come."""
        if self._standby >= len(self.plan.steps):
            if self._running:
                return False
            self._become("ended")
            self._out.append(orders.Over("ended"))
            self._save()
            return False
        step = self.plan.steps[self._standby]
        trigger = step.trigger
        if isinstance(trigger, Follow) and self._history and self._beside(step.index) and not self.held:
            due = self._begun + trigger.after
            if self.t < due and not self.kept:
                return False
            self._begin(step.index, min(self.t, due))
            return True
        if self._running:
            return False
        if self.kept:
            self._begin(step.index, self.t)
            return True
        if self.held or trigger == "go":
            return False
        if isinstance(trigger, str | Follow):
            self._begin(step.index, self._since)
            return True
        return self._await(step.index, trigger)

    def _await(self, index: int, trigger: Any) -> bool:
        """A cue waits for something that may not come."""
        step = self.plan.steps[index]
        if isinstance(trigger, OnAnswer) and (given := self.answers.get(trigger.answer.to)) is not None:
            if given == trigger.answer.of:
                self._begin(index, self.t)
            else:
                self._pass(index, f"the answer was {given}")
            return True
        timeout = step.cue.timeout
        if timeout is None or timeout.wait is None or self.t < self._since + timeout.wait:
            return False
        self._note("timeout", step.cue.id)
        at = self._since + timeout.wait
        if timeout.skip:
            self._pass(index, "nothing came")
        elif timeout.goto is not None:
            self._pass(index, "nothing came")
            self._stand_by(self.plan.at(timeout.goto))
        else:
            self._begin(index, at)
            if not timeout.go:
                self._running[-1].fall_back(at, timeout.play, timeout.read)
        return True

    def _beside(self, index: int) -> bool:
        """Has the step before this one in the row just begun, so that this one's time counts from there?"""
        return bool(self._history) and self.plan.after(self._history[-1]) == index

    def _begin(self, index: int, at: float) -> None:
        step = self.plan.steps[index]
        self.kept = False
        self._serial += 1
        self._begun = at
        self._history.append(index)
        if step.cue.checkpoint:
            self._mark = step.cue.id
        if step.cue.irreversible:
            self.acts.add(step.cue.id)
        self._running.append(Performing(step, self.words, at, self._reads, self._serial))
        self._note("started", step.cue.id)
        self._news("started", step.cue.id)
        if step.cue.irreversible:
            self._save()
        self._stand_by(self.plan.after(index))
        if self._standby < len(self.plan.steps) and self.plan.steps[self._standby].trigger == "with" and not self.held:
            self._begin(self._standby, at)

    def _stand_by(self, index: int) -> None:
        """Make this the next step, past what is not armed or is done for good."""
        for _ in range(len(self.plan.steps)):
            if index >= len(self.plan.steps):
                break
            span = self.plan.within(index, "choice")
            if span is not None and index == span.first and span.group is not None and span.group.default:
                index = self.plan.at(span.id)
            step = self.plan.steps[index]
            if not step.cue.armed:
                self._note("passed", step.cue.id, "not armed")
            elif step.cue.id in self.acts:
                self._note("passed", step.cue.id, "done for good")
            else:
                break
            index = self.plan.after(index)
        self._standby, self._since = index, self.t
        if index < len(self.plan.steps):
            self._news("standby", self.plan.steps[index].cue.id)

    def _pass(self, index: int, why: str) -> None:
        self._note("passed", self.plan.steps[index].cue.id, why)
        self._stand_by(self.plan.after(index))
        self._save()

    def _become(self, mode: str) -> None:
        self.mode = mode
        self._note(mode)

    def _save(self) -> None:
        self._out.append(orders.Save(self.checkpoint()))

    def _news(self, kind: Any, cue: str) -> None:
        step = self.plan.step(cue)
        self._out.append(orders.News(kind, cue, step.number if step else "", self.now))

    def _note(self, what: str, cue: str = "", detail: str = "") -> None:
        step = self.plan.step(cue) if cue else None
        self.log.append(Entry(self.now, round(self.t, 4), what, cue, step.number if step else "", detail))
