"""Small files that once asked for minutes or gigabytes. ``heavy.py`` measures all of them, memory too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from apart import Apart
from attacks import ATTACKS
from check import READERS, check
from corpus_packed import draco_turns
from yardstick import quiet_seconds

from avatar.errors import ModelError
from avatar.model.load import load
from avatar.runtime import unpacker

SECONDS = 2.0
QUICK = (
    *("skinned_nodes", "nodes_mesh_of_points", "bind_matrices", "morphs_4096", "vrm0_spring_groups"),
    *("springs_colliders", "expression_name_1mb", "constraints_circle"),
    *("many_clips_vrm", "many_weights", "many_buffers", "many_stand_ins", "many_draco_faces", "many_jpegs_of_one"),
    *("clip_channels_keys", "draco_shared", "bvh_frames_announced", "bvh_channels", "stl_count", "ply_announced"),
)


def seconds(path: Path, reader: str, read: Any) -> float:
    """Processor seconds of reading, in those of the machine that the bound was found on."""
    return quiet_seconds(lambda: check(path, b"", reader, read, deep=False), SECONDS)


@pytest.mark.parametrize("name", QUICK)
def test_a_small_file_does_not_ask_for_much(tmp_path: Path, name: str) -> None:
    suffix, make = ATTACKS[name]
    path = tmp_path / f"{name}{suffix}"
    data = make()
    path.write_bytes(data)
    for reader, read in READERS[suffix]:
        if reader == "validate":
            continue
        assert seconds(path, reader, read) < SECONDS, reader


@pytest.mark.parametrize(
    "name",
    [
        *("nodes_mesh_of_points", "vrm0_spring_groups", "constraints_circle", "limit_tree", "many_clips_vrma"),
        *("many_deep_skins", "many_looped_skins", "many_skinned_nodes", "many_vrm0_groups", "many_jpegs_of_one"),
    ],
)
def test_a_report_does_not_take_long_either(tmp_path: Path, name: str) -> None:
    suffix, make = ATTACKS[name]
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(make())
    for reader, read in READERS[suffix]:
        if reader == "validate":
            assert seconds(path, reader, read) < SECONDS


def test_a_stream_that_never_ends_is_ended_here_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacker, "SECONDS", 0.3)
    apart = Apart()
    endless, sound = (draco_turns(count).write(tmp_path, f"{count}.glb") for count in (2**31 - 1, 7))
    with pytest.raises(ModelError, match="takes too long"):
        load(endless, unpack=apart.unpack)
    monkeypatch.undo()
    apart.close()
    (part,) = load(sound, unpack=apart.unpack).primitives
    assert len(part.indices) == 8
    apart.close()
