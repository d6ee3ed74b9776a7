"""A ceremony on a stage: its commands become events, what happens becomes its inputs, and its checkpoint is kept."""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house_ceremonies import way

from avatar import paths
from avatar.animate.library import GESTURES
from avatar.ceremony import orders, reading
from avatar.ceremony.auto import Auto
from avatar.ceremony.director import Director
from avatar.clock import ManualClock
from avatar.config import Settings
from avatar.errors import CeremonyError, OutputError, UsageError
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.voice.sound_files import read_sound
from avatar.runtime import ceremonies, performing
from avatar.runtime.acts import Keep
from avatar.runtime.assemble import stage
from avatar.runtime.captions import Captions, pieces_of
from avatar.runtime.ceremony import Performance
from avatar.runtime.doors import CUES, HANDLED, Doors
from avatar.runtime.keeping import CHECKPOINT, keep, kept
from avatar.runtime.lights import Lights
from avatar.runtime.mailbox import Inbox
from avatar.runtime.prompting import Prompter, press
from avatar.runtime.report import Report
from avatar.spelling import ANCHORS
from avatar.stage.scene import Lighting

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """presence: 1
title: T
kind: other
statement: "Symbolic."
roles: {officiant: {name: Robin}}
scenes:
- id: all
  title: t
  cues:
  - {id: said, do: [{say: "{statement}"}]}
  - {id: ring-on, irreversible: true, do: [{prop: ring, action: attach, to: "ring-finger:left"}, {light: gold}]}
  - {id: read, who: officiant, do: [{say: "We are glad. All of us."}]}
  - {id: photo, do: [{picture: together, count: 2, every: 0.2}]}
"""


class Mixer:
    """A line of sound that nobody hears."""

    rate = 24000
    beside: Any = None


class Scene:
    """Doors, a performance, and what reaches the engine."""

    def __init__(self, folder: Path, script: str = SCRIPT, **options: Any) -> None:
        self.clock = ManualClock()
        self.inbox: Inbox[Delivery] = Inbox()
        moods = ["neutral", "happy", "relaxed", "sad", "surprised", "angry", "smile"]
        names = Capabilities(
            expressions=moods, gestures=list(GESTURES), props=sorted(paths.prop_names()), anchors=list(ANCHORS)
        )
        self.doors = Doors(self.inbox, self.clock, names, HANDLED | CUES)
        self.client = self.doors.memory()
        director = Director(reading.parse(script, "f"))
        picture = lambda: np.zeros((8, 8, 3), np.uint8)  # noqa: E731
        files = Keep(folder, folder)
        self.performance = Performance(director, self.doors, Mixer(), self.clock, picture, "f", files, **options)
        self.mode = lambda: director.mode

    def step(self, *inputs: orders.Input) -> list[str]:
        """One frame; the types of events that reach the engine in it."""
        for one in inputs:
            self.performance.give(one)
        self.performance.step(self.clock.now())
        self.clock.advance(1 / 30)
        return [d.event.type for d in self.inbox.drain()]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    found = Scene(tmp_path)
    found.step()
    return found


def test_lines_and_acts_go_the_way_of_every_event(scene: Scene) -> None:
    from avatar.events import messages

    assert scene.step(orders.Go()) == ["presence.say"]
    said = [e for e in scene.client.received() if e["type"].startswith("presence.cue.")]
    assert [(e["type"], e["data"]["cue"], e["data"]["number"]) for e in said] == [
        ("presence.cue.standby", "said", "1"),
        ("presence.cue.started", "said", "1"),
        ("presence.cue.standby", "ring-on", "2"),
    ]
    name = scene.performance.director.view().lines[0].utterance
    scene.doors.publish(messages.SpeechFinished(utterance=name, at=1.0, seconds=1.0))
    scene.step()
    scene.clock.advance(1.0)
    assert scene.step(orders.Go()) == ["presence.prop"]
    assert scene.performance.lights.tint(9.0)[0] > 1.2 * scene.performance.lights.tint(9.0)[2]  # gold


def test_the_checkpoint_is_on_the_disk_before_what_is_done_for_good(scene: Scene, monkeypatch: Any) -> None:
    seen: list[tuple[str, list[str]]] = []
    send = scene.performance._send

    def watched(type: str, id: str | None = None, **data: Any) -> str:
        seen.append((type, kept(scene.performance.files.out / CHECKPOINT)["acts"]))
        return send(type, id, **data)

    monkeypatch.setattr(scene.performance, "_send", watched)
    scene.step(orders.Goto("ring-on"))
    scene.step(orders.Go())
    assert ("presence.prop", ["ring-on"]) in seen


def test_cue_events_from_other_clients(scene: Scene, tmp_path: Path) -> None:
    def arrives(type: str, **data: Any) -> str:
        answer = scene.client.send(type, **data)
        assert answer["type"] == "presence.ack"
        for delivery in scene.inbox.drain():
            try:
                assert scene.performance.directs(delivery.event)
            except Exception as error:
                return str(getattr(error, "code", error))
        return ""

    assert arrives("presence.cue.goto", cue="read") == ""
    scene.step()
    assert scene.performance.director.view().standby == "read"
    assert arrives("presence.cue.goto", cue="reed") == "unknown_name"
    assert arrives("presence.cue.goto") == "missing_field"
    assert arrives("presence.cue.go", ceremony="other") == "unknown_name"
    assert arrives("presence.cue.go") == ""
    scene.step()
    assert scene.performance.caption(scene.clock.now()) == ("We are glad.", "Robin")
    scene.clock.advance(4)
    assert scene.performance.caption(scene.clock.now()) == ("All of us.", "Robin")
    scene.step(orders.Go())
    assert scene.performance.caption(scene.clock.now()) == ("", "")
    assert arrives("presence.cue.hold") == ""
    assert arrives("presence.cue.back") == ""
    scene.step()
    assert scene.performance.director.view().held


def test_without_a_ceremony_cues_are_not_ready() -> None:
    doors = Doors(Inbox(), ManualClock(), Capabilities())
    answer = doors.memory().send("presence.cue.go")
    assert answer["data"]["code"] == "not_ready"


@pytest.mark.parametrize(
    ("type", "mode"),
    [
        ("presence.panic", "panic"),
        ("presence.crisis", "suspended"),
        ("presence.goodbye", "stopping"),
    ],
)
def test_what_everybody_hears_the_ceremony_hears_too(scene: Scene, type: str, mode: str) -> None:
    from avatar.events.codec import decode

    scene.step(orders.Go())
    text = f'{{"specversion": "1.0", "id": "1", "source": "bot", "type": "{type}", "data": {{}}}}'
    assert scene.performance.directs(decode(text)) is False
    scene.step()
    assert scene.mode() == mode


def test_an_event_can_begin_a_cue(tmp_path: Path) -> None:
    from avatar.events.codec import decode

    text = SCRIPT.replace("{id: read, who", "{id: read, trigger: {event: presence.caption}, who")
    scene = Scene(tmp_path, text)
    scene.step()
    scene.step(orders.Go("ring-on"))
    for _ in range(20):
        scene.step()
    assert scene.performance.director.view().standby == "read"
    event = '{"specversion": "1.0", "id": "1", "source": "x", "type": "presence.caption", "data": {"text": "x"}}'
    scene.performance.directs(decode(event))
    scene.step()
    assert scene.performance.director.view().running[0][0] == "read"


def test_panic_silences_in_the_same_step_and_nothing_follows(scene: Scene) -> None:
    scene.step(orders.Go())
    got = scene.step(orders.Panic())
    assert "presence.interrupt" in got
    assert "presence.panic" in got  # which puts the body at rest, too
    for _ in range(60):
        assert scene.step(orders.Go()) == []
    assert scene.mode() == "panic"


def test_pictures_are_kept_in_the_ceremonys_own_folder(scene: Scene, tmp_path: Path) -> None:
    scene.step(orders.Go("photo"))
    for _ in range(20):
        scene.step()
    assert [p.name for p in scene.performance.pictures] == ["together-1.png", "together-2.png"]
    assert (tmp_path / "together-2.png").is_file()


def test_a_disk_that_is_full_does_not_end_the_ceremony(scene: Scene, monkeypatch: Any) -> None:
    def full(path: Path, value: Any) -> None:
        raise OutputError("no space left")

    monkeypatch.setattr("avatar.runtime.ceremony.keep", full)
    scene.step(orders.Goto("read"))
    scene.step(orders.Goto("said"))
    scene.step()
    assert scene.step(orders.Go()) == ["presence.say"]
    assert any(e.what == "trouble" for e in scene.performance.director.log)


def test_a_checkpoint_is_the_old_one_or_the_new_one(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / CHECKPOINT
    keep(path, {"presence": 1, "n": 1})
    for name in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, lambda *a: (_ for _ in ()).throw(OSError(28, "No space left on device")))
            with pytest.raises(OutputError):
                keep(path, {"presence": 1, "n": 2})
        assert kept(path)["n"] == 1
        assert not path.with_name(f"{CHECKPOINT}.part").exists()
    for bad in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        path.write_bytes(bad)
        with pytest.raises(CeremonyError):
            kept(path)
    with pytest.raises(CeremonyError, match="there is no checkpoint"):
        kept(tmp_path / "other.json")


def _performs(folder: str, script: str) -> None:
    """Perform for ever in a process that is going to be killed: every third of a second a GO, every line is read."""
    scene = Scene(Path(folder), script)
    acts = open(Path(folder) / "acts.txt", "a")  # noqa: SIM115
    while True:
        lines = scene.performance.director.view().lines
        inputs: list[orders.Input] = [orders.Spoken(line.utterance, "finished") for line in lines]
        if scene.mode() == "restored":
            inputs.append(orders.Resume())
        for kind in scene.step(*inputs, orders.Go()):
            if kind == "presence.prop":
                acts.write(kind + "\n")
                acts.flush()
                os.fsync(acts.fileno())
        time.sleep(0.001)


@pytest.mark.parametrize("moment", [0.02, 0.05, 0.09])
def test_killed_at_any_moment_it_resumes_at_the_right_cue(tmp_path: Path, moment: float) -> None:
    child = multiprocessing.get_context("fork").Process(target=_performs, args=(str(tmp_path), SCRIPT))
    child.start()
    end = time.monotonic() + 20
    while not (tmp_path / CHECKPOINT).exists() and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(moment)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    from avatar.ceremony.restoring import restore

    saved = kept(tmp_path / CHECKPOINT)
    director = Director(reading.parse(SCRIPT, "f"))
    restore(director, saved)
    done = (tmp_path / "acts.txt").read_text().count("presence.prop") if (tmp_path / "acts.txt").exists() else 0
    assert done <= 1
    assert done == 0 or "ring-on" in saved["acts"]
    order = ["said", "ring-on", "read", "photo"]
    standby = director.view().standby
    begun = [cue for cue in order if cue in saved["done"] or cue in saved["acts"]]
    assert standby == next((cue for cue in order if cue not in begun), "")


def test_after_a_restart_what_was_done_still_stands(tmp_path: Path) -> None:
    from avatar.ceremony.restoring import restore
    from avatar.events import messages

    scene = Scene(tmp_path)
    scene.step()
    scene.step(orders.Go("ring-on"))
    scene.step()
    again = Scene(tmp_path)
    restore(again.performance.director, kept(tmp_path / CHECKPOINT))
    again.performance.stand_again()
    data = [d.event.data for d in again.inbox.drain()]
    assert data == [messages.Prop(name="ring", action="attach", to="ring-finger:left")]
    assert again.performance.lights.tint(9.0)[0] > 1.2 * again.performance.lights.tint(9.0)[2]  # gold
    assert again.performance.director.view().standby == "read"
    assert again.step(orders.Go()) == [], "it waits for an explicit word"


def test_light_changes_gently_and_leaves_the_room_as_it_is() -> None:
    lights, room = Lights(), Lighting()
    assert lights.lit(room, 0.0) is room
    lights.turn("dark", 1.0, 0.0, 10.0)
    steps = [float(lights.lit(room, 10 + k / 30).color[0]) for k in range(40)]
    assert steps == sorted(steps, reverse=True)
    assert max(np.abs(np.diff(steps))) < 0.2
    assert steps[-1] == pytest.approx(0.12, abs=1e-6)


def test_captions_show_all_of_a_long_text() -> None:
    text = "One sentence. " + "word " * 60 + "end. 誓います。ここにいます。"
    pieces = pieces_of(text)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert max(len(p) for p in pieces) <= 120
    captions = Captions()
    captions.read("A. B.", "Robin", 2.0, 5.0)
    assert [captions.at(t)[0] for t in (4.9, 5.0, 6.5, 7.1)] == ["", "A.", "B.", ""]


def test_a_new_ceremony_has_its_names_left_to_be_written(tmp_path: Path) -> None:
    path = ceremonies.new("wedding", tmp_path / "our day")
    _, problems = reading.shape(ceremonies.marked.read(path.read_bytes()))
    assert problems == []
    from avatar.ceremony import meaning

    found = reading.parse(path.read_bytes(), "w")
    wrong = meaning.check(found)
    assert {p.rule.split("'")[1] for p in wrong} == {"person", "date", "vow"}
    assert all("is empty" in p.rule for p in wrong)
    assert found.script.names["companion"] == "Hikari"
    with pytest.raises(UsageError, match="there already"):
        ceremonies.new("wedding", tmp_path / "our day")
    with pytest.raises(UsageError, match="did you mean 'wedding'"):
        ceremonies.new("weding", tmp_path / "x")


def test_a_language_that_no_voice_here_speaks_is_shown() -> None:
    assert performing.speaking(None, "tlh") == "none"
    assert performing.speaking("heart", "tlh") == "none"
    assert performing.speaking("heart", "en") == "heart"
    assert performing.speaking(None, "en-GB") is None


def test_words_on_the_terminal_are_words_to_the_ceremony(scene: Scene) -> None:
    told: list[str] = []
    stop = threading.Event()
    lines = io.StringIO("g read\n\nwhat\n!\nq\n")
    prompter = Prompter(scene.performance, stop, told.append, lines)
    prompter.start()
    assert stop.wait(5)
    scene.step()
    assert scene.mode() == "panic"
    assert [e.what for e in scene.performance.director.log if e.what in ("goto", "go")] == []
    prompter.take("r")
    scene.step()
    prompter.take("g read")
    prompter.take("")
    scene.step()
    assert scene.performance.director.view().lines[0].text.startswith("We are glad")
    assert any("'what' is no word here" in line for line in told)


def test_links_that_lead_out_of_the_folder_are_not_its_files(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret.wav").write_bytes(b"x")
    (own / "link.wav").symlink_to(tmp_path / "secret.wav")
    (own / "vow.wav").write_bytes(b"x")
    assert ceremonies.files_of(own) == ["vow.wav"]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("answer", ["yes", "no", "silence"])
@pytest.mark.parametrize("path", sorted((ROOT / "assets/ceremonies").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_house_ceremony_is_performed_to_its_end(path: Path, answer: str, language: str, tmp_path: Path) -> None:
    """By itself, every question answered alike, each line spoken for a while: what the end needs is all there."""
    from avatar.events import messages

    director = Director(reading.parse(path.read_bytes(), path.name), language)
    scene = Scene(tmp_path)
    scene.performance.close()
    asked = {step.cue.id: answer for step in director.plan.steps if step.cue.answer is not None}
    told: list[str] = []
    scene.performance = Performance(
        director,
        scene.doors,
        Mixer(),
        scene.clock,
        lambda: np.zeros((8, 8, 3), np.uint8),
        path.stem,
        Keep(path.parent, tmp_path),
        Auto(asked),
        tell=told.append,
    )
    talk: list[tuple[float, str]] = []
    spoken: list[str] = []
    while not scene.performance.over and scene.clock.now() < 1800:
        scene.performance.step(now := scene.clock.now())
        for delivery in scene.inbox.drain():
            if isinstance(delivery.event.data, messages.Say):
                spoken.append(delivery.event.data.text)
                talk.append((now + 2.0, str(delivery.event.data.utterance)))
        for end, name in [t for t in talk if t[0] <= now]:
            talk.remove((end, name))
            scene.doors.publish(messages.SpeechFinished(utterance=name, at=now, seconds=2.0))
        scene.clock.advance(0.25)
    assert scene.performance.over == "ended", director.view()
    assert director.answers == asked
    assert director.words.names["statement"] in spoken
    assert not any("{" in text for text in spoken)
    assert not [e for e in director.log if e.what in ("trouble", "ignored")]
    assert director.done[-1] == way(director.ceremony, answer)[-1]


@pytest.mark.gl
@pytest.mark.slow
def test_a_ceremony_on_a_real_stage(tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    path = tmp_path / "small.yaml"
    path.write_text(
        SCRIPT.replace('"Symbolic."', '"A sign."')
        .replace('do: [{say: "We are glad. All of us."}]', "do: [{wait: 0.2}]")
        .replace('do: [{say: "{statement}"}]', 'do: [{music: chime}, {say: "{statement}"}]')
    )
    said: list[str] = []
    settings = Settings(
        source="demo", offline=True, headless=True, size=(208, 160), fps=8, voice="none", port=0, seconds=20
    )
    settings = replace(settings, record=tmp_path / "film.mp4")
    plan = performing.Plan(settings, tmp_path / "kept", auto=True, preview=True)
    facts = performing.perform(path, plan, time.perf_counter(), said.append)
    assert facts["mode"] == "ended"
    assert facts["cues"] == ["said", "ring-on", "read", "photo"]
    assert facts["spoken"] == ["A sign."]
    sound, rate = read_sound(tmp_path / "film.mp4")
    tones = np.abs(np.fft.rfft(sound)) ** 2
    found = np.argmax(tones) * rate / len(sound)
    assert min(abs(found - hz) for hz in (987.8, 659.3)) < 3.0, "the chime is in the film"
    assert [Path(p).name for p in facts["pictures"]] == ["together-1.png", "together-2.png"]
    log = kept(tmp_path / "kept" / "log.json")["log"]
    assert [e["cue"] for e in log if e["what"] == "finished"] == facts["cues"]
    assert "A sign" not in str(log)
    assert any("said" in line for line in said)
    (link,) = (line for line in said if line.startswith("console: "))
    assert re.fullmatch(r"console: http://127\.0\.0\.1:\d+/console#\S{16,}", link)


def test_keys_of_the_window_conduct(scene: Scene) -> None:
    press(scene.performance, "go")
    assert scene.step() == ["presence.say"]
    press(scene.performance, "hold")
    scene.step()
    assert scene.performance.director.held
    press(scene.performance, "hold")
    scene.step()
    assert not scene.performance.director.held
    press(scene.performance, "back")
    scene.step()
    assert scene.performance.director.view().standby == "said"
    press(scene.performance, "mirror")
    press(scene.performance, "panic")
    scene.step()
    assert scene.mode() == "panic"


@pytest.mark.gl
@pytest.mark.parametrize(("language", "words"), [("ja", "人ではありません"), ("en", "not a person")])
def test_what_the_engine_says_is_in_the_language_of_the_ceremony(language: str, words: str) -> None:
    path = paths.assets() / "ceremonies/tea.yaml"
    wanted = Settings(no_source=True, offline=True, headless=True, port=None, size=(160, 160), voice="none")
    plan = performing.Plan(wanted, Path(), language)
    settings = performing.staged(reading.parse(path.read_bytes(), path.name), path.parent, plan)
    assert settings.voice == "none"
    with stage(settings, Report(0.0), lambda line: None) as whole:
        news = whole.parts.doors.memory()
        whole.engine.tick(0.0, None, None)
        whole.engine.tick(0.1, None, None)
        assert words in whole.engine.scene.overlay.notice
        (notice,) = [e for e in news.received() if e["type"] == "presence.notice"]
        assert words in notice["data"]["text"]
