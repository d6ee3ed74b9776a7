"""A ceremony's keepsake on disk: whole, the person's alone, taken up again after a kill, and deleted completely."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from avatar.ceremony import orders, reading
from avatar.ceremony.auto import Auto
from avatar.ceremony.director import Director
from avatar.ceremony.texts import Wording
from avatar.clock import ManualClock
from avatar.errors import OutputError, UsageError
from avatar.io.outputs import chapters, safely
from avatar.io.outputs.recorder import MARK, Recorder
from avatar.io.outputs.still import read_marks
from avatar.runtime import keepsakes
from avatar.runtime.remembering import Keeping

WEDDING = Path(__file__).resolve().parents[2] / "assets" / "ceremonies" / "wedding.yaml"
CANARY = "Zyxqua"
FRAME = 1 / 8


def now() -> datetime:
    return datetime(2026, 11, 27, 15, 30)


def perform(folder: Path, language: str = "en", answer: str = "yes", person: str = CANARY) -> Keeping:
    """The whole wedding, by a clock that is moved by hand, with made-up pictures and a recording of 4 a second."""
    text = WEDDING.read_text("utf-8").replace("person: Alex", f"person: {person}")
    ceremony = reading.parse(text)
    director, words, auto = Director(ceremony, language), Wording(ceremony.script, language), Auto({"question": answer})
    clock, keeping = ManualClock(), Keeping(now=now)
    keeping.begin(ceremony.script, folder, language)
    film = Recorder(keeping.recording, (64, 48), 4)
    talk: list[tuple[float, str]] = []
    scenes: set[int] = set()
    logged = frames = 0
    while director.mode not in ("ended", "stopped"):
        t = clock.now()
        assert t < 600
        over = [orders.Spoken(name, "finished") for end, name in talk if end <= t]
        talk = [(end, name) for end, name in talk if end > t]
        for command in director.step(t, [*over, *auto.step(director)]):
            match command:
                case orders.Line(read=False):
                    talk.append((t + command.seconds, command.utterance))
                case orders.News("started", cue) if (step := director.plan.step(cue)) and step.scene not in scenes:
                    scenes.add(step.scene)
                    keeping.chapter(words(ceremony.script.scenes[step.scene].title), t)
                case orders.Do(cue, orders.Posed("keep", name)):
                    for k in range(3):
                        keeping.still(f"{name}-{k}", np.full((48, 64, 3), 40 * k, np.uint8), cue)
            if isinstance(command, orders.Line) and command.vow:
                keeping.vow(command.cue, command.who, command.text)
        for entry in director.log[logged:]:
            keeping.log(entry)
        logged = len(director.log)
        if frames % 2 == 0:
            film.write_frame(np.full((48, 64, 3), frames % 200, np.uint8), t)
        frames += 1
        clock.advance(FRAME)
    film.close()
    return keeping


@pytest.fixture(scope="module")
def wedding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "wedding-2026-11-27-1530"
    facts = perform(folder).finish()
    assert set(facts) == {"keepsake", "album", "certificate", "recording"}
    return folder


def test_everything_is_there_and_the_persons_alone(wedding: Path) -> None:
    names = {p.name for p in wedding.iterdir()}
    assert names == {
        *("keepsake.json", "album.html", "certificate.pdf", "vows.txt", "log.jsonl", "chapters.vtt", "recording.mp4"),
        *("picture-01.png", "picture-02.png", "picture-03.png"),
    }
    assert stat.S_IMODE(wedding.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in wedding.iterdir()} == {0o600}
    assert not any(CANARY in name for name in names)


def test_the_recording_has_the_scenes_as_chapters(wedding: Path) -> None:
    inside = chapters.read(wedding / "recording.mp4")
    assert [title for title, _ in inside] == [
        *("Welcome", "What this day is", "Vows", "The question", "The ring", "Close"),
    ]
    assert [at for _, at in inside] == sorted(at for _, at in inside)
    assert (wedding / "chapters.vtt").read_text("utf-8").count("-->") == 6


def test_each_part_says_that_it_is_symbolic_and_made_with_an_ai(wedding: Path) -> None:
    page = (wedding / "album.html").read_text("utf-8")
    for words in ("A symbolic ceremony", "Made with an AI companion", "What is real", "AI, not a person"):
        assert words in page
    assert "Nothing here binds anybody by law" in (wedding / "vows.txt").read_text("utf-8")
    assert read_marks(wedding / "picture-01.png")["Comment"] == MARK
    paper = (wedding / "certificate.pdf").read_bytes()
    assert paper.startswith(b"%PDF-")
    assert b"compositeSynthetic" in paper


def test_the_album_needs_nothing_beside_itself(wedding: Path) -> None:
    page = (wedding / "album.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert "<script" not in page
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert len(sources) == 4
    assert all(s.startswith("data:image/jpeg;base64,") or s == "recording.mp4" for s in sources)
    assert not re.search(r"https?://|@import|url\((?!data:)", page)
    assert all(re.search(r'alt="[^"]+"', image) for image in re.findall(r"<img [^>]*>", page))


def test_the_log_has_times_and_not_what_was_said(wedding: Path) -> None:
    rows = [json.loads(row) for row in (wedding / "log.jsonl").read_text("utf-8").splitlines()]
    assert {"wall", "at", "t", "what", "cue"} <= set(rows[0])
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert "ordinary evening" not in (wedding / "log.jsonl").read_text("utf-8")


def test_names_cannot_write_into_the_page(tmp_path: Path) -> None:
    perform(tmp_path / "k", answer="no", person='"<img src=x onerror=alert(1)>&"').finish()
    page = (tmp_path / "k" / "album.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in page


def test_japanese_is_on_the_certificate_as_letters(tmp_path: Path) -> None:
    perform(tmp_path / "k", "ja", person="光").finish()
    paper = (tmp_path / "k" / "certificate.pdf").read_bytes()
    assert paper.count(b"/Subtype /Image") > 20  # each line and its alpha
    assert "光".encode("utf-16-be") in paper or b"/Alt" in paper


def test_deleted_nothing_of_it_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "keepsakes" / "wedding-1"
    perform(folder).finish()
    assert any(CANARY.encode() in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    (kept,) = keepsakes.kept(tmp_path / "keepsakes")
    assert kept.files == 10
    assert keepsakes.delete(keepsakes.find("wedding-1", tmp_path / "keepsakes")) == 10
    assert list((tmp_path / "keepsakes").iterdir()) == []
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_what_is_no_keepsake_is_never_deleted(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "dear.png").write_bytes(b"x")
    os.symlink(tmp_path / "photos", tmp_path / "link")
    for name, rule in (
        ("photos", "is no keepsake"),
        ("link", "is a link"),
        ("none", "no keepsake 'none'"),
        ("..", "no keepsake"),
    ):
        with pytest.raises(UsageError, match=rule):
            keepsakes.find(name, tmp_path)
    script = reading.parse(WEDDING.read_bytes()).script
    with pytest.raises(OutputError, match="has other things in it"):
        Keeping().begin(script, tmp_path / "photos")
    perform(tmp_path / "k").finish()
    (tmp_path / "k" / "my-letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="my-letter"):
        keepsakes.delete(keepsakes.find("k", tmp_path))
    assert len(list((tmp_path / "k").iterdir())) == 11
    keepsakes.delete(keepsakes.find("k", tmp_path), everything=True)
    assert not (tmp_path / "k").exists()


def test_after_a_kill_it_is_taken_up_again(tmp_path: Path) -> None:
    script = reading.parse(WEDDING.read_bytes()).script
    first = Keeping(now=now)
    first.begin(script, tmp_path / "k")
    first.vow("person-vow", "person", "I am glad.")
    first.still("together", np.zeros((8, 8, 3), np.uint8))
    first.log({"what": "go"})
    first._put(None)  # the program ends here: nothing is finished
    assert first._thread is not None
    first._thread.join()
    first.recording.write_bytes(b"half a film")
    with (tmp_path / "k" / "log.jsonl").open("ab") as file:
        file.write(b'{"what": "to')
    (tmp_path / "k" / ".part-abc").write_bytes(b"torn")
    again = Keeping(now=now)
    again.begin(script, tmp_path / "k")
    assert again.recording.name == "recording-2.mp4"
    again.vow("person-vow", "person", "I am glad.")
    again.still("together", np.ones((8, 8, 3), np.uint8))
    again.log({"what": "ended"})
    with pytest.raises(OutputError, match=r"recording\.mp4: cannot be read"):
        again.finish()
    names = {p.name for p in (tmp_path / "k").iterdir()}
    assert {"picture-01.png", "picture-02.png", "album.html", "recording.mp4"} <= names
    assert ".part-abc" not in names
    rows = [json.loads(row) for row in (tmp_path / "k" / "log.jsonl").read_text("utf-8").splitlines()]
    assert [row["what"] for row in rows] == ["go", "ended"]
    assert (tmp_path / "k" / "vows.txt").read_text("utf-8").count("I am glad.") == 1


def test_a_full_disk_is_one_clear_line_and_what_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    keeping = Keeping(lines.append, now)
    keeping.begin(reading.parse(WEDDING.read_bytes()).script, tmp_path / "k")
    keeping.vow("v", "person", "I am glad.")
    keeping._work.put(lambda: monkeypatch.setattr(safely.os, "fsync", _full))
    keeping.vow("w", "person", "And again.")
    keeping.vow("x", "person", "And again, and again.")
    with pytest.raises(OutputError, match=r"the disk is full\); what is written stays in"):
        keeping.finish()
    assert len(lines) == 1
    assert "the disk is full" in lines[0]
    state = json.loads((tmp_path / "k" / "keepsake.json").read_text("utf-8"))
    assert [row[0] for row in state["vows"]] == ["v"]
    assert not list((tmp_path / "k").glob(".part-*"))


def _full(handle: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folders_name_holds_nobodys_name(tmp_path: Path) -> None:
    first = keepsakes.new_folder("wedding", now(), tmp_path)
    assert first.name == "wedding-2026-11-27-1530"
    first.mkdir()
    assert keepsakes.new_folder("wedding", now(), tmp_path).name == "wedding-2026-11-27-1530-2"
