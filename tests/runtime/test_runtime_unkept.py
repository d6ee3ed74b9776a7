"""``--no-keepsake``: a ceremony is performed whole, and when it is over nothing of the person is on the disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from test_runtime_remembrance import ASKS, SCRIPT, Stage

from avatar.ceremony import orders
from avatar.config import Settings
from avatar.runtime import performing, remembrance
from avatar.runtime.keeping import CHECKPOINT, keep
from avatar.runtime.remembrance import Wish

NOTHING = Wish(False, None, None, True)


def names(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*"))


def stage(root: Path, wish: Wish = NOTHING, script: str = SCRIPT, **answers: str) -> Stage:
    return Stage(root, script, wish=wish, **answers)


def test_a_picture_is_posed_for_and_taken_and_not_written(tmp_path: Path) -> None:
    out = tmp_path / "kept"
    out.mkdir()
    unkept = stage(out)
    unkept.until("ended", cue="photo")
    counts = list[int]()
    while unkept.mode() != "ended":
        unkept.tick()
        counts.append(unkept.performance.director.view().count)
    assert sorted(set(counts)) == [0, 1, 2], "counted down as ever"
    assert unkept.shown == 3, "the whole burst was taken"
    assert unkept.performance.pictures == []
    assert names(tmp_path) == ["kept", f"kept/{CHECKPOINT}"], "until its end, what resuming needs"
    record = tmp_path / "ours.mp4"
    record.write_bytes(b"film")
    assert remembrance.ended(unkept.witness, None, unkept.told.append, out) == {}
    assert names(tmp_path) == ["ours.mp4"]
    assert unkept.told[-1] == "nothing of the ceremony is kept"


def test_the_checkpoint_has_no_word_that_was_said(tmp_path: Path) -> None:
    unkept = stage(tmp_path, script=ASKS, close="no")
    unkept.until("ended")
    text = (tmp_path / CHECKPOINT).read_text("utf-8")
    assert not any(word in text for word in ("Person stays", "Companion stays", "光", "Thank you"))


def test_stopped_it_leaves_nothing_either(tmp_path: Path) -> None:
    unkept = stage(tmp_path)
    unkept.until("ended", cue="vow")
    unkept.tick(orders.Stop())
    unkept.until("stopped")
    keep(tmp_path / "desk.json", {})
    (tmp_path / "desk.json.part").write_text("{}")
    (tmp_path / "guests.txt").write_text("the person's own")
    remembrance.ended(unkept.witness, None, unkept.told.append, tmp_path)
    assert names(tmp_path) == ["guests.txt"]


def test_cut_off_it_can_be_gone_on_with_and_is_still_unkept(tmp_path: Path) -> None:
    out = tmp_path / "kept"
    out.mkdir()
    first = stage(out)
    first.until("ended", cue="photo")
    remembrance.ended(first.witness, None, first.told.append, out)
    assert "what resuming needs stays there" in first.told[-1]
    assert names(out) == [CHECKPOINT]
    again = stage(out, Wish(True))  # whoever goes on need not say it again
    assert again.witness.unkept
    assert again.witness.keeping is None
    again.until("ended")
    remembrance.ended(again.witness, None, again.told.append, out)
    assert names(tmp_path) == []


def test_a_keepsake_that_is_asked_for_after_all_is_made(tmp_path: Path) -> None:
    first = stage(tmp_path)
    first.until("ended", cue="photo")
    again = stage(tmp_path, Wish(True, tmp_path / "k"))
    assert not again.witness.unkept
    again.until("ended")
    assert (tmp_path / "k" / "picture-01.png").is_file()


def test_what_was_kept_before_is_named_and_left(tmp_path: Path) -> None:
    first = stage(tmp_path, Wish(True, tmp_path / "k"))
    first.until("ended", cue="photo")
    first.witness.settle()
    before = names(tmp_path / "k")
    again = stage(tmp_path)
    assert f"avatar keepsake delete {tmp_path / 'k'}" in again.told[0]
    again.until("ended")
    remembrance.ended(again.witness, None, again.told.append, tmp_path)
    assert names(tmp_path / "k") == before
    assert not (tmp_path / CHECKPOINT).exists()


def test_what_was_to_be_forgotten_before_is_deleted_with_it(tmp_path: Path) -> None:
    first = stage(tmp_path, Wish(True, tmp_path / "k"))
    first.until("ended", cue="photo")
    assert first.witness.forget(True)
    first.witness.settle()
    again = stage(tmp_path)
    film = tmp_path / "ours.mp4"
    assert remembrance.filmed(again.witness.keeping, NOTHING, film) == film, "not into what is deleted"
    again.until("ended")
    remembrance.ended(again.witness, None, again.told.append, tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("folder", ["k", ""])
def test_where_a_keepsake_failed_and_where_none_is_asked_for_stills_are_said_to_be_written(
    tmp_path: Path, folder: str
) -> None:
    wish = Wish(True, tmp_path / folder) if folder else Wish()
    if folder:
        (tmp_path / folder).write_text("taken")
    open_ended = stage(tmp_path, wish)
    words = remembrance.told(open_ended.witness.keeping, None, tmp_path, open_ended.witness.unkept)
    assert "stills" in words
    assert str(tmp_path) in words
    assert "nothing is kept" not in words
    open_ended.until("ended")
    assert (tmp_path / "together.png").is_file()
    remembrance.ended(open_ended.witness, None, open_ended.told.append, tmp_path)
    assert (tmp_path / CHECKPOINT).is_file()


def test_what_is_told_at_the_start_is_what_is_left() -> None:
    words = remembrance.told(None, None, Path("out"), True)
    assert words == "nothing is kept of it; what resuming needs is in out until it is over"
    assert "but the film ours.mp4, which you asked for: it stays" in remembrance.told(
        None, Path("ours.mp4"), Path("out"), True
    )


@pytest.mark.gl
@pytest.mark.slow
def test_performed_on_a_real_stage_only_the_film_that_was_asked_for_is_left(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(SCRIPT.replace("countdown: 2", "countdown: 1"), encoding="utf-8")
    settings = Settings(
        source="demo",
        size=(240, 160),
        offline=True,
        headless=True,
        port=None,
        voice="none",
        fps=10,
        record=tmp_path / "f.mp4",
    )
    told: list[str] = []
    plan = performing.Plan(settings, tmp_path / "kept", auto=True, wish=NOTHING)
    facts: dict[str, Any] = performing.perform(tmp_path / "x.yaml", plan, time.perf_counter(), told.append)
    assert facts["mode"] == "ended"
    assert facts["pictures"] == []
    assert "log" not in facts
    assert names(tmp_path) == ["f.mp4", "x.yaml"]
    assert told[-1] == f"nothing of the ceremony is kept but the film {tmp_path / 'f.mp4'}"
    assert any("nothing is kept of it but the film" in line for line in told)
