"""The shape of the ear: which layers there are, how late each head answers, and how the weights are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH = 112
NEAR = (("n1", 1, 1), ("n2", 2, 0), ("n3", 3, 3), ("n4", 4, 0))
"""Residual layers that the streaming head rests on: the gap between their three taps and how late what they add to is,
frames."""
DEEP = (("d1", 4, 4), ("d2", 6, 6))
"""Layers after them that only whole files use."""
LATE_NEAR = 6
LATE_DEEP = 16
"""Frames by which either head answers late: how far it hears ahead."""
LAYERS = (
    ("first", 5 * 40, WIDTH),
    *((name, 3 * WIDTH, WIDTH) for name, *_ in (*NEAR, *DEEP)),
    ("out", WIDTH, 40),
    ("deepout", WIDTH, 40),
)


def pack(out: Path, weights: dict[str, np.ndarray], prior: np.ndarray, mean: np.ndarray, follow: np.ndarray) -> None:
    """Weights as whole numbers -127 … 127 with one scale for each output, the rest as they are; what follows what in
    tenths of -ln."""
    kept: dict[str, np.ndarray] = {"prior": prior.astype(np.float32), "mean": mean.astype(np.float32)}
    kept["follow"] = np.rint(np.clip(-10 * np.log(follow), 0, 127)).astype(np.int8)
    for name, *_ in LAYERS:
        w = weights[name]
        scale = np.abs(w).max(0) / 127
        kept[name] = np.rint(w / scale).astype(np.int8)
        kept[f"{name}.s"] = scale.astype(np.float32)
        kept[f"{name}.b"] = weights[f"{name}.b"].astype(np.float32)
    np.savez_compressed(out, **kept)
    print(out, out.stat().st_size, "bytes", sum(w.size for w in kept.values()), "weights")
