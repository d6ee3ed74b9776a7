"""Props on a table's tags; and, with a folder of films and hands, hands before the companion, a palm, a ring, a cup.

usage: python examples/12_touch.py [OUT.png] [DATA]

DATA : a folder with people/*.mkv (Intel's sample-videos, CC BY 4.0) and hands/*/*.jpg (MediaPipe's, Apache-2.0).
"""

import math
import runpy
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from avatar import Stage
from avatar.io.detect.hand_matte import HandMasker
from avatar.io.detect.mediapipe import Detectors
from avatar.runtime.covering import Covering
from avatar.runtime.tracker import Tracker
from avatar.stage.camera import Camera
from avatar.stage.hand_space import limbs
from avatar.types import VideoFrame

out = Path(sys.argv[1] if len(sys.argv) > 1 else "touch.png")
data = Path(sys.argv[2]) if len(sys.argv) > 2 else None
place = runpy.run_path(str(Path(__file__).with_name("11_place.py")), run_name="parts")
FOV = math.radians(50)


def filmed(source: np.ndarray | Path, times: list[float], anchor: str, **more: object) -> list[np.ndarray]:
    """Pictures at some seconds of a run over a still or a film. move : fields of a presence.move before it begins."""
    move, seconds = more.pop("move", None), max(times) + 0.1
    with tempfile.TemporaryDirectory() as folder:
        film, seen = Path(folder) / "film.mkv", source
        if isinstance(source, np.ndarray):
            seen = Path(folder) / "seen.png"
            cv2.imwrite(str(seen), source[..., ::-1])
        stage = Stage(
            source=str(seen),
            anchor=anchor,
            headless=True,
            offline=True,
            seconds=seconds,
            record=film,
            fov_y=FOV,
            **more,
        )
        if move:
            stage.send("move", anchor=anchor, seconds=0.0, **move)
        stage.send("express", expression="happy", intensity=0.6)
        stage.run()
        reader, pictures = cv2.VideoCapture(str(film)), []
        while (read := reader.read())[0]:
            pictures.append(read[1][..., ::-1])
    return [pictures[min(round(t * 30), len(pictures) - 1)] for t in times]


def close_up(name: str, x: int, y: int, wide: int) -> np.ndarray:
    """(480, 640, 3): a part of one of the stills, as if the camera were near."""
    image = cv2.imread(str(data / "hands" / name))[..., ::-1]
    part = image[y : y + wide * 3 // 4, x : x + wide]
    return np.ascontiguousarray(
        cv2.GaussianBlur(cv2.resize(part, (640, 480), interpolation=cv2.INTER_CUBIC), (0, 0), 1)
    )


def cut_out(image: np.ndarray) -> np.ndarray:
    """(480, 640, 4) float32: the hand in a picture and, 0 to 1, where it is."""
    detectors, covering, masker, mask = Detectors(FOV), Covering(), HandMasker(), None
    tracker, camera = Tracker(detectors), Camera((640, 480), FOV)
    for k in range(8):
        frame = VideoFrame(image, k / 30, k)
        hands = covering.see(tracker.step(frame), frame, k / 30, camera)
        mask = masker.step(image, limbs(hands, camera)) if hands else mask
    detectors.close()
    alpha = np.zeros((480, 640), np.float32)
    x0, y0, x1, y1 = mask.box
    alpha[y0:y1, x0:x1] = np.clip((cv2.resize(mask.alpha, (x1 - x0, y1 - y0)) / 255 - 0.45) / 0.4, 0, 1)
    return np.dstack([image, cv2.GaussianBlur(alpha, (0, 0), 0.8)]).astype(np.float32)


def laid(picture: np.ndarray, cut: np.ndarray, x: float, y: float, times: float, turn: float) -> np.ndarray:
    """A cut-out hand over a picture, turned by degrees, its palm at x, y."""
    move = cv2.getRotationMatrix2D((320.0, 260.0), turn, times)
    move[:, 2] += (x - 320, y - 260)
    hand = cv2.warpAffine(cut, move, (640, 480), flags=cv2.INTER_AREA)
    share = hand[..., 3:]
    return np.clip(picture * (1 - share) + hand[..., :3] * 0.9 * share, 0, 255).astype(np.uint8)


def tinted(picture: np.ndarray, colour: tuple[float, float, float]) -> np.ndarray:
    """A picture under another light."""
    return np.clip(picture * np.array(colour, np.float32), 0, 255).astype(np.uint8)


def sheet(pictures: list[np.ndarray], columns: int, file: Path, size: tuple[int, int] = (480, 360)) -> None:
    """Side by side, as PNG or JPEG."""
    small = [cv2.resize(np.ascontiguousarray(p), size, interpolation=cv2.INTER_AREA) for p in pictures]
    rows = [np.hstack(small[k : k + columns]) for k in range(0, len(small), columns)]
    quality = [cv2.IMWRITE_JPEG_QUALITY, 84] if file.suffix == ".jpg" else []
    cv2.imwrite(str(file), np.vstack(rows)[..., ::-1], quality)
    print(file)


table = place["surface"](1.5, 0.9, 1200, (186, 140, 96), (128, 84, 52), 0.15)
place["lay_tag"](table, 1200, 0, 0.08, 0.0, 0.02, 0.3)
place["lay_tag"](table, 1200, 3, 0.08, 0.17, -0.02, -0.2)
seen = place["photograph"](table, 1200, 28, (0.0, -0.16, -0.72), place["room"](0.08))
props = ("candle@tag:3",)
warm, cold = tinted(seen, (1.0, 0.74, 0.46)), tinted(seen, (0.50, 0.66, 0.92))
if data is None:
    pictures = [filmed(seen, [1.4], "tag", props=("candle", "cup@tag:3"))[0]]
    sheet([*pictures, filmed(warm, [1.4], "tag", props=props)[0]], 2, out, (480, 360))
    sys.exit()

four, other = "four/06aa70cc-a12a-4b1e-85cf-e54d44c19a3a.jpg", "four/077fa4bf-a99e-496b-b895-709afc614eec.jpg"
call, bent = "call/0e022ee9-74fd-44fe-adad-60c11835e44f.jpg", "none/00c84257-800d-4032-9e64-e47eb97005f5.jpg"
hand = cut_out(close_up(four, 188, 150, 149))
reach = [laid(seen, hand, *at) for at in ((425, 205, 0.95, 62), (385, 230, 1.2, 66))]
reach = [filmed(p, [1.4], "tag", props=props)[0] for p in reach]
lit = [filmed(p, [1.4], "tag", props=props)[0] for p in (warm, cold)]
sheet([*lit, *reach], 2, out.with_name("touch-table.jpg"))

passing = []
for name, at, ahead in (("again", [0.7, 0.8, 1.87, 2.0], 0.98), ("school", [1.2, 1.43, 1.7, 2.1], 0.72)):
    move = {"scale": 0.30, "offset": (0.0, 0.42, ahead)}
    passing += filmed(data / f"people/{name}.mkv", at, "spot 0.49,0.95", move=move)
sheet(passing, 4, out.with_name("touch-hands.jpg"), (400, 300))

ring = "ring@ring-finger:"
worn = [
    filmed(close_up(four, 188, 150, 149), [1.4], "palm", props=(ring + "left",))[0],
    filmed(close_up(other, 106, 240, 113), [1.4], "shoulder", props=(ring + "right",))[0],
    filmed(close_up(call, 90, 122, 176), [1.4], "right-half", props=(ring + "right",))[0],
    filmed(close_up(bent, 83, 331, 209), [1.4], "right-half", props=("cup@hand:right",))[0],
    filmed(data / "people/night.mkv", [1.3], "right-half")[0],
    filmed(data / "people/again.mkv", [1.3], "shoulder")[0],
]
sheet(worn, 3, out.with_name("touch-worn.jpg"))

times = [1.2 + 2 * k / 30 for k in range(8)]
ringed = filmed(data / "people/school.mkv", times, "beside", props=(ring + "left",))
sheet([p[220:360, 230:417] for p in ringed], 4, out.with_name("touch-ring.jpg"), (320, 240))
