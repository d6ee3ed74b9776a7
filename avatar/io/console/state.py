"""What the console shows, as one plain value for JSON: made of a script and its director's state, by pure functions.

Every time in it is in seconds of the ceremony (in which pauses take none), except where it says otherwise; so it only
changes when something happens, and a page runs its own clocks from ``t`` on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from ...ceremony import actions, estimate
from ...ceremony.director import Director
from ...ceremony.orders import Entry, Listen
from ...ceremony.plan import Step
from ...ceremony.preflight import seconds_of
from ...ceremony.script import Follow, OnAnswer, OnEvent, OnGesture, OnGuest, OnHand
from ...ceremony.states import View
from ...ceremony.texts import Wording
from ...events import tags
from .checklist import items

State: TypeAlias = dict[str, Any]

VERSION: Final = 1
_LOGGED: Final = 12
_MOVES: Final = ("running", "stopping")
"""Modes in which the ceremony's time goes on."""


def state(director: Director, view: View, language: str | None = None, checklist: Iterable[str] | None = None) -> State:
    """The whole of it, for who is in charge.

    view : the director's; language : of titles, labels and notes (lines are in the language that is spoken); checklist
    : what the preflight said, a line each; None = it was not asked."""
    words = _wording(director, language)
    done, trouble, passed, since = _past(director.log)
    running = {id: (phase, waits, left) for id, phase, waits, left in view.running}
    script, plan = director.ceremony.script, director.plan
    scenes: list[dict[str, Any]] = [
        {"id": s.id, "title": words(s.title), "notes": words(s.notes), "cues": []} for s in script.scenes
    ]
    for step in plan.steps:
        cue = _cue(step, words)
        cue["state"] = _state_of(step, view, done, passed)
        cue["trouble"] = trouble.get(step.cue.id, "")
        scenes[step.scene]["cues"].append(cue)
    standing = plan.step(view.standby) if view.standby else None
    return {
        "presence": VERSION,
        "role": "director",
        "title": words(script.title),
        "statement": words.names["statement"],
        "language": director.words.language,
        "mode": view.mode,
        "held": view.held,
        "kept": view.kept,
        "t": view.t,
        "moves": view.mode in _MOVES,
        "count": view.count,
        "expected": seconds_of(director.ceremony, director.words.language),
        "scenes": scenes,
        "standby": view.standby,
        "coming": _lines_of(director, standing),
        "running": [
            {
                "id": id,
                "phase": phase,
                "waits": waits,
                "since": since.get(id, view.t),
                "until": view.t + left if math.isfinite(left) else None,
            }
            for id, (phase, waits, left) in running.items()
        ],
        "awaiting": _asked(director, view.asked, view),
        "lines": _lines(director, view),
        "roles": _roles(director, words),
        "guests": guest_actions(director, view),
        "log": [{"t": e.t, "what": e.what, "number": e.number, "detail": e.detail} for e in director.log[-_LOGGED:]],
        "checklist": None if checklist is None else list(checklist),
        "items": items(director, words),
    }


def guest_state(director: Director, view: View, language: str | None = None) -> State:
    """What guests may see: the title, the statement, what is being said, and what they can do now. Nothing that is to
    come, and no notes."""
    words = _wording(director, language)
    return {
        "presence": VERSION,
        "role": "guest",
        "title": words(director.ceremony.script.title),
        "statement": words.names["statement"],
        "language": director.words.language,
        "mode": view.mode,
        "t": view.t,
        "moves": view.mode in _MOVES,
        "lines": [{k: v for k, v in line.items() if k != "cue"} for line in _lines(director, view)],
        "count": view.count,
        "guests": guest_actions(director, view),
    }


def mark(director: Director, view: View) -> tuple[Any, ...]:
    """A value that differs whenever the state does, but for the passing of time. Cheap: for every picture."""
    return (
        *(view.mode, view.held, view.standby, view.kept, len(director.log), len(director.done)),
        tuple((id, phase, waits) for id, phase, waits, _ in view.running),
        tuple(line.utterance for line in view.lines),
        view.asked is not None and view.asked.cue,
        view.count,
    )


def guest_actions(director: Director, view: View) -> list[str]:
    """What the cue that stands by waits for from the guests, or any way of the choice that it is in."""
    if view.mode != "running" or view.held or not view.standby:
        return []
    index = director.plan.places[view.standby]
    span = director.plan.within(index, "choice")
    steps = director.plan.steps[span.first : span.last] if span is not None else (director.plan.steps[index],)
    return [step.trigger.guest for step in steps if isinstance(step.trigger, OnGuest)]


def _wording(director: Director, language: str | None) -> Wording:
    script = director.ceremony.script
    if language is None or language == director.words.language or language not in script.languages:
        return director.words
    return Wording(script, language)


def _past(log: Iterable[Entry]) -> tuple[set[str], dict[str, str], set[str], dict[str, float]]:
    """Of the log: cues that are over, what failed of which, which were passed over, and when each began last."""
    done: set[str] = set()
    passed: set[str] = set()
    trouble: dict[str, str] = {}
    since: dict[str, float] = {}
    for entry in log:
        match entry.what:
            case "started":
                since[entry.cue] = entry.t
                done.discard(entry.cue)
                passed.discard(entry.cue)
                trouble.pop(entry.cue, None)
            case "finished":
                done.add(entry.cue)
            case "passed":
                passed.add(entry.cue)
            case "trouble" if entry.cue:
                trouble[entry.cue] = entry.detail
    return done, trouble, passed, since


def _state_of(step: Step, view: View, done: set[str], passed: set[str]) -> str:
    """``running``, ``standby``, ``done``, ``passed``, ``off`` (not armed) or ``waiting``."""
    id = step.cue.id
    if any(id == one for one, *_ in view.running):
        return "running"
    if id == view.standby:
        return "standby"
    if not step.cue.armed:
        return "off"
    return "done" if id in done else "passed" if id in passed else "waiting"


def _cue(step: Step, words: Wording) -> dict[str, Any]:
    cue = step.cue
    return {
        "id": cue.id,
        "number": step.number,
        "label": words(cue.label) or cue.id.replace("-", " "),
        "notes": words(cue.notes),
        "who": cue.who,
        "groups": list(step.groups),
        "trigger": _trigger(step.trigger),
        "seconds": round(estimate.cue(cue, words), 1),
        "required": cue.required,
        "irreversible": cue.irreversible,
        "checkpoint": cue.checkpoint,
        "asks": cue.answer is not None,
    }


def _trigger(trigger: Any) -> dict[str, Any]:
    """kind : ``go``, ``follow``, ``with``, ``after``, ``event``, ``gesture``, ``hand``, ``answer`` or ``guest``; of :
    what."""
    match trigger:
        case Follow(after=seconds):
            return {"kind": "after", "of": f"{seconds:g}"}
        case OnEvent(event=name):
            return {"kind": "event", "of": name}
        case OnGesture(gesture=name):
            return {"kind": "gesture", "of": name}
        case OnHand(hand=side):
            return {"kind": "hand", "of": side}
        case OnAnswer(answer=heard):
            return {"kind": "answer", "of": heard.of}
        case OnGuest(guest=name):
            return {"kind": "guest", "of": name}
        case _:
            return {"kind": str(trigger), "of": ""}


def _asked(director: Director, asked: Listen | None, view: View) -> dict[str, Any] | None:
    if asked is None:
        return None
    left = next((left for id, _, waits, left in view.running if id == asked.cue and waits == "answer"), asked.silence)
    step = director.plan.step(asked.cue)
    return {
        "cue": asked.cue,
        "number": step.number if step else "",
        "of": asked.of,
        "name": _name(director, director.words, asked.of),
        "text": " ".join(line["text"] for line in _lines_of(director, step)),
        "labels": dict(asked.labels),
        "until": view.t + left,
        "silence": asked.silence,
    }


def _lines(director: Director, view: View) -> list[dict[str, Any]]:
    """What is being said or read now."""
    return [
        {
            "cue": line.cue,
            "who": line.who,
            "speaker": _name(director, director.words, line.who),
            "text": tags.strip(line.text)[0],
            "read": line.read,
            "vow": line.vow,
        }
        for line in view.lines
    ]


def _lines_of(director: Director, step: Step | None) -> list[dict[str, Any]]:
    """The lines of a cue, so that a human can look them over."""
    if step is None:
        return []
    lines: list[dict[str, Any]] = []
    for act in step.cue.do:
        if isinstance(act, actions.Say | actions.Vow):
            who = act.who or step.cue.who
            text = tags.strip(director.words(act.say if isinstance(act, actions.Say) else act.vow))[0]
            lines.append({"who": who, "speaker": _name(director, director.words, who), "text": text})
    return lines


def _roles(director: Director, words: Wording) -> list[dict[str, str]]:
    parts = director.ceremony.script.roles
    return [
        {"role": role, "name": _name(director, words, role), "notes": words(getattr(parts, role).notes)}
        for role in actions.ROLES
        if parts.has(role)
    ]


def _name(director: Director, words: Wording, role: str) -> str:
    part = getattr(director.ceremony.script.roles, role)
    return (words(part.name) if part is not None else "") or role
