"""What a ceremony's state machine shows of itself, and what it reads off the script while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from . import actions, orders
from .plan import Plan, Step
from .script import Cue, OnEvent, OnGesture, OnGuest, OnHand, Script

ASLEEP: Final = frozenset(("paused", "panic", "suspended", "restored", "stopped"))
"""Modes that only Resume (or another stop) ends."""
STOPPED_LINE: Final = {"en": "We stop here. Thank you.", "ja": "ここまでにいたします。ありがとうございました。"}


@dataclass(frozen=True, slots=True)
class View:
    """What a console shows. mode : ``ready``, ``running``, ``paused``, ``panic``, ``suspended``, ``restored``,
    ``stopping``, ``stopped`` or ``ended``; standby : id of the cue that is next, "" at the end; kept : GO was given and
    begins it as soon as what runs is over; running : (id, phase, what it waits for, seconds left of that) of each cue;
    asked : the question that awaits its answer; lines : what is being said or read; t : seconds of the ceremony;
    count : what is left of a picture's countdown, 0 for none."""

    mode: str
    held: bool
    standby: str
    number: str
    kept: bool
    running: tuple[tuple[str, str, str, float], ...]
    asked: orders.Listen | None
    lines: tuple[orders.Line, ...]
    t: float
    count: int = 0


def met(trigger: Any, one: orders.Seen | orders.HeldOut | orders.Came | orders.Guest) -> bool:
    """Is this what a trigger waits for?"""
    match trigger, one:
        case OnGesture(gesture=a), orders.Seen(b):
            return bool(a == b)
        case OnHand(hand=a), orders.HeldOut(b):
            return bool(a in (b, "any"))
        case OnEvent(event=a), orders.Came(b):
            return bool(a == b)
        case OnGuest(guest=a), orders.Guest(b):
            return bool(a == b)
        case _:
            return False


def candidates(plan: Plan, standby: int) -> list[int]:
    """The step that stands by, or every way of the choice that does."""
    span = plan.within(standby, "choice")
    if span is None or span.group is None:
        return [standby]
    ways = [plan.at(item.id) for item in span.group.cues]
    return ways if standby in ways else [standby]


def closing_step(script: Script, language: str, index: int) -> Step:
    """What is said and done when the person stops the ceremony, as a step in the place of that at ``index``."""
    does: list[actions.Action] = list(script.stop.do)
    if not does:
        does = [actions.Say(say=STOPPED_LINE.get(language.split("-")[0], STOPPED_LINE["en"]))]
    return Step(index, Cue(id="stop", do=does), "", ("stop",), 0, (), "go")
