"""The detectors on real pictures: what is where, whose left is left, and nothing on the terminal."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.errors import AssetError
from avatar.io.capture.open import open_source
from avatar.io.detect import models
from avatar.io.detect.mediapipe import DETECTORS, Detectors
from avatar.linalg.camera import project
from avatar.types import VideoFrame

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
PEOPLE = SHARED / "data" / "people"


@pytest.fixture(scope="module")
def detectors():
    with Detectors(np.radians(30)).load(*DETECTORS) as made:
        yield made


@pytest.fixture(scope="module")
def demo():
    with open_source("demo", clock=ManualClock(), offline=True) as source:
        return list(itertools.islice(iter(source.grab, None), 12))


def test_the_models_are_the_ones_named_by_the_hash():
    for name, (file, digest) in models.MODELS.items():
        assert models.model_path(name).name == file
        assert hashlib.sha256(models.read_model(name)).hexdigest() == digest


def test_a_changed_model_is_refused_with_both_hashes(tmp_path):
    path = tmp_path / "face_landmarker.task"
    path.write_bytes(models.read_model("face")[:-1] + b"x")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(AssetError) as caught:
        models.read_model("face", path)
    for word in (str(path), found, models.MODELS["face"][1], "pip install"):
        assert word in str(caught.value)


def test_a_missing_model_is_refused_without_looking_for_it_elsewhere(tmp_path, monkeypatch):
    with pytest.raises(AssetError, match=r"hand_landmarker\.task"):
        models.read_model("hand", tmp_path / "hand_landmarker.task")

    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(models.metadata, "distribution", absent)
    with pytest.raises(AssetError, match="not installed"):
        models.model_path("pose")


def test_the_face_is_where_the_portrait_has_it(detectors, demo):
    for frame in demo:
        face = detectors.face(frame)
        assert face is not None
        assert face.points.shape == (478, 3)
        assert face.blendshapes.shape == (52,)
        eyes = (frame.truth @ [[204, 248, 226], [106, 104, 143], [1, 1, 1]])[:2].T  # as seen by eye
        for seen, true in zip(
            (face.points[468, :2], face.points[473, :2], face.points[[13, 14], :2].mean(0)), eyes, strict=True
        ):
            assert np.linalg.norm(seen - true) < 8
        between = face.points[[33, 133, 263, 362], :2].mean(0)
        assert np.linalg.norm(project(face.eyes, detectors.fov_y, (640, 480)) - between) < 3
        assert 0.8 < -face.eyes[2] < 2
        smile = face.blendshapes[[44, 45]]
        assert smile.min() > 0.4, "she smiles"


def test_body_and_matte_agree_with_the_face(detectors, demo):
    face, body, matte = detectors.face(demo[-1]), detectors.body(demo[-1]), detectors.matte(demo[-1])
    assert np.linalg.norm(body.points[0, :2] - face.points[1, :2]) < 20
    assert body.points[11, 0] > body.points[12, 0], "her left is on the right of a picture that is not mirrored"
    assert body.world[0, 1] > body.world[11, 1] > body.world[23, 1], "up is up"
    assert matte.shape == (240, 320)
    assert matte.dtype == np.uint8
    x, y = face.box.reshape(2, 2).mean(0)
    assert matte[int(y / 2), int(x / 2)] > 240
    assert matte[5:60, 280:315].mean() < 40


def test_a_crop_gives_the_same_face(detectors, demo):
    whole = detectors.face(demo[-1])
    with Detectors(detectors.fov_y) as fresh:
        close = fresh.face(demo[-1], (100, 0, 380, 280))
    wide = whole.box[2] - whole.box[0]
    assert np.linalg.norm((close.points - whole.points)[:, :2], axis=1).mean() < 0.04 * wide
    assert np.allclose(close.matrix[:3, 3], whole.matrix[:3, 3], atol=0.05)


def test_stamps_that_repeat_or_go_back_are_no_trouble(detectors, demo):
    for t in (5.0, 5.0, 4.9, 5.0001):
        assert detectors.face(VideoFrame(demo[0].image, t, 0)) is not None


@pytest.mark.skipif(not PEOPLE.is_dir(), reason="needs the development data in ../shared")
def test_left_hands_are_at_left_wrists(detectors):
    right, total = 0, 0
    frames = iter(open_source(str(PEOPLE / "brother.mkv"), clock=ManualClock(), offline=True).grab, None)
    for frame in itertools.islice(frames, 10, 50, 4):
        shifted = VideoFrame(frame.image, 100 + frame.t, frame.index)
        body = detectors.body(shifted)
        for hand in detectors.hands(shifted):
            left, other = (np.linalg.norm(hand.points[0, :2] - body.points[k, :2]) for k in (15, 16))
            right += (hand.side == "left") == (left < other)
            total += 1
            length = np.linalg.norm(hand.world[0] - hand.world[12])
            assert 0.05 < length < 0.25, "a hand's length in metres"
    assert total >= 6
    assert right >= 0.8 * total


def test_the_library_says_nothing_on_the_terminal_and_errors_still_do():
    code = (
        "import os, numpy as np\n"
        "from avatar.io.detect.mediapipe import Detectors\n"
        "from avatar.io.detect.quiet import quiet\n"
        "from avatar.types import VideoFrame\n"
        "from skimage.data import astronaut\n"
        "with Detectors(0.8) as d:\n"
        "    f = VideoFrame(astronaut(), 0.1, 0)\n"
        "    assert d.face(f); d.hands(f); d.body(f); d.matte(f)\n"
        "with quiet():\n"
        "    os.write(2, b'E0000 00:00:17.5 77 real.cc:1] a real error\\nW0000 00:00:17.5 77 x.cc:1] chatter\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert done.stderr == "E0000 00:00:17.5 77 real.cc:1] a real error\n"
    assert done.stdout == ""
