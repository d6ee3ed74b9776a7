"""Milliseconds of one companion's motion a frame, one thread: ``python benchmarks/animate.py [MODEL …] [--json]``."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from avatar import paths
from avatar.animate.animator import Animator
from avatar.animate.library import GESTURES
from avatar.errors import AvatarError
from avatar.model.load import load
from avatar.types import Express, Gesture


def measure(path: Path, frames: int) -> dict[str, float | int | str]:
    """Steps at 60 Hz with gaze, speech, an expression and a gesture every two seconds.

    ms : median of the steps; quiet_ms : their 5th percentile, which other programs on the machine disturb least.
    """
    model = load(path)
    begun = time.perf_counter()
    animator = Animator(model, 1)
    made = time.perf_counter() - begun
    eye = animator.eye if animator.rig.human else np.zeros(3, np.float32)
    dt, now, times = 1 / 60, 0.0, []
    mouth = np.zeros(15, np.float32)
    look = np.zeros(3, np.float32)
    for k in range(frames):
        now += dt
        mouth[:] = 0
        mouth[k // 6 % 15] = 1
        look[:] = (0.3 * np.sin(now), float(eye[1]), 1.5)
        commands = (Gesture(GESTURES[k // 120 % len(GESTURES)]), Express("happy")) if k % 120 == 0 else ()
        begun = time.perf_counter()
        animator.step(commands, now, dt, look=look, mouth=mouth, speaking=True)
        times.append((time.perf_counter() - begun) * 1e3)
    return {
        "model": path.name,
        "nodes": model.joint_count,
        "spring_joints": animator.springs.count,
        "morphs": len(model.morph_defaults),
        "made_ms": round(made * 1e3, 1),
        "ms": round(statistics.median(times), 4),
        "quiet_ms": round(float(np.percentile(times, 5)), 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Milliseconds of motion a frame, one thread.")
    parser.add_argument("models", nargs="*", type=Path, help="VRM files; default: the house companions")
    parser.add_argument("--frames", type=int, default=2160)
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    options = parser.parse_args()
    models = options.models or sorted((paths.assets() / "companions").glob("*.vrm"))
    try:
        results = [measure(m, options.frames) for m in models]
    except AvatarError as error:
        print(error, file=sys.stderr)
        return 2
    for r in results:
        size = f"{r['nodes']} nodes, {r['spring_joints']} spring joints, {r['morphs']} morphs"
        print(f"{r['model']}: {r['ms']} ms a step (quietest {r['quiet_ms']}); {size}")
    if options.json:
        print(json.dumps({"results": results}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
