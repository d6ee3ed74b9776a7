"""Small files that once asked for minutes or gigabytes. ``heavy.py`` measures all of them, memory too."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from apart import Apart
from attacks import ATTACKS
from check import READERS, check
from corpus_packed import draco_turns

from avatar.errors import ModelError
from avatar.model.load import load
from avatar.runtime import unpacker

SECONDS = 2.0
"""Of a processor that does ``_work`` in ``REFERENCE`` seconds; a slower one has as many times longer."""
REFERENCE = 0.013
QUICK = (
    *("skinned_nodes", "nodes_mesh_of_points", "bind_matrices", "morphs_4096", "vrm0_spring_groups"),
    *("springs_colliders", "expression_name_1mb", "constraints_circle"),
    *("clip_channels_keys", "draco_shared", "bvh_frames_announced", "bvh_channels", "stl_count", "ply_announced"),
)


_TEXT = json.dumps([{"a": [k, k + 0.5, str(k)]} for k in range(4000)])


def _work() -> float:
    """Processor seconds of a fixed piece of reading and adding, the least of three."""

    def once() -> float:
        started = time.process_time()
        for _ in range(4):
            sum(len(x["a"]) for x in json.loads(_TEXT))
            sum(i * i for i in range(60_000))
        return time.process_time() - started

    return min(once() for _ in range(3))


@pytest.fixture(scope="module")
def allowed() -> float:
    """Processor seconds that a small file may take here."""
    return SECONDS * max(1.0, _work() / REFERENCE)


@pytest.mark.parametrize("name", QUICK)
def test_a_small_file_does_not_ask_for_much(tmp_path: Path, allowed: float, name: str) -> None:
    suffix, make = ATTACKS[name]
    path = tmp_path / f"{name}{suffix}"
    data = make()
    path.write_bytes(data)
    for reader, read in READERS[suffix]:
        if reader == "validate":
            continue
        started = time.process_time()
        check(path, b"", reader, read, deep=False)
        assert time.process_time() - started < allowed, reader


@pytest.mark.parametrize("name", ["nodes_mesh_of_points", "vrm0_spring_groups", "constraints_circle"])
def test_a_report_does_not_take_long_either(tmp_path: Path, allowed: float, name: str) -> None:
    suffix, make = ATTACKS[name]
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(make())
    for reader, read in READERS[suffix]:
        if reader == "validate":
            started = time.process_time()
            check(path, b"", reader, read, deep=False)
            assert time.process_time() - started < allowed


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
