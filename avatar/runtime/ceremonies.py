"""Ceremonies from files: made new, checked against this machine, rehearsed, performed, gone on with."""

from __future__ import annotations

import contextlib
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from .. import paths
from ..animate import persona as personas
from ..animate.library import GESTURES
from ..care.disclosure import notice
from ..ceremony import actions, drafting, marked, meaning, outfits, preflight, reading
from ..ceremony.auto import Auto
from ..ceremony.director import Director
from ..ceremony.preflight import World
from ..ceremony.reading import Ceremony, Problem
from ..ceremony.restoring import restore
from ..ceremony.script import Script
from ..config import Settings, writable_folder
from ..errors import AvatarError, CeremonyError, UsageError, VoiceError
from ..io.capture.microphone import Microphone, SamplesMicrophone, SoundMicrophone
from ..io.console.console import PREVIEW_S, Console
from ..io.transports.tokens import TokenFiles
from ..io.voice import settings as stored
from ..io.voice.sound_files import read_sound
from ..io.voice.voices import catalogue
from ..linalg.flashes import FlashMeter
from ..model.licence import read_licence
from ..model.model import AvatarModel
from ..model.parts import parts_of
from ..spelling import LOOPBACK, parse_prop
from ..types import ByteArray
from .assemble import Assembly, Tell, stage
from .ceremony import Keep, Performance
from .keeping import CHECKPOINT, keep, kept
from .loading import load
from .loops import Hooks, live, offline
from .music import house
from .parts import Parts
from .prompting import Prompter
from .report import Report
from .stopping import stop_signals
from .surroundings import means

LOG: Final = "log.json"
_SUFFIXES: Final = (".vrm", ".glb", ".gltf")
_MOST_FILES: Final = 2000


@dataclass(frozen=True, slots=True)
class Plan:
    """How a ceremony is performed. settings : of the stage; language : spoken, None = the script's first; out : where
    what is kept goes; auto : nobody need touch it; answers : of the person's in ``auto``; microphone : for spoken
    answers, None = none; by_hand : keys on the terminal give GO; resumed : go on from the checkpoint in ``out``;
    preview : the console shows small pictures of the stage."""

    settings: Settings
    out: Path
    language: str | None = None
    auto: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    microphone: str | None = None
    by_hand: bool = True
    resumed: bool = False
    preview: bool = False


def open_script(path: Path) -> Ceremony:
    """The script in a file. Raises CeremonyError, UsageError."""
    return reading.parse(_data(path), str(path))


def check(path: Path, settings: Settings | None = None) -> tuple[Ceremony | None, list[Problem]]:
    """A script and everything that could fail on this machine. Raises CeremonyError where it is no YAML."""
    ceremony, wrong = reading.shape(marked.read(_data(path), str(path)))
    if ceremony is None:
        return None, wrong
    return ceremony, preflight.check(ceremony, world_of(ceremony, path.parent, settings or Settings()))


def ready(path: Path, settings: Settings) -> Ceremony:
    """A script that can be performed here. Raises CeremonyError for the first error that check finds."""
    ceremony, problems = check(path, settings)
    errors = [p for p in problems if p.level == "error"]
    if ceremony is None or errors:
        more = f" (and {len(errors) - 1} more: see 'avatar ceremony check {path}')" if len(errors) > 1 else ""
        raise CeremonyError(path, errors[0].line, errors[0].column, errors[0].rule + more)
    return ceremony


def world_of(ceremony: Ceremony, folder: Path, settings: Settings) -> World:
    """What this machine has for a ceremony."""
    name = companion_of(ceremony, folder)
    model: AvatarModel | None = None
    try:
        model = load(paths.companion(name), limits=settings.limits)
    except AvatarError:  # check names the file itself; everything else is looked at with the house's companion
        model = load(paths.companion("hikari"), limits=settings.limits)
    has_terms = model.kind in ("vrm1", "vrm0")
    files = files_of(folder)
    return World(
        files=frozenset(files),
        companion=name,
        companions=frozenset(paths.companion_names()),
        expressions=frozenset(model.expressions),
        gestures=frozenset(GESTURES),
        props=frozenset(paths.prop_names()),
        personas=frozenset(personas.names()),
        sounds=frozenset(paths.sounds()),
        voices={entry.name: entry.languages for entry in catalogue(stored.read()) if entry.installed},
        voice=settings.voice,
        licence=read_licence(model.meta) if has_terms else None,
        means=means(ceremony, folder, files, model, settings.limits),
    )


def companion_of(ceremony: Ceremony, folder: Path) -> str:
    """The companion that a ceremony is performed with: a house name, or a file in its folder."""
    settings = ceremony.script.settings
    name = outfits.file_of(ceremony.script) or settings.companion
    own = name.lower().endswith(_SUFFIXES) and not preflight.path_rule(name)
    return str(folder / name) if own else name


def files_of(folder: Path) -> list[str]:
    """Files of a ceremony's own folder, with / in their paths; links that lead out of it are not among them."""
    root = folder.resolve()
    found: list[str] = []
    for path in sorted(root.rglob("*"))[:_MOST_FILES]:
        if path.is_file() and path.resolve().is_relative_to(root):
            found.append(path.relative_to(root).as_posix())
    return found


def kinds() -> dict[str, Path]:
    """The house's ceremonies, by name."""
    return {path.stem: path for path in sorted((paths.assets() / "ceremonies").glob("*.yaml"))}


def new(kind: str, out: Path | None, language: str | None = None) -> Path:
    """Copy a house ceremony into a folder of its own, with its names left to be written. language : the only one that
    is kept, None = all of them. Raises UsageError, OutputError."""
    known = kinds()
    if kind not in known:
        raise UsageError(f"there is no ceremony '{kind}'{reading.near(kind, known)}")
    try:
        text = drafting.draft(known[kind].read_text(encoding="utf-8"), f"{kind}.yaml", language)
    except ValueError as error:
        raise UsageError(f"language '{language}': {error}") from None
    folder = writable_folder(out if out is not None else Path(kind))
    target = folder / f"{kind}.yaml"
    if target.exists():
        raise UsageError(f"{target}: is there already; give --out another folder")
    source = known[kind]
    for sound in source.parent.glob(f"{kind}/*"):
        if sound.is_file():
            shutil.copyfile(sound, folder / sound.name)
    target.write_text(text, encoding="utf-8")
    return target


def perform(path: Path, plan: Plan, started: float, tell: Tell) -> dict[str, Any]:
    """Perform a ceremony from its first cue, or from its checkpoint, to its end; the run's facts."""
    ceremony = ready(path, plan.settings)
    if plan.language is not None and plan.language not in ceremony.script.languages:
        known = ", ".join(ceremony.script.languages)
        raise UsageError(f"language '{plan.language}': the ceremony is written in {known}")
    writable_folder(plan.out)
    director = Director(ceremony, plan.language)
    if plan.resumed:
        restore(director, kept(plan.out / CHECKPOINT), str(plan.out / CHECKPOINT))
    settings = staged(ceremony, path.parent, plan)
    report = Report(started)
    hooks = Hooks(stop=stop_signals())

    def make(parts: Parts) -> Performance:
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
            outfits=worn(ceremony.script, parts.model),
        )

    shots: deque[ByteArray] = deque(maxlen=1)
    console = Console((lambda: shots[-1] if shots else None) if plan.preview else None)
    with stage(settings, report, tell, perform=make, console=console) as whole:
        performance = whole.parts.ceremony
        assert performance is not None
        tell(notice(director.words.language))
        tell(director.words.names["title"])
        _begin(ceremony, performance, whole, plan)
        prompter = Prompter(performance, hooks.stop, tell) if plan.by_hand and not plan.auto else None
        console.plug(director, performance.give)
        if settings.port is not None:
            ticket = console.ticket(TokenFiles().own())
            tell(f"console: http://{LOOPBACK}:{whole.parts.doors.port}/console#{ticket}")

        shot, flashes = 0.0, FlashMeter()

        def each(elapsed: float) -> None:
            nonlocal shot
            console.refresh()
            if settings.headless or settings.record is not None:
                flashes.feed(whole.engine.picture, elapsed)  # which is read in any case
            if plan.preview and elapsed >= shot:
                shots.append(whole.engine.look())  # read here: the drawing context is this thread's
                shot = elapsed + PREVIEW_S
            if performance.finished(whole.clock.now()):
                hooks.stop.set()

        hooks.each = each
        if prompter is not None:
            prompter.start()
        if settings.offline and whole.source is not None:
            offline(whole, hooks)
        else:
            live(whole, tell, hooks)
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
            tell(f"{worst:g} flashes within a second at {flashes.at:.1f} s: more than 3 are not harmless (WCAG 2.3.1)")
    if settings.record is not None:
        facts["mp4"] = str(settings.record)
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
    voice = wanted.voice or speaking(own.voice, language)
    return replace(
        wanted,
        companion=companion_of(ceremony, folder),
        persona=persona,
        anchor=own.anchor,
        props=tuple(props),
        voice=voice,
        language=None if voice is not None or language.split("-")[0] == "en" else language,
    )


def worn(script: Script, model: AvatarModel) -> dict[str | None, frozenset[int]]:
    """Outfit -> primitives of the companion that are not shown in it; None = before any is put on."""
    parts = parts_of(model)
    return {name: outfits.hidden(script, name, parts) for name in (None, *script.outfits)}


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
        performance.play(actions.Music(music=own.music, loop=True))
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
    if plan.resumed:
        performance.stand_again()
    if plan.resumed and plan.auto:
        performance.resume()


def told(path: Path, problems: Sequence[Problem]) -> list[str]:
    """Problems as lines."""
    return [problem.told(str(path)) for problem in problems]


def _data(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; give the ceremony's .yaml file")
        if path.stat().st_size > marked.LONGEST:
            return b" " * (marked.LONGEST + 1)
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file ('avatar ceremony new wedding' makes one)") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error})") from None
