"""Where the locks lie: the back in two layers, the sides before the ears, and the fringe."""

from __future__ import annotations

import numpy as np
from face_form import on_face
from hair_strands import MM, Lock, scalp
from kit import Array

_AXIS = np.array([0.0, 0.0, -0.016])  # what hanging hair curls in towards
_LAYERS = (  # turns, lowest height, millimetres above the scalp, width
    ((-2.76, -2.20, -1.64, 1.64, 2.20, 2.76), 1.318, 4.5, 50.0),
    ((-2.48, -1.88, np.pi, 1.88, 2.48), 1.333, 11.5, 48.0),
)
_BACK_WIDTH = ((0, 0.2), (0.12, 0.75), (0.35, 1), (0.75, 1), (0.88, 0.8), (0.96, 0.42), (1, 0.02))
_BACK_THICK = ((0, 1.5), (0.3, 4.5), (0.75, 6.0), (1, 1))
_SIDE_WIDTH = ((0, 0.3), (0.2, 0.9), (0.5, 1), (0.8, 0.82), (0.92, 0.42), (1, 0.02))
_SIDE_THICK = ((0, 2), (0.4, 6), (0.8, 6.5), (1, 1))
_FRINGE_WIDTH = ((0, 0.5), (0.3, 1), (0.55, 1), (0.75, 0.7), (0.9, 0.34), (1, 0.02))
_FRINGE_THICK = ((0, 2.0), (0.4, 4.6), (0.8, 3.8), (1, 0.8))

# turn, fall, lift on the scalp, then points below it
_SIDES = (
    (
        ((0.62, 0.5, 4.5), (0.66, 1.2, 6.5), (0.74, 2.0, 9), (0.92, 2.9, 11), (1.13, 4.4, 12), (1.24, 5.7, 12)),
        ((0.0765, 1.468, 0.030), (0.0725, 1.425, 0.038), (0.0690, 1.385, 0.043), (0.0610, 1.338, 0.047)),
        28.0,
    ),
    (
        ((0.95, 0.5, 4.5), (0.98, 1.2, 6.5), (1.06, 1.9, 9), (1.22, 2.9, 11), (1.40, 4.6, 12), (1.46, 6.0, 14)),
        ((0.0810, 1.462, 0.004), (0.0765, 1.420, 0.006), (0.0705, 1.382, 0.009), (0.0635, 1.350, 0.014)),
        36.0,
    ),
)
_FRINGE = (  # root turn, fall; middle x; low x, y; tip x, y; width; the parting lies left of the middle
    (0.20, 1.10, 0.0500, 0.0620, 1.540, 0.0690, 1.4840, 25.0),
    (0.17, 1.55, 0.0350, 0.0470, 1.549, 0.0570, 1.5120, 20.0),
    (0.15, 1.95, 0.0220, 0.0310, 1.555, 0.0400, 1.5290, 14.0),
    (0.13, 2.20, 0.0110, 0.0140, 1.556, 0.0195, 1.5370, 8.0),
    (0.08, 1.10, -0.0510, -0.0620, 1.540, -0.0695, 1.4820, 25.0),
    (0.09, 1.45, -0.0380, -0.0490, 1.546, -0.0580, 1.5060, 22.0),
    (0.10, 1.75, -0.0240, -0.0330, 1.549, -0.0430, 1.5170, 19.0),
    (0.11, 2.00, -0.0100, -0.0170, 1.550, -0.0270, 1.5240, 15.0),
    (0.12, 2.20, 0.0010, -0.0020, 1.553, -0.0080, 1.5310, 10.0),
)


def back() -> list[Lock]:
    """Wide locks from the crown, hanging to the shoulders and curling in; a shorter layer over a longer one."""
    locks = []
    for turns, low, lift, width in _LAYERS:
        rise = ((0.4, 5.0), (1.1, 6.5), (1.9, 0.45 * lift + 4.5), (2.9, lift), (4.0, lift), (5.3, lift), (6.6, lift))
        for turn in turns:
            side = float(np.clip((abs(turn) - 1.6) / 1.2, 0, 1))
            path = [scalp(turn, fall, k) for fall, k in rise]
            last = path[-1]
            low_y = low + 0.006 * np.sin(2.7 * turn) + (0.022 if lift > 8 else 0.030) * (1 - side)
            out = (last - _AXIS) * (1, 0, 1)
            for k, shrink in ((0.3, 0.97), (0.6, 0.91), (0.85, 0.81), (1.0, 0.66)):
                y = last[1] + (low_y - last[1]) * k
                path.append(_AXIS + out * shrink + (0, y, -0.012 * k * (1 - side)))
            name = ("backLeft" if turn > 0 else "backRight") + ("In" if abs(turn) > 2.3 else "Out")
            name = "backMid" if abs(turn) > 2.8 else name
            locks.append(Lock(path, width, _BACK_WIDTH, _BACK_THICK, name, 0.37 * len(locks), 12))
    return locks


def sides() -> list[Lock]:
    """Two locks on each side, before the ear and over it."""
    locks = []
    for s, name in ((1.0, "sideLeft"), (-1.0, "sideRight")):
        for k, (above, below, width) in enumerate(_SIDES):
            path: list[Array] = [scalp(*q) for q in above] + [np.array(q) for q in below]
            path = [q * (s, 1.0, 1.0) for q in path]
            locks.append(Lock(path, width, _SIDE_WIDTH, _SIDE_THICK, name, 0.13 + 0.4 * k + s, 11))
    return locks


def pins() -> list[Lock]:
    """Two slim clasps on the left of the fringe."""
    away = np.array([[0.55, 0.25, 0.80], [0.68, 0.22, 0.70], [0.80, 0.20, 0.56]])
    widths, thick = ((0, 0.6), (0.15, 1), (0.8, 0.9), (1, 0.1)), ((0, 1.2), (0.5, 2.2), (1, 1.0))
    made = []
    for line in (
        ((0.0430, 1.5780), (0.0520, 1.5700), (0.0600, 1.5610)),
        ((0.0440, 1.5705), (0.0515, 1.5635), (0.0580, 1.5560)),
    ):
        path = list(on_face(np.array(line), 0.0) + away * 15.4 * MM)
        made.append(Lock(path, 4.4, widths, thick, "", 0.5, 5))
    return made


def fringe() -> list[Lock]:
    """Locks from the parting, light over the forehead, sweeping to both temples."""
    locks = []
    for k, (turn, fall, mx, lx, ly, tx, ty, width) in enumerate(_FRINGE):
        lift = 12.0 - 0.35 * (k % 3)
        front = on_face(np.array([[mx, 1.580 - 0.08 * abs(mx)], [lx, ly], [tx, ty]]), 0.0)
        out = np.stack([front[:, 0] * 6.0, [4.0, 0.0, 0.0], [lift, lift + 1.0, 8.0]], 1) * MM
        out[2, 2] *= 1.0 - 3.0 * abs(tx)
        way = front + out
        root = scalp(turn, fall, 7.0) * 0.5 + way[0] * 0.5 + (0, 0.007, 0.002)
        name = "fringeLeft" if tx > 0 else "fringeRight"
        path = [scalp(turn, fall - 0.3, -2.0), root, *way]
        locks.append(Lock(path, width, _FRINGE_WIDTH, _FRINGE_THICK, name, 0.61 * k + 0.2, 9))
    return locks
