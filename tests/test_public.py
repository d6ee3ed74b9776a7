"""The one public door."""

from __future__ import annotations

import subprocess
import sys

import pytest

import avatar


def test_exported_names() -> None:
    assert avatar.__all__ == [
        *("AssetError", "AvatarError", "AvatarModel", "EventError", "GraphicsError", "Limits", "ModelError"),
        *("OutputError", "PortError", "Settings", "SourceError", "Stage", "UsageError", "VoiceError", "__version__"),
        *("inspect", "load", "load_motion", "load_prop", "local_token"),
        *("render_film", "render_picture", "render_still", "validate"),
    ]
    assert all(getattr(avatar, name) is not None for name in avatar.__all__)


def test_every_error_is_an_avatar_error() -> None:
    errors = [getattr(avatar, n) for n in avatar.__all__ if n.endswith("Error")]
    assert all(issubclass(e, avatar.AvatarError) for e in errors)


def test_an_unknown_name_says_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = avatar.nothing


def test_importing_is_light() -> None:
    heavy = "import sys, avatar; print(sorted({'cv2','mediapipe','OpenGL','pygame','av','hibari'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", heavy], text=True).strip() == "[]"
