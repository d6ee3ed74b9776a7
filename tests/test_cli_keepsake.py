"""Keepsakes and photos from the command line."""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from avatar import cli
from avatar.ceremony import reading
from avatar.runtime import keepsakes
from avatar.runtime.remembering import Keeping

WEDDING = Path(__file__).resolve().parents[1] / "assets" / "ceremonies" / "wedding.yaml"


def here(*arguments: str, typed: str = "") -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["avatar", *arguments])
        patch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("avatar.paths.keepsakes_folder", lambda: tmp_path / "keepsakes")
    keeping = Keeping(now=lambda: datetime(2026, 11, 27, 15, 30))
    keeping.begin(reading.parse(WEDDING.read_bytes()).script, tmp_path / "keepsakes" / "ours")
    keeping.still("together", np.zeros((12, 16, 3), np.uint8))
    keeping.finish()
    return tmp_path / "keepsakes" / "ours"


def test_it_is_listed_and_found(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here("keepsake", "list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["keepsakes"]
    assert (row["name"], row["kind"], row["begun"]) == ("ours", "wedding", "2026-11-27T15:30:00")
    assert row["finished"]
    assert here("keepsake", "path", "ours") == 0
    assert capsys.readouterr().out.strip() == str(kept)


def test_it_is_deleted_by_its_name_only(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for typed in ("", "yes\n", "Ours\n"):
        assert here("keepsake", "delete", "ours", typed=typed) == 2
        assert "nothing was deleted" in capsys.readouterr().err
        assert (kept / "album.html").is_file()
    assert here("keepsake", "delete", "ours", typed="ours\n") == 0
    assert not kept.exists()
    assert here("keepsake", "delete", "ours", "--yes") == 2
    assert "there is no keepsake 'ours'" in capsys.readouterr().err


def listed(told: str) -> set[str]:
    return {line.strip().partition("  ")[0] for line in told.splitlines() if line.startswith("  ")}


def test_every_file_is_named_before_it_is_deleted(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keeping = Keeping()
    keeping.begin(reading.parse(WEDDING.read_bytes()).script, kept, beside=kept.parent.parent)
    keeping.finish()
    film, changed, own = (kept.parent.parent / name for name in ("ours.mp4", "other.mp4", "letter.txt"))
    for path in (film, changed, own):
        path.write_bytes(b"film")
        keeping.copied(path)  # the letter: a manifest that somebody else wrote
    changed.write_bytes(b"cut by the person")
    checkpoint = kept.parent.parent / "checkpoint.json"
    checkpoint.write_text(json.dumps({"keepsake": str(kept)}))
    there = {str(p) for p in kept.iterdir()} | {str(film), str(checkpoint)}
    assert here("keepsake", "delete", "ours", typed="no\n") == 2
    told = capsys.readouterr().err
    assert listed(told) == there
    assert told.count("type its name") == 1
    assert f"{film}  (the film, where --record put it)" in told
    assert f"{changed}: was changed since: it is yours and stays" in told
    assert film.is_file()
    assert here("keepsake", "delete", "ours", "--yes", "--json") == 0
    out, told = capsys.readouterr()
    assert listed(told) == there, "--yes asks nothing and names all the same"
    assert json.loads(out)["elsewhere"] == [str(film), str(checkpoint)]
    assert sorted(p.name for p in kept.parent.parent.iterdir()) == ["keepsakes", "letter.txt", "other.mp4"]


def test_a_folder_with_other_things_in_it_is_refused_before_the_question(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept / "letters").mkdir()
    (kept / "letters" / "mine.txt").write_text("mine")
    assert here("keepsake", "delete", "ours", typed="ours\n") == 2
    told = capsys.readouterr().err
    assert "letters" in told
    assert "type its name" not in told
    assert here("keepsake", "delete", "ours", "--everything", typed="ours\n") == 0
    assert str(kept / "letters" / "mine.txt") in listed(capsys.readouterr().err)
    assert not kept.exists()


def test_what_came_to_lie_elsewhere_after_the_question_stays(kept: Path) -> None:
    keeping = Keeping()
    keeping.begin(reading.parse(WEDDING.read_bytes()).script, kept)
    film = kept.parent.parent / "ours.mp4"
    found = keepsakes.find("ours", kept.parent)
    named = keepsakes.doomed(found)[1]
    film.write_bytes(b"film")
    keeping.copied(film)
    keeping.finish()
    keepsakes.delete(found, named=named)
    assert not kept.exists()
    assert film.is_file()


def test_yes_does_not_ask_and_takes_a_folder(kept: Path) -> None:
    assert here("keepsake", "delete", str(kept), "--yes", "--json") == 0
    assert not kept.exists()
    assert here("keepsake", "delete", str(kept.parent), "--yes") == 2
    assert kept.parent.is_dir()


def test_a_photo_is_refused_before_anything_is_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, words in (
        (("--out", str(tmp_path / "us.jpg")), "ends in .png"),
        (("--out", str(tmp_path / "none" / "us.png")), "there is no folder"),
        (("--out", str(tmp_path / "us.png"), "--burst", "0"), "a burst of 1 to 40"),
        (("--out", str(tmp_path / "us.png"), "--countdown", "-1"), "a countdown is of 0 to 60"),
    ):
        assert here("photo", "--source", "demo", *options) == 2
        assert words in capsys.readouterr().err
