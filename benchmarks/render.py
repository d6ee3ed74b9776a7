"""What drawing costs: processor time (all threads) and wall time of a frame.

    python benchmarks/render.py [--json] [--model FILE] [--size 640x480] [--frames 150] [--samples N]
    python benchmarks/render.py --peer [--json] [--model FILE ...] [--rounds 5]

The first prints a frame part by part, at each edge smoothing: a part's price is what the frame costs more with it than
without it. The second puts the whole frame (camera picture upload, companion moved with its face and springs, outline,
composing, reading back) beside three-vrm's, in turns within one run (benchmarks/peers/README.md). Every frame moves.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from avatar import paths
from avatar.animate.rig import ROW, ROWS, Rig
from avatar.animate.springs import Springs, spring_nodes
from avatar.linalg import affine, quat
from avatar.model.load import load
from avatar.model.model import AvatarModel
from avatar.render.renderer import Renderer
from avatar.stage.scene import Figure, Lighting, Overlay, Scene
from avatar.types import Pose, VideoFrame

PARTS = ("camera and read", "floor shadow", "companion", "self-shadow", "matte", "words")
COMPANION, SELF_SHADOW = PARTS.index("companion"), PARTS.index("self-shadow")
WORDS = Overlay(
    caption="Hello! I am glad to see you here. Shall we begin?",
    speaker="Hikari",
    notice="This is an AI companion, not a person. The picture stays on this machine.",
    camera_on=True,
)


class Actor:
    """A companion's motion: arms down, head and spine turning, mouth and lids, springs. peers/page.html does the same
    to three-vrm's."""

    def __init__(self, model: AvatarModel) -> None:
        self.model = model
        self._rig = Rig(model, spring_nodes(model))
        self._springs = Springs(model, self._rig)
        self._pose = self._rig.make_pose()
        self._turns = quat.identity((ROWS,))
        self._face = {name: model.expressions[name] for name in ("aa", "ih", "blink") if name in model.expressions}

    def step(self, k: int) -> Pose:
        """Frame number k, a thirtieth of a second after the last."""
        for bone, turn in (
            ("leftUpperArm", (0, 0, -1.2)),
            ("rightUpperArm", (0, 0, 1.2)),
            ("leftLowerArm", (0, 0.3 * math.sin(k / 7), 0)),
            ("spine", (0, 0.05 * math.sin(k / 9), 0)),
            ("head", (0.08 * math.sin(k / 11), 0.2 * math.sin(k / 13), 0)),
        ):
            self._turns[ROW[bone]] = quat.from_euler(*turn)
        pose = self._pose
        if self._rig.human:
            self._rig.write_body(self._turns[None], np.zeros((1, 3), np.float32), pose)
        self._rig.forward(pose)
        self._springs.step(1 / 30, pose)
        self._rig.finish(pose)
        np.copyto(pose.morphs, self.model.morph_defaults)
        weights = {"aa": 0.5 + 0.5 * math.sin(k / 2), "ih": 0.3, "blink": 0.5}
        for name, e in self._face.items():
            np.add.at(pose.morphs, e.morphs, np.float32(weights[name]) * e.weights)
        return pose


class Stage:
    """Scenes that move, with the last of PARTS left out."""

    def __init__(self, model: AvatarModel, size: tuple[int, int]) -> None:
        rng = np.random.default_rng(7)
        noise = rng.integers(0, 255, (size[1], size[0] + 64, 3), dtype=np.uint8)
        wide = cv2.GaussianBlur(noise, (0, 0), 6)
        self._frames = [np.ascontiguousarray(wide[:, k : k + size[0]]) for k in range(0, 64, 4)]
        self._matte = np.zeros((256, 256), np.uint8)
        cv2.ellipse(self._matte, (118, 150), (44, 120), 0, 0, 360, 255, -1)
        self._actor = Actor(model)
        self.feet = standing(model, size)
        self._place = affine.compose(self.feet, quat.identity())
        self._model, self._size = model, size

    def scene(self, k: int, part: int, floor: bool = True) -> Scene:
        """Frame number k. floor : with the contact shadow."""
        frame = VideoFrame(self._frames[k % len(self._frames)], k / 30, k)
        scene = Scene(self._size, frame=frame, lighting=Lighting(shadows=float(part >= SELF_SHADOW)), time=k / 30)
        if part >= 1:
            pose = self._actor.step(k)
            shadow = self.feet if floor else None
            figure = Figure(self._model, pose.world, pose.morphs, self._place, pose.expressions, shadow=shadow)
            if part < COMPANION:
                figure = replace(figure, placement=affine.compose(np.array([0, 0, 9], np.float32), quat.identity()))
            scene.figures = [figure]
        if part >= PARTS.index("matte"):
            scene.matte = self._matte
        if part >= PARTS.index("words"):
            scene.overlay = WORDS
        return scene


def standing(model: AvatarModel, size: tuple[int, int]) -> np.ndarray:
    """(3,) where the feet are: to the right, the figure 0.85 of the picture high under a 63° camera."""
    half, tall = math.tan(math.radians(63.0) / 2), max(model.height(), 1e-3)
    depth = tall / 0.85 / (2 * half)
    return np.array([0.45 * depth * half * size[0] / size[1], -tall / 2, -depth], np.float32)


def measure(renderer: Renderer, stage: Stage, part: int, frames: int) -> tuple[float, float]:
    """(processor, wall) milliseconds of a frame: each the least of five runs, as others use the machine too."""
    runs = []
    for _ in range(5):
        cpu, wall = time.process_time(), time.perf_counter()
        for k in range(max(frames // 5, 1)):
            renderer.draw(stage.scene(k, part))
            renderer.read()
        runs.append(((time.process_time() - cpu), (time.perf_counter() - wall)))
    cpu_ms, wall_ms = np.min(runs, axis=0) * 1000 / max(frames // 5, 1)
    return float(cpu_ms), float(wall_ms)


def by_part(options: argparse.Namespace, size: tuple[int, int]) -> dict[str, Any]:
    """Print and return the first table."""
    model = load(paths.companion(options.model[0] if options.model else paths.companion_names()[0]))
    stage = Stage(model, size)
    triangles = sum(len(p.indices) for p in model.primitives)
    result: dict[str, Any] = {"model": model.name, "triangles": triangles, "size": list(size)}
    result["machine"] = platform.machine()
    for samples in options.samples or (None, 1, 2, 4):
        started = time.perf_counter()
        with Renderer(size, samples) as renderer:
            opened = time.perf_counter()
            renderer.prepare(model)
            ready = time.perf_counter()
            result["renderer"] = renderer.context.renderer
            rows: dict[str, Any] = {"samples": renderer.samples}
            before = (0.0, 0.0)
            for part, name in enumerate(PARTS):
                measure(renderer, stage, part, 10)
                now = measure(renderer, stage, part, options.frames)
                rows[name] = {"cpu_ms": round(now[0] - before[0], 2), "wall_ms": round(now[1] - before[1], 2)}
                before = now
            rows["frame"] = {"cpu_ms": round(before[0], 2), "wall_ms": round(before[1], 2)}
            rows["open_ms"], rows["prepare_ms"] = round((opened - started) * 1000), round((ready - opened) * 1000)
        label = "chosen" if samples is None else f"samples {samples:g}"
        result[label] = rows
        print(f"{label} ({rows['samples']:g} samples, {result['renderer']})")
        for name in (*PARTS, "frame"):
            print(f"  {name:16} cpu {rows[name]['cpu_ms']:6.2f} ms   wall {rows[name]['wall_ms']:6.2f} ms")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    parser.add_argument("--model", action="append", help="a .vrm or .glb file, or a house companion's name")
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--samples", type=float, action="append", help="only these (default: chosen one, 1, 2 and 4)")
    parser.add_argument("--peer", action="store_true", help="beside three-vrm in Chromium")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each, with --peer")
    parser.add_argument("--pictures", type=Path, help="with --peer: write the last frame of each here")
    options = parser.parse_args()
    w, h = (int(v) for v in options.size.split("x"))
    cv2.setNumThreads(1)  # as the engine does: small pictures are converted quicker by one thread than by several
    if options.peer:
        sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
        from frame import compare

        models = [paths.companion(m) for m in options.model or paths.companion_names()]
        result = compare(models, (w, h), options.frames, options.rounds, options.pictures)
    else:
        result = by_part(options, (w, h))
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
