"""The form of the head: a surface over (turn, fall), lofted through rows of front, side and back points, with the nose,
eye sockets, cheeks, lips and chin laid on the front as soft bumps.

turn : 0 at the middle of the face, pi at the back, left half only; fall : 0 at the crown, ROWS at the neck's ring.
"""

from __future__ import annotations

import numpy as np
from kit import Array
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

EYE = (0.0335, 1.5030)
"""Middle of the left eye's opening, x and y."""
MOUTH_Y = 1.4495

# front y, z | side y, half width, z | back y, z | squareness of the front and back quarters
_ROWS = np.array(
    [
        (1.6400, -0.0050, 1.6400, 0.0020, -0.0060, 1.6400, -0.0070, 2.0, 2.0),
        (1.6335, 0.0310, 1.6320, 0.0310, -0.0080, 1.6330, -0.0460, 2.0, 2.0),
        (1.6100, 0.0680, 1.6060, 0.0570, -0.0100, 1.6080, -0.0800, 2.1, 2.1),
        (1.5780, 0.0870, 1.5760, 0.0682, -0.0100, 1.5760, -0.0940, 2.35, 2.2),
        (1.5460, 0.0940, 1.5460, 0.0728, -0.0090, 1.5460, -0.0985, 2.55, 2.2),
        (1.5210, 0.0940, 1.5210, 0.0725, -0.0060, 1.5210, -0.0970, 2.65, 2.2),
        (1.5000, 0.0925, 1.5000, 0.0705, -0.0030, 1.4970, -0.0910, 2.65, 2.2),
        (1.4780, 0.0935, 1.4800, 0.0662, 0.0000, 1.4720, -0.0795, 2.45, 2.2),
        (1.4600, 0.0945, 1.4660, 0.0612, 0.0020, 1.4520, -0.0700, 2.18, 2.1),
        (1.4440, 0.0932, 1.4550, 0.0545, 0.0030, 1.4360, -0.0645, 1.95, 2.1),
        (1.4310, 0.0908, 1.4470, 0.0480, 0.0035, 1.4230, -0.0622, 1.76, 2.05),
        (1.4198, 0.0828, 1.4385, 0.0450, 0.0000, 1.4130, -0.0610, 1.74, 2.0),
        (1.4175, 0.0640, 1.4275, 0.0432, -0.0060, 1.4050, -0.0604, 1.85, 2.0),
        (1.4095, 0.0450, 1.4090, 0.0428, -0.0110, 1.3970, -0.0602, 2.0, 2.0),
        (1.3850, 0.0330, 1.3850, 0.0450, -0.0140, 1.3850, -0.0610, 2.0, 2.0),
    ]
)
ROWS = len(_ROWS) - 1
_CURVES = PchipInterpolator(np.arange(ROWS + 1), _ROWS, axis=0)

_NOSE = np.array([1.4560, 1.4605, 1.4645, 1.4680, 1.4715, 1.4755, 1.4850, 1.4980, 1.5120, 1.5300])
_NOSE_HEIGHT = PchipInterpolator(
    _NOSE, np.array([0.0, 0.0003, 0.0030, 0.0090, 0.0118, 0.0108, 0.0074, 0.0044, 0.0022, 0.0])
)
_NOSE_WIDTH = PchipInterpolator(_NOSE, np.array([8.0, 8.0, 7.6, 7.0, 6.2, 5.6, 5.0, 5.0, 6.0, 8.0]) * 1e-3)


def _bump(x: Array, y: Array, cx: float, cy: float, sx: float, sy: float) -> Array:
    return np.exp(-0.5 * ((x - cx) / sx) ** 2 - 0.5 * ((y - cy) / sy) ** 2)


def _nose(x: Array, y: Array) -> Array:
    """Metres forward: a ridge that rises to a small tip and turns in quickly below it."""
    yc = np.clip(y, _NOSE[0], _NOSE[-1])
    ridge = _NOSE_HEIGHT(yc) * np.exp(-0.5 * np.abs(x / _NOSE_WIDTH(yc)) ** 2.2)
    return np.asarray(ridge + 0.0016 * _bump(x, y, 0.0075, 1.4685, 0.0035, 0.0030))


def bumps(x: Array, y: Array, detail: float = 1.0) -> Array:
    """Metres forward of the plain head at (x, y), left half; ``detail`` scales the small features (nose, lips)."""
    ex, ey = EYE
    z = 0.0016 * _bump(x, y, 0.0430, 1.4640, 0.0150, 0.0140)
    z += -0.0034 * _bump(x, y, 0.0230, 1.5080, 0.0110, 0.0120)
    z += -0.0010 * _bump(x, y, ex + 0.010, ey + 0.002, 0.0170, 0.0140)
    z += 0.0012 * _bump(x, y, 0.0, 1.4235, 0.0130, 0.0075)
    small = _nose(x, y) + 0.0014 * _bump(x, y, ex, ey, 0.0120, 0.0085)
    side = np.exp(-0.5 * (x / 0.0125) ** 2)
    small += side * 0.0019 * np.exp(-0.5 * ((y - MOUTH_Y - 0.0030) / 0.0024) ** 2)
    small += side * 0.0026 * np.exp(-0.5 * ((y - MOUTH_Y + 0.0040) / 0.0030) ** 2)
    small += -0.0016 * _bump(x, y, 0.0, MOUTH_Y - 0.0125, 0.0140, 0.0032)
    small += -0.0010 * _bump(x, y, 0.0185, MOUTH_Y, 0.0040, 0.0040)
    return np.asarray(z + detail * small)


def surface(turn: Array, fall: Array, detail: float = 1.0) -> Array:
    """(..., 3) points of the left half of the head."""
    turn, fall = np.broadcast_arrays(np.asarray(turn, float), np.asarray(fall, float))
    yf, zf, ys, w, zs, yb, zb, nf, nb = np.moveaxis(_CURVES(np.clip(fall, 0, ROWS)), -1, 0)
    s, c = np.sin(turn), np.cos(turn)
    front = c >= 0
    n = np.where(front, nf, nb)
    x = w * np.abs(s) ** (2 / n)
    z_end, y_end = np.where(front, zf, zb), np.where(front, yf, yb)
    k = np.abs(c) ** (2 / n)
    z = zs + (z_end - zs) * k
    y = ys + (y_end - ys) * np.abs(c) ** 1.6
    onset = np.clip((c - 0.15) / 0.5, 0, 1)
    under = np.clip((12.0 - fall) / 1.5, 0, 1)
    z = z + bumps(x, y, detail) * onset * onset * (3 - 2 * onset) * under
    return np.stack([x, y, z], axis=-1)


def normals(turn: Array, fall: Array, detail: float = 0.45) -> Array:
    """(..., 3) unit normals of the surface with its small features softened, so that toon shadows have clean edges."""
    e = 1e-3
    t0, t1 = np.clip(turn - e, 1e-6, np.pi - e), np.clip(turn + e, e, np.pi - 1e-6)
    du = surface(t1, fall, detail) - surface(t0, fall, detail)
    f0, f1 = np.maximum(fall - 0.02, 0.02), np.minimum(fall + 0.02, ROWS)
    dv = surface(turn, f1, detail) - surface(turn, f0, detail)
    n = np.cross(dv, du)
    return np.asarray(n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-12))


_T, _F = np.meshgrid(np.linspace(1e-4, 1.35, 160), np.linspace(2.0, 11.4, 260), indexing="ij")
_TREE = cKDTree(surface(_T, _F)[..., :2].reshape(-1, 2))


def locate(xy: Array) -> tuple[Array, Array]:
    """(turn, fall) of front points given by (n, 2) x ≥ 0 and y, by Newton's steps from the nearest sample."""
    xy = np.asarray(xy, float).reshape(-1, 2)
    near = _TREE.query(xy)[1]
    turn, fall = _T.reshape(-1)[near].copy(), _F.reshape(-1)[near].copy()
    e = 1e-4
    for _ in range(6):
        p, right, down = surface([turn, turn + e, turn], [fall, fall, fall + e])[..., :2]
        a, b = (right - p) / e, (down - p) / e
        r = xy - p
        det = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
        turn = np.clip(turn + (r[:, 0] * b[:, 1] - r[:, 1] * b[:, 0]) / det, 0.0, 1.5)
        fall = np.clip(fall + (a[:, 0] * r[:, 1] - a[:, 1] * r[:, 0]) / det, 0.5, 12.0)
    return turn, fall


def on_face(xy: Array, detail: float = 1.0) -> Array:
    """(n, 3) points of the face at x (either sign) and y."""
    xy = np.asarray(xy, float).reshape(-1, 2)
    mirrored = np.stack([np.abs(xy[:, 0]), xy[:, 1]], axis=1)
    p = surface(*locate(mirrored), detail)
    p[:, :2] = xy
    return np.asarray(p)
