"""MediaPipe's four detectors, one picture each call. ``tracking.landmarks`` turns what they say into our words.

Each detector may be called from any one thread at a time; different detectors from different threads at once.
"""

from __future__ import annotations

import math
from types import TracebackType
from typing import Any, Final, Self

import cv2
import numpy as np

from ...tracking import landmarks
from ...tracking.face_pose import FaceModel
from ...tracking.landmarks import Region
from ...tracking.people import Found
from ...types import Body, ByteArray, Face, Hand, VideoFrame
from .direct import Direct, FaceFound, HandFound, PoseFound
from .geometry import face_model
from .models import read_model
from .quiet import quiet
from .refine import Refiner

DETECTORS: Final = ("face", "hand", "pose", "segmenter", "people", "other")
_TOGETHER: Final = {"people": ("other",)}
"""What goes with another when that one is closed: it is loaded only when somebody else is there."""
_CUT_OFF: Final = 0.2
"""Of a face's width: one so near to a square's edge may be cut off by it."""
_MATTE_SIDE: Final = 320  # pixels of the longer side: the segmenter sees 256 × 256, so more would not be sharper


class _Task:
    """One MediaPipe task in VIDEO mode. Its stamps always increase; its log is held back until ``settled``."""

    def __init__(self, name: str) -> None:
        import mediapipe
        from mediapipe.tasks.python import vision

        model = read_model(name)
        self._library: Any = mediapipe
        self._stamp = -1
        self.settled = False
        base = {
            "base_options": mediapipe.tasks.BaseOptions(model_asset_buffer=model),
            "running_mode": vision.RunningMode.VIDEO,
        }
        with quiet():
            if name in ("face", "other"):
                self._task: Any = vision.FaceLandmarker.create_from_options(
                    vision.FaceLandmarkerOptions(**base, output_face_blendshapes=True)
                )
            elif name == "hand":
                self._task = vision.HandLandmarker.create_from_options(
                    vision.HandLandmarkerOptions(**base, num_hands=2)
                )
            elif name == "pose":
                self._task = vision.PoseLandmarker.create_from_options(vision.PoseLandmarkerOptions(**base))
            elif name == "people":
                self._task = vision.FaceDetector.create_from_options(vision.FaceDetectorOptions(**base))
            else:
                self._task = vision.ImageSegmenter.create_from_options(vision.ImageSegmenterOptions(**base))
            if name in ("face", "other", "hand", "pose"):
                self._call: Any = Direct("face" if name == "other" else name, self._task)
            else:
                self._call = self._task.segment_for_video if name == "segmenter" else self._task.detect_for_video
        self(np.zeros((256, 256, 3), np.uint8), 0.0)

    def __call__(self, image: ByteArray, t: float) -> Any:
        if self.settled:
            return self._run(image, t)
        with quiet():
            return self._run(image, t)

    def _run(self, image: ByteArray, t: float) -> Any:
        self._stamp = max(self._stamp + 1, round(t * 1000))
        picture = self._library.Image(image_format=self._library.ImageFormat.SRGB, data=np.ascontiguousarray(image))
        return self._call(picture, self._stamp)

    def close(self) -> None:
        with quiet():
            try:
                self._task.close()
            except RuntimeError:
                # A task whose run has failed (which was raised then) fails again on closing, and a third time, by its
                # ``__del__``, it hangs: so its handle is taken away.
                self._task._handle = None


class Detectors:
    """Face, hands, pose, matte, and who else is there.

    fov_y : the camera's vertical field of view, radians. A detector is loaded by ``load`` or by its first use, in the
    calling thread (its worker threads take over that thread's priority); AssetError when its model is not right.
    """

    def __init__(self, fov_y: float) -> None:
        self.fov_y = fov_y
        self._tasks: dict[str, _Task] = {}
        self._refiner = Refiner()
        self._model: FaceModel | None = None

    def load(self, *names: str) -> Self:
        """Load some of DETECTORS now (0.1 to 0.5 s each)."""
        for name in names:
            self._task(name)
        return self

    def _task(self, name: str) -> _Task:
        if name not in self._tasks:
            self._tasks[name] = _Task(name)
        return self._tasks[name]

    def face(self, frame: VideoFrame, region: Region | None = None) -> Face | None:
        """The face looked for in ``region`` of the frame (None = all of it)."""
        return self._face("face", frame, region)

    def other(self, frame: VideoFrame, region: Region | None = None) -> Face | None:
        """The same for somebody else's face, followed apart from the first."""
        return self._face("other", frame, region)

    def _face(self, name: str, frame: VideoFrame, region: Region | None) -> Face | None:
        size = _size(frame)
        x0, y0, x1, y1 = region = region or (0, 0, *size)
        task = self._task(name)
        found: list[FaceFound] = task(frame.image[y0:y1, x0:x1], frame.t)
        if not found:
            return None
        task.settled = True
        points, shapes = found[0]
        if self._model is None:
            self._model = face_model()
        return landmarks.face(points, shapes, self._model, region, size, self.fov_y)

    def people(self, frame: VideoFrame) -> list[Found]:
        """Every face, without landmarks, as small as about a twelfth of the frame's height: looked for in all of it and
        in overlapping squares."""
        task = self._task("people")
        width, height = _size(frame)
        every: list[Found] = []
        for x0, y0, x1, y1 in _squares(width, height):
            found = task(frame.image[y0:y1, x0:x1], frame.t).detections
            task.settled = task.settled or bool(found)
            for box in (d.bounding_box for d in found):
                left, top, wide = x0 + box.origin_x, y0 + box.origin_y, float(box.width)
                # one that is cut off by a square's edge is whole in the next
                slack = _CUT_OFF * wide
                inside = (x0 == 0 or left > x0 + slack, x1 == width or left + wide < x1 - slack)
                upright = (y0 == 0 or top > y0 + slack, y1 == height or top + box.height < y1 - slack)
                face = Found((left + wide / 2, top + box.height / 2), wide, frame.t)
                if wide > 0 and all(inside + upright) and not any(_one(face, other) for other in every):
                    every.append(face)
        return every

    def hands(self, frame: VideoFrame, region: Region | None = None) -> tuple[Hand, ...]:
        """Up to two hands, looked for in ``region`` of the frame (None = all of it)."""
        task = self._task("hand")
        found: list[HandFound] = task(_cut(frame, region), frame.t)
        task.settled = task.settled or bool(found)
        return tuple(landmarks.hand(h.points, h.world, h.label, h.score, _size(frame), region) for h in found)

    def body(self, frame: VideoFrame, region: Region | None = None) -> Body | None:
        """The body of the most prominent person in ``region`` of the frame (None = all of it)."""
        task = self._task("pose")
        found: list[PoseFound] = task(_cut(frame, region), frame.t)
        if not found:
            return None
        task.settled = True
        points, world, seen = found[0]
        return landmarks.body(points, world, seen, _size(frame), region)

    def matte(self, frame: VideoFrame) -> ByteArray:
        """(h, w) uint8, 255 = person; the longer side is 320 pixels or less."""
        width, height = _size(frame)
        scale = _MATTE_SIDE / max(width, height)
        small = frame.image
        if scale < 1:
            small = cv2.resize(small, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        task = self._task("segmenter")
        found = task(small, frame.t)
        task.settled = True
        mask = found.confidence_masks[0].numpy_view()
        return self._refiner.step(small, mask.reshape(mask.shape[:2]))

    def close(self, *names: str) -> None:
        """Let go of the models named, or of all; twice is fine."""
        names = tuple(part for name in names for part in (name, *_TOGETHER.get(name, ())))
        for name in names or tuple(self._tasks):
            task = self._tasks.pop(name, None)
            if task is not None:
                task.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _size(frame: VideoFrame) -> tuple[int, int]:
    return frame.image.shape[1], frame.image.shape[0]


def _one(a: Found, b: Found) -> bool:
    return math.dist(a.middle, b.middle) < 0.7 * max(a.wide, b.wide)


def _squares(width: int, height: int) -> list[Region]:
    """The whole picture, and squares as high (or wide) as it that share half of each other at most."""
    side, long = min(width, height), max(width, height)
    count = 1 + math.ceil((long - side) / (0.5 * side))
    if count == 1:
        return [(0, 0, width, height)]
    starts = [round(k * (long - side) / (count - 1)) for k in range(count)]
    wide = width >= height
    squares = [(at, 0, at + side, side) if wide else (0, at, side, at + side) for at in starts]
    return [(0, 0, width, height), *squares]


def _cut(frame: VideoFrame, region: Region | None) -> ByteArray:
    if region is None:
        return frame.image
    x0, y0, x1, y1 = region
    return frame.image[y0:y1, x0:x1]
