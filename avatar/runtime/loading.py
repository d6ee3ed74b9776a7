"""``load`` with the pictures decoded on several processors and native mesh decoders kept apart."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..config import Limits
from ..model import load as reader
from ..model.model import AvatarModel
from .unpacker import Unpacker

MOST_THREADS = 4


def load(path: str | Path, *, scene: int | None = None, limits: Limits | None = None) -> AvatarModel:
    """As ``model.load.load``; each thread holds one picture while it is decoded, so there are at most four."""
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    with Unpacker() as apart, ThreadPoolExecutor(threads, "presence-picture") as pool:
        return reader.load(path, scene=scene, limits=limits, each=pool.map, unpack=apart.unpack)
