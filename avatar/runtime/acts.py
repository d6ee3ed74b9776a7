"""What a cue does that takes no time of its own: gestures, looks, moves, props, light, music, captions and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..ceremony import actions
from ..ceremony.orders import Posed
from ..errors import VoiceError
from ..events import messages
from ..stage.wearing import Look, Wearing
from ..types import ByteArray
from .captions import Captions
from .doors import Doors
from .lights import Lights
from .music import Music
from .posing import Posing


@dataclass(frozen=True, slots=True)
class Keep:
    """Where a ceremony's files are. folder : of the script, for what it plays; out : what is kept goes there."""

    folder: Path
    out: Path


class Acts:
    """send : one event to the engine, the code of its error or ""; doors : to tell of captions; posing : takes
    pictures, ``keep`` keeps them; sounds : the house's by name; outfits : name -> what is
    shown and not shown in it, ``worn`` : that at first; what is not among them cannot be put on, which was said before
    it began. What fails is said, and everything else goes on."""

    def __init__(
        self,
        send: Callable[..., str],
        doors: Doors,
        rate: int,
        captions: Captions,
        posing: Posing,
        keep: Callable[[str, ByteArray, str], str],
        files: Keep,
        sounds: Callable[[str], Path | None],
        outfits: Mapping[str | None, Look],
        worn: Look,
    ) -> None:
        self.lights, self.music = Lights(), Music(rate)
        self.wearing = Wearing(worn)
        self._outfits = outfits
        self._send, self._doors, self._captions = send, doors, captions
        self._posing, self._keep, self._files, self._sounds = posing, keep, files, sounds

    def do(self, cue: str, action: Any, now: float) -> str:
        """Do it; why it could not be done, "" when it was."""
        match action:
            case actions.Gesture(gesture=name, intensity=intensity, seconds=seconds):
                return self._send("presence.gesture", name=name, intensity=intensity, seconds=seconds)
            case actions.Express():
                self._posing.mood = action
                return self._send(
                    "presence.express", **{**action.model_dump(), "express": None}, expression=action.express
                )
            case actions.Gaze(gaze=target, point=point):
                self._posing.looks = action
                return self._send("presence.gaze", target=target, point=None if point is None else list(point))
            case actions.Move():
                self._posing.moved(action)
                return self._send("presence.move", **{**action.model_dump(), "move": None}, anchor=action.move)
            case actions.Prop(prop=name, action=what, to=to):
                return self._send("presence.prop", name=name, action=what, to=to)
            case actions.Light(light=name, level=level, seconds=seconds):
                self.lights.turn(name, level, seconds, now)
            case actions.Outfit(outfit=name, seconds=seconds):
                if (look := self._outfits.get(name)) is not None:
                    self.wearing.put_on(look, seconds, now)
            case actions.Music():
                return self.play(action)
            case actions.Caption(caption=text, speaker=who, seconds=seconds):
                shown = str(text)
                self._captions.read(shown, who or "", seconds or max(3.0, 0.07 * len(shown)), now)
                self._doors.publish(messages.CaptionShown(text=shown, speaker=who or "", utterance=""))
            case actions.Picture(picture=name):
                return self._keep(name, self._posing.photograph(), cue)
            case Posed():
                return self._posing.step(action, cue)
        return ""

    def play(self, action: actions.Music) -> str:
        """Begin or stop music; why it cannot be, "" when it can."""
        gently = 1.0 if action.loop or action.music == "stop" else 0.0
        fade = gently if action.fade is None else action.fade
        if action.music == "stop":
            self.music.stop(fade)
            return ""
        ours = self._sounds(action.music)
        level = (0.5 if ours is None else 1.0) if action.level is None else action.level
        try:
            sound = self.music.read(ours or self._files.folder / action.music)
        except VoiceError as error:
            return str(error)
        self.music.play(sound, self.music.rate, level, fade, action.loop, action.over)
        return ""
