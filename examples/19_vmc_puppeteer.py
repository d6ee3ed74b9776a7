"""A puppeteer: another program moves the companion over VMC, with python-osc; a film and a contact sheet are kept.

usage: python examples/19_vmc_puppeteer.py [OUT.png [FILM.mp4]]
       python examples/19_vmc_puppeteer.py PORT        to a stage that runs: avatar run --vmc-in PORT

Upper row: what the puppeteer's own figure does, drawn from what it sends. Lower row: the companion, from the film.
"""

import math
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import UDPClient

from avatar.runtime.stage import Stage

Turn = tuple[float, float, float]  # degrees about Unity's x, y, z: left-handed, +Y up, the figure faces +Z
DANCE: list[tuple[str, dict[str, Turn], dict[str, float]]] = [
    ("arms down", {"LeftUpperArm": (0, 0, 70), "RightUpperArm": (0, 0, -70)}, {}),
    (
        "left arm up, waving",
        {"LeftUpperArm": (0, 0, -50), "LeftLowerArm": (0, 0, -55), "RightUpperArm": (0, 0, -70), "Head": (0, 0, 10)},
        {"Joy": 1.0},
    ),
    (
        "right hand to the side",
        {"LeftUpperArm": (0, 0, 65), "RightUpperArm": (0, 0, 5), "Spine": (0, 0, -12), "Head": (0, 25, 0)},
        {"Fun": 1.0},
    ),
    (
        "both arms up",
        {"LeftUpperArm": (0, 0, -65), "RightUpperArm": (0, 0, 65), "Head": (-18, 0, 0)},
        {"Joy": 1.0, "A": 0.6},
    ),
    (
        "one knee up",
        {
            "LeftUpperArm": (0, 0, 20),
            "RightUpperArm": (0, 0, -20),
            "RightUpperLeg": (-70, 0, 0),
            "RightLowerLeg": (95, 0, 0),
        },
        {},
    ),
    (
        "a bow",
        {"LeftUpperArm": (0, 0, 72), "RightUpperArm": (0, 0, -72), "Spine": (30, 0, 0), "Chest": (15, 0, 0)},
        {"Sorrow": 0.6},
    ),
]
BONES = {  # the puppeteer's own figure: parent, and where the bone begins in it, metres
    "Hips": ("", (0, 0.95, 0)),
    "Spine": ("Hips", (0, 0.1, 0)),
    "Chest": ("Spine", (0, 0.14, 0)),
    "Neck": ("Chest", (0, 0.22, 0)),
    "Head": ("Neck", (0, 0.09, 0)),
    **{f"{s}UpperArm": ("Chest", (k * 0.16, 0.17, 0)) for s, k in (("Left", -1), ("Right", 1))},
    **{f"{s}LowerArm": (f"{s}UpperArm", (k * 0.27, 0, 0)) for s, k in (("Left", -1), ("Right", 1))},
    **{f"{s}Hand": (f"{s}LowerArm", (k * 0.26, 0, 0)) for s, k in (("Left", -1), ("Right", 1))},
    **{f"{s}UpperLeg": ("Hips", (k * 0.09, -0.03, 0)) for s, k in (("Left", -1), ("Right", 1))},
    **{f"{s}LowerLeg": (f"{s}UpperLeg", (0, -0.43, 0)) for s in ("Left", "Right")},
    **{f"{s}Foot": (f"{s}LowerLeg", (0, -0.43, 0)) for s in ("Left", "Right")},
}
HOLD, BLEND, FPS = 1.8, 0.6, 60
LENGTH = HOLD * len(DANCE) + 1.0  # the last pose is held a little longer
CELL, FOOT = (250, 380), 26


def mixed(t: float) -> tuple[dict[str, Turn], dict[str, float]]:
    """The dance at ``t`` seconds: each pose is held, and goes over into the next."""
    k = min(int(t / HOLD), len(DANCE) - 1)
    share = min(1.0, (t - k * HOLD) / BLEND)
    share = share * share * (3 - 2 * share)
    (_, a, fa), (_, b, fb) = DANCE[max(k - 1, 0)], DANCE[k]
    still = (0.0, 0.0, 0.0)
    turns = {}
    for bone in BONES:
        x, y, z = (p + share * (q - p) for p, q in zip(a.get(bone, still), b.get(bone, still), strict=True))
        turns[bone] = (x, y, z)
    if k == 1:  # the forearm waves
        x, y, z = turns["LeftLowerArm"]
        turns["LeftLowerArm"] = (x, y, z + share * 22 * math.sin(9 * (t - HOLD)))
    return turns, {n: (1 - share) * fa.get(n, 0.0) + share * fb.get(n, 0.0) for n in ("Joy", "Fun", "Sorrow", "A")}


def quaternion(turn: Turn) -> tuple[float, float, float, float]:
    """As Unity's Quaternion.Euler for a turn about one axis; all of the dance's are."""
    size = math.radians(math.hypot(*turn))
    axis = [v / max(math.hypot(*turn), 1e-9) * math.sin(size / 2) for v in turn]
    return axis[0], axis[1], axis[2], math.cos(size / 2)


def message(address: str, *arguments: str | float) -> OscMessageBuilder:
    builder = OscMessageBuilder(address)
    for each in arguments:
        builder.add_arg(each)
    return builder


def send(client: UDPClient, t: float) -> None:
    """One frame of the dance, one bundle."""
    turns, face = mixed(t)
    rows = [message("/VMC/Ext/OK", 1), message("/VMC/Ext/T", t)]
    rows.append(message("/VMC/Ext/Root/Pos", "root", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0))
    rows += [message("/VMC/Ext/Bone/Pos", n, *map(float, BONES[n][1]), *quaternion(q)) for n, q in turns.items()]
    rows += [message("/VMC/Ext/Blend/Val", n, float(v)) for n, v in face.items()]
    rows.append(message("/VMC/Ext/Blend/Apply"))
    bundle = OscBundleBuilder(IMMEDIATELY)
    for row in rows:
        bundle.add_content(row.build())
    client.send(bundle.build())


def puppeteer(port: int) -> None:
    client, begun = UDPClient("127.0.0.1", port), time.perf_counter()
    while (t := time.perf_counter() - begun) < LENGTH:
        send(client, t)
        time.sleep(1 / FPS)


def stick(t: float) -> np.ndarray:
    """The puppeteer's figure from the front: its left, at -X in Unity, is on the right of the picture."""
    turns, _ = mixed(t)
    place: dict[str, np.ndarray] = {}
    world: dict[str, np.ndarray] = {}
    for bone, (above, offset) in BONES.items():
        x, y, z, w = quaternion(turns[bone])
        matrix = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        over = world.get(above, np.eye(3))
        place[bone] = place.get(above, np.zeros(3)) + over @ np.array(offset, float)
        world[bone] = over @ matrix
    page = np.full((CELL[1], CELL[0], 3), 244, np.uint8)

    def dot(p: np.ndarray) -> tuple[int, int]:
        return round(CELL[0] / 2 - p[0] * 160), round(CELL[1] - 20 - p[1] * 160)

    for bone, (above, _) in BONES.items():
        if above:
            ink = (60, 60, 200) if bone.startswith("Left") else (70, 60, 50)
            cv2.line(page, dot(place[above]), dot(place[bone]), ink, 5, cv2.LINE_AA)
    crown = place["Head"] + world["Head"] @ np.array([0, 0.1, 0])
    nose = crown + world["Head"] @ np.array([0, 0, 0.1])
    cv2.circle(page, dot(crown), 17, (70, 60, 50), 3, cv2.LINE_AA)
    cv2.circle(page, dot(nose), 5, (60, 60, 200), -1, cv2.LINE_AA)
    return page


def main(out: Path, film: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        ground = Path(folder) / "ground.png"
        cv2.imwrite(str(ground), np.full((480, 360, 3), 190, np.uint8))
        stage = Stage(
            source=str(ground),
            size=(360, 480),
            headless=True,
            sound="none",
            anchor="spot 0.5,0.95",
            record=film,
            vmc_in=("127.0.0.1", port),
            seconds=LENGTH,
        )
        threads: list[threading.Thread] = []

        def begin(event: dict[str, object]) -> None:
            if not threads:
                threads.append(threading.Thread(target=puppeteer, args=(port,), daemon=True))
                threads[0].start()

        stage.on("presence.notice", begin)
        stage.send("presence.move", anchor="spot 0.5,0.94", scale=0.74)
        print(stage.run())
        threads[0].join()
    moments = [HOLD * (k + 1) - 0.1 for k in range(len(DANCE))]
    reader, frames = cv2.VideoCapture(str(film)), []
    while True:
        at, (more, frame) = reader.get(cv2.CAP_PROP_POS_MSEC) / 1000, reader.read()
        if not more:
            break
        frames.append((reader.get(cv2.CAP_PROP_POS_MSEC) / 1000 or at, frame))
    page = np.full((2 * CELL[1] + FOOT, len(DANCE) * CELL[0], 3), 244, np.uint8)
    for k, t in enumerate(moments):
        frame = min(frames, key=lambda pair: abs(pair[0] - t))[1]
        shown = cv2.resize(frame, None, fx=CELL[1] / frame.shape[0], fy=CELL[1] / frame.shape[0])
        left = (shown.shape[1] - CELL[0]) // 2
        x = k * CELL[0]
        page[: CELL[1], x : x + CELL[0]] = stick(t)
        page[CELL[1] : 2 * CELL[1], x : x + CELL[0]] = shown[:, left : left + CELL[0]]
        where = (x + 8, 2 * CELL[1] + 18)
        cv2.putText(page, DANCE[k][0], where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (70, 60, 50), 1, cv2.LINE_AA)
    cv2.imwrite(str(out), page)


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and given[0].isdigit():
        puppeteer(int(given[0]))
    else:
        picture = Path(given[0] if given else "vmc_puppeteer.png")
        main(picture, Path(given[1]) if len(given) > 1 else picture.with_suffix(".mp4"))
