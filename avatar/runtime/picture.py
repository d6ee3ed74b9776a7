"""One picture of a companion or a prop in one moment of one motion: the work behind ``avatar render``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..animate.clips import bind
from ..config import Limits, Settings
from ..errors import UsageError
from ..io.outputs.still import write_png
from ..model.expressions import effective, find
from ..render.still import morph_weights, render_still
from .moment import Moment, bound
from .oracle import measure
from .picture_options import Point, alive, check, chosen_clip, gesture_of, lighting_of, open_model, point_of

PLANS: Final = ("oracle",)
SIZE: Final = (1024, 1024)


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
    pose: str | None = None,
    background: str | None = None,
    samples: float | None = None,
    scene: int | None = None,
    springs: bool = True,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """One picture, written to ``out`` (PNG); its facts.

    file : a VRM, glTF, OBJ, STL or PLY file, or a house companion's name; expression : name -> weight, in any
    letters and by VRM 0's names too, on top of the motion's own; motion : a .vrma, .bvh, .glb or .gltf file or a
    name that ``avatar motions`` lists, else the file's own animations when ``clip`` names one; clip : name or
    number of the animation; time : seconds into it; camera, target : "x,y,z" metres in the companion's frame (it
    faces +Z), by default the whole figure from the front; fov : vertical, degrees; light : "x,y,z" towards the
    light with or without ",intensity" (1 in an ordinary room), or a picture whose room lights it; ambient : 0.5 in
    an ordinary room; plan : ``oracle``, the camera, light, pose and ground by which engines are compared, other
    options change parts of it, but ``pose`` does not go with it; pose : ``stand`` at ease (None too) or ``rest`` as
    in the file, of what no motion moves; springs : hair and clothes hang and swing; samples : edge smoothing,
    samples a pixel (4). Raises AvatarErrors: of files, options and graphics.
    """
    out, file = Path(out), str(file)
    check(out, (".png",), pose, time, fov)
    if plan is not None and plan not in PLANS:
        raise UsageError(f"there is no plan '{plan}' (there is: {', '.join(PLANS)})")
    if plan is not None and pose is not None:
        raise UsageError(f"the plan '{plan}' has a pose of its own: leave the pose '{pose}' out, or the plan")
    Settings(size=size or SIZE)
    if (gesture := gesture_of(motion)) is not None:
        alive(f"the gesture '{gesture}'", pose, springs, clip)
        if plan is not None:
            raise UsageError(f"the plan '{plan}' does not go with a gesture")
    model = open_model(file, scene, limits)
    chosen = None if gesture else chosen_clip(model, motion, clip, limits)
    asked = {find(model.expressions, name) or name: weight for name, weight in (expression or {}).items()}
    morph_weights(model, asked)  # refuses names that the companion does not have
    moment = Moment(model)
    whole = plan == "oracle"
    if chosen is not None:
        moment.play(bind(model, chosen), time, "rest" if whole else pose or "stand", springs)
    elif gesture is not None:
        moment.gesture(gesture, time)
    elif whole:
        moment.swing(springs)
    else:
        moment.stand(pose or "stand", springs)
    weights = effective(model.expressions, {**moment.expressions, **asked})
    lighting, from_camera = lighting_of(model, light, ambient, whole)
    image = render_still(
        model,
        size or SIZE,
        weights,
        background or ("magenta" if whole else "transparent"),
        point_of(camera, "camera") or ((0.0, 1.4, 1.5) if whole else None),
        point_of(target, "target") or ((0.0, 1.4, 0.0) if whole else None),
        fov or (30.0 if whole else 24.0),
        world=moment.world,
        morphs=moment.morphs + bound(model, weights),
        lighting=lighting,
        from_camera=from_camera,
        time=time,
        samples=samples or 4,
    )
    write_png(out, image)
    facts: dict[str, Any] = {"model": model.name, "kind": model.kind, "png": str(out), "size": list(image.shape[1::-1])}
    if chosen is not None:
        facts |= {"clip": chosen.name, "time": time, "duration": round(chosen.duration, 3)}
    if gesture is not None:
        facts |= {"clip": gesture, "time": time}
    if model.notes:
        facts["notes"] = list(model.notes)
    if whole:
        facts |= measure(model, {**moment.expressions, **asked}, None if chosen is None else moment.world)
    return facts
