"""What drawing costs: processor time (all threads) and wall time of a frame, part by part, at each edge smoothing.

    python benchmarks/render.py [--json] [--model FILE] [--size 640x480] [--frames 150]

A part's price is what the frame costs more with it than without it. Every frame moves: joints, mouth and camera.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import time
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from avatar import paths
from avatar.linalg import affine, quat
from avatar.model.load import load
from avatar.model.model import AvatarModel
from avatar.render.renderer import Renderer
from avatar.render.still import posed
from avatar.stage.scene import Figure, Overlay, Scene
from avatar.types import FloatArray, VideoFrame

WORDS = Overlay(
    caption="Hello! I am glad to see you here. Shall we begin?",
    speaker="Hikari",
    notice="This is an AI companion, not a person. The picture stays on this machine.",
    camera_on=True,
)


def arms_down(model: AvatarModel) -> FloatArray:
    """(J, 4, 4) world matrices of a standing figure."""
    turn = {f"{side}UpperArm": quat.from_euler(0, 0, s * 1.25) for side, s in (("left", -1), ("right", 1))}
    return posed(model, {bone: q for bone, q in turn.items() if bone in model.humanoid})


class Stage:
    """Scenes that move, with parts left out. part : 0 camera only, 1 shadow, 2 companion, 3 matte, 4 words."""

    def __init__(self, model: AvatarModel, size: tuple[int, int]) -> None:
        rng = np.random.default_rng(7)
        noise = rng.integers(0, 255, (size[1], size[0] + 64, 3), dtype=np.uint8)
        wide = cv2.GaussianBlur(noise, (0, 0), 6)
        self._frames = [np.ascontiguousarray(wide[:, k : k + size[0]]) for k in range(0, 64, 4)]
        self._matte = np.zeros((256, 256), np.uint8)
        cv2.ellipse(self._matte, (118, 150), (44, 120), 0, 0, 360, 255, -1)
        self._world = arms_down(model)
        # The figure stands to the right, 0.85 of the picture high.
        fov, tall = math.radians(63.0), max(model.height(), 1e-3)
        depth = tall / 0.85 / (2 * math.tan(fov / 2))
        x = 0.45 * depth * math.tan(fov / 2) * size[0] / size[1]
        place = np.array([x, -tall / 2, -depth], np.float32)
        self._place = affine.compose(place, quat.identity())
        self._feet = place
        self._model, self._size = model, size

    def scene(self, k: int, part: int) -> Scene:
        """Frame number k."""
        frame = VideoFrame(self._frames[k % len(self._frames)], k / 30, k)
        scene = Scene(self._size, frame=frame)
        if part >= 1:
            sway = affine.compose(np.zeros(3, np.float32), quat.from_euler(0, 0.05 * math.sin(k / 9), 0))
            morphs = self._model.morph_defaults.copy()
            for name, weight in (("aa", 0.5 + 0.5 * math.sin(k / 2)), ("ih", 0.3), ("blink", 0.5)):
                if name in self._model.expressions:
                    e = self._model.expressions[name]
                    np.add.at(morphs, e.morphs, np.float32(weight) * e.weights)
            figure = Figure(self._model, sway @ self._world, morphs, self._place, shadow=self._feet)
            if part == 1:
                figure = replace(figure, placement=affine.compose(np.array([0, 0, 9], np.float32), quat.identity()))
            scene.figures = [figure]
        if part >= 3:
            scene.matte = self._matte
        if part >= 4:
            scene.overlay = WORDS
        return scene


def measure(renderer: Renderer, stage: Stage, part: int, frames: int) -> tuple[float, float]:
    """(processor, wall) milliseconds of a frame: each the least of five runs, as others use the machine too."""
    runs = []
    for _ in range(5):
        cpu, wall = time.process_time(), time.perf_counter()
        for k in range(frames // 5):
            renderer.draw(stage.scene(k, part))
            renderer.read()
        runs.append(((time.process_time() - cpu), (time.perf_counter() - wall)))
    cpu_ms, wall_ms = np.min(runs, axis=0) * 1000 / (frames // 5)
    return float(cpu_ms), float(wall_ms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    parser.add_argument("--model", help="a .vrm or .glb file, or a house companion's name")
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--samples", type=float, action="append", help="only these (default: chosen one, 1, 2 and 4)")
    options = parser.parse_args()
    w, h = (int(v) for v in options.size.split("x"))
    cv2.setNumThreads(1)  # as the engine does: small pictures are converted quicker by one thread than by several
    model = load(paths.companion(options.model or paths.companion_names()[0]))
    stage = Stage(model, (w, h))
    triangles = sum(len(p.indices) for p in model.primitives)
    result: dict[str, Any] = {
        "model": model.name,
        "triangles": triangles,
        "size": [w, h],
        "machine": platform.machine(),
    }
    parts = ("camera and read", "shadow", "companion", "matte", "words")
    for samples in options.samples or (None, 1, 2, 4):
        started = time.perf_counter()
        with Renderer((w, h), samples) as renderer:
            opened = time.perf_counter()
            renderer.prepare(model)
            ready = time.perf_counter()
            result["renderer"] = renderer.context.renderer
            rows: dict[str, Any] = {"samples": renderer.samples}
            before = (0.0, 0.0)
            for part, name in enumerate(parts):
                measure(renderer, stage, part, 10)
                now = measure(renderer, stage, part, options.frames)
                rows[name] = {"cpu_ms": round(now[0] - before[0], 2), "wall_ms": round(now[1] - before[1], 2)}
                before = now
            rows["frame"] = {"cpu_ms": round(before[0], 2), "wall_ms": round(before[1], 2)}
            rows["open_ms"], rows["prepare_ms"] = round((opened - started) * 1000), round((ready - opened) * 1000)
        label = "chosen" if samples is None else f"samples {samples}"
        result[label] = rows
        print(f"{label} ({rows['samples']} samples, {result['renderer']})")
        for name in (*parts, "frame"):
            print(f"  {name:16} cpu {rows[name]['cpu_ms']:6.2f} ms   wall {rows[name]['wall_ms']:6.2f} ms")
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
