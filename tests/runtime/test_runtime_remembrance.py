"""A ceremony and its keepsake: what was really said and shown is kept, once, whatever happened to the program."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_runtime_ceremony import Scene

from avatar import paths
from avatar.ceremony import orders, reading
from avatar.ceremony.auto import Auto
from avatar.ceremony.director import Director
from avatar.ceremony.keepsake import Chapter
from avatar.ceremony.restoring import restore
from avatar.ceremony.script import Script
from avatar.config import Settings
from avatar.errors import EventError, OutputError, UsageError
from avatar.io.outputs import chapters
from avatar.io.outputs.recorder import Recorder
from avatar.runtime import finishing, keepsakes, performing, remembrance
from avatar.runtime.acts import Keep
from avatar.runtime.ceremony import Performance
from avatar.runtime.forgetting import Forgetting
from avatar.runtime.keeping import CHECKPOINT, keep, kept
from avatar.runtime.prompting import Prompter
from avatar.runtime.remembering import Keeping
from avatar.runtime.remembrance import Wish
from avatar.runtime.witness import Witness

SCRIPT = """presence: 1
title: {en: Three cues, ja: 三つの場面}
kind: other
languages: [en, ja]
statement: {en: Symbolic., ja: 象徴的な式です。}
names: {person: 光, companion: Hikari}
scenes:
- id: all
  title: {en: The promise, ja: 約束}
  cues:
  - id: said
    do: [{say: "{statement}"}]
  - id: vow
    label: {en: A vow, ja: 誓い}
    trigger: follow
    do: [{vow: "Companion stays."}, {vow: "Person stays.", who: person}]
  - id: photo
    label: {en: A picture, ja: 写真}
    trigger: follow
    do: [{picture: together, beside: right, countdown: 2, burst: 3, smile: happy}]
  - id: close
    trigger: follow
    do: [{wait: 0.5}]
"""
ASKS = SCRIPT.replace(
    "    do: [{wait: 0.5}]\n",
    """    do: [{say: Well?}]
    answer:
      of: person
      yes: {do: [{wait: 0.1}]}
      no: {do: [{say: Thank you.}]}
      silence: {after: 5}
""",
)


class Stage(Scene):
    """A performance that keeps a keepsake, whose companion speaks as long as lines last; nothing is drawn."""

    def __init__(
        self, root: Path, script: str = SCRIPT, folder: str = "k", wish: Wish | None = None, **answers: str
    ) -> None:
        ceremony = reading.parse(script, "f")
        director, saved = Director(ceremony), {}
        if (root / CHECKPOINT).is_file():
            saved = kept(root / CHECKPOINT)
            restore(director, saved)
        self.told: list[str] = []
        wish = wish or Wish(True, None if saved else root / folder)
        keeping = remembrance.begun(ceremony, "en", wish, None, saved, root, self.told.append)
        self.witness = Witness(director, keeping, keeping is None and remembrance.unkept(wish, saved))
        super().__init__(root, script, auto=Auto(answers), tell=self.told.append)
        self.performance.close()
        clock: Any = self.clock
        self.shown = 0
        files, witness, tell = Keep(root, root), self.witness, self.told.append
        self.performance = Performance(
            *(director, self.doors, Mixer(), clock, self.picture, "f", files, Auto(answers)), witness=witness, tell=tell
        )
        self.mode = lambda: director.mode
        self.talk: dict[str, float] = {}
        self.film: Recorder | None = None
        if saved:
            self.performance.resume()

    def picture(self) -> Any:
        self.shown += 1
        return np.full((8, 8, 3), self.shown, np.uint8)

    def tick(self, *inputs: orders.Input) -> None:
        now = self.clock.now()
        lines = {line.utterance: line for line in self.performance.director.view().lines if not line.read}
        self.talk = {name: self.talk.get(name, now + line.seconds) for name, line in lines.items()}
        over = [orders.Spoken(name, "finished") for name, end in self.talk.items() if end <= now]
        self.step(*inputs, *over)
        if self.film is not None and round(now * 30) % 10 == 0:
            self.film.write_frame(np.zeros((16, 16, 3), np.uint8), now)

    def until(self, *modes: str, cue: str = "") -> None:
        for _ in range(3000):
            if self.mode() in modes or (cue and any(row[0] == cue for row in self.performance.director.view().running)):
                return
            self.tick()
        raise AssertionError(f"never {modes} {cue}: {self.performance.director.view()}")

    @property
    def state(self) -> dict[str, Any]:
        assert self.witness.keeping is not None
        self.witness.settle()
        return keepsakes.manifest(self.witness.keeping.folder) or {}

    def album(self) -> str:
        if self.film is not None:
            self.film.close()
        facts = remembrance.ended(self.witness, None, self.told.append)
        return Path(facts["album"]).read_text("utf-8")


class Mixer:
    rate = 24000
    beside: Any = None


def begun(keep_file: Path) -> list[str]:
    """Cues whose chapters are on the disk."""
    return [row[4] for row in (keepsakes.manifest(keep_file.parent) or {"chapters": []})["chapters"]]


def texts(state: dict[str, Any]) -> list[str]:
    return [row[2] for row in state["vows"]]


def test_three_cues_are_kept_whole(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.until("ended")
    state = stage.state
    assert texts(state) == ["Companion stays.", "Person stays."]
    assert [(row[1], row[2]) for row in state["pictures"]] == [("together", "photo")]
    assert [(row[1], row[3]) for row in state["chapters"]] == [
        ("The promise", "The promise"), ("A vow", ""), ("A picture", ""),
    ]  # fmt: skip
    log = stage.performance.director.log
    begun = {entry.cue: entry.at for entry in log if entry.what == "started"}
    assert [row[2] for row in state["chapters"]] == [begun[c] for c in ("said", "vow", "photo")]
    page = stage.album()
    assert "Person stays." in page
    assert "光" in page
    assert "It was not filmed." in page
    assert "ended before" not in page
    rows = (tmp_path / "k" / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(row)["what"] for row in rows] == [entry.what for entry in log]


def test_numbers_are_counted_and_of_a_burst_one_picture_is_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.until("ended", cue="photo")
    counts: list[int] = []
    at: list[float] = []
    sent: list[tuple[str, Any]] = []
    send = stage.performance._send
    stage.performance._send = lambda type, id=None, **data: (sent.append((type, data)), send(type, id, **data))[1]  # type: ignore[method-assign]
    while stage.mode() != "ended":
        stage.tick()
        count = stage.performance.director.view().count
        if not counts or count != counts[-1]:
            counts.append(count)
            at.append(stage.clock.now())
    assert counts == [0, 2, 1, 0]
    assert at[2] - at[1] == pytest.approx(1.0, abs=1 / 30)
    assert stage.shown == 3
    assert [t for t in stage.told if t.strip().isdigit()] == ["      2", "      1"]
    assert [d["anchor"] for t, d in sent if t == "presence.move"][-1] == "beside"
    assert [d["expression"] for t, d in sent if t == "presence.express"][-1] == "neutral"


def test_a_pause_within_a_countdown_poses_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.until("ended", cue="photo")
    while stage.performance.director.view().count != 1:
        stage.tick()
    stage.tick(orders.Pause())
    assert stage.performance.director.view().count == 0
    assert stage.performance.posing._posing is None
    stage.tick(orders.Resume())
    assert stage.performance.posing._posing is not None
    stage.until("ended")
    assert len(stage.state["pictures"]) == 1


def test_panic_frees_the_companion_and_keeps_no_picture(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.until("ended", cue="photo")
    while stage.performance.director.view().count != 1:
        stage.tick()
    stage.tick(orders.Panic())
    assert stage.performance.posing._posing is None
    assert stage.state["pictures"] == []


def test_a_vow_that_was_broken_off_was_not_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.until("ended", cue="vow")
    while not any(line.read for line in stage.performance.director.view().lines):
        stage.tick()
    stage.tick(orders.Stop())
    stage.until("stopped")
    assert texts(stage.state) == ["Companion stays."]
    page = stage.album()
    assert "Person stays." not in page
    assert "ended before its last part" in page
    assert "式は途中で終えられました" not in page  # its own language; the other has what is real


def test_a_vow_is_whole_though_a_pause_cut_it_in_two(tmp_path: Path) -> None:
    stage = Stage(tmp_path, SCRIPT.replace("Companion stays.", "First is said. Then comes the rest."))
    stage.until("ended", cue="vow")
    while not stage.performance.director.view().lines:
        stage.tick()
    (line,) = stage.performance.director.view().lines
    stage.tick(orders.Pause())
    stage.tick(orders.Spoken(line.utterance, "interrupted", 1))
    stage.tick(orders.Resume())
    (rest,) = stage.performance.director.view().lines
    assert rest.text.strip() == "Then comes the rest."
    stage.until("ended")
    assert texts(stage.state) == ["First is said. Then comes the rest.", "Person stays."]


def test_a_no_is_told_as_it_was(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ASKS, close="no")
    stage.until("ended")
    page = stage.album()
    assert "Asked, 光 answered no, as everybody asked here may." in page
    assert "ended before" not in page


def _performs(root: str) -> None:
    stage = Stage(Path(root))
    keeping = stage.witness.keeping
    assert keeping is not None
    stage.film = Recorder(keeping.recording, (16, 16), 3)
    while stage.mode() not in ("ended", "stopped"):
        stage.tick()
        time.sleep(0.001)
    stage.album()


@pytest.mark.slow
@pytest.mark.parametrize("cue", ["vow", "photo"])
def test_killed_and_resumed_one_keepsake_goes_on(tmp_path: Path, cue: str) -> None:
    """Killed within a cue, at its middle and at once: nothing that was kept is lost, nothing is there twice."""
    keep_file = tmp_path / "k" / keepsakes.MANIFEST
    process = multiprocessing.get_context("spawn").Process(target=_performs, args=(str(tmp_path),))
    process.start()
    while cue not in begun(keep_file):
        assert process.is_alive()
        time.sleep(0.002)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    before = texts(keepsakes.manifest(tmp_path / "k") or {})
    stage = Stage(tmp_path)
    over = "photo" in stage.performance.director.done  # a slow machine kills it after the last cue
    keeping = stage.witness.keeping
    assert keeping is not None
    assert keeping.folder == tmp_path / "k"
    assert keeping.recording.name == "recording-2.mp4"
    stage.film = Recorder(keeping.recording, (16, 16), 3)
    stage.until("ended")
    state = stage.state
    assert texts(state)[: len(before)] == before
    assert sorted(texts(state)) == ["Companion stays.", "Person stays."]
    assert [(row[1], row[2]) for row in state["pictures"]] == [("together", "photo")]
    page = stage.album()
    assert page.index("recording.mp4") < page.index("recording-2.mp4")
    assert page.count("<span>A vow</span>") == 1
    assert "taken up again at" in page
    last = chapters.read(tmp_path / "k" / "recording-2.mp4")
    assert last == [] if over else last[-1][0].endswith("A picture")
    assert len(list((tmp_path / "k").glob("picture-*.png"))) == 1


@pytest.mark.slow
def test_killed_and_never_resumed_its_album_is_made_from_what_is_there(tmp_path: Path) -> None:
    keep_file, told = tmp_path / "k" / keepsakes.MANIFEST, list[str]()
    process = multiprocessing.get_context("spawn").Process(target=_performs, args=(str(tmp_path),))
    process.start()
    while "photo" not in begun(keep_file):
        assert process.is_alive()
        time.sleep(0.002)
    found = keepsakes.find("k", tmp_path)
    with pytest.raises(UsageError, match="is going on in another process"):
        finishing.finish(found, told.append)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert not (tmp_path / "k" / "album.html").exists()
    facts = finishing.finish(found, told.append)
    assert told == []
    assert facts["cut_off"] is True
    page = Path(str(facts["album"])).read_text("utf-8")
    assert "Companion stays." in page
    assert "It was cut off before its end, and was not finished." in page
    assert Path(str(facts["certificate"])).stat().st_size > 1000
    assert (tmp_path / "k" / "vows.txt").is_file()
    rows = (tmp_path / "k" / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(row)["what"] for row in rows].count("cut off") == 1
    assert keepsakes.find("k", tmp_path).finished
    assert not list((tmp_path / "k").glob(".part-*"))
    with pytest.raises(UsageError, match="is finished"):
        finishing.finish(found, told.append)
    stage = Stage(tmp_path)  # and gone on with all the same
    stage.until("ended")
    page = stage.album()
    assert "was not finished" not in page
    assert "cut_off" not in stage.state


@pytest.mark.parametrize("path", sorted((paths.assets() / "ceremonies").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_keepsake_has_its_script_with_it(path: Path) -> None:
    script = reading.parse(path.read_bytes()).script
    assert Script.model_validate(json.loads(json.dumps(script.model_dump(mode="json", by_alias=True)))) == script


def test_a_picture_that_was_taken_before_the_kill_is_not_there_twice(tmp_path: Path) -> None:
    script = reading.parse(SCRIPT).script
    first = Keeping(now=lambda: datetime(2026, 11, 27))
    first.begin(script, tmp_path / "k")
    first.still("a", np.zeros((4, 4, 3), np.uint8), "photo")
    first.settle()
    again = Keeping(now=lambda: datetime(2026, 11, 27))
    again.begin(script, tmp_path / "k")
    for shade in (10, 20):  # by going back a second one is taken, which is another picture
        again.still("a", np.full((4, 4, 3), shade, np.uint8), "photo")
    again.settle()
    rows = (keepsakes.manifest(tmp_path / "k") or {})["pictures"]
    assert rows == [["picture-02.png", "a", "photo"], ["picture-03.png", "a", "photo"]]
    assert sorted(p.name for p in (tmp_path / "k").glob("*.png")) == ["picture-02.png", "picture-03.png"]


def test_a_folder_that_cannot_be_written_is_one_line_and_the_ceremony_goes_on(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    stage = Stage(tmp_path, folder="taken")
    assert len(stage.told) == 1
    assert "the ceremony goes on without one" in stage.told[0]
    stage.until("ended")
    assert (tmp_path / "together.png").is_file()
    assert kept(tmp_path / CHECKPOINT)["keepsake"] == ""


def test_a_full_disk_is_one_line_and_the_ceremony_goes_on(tmp_path: Path, monkeypatch: Any) -> None:
    stage = Stage(tmp_path)

    def full(path: Path, data: Any) -> None:
        raise OutputError(f"{path}: cannot be written (the disk is full)")

    monkeypatch.setattr("avatar.io.outputs.safely.write", full)
    monkeypatch.setattr("avatar.runtime.remembering.write_png", full)
    stage.until("ended")
    remembrance.ended(stage.witness, None, stage.told.append)
    assert [line for line in stage.told if "disk is full" in line] == [
        f"{tmp_path / 'k' / 'keepsake.json'}: cannot be written (the disk is full); the ceremony goes on"
    ]


def test_the_persons_word_forget_leaves_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    Prompter(stage.performance, None, stage.told.append).take("forget")  # type: ignore[arg-type]
    stage.until("ended")
    assert remembrance.ended(stage.witness, None, stage.told.append) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_word_is_taken_back_until_the_end_and_not_after(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    prompter = Prompter(stage.performance, None, stage.told.append)  # type: ignore[arg-type]
    prompter.take("forget")
    stage.until("ended")
    prompter.take("keep")
    page = stage.album()
    assert "Person stays." in page
    assert stage.witness.forgotten is False
    prompter.take("forget")
    assert "avatar keepsake delete k" in stage.told[-1], "too late: how it is done now"
    assert stage.witness.forgotten is False
    assert (tmp_path / "k" / "album.html").is_file()


def test_the_word_outlasts_a_kill_and_no_album_is_made_of_what_is_left(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.until("ended", cue="vow")
    Forgetting(stage.witness, stage.told.append).forget(True)
    assert stage.state["forgotten"] is True
    assert stage.witness.keeping is not None
    stage.witness.keeping._release()  # as a kill does
    with pytest.raises(UsageError, match="nothing of this ceremony was to be kept"):
        finishing.finish(keepsakes.find("k", tmp_path), print)
    again = Stage(tmp_path)
    assert again.witness.forgotten is True
    assert "nothing of this ceremony will be kept" in remembrance.told(again.witness.keeping, None, tmp_path)
    again.until("ended")
    assert remembrance.ended(again.witness, None, again.told.append) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_an_earlier_part_put_elsewhere_is_named_before_it_is_forgotten(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    keeping, film = stage.witness.keeping, tmp_path / "ours.mp4"
    assert keeping is not None
    film.write_bytes(b"film")
    keeping.copied(film)
    Forgetting(stage.witness, stage.told.append).forget(True)
    assert stage.told[-1].endswith(f"; and with it {film}")
    assert str(film) in remembrance.told(keeping, None, tmp_path)
    stage.until("ended")
    remembrance.ended(stage.witness, None, stage.told.append)
    assert list(tmp_path.iterdir()) == []


def test_without_a_keepsake_there_is_nothing_to_forget() -> None:
    wish = Forgetting(Witness(Director(reading.parse(SCRIPT))), print)
    assert wish.facts() == {"name": "", "film": False, "forgotten": False}
    with pytest.raises(EventError, match="there is no keepsake"):
        wish.forget(True)


def test_one_whose_keepsake_was_deleted_keeps_none_when_it_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.until("ended", cue="photo")
    assert stage.witness.keeping is not None
    stage.witness.settle()
    checkpoint = kept(tmp_path / CHECKPOINT)
    stage.witness.keeping.abandon()
    told: list[str] = []
    ceremony = reading.parse(SCRIPT)
    assert remembrance.begun(ceremony, "en", Wish(True), None, checkpoint, tmp_path, told.append) is None
    assert "not there any more" in told[0]


def test_deleted_with_its_film_its_copy_and_its_checkpoint(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    keeping = stage.witness.keeping
    assert keeping is not None
    stage.film = Recorder(keeping.recording, (16, 16), 3)
    stage.until("ended")
    stage.film.close()
    own, changed = tmp_path / "ours.mkv", tmp_path / "other.mp4"
    facts = remembrance.ended(stage.witness, own, stage.told.append)
    assert chapters.read(own) == chapters.read(Path(facts["recording"]))
    assert [title for title, _ in chapters.read(own)] == ["The promise", "A vow", "A picture"]
    assert "compositeSynthetic" in chapters.xmp_of(Path(facts["recording"]))
    changed.write_bytes(b"another film")
    keeping.copied(changed)
    changed.write_bytes(b"the person's own now")
    keep(tmp_path / "log.json", {})
    found = keepsakes.find("k", tmp_path)
    assert keepsakes.copies(found) == [(own, True), (changed, False)]
    keepsakes.delete(found)
    assert [p.name for p in tmp_path.iterdir()] == ["other.mp4"]


def test_nothing_is_filmed_without_the_persons_word(tmp_path: Path) -> None:
    keeping = Keeping()
    keeping.begin(reading.parse(SCRIPT).script, tmp_path / "k")
    assert remembrance.filmed(keeping, Wish(True), None) is None
    assert "it is not filmed" in remembrance.told(keeping, None, tmp_path)
    assert remembrance.filmed(keeping, Wish(True, None, True), None) == keeping.recording
    assert remembrance.filmed(keeping, Wish(True), tmp_path / "f.mp4") == keeping.recording
    keeping.recording.write_bytes(b"film")
    assert remembrance.filmed(keeping, Wish(True), None) == keeping.recording  # it was their word before the kill
    assert remembrance.filmed(keeping, Wish(True, None, False), None) is None
    assert remembrance.filmed(None, Wish(), tmp_path / "f.mp4") == tmp_path / "f.mp4"
    with pytest.raises(OutputError, match="ends in"):
        remembrance.begun(reading.parse(SCRIPT), "en", Wish(), tmp_path / "f.txt", {}, tmp_path, print)


def test_chapters_of_a_scene_carry_its_title() -> None:
    assert Chapter("Their vow", 1.0, "Vows").named == "Vows: Their vow"
    assert Chapter("Vows", 1.0, "Vows").named == "Vows"


@pytest.mark.gl
@pytest.mark.slow
def test_performed_on_a_real_stage_it_leaves_everything(tmp_path: Path) -> None:
    script = SCRIPT.replace("countdown: 2", "countdown: 1")
    (tmp_path / "x.yaml").write_text(script, encoding="utf-8")
    film = tmp_path / "f.mp4"
    settings = Settings(
        source="demo", size=(240, 160), offline=True, headless=True, port=None, voice="none", fps=10, record=film
    )
    told: list[str] = []
    wish = Wish(True, tmp_path / "k")
    plan = performing.Plan(settings, tmp_path / "kept", auto=True, wish=wish)
    facts = performing.perform(tmp_path / "x.yaml", plan, time.perf_counter(), told.append)
    assert facts["mode"] == "ended"
    assert {p.name for p in (tmp_path / "k").iterdir()} == {
        *("keepsake.json", "album.html", "certificate.pdf", "vows.txt", "log.jsonl", "chapters.vtt", "recording.mp4"),
        "picture-01.png",
    }
    inside = chapters.read(tmp_path / "f.mp4")
    assert [title for title, _ in inside] == ["The promise", "A vow", "A picture"]
    log = json.loads((tmp_path / "kept" / "log.json").read_text("utf-8"))["log"]
    begun = [e["at"] for e in log if e["what"] == "started"][:3]
    assert [at for _, at in inside] == pytest.approx([at - begun[0] for at in begun], abs=0.002)
    assert any("a film of picture and sound" in line for line in told)
