"""A ceremony on a running stage: the director's commands become events, and what happens becomes its inputs.

It is a client of the engine as any other, inside the same process: lines, gestures, props and moves go the way that
every event goes. GO, hold, back and go-to come from other clients through ``directs``, from a console through ``give``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

from ..ceremony import actions, orders
from ..ceremony.auto import Auto
from ..ceremony.director import Director
from ..ceremony.restoring import standing
from ..ceremony.script import OnEvent
from ..clock import Clock
from ..errors import EventError, OutputError, SourceError, VoiceError
from ..events import messages
from ..events.codec import Event
from ..io.capture.microphone import Microphone
from ..io.outputs.still import write_png
from ..io.transports.memory import MemoryClient
from ..io.voice.sound_files import read_sound
from ..stage.wearing import Wearing
from ..types import ByteArray
from .answers import LANGUAGES, STOP, Listening
from .captions import Captions
from .doors import Doors
from .keeping import CHECKPOINT, keep
from .lights import Lights
from .mailbox import Inbox
from .music import Music, house
from .recordings import Recordings

SOURCE: Final = "ceremony"
_GRACE_S: Final = 1.5
"""After its end the stage stays for a moment."""
_LAST_S: Final = 12.0
"""What plays then goes away within this, and the stage waits for it."""


class Line(Protocol):
    """The line of samples that music is added to."""

    rate: int
    beside: Callable[..., None] | None


@dataclass(frozen=True, slots=True)
class Keep:
    """Where a ceremony's files are. folder : of the script, for what it plays; out : what is kept goes there."""

    folder: Path
    out: Path


class Performance:
    """director : of the ceremony; doors : of the stage; mixer : its line of sound; picture : a copy of the newest
    picture; name : the ceremony's, in events; files : where; auto : performs it without a human, None = humans do;
    microphone : opens one for spoken answers, None = they are typed, tapped or given by gesture; tell : takes words for
    a person, each cue as it begins; outfits : name -> primitives of the companion that are not shown in it.

    ``step`` is called once a picture by the thread of the engine; ``give`` from anywhere."""

    def __init__(
        self,
        director: Director,
        doors: Doors,
        mixer: Line,
        clock: Clock,
        picture: Callable[[], ByteArray],
        name: str,
        files: Keep,
        auto: Auto | None = None,
        microphone: Callable[[], Microphone] | None = None,
        tell: Callable[[str], None] = lambda words: None,
        sounds: Callable[[str], Path | None] = house,
        outfits: Mapping[str | None, frozenset[int]] = MappingProxyType({}),
    ) -> None:
        self.director, self.name, self.files = director, name, files
        self.lights, self.music = Lights(), Music(mixer.rate)
        self._outfits = outfits
        first = director.ceremony.script.settings.outfit
        self.wearing = Wearing(outfits.get(first, outfits.get(None, frozenset())))
        self.pictures: list[Path] = []
        self.over = ""
        self.over_at = 0.0
        self._doors, self._clock, self._picture, self._auto = doors, clock, picture, auto
        self._client = MemoryClient(doors.hub, SOURCE)
        self._inputs: Inbox[orders.Input] = Inbox()
        self._captions = Captions()
        self._recordings = Recordings(self._client)
        self._microphone, self._ear = microphone, None
        self._tell, self._sounds = tell, sounds
        self._broken = False
        self._read = ""
        triggers = (step.trigger for step in director.plan.steps)
        self._awaited = {trigger.event for trigger in triggers if isinstance(trigger, OnEvent)}
        mixer.beside = self.music.mix

    _ear: Listening | None

    def give(self, one: orders.Input) -> None:
        """Hand an input in, of the officiant's, the person's or a guest's. Any thread."""
        self._inputs.put(one)

    def saw(self, gestures: Collection[str]) -> None:
        """The person began these gestures."""
        for gesture in gestures:
            self._inputs.put(orders.Seen(gesture))

    def directs(self, event: Event) -> bool:
        """Take an event that is for the ceremony; True when nobody else need act on it. Raises EventError."""
        if event.source == SOURCE:
            return False
        if event.type in self._awaited:
            self.give(orders.Came(event.type))
        match event.data:
            case messages.CueGo(ceremony=ceremony, cue=cue):
                self._known(event, ceremony, cue)
                self.give(orders.Go(cue, "a client"))
            case messages.CueHold(ceremony=ceremony):
                self._known(event, ceremony, None)
                self.give(orders.Hold())
            case messages.CueBack(ceremony=ceremony):
                self._known(event, ceremony, None)
                self.give(orders.Back())
            case messages.CueGoto(ceremony=ceremony, cue=cue):
                self._known(event, ceremony, cue)
                if cue is None:
                    raise EventError("missing_field", "go-to needs a cue", "/data/cue", event.id)
                self.give(orders.Goto(cue))
            case messages.Panic(fade=fade):
                self.give(orders.Panic(fade or 0.0))
                return False
            case messages.Resume():
                self.give(orders.Resume())
                return False
            case messages.Crisis():
                self.give(orders.Crisis())
                return False
            case messages.Goodbye():
                self.give(orders.Stop("goodbye"))
                return False
            case _:
                return False
        return True

    def resume(self) -> None:
        """The explicit word after a restart, and the GO that follows it."""
        self.give(orders.Resume())
        self.give(orders.Go(by="resume"))

    def stand_again(self) -> None:
        """Set the stage as the cues before a restart left it."""
        for done in standing(self.director):
            self._do(done.cue, done.action, self._clock.now())

    def play(self, action: actions.Music) -> str:
        """Begin or stop music; why it cannot be, "" when it can."""
        return self._play(action)

    def step(self, now: float) -> None:
        """Go on to ``now``, seconds on the engine's clock."""
        self._news()
        inputs = self._inputs.drain()
        if any(isinstance(one, orders.Resume) for one in inputs) and self.director.mode == "panic":
            self._send("presence.resume")
        if self._auto is not None:
            inputs += self._auto.step(self.director)
        todo = deque(self.director.step(now, inputs))
        while todo:
            self._act(todo.popleft(), now)
        if self._read and self._read not in {line.utterance for line in self.director.view().lines}:
            self._captions.clear()
            self._read = ""
        self._recordings.step()
        self.music.attend(bool(self._read) or self.listening)

    def caption(self, now: float) -> tuple[str, str]:
        """(words, speaker) of what is read or shown and not spoken by the companion; empty for nothing."""
        return self._captions.at(now)

    @property
    def listening(self) -> bool:
        """Is a microphone of this machine open for an answer?"""
        return self._ear is not None and self._ear.open

    def finished(self, now: float) -> bool:
        """Is it over, and a moment past?"""
        if not self.over or now < self.over_at + _GRACE_S or self.director.view().lines:
            return False
        return not self.music.playing or now >= self.over_at + _LAST_S + _GRACE_S

    def close(self) -> None:
        """Stop listening, and leave the stage."""
        self._deaf()
        self.music.stop()
        self._client.close()

    def _known(self, event: Event, ceremony: str | None, cue: str | None) -> None:
        if ceremony is not None and ceremony != self.name:
            raise EventError("unknown_name", f"the ceremony here is '{self.name}'", "/data/ceremony", event.id)
        if cue is not None and not self.director.knows(cue):
            raise EventError("unknown_name", "there is no such cue in this ceremony", "/data/cue", event.id)

    def _news(self) -> None:
        """What the engine told since the last step."""
        for event in self._client.received():
            kind, data = event["type"], event["data"]
            match kind:
                case "presence.speech.started" | "presence.speech.finished" | "presence.speech.interrupted":
                    self._inputs.put(orders.Spoken(data["utterance"], kind.rpartition(".")[2]))
                case "presence.error":
                    self._inputs.put(orders.Spoken(str(data.get("id") or ""), "failed"))
            if kind in self._awaited:
                self._inputs.put(orders.Came(kind))

    def _send(self, type: str, id: str | None = None, **data: Any) -> str:
        """One event; the code of its error, "" when it is taken."""
        answer = self._client.send(type, id, **{key: value for key, value in data.items() if value is not None})
        return str(answer["data"]["code"]) if answer["type"] == "presence.error" else ""

    def _act(self, command: orders.Command, now: float) -> None:
        match command:
            case orders.Line():
                self._line(command, now)
            case orders.Do(cue, action):
                self._do(cue, action, now)
            case orders.Hush(utterance):
                self._captions.clear()
                self._recordings.drop(utterance)
                self._send("presence.interrupt", utterance=utterance)
            case orders.Listen():
                self._listen(command)
            case orders.Unlisten():
                self._deaf()
            case orders.News():
                self._publish(command)
            case orders.Save(checkpoint):
                self._save(checkpoint)
            case orders.Fade(seconds):
                self._quiet(seconds, now)
            case orders.Freeze(on):
                self.music.freeze(on)
            case orders.Calm(fade):
                self._quiet(fade, now, at_once=True)
                self._send("presence.panic", fade=fade)
            case orders.Over(how):
                self.over, self.over_at = how, now
                self.music.stop(_LAST_S if how == "ended" else 2.0)
                self._tell(f"the ceremony has {'come to its end' if how == 'ended' else 'been stopped'}")

    def _quiet(self, seconds: float, now: float, at_once: bool = False) -> None:
        self._captions.clear()
        self._recordings.drop(None)
        self._deaf()
        self.music.stop(seconds)
        self.lights.turn("room", 1.0, seconds, now, at_once)
        self._send("presence.interrupt")

    def _line(self, line: orders.Line, now: float) -> None:
        speaker = self.director.words(getattr(self.director.ceremony.script.roles, line.who).name) or line.who
        if line.read or line.file is not None:
            self._captions.read(line.text, speaker, line.seconds, now, ends=False)
            self._read = line.utterance
            self._doors.publish(messages.CaptionShown(text=line.text, speaker=speaker, utterance=line.utterance))
        if line.read:
            self._tell(f"      {speaker} reads: {line.text}")
            return
        if line.file is not None:
            try:
                self._recordings.play(line.utterance, *read_sound(self.files.folder / line.file))
            except VoiceError as error:
                self._trouble(line.cue, str(error))
                self.give(orders.Spoken(line.utterance, "failed"))
            return
        failed = self._send(
            "presence.say",
            line.utterance,
            text=line.text,
            utterance=line.utterance,
            expression=line.expression,
            intensity=line.intensity,
            voice=line.voice,
            language=self.director.words.language,
        )
        if failed:
            self.give(orders.Spoken(line.utterance, "failed"))

    def _do(self, cue: str, action: Any, now: float) -> None:
        failed = ""
        match action:
            case actions.Gesture(gesture=name, intensity=intensity, seconds=seconds):
                failed = self._send("presence.gesture", name=name, intensity=intensity, seconds=seconds)
            case actions.Express():
                failed = self._send(
                    "presence.express", **{**action.model_dump(), "express": None}, expression=action.express
                )
            case actions.Gaze(gaze=target, point=point):
                failed = self._send("presence.gaze", target=target, point=None if point is None else list(point))
            case actions.Move():
                failed = self._send("presence.move", **{**action.model_dump(), "move": None}, anchor=action.move)
            case actions.Prop(prop=name, action=what, to=to):
                failed = self._send("presence.prop", name=name, action=what, to=to)
            case actions.Light(light=name, level=level, seconds=seconds):
                self.lights.turn(name, level, seconds, now)
            case actions.Outfit(outfit=name, seconds=seconds):
                self.wearing.put_on(self._outfits.get(name, frozenset()), seconds, now)
            case actions.Music():
                failed = self._play(action)
            case actions.Caption(caption=text, speaker=who, seconds=seconds):
                shown = str(text)
                self._captions.read(shown, who or "", seconds or max(3.0, 0.07 * len(shown)), now)
                self._doors.publish(messages.CaptionShown(text=shown, speaker=who or "", utterance=""))
            case actions.Picture(picture=name):
                failed = self._photograph(name)
        if failed:
            self._trouble(cue, f"{type(action).__name__.lower()}: {failed}")

    def _play(self, action: actions.Music) -> str:
        gently = 1.0 if action.loop or action.music == "stop" else 0.0
        fade = gently if action.fade is None else action.fade
        if action.music == "stop":
            self.music.stop(fade)
            return ""
        ours = self._sounds(action.music)
        level = (0.5 if ours is None else 1.0) if action.level is None else action.level
        try:
            sound = self.music.read(ours or self.files.folder / action.music)
        except VoiceError as error:
            return str(error)
        self.music.play(sound, self.music.rate, level, fade, action.loop, action.over)
        return ""

    def _photograph(self, name: str) -> str:
        path = self.files.out / f"{name}.png"
        try:
            write_png(path, self._picture())
        except OutputError as error:
            return str(error)
        self.pictures.append(path)
        return ""

    def _listen(self, asked: orders.Listen) -> None:
        labels = ", ".join(f"'{label}' ({answer})" for answer, label in asked.labels.items())
        self._tell(f"      awaited: {labels}, or silence for {asked.silence:g} s")
        language = self.director.words.language.split("-")[0]
        if self._microphone is None or language not in LANGUAGES:
            return
        script = self.director.ceremony.script
        wanted = {**asked.words, STOP: tuple(script.stop.words.get(language, ()))}
        try:
            self._ear = Listening(self._microphone, wanted, self._clock, self._heard, language)
        except (SourceError, VoiceError) as error:
            self._trouble(asked.cue, str(error))

    def _heard(self, answer: str) -> None:
        if answer == STOP:
            self.give(orders.Stop())
        elif answer in ("yes", "no"):
            self.give(orders.Answered("yes" if answer == "yes" else "no", "spoken"))

    def _deaf(self) -> None:
        if self._ear is not None:
            self._ear.close()
            self._ear = None

    def _publish(self, news: orders.News) -> None:
        kinds = {
            "standby": messages.CueStandby,
            "started": messages.CueStarted,
            "finished": messages.CueFinished,
            "failed": messages.CueFailed,
        }
        self._doors.publish(kinds[news.kind](ceremony=self.name, cue=news.cue, number=news.number, at=news.at))
        step = self.director.plan.step(news.cue)
        if news.kind in ("started", "failed") and step is not None:
            label = self.director.words(step.cue.label) or news.cue
            self._tell(
                f"{self.director.t:7.1f} s  {news.number:>5}  {label}{'' if news.kind == 'started' else ': FAILED'}"
            )

    def _save(self, checkpoint: dict[str, Any]) -> None:
        try:
            keep(self.files.out / CHECKPOINT, checkpoint)
            self._broken = False
        except OutputError as error:
            if not self._broken:
                self._broken = True
                self._trouble("", str(error))

    def _trouble(self, cue: str, what: str) -> None:
        self._tell(f"trouble: {what}")
        self.give(orders.Trouble(cue, what.partition(":")[0]))
