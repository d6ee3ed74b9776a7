"""Ceremonies as files: made new, checked against this machine, and what belongs to them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from .. import paths
from ..animate import persona as personas
from ..animate.library import GESTURES
from ..ceremony import drafting, marked, outfits, preflight, reading
from ..ceremony.performing import READER
from ..ceremony.preflight import World
from ..ceremony.reading import Ceremony, Problem
from ..ceremony.script import Script
from ..ceremony.viewing import View
from ..config import Settings, writable_folder
from ..errors import AvatarError, CeremonyError, UsageError
from ..io.voice import settings as stored
from ..io.voice.voices import catalogue
from ..model.licence import Licence, read_licence
from ..model.model import AvatarModel
from ..model.parts import parts_of
from ..stage.wearing import Look
from .loading import load
from .surroundings import SIZES, means, unknown_tags

_SUFFIXES: Final = (".vrm", ".glb", ".gltf")
_MOST_FILES: Final = 2000


def open_script(path: Path) -> Ceremony:
    """The script in a file. Raises CeremonyError, UsageError."""
    return reading.parse(_data(path), str(path))


def check(
    path: Path,
    settings: Settings | None = None,
    view: View = View(),  # noqa: B008
    ear: str = "",
    reader: str = "",
    sizes: Sequence[tuple[int, int]] = SIZES,
) -> tuple[Ceremony | None, list[Problem]]:
    """A script and everything that could fail on this machine. view : what the picture can show; ear : why no spoken
    answer can be heard; reader : why no reader is; sizes : of the picture. Raises CeremonyError where it is no YAML."""
    ceremony, wrong = reading.shape(marked.read(_data(path), str(path)))
    if ceremony is None:
        return None, wrong
    world = world_of(ceremony, path.parent, settings or Settings(), sizes)
    return ceremony, preflight.check(
        ceremony, replace(world, means=replace(world.means, view=view, ear=ear, reader=reader))
    )


def ready(path: Path, settings: Settings) -> tuple[Ceremony, list[Problem]]:
    """A script that can be performed here, and what check says of it. Raises CeremonyError for the first error."""
    ceremony, problems = check(path, settings)
    errors = [p for p in problems if p.level == "error"]
    if ceremony is None or errors:
        more = f" (and {len(errors) - 1} more: see 'avatar ceremony check {path}')" if len(errors) > 1 else ""
        raise CeremonyError(path, errors[0].line, errors[0].column, errors[0].rule + more)
    return ceremony, problems


def world_of(ceremony: Ceremony, folder: Path, settings: Settings, sizes: Sequence[tuple[int, int]] = SIZES) -> World:
    """What this machine has for a ceremony in pictures of these sizes."""
    name = companion_of(ceremony, folder)
    model: AvatarModel | None = None
    try:
        model = load(paths.companion(name), limits=settings.limits)
    except AvatarError:  # check names the file itself; everything else is looked at with the house's companion
        model = load(paths.companion("hikari"), limits=settings.limits)
    files = files_of(folder)
    bodies: dict[str, outfits.Body] = {}
    broken: dict[str, str] = {}
    for body in outfits.changed_into(ceremony):
        path = body_file(ceremony, folder, body)
        try:
            bodies[body] = body_known(load(paths.companion(path), limits=settings.limits))
        except AvatarError as error:
            broken[body] = str(error).removeprefix(f"{path}: ")
    known = means(ceremony, folder, files, model, settings.limits, sizes, {*bodies, *broken})
    return World(
        files=frozenset(files),
        companion=name,
        name=model.name,
        companions=frozenset(paths.companion_names()),
        expressions=frozenset(model.expressions),
        gestures=frozenset(GESTURES),
        props=frozenset(paths.prop_names()),
        personas=frozenset(personas.names()),
        sounds=frozenset(paths.sounds()),
        voices={
            **{entry.name: entry.languages for entry in catalogue(stored.read()) if entry.installed},
            READER: ("*",),
        },
        voice=settings.voice,
        licence=licence_of(model),
        means=replace(known, bodies=bodies, broken={**known.broken, **broken}),
    )


def licence_of(model: AvatarModel) -> Licence | None:
    """What a companion's file allows; None where it is no VRM and states none."""
    return read_licence(model.meta) if model.kind in ("vrm1", "vrm0") else None


def body_known(model: AvatarModel) -> outfits.Body:
    """What check asks of a file that the companion changes into."""
    return outfits.Body(
        model.name,
        frozenset(model.expressions),
        frozenset(model.humanoid) if model.humanoid else None,
        parts_of(model),
        licence_of(model),
        partial(unknown_tags, model=model),
    )


def companion_of(ceremony: Ceremony, folder: Path) -> str:
    """The companion that a ceremony is performed with: a house name, or a file in its folder."""
    return body_file(ceremony, folder, outfits.body_of(ceremony.script, ceremony.script.settings.outfit))


def body_file(ceremony: Ceremony, folder: Path, body: str) -> str:
    """The file of a body, "" being the companion's own: a house name, or a file in the ceremony's folder."""
    name = body or ceremony.script.settings.companion
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


def worn(script: Script, models: Mapping[str, AvatarModel]) -> dict[str | None, Look]:
    """Outfit -> what is shown and not shown in it; None = before any is put on. models : by file, "" = the companion's
    own; outfits of others are left out, since they cannot be put on."""
    parts = {body: parts_of(model) for body, model in models.items()}
    looks: dict[str | None, Look] = {}
    for name in (None, *script.outfits):
        body = outfits.body_of(script, name)
        if body in parts:
            looks[name] = Look(outfits.hidden(script, name, parts[body]), body)
    return looks


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
