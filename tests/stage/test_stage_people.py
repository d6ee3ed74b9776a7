"""Real people: tracked in nearly every frame, and the companion has its place in every one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.io.capture.open import open_source
from avatar.io.detect.mediapipe import Detectors
from avatar.runtime.tracker import RATES, Tracker
from avatar.stage.build import Build
from avatar.stage.camera import Camera
from avatar.stage.layout import Layout

PEOPLE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "people"
CLIPS = sorted([*PEOPLE.glob("*.mkv"), *PEOPLE.glob("*.gif")]) if PEOPLE.is_dir() else []
_RATES = {name: rate for name, rate in RATES.items() if name != "hand"}
"""Hands say nothing of where it stands."""


@pytest.mark.slow
@pytest.mark.skipif(not CLIPS, reason="needs the development data in ../shared")
def test_the_companion_stands_in_every_frame_and_never_over_the_face():
    tracked, total = {}, 0
    for clip in CLIPS:
        found = []
        source = open_source(str(clip), clock=ManualClock(), offline=True)
        camera = Camera(source.size, source.fov_y)
        x0, y0, x1, y1 = camera.visible
        layout = Layout(Build())
        with source, Detectors(source.fov_y) as detectors:
            tracker = Tracker(detectors, _RATES)
            for k, frame in enumerate(iter(source.grab, None)):
                if k % 4:
                    continue
                observation = tracker.step(frame)
                placement = layout.step(observation, camera, 4 / source.fps)
                left, top, right, bottom = placement.head_box
                assert x0 <= left < right <= x1, (clip.name, k)
                assert y0 <= top < bottom <= y1, (clip.name, k)
                assert bottom - top > 0.1 * (y1 - y0), "large enough to be seen"
                assert placement.opacity > 0.9
                found.append(observation.face is not None)
                if observation.face is not None:
                    a, b = placement.body_box, observation.face.box
                    apart = a[2] <= b[0] or a[0] >= b[2] or a[3] <= b[1] or a[1] >= b[3]
                    assert apart, (clip.name, k)
                    assert 0.3 < -observation.face.eyes[2] < 3
        tracked[clip.name] = np.mean(found)
        total += len(found)
    assert total > 90
    assert np.mean(list(tracked.values())) >= 0.95, tracked
    assert min(tracked.values()) >= 0.9, tracked


def test_demo_is_tracked_in_every_frame_close_to_the_truth():
    source = open_source("demo", clock=ManualClock(), offline=True)
    still, errors = None, []
    with Detectors(source.fov_y) as detectors:
        for k in range(90):
            frame = source.grab()
            face = detectors.face(frame)
            assert face is not None, k
            points = np.vstack([face.points[:, :2].T, np.ones(478)])
            portrait = (np.linalg.inv(frame.truth) @ points)[:2]
            still = portrait if k == 10 else still
            if still is not None:
                errors.append(np.linalg.norm(portrait - still, axis=0).mean() * math.hypot(*frame.truth[:2, 0]))
    assert np.median(errors) < 1.2, "pixels"
    assert np.percentile(errors, 95) < 2.0
