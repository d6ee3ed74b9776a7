"""A made-up person before a made-up camera: joints, hands and head by a script, seen as detectors see them.

A pose is a dict of numbers and points (see ``REST``); ``play`` turns a script of poses into observations at a camera's
rate, with the hands and the body looked for less often, noise, and looks that are missed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
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


def _unit(v: np.ndarray) -> np.ndarray:
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


def _across(v: np.ndarray, way: np.ndarray) -> np.ndarray:
    """What of v (N, 3) is square to the unit vectors ``way`` (N, 3), as unit vectors."""
    return _unit(v - (v * way).sum(-1, keepdims=True) * way)


def hand_points(side: str, ahead: np.ndarray, palm: np.ndarray, curl: np.ndarray, thumb: np.ndarray) -> np.ndarray:
    """(N, 21, 3) metres from the wrist, stage axes. ahead, palm : (N, 3); curl : (N, 4); thumb : (N,) 0 across the
    palm, 1 beside the hand, 2 square to it."""
    points = np.zeros((len(ahead), 21, 3))
    out = thumb[:, None, None]
    inside, beside = THUMB_IN + (THUMB_OUT - THUMB_IN) * out, THUMB_OUT + (THUMB_UP - THUMB_OUT) * (out - 1)
    points[:, 1:5] = np.where(out <= 1, inside, beside)
    angle = np.cumsum(np.radians([80, 100, 60]) * curl[..., None], -1)
    bones = BONES[..., None] * np.stack([np.zeros_like(angle), np.cos(angle), np.sin(angle)], -1)
    knuckles = np.broadcast_to(KNUCKLES[:, None], (len(ahead), 4, 1, 3))
    points[:, 5:] = np.cumsum(np.concatenate([knuckles, bones], 2), 2).reshape(-1, 16, 3)
    y = _unit(ahead)
    z = _across(palm, y)
    x = np.cross(y, z)  # to the index finger of a right hand whose palm is shown
    return np.asarray(points @ np.stack([-x if side == "left" else x, y, z], 1))


def elbow(shoulder: np.ndarray, wrist: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray]:
    """(elbow, wrist) of an arm that reaches for ``wrist`` with its elbow down and out; all (N, 3)."""
    way = wrist - shoulder
    far = np.minimum(np.linalg.norm(way, axis=-1, keepdims=True), 0.999 * (UPPER + FORE))
    way = _unit(way)
    along = (far * far + UPPER * UPPER - FORE * FORE) / (2 * far)
    out = _across(np.array([0.5 if side == "left" else -0.5, -1.0, -0.3]), way)
    return shoulder + along * way + np.sqrt(np.maximum(UPPER * UPPER - along * along, 0)) * out, shoulder + far * way


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
    return see_all([pose], camera, [t], rng, noise)[0]


def see_all(
    poses: Sequence[dict[str, Any]],
    camera: Camera,
    times: Sequence[float],
    rng: np.random.Generator,
    noise: float = 1.0,
) -> list[Observation]:
    """``see`` for each of N moments at once, which is many times quicker."""
    count = len(poses)
    p = {key: np.array([pose.get(key, rest) for pose in poses], float) for key, rest in REST.items()}
    step = np.stack([p["x"], p["y"], p["z"]], -1)
    c, s = np.cos(p["lean"]), np.sin(p["lean"])
    shaken = rng.standard_normal((count, 2 * 63 + 99 + 3))

    def bowed(point: Any) -> np.ndarray:
        x, y, z = np.moveaxis(np.broadcast_to(np.asarray(point, float) - HIPS, (count, 3)), -1, 0)
        return np.stack([x, c * y - s * z, s * y + c * z], -1) + HIPS + step

    def turned(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        about = [quat.from_axis_angle(axis, angle) for axis, angle in zip(np.eye(3), (x, y, z), strict=True)]
        return quat.to_matrix(quat.multiply(quat.multiply(about[1], about[0]), about[2]))

    def ahead(turn: np.ndarray, point: Any) -> np.ndarray:
        return np.asarray(turn @ np.asarray(point, float))

    world = np.zeros((count, 33, 3))
    shoulders = {side: bowed((SHOULDER if side == "left" else -SHOULDER, 0, 0)) for side in ("left", "right")}
    turn = turned(p["pitch"] + p["lean"], p["yaw"], p["roll"])
    middle = bowed((0, 0.1, 0.02)) + ahead(turn, [0, 0.11, 0.06])
    world[:, :11] = (middle + ahead(turn, [0, 0.0, 0.06]))[:, None]
    hands: list[list[Hand]] = [[] for _ in poses]
    for k, side in enumerate(("left", "right")):
        joint, wrist = elbow(shoulders[side], bowed(p[side]), side)
        shape = hand_points(side, p[f"{side}_ahead"], p[f"{side}_palm"], p[f"{side}_curl"], p[f"{side}_thumb"])
        world[:, 11 + k], world[:, 13 + k], world[:, 15 + k] = shoulders[side], joint, wrist
        for to, of in ((17, 17), (19, 5), (21, 3)):
            world[:, to + k] = wrist + shape[:, of]
        world[:, 23 + k] = HIPS + step + np.array([0.1 if side == "left" else -0.1, 0, 0])
        own = shape + 0.0025 * noise * shaken[:, 63 * k : 63 * k + 63].reshape(-1, 21, 3)
        points = np.concatenate([camera.pixels(camera.place(wrist[:, None] + own)), -own[..., 2:] * 500], -1)
        for found, flat, bare in zip(hands, points, own - own.mean(1, keepdims=True), strict=True):
            found.append(Hand(side, flat.astype(np.float32), bare.astype(np.float32), 0.95))
    world[:, 25:] = world[:, 23:24] - np.array([0, 0.4, 0])
    world += 0.004 * noise * shaken[:, 126:225].reshape(-1, 33, 3)
    seen = np.concatenate([camera.pixels(camera.place(world)), np.zeros((count, 33, 1))], -1).astype(np.float32)
    bare = ((world - HIPS - step[:, None]) * camera.person).astype(np.float32)
    matrix = np.tile(np.eye(4), (count, 1, 1))
    matrix[:, :3, :3] = turned(*(math.radians(0.25) * noise * shaken[:, 225:].T)) @ turn
    matrix[:, :3, 3] = camera.place(middle)
    around = np.array([[-0.072, -0.1, 0], [0.072, -0.1, 0], [-0.072, 0.08, 0], [0.072, 0.08, 0]])
    corners = camera.pixels(camera.place(middle[:, None] + around @ turn.transpose(0, 2, 1)))
    boxes = np.concatenate([corners.min(1), corners.max(1)], -1).astype(np.float32)
    faces = np.zeros((count, 478, 3), np.float32)
    faces[..., :2] = corners[:, np.resize(np.arange(4), 478)]
    faces[:, [13, 14], :2] = camera.pixels(camera.place(middle[:, None] + ahead(turn, [0, -0.045, 0.07])[:, None]))
    return [
        Observation(
            t,
            camera.size,
            Face(faces[k], np.zeros(52, np.float32), matrix[k].astype(np.float32), boxes[k]),
            tuple(hands[k]),
            Body(seen[k], bare[k], np.full(33, 0.98, np.float32)),
            hands_t=t,
            body_t=t,
        )
        for k, t in enumerate(times)
    ]


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
    times = [k / fps for k in range(frames)]
    return tuple(see_all([script(t) for t in times], camera, times, rng, noise))


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
