"""The doctor names what is missing, says what to do, and fails only for what is needed."""

from __future__ import annotations

import json

import pytest

from avatar import paths
from avatar.errors import AssetError, GraphicsError
from avatar.io.capture import camera
from avatar.io.detect import models
from avatar.io.outputs import window
from avatar.render import context
from avatar.runtime import doctor
from avatar.runtime.doctor import Check, examine


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    return examine()


def _named(found: list[Check], name: str) -> list[Check]:
    return [c for c in found if c.name == name]


def test_everything_is_looked_at(checks: list[Check]) -> None:
    names = {c.name for c in checks}
    assert {"python", "presence", "cv2", "opengl", "companions", "voice", "film libx264", "film aac"} <= names
    assert {"model face", "model hand", "model pose", "model segmenter", "camera", "sound", "display"} <= names
    assert "mediapipe" in names
    assert json.loads(json.dumps([c.facts() for c in checks]))


def test_each_thing_not_found_has_a_remedy_and_each_line_is_readable(checks: list[Check]) -> None:
    for check in checks:
        assert check.name in check.line()
        assert check.detail in check.line()
        if not (check.found and check.ok):
            assert check.remedy
            assert check.remedy in check.line()
        assert "\n" not in check.detail


def test_no_camera_and_no_display_are_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "list_cameras", list)
    monkeypatch.setattr(window, "has_display", lambda: False)
    found = list(doctor._camera()) + list(doctor._display())
    assert [c.ok for c in found] == [True, True]
    assert [c.found for c in found] == [False, False]
    assert all(c.remedy for c in found)


def test_a_camera_this_user_may_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "list_cameras", lambda: [camera.CameraInfo(2, "Cam", "usb-cam", "denied")])
    (check,) = doctor._camera()
    assert check.detail == "2: Cam"
    assert "usermod" in check.remedy


def test_no_opengl_is_missing_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoContext:
        def __init__(self) -> None:
            raise GraphicsError("EGL gives no context: install Mesa")

    monkeypatch.setattr(context, "HeadlessContext", NoContext)
    (check,) = doctor._guarded(doctor._opengl)
    assert (check.name, check.ok, check.found) == ("opengl", False, False)
    assert check.detail == "EGL gives no context"
    assert check.remedy == "install Mesa"


def test_a_changed_model_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.MODELS, "face", (models.MODELS["face"][0], "0" * 64))
    face = _named(list(doctor._models()), "model face")[0]
    assert not face.ok
    assert "SHA-256" in face.detail
    assert "pip install" in face.remedy


def test_assets_that_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "companion_names", list)
    assert not next(doctor._companions()).ok

    def gone() -> list[str]:
        raise AssetError("the folder 'assets' that belongs to Presence is missing: install it again")

    monkeypatch.setattr(paths, "companion_names", gone)
    (check,) = doctor._guarded(doctor._companions)
    assert not check.ok
    assert check.remedy == "install it again"


def test_two_opencv_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"cv2": ["opencv-python", "opencv-contrib-python"]}
    monkeypatch.setattr(doctor.metadata, "packages_distributions", lambda: both)
    (check,) = doctor._opencv()
    assert not check.ok
    assert check.remedy.startswith("pip uninstall opencv-contrib-python")


def test_a_wrong_version_and_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["mediapipe==0.0.1", "no-such-thing>=1", "numpy>=2", "scikit-image; extra == 'demo'"]
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: wanted)
    found = {c.name: c for c in doctor._packages()}
    assert not found["mediapipe"].ok
    assert not found["no-such-thing"].ok
    assert found["numpy"].ok
    assert "scikit-image" not in found
    assert found["mediapipe"].remedy == "pip install 'mediapipe==0.0.1'"


def test_a_part_that_breaks_is_a_finding() -> None:
    def _broken():
        raise RuntimeError("boom")
        yield

    (check,) = doctor._guarded(_broken)
    assert not check.ok
    assert "boom" in check.detail
