"""Draco streams are unpacked in a process of their own: the same result, and no harm from one that never ends."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from test_model_packed import draco_file

import avatar
from avatar.model.draco import unpack_here
from avatar.runtime import loading, unpacker
from avatar.runtime.unpacker import Unpacker

DATA = Path(__file__).resolve().parents[1] / "model" / "data" / "draco.npz"


def test_unpacked_apart_is_the_same_as_here() -> None:
    streams = np.load(DATA)
    with Unpacker() as apart:
        for name in ("edge", "seq", "valence"):
            data = streams[name].tobytes()
            here, there = unpack_here(data), apart.unpack(data)
            np.testing.assert_array_equal(here.triangles, there.triangles)
            assert here.values.keys() == there.values.keys()
            for key, value in here.values.items():
                assert value.dtype == there.values[key].dtype
                np.testing.assert_array_equal(value, there.values[key])


def test_damage_is_said_and_the_next_stream_still_unpacks() -> None:
    data = np.load(DATA)["seq"].tobytes()
    with Unpacker() as apart:
        for bad in (b"nothing", data[:40], data[:5] + bytes(50)):
            with pytest.raises(ValueError, match="damaged"):
                apart.unpack(bad)
        assert len(apart.unpack(data).triangles) == 32


def test_a_stream_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four bytes of a texture coordinate's prediction data that say 2**31 - 1 turns the decoder takes one by one."""
    monkeypatch.setattr(unpacker, "SECONDS", 0.3)
    data = bytearray(np.load(DATA)["turns"].tobytes())
    with Unpacker() as apart:
        started = time.perf_counter()
        with pytest.raises(ValueError, match="takes too long"):
            apart.unpack(bytes(data))
        assert time.perf_counter() - started < 15


def test_a_stricter_limit_from_outside_is_kept() -> None:
    resource = pytest.importorskip("resource")
    code = "import resource, sys; from avatar.runtime.unpacker import main; main(); "
    code += "print(resource.getrlimit(resource.RLIMIT_AS)[1], file=sys.stderr)"
    most = unpacker.MEMORY - (64 << 20)
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=b"",
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
    )
    assert (done.returncode, int(done.stderr.split()[-1])) == (0, most)


def test_random_damage_never_reaches_this_process() -> None:
    rng = random.Random(9)
    data = np.load(DATA)["edge"].tobytes()
    ended = 0
    with Unpacker() as apart:
        for _ in range(50):
            bad = bytearray(data)
            bad[rng.randrange(len(bad))] = rng.randrange(256)
            try:
                found = apart.unpack(bytes(bad))
            except ValueError:
                ended += 1
            else:
                assert found.triangles.shape[1] == 3
    assert ended < 50


class Apart(Unpacker):
    """Says that it was asked instead of unpacking."""

    def unpack(self, data: bytes) -> NoReturn:
        raise ValueError("asked apart")


@pytest.mark.parametrize("read", ["load", "load_prop", "load_motion", "inspect", "validate"])
def test_every_public_reader_unpacks_apart(read: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "Unpacker", Apart)
    path = draco_file(np.load(DATA)["edge"].tobytes()).write(tmp_path)
    try:
        said = str(getattr(avatar, read)(path))
    except avatar.ModelError as error:
        said = str(error)
    assert "asked apart" in said
