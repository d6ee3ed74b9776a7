"""What motion costs, on one thread.

    python benchmarks/animate.py [MODEL …] [--frames 2160] [--peer] [--json]

First one companion of each model, by default the house's; then 1, 16 and 64 actors of the heavy companion (60 humanoid
joints, 145 spring joints, 12 colliders, 70 expressions over 57 morph targets) moved by one ``Troupe``, part by part;
with --peer beside three-vrm, in turns within one run (benchmarks/peers/README.md). Wall time unless it says processor.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from heavy_motion import Motion, heavy, without_colliders

from avatar import paths
from avatar.errors import AvatarError
from avatar.model.load import load

ACTORS = (1, 16, 64)
TARGETS = {1: 0.30, 16: 1.2, 64: 4.0}
"""Milliseconds a step of the heavy companion."""


def summary(times: np.ndarray) -> dict[str, float]:
    """ms : median of the steps (n, 2); quiet_ms : their 5th percentile, which other programs on the machine disturb
    least; cpu_ms, cpu_quiet_ms : the same of processor time."""
    rows = np.concatenate([np.median(times, axis=0), np.percentile(times, 5, axis=0)]).round(4).tolist()
    return dict(zip(("ms", "cpu_ms", "quiet_ms", "cpu_quiet_ms"), rows, strict=True))


def measure(path: Path, frames: int) -> dict[str, Any]:
    """One companion at 60 Hz."""
    model = load(path)
    begun = time.perf_counter()
    motion = Motion(model, 1)
    made = time.perf_counter() - begun
    size = {"nodes": model.joint_count, "spring_joints": motion.troupe.springs.count}
    size["morphs"] = len(model.morph_defaults)
    return {"model": path.name, **size, "made_ms": round(made * 1e3, 1), **summary(motion.run(frames))}


def measure_heavy(frames: int) -> dict[str, Any]:
    """The heavy companion, 1, 16 and 64 of it; ``springs, no colliders`` is what the springs cost without them."""
    found: dict[str, Any] = {}
    for actors in ACTORS:
        count = max(60, frames // (1 + actors // 4))
        motion = Motion(heavy(), actors)
        motion.run(count // 4)
        row = summary(motion.run(count))
        row["touching"] = round(motion.touching(), 3)
        parts = motion.by_part(count // 2)
        free = Motion(without_colliders(heavy()), actors)
        free.run(count // 8)
        parts["springs, no colliders"] = free.by_part(count // 2)["springs"]
        found[str(actors)] = {**row, "parts": parts}
        print(
            f"heavy, {actors:2} at once: {row['ms']:.3f} ms a step (quietest {row['quiet_ms']:.3f}; processor "
            f"{row['cpu_ms']:.3f}, quietest {row['cpu_quiet_ms']:.3f}; target {TARGETS[actors]:.2f}); "
            f"{row['touching']:.0%} of the springs touch"
        )
        print("   " + ", ".join(f"{name} {ms:.3f}" for name, ms in parts.items()))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, help="VRM files; default: the house companions")
    parser.add_argument("--frames", type=int, default=2160)
    parser.add_argument("--peer", action="store_true", help="beside three-vrm in Chromium")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each, with --peer")
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
    answer: dict[str, Any] = {"heavy": measure_heavy(options.frames), "peer": None, "machine": platform.machine()}
    if options.peer:
        sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
        from motion import compare

        answer |= compare(ACTORS, options.rounds)
    answer["targets"] = {str(a): ms for a, ms in TARGETS.items()}
    if options.json:
        print(json.dumps({**answer, "results": results}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
