"""The words a face knows: each expression, its morphs, and what it leaves to blinking, looking and talking."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ExpressionSpec:
    """morphs : (name, weight); a name no part has is left out. blink, look, mouth : none, block or blend."""

    morphs: tuple[tuple[str, float], ...] = field(default=())
    blink: str = "none"
    look: str = "none"
    mouth: str = "none"


def own(name: str, **kw: str) -> ExpressionSpec:
    return ExpressionSpec(((name, 1.0),), **kw)


PRESETS: dict[str, ExpressionSpec] = {
    "happy": own("happy", blink="blend"),
    "angry": own("angry"),
    "sad": own("sad"),
    "relaxed": own("relaxed", blink="blend"),
    "surprised": own("surprised", blink="blend"),
    "neutral": own("neutral"),
    **{v: own(v) for v in ("aa", "ih", "ou", "ee", "oh")},
    "blink": own("blink"),
    "blinkLeft": own("blinkLeft"),
    "blinkRight": own("blinkRight"),
    **{"look" + d: own("look" + d) for d in ("Up", "Down", "Left", "Right")},
}

CUSTOM: dict[str, ExpressionSpec] = {n: own(n) for n in ("lipPress", "lipBite", "browUp", "browDown", "smile")}
