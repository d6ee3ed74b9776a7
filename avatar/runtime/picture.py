"""One picture of a companion or a prop in one moment of one motion: the work behind ``avatar render``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from .. import paths
from ..animate.body import Body
from ..animate.clips import BoundClip, bind
from ..animate.constraints import Constraints
from ..animate.rig import ROWS, Rig
from ..animate.springs import STEP, Springs, spring_nodes
from ..config import Limits, Settings
from ..errors import AssetError, OutputError, UsageError
from ..io.outputs.still import write_png
from ..linalg import affine, quat
from ..model.clip import Clip
from ..model.expressions import effective, find
from ..model.look import eye_turns, look_weights
from ..model.model import AvatarModel, LookAt
from ..render.figure import DIRECT, INDIRECT
from ..render.still import STUDIO, morph_weights, render_still
from ..stage.light import irradiance, probe_from_picture
from ..stage.scene import Lighting
from ..types import FloatArray, Pose
from .loading import load, load_motion, load_prop
from .oracle import SETTLE, SWING_M, SWING_STEPS, Swung, measure

Point = str | Sequence[float]

PLANS: Final = ("oracle",)
POSES: Final = ("stand", "rest")
_PROPS: Final = {".obj", ".stl", ".ply"}
_PICTURES: Final = {".png", ".jpg", ".jpeg", ".webp"}
_BEFORE: Final = 1.0  # seconds of motion before the moment shown, so that hair hangs as it would
_SETTLING: Final = 60
_ROOM_FOV: Final = math.radians(63.0)


def render_picture(
    file: str | Path,
    out: str | Path,
    size: tuple[int, int] | None = None,
    expression: Mapping[str, float] | None = None,
    *,
    motion: str | Path | None = None,
    clip: str | None = None,
    time: float = 0.0,
    camera: Point | None = None,
    target: Point | None = None,
    fov: float | None = None,
    light: Point | None = None,
    ambient: float | None = None,
    plan: str | None = None,
    pose: str = "stand",
    background: str | None = None,
    samples: float | None = None,
    scene: int | None = None,
    springs: bool = True,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """One picture, written to ``out`` (PNG); its facts.

    file : a VRM, glTF, OBJ, STL or PLY file, or a house companion's name; expression : name -> weight (VRM 0's
    names too, in any letters), on top of the
    motion's own; motion : a .vrma, .bvh, .glb or .gltf file, else the file's own animations when ``clip`` names one;
    clip : name or number of the animation; time : seconds into it; camera, target : "x,y,z" metres in the companion's
    frame (it faces +Z), by default the whole figure from the front; fov : vertical, degrees; light : "x,y,z" towards
    the light with or without ",intensity" (1 in an ordinary room), or a picture whose room lights it; ambient : 0.5 in
    an ordinary room; plan : ``oracle``, the camera, light and ground by which engines are compared, other options
    change parts of it; pose : ``stand`` at ease or ``rest`` as in the file, of what no motion moves; springs : hair and
    clothes hang and swing; samples : edge smoothing, samples a pixel (4).
    Raises AvatarErrors: of files, options and graphics.
    """
    out, file = Path(out), str(file)
    if out.suffix.lower() != ".png":
        raise OutputError(f"{out}: a picture's name ends in .png")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: there is no folder {out.parent}")
    if plan is not None and plan not in PLANS:
        raise UsageError(f"there is no plan '{plan}' (there is: {', '.join(PLANS)})")
    if pose not in POSES:
        raise UsageError(f"there is no pose '{pose}' (there are: {', '.join(POSES)})")
    if not math.isfinite(time) or time < 0:
        raise UsageError(f"time {time:g}: seconds, from 0")
    if fov is not None and not 1 <= fov <= 170:
        raise UsageError(f"fov {fov:g}: degrees from 1 to 170")
    Settings(size=size or (1024, 1024))
    model = open_model(file, scene, limits)
    chosen = _chosen(model, None if motion is None else str(motion), clip, limits)
    asked = {find(model.expressions, name) or name: weight for name, weight in (expression or {}).items()}
    morph_weights(model, asked)  # refuses names that the companion does not have
    moment = Moment(model)
    if chosen is not None:
        moment.play(bind(model, chosen), time, "rest" if plan else pose, springs)
    elif plan == "oracle":
        moment.swing(springs)
    else:
        moment.stand(pose, springs)
    weights = effective(model.expressions, {**moment.expressions, **asked})
    whole = plan == "oracle"
    lighting, from_camera = _lighting(model, light, ambient, whole)
    image = render_still(
        model,
        size or (1024, 1024),
        weights,
        background or ("magenta" if whole else "transparent"),
        _point(camera, "camera") or ((0.0, 1.4, 1.5) if whole else None),
        _point(target, "target") or ((0.0, 1.4, 0.0) if whole else None),
        fov or (30.0 if whole else 24.0),
        world=moment.world,
        morphs=moment.morphs + _bound(model, weights),
        lighting=lighting,
        from_camera=from_camera,
        time=time,
        samples=samples or 4,
    )
    write_png(out, image)
    facts: dict[str, Any] = {"model": model.name, "kind": model.kind, "png": str(out), "size": list(image.shape[1::-1])}
    if chosen is not None:
        facts |= {"clip": chosen.name, "time": time, "duration": round(chosen.duration, 3)}
    if model.notes:
        facts["notes"] = list(model.notes)
    if plan == "oracle":
        facts |= measure(model, {**moment.expressions, **asked}, None if chosen is None else moment.world)
    return facts


def open_model(file: str, scene: int | None = None, limits: Limits | None = None) -> AvatarModel:
    """A companion by file or house name, or a prop by file. Raises ModelError, AssetError."""
    own = Path(file).expanduser()
    if own.suffix.lower() in _PROPS:
        if not own.is_file():
            raise AssetError(f"{own}: there is no such file")
        return load_prop(own, limits)
    return load(paths.companion(file), scene=scene, limits=limits)


class Moment:
    """A model held in one moment. world : (J, 4, 4) companion frame; morphs : (M,) but for expressions;
    expressions : name -> weight that the motion asks for."""

    def __init__(self, model: AvatarModel) -> None:
        self.model = model
        self.world: FloatArray = model.rest_world()
        self.morphs: FloatArray = model.morph_defaults.astype(np.float32)
        self.expressions: dict[str, float] = {}

    def stand(self, pose: str, springs: bool) -> None:
        """At ease, or in the file's own pose; settled."""
        model = self.model
        rig = Rig(model, spring_nodes(model) if springs else None)
        now, constraints = rig.make_pose(), Constraints(model)
        if pose == "stand" and rig.human:
            _ease(model, rig, now)
        if constraints.count:
            constraints.apply(now)
        rig.forward(now)
        if springs:
            swing = Springs(model, rig)
            for _ in range(_SETTLING):
                swing.step(STEP, now)
        rig.finish(now)
        self.world = now.world

    def swing(self, springs: bool) -> None:
        """As the comparison's plan leaves it: at rest, and where there are springs, moved 0.15 m along the file's +X
        while they swing."""
        if not springs or not self.model.springs:
            return
        swung = Swung(self.model)
        along = np.array([-SWING_M if self.model.kind == "vrm0" else SWING_M, 0, 0], np.float32)
        for _ in range(SETTLE[any(s.colliders for s in self.model.springs)]):
            swung.step(np.zeros(3, np.float32))
        for k in range(SWING_STEPS):
            swung.step(along * np.float32((k + 1) / SWING_STEPS))
        self.world = swung.pose.world

    def play(self, motion: BoundClip, time: float, pose: str, springs: bool) -> None:
        """In a motion at ``time`` seconds, its last second simulated at 60 Hz. pose : of the arms that it leaves
        alone."""
        model = self.model
        rig = Rig(model, spring_nodes(model) if springs else None)
        constraints, now = Constraints(model), rig.make_pose()
        if pose == "stand" and rig.human:
            _ease(model, rig, now)
        idle = [n for b, n in model.humanoid.items() if _arm(b) and not _moved(model, motion, b)]
        hanging = now.rotation[idle]
        swing = Springs(model, rig) if springs else None
        start = max(0.0, time - _BEFORE)
        steps = math.ceil((time - start) / STEP - 1e-9) if swing is not None else 0
        moments = [start] * _SETTLING if swing is not None else []
        moments += [time - (steps - k - 1) * STEP for k in range(steps)] or [time]
        for t in moments:
            at = motion.pose(t)
            np.copyto(now.rotation, at.rotation)
            np.copyto(now.translation, at.translation)
            now.rotation[idle] = hanging
            if at.look is not None:
                self._look(at.look, now)
            if constraints.count:
                constraints.apply(now)
            rig.forward(now)
            if swing is not None:
                swing.step(STEP, now)
            rig.finish(now)
        self.world, self.morphs = now.world, at.morphs.astype(np.float32)
        self.expressions |= at.expressions
        if not np.allclose(at.scale, model.scale, atol=1e-6):
            self._scaled(at.scale, now)

    def _look(self, look: tuple[float, float], pose: Pose) -> None:
        model = self.model
        how = model.look_at or LookAt()
        if how.kind == "expression":
            self.expressions |= look_weights(how, *look)
            return
        _, rest, _ = affine.decompose(model.rest_world())
        for bone, turn in zip(("leftEye", "rightEye"), eye_turns(how, *look), strict=True):
            if (node := model.humanoid.get(bone, -1)) >= 0:
                above = rest[model.parents[node]] if model.parents[node] >= 0 else quat.identity()
                local = quat.multiply(
                    quat.multiply(quat.conjugate(above), turn), quat.multiply(above, model.rotation[node])
                )
                pose.rotation[node] = quat.normalize(local)

    def _scaled(self, scale: FloatArray, pose: Pose) -> None:
        """The skeleton with the motion's scales; springs then only as the motion itself holds them."""
        world = affine.compose(pose.translation, pose.rotation, scale.astype(np.float32))
        for j, p in enumerate(self.model.parents):
            if p >= 0:
                world[j] = world[p] @ world[j]
        self.world = world


def _ease(model: AvatarModel, rig: Rig, pose: Pose) -> None:
    """Stand at ease: write the pose's local rotations."""
    ease = Body(model, rig).relaxed()
    ease[ROWS - 1] = 0
    rig.write_body(quat.from_vector(ease, quat.identity((ROWS,))), np.zeros(3, np.float32), pose)


def _arm(bone: str) -> bool:
    return bone.startswith(("left", "right")) and not bone.endswith(("Leg", "Foot", "Toes", "Eye"))


def _moved(model: AvatarModel, motion: BoundClip, bone: str) -> bool:
    """Whether a motion holds the arm that a bone is of."""
    side = "left" if bone.startswith("left") else "right"
    return model.humanoid.get(f"{side}UpperArm", -1) in motion.nodes


def _bound(model: AvatarModel, weights: Mapping[str, float]) -> FloatArray:
    """(M,) what expressions add to the morphs."""
    morphs = np.zeros(len(model.morph_defaults), np.float32)
    for name, weight in weights.items():
        if weight and name in model.expressions:
            e = model.expressions[name]
            np.add.at(morphs, e.morphs, np.float32(weight) * e.weights)
    return morphs


def _chosen(model: AvatarModel, motion: str | None, wanted: str | None, limits: Limits | None) -> Clip | None:
    """The clip that a motion file or the model's own animations give; None when none is asked for."""
    if motion is None and wanted is None:
        return None
    if motion is not None:
        where = Path(motion).expanduser()
        if not where.is_file():
            raise AssetError(f"{where}: there is no such file")
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


def _lighting(
    model: AvatarModel, light: Point | None, ambient: float | None, whole: bool
) -> tuple[Lighting | None, bool]:
    """(lighting or None for the studio's, whether its directions are in the camera's frame)."""
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
        image = cv2.imdecode(np.frombuffer(where.read_bytes() or b"\0", np.uint8), cv2.IMREAD_COLOR)
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


def _point(value: Point | None, what: str) -> tuple[float, float, float] | None:
    if value is None:
        return None
    x, y, z = _numbers(value, what, (3,))
    return x, y, z
