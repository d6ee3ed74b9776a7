"""What pictures and films are asked for, in words: read and checked here, before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict, cast

import cv2
import numpy as np

from .. import paths
from ..animate.library import GESTURES
from ..config import Limits
from ..errors import AssetError, OutputError, UsageError
from ..io.detect.quiet import PICTURES, quiet
from ..model.clip import Clip
from ..model.expressions import find
from ..model.model import AvatarModel
from ..model.pictures import plain
from ..render.shot import DIRECT, INDIRECT
from ..render.still import STUDIO, morph_weights
from ..stage.light import irradiance, probe_from_picture
from ..stage.scene import Lighting
from ..types import FloatArray
from .loading import load, load_motion, load_prop

Point = str | Sequence[float]

POSES: Final = ("stand", "rest")
_PROPS: Final = {".obj", ".stl", ".ply"}
_PICTURES: Final = {".png", ".jpg", ".jpeg", ".webp"}
_ROOM_FOV: Final = math.radians(63.0)


class Options(TypedDict, total=False):
    """What a picture and a film are both asked for; each may be left out.

    motion : a .vrma, .bvh, .glb or .gltf file or a name that ``avatar motions`` lists, else the file's own animations
    when ``clip`` names one; clip : name or number of the animation; time : seconds into it, where a film begins;
    camera, target : "x,y,z" metres in the companion's frame (it faces +Z), by default the whole figure from the front,
    in a film throughout; fov : vertical, degrees; light : "x,y,z" towards the light with or without ",intensity" (1 in
    an ordinary room), or a picture whose room lights it; ambient : 0.5 in an ordinary room; pose : ``stand`` at ease
    (None too) or ``rest`` as in the file, of what no motion moves; background : a colour, for a picture ``transparent``
    too; samples : edge smoothing, samples a pixel (4); scene : number of a glTF file's scene; springs : hair and
    clothes hang and swing (True); limits : on what a file may ask for.
    """

    motion: str | Path | None
    clip: str | None
    time: float
    camera: Point | None
    target: Point | None
    fov: float | None
    light: Point | None
    ambient: float | None
    pose: str | None
    background: str | None
    samples: float | None
    scene: int | None
    springs: bool
    limits: Limits | None


def complete(options: Options) -> Options:
    """All of them: what is left out is None, but ``time`` 0 and ``springs`` True. TypeError for an unknown one."""
    names = Options.__annotations__
    for name in options:
        if name not in names:
            raise TypeError(f"there is no option '{name}' (there are: {', '.join(names)})")
    return cast(Options, {**dict.fromkeys(names), "time": 0.0, "springs": True, **options})


@dataclass(frozen=True, slots=True)
class Opened:
    """What options name, opened. gesture : a built-in one, or None; clip : an animation, or None; expression : weights
    by the companion's own names; lighting, from_camera : ``lighting_of``; camera, target : metres, or None."""

    model: AvatarModel
    gesture: str | None
    clip: Clip | None
    expression: dict[str, float]
    lighting: Lighting | None
    from_camera: bool
    camera: tuple[float, float, float] | None
    target: tuple[float, float, float] | None

    def facts(self, options: Options, **more: Any) -> dict[str, Any]:
        """What is told of it. more : of the picture or the film."""
        found: dict[str, Any] = {"model": self.model.name, "kind": self.model.kind, **more}
        if self.clip is not None:
            found |= {"clip": self.clip.name, "time": options["time"], "duration": round(self.clip.duration, 3)}
        if self.gesture is not None:
            found |= {"clip": self.gesture, "time": options["time"]}
        if self.model.notes:
            found["notes"] = list(self.model.notes)
        return found


def opened(file: str, expression: Mapping[str, float] | None, options: Options, whole: bool = False) -> Opened:
    """Open and find all that complete options name, or refuse it. whole : by the comparison plan.

    Raises UsageError, AssetError, ModelError."""
    gesture = gesture_of(options["motion"])
    if gesture is not None:
        alive(f"the gesture '{gesture}'", options, options["clip"])
    model = open_model(file, options["scene"], options["limits"])
    clip = None if gesture else chosen_clip(model, options["motion"], options["clip"], options["limits"])
    asked = {find(model.expressions, name) or name: weight for name, weight in (expression or {}).items()}
    morph_weights(model, asked)  # refuses names that the companion does not have
    lighting, from_camera = lighting_of(model, options["light"], options["ambient"], whole)
    places = point_of(options["camera"], "camera"), point_of(options["target"], "target")
    return Opened(model, gesture, clip, asked, lighting, from_camera, *places)


def check(out: Path, endings: Sequence[str], options: Options) -> None:
    """Refuse a place to write to that is none, and what cannot be. Raises OutputError, UsageError."""
    pose, time, fov = options["pose"], options["time"], options["fov"]
    if out.suffix.lower() not in endings:
        kind = "picture" if ".png" in endings else "film"
        raise OutputError(f"{out}: a {kind}'s name ends in {' or '.join(endings)}")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: there is no folder {out.parent}")
    if pose is not None and pose not in POSES:
        raise UsageError(f"there is no pose '{pose}' (there are: {', '.join(POSES)})")
    if not math.isfinite(time) or time < 0:
        raise UsageError(f"time {time:g}: seconds, from 0")
    if fov is not None and not 1 <= fov <= 170:
        raise UsageError(f"fov {fov:g}: degrees from 1 to 170")


def open_model(file: str, scene: int | None = None, limits: Limits | None = None) -> AvatarModel:
    """A companion by file or house name, or a prop by file. Raises ModelError, AssetError."""
    own = Path(file).expanduser()
    if own.suffix.lower() in _PROPS:
        if not own.is_file():
            raise AssetError(f"{own}: there is no such file")
        return load_prop(own, limits)
    return load(paths.companion(file), scene=scene, limits=limits)


def gesture_of(motion: str | Path | None) -> str | None:
    """The built-in gesture that a motion's name means; None where it means a file."""
    return str(motion) if str(motion) in GESTURES else None


def alive(what: str, options: Options, clip: str | None = None) -> None:
    """Refuse what does not go with breathing and gestures. Raises UsageError."""
    for given, name in (
        (options["pose"] == "rest", "the pose 'rest'"),
        (not options["springs"], "no springs"),
        (clip is not None, "a clip"),
    ):
        if given:
            raise UsageError(f"{name} does not go with {what}: give a motion's file, or leave it out")


def chosen_clip(
    model: AvatarModel, motion: str | Path | None, wanted: str | None, limits: Limits | None
) -> Clip | None:
    """The clip that a motion file or the model's own animations give; None when none is asked for."""
    if motion is None and wanted is None:
        return None
    if motion is not None:
        where = paths.motion(str(motion))
        clips, source = load_motion(where, limits), str(where)
    else:
        clips, source = model.clips, model.name
    if not clips:
        raise UsageError(f"{source} has no animation")
    if wanted is None:
        return clips[0]
    for c in clips:
        if c.name == wanted:
            return c
    if wanted.isdigit() and int(wanted) < len(clips):
        return clips[int(wanted)]
    names = ", ".join(f"{k} {c.name}".strip() for k, c in enumerate(clips))
    raise UsageError(f"{source} has no animation '{wanted}' (it has: {names})")


def lighting_of(
    model: AvatarModel, light: Point | None, ambient: float | None, whole: bool = False
) -> tuple[Lighting | None, bool]:
    """(lighting, None for the studio's; whether its directions are in the camera's frame).

    light, ambient : as ``render_picture`` takes them; whole : all of it is the comparison plan's, but for what the two
    change. Raises UsageError, AssetError.
    """
    if ambient is not None and not 0 <= ambient <= 100:
        raise UsageError(f"ambient {ambient:g}: 0 to 100 (0.5 in an ordinary room)")
    if light is None and ambient is None and not whole:
        return None, True
    around = np.full(3, 0.15 / math.pi / INDIRECT if whole else 0.5, np.float32)
    if ambient is not None:
        around[:] = ambient
    if isinstance(light, str) and Path(light).suffix.lower() in _PICTURES:
        where = Path(light).expanduser()
        if not where.is_file():
            raise AssetError(f"{where}: there is no such file")
        data = plain(where.read_bytes()) or b"\0"
        with quiet(PICTURES):
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise UsageError(f"{light}: this picture cannot be read")
        probe = probe_from_picture(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), _ROOM_FOV)
        return _in_room(probe), True
    strength, direction = 1.0, STUDIO.direction
    if light is not None:
        numbers = _numbers(light, "light", (3, 4))
        direction = np.array(numbers[:3], np.float32)
        strength = numbers[3] if len(numbers) > 3 else 1.0
        if not 0 <= strength <= 100:
            raise UsageError(f"light intensity {strength:g}: 0 to 100 (1 in an ordinary room)")
    elif whole:
        # The comparison's lamp stays where it is; a VRM 0 companion has been turned to face +Z.
        direction = np.array([-0.3, 0.6, -0.7] if model.kind == "vrm0" else [0.3, 0.6, 0.7], np.float32)
    length = float(np.linalg.norm(direction))
    if length < 1e-6:
        raise UsageError("light 0,0,0 has no direction")
    color = np.full(3, strength / (DIRECT if whole else 1.0), np.float32)
    lighting = Lighting(direction / np.float32(length), color, around, shadows=0.0 if whole else 1.0)
    return lighting, light is None and not whole


def _in_room(probe: FloatArray) -> Lighting:
    """The room's light and the studio's key, so strong together that a lit white is just white."""
    mean = float(irradiance(probe, np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)).mean())
    probe = probe * np.float32(min(1.0, 1.0 / max(mean, 1e-6)))
    key = min(1.0, (1 - INDIRECT * min(mean, 1.0)) / DIRECT)
    return Lighting(STUDIO.direction, np.full(3, key, np.float32), probe=probe)


def _numbers(value: Point, what: str, counts: tuple[int, ...]) -> list[float]:
    try:
        numbers = [float(v) for v in (value.split(",") if isinstance(value, str) else value)]
    except ValueError:
        numbers = []
    if len(numbers) not in counts or not all(math.isfinite(n) and abs(n) < 1e6 for n in numbers):
        shape = "x,y,z" if counts == (3,) else "x,y,z or x,y,z,intensity, or a picture's file"
        raise UsageError(f"{what} '{value}': write {shape}")
    return numbers


def point_of(value: Point | None, what: str) -> tuple[float, float, float] | None:
    """(x, y, z) of ``x,y,z`` or of three numbers, None of None. Raises UsageError with ``what`` it is."""
    if value is None:
        return None
    x, y, z = _numbers(value, what, (3,))
    return x, y, z
