"""How often each of the person's gestures is found where it is, and told where it is not.

    python benchmarks/signs.py [--data FOLDER] [--only real] [--json]

real : the signers' films and the stills of ../shared/data, every frame, against ``signs_truth.json`` beside this file,
which says how it was made. drawn : the house companion's own gestures, drawn into films and tracked as any other, a
detector's view of a body whose gestures are known. scripted : made-up joints with noise, without a detector
(tests/tracking/signs_scripts.py): the recogniser alone. Precision is the part of what was told that is so, recall the
part of what is so that was told; a gesture is right when name and side agree and the times overlap.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


import numpy as np

from avatar.clock import ManualClock
from avatar.io.capture.open import open_source
from avatar.io.detect.mediapipe import Detectors
from avatar.runtime.seeing import Seer, look_through
from avatar.tracking.gestures import NAMES, Recogniser
from avatar.tracking.totals import Totals
from avatar.types import Light, Observation, VideoFrame

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
TRUTH = HERE / "signs_truth.json"
SLACK_S = 0.35
CAMERA = {"camera": "0,1.36,1.2", "target": "0,1.22,0", "fov": 50.0, "background": "#7d8894"}
LIGHT = Light(np.ones(3, np.float32), np.array([0, 0, 1], np.float32))
Span = dict[str, Any]


class Tally:
    """What was right, told wrongly, and missed, by name of the gesture."""

    def __init__(self) -> None:
        self.right, self.wrong, self.missed = (dict.fromkeys(NAMES, 0) for _ in range(3))
        self.errors: list[str] = []

    def take(self, where: str, found: Iterable[Span], true: Iterable[Span], may: Iterable[Span]) -> None:
        left = list(true)
        for span in found:
            match = next((t for t in left if alike(span, t)), None)
            if match is not None:
                left.remove(match)
                self.right[span["name"]] += 1
            elif not any(alike(span, m) for m in (*may, *true)):
                self.wrong[span["name"]] += 1
                self.errors.append(f"{where}: {told(span)} told, and is none")
        for span in left:
            self.missed[span["name"]] += 1
            self.errors.append(f"{where}: {told(span)} missed")

    def facts(self) -> dict[str, Any]:
        rows = {}
        for name in NAMES:
            right, wrong, missed = self.right[name], self.wrong[name], self.missed[name]
            rows[name] = {
                "true": right + missed,
                "right": right,
                "wrong": wrong,
                "precision": round(right / (right + wrong), 3) if right + wrong else None,
                "recall": round(right / (right + missed), 3) if right + missed else None,
            }
        return {"gestures": rows, "errors": self.errors}


def alike(a: Span, b: Span) -> bool:
    """Same name, same side, and overlapping in time as far as either says when."""
    if a["name"] != b["name"] or a.get("side") != b.get("side"):
        return False
    ends = [s.get("end") if s.get("end") is not None else float("inf") for s in (a, b)]
    return bool((a.get("begin") or 0) <= ends[1] + SLACK_S and (b.get("begin") or 0) <= ends[0] + SLACK_S)


def told(span: Span) -> str:
    at = f" at {span['begin']:.2f} s" if "begin" in span else ""
    return f"{span['name']} {span.get('side') or ''}".strip() + at


def seen_in(path: Path) -> list[Span]:
    return list(look_through(str(path), lambda text: None)["gestures"])


def played(path: Path, fov_deg: float) -> list[Span]:
    """The same of a film whose first picture is there for a second before it, and whose last for one after: a person
    is at rest before and after a gesture."""
    fov = math.radians(fov_deg)
    totals = Totals()
    with open_source(str(path), clock=ManualClock(), offline=True) as source, Detectors(fov) as detectors:
        film = list(iter(source.grab, None))
        rest = round(source.fps)
        seer = Seer(detectors, fov, source.fps)
        for k, frame in enumerate([film[0]] * rest + film + [film[-1]] * rest):
            sight = seer.step(VideoFrame(frame.image, k / source.fps, k))
            totals.add(sight.seen, sight.light, sight.signs)
    return list(totals.facts()["gestures"])


def real(data: Path, truth: dict[str, Any]) -> dict[str, Any]:
    tally = Tally()
    for name, labels in truth["films"].items():
        tally.take(name, seen_in(data / name), labels["true"], labels["may"])
    for name, labels in truth["stills"].items():
        (path,) = data.glob(f"{name}*.jpg")
        tally.take(name, seen_in(path), labels["true"], labels["may"])
    return tally.facts()


def drawn(truth: dict[str, Any]) -> dict[str, Any]:
    from avatar.runtime.film import render_film

    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for name, labels in truth["drawn"].items():
            if name == "how":
                continue
            path = Path(folder) / f"{name}.mp4"
            render_film("hikari", path, (400, 400), {}, fps=15.0, motion=name, **CAMERA)  # type: ignore[arg-type]
            found = played(path, CAMERA["fov"])
            print(f"drawn {name}: {', '.join(told(span) for span in found) or 'nothing'}", file=sys.stderr, flush=True)
            tally.take(f"drawn {name}", found, labels["true"], labels["may"])
    return tally.facts()


def recognised(film: Iterable[Observation]) -> list[Span]:
    recogniser, totals = Recogniser(), Totals()
    for seen in film:
        totals.add(seen, LIGHT, recogniser.step(seen, seen.t))
    return list(totals.facts()["gestures"])


def scripted() -> dict[str, Any]:
    sys.path.append(str(HERE.parent / "tests" / "tracking"))
    from signs_actor import play
    from signs_scripts import gestures, nothings

    tally = Tally()
    for act in (*gestures(), *nothings()):
        for seed in (1, 2, 3):
            spans = recognised(play(act.script, act.seconds, seed=seed))
            true = [{"name": n, "side": side, "begin": b, "end": e} for n, side, b, e in act.truth]
            may = [{"name": n, "side": side} for n in act.also for side in ("left", "right", None)]
            tally.take(f"scripted {act.name}", spans, true, may)
    return tally.facts()


def table(sets: dict[str, dict[str, Any]]) -> str:
    def part(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    head = "| gesture | " + " | ".join(f"{name}: true, precision, recall" for name in sets) + " |"
    rows = [head, "|---" * (len(sets) + 1) + "|"]
    for name in NAMES:
        cells = []
        for facts in sets.values():
            row = facts["gestures"][name]
            wrong = f" ({row['wrong']} wrong)" if row["wrong"] else ""
            cells.append(f"{row['true']}, {part(row['precision'])}{wrong}, {part(row['recall'])}")
        rows.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with people/ and hands/; left out if not there")
    parser.add_argument("--only", choices=("real", "drawn", "scripted"), help="one part; drawn takes the longest")
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    given = parser.parse_args()
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))
    sets: dict[str, dict[str, Any]] = {}
    if given.data.is_dir() and given.only in (None, "real"):
        sets["real"] = real(given.data, truth)
    if given.only in (None, "drawn"):
        sets["drawn"] = drawn(truth)
    if given.only in (None, "scripted"):
        sets["scripted"] = scripted()
    print(table(sets))
    for facts in sets.values():
        for line in facts["errors"]:
            print(line)
    if given.json:
        print(json.dumps(sets))


if __name__ == "__main__":
    main()
