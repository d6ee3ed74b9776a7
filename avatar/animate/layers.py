"""Clips over clips over what is there already: layers with masks and weights, and no jump at any change.

A layer mixes the clip it plays over what the layers below have left, bone by bone; the lowest lies over idle life and
gestures. A change of clip, at whatever moment, costs nothing but the measuring of a gap that then settles
(``inertia``), so a layer never plays two clips at once. Time is an argument; buffers are made when a clip is begun.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import UsageError
from ..linalg import quat
from ..model.model import AvatarModel
from ..types import FloatArray
from . import masks
from .clips import BoundClip
from .layer import Layer, Voice
from .mixing import Frame, History
from .rig import Rig
from .timing import Timing

_LONGEST = 10.0
"""Seconds of one step."""
_NO_TIME = 1e-5
"""Seconds. Frames that lie nearer are one moment: no speed can be told from them."""
_SEAM = math.radians(3.0)
"""A loop whose ends are farther apart than this is closed like any other change."""
_SEAM_FADE = 0.25


class Layers:
    """The layers of one companion, lowest first. Names not in ``order`` come above them as they are first used.

    A frame is ``step(dt)``, then ``apply`` to the pose that idle life and gestures have written.
    """

    def __init__(self, model: AvatarModel, rig: Rig, order: Sequence[str] = ("body",)) -> None:
        self.model, self.rig = model, rig
        self._layers: list[Layer] = []
        self._stages = [self._history()]
        self._dt = self._gap = 0.0
        self._shown = 0
        for name in order:
            self._layer(name)

    def play(
        self,
        clip: BoundClip,
        *,
        layer: str = "body",
        fade: float = 0.3,
        weight: float = 1.0,
        mask: masks.Mask = None,
        additive: bool | str = False,
        speed: float = 1.0,
        loop: bool = False,
        start: float = 0.0,
        warp: Sequence[tuple[float, float]] | None = None,
    ) -> None:
        """Begin a clip on a layer, whatever it does at the time; the clip before goes over into it.

        fade : seconds until nothing is left of what was before, 0 for a cut; a clip that ends goes out in as many;
        weight : 0–1; mask : VRM bones and groups (``masks``), None for all that the clip moves; additive : what the
        clip does from its own first frame on (True or ``first``), or from the model's rest (``rest``), on top of what
        is there; speed : times its own, backwards where negative; start : seconds of the clip; warp : (clip time, play
        time) pairs that the clip's time is bent through (``timing``), play time being seconds from now.

        Raises UsageError for a clip of another model, an unknown bone, a warp that turns back."""
        if clip.model is not self.model:
            raise UsageError(f"the motion '{clip.clip.name}' was bound to another model")
        if additive not in (True, False, "first", "rest"):
            raise UsageError("additive is True, False, 'first' or 'rest'")
        timing = Timing(start, speed, warp)
        weight = min(max(weight, 0.0), 1.0) if math.isfinite(weight) else 1.0
        share = (masks.weights(self.model, mask) * np.float32(weight)).astype(np.float32)
        base = None
        if additive:
            base = clip.blank() if additive == "rest" else clip.pose(timing.at(0.0), loop)
        voice = Voice(clip, timing, share, weight, _fade(fade), loop, base, clip.blank())
        if loop and clip.duration > 0:
            ends = clip.pose(0.0).rotation, clip.pose(clip.duration).rotation
            voice.seam = bool((np.abs(np.vecdot(*ends)) < math.cos(_SEAM / 2)).any())
        voice.seconds = self._gap
        self._layer(layer).change(voice, voice.fade, self._gap)

    def stop(self, layer: str | None = None, fade: float = 0.3) -> None:
        """Let a layer, or all, go back to what lies below it."""
        for one in self._layers:
            if one.name == (layer or one.name) and one.voice is not None:
                one.change(None, _fade(fade), self._gap)

    def step(self, dt: float) -> None:
        """Move on ``dt`` seconds; what is no number or negative is no time."""
        dt = min(dt, _LONGEST) if math.isfinite(dt) and dt > 0 else 0.0
        self._gap += dt
        for layer in self._layers:
            layer.age += dt
            voice = layer.voice
            if voice is None:
                continue
            lap = voice.lap
            voice.seconds += dt
            if voice.over:
                layer.change(None, voice.fade, self._gap)
            elif voice.seam and voice.lap != lap:
                layer.change(voice, max(voice.fade, _SEAM_FADE), self._gap)

    def apply(
        self,
        rotation: FloatArray,
        translation: FloatArray,
        morphs: FloatArray,
        expressions: dict[str, float] | None = None,
    ) -> None:
        """Mix the layers over the model's local arrays, in place: rotation (J, 4), translation (J, 3), morphs (M,),
        float32, contiguous. expressions : name -> weight; raised to what the clips ask for."""
        out = Frame(rotation, translation, morphs[:, None])
        for layer, before, after in zip(self._layers, self._stages, self._stages[1:], strict=False):
            _keep(before.now, out)
            if layer.pending:
                layer.switch(before, after, self._gap, self._dt, self._shown)
            if layer.busy:
                layer.write(before.now, out)
        _keep(self._stages[-1].now, out)
        moved = self._gap > _NO_TIME or not self._shown
        for stage in self._stages:
            stage.turn(moved)
        self._dt = self._gap if moved else self._dt + self._gap
        self._shown += moved
        self._gap = 0.0
        if expressions is not None:
            for layer in self._layers:
                for name, weight in layer.given.items():
                    expressions[name] = max(expressions.get(name, 0.0), weight)

    @property
    def expressions(self) -> dict[str, float]:
        """Expressions that the clips ask for, weighted, 0–1: of several layers the stronger."""
        found: dict[str, float] = {}
        for layer in self._layers:
            for name, weight in layer.given.items():
                found[name] = max(found.get(name, 0.0), weight)
        return found

    @property
    def look(self) -> tuple[float, float, float] | None:
        """(yaw, pitch, weight) of the eyes in the head's frame, degrees as in ``ClipPose.look``; None where no clip
        says anything of it. The rest of the weight is for whatever else the eyes follow."""
        yaw = pitch = weight = 0.0
        for layer in self._layers:
            a, b, w = layer.look
            if w > 0:
                weight = 1 - (1 - weight) * (1 - w)
                yaw, pitch = yaw + (a - yaw) * w / weight, pitch + (b - pitch) * w / weight
        return (yaw, pitch, weight) if weight > 0 else None

    @property
    def active(self) -> dict[str, float]:
        """Layers that play a clip -> its time, seconds."""
        return {layer.name: layer.voice.time for layer in self._layers if layer.voice is not None}

    @property
    def busy(self) -> bool:
        """Whether ``apply`` changes anything."""
        return any(layer.busy for layer in self._layers)

    def _layer(self, name: str) -> Layer:
        for layer in self._layers:
            if layer.name == name:
                return layer
        self._layers.append(Layer(name))
        below, above = self._stages[-1], self._history()
        for one, two in ((below.now, above.now), (below.last, above.last), (below.older, above.older)):
            _keep(two, one)
        self._stages.append(above)
        return self._layers[-1]

    def _history(self) -> History:
        model = self.model
        rotation = quat.normalize(np.array(model.rotation, np.float32))
        translation, morphs = np.array(model.translation, np.float32), np.array(model.morph_defaults, np.float32)
        return History(*(Frame(rotation.copy(), translation.copy(), morphs[:, None].copy()) for _ in range(3)))


def _keep(into: Frame, frame: Frame) -> None:
    into.rotation[:], into.translation[:], into.morphs[:] = frame.rotation, frame.translation, frame.morphs


def _fade(seconds: float) -> float:
    return min(max(seconds, 0.0), 30.0) if math.isfinite(seconds) else 0.3
