"""The state machine that performs a ceremony: inputs and time in, commands out. It knows no clock, file or engine.

A human is in charge: GO begins what stands by, whatever its trigger is; hold, back, go-to, pause, fade, panic and stop
are there at every moment. What has been done for good is never done twice, and what is passed over is in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from . import orders
from .cueing import Cueing
from .orders import Command
from .performing import Performing
from .script import CHECKPOINT
from .states import ASLEEP, View, candidates, closing_step, met

DOUBLE_GO_S: Final = 0.5
GAP_S: Final = 5.0
"""A step later than this was no step: the machine slept, and asks before it goes on."""
_STOPS: Final = (orders.Panic, orders.Crisis, orders.Stop, orders.Pause, orders.FadeAll)


class Director(Cueing):
    """ceremony : what is performed, free of errors; language : spoken; reads : whether a human reads the lines of a
    role; without it humans read their own, and the companion speaks.

    ``step`` takes inputs and the time; ``view`` shows the state; ``log`` is what happened."""

    def step(self, now: float, inputs: Iterable[orders.Input] = ()) -> list[Command]:
        """Go on to ``now``, seconds on any clock that does not run backwards (an earlier time counts as no time)."""
        last = now if self._last is None else self._last
        gap = now - last
        self._last = self.now = max(now, last)
        if gap > GAP_S and self.mode in ("running", "stopping"):
            self._note("gap", detail=f"{gap:.0f} s")
            self._pause()
        elif self.mode in ("running", "stopping"):
            self.t += max(0.0, gap)
        if not self._told:
            self._told = True
            self._stand_by(self._standby)
        # What stops comes before everything else that came with it.
        for one in sorted(inputs, key=lambda i: not isinstance(i, _STOPS)):
            self._take(one)
        self._advance()
        out, self._out = self._out, []
        return out

    def view(self) -> View:
        """The state now."""
        at_end = self._standby >= len(self.plan.steps)
        step = None if at_end else self.plan.steps[self._standby]
        running = (*self._running, *([self._closing] if self._closing else []))
        return View(
            self.mode,
            self.held,
            step.cue.id if step else "",
            step.number if step else "",
            self.kept,
            tuple((p.id, p.phase, p.waits, max(0.0, p.until - self.t)) for p in running),
            self._listening,
            tuple(p.line for p in running if p.line is not None),
            self.t,
            max((p.count for p in running), default=0),
        )

    def knows(self, place: str) -> bool:
        """Can one go to this?"""
        return place in self.plan.places or place == CHECKPOINT

    def stand_again(self, history: list[int], mark: str, standby: int, t: float, serial: int) -> None:
        """Stand where a checkpoint says, and wait for Resume (``restoring.restore`` checks the values)."""
        self._history, self._mark, self.t, self._serial = history, mark, t, serial
        self.mode, self.held, self._told = "restored", True, True
        cut = self.plan.steps[standby].cue.id if standby < len(self.plan.steps) else ""
        while standby in self._history:
            self._history.pop()
        self._note("restored", cut, "it had begun, and is not done again" if cut in self.acts else "")
        self._stand_by(standby)

    def _take(self, one: orders.Input) -> None:
        match one:
            case orders.Panic(fade):
                self._break_off(hush=False)
                self._become("panic")
                self._out.append(orders.Calm(fade))
            case orders.Crisis():
                self._break_off()
                self._become("suspended")
                self._out.append(orders.Fade(1.0))
            case orders.Stop(by):
                self._stop(by)
            case orders.FadeAll(seconds):
                self._break_off()
                self.held = True
                self._note("faded")
                self._out.append(orders.Fade(seconds))
            case orders.Pause():
                if self.mode == "running":
                    self._pause()
            case orders.Resume():
                self._resume()
            case orders.Trouble(cue, what):
                self._note("trouble", cue, what)
                self._news("failed", cue)
            case orders.Spoken(utterance, "interrupted", heard) if self.mode == "paused":
                for p in (*self._running, *([self._closing] if self._closing else [])):
                    p.cut_off(utterance, heard)
            case _ if self.mode in ASLEEP:
                if not isinstance(one, orders.Spoken | orders.HeldOut):
                    self._note("ignored", detail=f"{type(one).__name__.lower()} while {self.mode}")
            case orders.Spoken(utterance, kind):
                for p in (*self._running, *([self._closing] if self._closing else [])):
                    self._out += p.spoken(utterance, kind, self.t)
            case _ if self.mode == "stopping" and isinstance(one, orders.HeldOut):
                pass
            case orders.Go() if self._closing is not None and self._closing.read(self.t):
                self._note("read", self._closing.id)
            case _ if self.mode == "stopping":
                self._note("ignored", detail=f"{type(one).__name__.lower()} while stopping")
            case orders.Go(cue, by):
                self._go(cue, by)
            case orders.Hold():
                self.held, self.kept = True, False
                self._note("held")
            case orders.Back():
                self._back()
            case orders.Goto(cue):
                self._goto(cue)
            case orders.Answered(answer, how, cue):
                self._answer(answer, how, cue)
            case orders.Seen(gesture):
                self._seen(gesture)
            case orders.HeldOut() | orders.Came() | orders.Guest():
                self._trigger(one)

    def _go(self, cue: str | None, by: str) -> None:
        if self._went is not None and self.now - self._went < DOUBLE_GO_S:
            self._note("ignored", detail="a second GO within half a second")
            return
        self._went = self.now
        if cue is not None and not self.knows(cue):
            self._note("ignored", cue, "there is no such cue")
            return
        if self.mode == "ready":
            self._become("running")
        if cue is not None and self._at(cue) != self._standby:
            self._goto(cue)
        self.held = False
        reading = [p for p in self._running if p.waits == "reader"]
        if reading and cue is None:
            self._note("read", reading[0].id, f"by {by}")
            reading[0].read(self.t)
        elif any(p.waits == "answer" for p in self._running) and cue is None:
            self._note("ignored", detail="an answer is awaited: it is the person's")
        elif self._standby < len(self.plan.steps):
            self.kept = True
            self._note("go", self.plan.steps[self._standby].cue.id, f"by {by}")

    def _back(self) -> None:
        self._break_off()
        if self._history:
            self._stand_by(self._history.pop())
        self.held, self.kept = True, False
        self._note("back", self.view().standby)
        self._reopen()

    def _goto(self, place: str) -> None:
        if not self.knows(place):
            self._note("ignored", place, "there is no such cue")
            return
        self._break_off()
        self._stand_by(self._at(place))
        self.held, self.kept = True, False
        self._note("goto", self.view().standby)
        self._reopen()

    def _at(self, place: str) -> int:
        return self.plan.at(self._mark if place == CHECKPOINT else place)

    def _reopen(self) -> None:
        if self.mode == "ended" and self._standby < len(self.plan.steps):
            self._become("running")
        self._save()

    def _answer(self, answer: str, how: str, cue: str | None) -> None:
        for p in self._running:
            if p.waits == "answer" and cue in (None, p.id):
                self._note("answer", p.id, f"{answer} ({how})")
                self._out += p.answered(answer, self.t)
                self._listening = None
                self.answers[p.id] = answer
                self._save()
                return
        self._note("ignored", detail="an answer that nobody asked for")

    def _seen(self, gesture: str) -> None:
        if (asked := self._listening) is not None:
            for answer, gestures in asked.gestures.items():
                if gesture in gestures:
                    self._answer(answer, "gesture", asked.cue)
                    return
        self._trigger(orders.Seen(gesture))

    def _trigger(self, one: orders.Seen | orders.HeldOut | orders.Came | orders.Guest) -> None:
        """What happened may be what a cue waits for, also while the one before it is still running."""
        if self.mode != "running" or self.held or self._standby >= len(self.plan.steps):
            return
        for index in candidates(self.plan, self._standby):
            fits = met(self.plan.steps[index].trigger, one)
            if fits:
                self._standby, self.kept = index, True
                self._note("trigger", self.plan.steps[index].cue.id)
                return

    def _pause(self) -> None:
        self._note("paused")
        for p in (*self._running, *([self._closing] if self._closing else [])):
            self._out += p.broken_off()
        self._out.append(orders.Freeze(True))
        self._paused_from, self.mode = self.mode, "paused"

    def _resume(self) -> None:
        if self.mode == "paused":
            self.mode = self._paused_from
            self._note("resumed")
            self._out.append(orders.Freeze(False))
            for p in (*self._running, *([self._closing] if self._closing else [])):
                again = p.again(self.t)
                self._listening = next((c for c in again if isinstance(c, orders.Listen)), self._listening)
                self._out += again
        elif self.mode in ASLEEP:
            self._become("running" if self._history or self.mode != "restored" else "ready")
            self.held = True
            self._stand_by(self._standby)
        elif self.held:
            self.held, self._since = False, self.t
            self._note("resumed")

    def _break_off(self, hush: bool = True) -> None:
        """What runs does not go on: the earliest of it stands by again, or what comes after it was done for good."""
        running, self._running = self._running, []
        self.kept = False
        for p in running:
            self._note("broken off", p.id)
            if hush:
                self._out += p.broken_off()
            elif p.waits == "answer":
                self._out.append(orders.Unlisten(p.id))
        self._listening = None
        if self.mode == "paused":
            self.mode = self._paused_from
            self._out.append(orders.Freeze(False))
        if running:
            first = min(p.step.index for p in running)
            while self._history and first in self._history:
                self._history.pop()
            self._stand_by(first)
        if self._closing is not None:
            self._out += self._closing.broken_off()
            self._closing = None

    def _stop(self, by: str) -> None:
        if self.mode in ("stopping", "stopped", "ended"):
            return
        quiet = self.mode in ("panic", "suspended")
        self._break_off()
        self._note("stop", detail=f"by {by}")
        self._become("stopping")
        self._out.append(orders.Fade(1.5))
        self._serial += 1
        closing = closing_step(self.ceremony.script, self.words.language, min(self._standby, len(self.plan.steps) - 1))
        self._closing = Performing(closing, self.words, self.t, self._reads, self._serial, patient=False)
        if quiet:  # after a panic nothing is said any more
            self._closing = None
            self._become("stopped")
            self._out.append(orders.Over("stopped"))
        self._save()
