"""The picture plan of three-vrm's reference pictures, and our picture by it."""

from __future__ import annotations

import math
import tempfile
from typing import Any

import numpy as np
from peer_models import Case

from avatar.linalg import camera
from avatar.model.load import load
from avatar.render.renderer import Renderer
from avatar.render.shot import DIRECT, INDIRECT
from avatar.render.still import morph_weights, vertices
from avatar.stage.scene import Figure, Lighting, Scene
from avatar.types import ByteArray

PLAN: dict[str, Any] = {
    "size": [1024, 1024],
    "fov": 30,
    "eye": [0, 1.4, 1.5],
    "target": [0, 1.4, 0],
    "background": "#ff00ff",
    "light": math.pi,
    "direction": [0.3, 0.6, 0.7],
    "ambient": 0.15,
}
"""three-vrm's side: light intensities in three.js's units, of which 1 / π is an MToon's 1."""
MAGENTA = (255, 0, 255)


def ours(case: Case, renderer: Renderer, plan: dict[str, Any] = PLAN) -> ByteArray:
    """(H, W, 3) uint8 RGB by a plan, at the renderer's size."""
    with tempfile.NamedTemporaryFile(suffix=".vrm") as file:
        file.write(case.data)
        file.flush()
        model = load(file.name)
    direction = np.array(plan["direction"], np.float32)
    if model.kind == "vrm0":
        direction *= (-1, 1, -1)  # the peer's lamp stays where it is; our companion has been turned to face +Z
    key, around = plan["light"] / math.pi / DIRECT, plan["ambient"] / math.pi / INDIRECT
    scene = Scene(
        size=renderer.size,
        figures=[
            Figure(
                model,
                model.rest_world(),
                morph_weights(model, case.expressions),
                np.eye(4, dtype=np.float32),
                case.expressions,
            )
        ],
        lighting=Lighting(
            direction / np.linalg.norm(direction),
            np.full(3, key, np.float32),
            np.full(3, around, np.float32),
            shadows=0.0,
        ),
        fov_y=math.radians(plan["fov"]),
        view=camera.look_at(np.array(plan["eye"], np.float32), np.array(plan["target"], np.float32)),
        background=(1.0, 0.0, 1.0, 1.0),
        time=case.time,
    )
    renderer.draw(scene)
    return renderer.read().copy()


def framed(data: bytes) -> dict[str, Any]:
    """``PLAN`` with the camera where the whole of a file is seen."""
    with tempfile.NamedTemporaryFile(suffix=".vrm") as file:
        file.write(data)
        file.flush()
        model = load(file.name)
    points = vertices(model, model.rest_world())
    low, high = points.min(0), points.max(0)
    middle = (low + high) / 2
    away = float(np.ptp(points, axis=0).max()) / 2 / math.tan(math.radians(PLAN["fov"]) / 2) * 1.1
    eye = middle + np.array([0, 0, away + (high[2] - low[2]) / 2], np.float32)
    return {**PLAN, "eye": eye.tolist(), "target": middle.tolist()}


def difference(a: ByteArray, b: ByteArray) -> tuple[float, float]:
    """Mean absolute difference over the pixels that either picture covers, and the share of them off by over 8."""
    on = (a != MAGENTA).any(-1) | (b != MAGENTA).any(-1)
    if not on.any():
        return 0.0, 0.0
    d = np.abs(a[on].astype(np.int16) - b[on])
    return float(d.mean()), float((d.max(-1) > 8).mean())


FROZEN = (
    *(
        "default",
        "shift -0.5",
        "shift 0.5",
        "toony 0",
        "toony 0.95",
        "shift -0.3 toony 0",
        "gi 0",
        "base (0.1, 0.3, 1)",
    ),
    *("shade (1, 0.2, 0.1)", "rim power 1", "rim power 5", "rim lift 0.5", "rim mix 1 lift 0.3 power 2 shift -0.5"),
    *("outline world 0.02", "outline screen 0.05", "outline mix 0", "outline mix 1 rim", "outline mix 1 glow"),
    *("emissive strength 4", "mask kept", "blend", "blend rim glow", "double-sided", "outline double-sided"),
    *("base texture", "base texture moved", "shade texture", "normal texture", "emissive texture", "rim texture"),
    *("matcap texture", "matcap texture moved", "width texture", "base and moved shade", "vertex colour 3"),
    *("scroll and turn at 1 s", "turn masked at 1 s", "base texture moved and scrolled", "bowl double-sided"),
    *(
        "wound backwards",
        "three blend (2, 1, 0)",
        "z queue (0, 1, 2)",
        "queue (0, 1, 2)",
        "unlit texture",
        "0.x default",
    ),
    *("absent all of MToon", "absent all but the rim's colour", "absent all but the matcap", "0.x absent all"),
    *(
        "absent all but the shade texture",
        "absent all but the shift texture",
        "absent all but the outline and its colour",
    ),
    *("absent cutoff of a mask just gone", "unlit absent all"),
)
"""The pictures that the test suite keeps: where three-vrm and the specifications agree."""
TILE, COLUMNS = 96, 9
"""Their size, and how many stand in a row of tests/render/data/three_vrm.png."""


def tile(sheet: ByteArray, name: str) -> ByteArray:
    """(TILE, TILE, 3): the kept picture of a name."""
    row, column = divmod(FROZEN.index(name), COLUMNS)
    return sheet[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
