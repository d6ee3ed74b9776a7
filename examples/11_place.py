"""Four places to stand: a table and a floor on which a printed tag lies, half of the picture, a shoulder.

usage: python examples/11_place.py [OUT.png]
"""

import math
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from avatar import Stage
from avatar.io.detect.codes import cells
from avatar.linalg import planar

out = Path(sys.argv[1] if len(sys.argv) > 1 else "place.png")
SIZE, FOV = (640, 480), math.radians(50)
FOCAL = SIZE[1] / 2 / math.tan(FOV / 2)
rng = np.random.default_rng(7)


def surface(
    wide: float, deep: float, dots: int, light: tuple[float, ...], dark: tuple[float, ...], plank: float
) -> np.ndarray:
    """Boards of wood, (H, W, 3) float32, 0 to 255; wide, deep, plank : metres; dots : to a metre."""
    h, w = round(deep * dots), round(wide * dots)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), 40, sigmaY=2)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), 14, sigmaY=1)
    board = np.arange(h)[:, None] // round(plank * dots)
    tone = rng.normal(0, 0.12, board.max() + 1)[board]
    share = np.clip(0.5 + 1.6 * grain + 0.8 * fine + tone, 0, 1)[..., None]
    picture = np.array(dark) * (1 - share) + np.array(light) * share
    picture[np.arange(h) % round(plank * dots) < dots // 300] *= 0.55
    return picture.astype(np.float32)


def lay_tag(picture: np.ndarray, dots: int, number: int, size: float, x: float, y: float, turn: float) -> None:
    """A sheet with a tag on the surface, its middle x, y metres from the surface's."""
    bits = np.pad(np.pad(cells("april", number), 1, constant_values=1), 1, constant_values=1).astype(np.float32)
    cell = size / 8
    plane = np.array([[-6, 6], [6, 6], [6, -6], [-6, -6]]) * cell
    c, s = math.cos(turn), math.sin(turn)
    at = (plane @ np.array([[c, s], [-s, c]]) + (x, y)) * (dots, -dots) + np.array(picture.shape[1::-1]) / 2
    sheet = np.repeat(cv2.resize(bits, (480, 480), interpolation=cv2.INTER_NEAREST)[..., None] * 205 + 32, 3, 2)
    warp = planar.homography(np.array([[0, 0], [480, 0], [480, 480], [0, 480]], float), at)
    where = cv2.warpPerspective(np.ones((480, 480), np.float32), warp, picture.shape[1::-1])[..., None]
    shade = cv2.GaussianBlur(where[..., 0], (0, 0), 6)[..., None]
    picture *= 1 - 0.25 * shade
    picture[:] = picture * (1 - where) + cv2.warpPerspective(sheet, warp, picture.shape[1::-1]) * where


def photograph(
    plane: np.ndarray, dots: int, tilt: float, at: tuple[float, float, float], wall: np.ndarray
) -> np.ndarray:
    """The surface, level, under a camera that looks down by ``tilt`` degrees, before a wall that is out of focus."""
    t = math.radians(tilt)
    matrix = np.eye(4)
    matrix[:3, :3] = [[1, 0, 0], [0, math.sin(t), math.cos(t)], [0, -math.cos(t), math.sin(t)]]
    matrix[:3, 3] = at
    h, w = plane.shape[:2]
    edge = np.array([[0, 0], [w, 0], [w, h], [0, h]], float)
    own = (edge - (w / 2, h / 2)) * (1, -1) / dots
    seen = planar.slopes(matrix, own) * (FOCAL, -FOCAL) + np.array(SIZE) / 2
    warp = np.diag([2, 2, 1]) @ planar.homography(edge, seen)
    big = (SIZE[0] * 2, SIZE[1] * 2)
    picture = cv2.warpPerspective(plane, warp, big, flags=cv2.INTER_AREA)
    where = cv2.GaussianBlur(cv2.warpPerspective(np.ones((h, w), np.float32), warp, big), (0, 0), 2)[..., None]
    mixed = cv2.resize(wall, big) * (1 - where) + picture * where
    light = np.linspace(1.08, 0.82, big[0])[None, :, None]
    small = cv2.resize(mixed * light, SIZE, interpolation=cv2.INTER_AREA)
    return np.clip(cv2.GaussianBlur(small, (0, 0), 0.6) + rng.normal(0, 2, small.shape), 0, 255).astype(np.uint8)


def room(window: float) -> np.ndarray:
    """A wall out of focus with a window and a plant."""
    wall = np.full((480, 640, 3), (176, 168, 156), np.float32)
    cv2.rectangle(wall, (int(640 * window), 0), (int(640 * window) + 150, 190), (244, 246, 250), -1)
    cv2.circle(wall, (int(640 * (1 - window)), 150), 90, (74, 104, 70), -1)
    cv2.rectangle(wall, (0, 300), (640, 480), (120, 108, 96), -1)
    return cv2.GaussianBlur(wall, (0, 0), 22)


def stood(picture: np.ndarray | None, anchor: str, seconds: float = 1.4, **more: object) -> np.ndarray:
    """The last picture of a short run over a still, or over the demo portrait."""
    with tempfile.TemporaryDirectory() as folder:
        source, still = "demo", Path(folder) / "seen.png"
        if picture is not None:
            source = str(Path(folder) / "room.png")
            cv2.imwrite(source, picture[..., ::-1])
            more["fov_y"] = FOV
        stage = Stage(source=source, anchor=anchor, headless=True, offline=True, seconds=seconds, still=still, **more)
        stage.send("gesture", name="wave", at=0.3)
        stage.send("express", expression="happy", intensity=0.7)
        stage.run()
        return cv2.imread(str(still))[..., ::-1]


if __name__ == "__main__":
    table = surface(1.5, 0.9, 1200, (186, 140, 96), (128, 84, 52), 0.15)
    lay_tag(table, 1200, 0, 0.08, 0.0, 0.02, 0.3)
    floor = surface(9.0, 6.0, 300, (150, 126, 104), (104, 84, 68), 0.2)
    lay_tag(floor, 300, 20, 0.16, -0.4, -1.2, -0.2)
    pictures = [
        stood(photograph(table, 1200, 28, (0.0, -0.16, -0.72), room(0.08)), "tag"),
        stood(photograph(floor, 300, 14, (0.0, -0.7, -4.5), room(0.75)), "tag"),
        stood(None, "right-half"),
        stood(None, "shoulder"),
    ]
    small = [cv2.resize(np.ascontiguousarray(p), (560, 420), interpolation=cv2.INTER_AREA) for p in pictures]
    cv2.imwrite(str(out), np.vstack([np.hstack(small[:2]), np.hstack(small[2:])])[..., ::-1])
    print(out)
