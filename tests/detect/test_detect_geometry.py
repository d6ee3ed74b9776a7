"""The canonical face inside the model, and that a head is turned alike however closely it is looked at."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.errors import AssetError
from avatar.io.capture.open import open_source
from avatar.io.detect import geometry
from avatar.io.detect.mediapipe import Detectors
from avatar.tracking.record import angles


def test_the_canonical_face_is_a_face_in_metres() -> None:
    model = geometry.face_model()
    assert len(model.points) == len(model.index) == len(model.weight) > 20
    wide, high, deep = np.ptp(model.points, axis=0)
    assert 0.13 < wide < 0.18
    assert 0.12 < high < 0.2
    assert 0.05 < deep < 0.13
    assert (model.weight > 0).all()
    assert model.index.max() < 468
    nose = model.points[list(model.index).index(4)]
    assert nose[2] == model.points[:, 2].max(), "the tip of the nose is foremost"


def test_what_is_no_geometry_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for bad in (b"\x0a\xff", b"\x0a\x05\x08", b"\x0f\x01", b"\x08" + b"\xff" * 9):
        with pytest.raises((ValueError, IndexError)):
            geometry._fields(bad)
    monkeypatch.setattr(geometry, "_fields", lambda data: [])
    with pytest.raises(AssetError, match="geometry"):
        geometry.face_model()


def test_a_head_is_turned_alike_however_closely_it_is_looked_at() -> None:
    """MediaPipe's own matrix turns this one by 15 degrees when it is cut out."""
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    turns, places = [], []
    with open_source("demo", clock=ManualClock(), offline=True) as source:
        frames = list(itertools.islice(iter(source.grab, None), 4))
    for region in (None, (60, 0, 300, 240), (90, 30, 270, 210)):
        with Detectors(source.fov_y) as detectors:
            (*_, face) = (detectors.face(frame, region) for frame in frames)
        assert face is not None
        turns.append(angles(face.matrix))
        places.append(face.eyes)
    assert np.ptp(turns, axis=0).max() < 2.0, turns
    assert np.ptp(places, axis=0).max() < 0.02, places
