"""``avatar ceremony``: new, check, rehearse, run and resume."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import DEFAULT_PORT, DEFAULT_SOURCE, Settings, parse_limits
from ..spelling import LOOPBACK, parse_size
from . import STARTED
from .ceremony_options import (
    Answer,
    Auto,
    File,
    Film,
    Headless,
    Host,
    Keepsake,
    Mic,
    NoKeepsake,
    Offline,
    Out,
    Port,
    Preview,
    ReaderMic,
    Record,
    Seconds,
    SourceOption,
    Spoken,
    Voice,
)
from .doors_options import Midi, Osc, OscAllow, OscHost
from .options import Fov, Json, Limit, Size, examples, say, tell

if TYPE_CHECKING:
    from ..runtime.remembrance import Wish

app = typer.Typer(
    name="ceremony",
    no_args_is_help=True,
    help="Symbolic ceremonies: written as a script, checked before the guests come, performed with a human in charge.",
)


@app.command(epilog=examples("avatar ceremony new wedding", "avatar ceremony new tea --language ja --out our-day"))
def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="wedding …; a wrong one lists them all.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Its folder (KIND).")] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="In this language only (en, ja); else in both.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy a whole ceremony into a folder of its own, for the names to be written in."""
    from ..runtime import ceremonies

    path = ceremonies.new(kind, out, language)
    say(f"{path}: write the names between the quotes, then: avatar ceremony check {path}")
    tell({"ceremony": str(path)}, as_json)


@app.command(
    epilog=examples(
        "avatar ceremony check wedding/wedding.yaml",
        "avatar ceremony check wedding/wedding.yaml --source rehearsal.mp4 --size 1280x720",
        "avatar ceremony check wedding/wedding.yaml --source 0 --mic auto",
    )
)
def check(
    file: File,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="0|NAME|FILE|URL|demo",
            help="Also what this picture cannot show or see. A still or film is looked at; a camera is not opened.",
        ),
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Pixels of the picture (640x480), for captions too.")
    ] = None,
    fov: Fov = None,
    mic: Annotated[
        str | None,
        typer.Option("--mic", metavar="auto|NAME|FILE.wav", help="Also whether there is one. It is not opened."),
    ] = None,
    reader_mic: Annotated[
        str | None,
        typer.Option("--reader-mic", metavar="auto|NAME|FILE.wav", help="The same of whoever reads for the companion."),
    ] = None,
    voice: Voice = None,
    as_json: Json = False,
) -> None:
    """Find everything that could fail on this machine, each with its line and column. Exit code 1 with an error.

    Without --source a camera is taken for granted, with a person, hands and printed tags before it.
    """
    from ..ceremony.viewing import View
    from ..runtime import ceremonies
    from ..runtime.surroundings import SIZES

    settings = _settings(source, voice, size or "640x480", fov, False, True, None, None, None, None)
    view, unheard, unread = View(), "", ""
    if source is not None or mic is not None or reader_mic is not None:
        from ..runtime import foreseeing  # the detectors take a second to be there

        view = foreseeing.view(settings) if source is not None else view
        unheard, unread = foreseeing.ear(mic), foreseeing.ear(reader_mic)
    sizes = SIZES if size is None else (settings.size,)
    _, problems = ceremonies.check(file, settings, view, unheard, unread, sizes)
    errors = sum(p.level == "error" for p in problems)
    if as_json:
        rows = [{"line": p.line, "column": p.column, "level": p.level, "rule": p.rule} for p in problems]
        print(json.dumps({"file": str(file), "errors": errors, "problems": rows}, ensure_ascii=False), flush=True)
    else:
        for line in ceremonies.told(file, problems):
            print(line, flush=True)
        words = {0: "ready: nothing of it can fail here that can be known before", 1: "1 error"}
        say(words.get(errors, f"{errors} errors"))
    if errors:
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "avatar ceremony rehearse wedding/wedding.yaml",
        "avatar ceremony rehearse wedding/wedding.yaml --auto --answer question=no",
    )
)
def rehearse(
    file: File,
    auto: Auto = False,
    answer: Answer = None,
    language: Spoken = None,
    out: Out = None,
    source: SourceOption = None,
    voice: Voice = None,
    size: Size = "640x480",
    fov: Fov = None,
    offline: Offline = False,
    headless: Headless = False,
    seconds: Seconds = None,
    mic: Mic = None,
    reader_mic: ReaderMic = None,
    keepsake: Keepsake = None,
    film: Film = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Go through a ceremony: each cue is said on the terminal, Enter is GO, and nothing is filmed.

    A keepsake is made of it only where --keepsake DIR asks for one.
    """
    kept = out if out is not None else Path(f"{file.stem}-rehearsed")
    settings = _settings(source, voice, size, fov, offline, headless, seconds, None, None, limit)
    settings = replace(settings, reader_mic=reader_mic)
    wish = _wish(keepsake, keepsake is not None, film)
    _perform(file, settings, kept, language, auto, answer, mic, False, as_json, False, wish)


def _performing(resumed: bool, words: str) -> Callable[..., None]:
    """The command that performs a ceremony: from its first cue, or from where it was cut off."""

    def perform(
        file: File,
        auto: Auto = False,
        answer: Answer = None,
        language: Spoken = None,
        out: Out = None,
        source: SourceOption = None,
        voice: Voice = None,
        size: Size = "640x480",
        fov: Fov = None,
        offline: Offline = False,
        headless: Headless = False,
        seconds: Seconds = None,
        mic: Mic = None,
        reader_mic: ReaderMic = None,
        record: Record = None,
        keepsake: Keepsake = None,
        no_keepsake: NoKeepsake = False,
        film: Film = None,
        port: Port = DEFAULT_PORT,
        preview: Preview = False,
        host: Host = LOOPBACK,
        osc: Osc = None,
        osc_host: OscHost = LOOPBACK,
        osc_allow: OscAllow = None,
        midi: Midi = None,
        limit: Limit = None,
        as_json: Json = False,
    ) -> None:
        settings = _settings(source, voice, size, fov, offline, headless, seconds, record, port, limit)
        allowed = tuple(osc_allow or ())
        settings = replace(settings, host=host, osc=osc, osc_host=osc_host, osc_allow=allowed, midi=midi)
        settings = replace(settings, reader_mic=reader_mic)
        wish = replace(_wish(keepsake, not no_keepsake, film), nothing=no_keepsake)
        _perform(file, settings, _kept(file, out), language, auto, answer, mic, resumed, as_json, preview, wish)

    perform.__doc__ = words
    return perform


app.command(
    "run",
    epilog=examples(
        "avatar ceremony run wedding/wedding.yaml",
        "avatar ceremony run wedding/wedding.yaml --film",
        "avatar ceremony run wedding/wedding.yaml --preview --host 192.168.1.20",
        "avatar ceremony run wedding/wedding.yaml --osc --midi",
        "avatar ceremony run wedding.yaml --source demo --offline --auto --record wedding.mp4",
    ),
)(
    _performing(
        False, "Perform a ceremony. GO comes from Enter, a console, or events (presence.cue.go); anybody can stop it."
    )
)
app.command("resume", epilog=examples("avatar ceremony resume wedding/wedding.yaml"))(
    _performing(
        True, "Go on where a ceremony was cut off: it stands by at that cue and waits for a word (r, then Enter)."
    )
)


def _wish(folder: Path | None, keep: bool, film: bool | None) -> Wish:
    from ..runtime.remembrance import Wish

    if folder is not None and not keep:
        raise typer.BadParameter("--keepsake and --no-keepsake exclude each other")
    if film and not keep:
        raise typer.BadParameter("--film is kept in the keepsake; without one, --record FILE films")
    return Wish(keep, folder.expanduser() if folder is not None else None, film)


def _kept(file: Path, out: Path | None) -> Path:
    return out if out is not None else Path(f"{file.stem}-kept")


def _settings(
    source: str | None,
    voice: str | None,
    size: str,
    fov: float | None,
    offline: bool,
    headless: bool,
    seconds: float | None,
    record: Path | None,
    port: int | None,
    limit: list[str] | None,
) -> Settings:
    from ..runtime import program

    name = source or DEFAULT_SOURCE
    return Settings(
        source=name,
        camera_needed=source is not None,
        voice=voice,
        size=parse_size(size),
        fov_y=None if fov is None else math.radians(fov),
        offline=offline,
        headless=headless or offline or not program.has_display(),
        seconds=seconds,
        record=record,
        port=None if offline else port,
        mirror=program.is_camera(name),
        limits=parse_limits(limit or []),
    )


def _perform(
    file: Path,
    settings: Settings,
    out: Path,
    language: str | None,
    auto: bool,
    answer: list[str] | None,
    mic: str | None,
    resumed: bool,
    as_json: bool,
    preview: bool,
    wish: Wish,
) -> None:
    from ..runtime import performing

    answers = _answers(answer or [])
    plan = performing.Plan(settings, out, language, auto, answers, mic, not auto, resumed, preview, wish)
    facts = performing.perform(file, plan, STARTED, say)
    tell(facts if as_json else _in_short(facts), as_json)


def _in_short(facts: dict[str, Any]) -> dict[str, Any]:
    """What whoever led it wants to know afterwards; ``--json`` has all of it."""
    shown: dict[str, Any] = {name: facts[name] for name in ("ceremony", "mode")}
    shown["cues"] = f"{len(facts['cues'])} done"
    if facts["answers"]:
        shown["answers"] = facts["answers"]
    if facts["pictures"]:
        shown["pictures"] = facts["pictures"]
    shown["speed"] = f"{facts['fps']:.0f} pictures a second"
    if "flashes" in facts:
        flashes = facts["flashes"]
        worst = max(flashes["general"], flashes["red"])
        shown["flashes"] = f"{worst:g} in a second at most; 3 are allowed"
    kept = ("log", "mp4", "keepsake", "album", "certificate")
    return shown | {name: facts[name] for name in kept if name in facts}


def _answers(given: list[str]) -> tuple[tuple[str, str], ...]:
    out = []
    for text in given:
        cue, _, what = text.partition("=")
        if what not in ("yes", "no", "silence"):
            raise typer.BadParameter(
                f"--answer '{text}': write the question's id and yes, no or silence, as question=no"
            )
        out.append((cue, what))
    return tuple(out)
