"""What it costs that a companion changes into another file of it: processor time of the pictures round it, and memory.

    python benchmarks/outfits.py FILE [CHANGES]

FILE : the other file, VRM or glTF. The house's companion over the demo's portrait at 640x480 changes into it and back,
CHANGES times (12), in turns at once and in a fade of a second; offline, so that the search for the person counts too.
Milliseconds are of processor time of all threads, so that what else the machine does counts for nothing.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from avatar import paths
from avatar.animate.persona import Persona
from avatar.config import Settings
from avatar.render.renderer import Renderer
from avatar.runtime import loops, performing
from avatar.runtime.bodies import body_for
from avatar.runtime.loading import load
from avatar.runtime.remembrance import Wish
from avatar.stage.light import probe_uniform
from avatar.stage.scene import Lighting

HEAD = """presence: 1
title: T
kind: other
statement: s
settings: {{props: [ring, bouquet]}}
outfits: {{own: {{}}, other: {{file: {file}}}}}
scenes:
- id: all
  title: t
  cues:
  - id: said
    do: [{{say: "{{statement}}"}}, {{prop: bouquet, action: attach, to: "companion-hand:right"}}, {{wait: 3}}]
"""
CUE = "  - {{id: c{k}, trigger: follow, do: [{{outfit: {name}, seconds: {seconds}}}, {{wait: 2}}]}}\n"


def memory() -> float:
    """MB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def held(file: Path) -> float:
    """MB that another body takes, beside the house's companion, on the CPU and as uploaded."""
    lights = (Lighting(), Lighting(probe=probe_uniform((0.5, 0.5, 0.5))))
    with Renderer((640, 480)) as renderer:
        bodies = []
        for name in ("hikari", str(file)):
            before = memory()
            model = load(paths.companion(name))
            bodies.append(body_for(model, 0, Persona(), "beside", False))
            renderer.prepare(model, *lights)
        return memory() - before


def performed(script: Path, changes: bool) -> dict[str, Any]:
    """ms of each tick, and the tick at which a change was seen."""
    took: list[float] = []
    worn: list[str] = []

    def offline(whole: Any, hooks: Any) -> None:
        engine = whole.engine
        if not changes:
            engine.bodies.others.clear()
        tick = engine.tick

        def timed(*some: Any) -> None:
            begun = time.process_time()
            tick(*some)
            took.append((time.process_time() - begun) * 1e3)
            worn.append(engine.bodies.worn)

        engine.tick = timed
        loops.offline(whole, hooks)

    performing.offline = offline
    settings = Settings(source="demo", offline=True, headless=True, port=None, voice="none", fps=30)
    with tempfile.TemporaryDirectory() as out:
        plan = performing.Plan(settings, Path(out) / "kept", auto=True, wish=Wish(nothing=True))
        performing.perform(script, plan, time.perf_counter(), lambda words: None)
    at = [k for k in range(1, len(worn)) if worn[k] != worn[k - 1]]
    return {"took": took, "at": at}


def main() -> None:
    other, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "x.yaml"
        shutil.copyfile(other, Path(folder) / f"other{other.suffix}")
        text = HEAD.format(file=f"other{other.suffix}")
        for k in range(count):
            text += CUE.format(k=k, name="other" if k % 2 == 0 else "own", seconds=0 if k % 4 < 2 else 1)
        script.write_text(text)
        plain = performed(script, changes=False)
        found = performed(script, changes=True)
    took, at = np.array(found["took"]), found["at"]
    cuts = [k for n, k in enumerate(at) if n % 4 < 2]
    fades = [k for n, k in enumerate(at) if n % 4 >= 2]
    quiet = np.ones(len(took), bool)
    for k in at:
        quiet[max(k - 20, 0) : k + 20] = False
    usual = took[quiet][30:]
    print(
        json.dumps(
            {
                "changes": len(at),
                "usual_ms": round(float(np.median(usual)), 1),
                "usual_p95_ms": round(float(np.percentile(usual, 95)), 1),
                "alone_ms": round(float(np.median(plain["took"][30:])), 1),
                "cut_picture_ms": [round(float(took[k]), 1) for k in cuts],
                "fade_ms": round(float(np.median([took[k - 8 : k + 8] for k in fades])), 1),
                "fade_worst_ms": round(float(max(took[k - 15 : k + 15].max() for k in fades)), 1),
                "held_mb": round(held(other), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
