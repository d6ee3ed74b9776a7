"""Flashes that a script's own lights would make: counted before anybody sees them, as pictures are (WCAG 2.3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..linalg.flashes import DARK, MOST, STEP, Changes, luminance
from . import actions, estimate
from .lighting import TINTS
from .marked import Path
from .meaning import acts
from .plan import Step
from .reading import Ceremony, Problem
from .script import Follow
from .texts import UnknownName, Wording

GO_S = 0.5
"""The soonest that a second GO is taken."""


class Turn(NamedTuple):
    """A light that a script turns on. t : seconds; luminance : of something white in it, room light being 1."""

    t: float
    luminance: float
    seconds: float
    path: Path


def turn(action: actions.Light, t: float, path: Path) -> Turn:
    """A light action as a change of luminance."""
    white = float(luminance(np.array(TINTS[action.light], np.float32))) * action.level
    return Turn(t, min(white, 1.0), action.seconds, path)


def flashes(turns: Sequence[Turn], start: float = 1.0) -> tuple[float, Turn | None]:
    """(the most flashes within a second, the turn with which that is reached), of lights as they are asked for; on
    stage they are held back. start : luminance before the first."""
    counter = Changes(1, STEP, DARK)
    worst, where = 0.0, None
    source, goal, begun, lasts = start, start, 0.0, 0.0

    def at(t: float) -> float:
        u = 1.0 if lasts <= 0 else min(max((t - begun) / lasts, 0.0), 1.0)
        return source + (goal - source) * u * u * (3 - 2 * u)

    def take(value: float, t: float) -> float:
        counter.step(np.array([value], np.float32), t)
        return float(counter.counts[0]) / 2

    take(start, min((one.t for one in turns), default=0.0) - 1e-3)
    ordered = sorted(turns, key=lambda one: one.t)
    for k, one in enumerate(ordered):
        value = at(one.t)
        source, goal, begun, lasts = value, one.luminance, one.t, one.seconds
        end = ordered[k + 1].t if k + 1 < len(ordered) else one.t + one.seconds
        count = take(at(min(one.t + one.seconds, end)), min(one.t + one.seconds, end))
        if count > worst:
            worst, where = count, one
    return worst, where


def check(ceremony: Ceremony) -> Iterator[Problem]:
    """No more than three flashes within a second, whichever way the ceremony goes."""
    try:
        words = Wording(ceremony.script)
        ways = [_way(ceremony, words, branch) for branch in ("yes", "no", "silence")]
    except UnknownName:
        return
    told: set[Path] = set()
    start = turn(actions.Light(light=ceremony.script.settings.light), 0.0, ())
    for found in ways:
        worst, where = flashes(found, start.luminance)
        if where is not None and worst > MOST and where.path not in told:
            told.add(where.path)
            near = [one.luminance for one in found if where.t - 1.0 < one.t <= where.t]
            rule = (
                f"{worst:g} flashes within a second, between luminance {min(near):.2f} and {max(near):.2f}: at most "
                f"{MOST:g} are harmless (WCAG 2.3.1); give the lights 'seconds'"
            )
            yield ceremony.problem(where.path, rule)


def _way(ceremony: Ceremony, words: Wording, branch: str) -> list[Turn]:
    """The turns of the whole file in its order, with one branch of each question; GO comes as soon as it can."""
    t, begun, found = 0.0, 0.0, list[Turn]()
    for step in ceremony.plan.steps:
        t = max(t, _start(step, t, begun))
        begun = here = begun if step.trigger == "with" else t
        here += step.cue.pre
        for action, path in acts(step):
            if "answer" in path and path[-3] != branch:
                continue
            if isinstance(action, actions.Light):
                found.append(turn(action, here, path))
            here += estimate.action(action, words)
        t = max(t, here + step.cue.post)
    return found


def _start(step: Step, t: float, begun: float) -> float:
    """The soonest that a step begins."""
    if isinstance(step.trigger, Follow):
        return begun + step.trigger.after
    return t if step.trigger in ("follow", "with") else t + GO_S
