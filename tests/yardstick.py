"""Processor seconds that mean the same on a slow machine, a fast one and a busy one.

A bound on what a hostile file or text may cost was found on one machine. Here the same process does a fixed piece of
work before and after, of the kind that readers do: JSON, small objects, small arrays. What that takes now, over what it
took on that machine when nothing else ran, is by how much all that is measured here is slowed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

QUIET = 0.0145
"""Processor seconds of ``_fixed`` on the machine the bounds were found on, when it was quiet: it sets their scale."""
TRIES = 3
_TEXT = json.dumps([{"bufferView": k, "count": k * 7, "type": "VEC3", "min": [0.5, k / 3, -1e-9]} for k in range(1200)])


@dataclass(frozen=True)
class _Value:
    index: int
    count: int
    kind: str
    low: tuple[float, ...]


def _fixed() -> int:
    found = []
    for row in json.loads(_TEXT):
        index, count = row.get("bufferView"), row.get("count")
        if not isinstance(index, int) or not isinstance(count, int) or index < 0:
            raise TypeError(row)
        found.append(_Value(index, count, f"/{row['type']}/{index}", tuple(float(v) for v in row["min"])))
    names = {value.kind: value for value in found}
    total = sum(len(name.rpartition("/")[0]) for name in sorted(names))
    block = np.arange(36, dtype=np.float32).reshape(12, 3)
    for value in found:
        part = block[value.index % 6 :] * np.float32(value.count)
        total += bool(np.isfinite(part).all()) + len(part.astype(np.int64).min(axis=0))
    return total


def _spent(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def quiet_seconds(work: Callable[[], object], bound: float) -> float:
    """Processor seconds of ``work`` on the quiet machine; the least of up to three tries, as long as over ``bound``."""
    least = np.inf
    for _ in range(TRIES):
        before, spent, after = _spent(_fixed), _spent(work), _spent(_fixed)
        least = min(least, spent * 2 * QUIET / (before + after))
        if least < bound:
            break
    return float(least)
