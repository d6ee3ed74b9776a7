"""One picture of a companion or a prop in one moment of one motion: the work behind ``avatar render``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Unpack

from ..animate.clips import bind
from ..config import Settings
from ..errors import UsageError
from ..io.outputs.still import write_png
from ..model.expressions import effective
from ..render.still import render_still
from .moment import Moment, bound
from .oracle import measure
from .picture_options import Options, check, complete, gesture_of, opened

PLANS: Final = ("oracle",)
SIZE: Final = (1024, 1024)


def render_picture(
    file: str | Path,
    out: str | Path,
    size: tuple[int, int] | None = None,
    expression: Mapping[str, float] | None = None,
    *,
    plan: str | None = None,
    **options: Unpack[Options],
) -> dict[str, Any]:
    """One picture, written to ``out`` (PNG); its facts.

    file : a VRM, glTF, OBJ, STL or PLY file, or a house companion's name; expression : name -> weight, in any
    letters and by VRM 0's names too, on top of the motion's own; plan : ``oracle``, the camera, light, pose and ground
    by which engines are compared, options change parts of it, but ``pose`` does not go with it; options :
    ``picture_options.Options``. Raises AvatarErrors: of files, options and graphics.
    """
    out, asked = Path(out), complete(options)
    check(out, (".png",), asked)
    if plan is not None and plan not in PLANS:
        raise UsageError(f"there is no plan '{plan}' (there is: {', '.join(PLANS)})")
    if plan is not None and asked["pose"] is not None:
        raise UsageError(f"the plan '{plan}' has a pose of its own: leave the pose '{asked['pose']}' out, or the plan")
    Settings(size=size or SIZE)
    if plan is not None and gesture_of(asked["motion"]) is not None:
        raise UsageError(f"the plan '{plan}' does not go with a gesture")
    whole = plan == "oracle"
    found = opened(str(file), expression, asked, whole)
    model, time, springs = found.model, asked["time"], asked["springs"]
    moment = Moment(model)
    if found.clip is not None:
        moment.play(bind(model, found.clip), time, "rest" if whole else asked["pose"] or "stand", springs)
    elif found.gesture is not None:
        moment.gesture(found.gesture, time)
    elif whole:
        moment.swing(springs)
    else:
        moment.stand(asked["pose"] or "stand", springs)
    shown = {**moment.expressions, **found.expression}
    weights = effective(model.expressions, shown)
    image = render_still(
        model,
        size or SIZE,
        weights,
        asked["background"] or ("magenta" if whole else "transparent"),
        found.camera or ((0.0, 1.4, 1.5) if whole else None),
        found.target or ((0.0, 1.4, 0.0) if whole else None),
        asked["fov"] or (30.0 if whole else 24.0),
        world=moment.world,
        morphs=moment.morphs + bound(model, weights),
        lighting=found.lighting,
        from_camera=found.from_camera,
        time=time,
        samples=asked["samples"] or 4,
    )
    write_png(out, image)
    facts = found.facts(asked, png=str(out), size=list(image.shape[1::-1]))
    if whole:
        facts |= measure(model, shown, None if found.clip is None else moment.world)
    return facts
