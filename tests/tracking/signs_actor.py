"""A made-up person before a made-up camera: joints, hands and head by a script, seen as detectors see them.

A pose is a dict of numbers and points (see ``REST``); ``play`` turns a script of poses into observations at a camera's
rate, with the hands and the body looked for less often, noise, and looks that are missed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from avatar.linalg import quat
from avatar.linalg.camera import project
from avatar.types import Body, Face, Hand, Observation

SHOULDER, UPPER, FORE = 0.185, 0.28, 0.25
HIPS = np.array([0.0, -0.5, 0.0])  # from between the shoulders
DOWN = {"left": (0.24, -0.5, 0.08), "right": (-0.24, -0.5, 0.08)}

REST: dict[str, Any] = {
    # wrists, metres from between the shoulders, stage axes (x to the image's right: the person's own left)
    "left": DOWN["left"],
    "right": DOWN["right"],
    # the way the fingers point and the palm faces
    "left_ahead": (0.0, -1.0, 0.0),
    "left_palm": (-1.0, 0.0, 0.0),
    "right_ahead": (0.0, -1.0, 0.0),
    "right_palm": (1.0, 0.0, 0.0),
    # how far fingers are bent, 0 to 1, index to little; thumb: 1 out beside the hand, 0 across the palm
    "left_curl": (0.2, 0.2, 0.2, 0.2),
    "right_curl": (0.2, 0.2, 0.2, 0.2),
    "left_thumb": 1.0,
    "right_thumb": 1.0,
    # the head, radians: down, to the image's right, roll; the trunk's lean forwards at the hips; a step, metres
    "pitch": 0.0,
    "yaw": 0.0,
    "roll": 0.0,
    "lean": 0.0,
    "x": 0.0,
    "y": 0.0,
    "z": 0.0,
}

KNUCKLES = np.array([[0.026, 0.09, 0], [0.005, 0.094, 0], [-0.014, 0.088, 0], [-0.032, 0.078, 0]])
BONES = np.array([[0.042, 0.026, 0.022], [0.046, 0.03, 0.023], [0.043, 0.028, 0.023], [0.034, 0.021, 0.02]])
THUMB_OUT = np.array([[0.025, 0.025, 0.01], [0.045, 0.05, 0.012], [0.063, 0.074, 0.012], [0.078, 0.098, 0.012]])
THUMB_IN = np.array([[0.025, 0.025, 0.01], [0.03, 0.052, 0.025], [0.012, 0.066, 0.034], [-0.01, 0.072, 0.036]])
THUMB_UP = np.array([[0.025, 0.025, 0.01], [0.046, 0.045, 0.012], [0.076, 0.047, 0.012], [0.104, 0.048, 0.012]])


def hand_points(side: str, ahead: Any, palm: Any, curl: Any, thumb: float) -> np.ndarray:
    """(21, 3) metres from the wrist, stage axes. thumb : 0 across the palm, 1 beside the hand, 2 square to it."""
    points = np.zeros((21, 3))
    if thumb <= 1:
        points[1:5] = THUMB_IN + (THUMB_OUT - THUMB_IN) * thumb
    else:
        points[1:5] = THUMB_OUT + (THUMB_UP - THUMB_OUT) * (thumb - 1)
    for finger in range(4):
        at, angle = KNUCKLES[finger].copy(), 0.0
        points[5 + 4 * finger] = at
        for joint, most in enumerate((80, 100, 60)):
            angle += math.radians(most) * curl[finger]
            at = at + BONES[finger, joint] * np.array([0, math.cos(angle), math.sin(angle)])
            points[6 + 4 * finger + joint] = at
    y = np.asarray(ahead, float) / np.linalg.norm(ahead)
    z = np.asarray(palm, float)
    z = z - (z @ y) * y
    z /= np.linalg.norm(z)
    x = np.cross(y, z)  # to the index finger of a right hand whose palm is shown
    if side == "left":
        x = -x
    return np.asarray(points @ np.array([x, y, z]))


def elbow(shoulder: np.ndarray, wrist: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray]:
    """(elbow, wrist) of an arm that reaches for ``wrist`` with its elbow down and out."""
    way = wrist - shoulder
    far = min(float(np.linalg.norm(way)), 0.999 * (UPPER + FORE))
    way = way / np.linalg.norm(way)
    along = (far * far + UPPER * UPPER - FORE * FORE) / (2 * far)
    out = np.array([0.5 if side == "left" else -0.5, -1.0, -0.3])
    out = out - (out @ way) * way
    out /= np.linalg.norm(out)
    return shoulder + along * way + math.sqrt(max(UPPER * UPPER - along * along, 0)) * out, shoulder + far * way


class Camera:
    """Where the person stands: distance in metres, fov_y in radians, size in pixels, height of the lens over the
    shoulders; size_of : the person's own, 1 = grown up."""

    def __init__(
        self, distance: float = 1.2, fov_y: float = 0.8, size: tuple[int, int] = (640, 480), person: float = 1.0
    ) -> None:
        self.distance, self.fov_y, self.size, self.person = distance, fov_y, size, person

    def place(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(points * self.person + np.array([0, -0.12, -self.distance]))

    def pixels(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(project(points.astype(np.float32), self.fov_y, self.size))


def see(pose: dict[str, Any], camera: Camera, t: float, rng: np.random.Generator, noise: float = 1.0) -> Observation:
    """Everything of one moment. noise : 1 = about as the detectors are on video."""
    p = REST | pose
    lean, step = float(p["lean"]), np.array([p["x"], p["y"], p["z"]], float)

    def bowed(point: Any) -> np.ndarray:
        arm = np.asarray(point, float) - HIPS
        c, s = math.cos(lean), math.sin(lean)
        return np.array([arm[0], c * arm[1] - s * arm[2], s * arm[1] + c * arm[2]]) + HIPS + step

    world = np.zeros((33, 3))
    shoulders = {side: bowed((SHOULDER if side == "left" else -SHOULDER, 0, 0)) for side in ("left", "right")}
    head = bowed((0, 0.1, 0.02))
    turn = quat.to_matrix(quat.from_euler(float(p["pitch"]) + lean, float(p["yaw"]), float(p["roll"])))
    canonical = np.eye(4)
    canonical[:3, :3] = turn
    canonical[:3, 3] = head + turn @ np.array([0, 0.11, 0.06])
    nose = canonical[:3, 3] + turn @ np.array([0, 0.0, 0.06])
    world[:11] = nose
    hands = []
    for k, side in enumerate(("left", "right")):
        joint, wrist = elbow(shoulders[side], bowed(p[side]), side)
        shape = hand_points(side, p[f"{side}_ahead"], p[f"{side}_palm"], p[f"{side}_curl"], float(p[f"{side}_thumb"]))
        world[11 + k], world[13 + k], world[15 + k] = shoulders[side], joint, wrist
        world[17 + k], world[19 + k], world[21 + k] = wrist + shape[17], wrist + shape[5], wrist + shape[3]
        world[23 + k] = HIPS + step + np.array([0.1 if side == "left" else -0.1, 0, 0])
        own = shape + rng.normal(0, 0.0025 * noise, shape.shape)
        flat = camera.pixels(camera.place(wrist + own))
        deep = -(own[:, 2:]) * 500
        hands.append(
            Hand(side, np.hstack([flat, deep]).astype(np.float32), (own - own.mean(0)).astype(np.float32), 0.95)
        )
    world[25:] = world[23] - np.array([0, 0.4, 0])
    shaken = world + rng.normal(0, 0.004 * noise, world.shape)
    body = Body(
        np.hstack([camera.pixels(camera.place(shaken)), np.zeros((33, 1))]).astype(np.float32),
        ((shaken - HIPS - step) * camera.person).astype(np.float32),
        np.full(33, 0.98, np.float32),
    )
    matrix = np.eye(4)
    jitter = quat.to_matrix(quat.from_euler(*(rng.normal(0, math.radians(0.25) * noise, 3))))
    matrix[:3, :3] = jitter @ turn
    matrix[:3, 3] = camera.place(canonical[:3, 3])
    around = np.array([[-0.072, -0.1, 0], [0.072, -0.1, 0], [-0.072, 0.08, 0], [0.072, 0.08, 0]])
    corners = camera.pixels(camera.place(canonical[:3, 3] + around @ turn.T))
    box = np.concatenate([corners.min(0), corners.max(0)]).astype(np.float32)
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = np.resize(corners, (478, 2))
    face = Face(points, np.zeros(52, np.float32), matrix.astype(np.float32), box)
    return Observation(t, camera.size, face, tuple(hands), body, hands_t=t, body_t=t)


Script = Callable[[float], dict[str, Any]]
USUAL = Camera()


def play(
    script: Script,
    seconds: float,
    fps: float = 30.0,
    camera: Camera | None = None,
    seed: int = 1,
    noise: float = 1.0,
    missing: float = 0.05,
    rates: tuple[float, float] = (15.0, 10.0),
    parts: str = "face hands body",
) -> Iterator[Observation]:
    """What a tracker would give. missing : share of looks without a result; rates : looks for hands and body a second;
    parts : those that are looked for."""
    rng = np.random.default_rng((seed, 1))
    camera = camera or USUAL
    hands: tuple[Hand, ...] = ()
    body: Body | None = None
    hands_t = body_t = -1.0
    due = [0.0, 0.0]
    for whole in _performed(script, round(seconds * fps), fps, camera, seed, noise):
        t = whole.t
        if t >= due[0] - 0.2 / rates[0] and "hands" in parts:
            due[0] = max(due[0] + 1 / rates[0], t + 0.5 / rates[0])
            hands = tuple(h for h in whole.hands if rng.random() >= missing and _inside(h, camera))
            hands_t = t
        if t >= due[1] - 0.2 / rates[1] and "body" in parts:
            due[1] = max(due[1] + 1 / rates[1], t + 0.5 / rates[1])
            body, body_t = (whole.body if rng.random() >= missing / 2 else None), t
        face = whole.face if "face" in parts and rng.random() >= missing / 2 else None
        yield Observation(t, camera.size, face, hands, body, hands_t=hands_t, body_t=body_t)


@functools.lru_cache(maxsize=64)
def _performed(
    script: Script, frames: int, fps: float, camera: Camera, seed: int, noise: float
) -> tuple[Observation, ...]:
    """Everything of every moment; the same act is looked at in many ways."""
    rng = np.random.default_rng(seed)
    return tuple(see(script(k / fps), camera, k / fps, rng, noise) for k in range(frames))


def _inside(hand: Hand, camera: Camera) -> bool:
    x, y = hand.points[:, :2].mean(0)
    return bool(0 < x < camera.size[0] and 0 < y < camera.size[1])


def mix(a: dict[str, Any], b: dict[str, Any], share: float) -> dict[str, Any]:
    """Between two poses, starting and stopping softly."""
    a, b = REST | a, REST | b
    s = min(max(share, 0.0), 1.0)
    s = s * s * (3 - 2 * s)
    mixed = {k: (1 - s) * np.asarray(a[k], float) + s * np.asarray(b[k], float) for k in REST}
    for side in ("left", "right"):  # a hand that is turned over goes forwards and aside between
        mixed[f"{side}_ahead"] = mixed[f"{side}_ahead"] + s * (1 - s) * np.array([0, 0, 2.0])
        mixed[f"{side}_palm"] = mixed[f"{side}_palm"] + s * (1 - s) * np.array([0.7, 0.3, 0.1])
    return mixed


def held(pose: dict[str, Any], begin: float, end: float, ease: float = 0.4) -> Script:
    """At rest, from ``begin`` to ``end`` in a pose (reached and left in ``ease`` seconds outside), at rest again."""

    def script(t: float) -> dict[str, Any]:
        if t < begin:
            return mix({}, pose, 1 - (begin - t) / ease)
        return mix({}, pose, 1 - (t - end) / ease)

    return script
