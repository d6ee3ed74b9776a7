"""What is given up for the face under load, in which order, and how it comes back. Time and costs are scripted."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from avatar.tracking.load import STEPS, Load, shares

RATES = {"people": 2.0, "hand": 15.0, "segmenter": 15.0, "pose": 10.0}
COSTS = {"face": 0.007, "hand": 0.012, "pose": 0.0134, "segmenter": 0.0046, "people": 0.003}
"""Seconds of one core that a look takes on the machine of the design."""
CORES = 2.0
DRAW = 0.008


class Machine:
    """A machine with two cores on which the tracking runs beside ``load(t)`` cores of other work: everything takes as
    much longer as there is more to do than it can do at once, and the drawing takes its time too.
    """

    def __init__(self, load: Callable[[float], float], fps: float = 30.0) -> None:
        self.load, self.fps = load, fps
        self.levels: list[tuple[float, int]] = []

    def run(self, seconds: float) -> Load:
        watched = Load(RATES)
        due = dict.fromkeys(RATES, 0.0)
        busy = 0.0
        for k in range(round(seconds * self.fps)):
            t = k / self.fps
            left = shares(watched.level)
            work = self.fps * (COSTS["face"] + DRAW * left.get("picture", 1.0))
            work += sum(rate * left.get(name, 1.0) * COSTS[name] for name, rate in RATES.items())
            slower = max(1.0, 1 + 4 * (self.load(t) + work - CORES))
            for name, rate in RATES.items():
                if t >= due[name]:
                    due[name] = t + 1 / (rate * left.get(name, 1.0))
                    watched.cost(name, COSTS[name] * slower)
            took = COSTS["face"] * slower
            if t < busy:
                continue  # the face of the last picture is still looked for
            busy = t + took
            watched.cost("face", took)
            age = took + DRAW * slower
            if watched.step(t, k, age):
                self.levels.append((t, watched.level))
        return watched


def test_on_a_machine_with_time_nothing_is_given_up() -> None:
    for fps in (10.0, 30.0, 60.0):
        assert Machine(lambda t: 0.3, fps).run(60).most == 0


def test_it_is_given_up_in_order_and_the_face_never() -> None:
    machine = Machine(lambda t: 5.0)
    load = machine.run(60)
    assert [level for _, level in machine.levels] == list(range(1, len(STEPS) + 1)), "one step after another"
    order = [name for name, _ in STEPS]
    assert list(dict.fromkeys(order)) == ["pose", "segmenter", "hand", "picture"]
    assert order == sorted(order, key=["pose", "segmenter", "hand", "picture"].index)
    for level in range(len(STEPS) + 1):
        left = shares(level)
        assert "face" not in left
        assert "people" not in left
        assert all(0 < part < 1 for part in left.values()), "less of it, never none"
        assert all(left[name] <= part for name, part in shares(level - 1).items() if level)
    assert load.level == len(STEPS)


def test_it_stops_where_the_face_is_in_time_again() -> None:
    machine = Machine(lambda t: 1.75)
    load = machine.run(60)
    assert 0 < load.level < len(STEPS)
    assert machine.levels[-1][0] < 15


def test_when_the_load_goes_everything_comes_back_in_the_opposite_order() -> None:
    machine = Machine(lambda t: 5.0 if t < 20 else 0.2)
    load = machine.run(80)
    assert load.most == len(STEPS)
    assert load.level == 0
    back = [level for t, level in machine.levels if t > 20]
    assert back == list(range(len(STEPS) - 1, -1, -1))
    assert all(b - a >= 2.9 for (a, _), (b, _) in itertools.pairwise([m for m in machine.levels if m[0] > 21]))


@pytest.mark.parametrize("load", [1.45, 1.5, 1.55, 1.6, 1.65, 1.7, 1.75, 1.8, 1.9, 2.1, 2.5])
def test_under_a_load_that_stays_nothing_goes_to_and_fro(load: float) -> None:
    machine = Machine(lambda t: load)
    machine.run(280)
    levels = [level for _, level in machine.levels]
    assert levels == sorted(levels), machine.levels


def test_what_is_tried_though_nothing_changed_is_tried_ever_more_seldom() -> None:
    machine = Machine(lambda t: 1.7)
    machine.run(3600)
    up = [t for (t, level), (_, before) in zip(machine.levels[1:], machine.levels, strict=False) if level < before]
    assert len(up) <= 4, "in an hour"
    waits = [b - a for a, b in itertools.pairwise([0.0, *up])]
    assert all(b > 1.5 * a for a, b in itertools.pairwise(waits))


def test_a_short_burst_costs_few_steps_and_is_over_soon() -> None:
    machine = Machine(lambda t: 4.0 if 20 <= t < 21.5 else 0.3)
    load = machine.run(60)
    assert 1 <= load.most <= 3
    assert load.level == 0
    assert machine.levels[-1][0] < 32


def test_the_beginning_a_pause_and_stamps_that_go_back_say_nothing() -> None:
    load = Load(RATES)
    for k in range(60):
        assert not load.step(k / 30, k, 0.3), "everything is loaded for the first time"
    assert load.level == 0
    for k in range(60, 150):
        load.step(k / 30, k, 0.01)
    assert not load.step(9.0, 151, 0.3), "the camera was covered for four seconds"
    assert not load.step(9.0, 152, 0.3)
    assert not load.step(8.0, 153, 0.3)
    assert load.level == 0


def test_missed_faces_count_as_late_ones_do() -> None:
    load = Load(RATES)
    for k in range(0, 300, 2):
        load.step(k / 30, k, 0.01)
    assert load.level > 0, "every second picture of thirty was looked at"
    slow = Load(RATES)
    for k in range(0, 600, 2):
        slow.step(k / 60, k, 0.01)
    assert slow.level == 0, "of sixty a second, thirty are enough"
