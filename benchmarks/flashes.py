"""Flashes in the pictures of the house's ceremonies, by WCAG 2.3.1: performed to the end, every picture looked at.

    python benchmarks/flashes.py [--lamp] [--plain] [NAME ...]

Each is performed in English by itself over the demo's portrait, or on the plain ground, 30 pictures a second of 240 x
180 (fewer miss what is quick: applause that flashed 4.5 times a second was 3.0 at 12), each question answered with yes.
``--lamp`` performs a script that does its worst instead: the light turned on and off, the companion's place, expression
and props changed, as often as cues can. One JSON line for each.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from avatar.config import Settings
from avatar.runtime import ceremonies, performing

SIZE, FPS = (240, 180), 30.0
WORST_CUES = 24


def performed(path: Path, folder: Path, plain: bool) -> dict[str, object]:
    settings = Settings(
        source="demo",
        no_source=plain,
        fps=FPS,
        size=SIZE,
        samples=1,
        offline=True,
        headless=True,
        voice="none",
        port=None,
        seconds=900,
    )
    plan = performing.Plan(settings, folder, "en", auto=True, by_hand=False)
    facts = performing.perform(path, plan, time.perf_counter(), lambda words: None)
    return {"ceremony": path.stem, "mode": facts["mode"], "cues": len(facts["cues"]), **facts["flashes"]}


def worst(folder: Path) -> Path:
    """A script that flashes as much as scripts can, and says so nowhere: only what the stage does is left."""
    parts = ["presence: 1", "title: Lamp", "kind: other", 'statement: "Symbolic."', "scenes:", "- id: s", "  title: s"]
    parts += ["  cues:", '  - {id: first, do: [{say: "{statement}"}]}']
    for k in range(WORST_CUES):
        does = "{light: %s, seconds: 0}, {move: %s}, {express: %s}, {prop: candle, action: %s}, {wait: 0.34}"
        on = k % 2
        words = ("room", "right-half", "happy", "show") if on else ("dark", "left-half", "sad", "hide")
        parts.append(f"  - {{id: c{k}, trigger: follow, do: [{does % words}]}}")
    path = folder / "lamp.yaml"
    path.write_text("\n".join(parts) + "\n")
    return path


def main() -> None:
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        known = ceremonies.kinds()
        paths = [worst(folder)] if "--lamp" in sys.argv else [known[name] for name in names or sorted(known)]
        for path in paths:
            print(json.dumps(performed(path, folder / f"{path.stem}-kept", "--plain" in sys.argv)), flush=True)


if __name__ == "__main__":
    main()
