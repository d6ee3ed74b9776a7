"""What a terminal tells whoever leads a ceremony: what comes next, what is waited for, and why a key did nothing."""

from __future__ import annotations

from typing import Any, Final

from ..ceremony.director import Director
from ..ceremony.script import Cue, OnAnswer, OnEvent, OnGesture, OnGuest, OnHand
from ..ceremony.states import View
from ..events import tags

_MODES: Final = {
    "paused": "paused · r goes on",
    "panic": "all is silent · r, then Enter, goes on",
    "suspended": "it rests · r, then Enter, goes on",
    "restored": "it stands where it was cut off · r, then Enter, goes on",
}
_SEEN: Final = ("seen", "heldout", "came", "guest")
"""What was ignored without a key of anybody's."""
_IN: Final = "      "


class DeskLines:
    """Give every picture's ``step``; it gives the lines that are to be printed, each once."""

    def __init__(self, director: Director) -> None:
        self._director = director
        self._told = ""
        self._read = len(director.log)
        self._spoken: set[str] = set()

    def step(self) -> list[str]:
        """What is new since the last call."""
        view, director = self._director.view(), self._director
        lines = [
            f"{_IN}nothing done: {entry.detail}"
            for entry in director.log[self._read :]
            if entry.what == "ignored" and not entry.detail.startswith(_SEEN)
        ]
        self._read = len(director.log)
        for line in view.lines:
            if line.utterance not in self._spoken and not line.read:
                self._spoken.add(line.utterance)
                role = getattr(director.ceremony.script.roles, line.who)
                lines.append(f"{_IN}{director.words(role.name) or line.who} says: {tags.strip(line.text)[0]}")
        now = self._awaited(view)
        if now and (now != self._told or (lines and view.held)):
            lines += now.splitlines()
        self._told = now
        return lines

    def _awaited(self, view: View) -> str:
        waits = [what for _, _, what, _ in view.running]
        if "reader" in waits and view.mode in ("ready", "running", "stopping"):
            return f"{_IN}Enter, when it is read"
        if view.mode not in ("ready", "running"):
            return _MODES.get(view.mode, "")
        if "answer" in waits:
            return f"{_IN}y or n, as it was answered · by itself after the silence"
        step = self._director.plan.step(view.standby) if view.standby else None
        if step is None:
            return ""
        label = f"{view.number:>5}  {self._director.words(step.cue.label) or step.cue.id}"
        if view.running:
            return f"{_IN}then at once: {label.strip()}" if view.kept else ""
        if view.held or step.trigger == "go":
            held = " (held)" if view.held and view.mode == "running" else ""
            return f"{'next · Enter':>15}  {label.strip()}{held}{self._notes(step.cue)}"
        what = _trigger(step.trigger)
        return f"{'next':>15}  {label.strip()}, with {what}{_limit(step.cue)} · Enter begins it now" if what else ""

    def _notes(self, cue: Cue) -> str:
        notes = self._director.words(cue.notes) if cue.notes is not None else ""
        return f"\n{_IN}note: {notes}" if notes else ""


def _trigger(trigger: Any) -> str:
    match trigger:
        case OnHand(hand=side):
            return "a hand held out" if side == "any" else f"the {side} hand held out"
        case OnGesture(gesture=name):
            return f"the person's {name.replace('_', ' ')}"
        case OnEvent(event=name):
            return f"the event {name}"
        case OnGuest(guest=name):
            return f"the guests' {name}"
        case OnAnswer():
            return "an answer"
        case _:
            return ""


def _limit(cue: Cue) -> str:
    limit = cue.timeout.wait if cue.timeout is not None else None
    return f", or goes on by itself after {limit:g} s" if limit is not None else ""
