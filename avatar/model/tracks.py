"""glTF animations to tracks by node and path, every bound checked. Source: glTF 2.0, sections 3.11 and C."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..linalg import quat
from ..types import FloatArray
from .clip import Track
from .container import Absent
from .gltf import Document
from .place import Place

PATHS = ("translation", "rotation", "scale", "weights")
MAX_ANIMATIONS = 1 << 12
MAX_CHANNELS = 1 << 16
MAX_VALUES = 1 << 25
"""Numbers in all the tracks of one file together: samplers may share an accessor, and each use is paid for."""
_TYPES = {"translation": "VEC3", "rotation": "VEC4", "scale": "VEC3", "weights": "SCALAR"}
_KINDS = {"STEP": "step", "LINEAR": "linear", "CUBICSPLINE": "cubic"}


@dataclass(slots=True)
class Animation:
    """One glTF animation. channels : path -> the model's node -> track."""

    name: str
    channels: dict[str, dict[int, Track]] = field(default_factory=lambda: {path: {} for path in PATHS})

    def duration(self) -> float:
        """Seconds until the last key."""
        return max((float(t.times[-1]) for by_node in self.channels.values() for t in by_node.values()), default=0.0)


def read_animations(document: Document) -> list[Animation]:
    """Every animation of the file, in its order; one that needs a missing file is left out, and ``document.gaps`` is
    told. Raises ModelError."""
    reader = _Reader(document)
    found = []
    for number, place in enumerate(document.root.each("animations", MAX_ANIMATIONS)):
        try:
            found.append(reader.animation(place, number))
        except Absent as error:
            document.gaps.clip(error)
    return found


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._meshes = document.root.each("meshes")
        self._times: dict[int, FloatArray] = {}
        self._turns: dict[int, FloatArray] = {}
        self._morphs: dict[int, int] = {}
        self._channels = self._values = 0

    def animation(self, place: Place, number: int) -> Animation:
        made = Animation(place.text("name", "") or f"animation{number}")
        samplers = place.each("samplers", MAX_CHANNELS)
        for channel in place.each("channels", MAX_CHANNELS):
            self._channels += 1
            if self._channels > MAX_CHANNELS:
                raise channel.exceeds(f"the file has more than {MAX_CHANNELS} animation channels")
            target = channel.need("target")
            sampler = samplers[channel.index("sampler", len(samplers), "samplers")]
            # A channel without a node, or of another path, is some extension's own, and to be passed over.
            path = target.text("path")
            if not target.has("node") or path not in PATHS:
                continue
            node = self._document.node(target, "node")
            if node in made.channels[path]:
                raise target.refuse(f"the {path} of this node has a channel already")
            track = self._track(sampler, target, node, path)
            if track is not None:
                made.channels[path][node] = track
        return made

    def _track(self, sampler: Place, target: Place, node: int, path: str) -> Track | None:
        count = self._targets(target, node) if path == "weights" else 0
        kind = _KINDS.get(sampler.text("interpolation", "LINEAR"), "linear")
        times = self._input(sampler)
        values = self._output(sampler, path)
        width = values.shape[1]
        if path == "weights":
            if not count:
                return None
            width = count
        keys = len(times) * (3 if kind == "cubic" else 1)
        if values.size != keys * width:
            wanted = keys * (count or 1)
            raise sampler.refuse(f"has {len(values)} values, {len(times)} keys need {wanted}", "output")
        self._values += values.size + len(times)
        if self._values > MAX_VALUES:
            raise sampler.exceeds(f"the animations have more than {MAX_VALUES >> 20} million numbers", "output")
        shaped = values.reshape((len(times), 3, width) if kind == "cubic" else (len(times), width))
        if path == "rotation" and kind != "cubic":
            self._document.accessors.spend(2 * shaped.nbytes, sampler)
            output = sampler.integer("output")
            if output not in self._turns:
                self._turns[output] = quat.normalize(shaped)
            shaped = self._turns[output]
        return Track(times, shaped, kind)

    def _targets(self, target: Place, node: int) -> int:
        """Number of morph targets of the node's mesh."""
        place = self._document.nodes.places[node]
        mesh = place.index("mesh", len(self._meshes), "meshes", -1)
        if mesh < 0:
            raise target.refuse("animates weights, but the node has no mesh", "path")
        if mesh not in self._morphs:
            parts = self._meshes[mesh].each("primitives")
            self._morphs[mesh] = max((len(p.array("targets")) for p in parts), default=0)
        return self._morphs[mesh]

    def _input(self, sampler: Place) -> FloatArray:
        index = sampler.integer("input")
        if index not in self._times:
            place = self._document.accessors.place(sampler, "input")
            if place.integer("componentType") != 5126:
                raise place.refuse("times must be floats", "componentType")
            times = self._document.accessors.floats(sampler, "input", ("SCALAR",))[:, 0]
            if times[0] < 0 or (np.diff(times) < 0).any():
                raise sampler.refuse("times must start at 0 or later and never fall", "input")
            self._times[index] = times
        return self._times[index]

    def _output(self, sampler: Place, path: str) -> FloatArray:
        place = self._document.accessors.place(sampler, "output")
        values = self._document.accessors.floats(sampler, "output", (_TYPES[path],))
        if place.integer("componentType") != 5126:
            if path not in ("rotation", "weights"):
                raise sampler.refuse(f"a {path} must be of floats", "output")
            if not place.flag("normalized"):
                raise sampler.refuse("whole numbers must be normalised", "output")
        return values
