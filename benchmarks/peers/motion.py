"""The heavy companion's motion, ours and three-vrm's, in turns: see ``benchmarks/animate.py --peer``.

Theirs is given what ours makes: every bone's rotation, the weights of the expressions and the point looked at, of each
frame, written down from our first actor; copy number n starts ``37 n`` frames later. So theirs plays and ours plays and
makes it up. Both move the springs, one step a frame, and end with every world matrix known; nothing is drawn.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import heavy_companion
import numpy as np
from browser import HERE, Peer, missing
from heavy_motion import DT, Motion, heavy

_RECORDED = 600
_CHECKED = 50
"""Frames after which both must have a hand in the same place."""
_MOUTH_AND_LIDS = ("aa", "ih", "ou", "ee", "oh", "blink", "happy", "sad")


def record() -> dict[str, Any]:
    """Ten seconds of our motion, as the page takes it: base64 of float32 rows."""
    motion = Motion(heavy(), 1)
    troupe = motion.troupe
    bones = [b for b in heavy().humanoid if b not in ("leftEye", "rightEye")]  # their eyes look by themselves
    nodes = [heavy().humanoid[b] for b in bones]
    turns, hips, weights, look, hand = [], [], [], [], []
    for _ in range(_RECORDED):
        motion.step()
        # this companion's nodes have no rotation at rest, so theirs are the normalised ones of its bones
        turns.append(troupe.poses.rotation[0, nodes].copy())
        hips.append(troupe.poses.translation[0, heavy().humanoid["hips"]].copy())
        weights.append([troupe.face.weights[0, troupe.face.index[n]] for n in _MOUTH_AND_LIDS])
        look.append(motion.look[0].copy())
        hand.append(troupe.poses.world[0, heavy().humanoid["leftHand"], :3, 3].copy())
    flat = {"turns": turns, "hips": hips, "weights": weights, "look": look}
    packed = {k: base64.b64encode(np.array(v, np.float32).tobytes()).decode() for k, v in flat.items()}
    return {"bones": bones, "names": _MOUTH_AND_LIDS, "frames": _RECORDED, "dt": DT, "hand": hand, **packed}


def _check(peer: Peer, plan: dict[str, Any]) -> None:
    """RuntimeError unless their left hand is where ours was: else it would not be the same motion."""
    off = np.abs(np.array(peer.call("peer.where('leftHand')")) - plan["hand"][_CHECKED - 1]).max()
    if off > 1e-3:
        raise RuntimeError(f"three-vrm's left hand is {off * 1e3:.1f} mm from ours")


def compare(actors: Sequence[int], rounds: int) -> dict[str, Any]:
    """Print and return the table: for each number of actors ``rounds`` turns of each side, wall milliseconds a frame.

    ms : the median over the turns of a turn's mean (the page's clock is too coarse for single frames); quiet_ms : the
    quickest turn. ``peer`` is None where it is not installed.
    """
    if lack := missing():
        print(f"three-vrm: {lack}")
        return {"peer": None}
    plan = record()
    ours: dict[str, dict[str, float]] = {}
    theirs: dict[str, dict[str, float]] = {}
    with Peer() as peer:
        for count in actors:
            motion = Motion(heavy(), count)
            peer.troupe(heavy_companion.build(), {**plan, "hand": None, "copies": count})
            frames = max(20, 400 // count)
            motion.run(2 * frames)
            peer.march(_CHECKED)
            _check(peer, plan)
            peer.march(600 // count + 60)  # the page's compiler needs some
            runs = [(float(motion.run(frames)[:, 0].mean()), peer.march(frames)) for _ in range(rounds)]
            middle, least = np.median(runs, axis=0).round(4).tolist(), np.min(runs, axis=0).round(4).tolist()
            ours[str(count)] = {"ms": middle[0], "quiet_ms": least[0]}
            theirs[str(count)] = {"ms": middle[1], "quiet_ms": least[1]}
            print(
                f"{count:2} at once: ours {middle[0]:.3f} ms (quickest turn {least[0]:.3f}), three-vrm {middle[1]:.3f} "
                f"({least[1]:.3f}); ours / theirs {middle[0] / middle[1]:.2f} ({least[0] / least[1]:.2f})"
            )
        version = {"three": peer.info["three"], "three-vrm": json.loads(_package())["version"]}
    ratio = {c: round(ours[c]["ms"] / theirs[c]["ms"], 3) for c in ours}
    quiet = {c: round(ours[c]["quiet_ms"] / theirs[c]["quiet_ms"], 3) for c in ours}
    print(f"three.js {version['three']}, three-vrm {version['three-vrm']}")
    return {"peer": theirs, "beside_peer": ours, "ratio": ratio, "ratio_quiet": quiet, "peer_version": version}


def _package() -> str:
    return (HERE / "node_modules" / "@pixiv" / "three-vrm" / "package.json").read_text()
