"""An OBJ's material library to paints: ``Kd``, ``d`` and ``map_Kd``; all else is of other kinds of light."""

from __future__ import annotations

import math
from collections.abc import Callable

from .prop_parts import Paint


def read(data: bytes, picture: Callable[[str], bool]) -> dict[str, Paint]:
    """Paints by name. picture : whether a picture lies beside the prop; called for every one that is named."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    found: dict[str, Paint] = {}
    paint: Paint | None = None
    for line in text.removeprefix("\ufeff").splitlines():
        words = line.split()
        if len(words) < 2:
            continue
        key = words[0].lower()
        if key == "newmtl":
            paint = Paint(" ".join(words[1:]))
            found[paint.name] = paint
        elif key == "map_kd":
            name = line.strip()[len(key) :].strip()
            if picture(name) and paint is not None:
                paint.picture = name
        elif paint is not None and key == "kd":
            paint.diffuse = _color(words[1:])
        elif paint is not None and key == "d":
            paint.opacity = _fraction(words[1], 1.0)
    return found


def _color(words: list[str]) -> tuple[float, float, float] | None:
    """Red alone stands for grey."""
    values = [_fraction(word, math.nan) for word in words[:3]]
    if any(map(math.isnan, values)) or len(values) == 2:
        return None
    r, g, b = values * 3 if len(values) == 1 else values
    return r, g, b


def _fraction(word: str, default: float) -> float:
    try:
        value = float(word)
    except ValueError:
        return default
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else default
