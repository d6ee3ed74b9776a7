"""What the engine tells of itself: to clients as news, to the person as words on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..events import messages
from ..events.outbound import Eased
from ..io.capture.health import WORDS
from ..stage.camera import Camera
from ..stage.scene import Overlay
from ..types import Observation
from .parts import Parts
from .sight import State

_NOTICE_HEIGHT: Final = 0.15
"""Of the picture: a face whose brow is higher would be under the notice, which then goes to the foot."""
_ASK_S: Final = 1.0
_ASKS: Final = {"palm": "no open palm in view", "shoulder": "nobody in view", "tag": "no tag in view"}
"""Said at the picture's foot while there is nothing to stand on."""
STOPPED: Final = "stopped; presence.resume goes on"


class Telling:
    """Of one engine."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._greeted = self._notice_low = False
        self._state = ""
        self._second: float | None = None
        self._counted = 0

    def news(self, now: float, tracking: State | None, eased: Sequence[Eased]) -> None:
        """Publish the honesty notice when it is due, the camera's state when it changes, and how it goes once a
        second."""
        parts = self._parts
        first = not self._greeted
        if (text := parts.disclosure.due(now)) is not None:
            self._greeted = True
            parts.doors.publish(messages.Notice(kind="disclosure" if first else "break", text=text))
        if (state := parts.eyes.state) != self._state:
            self._state = state
            parts.doors.publish(messages.Camera(state=state))  # type: ignore[arg-type]
        if self._second is None:
            self._second = now
        if now - self._second >= 1.0:
            frames = parts.report.frames - self._counted
            ages = parts.report.ages[-frames:] if frames else []
            age = float(np.median(ages)) * 1000 if ages else 0.0
            fps = frames / (now - self._second)
            news = messages.Stage(
                fps=round(fps, 1),
                age_ms=round(age, 1),
                companions=[parts.model.name],
                tracking=tracking,
                eased=tuple(eased),
            )
            parts.doors.publish(news)
            self._second, self._counted = now, parts.report.frames

    def overlay(self, now: float, seen: Observation | None, camera: Camera, trouble: str, unseen: float) -> Overlay:
        """The words and marks on the picture. trouble : what is wrong with something else than the camera; unseen :
        seconds for which the companion has had nothing to stand on."""
        parts, talk = self._parts, self._parts.conversation
        notice = f"{parts.disclosure.visible(now)} {talk.announcement(now)}".strip()
        if not notice:
            self._notice_low = False
        elif seen is not None and seen.face is not None:
            top = camera.to_output(seen.face.box[:2])[1]
            self._notice_low = self._notice_low or bool(top < _NOTICE_HEIGHT * parts.size[1])
        asks = _ASKS.get(parts.standing.anchor, "") if unseen > _ASK_S else ""
        stopped = STOPPED if talk.acting.halted else ""
        caption, speaker, listens = (
            talk.caption,
            talk.captioned,
            parts.hearing is not None and parts.hearing.microphone.open,
        )
        if parts.ceremony is not None:
            caption, speaker = (caption, speaker) if caption else parts.ceremony.caption(now)
            listens = listens or parts.ceremony.listening
        return Overlay(
            caption=caption,
            speaker=speaker,
            notice=notice,
            notice_low=self._notice_low,
            camera_on=parts.eyes.device_open,
            microphone_on=listens,
            label=WORDS.get(parts.eyes.state) or trouble or stopped or asks,
            card=talk.acting.card(now),
        )
