"""What clients are told of the person: only with consent, only geometry, by the scope that is for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))

import numpy as np
import pytest
from signs_actor import Script, held, play
from signs_scripts import Act, wave
from speaking_stage import Show

from avatar.events import messages
from avatar.events.messages import Data
from avatar.linalg import quat
from avatar.runtime.watching import Watch
from avatar.tracking.gestures import NAMES
from avatar.types import Observation

WAVE = wave("left")


def watched(act: Act, allowed: bool = True) -> list[Data]:
    news: list[Data] = []
    watch = Watch(news.append, allowed)
    for seen in stay_and_go(act.script, act.seconds):
        watch.step(seen)
    return news


def stay_and_go(script: Script, seconds: float) -> Iterator[Observation]:
    t = 0.0
    for seen in play(script, seconds):
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
    for seen in stay_and_go(WAVE.script, WAVE.seconds):
        watch.allowed = seen.t < 2.5
        watch.step(seen)
    assert {n.TYPE for n in news} >= {"presence.user.arrived", "presence.user.gesture"}
    assert "presence.user.left" not in {n.TYPE for n in news}
    assert max(getattr(n, "at", 0) for n in news) < 2.5
    assert all(n.state == "start" for n in news if isinstance(n, messages.UserGesture))


def told(allowed: bool, scopes: list[str]) -> list[dict[str, Any]]:
    show = Show(fps=30)
    show.engine.parts.watch = Watch(show.doors.publish, allowed)
    session = show.doors.hub.open(scopes=frozenset(scopes))  # type: ignore[arg-type]
    assert session is not None
    for seen in stay_and_go(WAVE.script, WAVE.seconds):
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


def with_face(seen: Observation, yaw: float, smile: float) -> Observation:
    face = seen.face
    if face is None:
        return seen
    blend = np.zeros(52, np.float32)
    blend[44:46], blend[11:13] = smile, 0.3
    matrix = face.matrix.copy()
    matrix[:3, :3] = quat.to_matrix(quat.from_euler(0.0, yaw, 0.0))
    return replace(seen, face=replace(face, matrix=matrix, blendshapes=blend))


def faces(allowed: bool = True) -> list[Data]:
    """Looks this way, and from 2 to 3.5 s aside; smiles more and more, and goes."""
    news: list[Data] = []
    watch = Watch(news.append, allowed)
    for seen in stay_and_go(held({}, 1, 2), 5.0):
        watch.step(with_face(seen, 0.9 if 2 <= seen.t < 3.5 else 0.0, min(seen.t / 4, 1.0)))
    return news


def test_attention_is_told_when_it_begins_and_ends_and_ends_with_who_leaves() -> None:
    news = faces()
    told = [n for n in news if isinstance(n, messages.UserAttention)]
    assert [n.companion for n in told] == [True, False, True, False]
    assert [n.at for n in told] == pytest.approx([0, 2, 3.5, 5], abs=0.2)
    assert [n.TYPE for n in news if n.TYPE != "presence.user.face"][-1] == "presence.user.left"


def test_a_smile_is_told_when_it_changes_and_not_at_every_look() -> None:
    told = [n for n in faces() if isinstance(n, messages.UserFace)]
    assert 8 <= len(told) <= 12
    smiles = [n.smile for n in told]
    assert smiles == sorted(smiles)
    assert 0.9 < smiles[-1] <= 1
    assert min(b.at - a.at for a, b in pairwise(told)) >= 0.2 - 1e-6


def test_neither_is_told_without_consent() -> None:
    assert faces(allowed=False) == []
