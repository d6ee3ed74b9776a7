"""Motions by name: the gestures, and the files in ``assets/motions``."""

from __future__ import annotations

from pathlib import Path

import bvh_walker
import pytest

from avatar import paths
from avatar.animate.library import GESTURES
from avatar.errors import AssetError
from avatar.runtime.motions import motions


def test_gestures_are_listed_and_files_where_there_are_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    assert [(row["name"], row["kind"], row["file"]) for row in motions()] == [(n, "gesture", None) for n in GESTURES]
    (tmp_path / "motions").mkdir()
    for name in ("stroll.bvh", "dance.vrma", "wave.vrma", "README.md"):
        (tmp_path / "motions" / name).write_text(bvh_walker.text())
    files = [row for row in motions() if row["kind"] == "file"]
    assert [row["name"] for row in files] == ["dance", "stroll"]  # a gesture's name stays the gesture's
    assert files[1]["file"] == str(tmp_path / "motions" / "stroll.bvh")
    assert paths.motion("stroll") == tmp_path / "motions" / "stroll.bvh"
    assert paths.motion(files[0]["file"]) == tmp_path / "motions" / "dance.vrma"


@pytest.mark.parametrize("name", ["nowhere.vrma", "/nowhere/dance", "~/nowhere"])
def test_a_file_that_is_not_there(name: str) -> None:
    with pytest.raises(AssetError, match="no such file"):
        paths.motion(name)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(AssetError, match="'avatar motions'"):
        paths.motion("somersault")
