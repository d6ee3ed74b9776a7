"""One picture of a companion: ``avatar render`` and the workshop's own eye."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ..errors import AvatarError, OutputError, UsageError
from ..linalg import affine
from ..linalg.camera import look_at
from ..model.model import AvatarModel
from ..stage.scene import Figure, Lighting, Scene
from ..types import ByteArray, FloatArray
from .context import Context
from .renderer import Renderer

Point = Sequence[float]
_NAMED: Final = {
    "white": "#ffffff",
    "silver": "#c0c0c0",
    "grey": "#808080",
    "gray": "#808080",
    "black": "#000000",
    "red": "#ff0000",
    "maroon": "#800000",
    "yellow": "#ffff00",
    "olive": "#808000",
    "orange": "#ffa500",
    "lime": "#00ff00",
    "green": "#008000",
    "aqua": "#00ffff",
    "teal": "#008080",
    "blue": "#0000ff",
    "navy": "#000080",
    "fuchsia": "#ff00ff",
    "magenta": "#ff00ff",
    "purple": "#800080",
    "pink": "#ffc0cb",
}
"""CSS's basic colours, and a few more."""

FRONT: Final = np.array([0, 0, 1], np.float32)
ASLANT: Final = np.array([0.45, 0.35, 1], np.float32)
"""From where a companion is seen, and a thing."""

STUDIO: Final = Lighting(direction=np.array([-0.35, 0.55, 0.76], np.float32) / np.float32(math.hypot(0.35, 0.55, 0.76)))
"""Key light from the upper left in front of the picture, soft ambience; in the camera's frame."""


def render_still(
    model: AvatarModel,
    size: tuple[int, int] = (512, 768),
    expression: Mapping[str, float] | None = None,
    background: str | tuple[float, float, float, float] = "white",
    camera: Point | None = None,
    target: Point | None = None,
    fov: float = 24.0,
    rotations: Mapping[int | str, Sequence[float]] | None = None,
    world: FloatArray | None = None,
    morphs: FloatArray | None = None,
    lighting: Lighting | None = None,
    from_camera: bool = False,
    time: float = 0.0,
    samples: float | None = 4,
    context: Context | None = None,
) -> ByteArray:
    """The companion, (H, W, 4) uint8 RGBA, straight alpha, origin top left.

    size : (width, height); expression : name -> weight, added over the rest face; background : ``white``,
    ``transparent``, ``#rrggbb`` or linear RGBA; camera, target : (3,) metres in the companion's frame (it faces +Z), by
    default so that the whole figure is seen from the front; fov : vertical, degrees; rotations : local ones, ``xyzw``,
    by node index, node name or humanoid bone, in place of the rest ones; world : (J, 4, 4) node matrices, used instead
    of ``rotations``; morphs : (M,) weights, used instead of those of ``expression``, which then only colours;
    lighting : by default a studio's, its directions in the companion's frame, or in the camera's (from_camera); time :
    seconds, of moving textures; samples : edge smoothing. Raises UsageError for an unknown expression, bone or colour.
    """
    matrices = world if world is not None else posed(model, rotations or {})
    weights = dict(expression or {})
    if morphs is None:
        morphs = morph_weights(model, weights)
    view = framed(model, vertices(model, matrices), size, camera, target, fov)
    figure = Figure(model, matrices, morphs, np.eye(4, dtype=np.float32), weights)
    scene = staged(figure, size, view, fov, background, lighting, from_camera, time)
    with Renderer(size, samples, context, fine=True) as renderer:
        renderer.draw(scene)
        return renderer.read_rgba()


def staged(
    figure: Figure,
    size: tuple[int, int],
    view: FloatArray,
    fov: float = 24.0,
    background: str | tuple[float, float, float, float] = "white",
    lighting: Lighting | None = None,
    from_camera: bool = False,
    time: float = 0.0,
) -> Scene:
    """A scene with nothing in it but one figure, which is placed. view : (4, 4) companion's frame to camera; the rest
    as in ``render_still``."""
    still = np.eye(4, dtype=np.float32)
    if lighting is None:
        lighting, from_camera = STUDIO, True
    figure.placement, seen_from = (view, still) if from_camera else (still, view)
    return Scene(
        size=size,
        figures=[figure],
        lighting=lighting,
        fov_y=math.radians(fov),
        view=seen_from,
        background=colour(background),
        time=time,
    )


def morph_weights(model: AvatarModel, expressions: Mapping[str, float]) -> FloatArray:
    """(M,) morph weights: the defaults and each expression times its weight. UsageError for an unknown name."""
    morphs = model.morph_defaults.astype(np.float32).copy()
    for name, weight in expressions.items():
        if name not in model.expressions:
            raise UsageError(
                f"{model.name} has no expression '{name}' (it has: {', '.join(sorted(model.expressions))})"
            )
        e = model.expressions[name]
        np.add.at(morphs, e.morphs, np.float32(weight) * e.weights)
    return morphs


def posed(model: AvatarModel, pose: Mapping[int | str, Sequence[float]]) -> FloatArray:
    """(J, 4, 4) node matrices with some local rotations replaced. UsageError for an unknown bone."""
    rotation = model.rotation.copy()
    for key, q in pose.items():
        if isinstance(key, str):
            if key not in model.humanoid and key not in model.node_names:
                raise UsageError(f"{model.name} has no bone or node '{key}'")
            key = model.humanoid[key] if key in model.humanoid else model.node_names.index(key)
        rotation[key] = np.asarray(q, np.float32) / np.linalg.norm(q)
    world = affine.compose(model.translation, rotation, model.scale)
    for j, p in enumerate(model.parents):
        if p >= 0:
            world[j] = world[p] @ world[j]
    return world


def colour(text: str | tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Linear RGBA of ``transparent``, a basic CSS colour or ``#rrggbb``. UsageError when it is none of these."""
    if not isinstance(text, str):
        return text
    if text == "transparent":
        return (0.0, 0.0, 0.0, 0.0)
    code = _NAMED.get(text.lower(), text).removeprefix("#")
    try:
        if len(code) != 6:
            raise ValueError
        values = [int(code[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    except ValueError:
        raise UsageError(f"'{text}' is not a colour: transparent, #rrggbb or one of {', '.join(_NAMED)}") from None
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in values)
    return (r, g, b, 1.0)


def save(image: ByteArray, path: str | Path) -> None:
    """Write a PNG. OutputError when that is not possible."""
    place = Path(path)
    try:
        ok, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA))
        if not ok:
            raise OSError("it cannot be encoded")
        place.write_bytes(data.tobytes())
    except OSError as error:
        raise OutputError(f"{place}: the picture cannot be written ({error.strerror or error})") from error


def vertices(model: AvatarModel, world: FloatArray) -> FloatArray:
    """Every vertex as the skeleton moves it, (N, 3), companion frame; morphs left out."""
    found = []
    for p in model.primitives:
        if p.skin >= 0 and p.joints is not None and p.weights is not None:
            skin = model.skins[p.skin]
            matrices = world[skin.joints] @ skin.inverse_bind
            x = np.einsum("vkij,vj->vki", matrices[p.joints][..., :3, :3], p.positions) + matrices[p.joints][..., :3, 3]
            found.append(np.einsum("vk,vki->vi", p.weights, x))
        else:
            found.append(affine.apply(world[p.node], p.positions))
    return np.concatenate(found).astype(np.float32) if found else np.zeros((1, 3), np.float32)


def framed(
    model: AvatarModel,
    points: FloatArray,
    size: tuple[int, int],
    camera: Point | None = None,
    target: Point | None = None,
    fov: float = 24.0,
) -> FloatArray:
    """(4, 4) companion's frame to camera. points : (N, 3) what is to be seen, where no camera says from where; the rest
    as in ``render_still``. Raises UsageError."""
    points = points[np.isfinite(points).all(1)]
    if not len(points):
        points = np.zeros((1, 3), np.float32)
    middle = (points.min(0) + points.max(0)) / 2 if target is None else np.asarray(target, np.float32)
    if camera is not None:
        place = np.asarray(camera, np.float32)
        if np.allclose(place, middle):
            raise UsageError("the camera and its target are the same point")
        return look_at(place, middle)
    way = FRONT if "head" in model.humanoid else ASLANT
    seen = (points - middle) @ look_at(way, np.zeros(3, np.float32))[:3, :3].T
    half = math.tan(math.radians(fov) / 2) * 0.94
    wide = half * size[0] / size[1]
    away = float((np.maximum(np.abs(seen[:, 0]) / wide, np.abs(seen[:, 1]) / half) + seen[:, 2]).max())
    return look_at((middle + way * (max(away, 1e-3) / np.linalg.norm(way))).astype(np.float32), middle)


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m avatar.render.still MODEL --out x.png``; 0, or 2 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m avatar.render.still", description="One picture of a companion.")
    parser.add_argument("model")
    parser.add_argument("--out", required=True)
    parser.add_argument("--size", default="512x768")
    parser.add_argument("--expression", action="append", default=[], metavar="NAME=WEIGHT")
    parser.add_argument("--background", default="white")
    parser.add_argument("--camera", help="x,y,z metres; the companion faces +Z")
    parser.add_argument("--target", help="x,y,z metres")
    parser.add_argument("--fov", type=float, default=24.0, help="vertical, degrees")
    options = parser.parse_args(arguments)
    try:
        from ..model.load import load

        image = render_still(
            load(options.model),
            size=_size(options.size),
            expression=dict(_weight(e) for e in options.expression),
            background=options.background,
            camera=_point(options.camera) if options.camera else None,
            target=_point(options.target) if options.target else None,
            fov=options.fov,
        )
        save(image, options.out)
    except AvatarError as error:
        parser.exit(2, f"{error}\n")
    return 0


def _size(text: str) -> tuple[int, int]:
    try:
        w, h = (int(v) for v in text.lower().split("x"))
    except ValueError:
        raise UsageError(f"'{text}' is not a size such as 512x768") from None
    if not (1 <= w <= 8192 and 1 <= h <= 8192):
        raise UsageError(f"{w}x{h}: a picture is 1 to 8192 pixels wide and high")
    return w, h


def _point(text: str) -> tuple[float, float, float]:
    try:
        x, y, z = (float(v) for v in text.split(","))
    except ValueError:
        raise UsageError(f"'{text}' is not a point x,y,z") from None
    return x, y, z


def _weight(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value or 1)
    except ValueError:
        raise UsageError(f"'{text}' is not NAME=WEIGHT") from None


if __name__ == "__main__":
    raise SystemExit(main())
