"""A film of a companion or a prop, in a motion or just alive: ``avatar render --out clip.mp4``."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..animate.clips import bind
from ..config import Limits, Settings
from ..errors import OutputError, UsageError
from ..io.outputs.recorder import SUFFIXES, Recorder
from ..model.expressions import effective, find
from ..model.model import AvatarModel
from ..render.renderer import Renderer
from ..render.still import colour, framed, morph_weights, staged, vertices
from ..stage.scene import Figure
from ..types import FloatArray
from .moment import bound
from .picture import SIZE
from .picture_options import Point, alive, check, chosen_clip, gesture_of, lighting_of, open_model, point_of
from .playing import Idling, Performance, Playing
from .progress import progress

GROUND: Final = "#d6cfc4"
IDLE_S: Final = 6.0
LONGEST_S: Final = 3600.0
MOST_FPS: Final = 120.0
_LOOKS: Final = 40
"""Moments by which the camera is placed: the whole figure stays in the picture."""
_FOV: Final = 24.0


def render_film(
    file: str | Path,
    out: str | Path,
    size: tuple[int, int] | None = None,
    expression: Mapping[str, float] | None = None,
    *,
    seconds: float | None = None,
    fps: float | None = None,
    motion: str | Path | None = None,
    clip: str | None = None,
    time: float = 0.0,
    camera: Point | None = None,
    target: Point | None = None,
    fov: float | None = None,
    light: Point | None = None,
    ambient: float | None = None,
    pose: str | None = None,
    background: str | None = None,
    samples: float | None = None,
    scene: int | None = None,
    springs: bool = True,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """A film without words, written to ``out`` (.mp4 or .mkv, H.264, with the mark that recordings carry); its facts.

    seconds : length, by default to the motion's end, after which the last pose stands, and 6 without a motion, when the
    companion breathes, blinks and looks at the camera; fps : pictures a second, 30; time : seconds into the motion at
    which the film begins; camera, target : by default so that the whole figure is in the picture throughout;
    background : any colour but ``transparent``. The rest as in ``render_picture``; odd sides lose a row or column.
    Springs swing from picture to picture. A thing that is no humanoid plays its own first animation.
    Raises AvatarErrors: of files, options and graphics; the file is there whole or not at all.
    """
    out, fps = Path(out), 30.0 if fps is None else fps
    check(out, SUFFIXES, pose, time, fov)
    if not 1 <= fps <= MOST_FPS:
        raise UsageError(f"fps {fps:g}: pictures a second, 1 to {MOST_FPS:g}")
    if background == "transparent":
        raise UsageError("a film has no transparency: give the background a colour")
    colour(background or GROUND)  # refuses one that there is not, before any work is done
    size = Settings(size=size or SIZE).size
    gesture = gesture_of(motion)
    if gesture is not None:
        alive(f"the gesture '{gesture}'", pose, springs, clip)
    model = open_model(str(file), scene, limits)
    chosen = None if gesture else chosen_clip(model, motion, clip, limits)
    if chosen is None and not model.humanoid and model.clips:
        chosen = model.clips[0]
    asked = {find(model.expressions, name) or name: weight for name, weight in (expression or {}).items()}
    morph_weights(model, asked)  # refuses names that the companion does not have
    lighting, from_camera = lighting_of(model, light, ambient)
    played = None if chosen is None else bind(model, chosen)
    if played is None and gesture is None:
        alive("idle life", pose, springs)
        if time:
            raise UsageError("a time is of a motion: give one, or leave it out")

    def begin(look: FloatArray | None = None) -> Performance:
        if played is None:
            return Idling(model, look, gesture)
        return Playing(model, played, time, pose or "stand", springs)

    trial = begin()
    length = _length(seconds, trial.duration - time)
    count = max(1, round(length * fps))
    places = point_of(camera, "camera"), point_of(target, "target")
    view = framed(model, _seen(model, trial, time, length), size, *places, fov or _FOV)
    figure = Figure(model, model.rest_world(), model.morph_defaults, view)
    shot = staged(figure, size, view, fov or _FOV, background or GROUND, lighting, from_camera)
    performance = begin(np.linalg.inv(view)[:3, 3].astype(np.float32))

    def draw(renderer: Renderer, at: float) -> None:
        performance.advance(time + at)
        weights = effective(model.expressions, {**performance.expressions, **asked})
        figure.world, figure.expressions = performance.world, weights
        figure.morphs = performance.morphs + bound(model, weights)
        shot.time = time + at
        renderer.draw(shot)

    _record(out, size, fps, count, draw, samples, model.name)
    facts: dict[str, Any] = {
        "model": model.name,
        "kind": model.kind,
        "film": str(out),
        "size": [size[0] & ~1, size[1] & ~1],
        "seconds": round(count / fps, 3),
        "fps": fps,
        "frames": count,
    }
    if gesture is not None:
        facts |= {"clip": gesture, "time": time}
    if chosen is not None:
        facts |= {"clip": chosen.name, "time": time, "duration": round(chosen.duration, 3)}
    if model.notes:
        facts["notes"] = list(model.notes)
    return facts


def _length(seconds: float | None, left: float) -> float:
    """Seconds of the film. left : of the motion, from where it begins. Raises UsageError."""
    if seconds is None:
        seconds = left if left > 0 else IDLE_S
    if not 0 < seconds <= LONGEST_S:
        raise UsageError(f"seconds {seconds:g}: more than 0, at most {LONGEST_S:g}")
    return seconds


def _seen(model: AvatarModel, performance: Performance, time: float, length: float) -> FloatArray:
    """(N, 3) corners of the boxes around the figure in moments from all of the film, companion frame."""
    boxes = []
    for at in np.linspace(0.0, length, min(_LOOKS, 1 + math.ceil(8 * length))).tolist():
        performance.advance(time + at)
        points = vertices(model, performance.world)
        points = points[np.isfinite(points).all(1)]
        if len(points):
            boxes.append(points[_outermost(points)])
    return np.concatenate(boxes) if boxes else np.zeros((0, 3), np.float32)


def _outermost(points: FloatArray) -> list[int]:
    """Indices of those that lie farthest in 26 directions."""
    ways = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3), -1).reshape(-1, 3).astype(np.float32)
    return sorted({int(i) for i in (points @ ways.T).argmax(0)})


def _record(
    out: Path,
    size: tuple[int, int],
    fps: float,
    count: int,
    draw: Callable[[Renderer, float], None],
    samples: float | None,
    title: str,
) -> None:
    """Draw ``count`` pictures into a file beside ``out``, which takes its place in the end."""
    part = out.with_name(f"{out.stem}.part{out.suffix}")
    try:
        recorder = Recorder(part, size, fps, title=title)
        try:
            with Renderer(size, samples or 4, fine=True) as renderer, progress(count) as step:
                for k in range(count):
                    draw(renderer, k / fps)
                    recorder.write_frame(renderer.read(), k / fps)
                    step()
        finally:
            recorder.close()
        os.replace(part, out)
    except OSError as error:
        raise OutputError(f"{out}: the film cannot be written ({error.strerror or error})") from None
    finally:
        part.unlink(missing_ok=True)
