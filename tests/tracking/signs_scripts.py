"""Scripts of a made-up person with what is true of them: each gesture, and everyday motions that are none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from signs_actor import REST, Script, held, mix

UP, TO_CAMERA, TO_SELF = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)
FLAT, FIST = (0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)
PI2 = 2 * math.pi


class Act(NamedTuple):
    """One script. truth : (gesture, side, begin, end) seconds; also : gestures that may be told too, and are neither
    right nor wrong (an open hand that waves is an open palm as well)."""

    name: str
    script: Script
    seconds: float
    truth: tuple[tuple[str, str | None, float, float], ...]
    also: tuple[str, ...] = ()


def arm(
    side: str, wrist: tuple[float, float, float], ahead: Any, palm: Any, curl: Any = FLAT, thumb: float = 1.0
) -> dict[str, Any]:
    """One arm's part of a pose; everything as for the left, x outwards."""
    s = 1.0 if side == "left" else -1.0

    def own(v: Any) -> tuple[float, float, float]:
        return (s * v[0], v[1], v[2])

    return {
        side: own(wrist),
        f"{side}_ahead": own(ahead),
        f"{side}_palm": own(palm),
        f"{side}_curl": curl,
        f"{side}_thumb": thumb,
    }


def wave(side: str, rate: float = 1.8, wide: float = 0.09, begin: float = 1.0, end: float = 3.0) -> Act:
    def script(t: float) -> dict[str, Any]:
        swing = math.sin(PI2 * rate * (t - begin)) if begin <= t <= end else 0.0
        pose = arm(side, (0.3 + 0.4 * wide * swing, 0.05, 0.2), (0.6 * wide / 0.09 * swing, 1.0, 0.1), TO_CAMERA)
        return held(pose, begin, end)(t)

    return Act(f"wave {side} {rate:g} Hz", script, end + 2, (("wave", side, begin, end),), ("raised_hand", "palm"))


def beckon(side: str, palm: Any, begin: float = 1.0, end: float = 3.0, rate: float = 1.5) -> Act:
    def script(t: float) -> dict[str, Any]:
        bent = 0.5 - 0.5 * math.cos(PI2 * rate * (t - begin)) if begin <= t <= end else 0.0
        ahead = (-0.2, 0.5, 0.85) if palm[1] > 0 or palm[2] < 0 else (-0.2, -0.5, 0.8)
        return held(arm(side, (0.2, -0.12, 0.25), ahead, palm, (bent,) * 4), begin, end)(t)

    return Act(f"come closer {side}", script, end + 2, (("come_closer", side, begin, end),), ("palm", "thumbs_up"))


def head(name: str, axis: str, degrees: float, rate: float, cycles: float, begin: float = 1.5) -> Act:
    def script(t: float) -> dict[str, Any]:
        at = (t - begin) * rate
        if not 0 <= at <= cycles:
            return {}
        way = 0.5 - 0.5 * math.cos(PI2 * at) if axis == "pitch" else math.sin(PI2 * at)
        return {axis: math.radians(degrees) * way}

    return Act(
        f"{name} {degrees:g}° {cycles:g}×",
        script,
        begin + cycles / rate + 2,
        ((name, None, begin, begin + cycles / rate),),
    )


def bow(degrees: float, begin: float = 1.8, stay: float = 0.8) -> Act:
    pose = {"lean": math.radians(degrees), "pitch": math.radians(0.25 * degrees)}
    return Act(
        f"bow {degrees:g}°",
        held(pose, begin, begin + stay, 0.7),
        begin + stay + 2,
        (("bow", None, begin, begin + stay),),
    )


def posture(name: str, gesture: str, pose: dict[str, Any], side: str | None = None, also: tuple[str, ...] = ()) -> Act:
    return Act(name, held(pose, 1.0, 2.6), 4.5, ((gesture, side, 1.0, 2.6),), also)


PRAYER = arm("left", (0.045, -0.22, 0.2), (-0.25, 1, 0.05), (-1, -0.2, 0)) | arm(
    "right", (0.045, -0.22, 0.2), (-0.25, 1, 0.05), (-1, -0.2, 0)
)
FOLDED = arm("left", (0.05, -0.22, 0.2), (-0.7, 0.6, 0.3), (-0.8, 0, -0.5), (0.5,) * 4) | arm(
    "right", (0.05, -0.22, 0.2), (-0.7, 0.6, 0.3), (-0.8, 0, -0.5), (0.5,) * 4
)


def gestures() -> list[Act]:
    """Every gesture, by each side, at several speeds and sizes."""
    acts = []
    for side in ("left", "right"):
        acts += [wave(side), wave(side, 2.6, 0.08), wave(side, 1.2, 0.12)]
        acts += [beckon(side, (0, 0.9, -0.5)), beckon(side, (0, -1, 0.1), rate=1.2)]
        shown = arm(side, (0.3, 0.0, 0.25), UP, TO_CAMERA)
        acts.append(posture(f"palm {side}", "palm", shown, side, ("raised_hand",)))
        low = arm(side, (0.2, -0.22, 0.3), (0.0, 0.9, 0.3), (0, -0.2, 1))
        acts.append(posture(f"stop {side}", "palm", low, side))
        high = arm(side, (0.25, 0.45, 0.05), UP, TO_CAMERA)
        acts.append(posture(f"arm up {side}", "raised_hand", high, side, ("palm",)))
        fist = arm(side, (0.3, 0.1, 0.1), UP, (-1, 0, 0.2), FIST, 0.3)
        acts.append(posture(f"raised fist {side}", "raised_hand", fist, side))
        thumb = arm(side, (0.18, -0.2, 0.25), (-0.75, 0.1, 0.6), (-0.6, 0, -0.75), FIST, 2.0)
        acts.append(posture(f"thumb up {side}", "thumbs_up", thumb, side))
        heart = arm(side, (0.06, -0.16, 0.12), (-1, 0.15, -0.05), TO_SELF, (0.1,) * 4)
        acts.append(posture(f"hand on heart {side}", "hand_on_heart", heart, side))
        ahead = arm(side, (0.15, -0.02, 0.5), (0, 0, 1), (-0.3, 1, 0))
        acts.append(posture(f"reach out ahead {side}", "reach_out", ahead, side))
        cup = arm(side, (0.06, 0.05, 0.20), (-0.45, 0.80, -0.10), (-0.35, 0.25, -0.85), (0.4,) * 4, 0.8)
        acts.append(posture(f"cup at the mouth {side}", "sip", cup, side))
        aside = arm(side, (0.68, -0.04, 0.12), (1, 0, 0.2), (0, 1, 0.2))
        acts.append(posture(f"reach out aside {side}", "reach_out", aside, side))
    acts += [posture("prayer", "hands_together", PRAYER), posture("folded", "hands_together", FOLDED)]
    acts += [bow(20), bow(35), bow(50)]
    acts += [head("nod", "pitch", 12, 1.8, 2), head("nod", "pitch", 8, 2.5, 3), head("nod", "pitch", 18, 1.2, 2)]
    acts += [head("nod", "pitch", 15, 1.3, 1)]
    acts += [head("shake", "yaw", 14, 1.5, 2), head("shake", "yaw", 10, 2.2, 3), head("shake", "yaw", 22, 1.0, 2)]
    return acts


def nothings() -> list[Act]:
    """Everyday motions that are no gesture of ours."""

    def sway(t: float) -> dict[str, Any]:
        return {
            "x": 0.03 * math.sin(PI2 * 0.3 * t),
            "pitch": math.radians(2.0) * math.sin(PI2 * 0.9 * t) + math.radians(2.5) * math.sin(PI2 * 0.23 * t),
            "yaw": math.radians(3.0) * math.sin(PI2 * 0.6 * t + 1) + math.radians(6) * math.sin(PI2 * 0.13 * t),
            "roll": math.radians(3.0) * math.sin(PI2 * 0.4 * t),
        }

    def gesticulate(t: float) -> dict[str, Any]:
        a, b = math.sin(PI2 * 0.9 * t), math.sin(PI2 * 0.7 * t + 1)
        left = arm("left", (0.2 + 0.05 * a, -0.3 + 0.06 * b, 0.22), (-0.3, 0.3, 0.9), (-0.6, 0.6, 0.3), (0.3,) * 4)
        right = arm("right", (0.2 + 0.04 * b, -0.32 + 0.07 * a, 0.22), (-0.3, 0.3, 0.9), (-0.6, 0.6, 0.3), (0.4,) * 4)
        return left | right | sway(t)

    def typing(t: float) -> dict[str, Any]:
        pose: dict[str, Any] = {"pitch": math.radians(25)}
        for side in ("left", "right"):
            bent = 0.4 + 0.15 * math.sin(PI2 * 3 * t + (side == "left"))
            pose |= arm(side, (0.12, -0.42, 0.3), (-0.2, 0.0, 1), (0, -1, 0), (bent,) * 4)
        return pose

    def circling(t: float) -> dict[str, Any]:
        a = PI2 * 0.8 * t
        return arm("right", (0.28 + 0.1 * math.cos(a), -0.05 + 0.1 * math.sin(a), 0.2), UP, (-1, 0, 0), FIST, 0.3)

    chin = arm("right", (0.02, 0.02, 0.16), (-0.4, 0.9, 0), TO_SELF, (0.6,) * 4, 0.6)
    hidden = arm("right", (0.04, 0.06, 0.22), (-0.40, 0.90, -0.05), TO_SELF, FLAT)
    fist_there = arm("right", (0.05, 0.06, 0.20), (-0.45, 0.80, -0.1), TO_SELF, FIST, 0.3)
    call = arm("left", (0.16, 0.06, 0.1), (-0.9, 0.2, -0.2), (-0.3, 0.4, -0.8), (1, 1, 1, 0), 2.0)
    rock = arm("right", (0.28, 0.02, 0.15), UP, TO_CAMERA, (0, 1, 1, 0), 0.0)
    four = arm("right", (0.28, 0.02, 0.15), UP, TO_CAMERA, FLAT, 0.0)
    point = arm("right", (0.28, 0.02, 0.15), UP, TO_CAMERA, (0, 1, 1, 1), 0.2)
    down = arm("left", (0.2, 0.05, 0.2), (-0.9, 0, 0.4), (-0.4, 0, -0.9), FIST, 2.0)
    down["left_palm"], down["left_ahead"] = (0.4, 0, 0.9), (-0.9, 0, 0.4)
    folded = arm("left", (-0.1, -0.24, 0.16), (-1, 0.1, -0.1), (0, 0, -1), (0.3,) * 4) | arm(
        "right", (-0.1, -0.28, 0.2), (-1, 0.1, -0.1), (0, 0, -1), (0.3,) * 4
    )
    hips = arm("left", (0.2, -0.45, 0.0), (-0.7, -0.7, 0), (0, 0, -1)) | arm(
        "right", (0.2, -0.45, 0.0), (-0.7, -0.7, 0), (0, 0, -1)
    )
    clasped = arm("left", (0.06, -0.52, 0.16), (-0.6, -0.8, 0.1), (0, 0, -1), (0.4,) * 4) | arm(
        "right", (0.06, -0.52, 0.16), (-0.6, -0.8, 0.1), (0, 0, -1), (0.4,) * 4
    )
    wrist_over_wrist = arm("left", (0.09, -0.22, 0.2), (-1, 0.1, 0.2), (0, 1, 0)) | arm(
        "right", (0.1, -0.2, 0.24), (-1, -0.2, 0.2), (0, -1, 0)
    )
    fist = arm("right", (0.2, -0.02, 0.47), (0, 0, 1), (0, -1, 0), FIST, 0.3)
    still: Callable[[dict[str, Any]], Script] = lambda pose: held(pose, 1.0, 3.0)  # noqa: E731
    up = ("raised_hand",)
    return [
        Act("standing and talking", sway, 8, ()),
        Act("talking with the hands", gesticulate, 8, ()),
        Act("typing", typing, 5, ()),
        Act("a fist in circles", circling, 5, (), up),
        Act("hand at the chin", still(chin), 4.5, ()),
        Act("a flat hand before the mouth", still(hidden), 4.5, ()),
        Act("a fist before the mouth", still(fist_there), 4.5, ()),
        Act("call", still(call), 4.5, ()),
        Act("rock", still(rock), 4.5, (), up),
        Act("four", still(four), 4.5, (), up),
        Act("pointing up", still(point), 4.5, (), up),
        Act("thumb down", still(down), 4.5, ()),
        Act("folded arms", still(folded), 4.5, ()),
        Act("hands on hips", still(hips), 4.5, ()),
        Act("hands clasped low", still(clasped), 4.5, ()),
        Act("wrist over wrist", still(wrist_over_wrist), 4.5, ()),
        Act("a fist ahead", still(fist), 4.5, ()),
        Act("looking down", held({"pitch": math.radians(35)}, 1.5, 3.5, 0.5), 5, ()),
        Act("looking aside", held({"yaw": math.radians(40)}, 1.5, 3.0, 0.4), 4.5, ()),
        Act("one look to each side", lambda t: mix({"yaw": 0.5}, {"yaw": -0.5}, (t - 1.5) / 0.6), 4, ()),
        Act("sitting down", held({"y": -0.35}, 1.5, 4.0, 0.8), 4.2, ()),
        Act("stepping nearer", held({"z": 0.45}, 1.5, 3.0, 0.8), 5, ()),
        Act("leaning to the screen", held({"lean": 0.3, "pitch": -0.3}, 1.5, 3.5, 0.7), 5, ()),
        Act("chin up and back", lambda t: {"pitch": -0.3 * math.exp(-(((t - 2) / 0.25) ** 2))}, 4, ()),
    ]


assert set(held({}, 0, 1)(0.5)) == set(REST)
