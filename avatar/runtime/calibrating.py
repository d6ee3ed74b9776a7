"""``avatar calibrate`` as a function: a board or a face before the camera, and what that says of the lens."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2

from ..clock import Clock, ManualClock, SystemClock
from ..errors import UsageError
from ..io.capture.open import open_source
from ..io.capture.source import GUESSED_FOV_Y, Source
from ..io.detect.board import Board
from ..io.detect.mediapipe import Detectors
from ..tracking.intrinsics import FEWEST_VIEWS, Intrinsics, different, from_board, from_face
from ..types import FloatArray, Mark, VideoFrame
from .cameras import Cameras, Tell

CAMERA_S: Final = 25.0
"""How long a camera is watched for a board; a face takes FACE_S."""
FACE_S: Final = 4.0
ENOUGH_VIEWS: Final = 40
_STILL_LOOKS: Final = 12
_LOOK_S: Final = 0.12  # between looks for the board, which take about as long
_ENDLESS: Final = ("camera", "stream", "demo")
_DISTANCES: Final = (0.15, 5.0)


def calibrate(
    source: str,
    tell: Tell,
    board: Board | None = None,
    distance: float | None = None,
    camera: str | None = None,
    size: tuple[int, int] | None = None,
    seconds: float | None = None,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Measure a camera and keep what was found; the facts.

    source : a camera, or a film, still or folder made with one; board : the ChArUco board that is shown, the one of
    ``avatar tags`` where none is named; distance : metres from the lens to a face that looks into it, instead of a
    board; camera : the camera (its index, name or stable id) that made a film, which the result is for; size : pixels
    asked of a camera; seconds : how long a camera is watched. Raises UsageError where nothing can be told.
    """
    if distance is not None and not _DISTANCES[0] <= distance <= _DISTANCES[1]:
        raise UsageError(f"distance {distance:g} m: must be {_DISTANCES[0]:g} to {_DISTANCES[1]:g}")
    live = _is_live(source)
    clock: Clock = SystemClock() if live else ManualClock()
    stable, name = _of(camera) if camera is not None else ("", "")
    with open_source(source, size, clock=clock, offline=not live) as opened:
        if distance is None:
            tell(_WITH_BOARD if live else f"looking for the board in {opened.name}")
            found = _by_board(opened, board or Board(), seconds or CAMERA_S, tell if live else _silent)
        else:
            tell(_WITH_FACE.format(distance) if live else f"looking for a face in {opened.name}")
            found = _by_face(opened, distance, seconds or FACE_S)
        stable, name = stable or opened.stable, name or opened.name
    if not stable:
        raise UsageError(f"'{source}' has no camera that a result could be kept for")
    path = Cameras(folder, tell).keep(stable, name, found)
    return {
        "camera": name,
        "id": stable,
        "size": f"{found.size[0]}x{found.size[1]}",
        "fov_deg": round(math.degrees(found.fov_y), 2),
        "by": found.by,
        "views": found.views,
        "error": round(found.error, 4),
        "centre": [round(v, 1) for v in found.centre],
        "distortion": [round(v, 4) for v in found.distortion],
        "file": str(path),
    }


_WITH_BOARD: Final = (
    f"show the board of 'avatar tags' for {CAMERA_S:g} s: near, far, in each corner, tilted to all sides"
)
_WITH_FACE: Final = "look straight into the lens, your eyes {:g} m from it"


def _silent(text: str) -> None:
    """What is said of a camera is not said of a film."""


def _is_live(source: str) -> bool:
    path = Path(source).expanduser()
    if "://" in source:
        return True
    return source != "demo" and not path.suffix and not path.is_dir() and not path.is_file()


def _of(camera: str) -> tuple[str, str]:
    """(stable id, name) of a camera that is here, or that is called so elsewhere."""
    from ..errors import SourceError
    from ..io.capture.camera import find_camera

    try:
        info = find_camera(camera)
    except SourceError:
        if camera.isdigit():
            raise
        return camera, camera
    return info.stable, info.name


def _watched(source: Source, seconds: float, see: Callable[[VideoFrame], bool]) -> None:
    """Give ``see`` the frames, until it says that it is enough, the source ends, or the time of one without an end is
    over."""
    begin: float | None = None
    while (frame := source.grab()) is not None:
        begin = frame.t if begin is None else begin
        if see(frame) or (source.kind in _ENDLESS and frame.t - begin > seconds):
            return
        if source.kind == "still" and frame.index + 1 >= _STILL_LOOKS:
            return


def _by_board(source: Source, board: Board, seconds: float, tell: Tell) -> Intrinsics:
    marks: list[Mark] = []
    told = 0

    looked = -math.inf

    def see(frame: VideoFrame) -> bool:
        nonlocal told, looked
        if source.kind != "folder" and frame.t - looked < _LOOK_S:
            return False
        looked = frame.t
        found = board.find(frame.image)
        if found is not None:
            marks.append(found)
        have = len(different(marks[-200:], source.size)) if found is not None and source.is_device else 0
        if have >= told + 5:
            told = have
            tell(f"{have} views")
        return have >= ENOUGH_VIEWS

    _watched(source, seconds, see)
    views = different(marks, source.size)
    if not views:
        raise UsageError(
            f"{source.name}: no ChArUco board was seen (is it the one of 'avatar tags', or named with --board?)"
        )
    try:
        return from_board(views, source.size)
    except ValueError as error:
        raise UsageError(f"{source.name}: {error}") from None
    except cv2.error:
        raise UsageError(
            f"{source.name}: these {len(views)} views do not tell the lens ({FEWEST_VIEWS} to all sides are needed)"
        ) from None


def _by_face(source: Source, distance: float, seconds: float) -> Intrinsics:
    faces: list[FloatArray] = []
    with Detectors(GUESSED_FOV_Y).load("face") as detectors:

        def see(frame: VideoFrame) -> bool:
            face = detectors.face(frame)
            if face is not None:
                faces.append(face.points)
            return len(faces) >= 30 * FACE_S

        _watched(source, seconds, see)
    if not faces:
        raise UsageError(f"{source.name}: no face was seen")
    try:
        return from_face(faces, distance, source.size)
    except ValueError as error:
        raise UsageError(f"{source.name}: {error}") from None
