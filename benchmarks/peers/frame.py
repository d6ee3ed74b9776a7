"""The whole frame, ours and three-vrm's, in turns: see ``benchmarks/render.py --peer``.

Each side has its own process, so that both may be told how many threads Mesa uses, and each is measured over whole
process trees. The browser's canvas is not on a page: showing it would cost more.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from browser import Peer
from render import COMPANION, SELF_SHADOW, Stage, standing

from avatar.model.load import load
from avatar.render.renderer import Renderer
from avatar.render.shot import DIRECT, INDIRECT
from avatar.stage.scene import Lighting

OURS: dict[str, tuple[float | None, int]] = {
    "ours, 4 samples": (4, COMPANION),
    "ours, 4 samples, shadows": (4, SELF_SHADOW),
    "ours, default": (None, COMPANION),
    "ours, default, shadows": (None, SELF_SHADOW),
}
THEIRS = {"three-vrm, 4 samples": 4, "three-vrm, 1 sample": 1}


def _ours(model: Path, size: tuple[int, int], samples: float | None, part: int, threads: str, pipe: Connection) -> None:
    """A process that draws as many frames as it is asked for and answers (processor, wall) ms a frame."""
    if threads:
        os.environ["LP_NUM_THREADS"] = threads
    cv2.setNumThreads(1)
    companion = load(model)
    stage = Stage(companion, size)
    with Renderer(size, samples) as renderer:
        renderer.prepare(companion)
        k = 0
        while frames := pipe.recv():
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(frames):
                renderer.draw(stage.scene(k, part, floor=False))
                picture = renderer.read()
                k += 1
            took = ((time.process_time() - cpu) * 1000 / frames, (time.perf_counter() - wall) * 1000 / frames)
            pipe.send((*took, picture.copy()))


class _Side:
    """One row of the table."""

    def __init__(self, name: str, model: Path, size: tuple[int, int], threads: str) -> None:
        self.name, self.picture = name, np.zeros((1, 1, 3), np.uint8)
        self.runs: list[tuple[float, float]] = []
        self._peer: Peer | None = None
        self._idle = 0.0
        if name in THEIRS:
            self._peer = Peer({"LP_NUM_THREADS": threads} if threads else {})
            light = Lighting()
            plan = {"size": size, "fov": 63, "place": standing(load(model), size).tolist(), "samples": THEIRS[name]}
            plan |= {
                "direction": light.direction.tolist(),
                "light": math.pi * DIRECT,
                "ambient": math.pi * INDIRECT / 2,
            }
            self.calls = self._peer.open(model.read_bytes(), plan)
            self._size = size
            self._peer.run(20)
            before = self._peer.cpu()
            time.sleep(1.5)
            self._idle = (self._peer.cpu() - before) / 1.5  # a browser at rest is not idle: taken off each frame
        else:
            self._pipe, theirs = multiprocessing.get_context("spawn").Pipe()
            samples, part = OURS[name]
            arguments = (model, size, samples, part, threads, theirs)
            self._process = multiprocessing.get_context("spawn").Process(target=_ours, args=arguments, daemon=True)
            self._process.start()
            self._pipe.send(20)
            self._pipe.recv()

    def run(self, frames: int) -> None:
        if self._peer is not None:
            cpu, wall = self._peer.run(frames)
            self.runs.append((cpu - self._idle * wall, wall))
            self.picture = self._peer.last(self._size)
        else:
            self._pipe.send(frames)
            cpu, wall, self.picture = self._pipe.recv()
            self.runs.append((cpu, wall))

    def close(self) -> None:
        if self._peer is not None:
            self._peer.close()
        else:
            self._pipe.send(0)
            self._process.join(10)


def compare(
    models: list[Path], size: tuple[int, int], frames: int, rounds: int, pictures: Path | None = None
) -> dict[str, Any]:
    """Print and return the table: the median over ``rounds`` turns of each, about ``frames`` frames a side."""
    result: dict[str, Any] = {"size": list(size)}
    for model in models:
        for threads in ("", "0"):
            words = "as many threads as Mesa likes" if not threads else "LP_NUM_THREADS=0"
            sides: list[_Side] = []
            try:
                for name in (*THEIRS, *OURS):
                    sides.append(_Side(name, model, size, threads))
                each = max(frames // rounds, 1)
                for _ in range(rounds):
                    for side in sides:
                        side.run(each)
            finally:
                for side in sides:
                    side.close()
            table = {s.name: [round(float(v), 2) for v in np.median(s.runs, axis=0)] for s in sides}
            result[f"{model.stem}, {words}"] = {n: {"cpu_ms": c, "wall_ms": w} for n, (c, w) in table.items()}
            print(f"{model.stem}, {size[0]}x{size[1]}, {words}; frames a side: {each * rounds}")
            whole = table["three-vrm, 4 samples"]
            for name, (cpu, wall) in table.items():
                shares = f"({cpu / whole[0]:4.2f})   wall {wall:6.2f} ms ({wall / whole[1]:4.2f})"
                print(f"  {name:26} cpu {cpu:6.2f} ms {shares}")
            if pictures:
                pictures.mkdir(parents=True, exist_ok=True)
                for side in sides:
                    cv2.imwrite(str(pictures / f"{model.stem} {side.name}.png"), side.picture[..., ::-1])
    return result
