"""MediaPipe's landmark tasks called where its Python part calls them, and their results read as arrays.

Its Python part hands each call to a thread of its own and makes an object of every landmark (478 in a face): that is a
seventh to a fifth of the processor time of a look, and as much of its delay. The functions and structures used here
are those of the version that the project is pinned to; ``Direct`` says so when they are not there.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from ...errors import AssetError
from ...types import FloatArray

_TASKS: Final = {
    "face": ("FaceLandmarker", "face_landmarker"),
    "hand": ("HandLandmarker", "hand_landmarker"),
    "pose": ("PoseLandmarker", "pose_landmarker"),
}


class FaceFound(NamedTuple):
    """points : (478, 3) in parts of the picture; shapes : (52,) blendshapes."""

    points: FloatArray
    shapes: FloatArray


class HandFound(NamedTuple):
    """points : (21, 3) in parts of the picture; world : (21, 3) metres; label : ``Left``, ``Right``; score : of it."""

    points: FloatArray
    world: FloatArray
    label: str
    score: float


class PoseFound(NamedTuple):
    """points : (33, 3) in parts of the picture; world : (33, 3) metres; seen : (33,) visibility, 0-1."""

    points: FloatArray
    world: FloatArray
    seen: FloatArray


class Direct:
    """One landmark task in VIDEO mode. name : ``face``, ``hand`` or ``pose``; task : the library's own object, which
    goes on owning everything. To be called from one thread at a time, never while or after it is closed."""

    def __init__(self, name: str, task: Any) -> None:
        from importlib import import_module

        title, module = _TASKS[name]
        try:
            home = import_module(f"mediapipe.tasks.python.vision.{module}")
            tools = import_module("mediapipe.tasks.python.core.mediapipe_c_utils")
            library = task._lib._lib
            self._result: Any = getattr(home, f"{title}ResultC")
            self._detect: Any = getattr(library, f"Mp{title}DetectForVideo")
            self._close: Any = getattr(library, f"Mp{title}CloseResult")
            self._refuse: Any = tools.handle_status
        except (ImportError, AttributeError) as error:
            raise AssetError(
                f"mediapipe: not the version that Presence is made for ({error}); see pyproject.toml"
            ) from None
        self._free: Any = library.free
        self._task = task
        readers: dict[str, Callable[[Any], list[Any]]] = {"face": _faces, "hand": _hands, "pose": _poses}
        self._read = readers[name]

    def __call__(self, picture: Any, stamp: int) -> list[Any]:
        """Everyone found in ``picture`` (the library's Image): FaceFound, HandFound or PoseFound.

        stamp : milliseconds, more than the last. Raises what the library raises.
        """
        result, words = self._result(), ctypes.c_char_p()
        status = self._detect(
            self._task._handle, picture._image_ptr, None, stamp, ctypes.byref(result), ctypes.byref(words)
        )
        try:
            self._refuse(status, words)
        finally:
            if words.value is not None:
                self._free(words)
        try:
            return self._read(result)
        finally:
            self._close(ctypes.byref(result))


def _faces(result: Any) -> list[FaceFound]:
    found = []
    for k in range(min(result.face_landmarks_count, result.face_blendshapes_count)):
        shapes = result.face_blendshapes[k]
        scores = _rows(shapes.categories, shapes.categories_count, "score")["score"].copy()
        found.append(FaceFound(_points(result.face_landmarks[k])[0], scores))
    return found


def _hands(result: Any) -> list[HandFound]:
    found = []
    for k in range(result.hand_landmarks_count):
        side = result.handedness[k].categories[0]
        points, world = _points(result.hand_landmarks[k])[0], _points(result.hand_world_landmarks[k])[0]
        found.append(HandFound(points, world, side.category_name.decode(), float(side.score)))
    return found


def _poses(result: Any) -> list[PoseFound]:
    found = []
    for k in range(result.pose_landmarks_count):
        points, seen = _points(result.pose_landmarks[k])
        found.append(PoseFound(points, _points(result.pose_world_landmarks[k])[0], seen))
    return found


def _points(marks: Any) -> tuple[FloatArray, FloatArray]:
    """(N, 3) x, y, z and (N,) visibility of a list of landmarks; copies."""
    rows = _rows(marks.landmarks, marks.landmarks_count, "x", "y", "z", "visibility")
    return np.stack([rows["x"], rows["y"], rows["z"]], axis=1), rows["visibility"].copy()


def _rows(first: Any, count: int, *names: str) -> np.ndarray:
    """Float fields of ``count`` C structures from ``first`` on, copied out of the library's memory."""
    kind = first._type_
    size = ctypes.sizeof(kind)
    offsets = [getattr(kind, name).offset for name in names]
    layout = np.dtype({"names": list(names), "formats": ["<f4"] * len(names), "offsets": offsets, "itemsize": size})
    return np.frombuffer(ctypes.string_at(first, count * size) if count else b"", layout)
