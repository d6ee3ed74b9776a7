"""The companion through a cheap camera in the dark: as she is drawn, and as soft and noisy as the picture round her.

usage: python examples/13_camera.py [OUT.png]
"""

import math
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from avatar import Stage
from avatar.clock import ManualClock
from avatar.io.capture.demo import DemoSource

out = Path(sys.argv[1] if len(sys.argv) > 1 else "camera.png")
SIZE = (640, 480)
rng = np.random.default_rng(4)


def through(picture: np.ndarray, softness: float, noise: float, light: float) -> np.ndarray:
    """What a camera makes of it: out of focus, dark, and with a sensor's coarse noise, the more the darker."""
    soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), softness) * light
    grain = cv2.GaussianBlur(rng.standard_normal(picture.shape).astype(np.float32), (0, 0), 0.7)
    return np.clip(soft + grain / grain.std() * 255 * noise * (1.2 - soft / 255), 0, 255).astype(np.uint8)


rows = []
with tempfile.TemporaryDirectory() as folder:
    for name, (softness, noise, light) in {"soft": (1.9, 0.004, 0.9), "night": (1.1, 0.035, 0.5)}.items():
        films = Path(folder, name)
        films.mkdir()
        demo = DemoSource(ManualClock(), SIZE, 30, offline=True)
        for k in range(7):
            frame = through(demo.grab().image, softness, noise, light)
            cv2.imwrite(str(films / f"{k:03}.png"), frame[..., ::-1])
        pair = []
        for camera_look in (False, True):
            still = Path(folder, f"{name}-{camera_look}.png")
            Stage(
                source=str(films),
                offline=True,
                headless=True,
                sound="none",
                still=still,
                camera_look=camera_look,
                fov_y=math.radians(30),
            ).run()
            pair.append(cv2.imread(str(still))[60:320, 110:590])
        rows.append(np.hstack(pair))
cv2.imwrite(str(out), np.vstack(rows))
print(out)
