"""A companion changes into another file of it in a ceremony: between two pictures, in the same posture, with what it
wears and holds; and what cannot be worn is told once, and leaves it as it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from other_outfit import other_outfit
from test_runtime_ceremony import Scene

from avatar import paths
from avatar.animate import persona as personas
from avatar.animate.persona import Persona
from avatar.ceremony import orders, outfits, reading
from avatar.ceremony.restoring import restore
from avatar.config import Settings
from avatar.errors import ModelError
from avatar.linalg import affine
from avatar.model.load import load
from avatar.runtime import ceremonies, dressing, loops, performing
from avatar.runtime.bodies import Bodies, body_for
from avatar.runtime.dressing import Dressing
from avatar.runtime.keeping import CHECKPOINT, kept
from avatar.stage.alone import alone
from avatar.stage.camera import Camera
from avatar.stage.order import LABELS
from avatar.stage.placement import Cover
from avatar.stage.wearing import Look
from avatar.types import Move

SCRIPT = """presence: 1
title: T
kind: other
languages: [en]
statement: "Symbolic."
roles: {officiant: {name: Robin}}
settings: {props: [ring, bouquet]}
outfits:
  plain: {hide: [pin]}
  gown: {file: gown.vrm}
scenes:
- id: all
  title: t
  cues:
  - id: said
    do:
    - caption: "{statement}"
    - express: happy
    - prop: ring
      action: attach
      to: companion-ring-finger:left
    - prop: bouquet
      action: attach
      to: companion-hand:right
    - say: "{statement}"
    - wait: 1.6
    - gesture: bow
  - id: dress
    trigger: follow
    do: [{outfit: gown, seconds: SECONDS}, {wait: 1.6}]
  - id: back
    trigger: follow
    do: [{outfit: plain, seconds: 0}, {wait: 0.6}]
"""


class Watched:
    """What a performance was, picture by picture."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def offline(self, whole: Any, hooks: Any) -> None:
        each, engine, parts = hooks.each, whole.engine, whole.parts

        def watched(elapsed: float) -> None:
            (other,) = engine.bodies.others.values()
            node = parts.model.humanoid["leftRingProximal"]
            finger = affine.apply(engine.place.matrix, engine.pose.world[node][:3, 3])
            rings = [p.figure.placement[:3, 3] for p in engine._props if p.name == "ring"]
            self.rows.append(
                {
                    "body": engine.bodies.worn,
                    "model": parts.model,
                    "apart": float(np.abs(engine.pose.world - other.pose.world).max()),
                    "faces": float(np.abs(engine.pose.morphs - other.pose.morphs).max()),
                    "figures": len([f for f in engine.scene.figures if len(f.world) > 20]),
                    "pose": engine.pose.world.copy(),
                    "ring": float(np.linalg.norm(rings[0] - finger)) if rings else None,
                    "bows": "bow" in parts.animator.active,
                    "smile": engine.pose.morphs.copy(),
                }
            )
            each(elapsed)

        hooks.each = watched
        loops.offline(whole, hooks)


@pytest.mark.gl
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_it_changes_between_two_pictures_and_goes_on_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    other_outfit(tmp_path / "gown.vrm")
    (tmp_path / "x.yaml").write_text(SCRIPT.replace("SECONDS", str(seconds)), encoding="utf-8")
    watched, told = Watched(), list[str]()
    monkeypatch.setattr(performing, "offline", watched.offline)
    settings = Settings(
        source="demo", size=(240, 160), offline=True, headless=True, port=None, voice="none", fps=10, seconds=14
    )
    plan = performing.Plan(settings, tmp_path / "kept", auto=True)
    facts = performing.perform(tmp_path / "x.yaml", plan, time.perf_counter(), told.append)
    assert facts["cues"] == ["said", "dress", "back"]
    assert [line for line in told if "warning" in line or "trouble" in line] == []
    assert f"outfit 'gown': in it the companion is of another file, {tmp_path / 'gown.vrm'}" in told
    rows = watched.rows
    worn = [row["body"] for row in rows]
    first, last = worn.index("gown.vrm"), len(worn) - 1 - worn[::-1].index("gown.vrm")
    assert worn == [""] * first + ["gown.vrm"] * (last + 1 - first) + [""] * (len(worn) - last - 1)
    assert rows[0]["model"] is rows[-1]["model"] is not rows[first]["model"]
    # the same posture, hair and face at every moment, so that nothing leaps when one takes the other's place
    assert max(row["apart"] for row in rows) < 1e-4
    assert max(row["faces"] for row in rows) < 1e-4
    steps = [float(np.abs(b["pose"] - a["pose"]).max()) for a, b in pairwise(rows)]
    assert max(steps[first - 1], steps[last]) <= max(steps) + 1e-6
    assert any(row["bows"] for row in rows[first : last + 1]), "a gesture that has begun goes on"
    assert rows[first]["smile"].max() > 0.3
    # the ring is on the same finger all the time, as far along it
    far = [row["ring"] for row in rows[first - 2 : first + 3]]
    assert None not in far
    assert np.ptp(np.array(far)) < 0.003
    assert max(row["figures"] for row in rows) == (1 if seconds == 0 else 2)
    assert facts["flashes"]["general"] <= 3


def test_each_is_drawn_once_before_it_is_put_on(tmp_path: Path) -> None:
    made = [body_for(load(path), 1, Persona(), "beside", False) for path in _two(tmp_path)]
    for body in made:
        place = alone(body.standing.build, Camera((64, 48), 1.0))
        body.places = (replace(place, opacity=0.0),)
    bodies, covers = Bodies("", {"gown.vrm": made[1]}), [Cover(0.0, np.zeros(LABELS, np.float32))]
    (figure,) = bodies.unseen(covers)
    assert figure.model is made[1].model
    assert figure.opacity == 1
    assert bodies.unseen(covers) == []
    assert bodies.change("other.vrm", made[0]) is None, "there is none"
    assert bodies.change("gown.vrm", made[0]) is made[1]
    assert bodies.worn == "gown.vrm"
    assert bodies.others == {"": made[0]}
    assert bodies.unseen(covers) == [], "it was seen before"


def test_all_of_them_go_where_the_companion_goes(tmp_path: Path) -> None:
    body = body_for(load(next(_two(tmp_path))), 1, Persona(), "beside", False)
    bodies = Bodies("", {"gown.vrm": body})
    calm = personas.load("calm")
    bodies.become(calm)
    bodies.move(Move("left-half", seconds=0.0), False)
    assert body.standing.anchor == "left-half"
    assert body.animator.troupe.personas[0] == calm


def _two(folder: Path) -> Iterator[Path]:
    yield paths.companion("hikari")
    yield other_outfit(folder / "gown.vrm")


def test_what_cannot_be_read_when_it_is_to_be_worn_is_one_warning_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_outfit(tmp_path / "gown.vrm")
    text = SCRIPT.replace("SECONDS", "0")
    ceremony = reading.parse(text, "f")

    def torn(path: Any, limits: Any = None) -> Any:
        raise ModelError(path, "", "the file ends too soon")

    class Screen:
        def prepare(self, *some: Any) -> None:
            raise AssertionError("there is nothing to upload")

    monkeypatch.setattr(dressing, "load", torn)
    told: list[str] = []
    screen: Any = Screen()
    assert Dressing(ceremony, tmp_path, Settings()).ready(screen, told.append) == {}
    assert len(told) == 1
    assert told[0].startswith(f"warning: outfit 'gown': {tmp_path / 'gown.vrm'}")
    assert told[0].endswith("the file ends too soon; it is not changed into, and what is worn stays on")
    looks = ceremonies.worn(ceremony.script, {"": load(paths.companion("hikari"))})
    assert set(looks) == {None, "plain"}
    scene = Scene(tmp_path, text, outfits=looks, tell=told.append)
    before = scene.performance.wearing.look
    scene.performance.acts.do("dress", _outfit(ceremony), scene.clock.now())
    assert scene.performance.wearing.look == before
    assert len(told) == 1


def test_after_a_kill_it_is_in_the_file_that_it_had_changed_into(tmp_path: Path) -> None:
    text = SCRIPT.replace("SECONDS", "0")
    looks: dict[str | None, Look] = {
        None: Look(),
        "plain": Look(frozenset((4,))),
        "gown": Look(frozenset(), "gown.vrm"),
    }
    scene = Scene(tmp_path, text, outfits=looks)
    scene.step(orders.Go())
    for _ in range(400):
        if "dress" in scene.performance.director.done:
            break
        lines = scene.performance.director.view().lines
        scene.step(*(orders.Spoken(line.utterance, "finished") for line in lines), orders.Go())
    assert "dress" in kept(tmp_path / CHECKPOINT)["done"]
    again = Scene(tmp_path, text, outfits=looks)
    assert again.performance.wearing.bodies(again.clock.now()) == ("", None)
    restore(again.performance.director, kept(tmp_path / CHECKPOINT))
    again.performance.stand_again()
    assert again.performance.wearing.bodies(again.clock.now()) == ("gown.vrm", None)
    assert again.mode() == "restored", "it waits for an explicit word"


def _outfit(ceremony: reading.Ceremony) -> Any:
    step = next(step for step in ceremony.plan.steps if step.cue.id == "dress")
    return step.cue.do[0]


def test_which_files_are_changed_into() -> None:
    ceremony = reading.parse(SCRIPT.replace("SECONDS", "0"), "f")
    assert outfits.changed_into(ceremony) == {"gown.vrm": "gown"}
    start = SCRIPT.replace("SECONDS", "0").replace("settings: {", "settings: {outfit: gown, ")
    ceremony = reading.parse(start, "f")
    assert outfits.changed_into(ceremony) == {"": "plain"}, "from the gown to its own file"
    assert ceremonies.companion_of(ceremony, Path("f")) == str(Path("f") / "gown.vrm")
    assert ceremonies.body_file(ceremony, Path("f"), "") == "hikari"
