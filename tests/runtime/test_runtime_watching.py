"""What clients are told of the person: only with consent, only geometry, by the scope that is for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))

import pytest
from signs_actor import play
from signs_scripts import Act, wave
from speaking_stage import Show

from avatar.events import messages
from avatar.events.messages import Data
from avatar.runtime.watching import Watch
from avatar.tracking.gestures import NAMES
from avatar.types import Observation

WAVE = wave("left")


def watched(act: Act, allowed: bool = True) -> list[Data]:
    news: list[Data] = []
    watch = Watch(news.append, allowed)
    for seen in stay_and_go(act):
        watch.step(seen)
    return news


def stay_and_go(act: Act) -> Iterator[Observation]:
    t = 0.0
    for seen in play(act.script, act.seconds):
        yield seen
        t = seen.t
    for k in range(1, 60):
        yield Observation(t + k / 30, (640, 480))


def test_the_contract_has_the_names_that_are_recognised() -> None:
    field = messages.UserGesture.model_fields["name"]
    assert set(get_args(field.annotation)) == set(NAMES)


def test_a_wave_is_told_with_side_begin_and_end_between_coming_and_going() -> None:
    news = watched(WAVE)
    kinds = [n.TYPE for n in news]
    assert kinds[0] == "presence.user.arrived"
    assert kinds[-1] == "presence.user.left"
    start, end = (n for n in news if isinstance(n, messages.UserGesture) and n.name == "wave")
    assert (start.state, end.state) == ("start", "end")
    assert start.side == end.side == "left"
    assert start.at == pytest.approx(1.0, abs=0.3)
    assert end.at == pytest.approx(3.0, abs=0.3)


def test_nothing_is_told_without_consent_and_nothing_more_once_it_is_taken_back() -> None:
    assert watched(WAVE, allowed=False) == []
    news: list[Data] = []
    watch = Watch(news.append, True)
    for seen in stay_and_go(WAVE):
        watch.allowed = seen.t < 2.5
        watch.step(seen)
    assert {n.TYPE for n in news} == {"presence.user.arrived", "presence.user.gesture"}
    assert all(n.state == "start" for n in news if isinstance(n, messages.UserGesture))


def told(allowed: bool, scopes: list[str]) -> list[dict[str, Any]]:
    show = Show(fps=30)
    show.engine.parts.watch = Watch(show.doors.publish, allowed)
    session = show.doors.hub.open(scopes=frozenset(scopes))  # type: ignore[arg-type]
    assert session is not None
    for seen in stay_and_go(WAVE):
        show.engine.tick(show.clock.advance(1 / 30), None, seen)
    events = []
    while (item := session.pop()) is not None:
        events.append(item[1])
    import json

    return [e for e in map(json.loads, events) if e["type"].startswith("presence.user.")]


def test_the_engine_tells_whoever_may_observe_and_nobody_else() -> None:
    events = told(True, ["observe"])
    assert events[0]["type"] == "presence.user.arrived"
    waves = [e["data"] for e in events if e["data"].get("name") == "wave"]
    assert [w["state"] for w in waves] == ["start", "end"]
    assert set(waves[0]) == {"at", "name", "state", "side"}
    assert told(True, ["speak", "pose", "direct"]) == []
    assert told(False, ["observe"]) == []
