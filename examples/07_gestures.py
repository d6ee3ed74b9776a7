"""The gestures of the house companion at four moments each: on the way, at the stroke, held, and going back.

usage: python examples/07_gestures.py [OUT.png]
"""

import math
import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths
from avatar.animate.animator import Animator
from avatar.linalg.camera import look_at
from avatar.render.renderer import Renderer
from avatar.render.still import STUDIO, colour
from avatar.stage.scene import Figure, Scene
from avatar.types import Gesture

out = Path(sys.argv[1] if len(sys.argv) > 1 else "gestures.png")
companion = load(paths.companion("hikari"))
EYES_OF_A_VIEWER = np.array([0.1, 1.5, 2.0], np.float32)
SIZE, STRIP, RATE = (120, 184), 18, 30


def seen_from(*eye: float, target: tuple[float, float, float] = (0.0, 1.06, 0.1)) -> np.ndarray:
    """View matrix from a place in the companion's frame, metres."""
    return look_at(np.array(eye, np.float32), np.array(target, np.float32))


front, side = seen_from(0.2, 1.2, 2.8), seen_from(-2.8, 1.25, 1.1)
quarter, left = seen_from(-1.75, 1.45, 1.95), seen_from(1.75, 1.45, 1.95)
aside = seen_from(0.1, 1.2, 3.0, target=(-0.25, 1.06, 0.0))
views = {"nod": front, "shake": front, "listen": front}
views |= {"bow_small": side, "bow": side, "bow_deep": side}
views |= {"wave": aside, "point": aside, "open_hands": front}
views |= {"hand_on_heart": front, "clap": quarter, "beat_both": quarter}
views |= {"raise_cup": quarter, "offer_ring": quarter, "light_candle": quarter}
views |= {"receive_ring": left, "beat": quarter, "beat_left": left}

animator = Animator(companion, seed=2)
clock = 0.0


def step(*commands: Gesture) -> None:
    """One step of the companion's life."""
    global clock
    animator.step(commands, clock, 1 / RATE, look=EYES_OF_A_VIEWER)
    clock += 1 / RATE


def moments(name: str, view: np.ndarray, renderer: Renderer) -> np.ndarray:
    """Four pictures in a row above a strip with the name and the seconds."""
    motion = animator.troupe.gestures.library[name]
    held = motion.hold[0] if motion.stroke + 0.1 < motion.hold[0] < motion.end - 0.6 else motion.stroke + 0.2
    pictures, done = [], 0
    for seconds in (0.5 * motion.stroke, motion.stroke, held, motion.end - 0.55):
        while done < round(seconds * RATE):
            step(*([Gesture(name)] if done == 0 else []))
            done += 1
        pose = animator.pose
        figure = Figure(companion, pose.world, pose.morphs, view, pose.expressions)
        scene = Scene(
            size=SIZE, figures=[figure], lighting=STUDIO, fov_y=math.radians(30), background=colour("#d6cfc4")
        )
        renderer.draw(scene)
        picture = cv2.copyMakeBorder(
            renderer.read_rgba()[..., 2::-1], 0, STRIP, 0, 0, cv2.BORDER_CONSTANT, value=(238, 243, 246)
        )
        words = f"{seconds:.2f}" if pictures else name
        cv2.putText(picture, words, (5, SIZE[1] + 13), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (70, 60, 50), 1, cv2.LINE_AA)
        pictures.append(picture)
    for _ in range(RATE):
        step()
    return np.hstack(pictures)


for _ in range(RATE):
    step()
with Renderer(SIZE, 4, fine=True) as renderer:
    rows = [moments(name, view, renderer) for name, view in views.items()]
sheet = np.vstack([np.hstack(rows[k : k + 3]) for k in range(0, len(rows), 3)])
cv2.imwrite(str(out), sheet)
print(out)
