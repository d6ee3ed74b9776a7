"""What is seen of a person reaches the companion's courtesies: once a picture, never over what somebody asked for."""

from __future__ import annotations

import numpy as np

from avatar.animate.persona import Persona
from avatar.runtime.courtesy import Courtesy
from avatar.types import Command, Express, Face, Gesture, Observation

DT = 1 / 30


def seen(t: float, smile: float = 0.0, there: bool = True, jaw: float = 0.0) -> Observation:
    blend = np.zeros(52, np.float32)
    blend[44:46], blend[25] = smile, jaw
    face = Face(np.zeros((478, 3), np.float32), blend, np.eye(4, dtype=np.float32), np.zeros(4, np.float32))
    return Observation(t, (640, 480), face if there else None)


def run(courtesy: Courtesy, seconds: float, begin: float = 0.0, asked: dict[int, Command] | None = None, **how):
    found = []
    for k in range(round(seconds / DT)):
        t = begin + k * DT
        commands = [asked[k]] if asked and k in asked else []
        jaw = how["jaw"](t) if "jaw" in how else 0.0
        sight = seen(t, how.get("smile", 0.0), how.get("there", True), jaw)
        # the same observation is there for two pictures
        for late in (0.0, DT / 2):
            found += courtesy.step(sight, t + late, commands if late == 0 else [], how.get("busy", False))
    return found


def test_an_arrival_is_greeted_and_a_smile_returned() -> None:
    found = run(Courtesy(Persona()), 4, smile=0.8)
    assert [c.name for c in found if isinstance(c, Gesture)] == ["wave"]
    assert [c.expression for c in found if isinstance(c, Express)] == ["happy"]


def test_who_was_greeted_in_words_is_not_waved_to() -> None:
    courtesy = Courtesy(Persona())
    courtesy.greeted()
    assert not [c for c in run(courtesy, 4) if isinstance(c, Gesture)]


def test_what_somebody_asked_for_is_left_alone() -> None:
    courtesy = Courtesy(Persona())
    assert not [c for c in run(courtesy, 4, asked={0: Express("sad")}, smile=0.8) if isinstance(c, Express)]
    courtesy = Courtesy(Persona())
    asked = {0: Express("sad", seconds=1.0), 90: Express("neutral")}
    assert [c.expression for c in run(courtesy, 6, asked=asked, smile=0.8) if isinstance(c, Express)] == ["happy"]


def test_a_puppet_and_nobody_are_left_alone() -> None:
    assert run(Courtesy(Persona(), puppet=True), 4, smile=0.8) == []
    assert run(Courtesy(Persona()), 4, there=False) == []
    assert Courtesy(Persona()).step(None, 0.0, [], False) == []


def test_nods_when_the_lips_of_a_talking_person_rest() -> None:
    courtesy = Courtesy(Persona(greets=False))
    talk = run(courtesy, 4, jaw=lambda t: 0.15 + 0.14 * float(np.sin(2 * np.pi * 4.5 * t)))
    pause = run(courtesy, 2, begin=4.0)
    assert talk == []
    assert [c.name for c in pause] == ["nod"]


def test_another_persona_takes_effect_at_once() -> None:
    courtesy = Courtesy(Persona())
    courtesy.become(Persona(quiet=True))
    assert run(courtesy, 4, smile=0.8) == []
