"""The whole run: rate, processor use and the age of the face at display, on the demo feed or any source.

usage: python benchmarks/pipeline.py [--seconds 20] [--size 640x480] [--source demo] [--rounds 3] [--record] [--json]

Each round is a process of its own, as a person would start it. Targets at 640x480 and 30 pictures a second on 2 cores:
rate held, at most 1.2 cores, face age median at most 25 ms and p95 at most 55 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def one(source: str, size: str, seconds: float, record: Path | None) -> dict[str, Any]:
    """One run's facts, as the command prints them."""
    command = [sys.executable, "-m", "avatar", "run", "--source", source, "--size", size, "--seconds", str(seconds)]
    command += ["--headless", "--json", "--port", "0"] + (["--record", str(record)] if record else [])
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


def main() -> None:
    """Run the rounds and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--source", default="demo")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="record while running")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for k in range(asked.rounds):
            film = Path(folder) / f"{k}.mp4" if asked.record else None
            rounds.append(one(asked.source, asked.size, asked.seconds, film))
    names = {
        "fps": lambda f: f["fps"],
        "cpu_cores": lambda f: f["cpu_cores"],
        "age_ms_median": lambda f: f["age_ms"]["median"],
        "age_ms_p95": lambda f: f["age_ms"]["p95"],
        "first_frame_s": lambda f: f["first_frame_s"],
        "tracked_fraction": lambda f: f["tracked_fraction"],
    }
    result: dict[str, Any] = {
        name: {"median": statistics.median(map(get, rounds)), "all": [get(f) for f in rounds]}
        for name, get in names.items()
    }
    result["asked"] = {k: v for k, v in vars(asked).items() if k != "json"}
    result["load_average"] = os.getloadavg() if hasattr(os, "getloadavg") else None
    if asked.json:
        print(json.dumps(result))
        return
    for name in names:
        print(f"{name:18} {result[name]['median']:8.2f}   of {result[name]['all']}")


if __name__ == "__main__":
    main()
