"""Small files that once asked for minutes or gigabytes. ``heavy.py`` measures all of them, memory too."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from attacks import ATTACKS
from check import READERS, check

SECONDS = 2.0
QUICK = (
    *("skinned_nodes", "nodes_mesh_of_points", "bind_matrices", "morphs_4096", "vrm0_spring_groups"),
    *("springs_colliders", "expression_name_1mb", "constraints_circle"),
    *("clip_channels_keys", "draco_shared", "bvh_frames_announced", "bvh_channels", "stl_count", "ply_announced"),
)


@pytest.mark.parametrize("name", QUICK)
def test_a_small_file_does_not_ask_for_much(tmp_path: Path, name: str) -> None:
    suffix, make = ATTACKS[name]
    path = tmp_path / f"{name}{suffix}"
    data = make()
    path.write_bytes(data)
    for reader, read in READERS[suffix]:
        if reader == "validate":
            continue
        started = time.process_time()
        check(path, b"", reader, read, deep=False)
        assert time.process_time() - started < SECONDS, reader


@pytest.mark.parametrize("name", ["nodes_mesh_of_points", "vrm0_spring_groups", "constraints_circle"])
def test_a_report_does_not_take_long_either(tmp_path: Path, name: str) -> None:
    suffix, make = ATTACKS[name]
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(make())
    for reader, read in READERS[suffix]:
        if reader == "validate":
            started = time.process_time()
            check(path, b"", reader, read, deep=False)
            assert time.process_time() - started < SECONDS
