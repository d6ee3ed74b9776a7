"""A whole engine without a picture: events in, a pose out, on a clock that moves when told."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar import paths
from avatar.animate.persona import Persona
from avatar.animate.persona import load as persona_named
from avatar.clock import ManualClock
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.voice.neural import NeuralVoice
from avatar.io.voice.pieces import quiet
from avatar.io.voice.playback import open_device
from avatar.model.load import load
from avatar.model.model import AvatarModel
from avatar.runtime.animating import animator_for
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.engine import Engine
from avatar.runtime.hands import Hands
from avatar.runtime.mailbox import Inbox
from avatar.runtime.parts import Parts
from avatar.runtime.report import Report
from avatar.runtime.speaking import Speaker, Voice
from avatar.speech.sound import resample
from avatar.stage.build import build_of
from avatar.stage.standing import Standing
from avatar.types import Speech

GESTURES = ["wave", "nod", "bow", "beat", "beat_left", "beat_both"]
_houses: list[AvatarModel] = []
_voices: list[Kept] = []


class Kept:
    """The real voice, which remembers what it has said: the same text is the same sound."""

    def __init__(self) -> None:
        self._voice = NeuralVoice()
        self._known: dict[str, Speech] = {}

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        if text not in self._known:
            self._known[text] = self._voice.speak(text, utterance, caption)
        known = self._known[text]
        return Speech(utterance, caption or text, known.sound, known.rate, known.track)


class NoPicture:
    def draw(self, scene: Any) -> None:
        pass

    def read(self, out: Any = None) -> None:
        pass


class NoEyes:
    device_open = False
    state = "none"


def house() -> AvatarModel:
    if not _houses:
        _houses.append(load(paths.companion("hikari")))
    return _houses[0]


def voice() -> Kept:
    if not _voices:
        _voices.append(Kept())
    return _voices[0]


class Show:
    """An engine at ``fps`` pictures a second. speeches : what was made, in order; moves : (clock, name) of gestures as
    they begin; news : (clock, event)."""

    def __init__(
        self, persona: Persona | None = None, fps: float = 60.0, speaker_voice: Voice | None = None, **parts: Any
    ) -> None:
        self.persona, self.fps = persona or Persona(), fps
        self.clock = ManualClock()
        self.speeches: list[Speech] = []
        made = speaker_voice or voice()

        class Listened:
            warm, speaks = made.warm, made.speaks

            @staticmethod
            def speak(text: str, utterance: str, caption: str | None = None) -> Speech:
                self.speeches.append(made.speak(text, utterance, caption))
                return self.speeches[-1]

        inbox: Inbox[Delivery] = Inbox()
        device = open_device(self.clock, "none")
        self.speaker = Speaker(self.clock, device, lambda name: Listened(), sync=True, persona=self.persona)
        can = Capabilities(gestures=GESTURES, personas=["calm", "lively"], companions=["hikari"])
        self.doors = Doors(inbox, self.clock, can)
        self.animator = animator_for(house(), 1, self.persona)
        hands = Hands(self.animator, self.speaker)
        self.talk = Conversation(
            inbox, self.speaker, self.doors.publish, "Hikari", house().expressions, GESTURES, hands.stroke
        )
        self.report = Report()
        self.client = self.doors.memory()
        self.engine = Engine(
            Parts(
                size=(320, 240),
                fov_y=1.0,
                model=house(),
                animator=self.animator,
                standing=Standing(build_of(house())),
                renderer=NoPicture(),  # type: ignore[arg-type]
                speaker=self.speaker,
                conversation=self.talk,
                hands=hands,
                doors=self.doors,
                report=self.report,
                eyes=NoEyes(),
                lead=0.5 / fps,
                persona=persona_named,
                **parts,
            )
        )
        self.moves: list[tuple[float, str]] = []
        self.news: list[tuple[float, dict[str, Any]]] = []

    def step(self, observation: Any = None) -> float:
        """One picture; when it is seen, seconds on the clock."""
        now = self.clock.advance(1 / self.fps)
        counts = dict(self.report.gestures)
        self.engine.tick(now, None, observation)
        for name, count in self.report.gestures.items():
            if count > counts.get(name, 0):
                self.moves.append((now - 1 / self.fps + self.engine.parts.lead, name))
        self.news += [(now, event) for event in self.client.received()]
        return now + self.engine.parts.lead

    def run(self, seconds: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(T,) when each picture is seen; bone -> (T, 4, 4) world matrices in the companion's frame."""
        times, frames = [], []
        for _ in range(round(seconds * self.fps)):
            times.append(self.step())
            frames.append(self.engine.pose.world.copy())
        world = np.array(frames)
        return np.array(times), {bone: world[:, node] for bone, node in house().humanoid.items()}

    def at(self, kind: str) -> list[float]:
        """``at`` of the news of one kind of speech event."""
        return [e["data"]["at"] for _, e in self.news if e["type"] == f"presence.speech.{kind}"]


def unheard(speech: Speech) -> float:
    """Seconds of quiet at the beginning of a speech that are left out when nothing else is said."""
    sound = resample(speech.sound, speech.rate, 48000)
    return quiet(sound, round(0.004 * 48000)) / 48000


def pitch(head: np.ndarray) -> np.ndarray:
    """(T,) degrees that a head looks down. head : (T, 4, 4), of a companion that faces +Z."""
    rest = house().rest_world()[house().humanoid["head"]][:3, :3]
    ahead = head[:, :3, :3] @ np.linalg.inv(rest) @ np.array([0, 0, 1.0])
    return np.degrees(np.arcsin(np.clip(-ahead[:, 1], -1, 1)))
