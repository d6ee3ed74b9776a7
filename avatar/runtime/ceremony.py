"""A ceremony on a running stage: the director's commands become events, and what happens becomes its inputs.

It is a client of the engine as any other, inside the same process: lines, gestures, props and moves go the way that
every event goes. GO, hold, back and go-to come from other clients through ``directs``, from a console through ``give``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ..ceremony import orders
from ..ceremony.auto import Auto
from ..ceremony.director import Director
from ..ceremony.restoring import standing
from ..ceremony.script import OnEvent
from ..ceremony.texts import sentences
from ..clock import Clock
from ..errors import OutputError, VoiceError
from ..events import messages, tags
from ..events.codec import Event
from ..io.capture.microphone import Microphone
from ..io.outputs.still import write_png
from ..io.transports.memory import MemoryClient
from ..io.voice.sound_files import read_sound
from ..stage.wearing import Look
from ..types import ByteArray
from .acts import Acts, Keep
from .captions import Captions
from .directed import given
from .doors import Doors
from .ear import Ear
from .keeping import CHECKPOINT, keep
from .levels import Levels, Line
from .mailbox import Inbox
from .music import house
from .posing import Posing, written
from .reading_aloud import OVER, Ears, ReadAloud
from .recordings import Recordings
from .witness import Witness

SOURCE: Final = "ceremony"
_GRACE_S: Final = 1.5
"""After its end the stage stays for a moment."""
_LAST_S: Final = 12.0
"""What plays then goes away within this, and the stage waits for it."""


class Performance:
    """director : of the ceremony; doors : of the stage; mixer : its line of sound; picture : a copy of the newest
    picture; name : the ceremony's, in events; files : where; auto : performs it without a human, None = humans do;
    microphone : opens one for spoken answers, None = they are typed, tapped or given by gesture; tell : takes words for
    a person, each cue as it begins; witness : sees what is kept of it; reader : opens a microphone for whoever reads
    the companion's lines, None = there is none; apart : that is done in a thread of its own;
    outfits : name -> what of the companion is shown and not shown in it.

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
        witness: Witness | None = None,
        reader: Callable[[], Microphone] | None = None,
        apart: bool = False,
        outfits: Mapping[str | None, Look] = MappingProxyType({}),
    ) -> None:
        self.director, self.name, self.files = director, name, files
        self.over, self.over_at = "", 0.0
        self.nudge: Callable[[], None] = lambda: None  # asks for a picture at once, from any thread
        self.lead = 0.0  # seconds from a picture's time to its middle
        self._doors, self._clock, self._auto = doors, clock, auto
        self._client = MemoryClient(doors.hub, SOURCE)
        self._inputs: Inbox[orders.Input] = Inbox()
        self._captions = Captions()

        def send(type: str, **data: Any) -> str:
            return self._send(type, **data)

        self.pictures: list[Path] = []
        self.witness = witness or Witness(director)
        script, language = director.ceremony.script, director.words.language
        keep = self.witness.stills(self.pictures) or written(files.out, self.pictures, write_png)
        self.posing = Posing(send, picture, keep, language, script.settings.anchor)
        worn = outfits.get(script.settings.outfit, outfits.get(None, Look()))
        self.acts = Acts(send, doors, mixer.rate, self._captions, self.posing, keep, files, sounds, outfits, worn)
        self.lights, self.music, self.wearing = self.acts.lights, self.acts.music, self.acts.wearing
        self._recordings = Recordings(self._client)
        self.levels = Levels(mixer.rate, self.music.mix)
        self._ear = Ear(director, microphone, clock, self.give, self._trouble, tell, self.levels)
        ears = None
        if reader is not None:
            ears = Ears(reader, clock, self.levels.heard, lambda why: self._trouble("", why), apart)
        self.aloud = ReadAloud(send, self._captions, language, ears)
        self._tell = tell
        self._broken, self._read = False, ""
        triggers = (step.trigger for step in director.plan.steps)
        self._awaited = {trigger.event for trigger in triggers if isinstance(trigger, OnEvent)}
        mixer.beside = self.levels.mix

    def give(self, one: orders.Input) -> None:
        """Hand an input in, of the officiant's, the person's or a guest's. Any thread."""
        self._inputs.put(one)
        if not isinstance(one, orders.Spoken | orders.Trouble):
            self.nudge()

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
        one, ours = given(event, self.director, self.name)
        if one is not None:
            self.give(one)
        return ours

    def resume(self) -> None:
        """The explicit word after a restart, and the GO that follows it."""
        self.give(orders.Resume())
        self.give(orders.Go(by="resume"))

    def stand_again(self) -> None:
        """Set the stage as the cues before a restart left it."""
        for done in standing(self.director):
            self._do(done.cue, done.action, self._clock.now())

    def step(self, now: float) -> None:
        """Go on to ``now``, seconds on the engine's clock."""
        given = self._inputs.drain()
        self._news()
        inputs = [*self._inputs.drain(), *given]  # what was heard, before what was asked for since
        if any(isinstance(one, orders.Resume) for one in inputs) and self.director.mode == "panic":
            self._send("presence.resume")
        if self._auto is not None:
            inputs += self._auto.step(self.director)
        todo = deque(self.director.step(now + self.lead, inputs))
        self.witness.sees(todo, now + self.lead)
        while todo:
            self._act(todo.popleft(), now)
        if self._read and self._read not in {line.utterance for line in self.director.view().lines}:
            self._captions.clear()
            self._hushed()
            self._read = ""
        self._recordings.step()
        self.music.attend(bool(self._read) or self.listening)

    def caption(self, now: float) -> tuple[str, str]:
        """(words, speaker) of what is read or shown and not spoken by the companion; empty for nothing."""
        return self._captions.at(now)

    @property
    def listening(self) -> bool:
        """Is a microphone of this machine open, for an answer or for a reader?"""
        return self._ear.open or self.aloud.open

    def finished(self, now: float) -> bool:
        """Is it over, and a moment past?"""
        if not self.over or now < self.over_at + _GRACE_S or self.director.view().lines:
            return False
        return not self.music.playing or now >= self.over_at + _LAST_S + _GRACE_S

    def close(self) -> None:
        """Stop listening, and leave the stage."""
        self._ear.close()
        self.aloud.close()
        self.music.stop()
        self._client.close()

    def _news(self) -> None:
        """What the engine told since the last step."""
        for event in self._client.received():
            kind, data = event["type"], event["data"]
            if self.aloud.own(str(data.get("utterance") or data.get("id") or ""), kind in OVER, self._clock.now()):
                continue
            match kind:
                case "presence.speech.started" | "presence.speech.finished":
                    self._inputs.put(orders.Spoken(data["utterance"], kind.rpartition(".")[2]))
                case "presence.speech.interrupted":
                    name, letters = data["utterance"], data.get("heard") or 0
                    text = next((line.text for line in self.director.view().lines if line.utterance == name), "")
                    heard = sentences(tags.strip(text)[0][:letters])
                    self._inputs.put(orders.Spoken(name, "interrupted", heard))
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
                self._hushed()
                self._recordings.drop(utterance)
                self._send("presence.interrupt", utterance=utterance)
            case orders.Listen():
                self._ear.listen(command)
            case orders.Unlisten():
                self._ear.close()
            case orders.News():
                self._publish(command)
            case orders.Save(checkpoint):
                self._save(checkpoint)
            case orders.Fade(seconds):
                self._quiet(seconds, now)
            case orders.Freeze(on):
                self.music.freeze(on)
            case orders.Calm(fade):
                self.posing.drop()
                self._quiet(fade, now, at_once=True)
                self._send("presence.panic", fade=fade)
            case orders.Over(how):
                self.over, self.over_at = how, now
                self.music.stop(_LAST_S if how == "ended" else 2.0)
                self._tell(f"the ceremony has {'come to its end' if how == 'ended' else 'been stopped'}")

    def _quiet(self, seconds: float, now: float, at_once: bool = False) -> None:
        self._captions.clear()
        self._hushed()
        self._recordings.drop(None)
        self._ear.close()
        self.music.stop(seconds)
        self.lights.turn("room", 1.0, seconds, now, at_once)
        self._send("presence.interrupt")

    def _line(self, line: orders.Line, now: float) -> None:
        speaker = self.director.words(getattr(self.director.ceremony.script.roles, line.who).name) or line.who
        if line.read and line.who == "companion":
            self._read = line.utterance
            self._tell(f"      read for {speaker}: {tags.strip(line.text)[0]}")
            self.aloud.begin(line, speaker, now)
            return
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

    def _hushed(self) -> None:
        """Nobody reads for the companion now."""
        if self.aloud.end():
            self.levels.deaf()

    def _do(self, cue: str, action: Any, now: float) -> None:
        if isinstance(action, orders.Posed) and action.what == "count":
            self._tell(f"      {action.number}")
        failed = self.acts.do(cue, action, now)
        if failed:
            self._trouble(cue, f"{type(action).__name__.lower()}: {failed}")

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
        self.witness.settle()
        try:
            unkept = {"unkept": True} if self.witness.unkept else {}
            keep(self.files.out / CHECKPOINT, {**checkpoint, "keepsake": self.witness.name, **unkept})
            self._broken = False
        except OutputError as error:
            if not self._broken:
                self._broken = True
                self._trouble("", str(error))

    def _trouble(self, cue: str, what: str) -> None:
        self._tell(f"trouble: {what}")
        self.give(orders.Trouble(cue, what.partition(":")[0]))
