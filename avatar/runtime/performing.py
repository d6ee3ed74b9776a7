"""A ceremony performed from its file: on a stage of its own, from its first cue or from its checkpoint, to its end."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from .. import paths
from ..care.disclosure import notice
from ..ceremony import actions, meaning, outfits
from ..ceremony.auto import Auto
from ..ceremony.director import Director
from ..ceremony.performing import READER
from ..ceremony.reading import Ceremony
from ..ceremony.restoring import restore
from ..config import Settings, writable_folder
from ..errors import UsageError, VoiceError
from ..io.capture.microphone import Microphone, SamplesMicrophone, SoundMicrophone
from ..io.console.console import PREVIEW_S, Console
from ..io.transports.tokens import TokenFiles
from ..io.voice import settings as stored
from ..io.voice.sound_files import read_sound
from ..io.voice.voices import catalogue
from ..linalg.flashes import FlashMeter
from ..spelling import LOOPBACK, parse_prop
from ..stage.light import probe_uniform
from ..stage.scene import by_flame
from ..types import ByteArray
from . import remembrance
from .acts import Keep
from .assemble import Assembly, Tell, stage
from .bodies import Bodies
from .ceremonies import companion_of, ready, told, worn
from .ceremony import Performance
from .desk import Desk
from .dressing import Dressing
from .forgetting import Forgetting
from .keeping import CHECKPOINT, keep, kept
from .loops import Hooks, live, offline
from .music import house
from .parts import Parts
from .prompting import Prompter
from .remembrance import Wish
from .report import Report
from .stopping import stop_signals
from .witness import Witness

LOG: Final = "log.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a ceremony is performed. settings : of the stage; language : spoken, None = the script's first; out : where
    what is kept goes; auto : nobody need touch it; answers : of the person's in ``auto``; microphone : for spoken
    answers, None = none; by_hand : keys on the terminal give GO; resumed : go on from the checkpoint in ``out``;
    preview : the console shows small pictures of the stage; wish : what is kept of it."""

    settings: Settings
    out: Path
    language: str | None = None
    auto: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    microphone: str | None = None
    by_hand: bool = True
    resumed: bool = False
    preview: bool = False
    wish: Wish = Wish()  # noqa: RUF009


def perform(path: Path, plan: Plan, started: float, tell: Tell) -> dict[str, Any]:
    """Perform a ceremony from its first cue, or from its checkpoint, to its end; the run's facts."""
    ceremony, problems = ready(path, plan.settings)
    if plan.language is not None and plan.language not in ceremony.script.languages:
        known = ", ".join(ceremony.script.languages)
        raise UsageError(f"language '{plan.language}': the ceremony is written in {known}")
    writable_folder(plan.out)
    aloud = read_by_a_human(ceremony, plan.settings)
    director = Director(ceremony, plan.language, (lambda role: True) if aloud else (lambda role: role != "companion"))
    before = kept(plan.out / CHECKPOINT) if plan.resumed else {}
    if plan.resumed:
        restore(director, before, str(plan.out / CHECKPOINT))
    settings, record = staged(ceremony, path.parent, plan), plan.settings.record
    language = director.words.language
    keeping = remembrance.begun(ceremony, language, plan.wish, record, before, plan.out, tell)
    unkept = keeping is None and remembrance.unkept(plan.wish, before)
    witness, film = Witness(director, keeping, unkept), remembrance.filmed(keeping, plan.wish, record)
    settings = replace(settings, record=film)
    report = Report(started)
    hooks = Hooks(stop=stop_signals(), prompt=True)

    dressing = Dressing(ceremony, path.parent, settings)
    bodies = Bodies(outfits.body_of(ceremony.script, ceremony.script.settings.outfit))

    def make(parts: Parts) -> Performance:
        bodies.others = dressing.ready(parts.renderer, tell)
        models = {bodies.worn: parts.model, **{name: body.model for name, body in bodies.others.items()}}
        auto = Auto(dict(plan.answers)) if plan.auto else None
        mixer, clock = parts.speaker.device.mixer, parts.speaker.clock
        return Performance(
            director,
            parts.doors,
            mixer,
            clock,
            lambda: parts.renderer.read().copy(),
            path.stem,
            Keep(path.parent, plan.out),
            auto,
            microphone_for(plan.microphone, clock),
            tell,
            witness=witness,
            reader=microphone_for(plan.settings.reader_mic, clock),
            apart=not settings.offline,
            outfits=worn(ceremony.script, models),
        )

    shots: deque[ByteArray] = deque(maxlen=1)
    console = Console((lambda: shots[-1] if shots else None) if plan.preview else None)
    facts: dict[str, Any] = {}
    try:
        with stage(settings, report, tell, perform=make, console=console) as whole:
            performance = whole.parts.ceremony
            assert performance is not None
            performance.posing.engine, whole.engine.bodies = whole.engine, bodies
            performance.lead, performance.nudge = whole.parts.lead, lambda: hooks.nudge()
            tell(notice(language))
            tell(director.words.names["title"])
            tell(remembrance.told(keeping, film, plan.out, unkept))
            _begin(ceremony, performance, whole, plan)
            prompter = Prompter(performance, hooks.stop, tell) if plan.by_hand and not plan.auto else None
            desk = Desk(plan.out, performance.levels, plan.resumed, tell)
            findings = told(Path(path.name), problems)
            heard, wish = performance.levels, Forgetting(witness, tell, film)
            console.plug(director, performance.give, findings, heard, desk.ticks, desk.keep, wish)
            if settings.port is not None:
                ticket = console.ticket(TokenFiles().own())
                port = whole.parts.doors.port
                console.guest_link = f"http://{settings.host}:{port}/console#guests={console.guest_token}"
                tell(f"console: http://{LOOPBACK}:{port}/console#{ticket}")
                tell(f"guests: {console.guest_link}")

            shot, flashes = 0.0, FlashMeter()

            def each(elapsed: float) -> None:
                nonlocal shot
                console.refresh()
                if prompter is not None:
                    prompter.follow()
                if settings.headless or settings.record is not None:
                    flashes.feed(whole.engine.picture, elapsed)  # which is read in any case
                remembrance.checked(whole.parts.recording, tell)
                if plan.preview and elapsed >= shot:
                    shots.append(whole.engine.look())  # read here: the drawing context is this thread's
                    shot = elapsed + PREVIEW_S
                if performance.finished(whole.clock.now()):
                    hooks.stop.set()

            hooks.each = each
            if prompter is not None:
                prompter.start()
            with remembrance.forgiving(whole.parts.recording, tell):
                if settings.offline and whole.source is not None:
                    offline(whole, hooks)
                else:
                    live(whole, tell, hooks)
            if not unkept:
                keep(plan.out / LOG, {"presence": 1, "ceremony": path.name, "log": director.checkpoint()["log"]})
            facts = {
                **report.facts(),
                "ceremony": path.stem,
                "mode": director.mode,
                "cues": list(director.done),
                "answers": dict(director.answers),
                "pictures": [str(p) for p in performance.pictures],
                "log": str(plan.out / LOG),
                **({"flashes": flashes.facts()} if flashes.pictures else {}),
            }
            if not flashes.right:
                worst = max(flashes.general, flashes.red)
                tell(f"{worst:g} flashes in a second at {flashes.at:.1f} s: more than 3 are not harmless (WCAG 2.3.1)")
    finally:  # whatever ended it, what was kept is brought to its end
        facts |= remembrance.ended(witness, record, tell, plan.out)
    if witness.forgotten or unkept:
        facts |= {"pictures": []}
        facts.pop("log", None)
    if record is not None and not witness.forgotten:
        facts["mp4"] = str(record)
    return facts


def staged(ceremony: Ceremony, folder: Path, plan: Plan) -> Settings:
    """The stage's settings as the ceremony, and whoever performs it, want them."""
    own, wanted = ceremony.script.settings, plan.settings
    props = []
    for text in own.props:
        _, model, _ = parse_prop(text)
        at = text.rpartition("@")[2] if "@" in text else ""
        props.append(text if model in paths.prop_names() else f"{folder / model}@{at}")
    persona = own.persona if not own.persona.endswith(".toml") else str(folder / own.persona)
    language = plan.language or ceremony.script.languages[0]
    voice = "none" if read_by_a_human(ceremony, wanted) else wanted.voice or speaking(own.voice, language)
    return replace(
        wanted,
        companion=companion_of(ceremony, folder),
        persona=persona,
        anchor=own.anchor,
        props=tuple(props),
        voice=voice,
        reader_mic=None,  # open while a line is read, not all the time
        words=language,
        language=None if voice is not None or language.split("-")[0] == "en" else language,
    )


def read_by_a_human(ceremony: Ceremony, wanted: Settings) -> bool:
    """Does a human read all of the companion's lines? Where the voice is ``reader``, or a reader has a microphone and
    no voice was asked for."""
    own = READER if wanted.reader_mic is not None else ceremony.script.settings.voice
    return (wanted.voice or own) == READER


def speaking(name: str | None, language: str) -> str | None:
    """The voice for a language: the one named where it speaks it, else None for this machine's own, else ``none``: the
    lines are shown at a reader's pace."""
    entries = [entry for entry in catalogue(stored.read()) if entry.installed]
    named = [entry for entry in entries if entry.name == name]
    if name is not None and (not named or named[0].speaks(language)):
        return name
    return None if any(entry.speaks(language) for entry in entries if entry.name != "none") else "none"


def microphone_for(want: str | None, clock: Any) -> Callable[[], Microphone] | None:
    """What opens a microphone for an answer; a sound file takes its place."""
    if want is None:
        return None
    if Path(want).is_file():
        sound, rate = read_sound(want)
        return lambda: SamplesMicrophone(sound, rate, clock, want)
    return lambda: SoundMicrophone(clock, want)


def _begin(ceremony: Ceremony, performance: Performance, whole: Assembly, plan: Plan) -> None:
    """Light and music as they are from the start; a resumed ceremony waits for a word, which ``auto`` gives."""
    own = ceremony.script.settings
    performance.lights.turn(own.light, 1.0, 0.0, whole.clock.now())
    if own.music is not None:
        performance.acts.play(actions.Music(music=own.music, loop=True))
    played = {action.music for action, _, _ in meaning.all_acts(ceremony) if isinstance(action, actions.Music)}
    for name in sorted(played - {"stop"}):
        with contextlib.suppress(VoiceError):  # told when its cue comes
            performance.music.read(house(name) or performance.files.folder / name)
    props = whole.parts.props
    used = (action for action, _, _ in meaning.all_acts(ceremony) if isinstance(action, actions.Prop))
    for name in sorted({action.prop for action in used}):
        if props is not None and name not in props.names:  # read now, so that no picture is late for it
            props.add(name, name, parse_prop(name).place)
            props.show(name, False)
    if props is not None and props.shine:
        bodies = whole.engine.bodies.others.values()
        for model in (whole.parts.model, *(body.model for body in bodies)):
            whole.parts.renderer.prepare(model, by_flame(probe_uniform((0.5, 0.5, 0.5))))
    if plan.resumed:
        performance.stand_again()
    if plan.resumed and plan.auto:
        performance.resume()
