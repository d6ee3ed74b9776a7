"""How well, how soon and at what cost a person is tracked, and whether the companion always has its place.

    python benchmarks/tracking.py [--seconds 10] [--clips FOLDER] [--sheet PNG] [--json]

clips : every frame of each clip, one after another: part of the frames with a face; part in which the companion is
there with its head whole in the picture, and clear of the face. demo : the same for the demo feed, and the distance in
pixels between the tracked face and the truth, at the frame's own time and a display delay later without and with
prediction; in percent of the face's width at its own time, and predicted for one and two frames later; and the error
of its roll in degrees. live : the demo feed in real time, tracking alone: processor cores, frames a second,
milliseconds from grabbing to the face's result.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import numpy as np

from avatar.clock import ManualClock, SystemClock
from avatar.io.capture import demo
from avatar.io.capture.open import open_source
from avatar.io.detect.mediapipe import Detectors
from avatar.model.load import load
from avatar.paths import companion
from avatar.runtime.capturing import CaptureWorker
from avatar.runtime.tracker import Tracker
from avatar.runtime.workers import TrackingWorker
from avatar.stage.build import Build, build_of
from avatar.stage.camera import Box, Camera
from avatar.stage.layout import Layout
from avatar.tracking.predict import predict
from avatar.tracking.record import angles
from avatar.types import Observation, VideoFrame

CLIPS = Path(__file__).resolve().parents[2] / "shared" / "data" / "people"
DISPLAY_DELAY = 0.02


def watch(spec: str, frames: int | None = None) -> tuple[list[VideoFrame], list[Observation], Camera, float]:
    """Every frame and what was seen in it, without threads."""
    source = open_source(spec, clock=ManualClock(), offline=True)
    with source, Detectors(source.fov_y) as detectors:
        tracker = Tracker(detectors)
        pictures = list(itertools.islice(iter(source.grab, None), frames))
        return pictures, [tracker.step(f) for f in pictures], Camera(source.size, source.fov_y), source.fps


def overlap(a: Box, b: Any) -> bool:
    return bool(min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1]))


def stand(
    pictures: list[VideoFrame], seen: list[Observation], camera: Camera, fps: float, build: Build
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Figures of one clip, and three of its pictures with the boxes drawn in."""
    layout = Layout(build)
    stands = clear = 0
    view, sheet = camera.visible, []
    for k, (picture, observation) in enumerate(zip(pictures, seen, strict=True)):
        placement = layout.step(observation, camera, 1 / fps)
        head = placement.head_box
        inside = head[0] >= view[0] and head[1] >= view[1] and head[2] <= view[2] and head[3] <= view[3]
        stands += inside and placement.opacity > 0.5
        clear += observation.face is None or not overlap(placement.body_box, observation.face.box)
        if k in (len(seen) // 10, len(seen) // 2, len(seen) - 1):
            sheet.append(drawn(picture.image, observation, placement.head_box, placement.body_box))
    return {
        "frames": len(seen),
        "tracked": float(np.mean([o.face is not None for o in seen])),
        "stands": stands / len(seen),
        "face_clear": clear / len(seen),
    }, sheet


def drawn(image: np.ndarray, observation: Observation, head: Box, body: Box) -> np.ndarray:
    out = image.copy()
    boxes = [(head, (255, 60, 60)), (body, (255, 220, 0))]
    if observation.face is not None:
        boxes.append((observation.face.box, (0, 255, 0)))
    for box, colour in boxes:
        x0, y0, x1, y1 = (round(float(v)) for v in box)
        cv2.rectangle(out, (x0, y0), (x1, y1), colour, 2)
    return cv2.resize(out, (320, round(320 * out.shape[0] / out.shape[1])))


def against_truth(pictures: list[VideoFrame], seen: list[Observation], camera: Camera) -> dict[str, Any]:
    """Mean distance of the face's points to the truth, pixels: median and p95 over the frames.

    The truth's points are those found in the portrait at rest, carried along by the script.
    """
    rest = VideoFrame(pictures[0].image, 0.0, 0)
    with Detectors(camera.fov_y) as detectors:
        found = [detectors.face(VideoFrame(rest.image, k / 30, k)) for k in range(10)]
    points = np.mean([f.points for f in found[3:] if f is not None], axis=0)
    assert pictures[0].truth is not None
    still = np.linalg.inv(pictures[0].truth) @ np.vstack([points[:, :2].T, np.ones(len(points))])

    def error(observation: Observation, truth: np.ndarray) -> float:
        assert observation.face is not None
        return float(np.linalg.norm(observation.face.points[:, :2].T - (truth @ still)[:2], axis=0).mean())

    def leant(truth: np.ndarray) -> float:
        return math.degrees(math.atan2(truth[1, 0], truth[0, 0]))

    wide = float(np.ptp(points[:, 0]))
    at_rest = np.mean([angles(f.matrix)[2] for f in found[3:] if f is not None]) + leant(pictures[0].truth)
    now, late, ahead, roll = [], [], [], []
    later: dict[int, list[float]] = {1: [], 2: []}
    for before, newest, picture in zip(seen, seen[1:], pictures[1:], strict=False):
        if newest.face is None:
            continue
        then = newest.t + DISPLAY_DELAY
        truth = demo.truth(then, camera.size)
        own = picture.truth if picture.truth is not None else truth
        now.append(error(newest, own))
        late.append(error(newest, truth))
        ahead.append(error(predict(before, newest, then), truth))
        # the picture's y is downwards, so that a roll against the clock is negative in it
        roll.append(abs(angles(newest.face.matrix)[2] + leant(own) - at_rest))
        for frames, errors in later.items():
            t = newest.t + frames / 30
            errors.append(error(predict(before, newest, t), demo.truth(t, camera.size)))
    parts = (("now_px", now), ("late_px", late), ("predicted_px", ahead), ("roll_deg", roll))
    percent = (("now_%", now), ("one_frame_%", later[1]), ("two_frames_%", later[2]))
    return {name: spread(v) for name, v in parts} | {name: spread(np.array(v) / wide * 100) for name, v in percent}


def spread(values: Any) -> dict[str, float]:
    return {"median": float(np.median(values)), "p95": float(np.percentile(values, 95))}


def live(seconds: float) -> dict[str, Any]:
    clock = SystemClock()
    source = open_source("demo", clock=clock)
    with CaptureWorker(source, clock) as capture, TrackingWorker(capture.frames, clock, source.fov_y) as tracking:
        began = clock.now()
        tracking.wait_for(0.0, 10)
        first = clock.now() - began
        clock.sleep(1.5)
        tracking.ages.clear()
        count, wall, busy = capture.count, clock.now(), time.process_time()
        clock.sleep(seconds)
        passed = clock.now() - wall
        return {
            "cores": (time.process_time() - busy) / passed,
            "fps": (capture.count - count) / passed,
            "first_result_s": first,
            "threads": len(os.listdir("/proc/self/task")) if Path("/proc/self/task").is_dir() else None,
            **tracking.report(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="length of the live part")
    parser.add_argument("--clips", type=Path, default=CLIPS, help="folder of clips; left out where it is not there")
    parser.add_argument("--sheet", type=Path, help="write pictures of every clip with the boxes drawn in")
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    given = parser.parse_args()
    build = build_of(load(companion("hikari")))
    result: dict[str, Any] = {"live": live(given.seconds), "clips": {}}
    rows = []
    clips = sorted(given.clips.glob("*.mkv")) + sorted(given.clips.glob("*.gif")) if given.clips.is_dir() else []
    for clip in clips:
        result["clips"][clip.name], row = stand(*watch(str(clip)), build)
        rows.append(np.hstack([cv2.copyMakeBorder(r, 0, 240 - len(r), 0, 0, cv2.BORDER_CONSTANT) for r in row]))
    pictures, seen, camera, fps = watch("demo", 300)
    result["demo"], row = stand(pictures, seen, camera, fps, build)
    result["demo"] |= against_truth(pictures, seen, camera)
    if given.sheet:
        cv2.imwrite(str(given.sheet), np.vstack([*rows, np.hstack(row)])[..., ::-1])
    for part, figures in (("live", result["live"]), *result["clips"].items(), ("demo", result["demo"])):
        print(part, *(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items()), sep="  ")
    if given.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
