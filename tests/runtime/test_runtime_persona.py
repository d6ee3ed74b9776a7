"""Personas in a running stage: chosen, changed by an event after it was announced, and the person as puppeteer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from speaking_stage import Show

from avatar import Stage
from avatar.animate.persona import Persona
from avatar.animate.persona_tables import Tags
from avatar.care.changes import AHEAD_S
from avatar.config import Settings
from avatar.errors import AssetError, UsageError
from avatar.types import Face, Observation


def test_a_change_is_announced_before_it_takes_effect() -> None:
    show = Show(Persona(), 30)
    show.run(0.2)
    assert show.client.send("presence.companion", model="hikari", persona="calm")["type"] == "presence.ack"
    asked = show.clock.now()
    show.run(AHEAD_S - 0.2)
    notices = [(t, e["data"]) for t, e in show.news if e["type"] == "presence.notice"]
    (change,) = [(t, data) for t, data in notices if data["kind"] == "change"]
    assert change[0] - asked < 0.1
    assert "calm" in change[1]["text"]
    assert show.talk.announcement(asked + 1) == change[1]["text"]
    assert show.animator.troupe.personas[0].name == "default"
    show.run(0.5)
    assert show.animator.troupe.personas[0].name == "calm"


def test_what_is_said_next_goes_in_the_new_manner() -> None:
    show = Show(Persona(quiet=True, accents=False), 30)
    show.client.send("presence.companion", model="hikari", persona="lively")
    show.run(AHEAD_S + 0.2)
    show.client.send("presence.say", text="The whole garden was beautiful, and every rose in it smelled like summer.")
    out, most = np.zeros(5, np.float32), 0.0
    for _ in range(150):
        show.speaker.accents(show.step(), out)
        most = max(most, float(out[0]))
    assert most > 0.03
    assert set(show.report.gestures) <= {"beat", "beat_left", "beat_both"}
    assert show.report.gestures


def test_its_words_for_tags_hold_while_it_is_there() -> None:
    show = Show(Persona(quiet=True), 30)
    show.engine.become(Persona(quiet=True, tags=Tags(motions=(("boogie", "nod"),))))
    show.client.send("presence.say", text="[boogie] Good day.")
    show.client.send("presence.say.delta", utterance="u", text="[boo")
    show.client.send("presence.say.delta", utterance="u", text="gie] And you.", final=True)
    show.run(5.0)
    assert show.report.gestures == {"nod": 2}
    show.engine.become(Persona(quiet=True))
    show.client.send("presence.say", text="[boogie] Good day.")
    show.run(2.0)
    assert show.report.gestures == {"nod": 2}


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        ({"model": "hikari", "persona": "grumpy"}, "unknown_name", "/data/persona"),
        ({"model": "hikari", "persona": "/etc/passwd.toml"}, "unknown_name", "/data/persona"),
        ({"model": "another.vrm", "persona": "calm"}, "not_ready", "/data/model"),
        ({"model": "another.vrm"}, "not_ready", "/data/model"),
        ({"model": "hikari"}, "not_ready", "/data/model"),
    ],
)
def test_other_models_and_unknown_personas_are_refused(data: dict[str, Any], code: str, pointer: str) -> None:
    show = Show(Persona(), 30)
    answer = show.client.send("presence.companion", **data)
    assert answer["type"] == "presence.error"
    assert (answer["data"]["code"], answer["data"]["pointer"]) == (code, pointer)


def turned(t: float, degrees: float) -> Observation:
    """A person in front of the camera whose head is turned."""
    matrix = np.eye(4, dtype=np.float32)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix[:3, :3] = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    matrix[2, 3] = -0.7
    box = np.array([120, 60, 200, 160], np.float32)
    points = np.tile(np.array([160, 110, 0], np.float32), (478, 1))
    return Observation(t, (320, 240), Face(points, np.zeros(52, np.float32), matrix, box))


@pytest.mark.parametrize("puppet", [True, False])
def test_the_person_leads_only_where_that_was_asked_for(puppet: bool) -> None:
    show = Show(Persona(), 30, puppet=puppet)
    for k in range(60):
        show.step(turned((k + 1) / 30, 25.0))
    assert show.animator.influences.led is puppet


def test_settings_are_checked() -> None:
    with pytest.raises(UsageError, match="puppet"):
        Settings(puppet="cat")
    with pytest.raises(AssetError, match="grumpy"):
        Stage(source="demo", persona="grumpy", headless=True, offline=True, seconds=1.0).run()


@pytest.mark.gl
@pytest.mark.slow
def test_a_lively_demo_beats_and_a_quiet_one_does_not(tmp_path: Any) -> None:
    quiet = tmp_path / "still.toml"
    quiet.write_text("quiet = true\nenergy = 1\nexpressivity = 1\n")
    made = []
    for persona in ("lively", str(quiet)):
        # beats go with what is said, whoever is seen: nobody is looked for
        show = Stage(no_source=True, headless=True, offline=True, seconds=6.0, fps=10, size=(160, 160), persona=persona)
        show.send("say", text="The whole garden was beautiful, and every single rose in it smelled like summer rain.")
        made.append(show.run()["gestures"])
    assert any(name.startswith("beat") for name in made[0])
    assert made[1] == {}
