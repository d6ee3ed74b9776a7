"""A script as a row of steps: groups and scenes opened out, cues numbered, every place by its id."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .marked import Path
from .script import END, Cue, Follow, Group, Script


@dataclass(frozen=True, slots=True)
class Step:
    """One cue in its place.

    index : its place in the row; number : as the run of show has it; path : where it stands in the file; scene : its
    scene's index; groups : ids of the groups it is in, outermost first; trigger : its own, or that of the group or
    choice that it begins."""

    index: int
    cue: Cue
    number: str
    path: Path
    scene: int
    groups: tuple[str, ...]
    trigger: Any


@dataclass(frozen=True, slots=True)
class Span:
    """The steps of a group, ``first`` to before ``last``; of a scene too, with no group. path : where it stands."""

    id: str
    first: int
    last: int
    path: Path
    group: Group | None = None


@dataclass(frozen=True)
class Plan:
    """steps : all cues in the order of the file; spans : groups and scenes by id; places : id of a cue, group or scene
    -> the step it begins with."""

    steps: tuple[Step, ...]
    spans: dict[str, Span]
    places: dict[str, int]

    def at(self, id: str) -> int:
        """The step that a ``goto`` leads to; the number of steps for ``end``. KeyError for no such place."""
        if id == END:
            return len(self.steps)
        span = self.spans.get(id)
        if span is not None and span.group is not None and span.group.group == "choice" and span.group.default:
            return self.places[span.group.default]
        return self.places[id]

    def step(self, id: str) -> Step | None:
        """The step of a cue's id; None for none."""
        at = self.places.get(id)
        return self.steps[at] if at is not None and self.steps[at].cue.id == id else None

    def within(self, index: int, kind: str) -> Span | None:
        """The innermost group of this kind that a step is in."""
        for id in reversed(self.steps[index].groups):
            span = self.spans[id]
            if span.group is not None and span.group.group == kind:
                return span
        return None

    def after(self, index: int) -> int:
        """Where it goes on after a step by itself: its ``goto``, that of a group that it ends, else the next one, past
        the rest of a choice."""
        step = self.steps[index]
        if step.cue.goto is not None:
            return self.at(step.cue.goto)
        nxt = index + 1
        for id in reversed(step.groups):
            span = self.spans[id]
            assert span.group is not None
            if nxt < span.last and span.group.group != "choice":
                return nxt
            if span.group.goto is not None:
                return self.at(span.group.goto)
            nxt = span.last
        return nxt


def plan_of(script: Script) -> Plan:
    """The row of steps of a script. Ids that are there twice lead to the first; ``meaning`` refuses them."""
    steps: list[Step] = []
    spans: dict[str, Span] = {}
    places: dict[str, int] = {}
    numbers = _counted({cue.number for cue in all_cues(script) if cue.number is not None})

    def add(item: Cue | Group, path: Path, scene: int, groups: tuple[str, ...], trigger: Any) -> None:
        places.setdefault(item.id, len(steps))
        if isinstance(item, Cue):
            number = item.number if item.number is not None else next(numbers)
            steps.append(Step(len(steps), item, number, path, scene, groups, trigger))
            return
        first = len(steps)
        for k, child in enumerate(item.cues):
            own = child.trigger
            if own == "go" and (k == 0 or item.group == "choice"):
                own = trigger
            elif k and item.group == "parallel" and not isinstance(own, Follow):
                own = "with"
            add(child, (*path, "cues", k), scene, (*groups, item.id), own)
        spans.setdefault(item.id, Span(item.id, first, len(steps), path, item))

    for k, scene in enumerate(script.scenes):
        first = len(steps)
        places.setdefault(scene.id, first)
        for j, item in enumerate(scene.cues):
            add(item, ("scenes", k, "cues", j), k, (), item.trigger)
        spans.setdefault(scene.id, Span(scene.id, first, len(steps), ("scenes", k)))
    return Plan(tuple(steps), spans, places)


def all_cues(script: Script) -> Iterator[Cue]:
    """Every cue, in the order of the file."""
    stack: list[Cue | Group] = [item for scene in reversed(script.scenes) for item in reversed(scene.cues)]
    while stack:
        item = stack.pop()
        if isinstance(item, Cue):
            yield item
        else:
            stack.extend(reversed(item.cues))


def _counted(taken: set[str]) -> Iterator[str]:
    """1, 2, 3 … without those that are given to a cue by hand."""
    return (str(k) for k in itertools.count(1) if str(k) not in taken)
