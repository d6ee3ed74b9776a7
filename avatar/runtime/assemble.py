"""Settings in, a stage out: opens what a run needs, in the order in which a failure costs least; closes it again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from .. import paths
from ..animate import persona as personas
from ..animate.library import GESTURES
from ..care.crisis import region_of
from ..care.disclosure import Disclosure
from ..clock import Clock, ManualClock, SystemClock
from ..config import Settings
from ..errors import SourceError
from ..events.messages import Capabilities
from ..io.capture.microphone import Microphone, SamplesMicrophone, SoundMicrophone
from ..io.capture.open import open_source
from ..io.capture.source import Source
from ..io.outputs.journal import Journal
from ..io.outputs.recorder import Recorder
from ..io.outputs.window import CLICKER, KEYS, Window
from ..io.transports.hub import Delivery
from ..io.voice.playback import RATE, SoundDevice, VirtualDevice, open_device
from ..io.voice.sound_files import read_sound
from ..io.voice.voices import Voices
from ..model.model import AvatarModel
from ..render.context import attach
from ..render.renderer import Renderer
from ..spelling import ANCHORS, PROPS, parse_prop
from ..stage.build import build_of
from ..stage.light import probe_uniform
from ..stage.scene import Lighting, by_flame
from ..stage.standing import Standing
from ..types import FloatArray
from .acting import Acting
from .animating import animator_for
from .cameras import field_of_view
from .conversation import Conversation
from .display import Actor, Follower
from .doors import CUES, HANDLED, Doors
from .engine import Engine
from .entrance import door_keys
from .hands import Hands
from .hearing import Hearing, Played
from .journalling import Record
from .loading import load
from .mailbox import Inbox
from .midi_door import open_midi
from .nats_door import stage_show, where
from .osc_doors import open_puppetry, open_show
from .parts import Parts
from .props import props_for
from .recording import RecordingWorker
from .report import Report
from .sound_keeper import SoundKeeper
from .speaking import Speaker
from .voicing import voices_for
from .watching import Watch

if TYPE_CHECKING:  # a run without a ceremony starts sooner
    from ..io.console.console import Console
    from .ceremony import Performance

Tell = Callable[[str], None]


class NoEyes:
    """What the engine sees through before there is a source, and where there is no camera at all."""

    device_open = False
    state = "none"


@dataclass(slots=True)
class Assembly:
    """The engine with everything it stands on. source : None where there is no camera."""

    engine: Engine
    parts: Parts
    clock: Clock
    source: Source | None
    settings: Settings


@contextlib.contextmanager
def stage(
    settings: Settings,
    report: Report,
    tell: Tell,
    clock: Clock | None = None,
    perform: Callable[[Parts], Performance] | None = None,
    console: Console | None = None,
) -> Iterator[Assembly]:
    """Open everything a run needs; close all of it, newest first, however the run ends. clock : None = one for it;
    perform : makes the ceremony that is performed on it; console : the page of whoever directs it, beside the events.

    Raises what the parts raise: SourceError, ModelError, AssetError, GraphicsError, OutputError, PortError, UsageError.
    """
    cv2.setNumThreads(1)  # small pictures are converted quicker by one thread, and the others are needed elsewhere
    clock = clock or (ManualClock() if settings.offline else SystemClock())
    with contextlib.ExitStack() as stack:
        follower = None
        if settings.follow and settings.nats is not None:
            follower = Follower(clock, where(settings.nats, settings.stage), settings.stage, tell)
            stack.callback(follower.close)
            clock = shared = follower.wait()
        persona = personas.load(settings.persona)
        voices = voices_for(
            settings.voice, settings.language, settings.rate, settings.pitch, settings.pause, settings.breath
        )
        model = load(paths.companion(settings.companion), limits=settings.limits)
        for line in model.notes:
            tell(f"note: {line}")
        props = props_for(settings.props, settings.limits, settings.seed)
        source = _source(settings, clock, tell)
        if source is not None:
            stack.callback(source.close)
        recording = _recording(settings, stack)
        taps: list[RecordingWorker] = [recording] if recording is not None else []

        def tap(t: float, block: FloatArray) -> None:
            for worker in taps:
                worker.write_sound(block, t)
            if played is not None:
                played.tap(t, block)

        played = Played(RATE) if settings.listen is not None else None
        device = open_device(clock, "none" if settings.offline else settings.sound, tap)
        if played is not None:
            played.rate = device.mixer.rate
        device.mixer.pause = voices.manner.pause
        speaker = Speaker(clock, device, voices, sync=settings.offline, persona=persona, seed=settings.seed)
        stack.callback(speaker.close)
        if isinstance(device, SoundDevice):
            stack.enter_context(SoundKeeper(device, tell))
        inbox: Inbox[Delivery] = Inbox()
        names = _capabilities(model, settings, persona, voices)
        keys = door_keys(settings, tell)
        handled = HANDLED | CUES if perform is not None else HANDLED
        doors = Doors(inbox, clock, names, handled, keys=keys, origins=settings.origins, on_panic=device.mixer.hush)
        stack.callback(doors.stop)
        if settings.journal is not None:
            doors.journal = _journal(settings, source is not None, clock, report, stack, tell)
        if console is not None:
            from ..io.console.server import routes

            doors.pages = routes(console, doors.hub.keys)
        if settings.port is not None:
            doors.listen(settings.port, settings.host)
            tell(f"events: {doors.url}")
        open_show(settings, doors.hub, stack, tell)
        open_midi(settings, doors.hub, stack, tell)
        if settings.nats is not None and follower is None:
            doors.show, close = stage_show(doors.hub, clock, settings.nats, settings.stage, tell, settings.observe)
            stack.callback(close)
        speaker.warm()
        window = None
        if not settings.headless:
            window = Window(settings.size, f"Presence – {model.name}", vsync=False, clicker=perform is not None)
            stack.callback(window.close)
            tell(f"window: {CLICKER if perform is not None else KEYS}")
        renderer = Renderer(settings.size, settings.samples, attach() if window is not None else None)
        stack.callback(renderer.close)
        even = probe_uniform((0.5, 0.5, 0.5))
        lights = (Lighting(), Lighting(probe=even), *((by_flame(even),) if props.shine else ()))
        for each in (model, *props.models()):
            renderer.prepare(each, *lights)
        animator = animator_for(model, settings.seed, persona)
        hands = Hands(animator, speaker)
        language = settings.words or settings.language or "en"
        acting = Acting(doors.publish, doors.departed, doors.halted, language, settings.region or _region())
        vmc_in, vmc_out = open_puppetry(settings, clock, animator, stack, tell)
        parts = Parts(
            size=settings.size,
            fov_y=field_of_view(settings.fov_y, source, tell),
            model=model,
            animator=animator,
            standing=Standing(build_of(model), settings.anchor, settings.mirror),
            renderer=renderer,
            speaker=speaker,
            conversation=Conversation(
                inbox, speaker, doors.publish, model.name, model.expressions, GESTURES, hands.stroke, acting
            ),
            hands=hands,
            doors=doors,
            report=report,
            eyes=NoEyes(),
            window=window,
            recording=recording,
            lead=0.5 / (source.fps if source is not None else settings.fps),
            mirror=settings.mirror,
            persona=lambda name: persona if name == persona.name else personas.load(name),
            puppet=settings.puppet == "person",
            watch=Watch(doors.publish, settings.observe),
            camera_look=settings.camera_look,
            disclosure=Disclosure(language=language),
            props=props,
            vmc_in=vmc_in,
            vmc_out=vmc_out,
        )
        parts.conversation.understand(persona.tags.emotions, persona.tags.motions)
        _tell_device(device, tell)
        parts.hearing = _hearing(settings, clock, speaker, played, tell)
        if parts.hearing is not None and settings.offline:
            stack.callback(parts.hearing.microphone.close)
        elif parts.hearing is not None:
            stack.enter_context(parts.hearing)
        if follower is not None:
            parts.conversation.joins = True
            follower.attach(Actor(doors.hub, speaker, shared, tell).act, frozenset(model.expressions))
        engine = Engine(parts)
        if perform is not None:
            parts.ceremony = perform(parts)
            parts.conversation.directs = parts.ceremony.directs
            stack.callback(parts.ceremony.close)
        yield Assembly(engine, parts, clock, source, settings)


def _source(settings: Settings, clock: Clock, tell: Tell) -> Source | None:
    """The source; a run that did not ask for a camera of its own goes on without one, and says so."""
    if settings.no_source:
        return None
    size = settings.size if settings.source == "demo" else None
    try:
        return open_source(settings.source, size, settings.fps, clock=clock, offline=settings.offline)
    except SourceError as error:
        if settings.camera_needed or error.code != "none":
            raise
        tell(f"{error}; the companion stands on a plain ground (try --source demo)")
        return None


def _journal(
    settings: Settings, has_source: bool, clock: Clock, report: Report, stack: contextlib.ExitStack, tell: Tell
) -> Record:
    assert settings.journal is not None
    file = Journal(settings.journal)
    record = Record(file.write, settings.journal_content, clock, lambda: report.frames)
    record.header(settings, has_source)

    def close() -> None:
        record.mark("end")
        file.close()
        if file.error:
            tell(file.error)

    stack.callback(close)
    return record


def _hearing(settings: Settings, clock: Clock, speaker: Speaker, played: Played | None, tell: Tell) -> Hearing | None:
    """The microphone, where the person asked for one: an option of this one run. Raises SourceError, VoiceError."""
    want = settings.reader_mic or settings.listen
    if want is None:
        return None
    microphone: Microphone
    if Path(want).is_file():
        sound, rate = read_sound(want)
        microphone = SamplesMicrophone(sound, rate, clock, want)
    else:
        microphone = SoundMicrophone(clock, want)
        tell(f"microphone '{microphone.name}' is open: nothing that is heard is kept or leaves this machine")
    reader = settings.reader_mic is not None
    mixer = None if reader else speaker.device.mixer
    return Hearing(microphone, clock, reader, mixer, played)


def _recording(settings: Settings, stack: contextlib.ExitStack) -> RecordingWorker | None:
    if settings.record is None:
        return None
    recorder = Recorder(settings.record, settings.size, settings.fps)
    worker = RecordingWorker(recorder, settings.size, wait=settings.offline)
    stack.callback(worker.close)
    return worker


def _region() -> str:
    """The country of this system's language, "" for none."""
    return next((region_of(os.environ[n]) for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), "")


def _capabilities(model: AvatarModel, settings: Settings, persona: personas.Persona, voices: Voices) -> Capabilities:
    """The names that clients may use; of personas the house's and the one that the run began with, never a file."""
    return Capabilities(
        expressions=sorted(model.expressions),
        gestures=sorted(GESTURES),
        anchors=list(ANCHORS),
        voices=voices.names(),
        personas=sorted({*personas.names(), persona.name}),
        companions=sorted({settings.companion, model.name}),
        props=sorted({*PROPS, *(parse_prop(text).name for text in settings.props)}),
    )


def _tell_device(device: VirtualDevice, tell: Tell) -> None:
    if device.note:
        tell(device.note)
