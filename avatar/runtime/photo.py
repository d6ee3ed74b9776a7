"""A picture together: counted down on the picture, a burst, and of it the one in which the person's eyes are open."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

from ..care.disclosure import notice
from ..clock import ManualClock
from ..config import Settings
from ..errors import OutputError, UsageError
from ..io.capture.open import open_source
from ..io.outputs.still import write_png
from ..spelling import SIZE_LIMITS
from ..tracking.portrait import Shot, best, shot
from ..types import ByteArray, Express, Gaze
from .assemble import Assembly, Tell, stage
from .loops import Hooks, live, offline
from .report import Report
from .stopping import stop_signals

EVERY_S: Final = 0.15
"""Between two pictures of a burst: a blink, of 0.1 to 0.4 s, is over within three."""
_READY_S: Final = 0.3
"""The least before the first picture: the companion turns to the camera and smiles."""
MOST: Final = 40


def take(
    settings: Settings, out: Path, countdown: float, burst: int, smile: str, started: float, tell: Tell
) -> dict[str, Any]:
    """Take it and write ``out`` (.png); the facts. countdown : seconds, shown on the picture; burst : pictures of which
    one is kept; smile : an expression of the companion's, "" for none.

    Raises UsageError, also where the source ends before the countdown; OutputError; and what ``stage`` raises.
    """
    if out.suffix.lower() != ".png":
        raise UsageError(f"{out}: a photo's name ends in .png")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: there is no folder {out.parent}")
    if not 0 <= countdown <= 60 or not 1 <= burst <= MOST:
        raise UsageError(f"a countdown is of 0 to 60 seconds, and a burst of 1 to {MOST} pictures")
    with stage(settings, Report(started), tell) as whole:
        tell(notice())
        session = _Burst(whole, countdown, burst, smile, Hooks(stop=stop_signals()))
        if settings.offline:
            offline(whole, session.hooks)
        else:
            live(whole, tell, session.hooks)
    if not session.pictures:
        raise UsageError(f"{settings.source}: ended before the picture was taken (try --countdown 0)")
    index = best(session.shots)
    write_png(out, session.pictures[index])
    chosen = session.shots[index]
    if not chosen.seen:
        tell("nobody's face was seen: the sharpest picture is kept")
    return {
        "png": str(out),
        "size": f"{settings.size[0]}x{settings.size[1]}",
        "burst": len(session.shots),
        "chosen": index + 1,
        "face": chosen.seen,
        "eyes_open": round(chosen.open, 2) if chosen.seen else None,
        "turned_deg": round(math.degrees(chosen.turned), 1) if chosen.seen else None,
        "open_of_all": [round(one.open, 2) for one in session.shots],
    }


def own_size(source: str) -> tuple[int, int]:
    """(w, h) of a film's, folder's or the demo's pictures, so that nobody's head is cut off. Raises SourceError."""
    with open_source(source, clock=ManualClock(), offline=True, own_time=True) as opened:
        w, h = opened.size
    scale = min(1.0, SIZE_LIMITS[1] / max(w, h))
    return max(SIZE_LIMITS[0], round(w * scale)), max(SIZE_LIMITS[0], round(h * scale))


class _Burst:
    """Counts down, and keeps each picture of the burst with what is known of it."""

    def __init__(self, whole: Assembly, countdown: float, burst: int, smile: str, hooks: Hooks) -> None:
        self._whole, self._countdown, self._burst, self._smile = whole, countdown, burst, smile
        self.shots: list[Shot] = []
        self.pictures: list[ByteArray] = []
        self.hooks = hooks
        hooks.first, hooks.each = self._pose, self._each
        whole.engine.hold_still()
        self._count(0.0)

    def _pose(self, now: float) -> None:
        conversation, names = self._whole.parts.conversation, self._whole.parts.model.expressions
        conversation.move(Gaze("camera"))
        if self._smile in names:
            conversation.move(Express(self._smile, 0.6))

    def _count(self, elapsed: float) -> None:
        left = self._countdown - elapsed
        self._whole.engine.count = str(math.ceil(left)) if left > 1e-6 else ""

    def _each(self, elapsed: float) -> None:
        engine = self._whole.engine
        self._count(elapsed + 1 / self._whole.settings.fps)
        due = max(self._countdown, _READY_S) + len(self.shots) * EVERY_S
        if elapsed < due - 1e-6 or len(self.shots) >= self._burst:
            return
        frame, seen = engine.scene.frame, engine.seen
        self.pictures.append(engine.portrait())
        self.shots.append(shot(frame.image if frame is not None else self.pictures[-1], seen.face if seen else None))
        if len(self.shots) >= self._burst:
            self.hooks.stop.set()
