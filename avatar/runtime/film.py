"""A film of a companion or a prop, in a motion or just alive: ``avatar render --out clip.mp4``."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Unpack

import numpy as np

from ..animate.clips import bind
from ..config import Settings
from ..errors import OutputError, UsageError
from ..io.outputs.recorder import SUFFIXES, Recorder
from ..model.expressions import effective
from ..model.model import AvatarModel
from ..render.renderer import Renderer
from ..render.still import colour, framed, staged, vertices
from ..stage.scene import Figure
from ..types import FloatArray
from .moment import bound
from .picture import SIZE
from .picture_options import Options, alive, check, complete, opened
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
    **options: Unpack[Options],
) -> dict[str, Any]:
    """A film without words, written to ``out`` (.mp4 or .mkv, H.264, with the mark that recordings carry); its facts.

    file, expression : as in ``render_picture``; seconds : length, by default to the motion's end, after which the last
    pose stands, and 6 without a motion, when the companion breathes, blinks and looks at the camera; fps : pictures a
    second, 30; options : ``picture_options.Options``. Odd sides lose a row or column. Springs swing from picture to
    picture. A thing that is no humanoid plays its own first animation.
    Raises AvatarErrors: of files, options and graphics; the file is there whole or not at all.
    """
    out, fps, asked = Path(out), 30.0 if fps is None else fps, complete(options)
    check(out, SUFFIXES, asked)
    if not 1 <= fps <= MOST_FPS:
        raise UsageError(f"fps {fps:g}: pictures a second, 1 to {MOST_FPS:g}")
    background, fov, time = asked["background"] or GROUND, asked["fov"] or _FOV, asked["time"]
    if background == "transparent":
        raise UsageError("a film has no transparency: give the background a colour")
    colour(background)  # refuses one that there is not, before any work is done
    size = Settings(size=size or SIZE).size
    found = opened(str(file), expression, asked)
    model, gesture = found.model, found.gesture
    if found.clip is None and gesture is None and not model.humanoid and model.clips:
        found = replace(found, clip=model.clips[0])
    played = None if found.clip is None else bind(model, found.clip)
    if played is None and gesture is None:
        alive("idle life", asked)
        if time:
            raise UsageError("a time is of a motion: give one, or leave it out")

    def begin(look: FloatArray | None = None) -> Performance:
        if played is None:
            return Idling(model, look, gesture)
        return Playing(model, played, time, asked["pose"] or "stand", asked["springs"])

    trial = begin()
    length = _length(seconds, trial.duration - time)
    count = max(1, round(length * fps))
    view = framed(model, _seen(model, trial, time, length), size, found.camera, found.target, fov)
    figure = Figure(model, model.rest_world(), model.morph_defaults, view)
    shot = staged(figure, size, view, fov, background, found.lighting, found.from_camera)
    performance = begin(np.linalg.inv(view)[:3, 3].astype(np.float32))

    def draw(renderer: Renderer, at: float) -> None:
        performance.advance(time + at)
        weights = effective(model.expressions, {**performance.expressions, **found.expression})
        figure.world, figure.expressions = performance.world, weights
        figure.morphs = performance.morphs + bound(model, weights)
        shot.time = time + at
        renderer.draw(shot)

    _record(out, size, fps, count, draw, asked["samples"], model.name)
    made = {"seconds": round(count / fps, 3), "fps": fps, "frames": count}
    return found.facts(asked, film=str(out), size=[size[0] & ~1, size[1] & ~1], **made)


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
