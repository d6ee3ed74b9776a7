"""Where the cues of a script lead: what is never reached, what never ends, what goes round without a human, what
flashes."""

from __future__ import annotations

from collections.abc import Iterator

from . import flashing
from .meaning import ways
from .reading import Ceremony, Problem
from .script import Follow


def check(ceremony: Ceremony) -> list[Problem]:
    """Everything that is wrong with where a right script leads."""
    return [problem for rule in (_reach, _rounds, flashing.check) for problem in rule(ceremony)]


def _edges(ceremony: Ceremony) -> list[list[int]]:
    return [ways(ceremony, at) for at in range(len(ceremony.plan.steps))]


def _reach(ceremony: Ceremony) -> Iterator[Problem]:
    """Every cue can come, and from every one that can there is a way to the end."""
    edges, steps = _edges(ceremony), ceremony.plan.steps
    end = len(steps)
    seen, todo = {0}, [0]
    while todo:
        for to in edges[todo.pop()]:
            if to < end and to not in seen:
                seen.add(to)
                todo.append(to)
    back: list[list[int]] = [[] for _ in range(end + 1)]
    for at, found in enumerate(edges):
        for to in found:
            back[min(to, end)].append(at)
    ends, todo = {end}, [end]
    while todo:
        for at in back[todo.pop()]:
            if at not in ends:
                ends.add(at)
                todo.append(at)
    for step in steps:
        where = (*step.path, "id")
        if step.index not in seen:
            rule = f"cue '{step.cue.id}' never comes by itself: nothing leads to it but the officiant's going there"
            yield ceremony.problem(where, rule, "warning")
        elif step.index not in ends:
            yield ceremony.problem(where, f"from cue '{step.cue.id}' no way leads to the end: give one a 'goto: end'")


def _rounds(ceremony: Ceremony) -> Iterator[Problem]:
    """No round is gone for ever without a human."""
    edges, steps = _edges(ceremony), ceremony.plan.steps

    def alone(at: int) -> bool:
        """Does this cue come and go without anybody's word?"""
        step = steps[at]
        return isinstance(step.trigger, Follow) or step.trigger in ("follow", "with")

    state = [0] * len(steps)
    for start in range(len(steps)):
        stack: list[tuple[int, int]] = [(start, 0)]
        while stack:
            at, k = stack.pop()
            if k == 0:
                if state[at]:
                    continue
                state[at] = 1
            nexts = [to for to in edges[at] if to < len(steps) and alone(to)]
            if k < len(nexts):
                stack.append((at, k + 1))
                if state[nexts[k]] == 1:
                    rule = f"from here it goes round to '{steps[nexts[k]].cue.id}' for ever without a GO"
                    yield ceremony.problem((*steps[at].path, "id"), f"cue '{steps[at].cue.id}': {rule}")
                elif state[nexts[k]] == 0:
                    stack.append((nexts[k], 0))
            else:
                state[at] = 2
