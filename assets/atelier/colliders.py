"""What hair and skirt may not pass through: spheres and capsules on the skeleton, in groups that chains name."""

from __future__ import annotations

from dataclasses import dataclass

XYZ = tuple[float, float, float]


@dataclass(frozen=True)
class Bump:
    """A sphere, or with ``tail`` a capsule. offset, tail : in the bone's frame, metres."""

    bone: str
    offset: XYZ
    radius: float
    tail: XYZ | None = None


def _pair(bone: str, offset: XYZ, radius: float, tail: XYZ | None = None) -> dict[str, tuple[Bump, ...]]:
    turn = None if tail is None else (-tail[0], tail[1], tail[2])
    return {
        "left" + bone: (Bump("left" + bone, offset, radius, tail),),
        "right" + bone: (Bump("right" + bone, (-offset[0], offset[1], offset[2]), radius, turn),),
    }


GROUPS: dict[str, tuple[Bump, ...]] = {
    "head": (Bump("head", (0.0, 0.105, -0.004), 0.092), Bump("head", (0.0, 0.050, 0.022), 0.062)),
    "neck": (Bump("neck", (0.0, -0.005, 0.0), 0.047, (0.0, 0.075, 0.008)),),
    "chest": (
        Bump("upperChest", (-0.095, 0.095, -0.008), 0.052, (0.095, 0.095, -0.008)),
        Bump("upperChest", (-0.055, 0.020, 0.004), 0.092, (0.055, 0.020, 0.004)),
        Bump("chest", (-0.045, 0.0, 0.008), 0.080, (0.045, 0.0, 0.008)),
    ),
    "hips": (Bump("hips", (-0.045, -0.010, -0.006), 0.098, (0.045, -0.010, -0.006)),),
    **_pair("UpperArm", (0.0, 0.0, 0.0), 0.048, (0.22, 0.0, 0.0)),
    **_pair("UpperLeg", (0.0, -0.03, 0.0), 0.079, (0.0, -0.36, 0.002)),
    **_pair("LowerLeg", (0.0, 0.0, 0.0), 0.066, (0.0, -0.30, -0.016)),
}
