"""Coverage-guided fuzzing of every reader, with the corpus as seeds and ``mutate`` beside libFuzzer's own changes.

Needs ``pip install atheris``. ``python tests/fuzz/fuzz_atheris.py FOLDER -max_total_time=600`` fills an empty FOLDER
with the corpus first; inputs that reach new code are added to it. See docs/HOSTILE_FILES.md.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import atheris

with atheris.instrument_imports(include=["avatar"]):
    import corpus
    from check import READERS, check
from mutate import mutate

SEEDS = [data for name, data in corpus.seeds().items() if name not in corpus.BESIDE]
FOLDER = Path(tempfile.mkdtemp(prefix="atheris"))


def suffix(data: bytes) -> str:
    """What kind of file the bytes look like: libFuzzer's inputs have no names."""
    head = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[:4] == b"glTF":
        return ".vrma" if b'"VRMC_vrm_animation"' in data else ".vrm"
    for start, found in ((b"{", ".gltf"), (b"HIERARCHY", ".bvh"), (b"ply", ".ply"), (b"solid", ".stl")):
        if head.startswith(start):
            return found
    return ".stl" if b"\0" in head else ".obj"


def damage(data: bytes, limit: int, seed: int) -> bytes:
    """libFuzzer's mutator: two of three changes know the file's structure."""
    rng = random.Random(seed)
    if not data or seed % 3 == 0:
        found: bytes = atheris.Mutate(data, limit)
        return found
    made = mutate(data, rng, rng.choice(SEEDS))
    return made if len(made) <= limit else data


def one(data: bytes) -> None:
    """One input through every reader of its kind; anything but a good refusal is a crash."""
    kind = suffix(data)
    path = FOLDER / f"input{kind}"
    path.write_bytes(data)
    for name, read in READERS[kind]:
        check(path, data, name, read)


def main() -> None:
    """Fills the corpus folder and hands over to libFuzzer."""
    folder = Path(next((word for word in sys.argv[1:] if not word.startswith("-")), "fuzz-corpus"))
    if (folder.is_dir() and not any(folder.iterdir())) or not folder.exists():
        corpus.write(folder)
    corpus.write(FOLDER)
    flags = ["-timeout=5", "-rss_limit_mb=2048", "-max_len=65536", "-len_control=0"]
    atheris.Setup([sys.argv[0], *flags, *sys.argv[1:]], one, custom_mutator=damage)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
