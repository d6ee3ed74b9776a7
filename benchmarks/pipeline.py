"""What a whole run costs, stage by stage, beside what its models cost alone.

usage: python benchmarks/pipeline.py [--sizes 640x480 1280x720] [--seconds 12] [--rounds 3] [--source demo]
                                     [--record] [--json]

For each size and in each round, one after another, each a process of its own: the bare models (the library's own calls
on the run's pictures, at the run's rates, no waiting between them), the run with its tracking apart and with its
tracking in threads, as a person starts it (rate, cores, age of the face at display), and the run once more with every
stage metered. Processor time is of all threads; a stage's is without that of the stages inside it.

Targets on 2 cores at 30 pictures a second: 640x480 at most 1.0 core, face age median at most 20 ms, p95 at most 40 ms;
1280x720 at most 1.4 cores, p95 at most 50 ms; at most 30 % over the bare models.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

TARGETS = {"640x480": {"cores": 1.0, "median": 20.0, "p95": 40.0}, "1280x720": {"cores": 1.4, "p95": 50.0}}
OVER = 0.3
STAGES = (
    *("capture", "conversion", "face", "hands", "pose", "matte", "refine", "people", "tracking maths"),
    *("placing, light", "animate", "draw", "shadows", "upload", "compose", "words", "readback", "display, record"),
    *("engine", "not metered"),
)


class Meter:
    """Processor time of wrapped calls by stage, without that of wrapped calls inside them; and of native threads."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._native: dict[int, str] = {}
        self._inside = threading.local()
        self._making = threading.Lock()

    def call(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, metered."""

        def metered(*args: Any, **more: Any) -> Any:
            stack = self._inside.__dict__.setdefault("stack", [])
            stack.append(0.0)
            began = time.thread_time()
            try:
                return call(*args, **more)
            finally:
                whole = time.thread_time() - began
                self.spent[stage] += whole - stack.pop()
                if stack:
                    stack[-1] += whole

        return metered

    def wrap(self, owner: Any, name: str, stage: str) -> None:
        setattr(owner, name, self.call(stage, getattr(owner, name)))

    def making(self, make: Callable[..., Any], stage: Callable[..., str]) -> Callable[..., Any]:
        """``make``, whose new threads are the stage's."""

        def made(*args: Any, **more: Any) -> Any:
            with self._making:
                before = set(os.listdir("/proc/self/task"))
                try:
                    return make(*args, **more)
                finally:
                    for tid in set(os.listdir("/proc/self/task")) - before:
                        self._native[int(tid)] = stage(*args)

        return made

    def now(self) -> dict[str, float]:
        """Seconds by stage so far."""
        found = defaultdict(float, self.spent)
        # Those whose work is metered call by call; the library's own Python threads are not among them.
        ours = {t.native_id for t in threading.enumerate() if "ThreadPool" not in t.name}
        for tid, stage in self._native.items():
            if tid in ours:
                continue
            try:
                found[stage] += int(Path(f"/proc/self/task/{tid}/schedstat").read_text().split()[0]) / 1e9
            except OSError:
                continue
        found["whole"] = time.process_time()
        return found


def meter_all(meter: Meter) -> None:
    """Wrap every stage of a run in this process."""
    import mediapipe

    from avatar.io.capture import demo, replay
    from avatar.io.detect import direct, refine
    from avatar.io.detect import mediapipe as detect
    from avatar.render import passes, renderer, shadow
    from avatar.runtime import engine, tracker

    named = {"face": "face", "hand": "hands", "pose": "pose", "segmenter": "matte", "people": "people"}
    detect._Task.__init__ = meter.making(detect._Task.__init__, lambda task, name: named[name])
    renderer.Renderer.__init__ = meter.making(renderer.Renderer.__init__, lambda *_: "draw")
    image = mediapipe.Image
    mediapipe.Image = meter.call("conversion", image)
    direct.Direct.__init__ = _remembering(direct.Direct.__init__)
    by_name = {name: meter.call(stage, direct.Direct.__call__) for name, stage in named.items()}
    direct.Direct.__call__ = lambda self, *args: by_name[self.known_as](self, *args)
    for owner, name, stage in (
        *((source, "grab", "capture") for source in (demo.DemoSource, replay.VideoSource)),
        *((detect.Detectors, name, named[key]) for name, key in (("matte", "segmenter"), ("people", "people"))),
        *((detect.Detectors, name, "tracking maths") for name in ("face", "hands", "body")),
        (refine.Refiner, "step", "refine"),
        *((tracker.Tracker, name, "tracking maths") for name in ("see_face", "see_rest")),
        *((engine.Engine, name, "tracking maths") for name in ("_see",)),
        *((engine.Engine, name, "placing, light") for name in ("_place",)),
        *((engine.Engine, name, "animate") for name in ("prepare",)),
        *((engine.Engine, name, "display, record") for name in ("_out",)),
        (engine.Engine, "tick", "engine"),
        (renderer.Renderer, "draw", "draw"),
        (renderer.Renderer, "read", "readback"),
        *((passes.Passes, name, "upload") for name in ("camera", "matte")),
        (passes.Passes, "compose", "compose"),
        (passes.Passes, "overlay", "words"),
        *((passes.Passes, name, "shadows") for name in ("shadow",)),
        (shadow.ShadowMap, "draw", "shadows"),
    ):
        meter.wrap(owner, name, stage)


def _remembering(make: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, name: str, task: Any) -> None:
        make(self, name, task)
        self.known_as = name

    return made


def staged(source: str, size: tuple[int, int], seconds: float) -> dict[str, Any]:
    """Milliseconds of processor by stage and picture, in a run in this process."""
    from avatar.config import Settings
    from avatar.runtime.assemble import stage
    from avatar.runtime.loops import Hooks, live
    from avatar.runtime.report import Report

    meter = Meter()
    meter_all(meter)
    marks: list[tuple[float, int, dict[str, float]]] = []
    settings = Settings(
        source=source, size=size, headless=True, port=None, seconds=seconds + 3, tracking="here", sound="none"
    )
    report = Report()

    def mark(elapsed: float) -> None:
        if (len(marks) == 0 and elapsed >= 2) or (len(marks) == 1 and elapsed >= 2 + seconds):
            marks.append((elapsed, report.frames, meter.now()))

    with stage(settings, report, lambda text: None) as whole:
        live(whole, lambda text: None, Hooks(each=mark))
    (t0, frames0, before), (t1, frames1, after) = marks
    spent = {name: after[name] - before[name] for name in after}
    whole_s = spent.pop("whole")
    spent["not metered"] = whole_s - sum(spent.values())
    passed, frames = t1 - t0, frames1 - frames0
    return {
        "fps": frames / passed,
        "cores": whole_s / passed,
        "stages": {
            name: {"ms_a_picture": 1000 * spent.get(name, 0.0) / frames, "cores": spent.get(name, 0.0) / passed}
            for name in STAGES
        },
        "looks": whole_looks(report),
    }


def whole_looks(report: Any) -> dict[str, int]:
    looks: dict[str, int] = report.tracking.get("looks", {})
    return looks


def bare(source: str, size: tuple[int, int], seconds: float) -> dict[str, Any]:
    """Milliseconds of processor that one look of each model costs by the library's own call, and cores at our rates."""
    import cv2
    import mediapipe

    from avatar.clock import ManualClock
    from avatar.io.capture.open import open_source
    from avatar.io.detect.mediapipe import Detectors
    from avatar.runtime.tracker import RATES

    cv2.setNumThreads(1)
    rates = {"face": 30.0, **RATES}
    spent: dict[str, float] = defaultdict(float)
    looks: dict[str, int] = defaultdict(int)
    with open_source(source, size, clock=ManualClock(), offline=True) as feed, Detectors(1.0).load(*rates) as made:
        due = dict.fromkeys(rates, 0.0)
        for frame in itertools.islice(iter(feed.grab, None), round(30 * (seconds + 1))):
            for name, rate in rates.items():
                if frame.t < due[name] - 1e-6:
                    continue
                due[name] += 1 / rate
                task = made._tasks[name]
                call = task._task.segment_for_video if name == "segmenter" else task._task.detect_for_video
                task._stamp = max(task._stamp + 1, round(frame.t * 1000))
                began = time.process_time()
                call(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image), task._stamp)
                if frame.t >= 1:
                    spent[name] += time.process_time() - began
                    looks[name] += 1
    cost = {name: spent[name] / looks[name] for name in rates}
    return {
        "ms_a_look": {name: 1000 * cost[name] for name in rates},
        "cores": sum(cost[name] * rates[name] for name in rates),
    }


def run(source: str, size: str, seconds: float, tracking: str, film: Path | None) -> dict[str, Any]:
    """One run's facts, as the command prints them."""
    command = [sys.executable, "-m", "avatar", "run", "--source", source, "--size", size, "--seconds", str(seconds)]
    command += ["--headless", "--json", "--port", "0", "--tracking", tracking]
    return json.loads(_out([*command, *(["--record", str(film)] if film else [])]))


def _out(command: list[str]) -> str:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout.splitlines()[-1]


def _middle(values: list[float]) -> float:
    return statistics.median(values)


def measure(asked: argparse.Namespace, size: str, folder: Path) -> dict[str, Any]:
    """All of one size, in turns."""
    bares, metered = [], []
    runs: dict[str, list[dict[str, Any]]] = {"apart": [], "here": []}
    part = [sys.executable, __file__, "--source", asked.source, "--seconds", str(asked.seconds), "--sizes", size]
    for k in range(asked.rounds):
        bares.append(json.loads(_out([*part, "--part", "bare"])))
        for tracking, found in runs.items():
            film = folder / f"{size}-{k}-{tracking}.mp4" if asked.record else None
            found.append(run(asked.source, size, asked.seconds, tracking, film))
        metered.append(json.loads(_out([*part, "--part", "staged"])))
    models = _middle([b["cores"] for b in bares])
    mine = [_at_rates(b, f) for b, f in zip(bares, runs["apart"], strict=True)]
    result: dict[str, Any] = {
        "bare": {"cores": models, "all": [b["cores"] for b in bares], "cores_at_looks_made": _middle(mine)}
        | {name: _middle([b["ms_a_look"][name] for b in bares]) for name in bares[0]["ms_a_look"]},
        "stages": {
            name: {key: _middle([m["stages"][name][key] for m in metered]) for key in ("ms_a_picture", "cores")}
            for name in STAGES
        },
    }
    for tracking, found in runs.items():
        cores = _middle([f["cpu_cores"] for f in found])
        result[tracking] = {
            "fps": _middle([f["fps"] for f in found]),
            "cores": cores,
            "all_cores": [f["cpu_cores"] for f in found],
            "age_ms_median": _middle([f["age_ms"]["median"] or 0.0 for f in found]),
            "age_ms_p95": _middle([f["age_ms"]["p95"] or 0.0 for f in found]),
            "first_frame_s": _middle([f["first_frame_s"] for f in found]),
            "tracked_fraction": _middle([f["tracked_fraction"] for f in found]),
            "over_looks_made": cores / _middle(mine) - 1,
            "eased": [f["tracking"]["most_steps"] for f in found],
            "over_models": cores / models - 1,
            "over_models_each_round": [f["cpu_cores"] / b["cores"] - 1 for f, b in zip(found, bares, strict=True)],
        }
    return result


def _at_rates(bare: dict[str, Any], facts: dict[str, Any]) -> float:
    """Cores of the bare models for as many looks a second as the run made."""
    looks = facts["tracking"]["looks"]
    cost = {**bare["ms_a_look"], "other": bare["ms_a_look"]["face"]}  # somebody else's face, where there is one
    return float(sum(cost[name] / 1000 * count for name, count in looks.items()) / facts["seconds"])


def show(size: str, found: dict[str, Any]) -> None:
    """The table of one size."""
    bare = found["bare"]
    print(f"\n{size}: bare models {bare['cores']:.3f} cores at the full rates", end="")
    print(f", {bare['cores_at_looks_made']:.3f} for the looks that the run made (hands out of sight: half as many)")
    looks = {k: v for k, v in bare.items() if not k.startswith(("cores", "all"))}
    print("   ms a look: " + "  ".join(f"{name} {ms:.2f}" for name, ms in looks.items()))
    print(f"   {'stage':18}{'ms a picture':>14}{'ms a second':>14}{'cores':>9}")
    for name, stage in found["stages"].items():
        print(f"   {name:18}{stage['ms_a_picture']:14.2f}{1000 * stage['cores']:14.1f}{stage['cores']:9.3f}")
    target = TARGETS.get(size, {})
    for tracking in ("apart", "here"):
        f = found[tracking]
        words = f"   tracking {tracking:6}: {f['fps']:.1f} pictures/s, {f['cores']:.3f} cores"
        words += f" ({f['over_models']:+.0%} over the models, target {OVER:+.0%}"
        words += f"; {f['over_looks_made']:+.0%} over the looks made)"
        words += f", face age {f['age_ms_median']:.1f} ms median, {f['age_ms_p95']:.1f} p95"
        print(words + f", first picture {f['first_frame_s']:.2f} s, steps eased {f['eased']}")
    if target:
        print("   targets: " + ", ".join(f"{name} {value:g}" for name, value in target.items()))


def main() -> None:
    """Run the rounds and print tables, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--sizes", nargs="+", default=["640x480", "1280x720"])
    parser.add_argument("--source", default="demo")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="record while running")
    parser.add_argument("--part", choices=("bare", "staged"), help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.part:
        width, height = (int(v) for v in asked.sizes[0].split("x"))
        measured = {"bare": bare, "staged": staged}[asked.part](asked.source, (width, height), asked.seconds)
        print(json.dumps(measured))
        return
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in asked.sizes:
            result[size] = measure(asked, size, Path(folder))
            if not asked.json:
                show(size, result[size])
    result["asked"] = {k: v for k, v in vars(asked).items() if k not in ("json", "part")}
    result["load_average"] = os.getloadavg() if hasattr(os, "getloadavg") else None
    print(json.dumps(result) if asked.json else f"\nload average {result['load_average']}")


if __name__ == "__main__":
    main()
