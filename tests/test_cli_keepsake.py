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
