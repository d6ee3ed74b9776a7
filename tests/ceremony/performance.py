"""Ceremonies for tests, and an engine in miniature that speaks each line for as long as it takes."""

from __future__ import annotations

from typing import Any

from avatar.ceremony import orders, reading
from avatar.ceremony.director import Director
from avatar.ceremony.orders import Command, Input

FRAME = 1 / 32
"""Exact in binary, so that times add up exactly."""

HEAD = """presence: 1
title: T
kind: other
statement: s
roles: {officiant: {}, guests: {}}
scenes:
- id: all
  title: t
  cues:
"""
SAID = '  - {id: said, do: [{say: "{statement}"}]}\n'


def director(cues: str, **options: Any) -> Director:
    """A director of the cues, each indented as in a scene."""
    return Director(reading.parse(HEAD + cues, "f"), **options)


class Stage:
    """Steps a director and speaks its lines. speaks : False = the voice is hung, and no line is ever finished."""

    def __init__(self, machine: Director, now: float = 0.0, speaks: bool = True) -> None:
        self.machine, self.now, self.speaks = machine, now, speaks
        self.out: list[tuple[float, Command]] = []
        self.talk: list[tuple[float, str]] = []
        self.step()

    def step(self, *inputs: Input) -> list[Command]:
        """One frame."""
        news: list[Input] = [orders.Spoken(name, "finished") for end, name in self.talk if end <= self.now]
        self.talk = [(end, name) for end, name in self.talk if end > self.now]
        got = self.machine.step(self.now, [*inputs, *news])
        for command in got:
            self.out.append((self.now, command))
            if isinstance(command, orders.Line) and not command.read and self.speaks:
                self.talk.append((self.now + command.seconds, command.utterance))
            if isinstance(command, orders.Hush | orders.Calm):
                self.talk = []
        self.now += FRAME
        return got

    def run(self, seconds: float, *inputs: Input) -> list[Command]:
        """Frames for so long, the first with the inputs."""
        out = list(self.step(*inputs))
        for _ in range(round(seconds / FRAME) - 1):
            out += self.step()
        return out

    def news(self, kind: str) -> list[str]:
        """The cues of which this was told, in order."""
        return [c.cue for _, c in self.out if isinstance(c, orders.News) and c.kind == kind]

    def at(self, kind: str, cue: str) -> float:
        """When it was told."""
        return next(t for t, c in self.out if isinstance(c, orders.News) and (c.kind, c.cue) == (kind, cue))
