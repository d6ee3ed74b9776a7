"""The head of the house companion: skin, ears, eyes, lashes, brows and mouth as parts, with every morph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from face_eyes import Mesh, brow, crease, disc, iris, lower_lash, upper_lash, white
from face_mesh import face_morphs, half_face, mirror, softened
from face_mouth import cavity, lip_line, teeth, tongue
from face_shapes import REST, SHAPES, Shape
from hair import HAIRLINE
from kit import Array, Part, smooth_normals
from paint_face import face_uv

MORPHS = (*SHAPES, "blinkLeft", "blinkRight")
_NECK = 0.038  # metres of skin over which the neck's share ends


def _head(n: int) -> dict[str, Array]:
    return {"head": np.ones(n)}


def _pair(name: str, material: str, build: Callable[[Shape], Mesh], flat: bool = True) -> Part:
    """Both sides of something built for the left, with its morphs. flat : normals face the viewer, as painted lines."""
    p, tri, uv = build(REST)
    n, flip = len(p), np.array([-1.0, 1.0, 1.0])
    both = Part(
        name,
        np.concatenate([p, p * flip]),
        np.concatenate([tri, tri[:, ::-1] + n]),
        _head(2 * n),
        material,
        np.concatenate([uv, uv]),
    )
    for key, shape in SHAPES.items():
        d = build(shape)[0] - p
        if np.abs(d).max() > 1e-6:
            both.morphs[key] = np.concatenate([d, d * flip])
            if key == "blink":
                both.morphs["blinkLeft"] = np.concatenate([d, d * 0])
                both.morphs["blinkRight"] = np.concatenate([d * 0, d * flip])
    both.normals = np.tile([0.0, 0.0, 1.0], (2 * n, 1)) if flat else smooth_normals(both.positions, both.triangles)
    return both


def _single(name: str, material: str, build: Callable[[Shape], Mesh], flat: bool = True) -> Part:
    p, tri, uv = build(REST)
    part = Part(name, p, tri, _head(len(p)), material, uv)
    part.normals = np.tile([0.0, 0.0, 1.0], (len(p), 1)) if flat else smooth_normals(p, tri)
    for key, shape in SHAPES.items():
        d = build(shape)[0] - p
        if np.abs(d).max() > 1e-6:
            part.morphs[key] = d
    return part


def _skin() -> Part:
    half = half_face()
    p, n, tri, own = mirror(half)
    ring = half.fall > 13.99
    arc = np.min(np.linalg.norm(half.positions[:, None] - half.positions[ring][None], axis=-1), axis=1)
    ring = np.concatenate([ring, ring[own]])
    n = np.where(ring[:, None], n, softened(n, tri))
    k = np.clip(1 - arc / _NECK, 0, 1)
    neck = 0.7 * k * k * (3 - 2 * k)
    neck[half.fall < 9.0] = 0.0
    neck = np.concatenate([neck, neck[own]])
    under = np.clip((np.interp(half.turn, *HAIRLINE.T) - 0.9 - half.fall) / 1.2, 0, 1)
    p = p - n * (0.008 * np.concatenate([under, under[own]]))[:, None]
    return Part("face", p, tri, {"head": 1 - neck, "neck": neck}, "face", face_uv(p), n, face_morphs(half, own))


def _ear() -> Mesh:
    """The left ear: a shell of rings from its rim into the hollow."""
    a = np.linspace(0, 2 * np.pi, 15)[:-1]
    up, back = np.sin(a), -np.cos(a)
    long = 0.025 * (1 - 0.10 * (back < 0))
    wide = 0.0145 + 0.0025 * up
    centre = np.array([0.0700, 1.4960, -0.0130])

    def ring(s: float, lift: float, shift: float = 0.0) -> Array:
        y = long * s * up
        z = -(wide * s * back + 0.10 * y)
        x = lift * (0.55 + 0.45 * back)
        return centre + np.stack([x - 0.0006 + shift, y, z], 1)

    rings = np.array(
        [
            ring(0.30, 0.003),
            ring(0.62, 0.003),
            ring(0.80, 0.0115),
            ring(0.95, 0.0130),
            ring(1.0, 0.0095),
            ring(0.82, 0.0, -0.004),
        ]
    )
    uv = np.tile([0.998, 0.5], (6 * 14, 1)).reshape(6, 14, 2)
    return _disc_side(rings, centre + np.array([0.0012, 0.0, 0.0]), uv)


def _disc_side(rings: Array, middle: Array, uv: Array) -> Mesh:
    """A disc of rings that faces +X."""
    p, tri, uvs = disc(rings, middle, uv, uv[0, 0])
    n = np.cross(p[tri[:, 1]] - p[tri[:, 0]], p[tri[:, 2]] - p[tri[:, 0]])
    return (p, tri, uvs) if n[: rings.shape[1], 0].sum() > 0 else (p, tri[:, ::-1], uvs)


def _eyes() -> list[Part]:
    whites = _pair("eyewhite", "eyewhite", lambda _: white())
    irises = _pair("iris", "iris", lambda _: iris())
    n = len(irises.positions) // 2
    # the right eye's picture is not mirrored: both lights come from one side
    irises.uvs = irises.uvs.copy()
    irises.uvs[n:, 0] = 1 - irises.uvs[n:, 0]
    left = np.repeat([1.0, 0.0], n)
    irises.weights = {"leftEye": left, "rightEye": 1 - left}
    return [whites, irises]


def head_parts() -> list[Part]:
    """Parts of the head without hair; positions, normals, uvs, weights and morphs set."""
    return [
        _skin(),
        _pair("ears", "face", lambda _: _ear(), flat=False),
        *_eyes(),
        _pair("crease", "line", crease),
        _pair("lowerlash", "line", lower_lash),
        _pair("lash", "lash", upper_lash),
        _pair("brow", "brow", brow),
        _single("mouth", "mouth", cavity),
        _single("teeth", "teeth", teeth, flat=False),
        _single("tongue", "tongue", tongue, flat=False),
        _single("lipline", "lipline", lip_line),
    ]
