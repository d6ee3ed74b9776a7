"""Damaged files of every kind: each reader gives what fits together, or one ModelError that says where and why.

The soak behind these few hundred examples is ``run.py``; the coverage-guided one is ``fuzz_atheris.py``.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import corpus
import pytest
from check import READERS, check
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_files import AVATARS
from mutate import join, mutate, split
from mutate_json import slots
from pictures import BOMBS

from avatar.errors import ModelError

SEEDS = corpus.seeds()
NAMES = [name for name in SEEDS if name not in corpus.BESIDE]
CASES = [(name, reader) for name in NAMES for reader, _ in READERS[Path(name).suffix]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus on disk, so that a seed finds the files beside it."""
    made = tmp_path_factory.mktemp("fuzz")
    corpus.write(made)
    return made


@pytest.mark.parametrize(("name", "reader"), CASES)
def test_the_seeds_are_good(folder: Path, name: str, reader: str) -> None:
    read = dict(READERS[Path(name).suffix])[reader]
    said = check(folder / name, SEEDS[name], reader, read)
    assert said == "" or (reader, said) == ("motion", "there is no animation in this file")


@pytest.mark.parametrize("reader", sorted({reader for _, reader in CASES}))
@settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(rng=st.randoms(use_true_random=False))
def test_damage_is_refused_or_harmless(folder: Path, reader: str, rng: random.Random) -> None:
    name = rng.choice([name for name, other in CASES if other == reader])
    path = folder / f"damaged{Path(name).suffix}"
    data = mutate(SEEDS[name], rng, SEEDS[rng.choice(NAMES)])
    path.write_bytes(data)
    check(path, data, reader, dict(READERS[path.suffix])[reader])


@pytest.mark.parametrize("name", ["vrm1.vrm", "vrm0.vrm", "scenes.glb", "motion.vrma", "motion.bvh", "packed.ply"])
def test_cut_short_anywhere(folder: Path, name: str) -> None:
    path = folder / f"cut{Path(name).suffix}"
    data = SEEDS[name]
    for length in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:length])
        for reader, read in READERS[path.suffix]:
            assert check(path, data[:length], reader, read) or path.suffix not in {".vrm", ".glb", ".vrma"}


@pytest.mark.parametrize(
    ("name", "reader"),
    [("vrm1.vrm", "load"), ("motion.vrma", "motion"), ("vrm1.vrm", "validate"), ("vrm0.vrm", "validate")],
)
def test_any_number_may_be_huge(folder: Path, name: str, reader: str) -> None:
    found = split(SEEDS[name])
    assert found
    numbers = slots(found[0], lambda key, inner: isinstance(inner, (int, float)))
    path = folder / f"huge{Path(name).suffix}"
    for holder, key in numbers[:: 2 if reader == "validate" else 4]:
        old, holder[key] = holder[key], 10**400
        path.write_bytes(join(json.dumps(found[0]).encode(), found[1], glb=True))
        check(path, path.read_bytes(), reader, dict(READERS[path.suffix])[reader])
        holder[key] = old


@pytest.mark.parametrize("picture", range(len(BOMBS)))
def test_pictures_that_lie(folder: Path, picture: int) -> None:
    g = corpus.Gltf()
    g.json["materials"] = [{"normalTexture": {"index": g.image(BOMBS[picture])}}]
    g.node(mesh=g.triangle(material=0))
    path = folder / "picture.glb"
    path.write_bytes(g.glb())
    for reader, read in READERS[".glb"]:
        check(path, path.read_bytes(), reader, read)


def test_the_mutators_change_files_and_keep_their_kind() -> None:
    rng = random.Random(3)
    kept = 0
    for _ in range(400):
        name = rng.choice(NAMES)
        data = mutate(SEEDS[name], rng, SEEDS[rng.choice(NAMES)])
        kept += split(data) is not None
        assert len(data) < 300_000
    assert 150 < kept < 390


def test_the_check_itself_can_fail(tmp_path: Path) -> None:
    from check import Fault

    def crashes(path: Path) -> None:
        raise KeyError("nodes")

    def points_nowhere(path: Path) -> None:
        raise ModelError(path, "/nodes/7/mesh", "is 3, but there are 2 meshes")

    def two_lines(path: Path) -> None:
        raise ModelError(path, "", "one\ntwo")

    for read in (crashes, points_nowhere, two_lines):
        with pytest.raises(Fault):
            check(tmp_path / "x.glb", b'{"nodes": []}', "load", read)


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
@pytest.mark.parametrize("how", ["cut", "flip"])
def test_damaged_avatars(tmp_path: Path, how: str) -> None:
    kinds = {".vrm", ".glb", ".gltf"}
    files = [p for p in sorted(AVATARS.iterdir()) if p.suffix in kinds and p.stat().st_size < 250_000]
    rng = random.Random(5)
    for _ in range(300):
        source = rng.choice(files)
        data = bytearray(source.read_bytes())
        if how == "cut":
            data = data[: rng.randrange(len(data))]
        else:
            reach = len(data) if rng.random() < 0.5 else min(len(data), 6000)
            for _ in range(rng.choice((1, 1, 2, 8, 64))):
                data[rng.randrange(reach)] = rng.randrange(256)
        path = tmp_path / f"damaged{source.suffix}"
        path.write_bytes(data)
        said = check(path, bytes(data), "load", dict(READERS[source.suffix])["load"])
        assert said or how == "flip", source.name
