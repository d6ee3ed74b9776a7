"""How this machine would show and hear a ceremony: letters, captions, sounds of words, bones, sizes, broken files."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from ..animate.library import GESTURES
from ..ceremony import actions, preflight
from ..ceremony.fitting import Means
from ..ceremony.meaning import all_acts
from ..ceremony.reading import Ceremony
from ..config import Limits
from ..errors import AvatarError, UsageError
from ..events import tags
from ..io.voice.sound_files import read_sound
from ..model.model import AvatarModel
from ..model.parts import parts_of
from ..render.overlay import caption_ends
from ..render.text import font_name, has_shape
from ..speech.text import pieces
from ..spelling import PROP_FILES, parse_prop
from .loading import load, load_prop

SIZES: Final = ((640, 480), (320, 240))
"""Of pictures into which captions are to fit."""


def means(
    ceremony: Ceremony,
    folder: Path,
    files: Iterable[str],
    model: AvatarModel,
    limits: Limits,
    sizes: Sequence[tuple[int, int]] = SIZES,
    tried: Collection[str] = (),
) -> Means:
    """For a ceremony in ``folder``, whose files are ``files``, with a companion, in pictures of ``sizes``. tried :
    files that need not be opened."""
    used = sorted((used_files(ceremony) & set(files)) - set(tried))
    broken: dict[str, str] = {}
    long: dict[str, float] = {}
    for name in used:
        broken |= _tried(folder, name, limits, long)
    return Means(
        letters=missing,
        font=font_name(),
        cut=lambda words, speaker: cut_off(words, speaker, sizes),
        tags=lambda words: unknown_tags(words, model),
        phones=_phones() if ceremony.script.stop.words or _asks(ceremony) else None,
        bones=frozenset(model.humanoid) if model.humanoid else None,
        parts=parts_of(model),
        sizes=long,
        broken=broken,
    )


def missing(text: str) -> str:
    """Letters of a text that no font here can draw, or cannot draw as they are written (from right to left, joined)."""
    shaped = preflight.undrawable(text)
    return "".join(c for c in text if (c in shaped and not has_shape(c)) or _joined(c) or not _shown(c))


def _joined(c: str) -> bool:
    return "\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufdff" or "\ufe70" <= c <= "\ufefc"


def _shown(c: str) -> bool:
    return c.isspace() or not c.isprintable() or (ord(c) < 0x1F000 and has_shape(c)) or _quiet(c)


def _quiet(c: str) -> bool:
    """Marks that join or choose another letter's shape, and show nothing themselves."""
    return "\ufe00" <= c <= "\ufe0f" or c in "\u200b\u200c\u200d\u2060\ufeff"


def cut_off(words: str, speaker: str, sizes: Sequence[tuple[int, int]] = SIZES) -> str:
    """Where a caption of a line breaks off in a picture of one of these sizes, "" where all of it is shown."""
    plain = tags.strip(words)[0]
    try:
        shown = [piece.caption for piece in pieces(plain)]
    except AvatarError:  # nothing in it can be said: it is shown as it stands
        shown = [plain]
    ends = (caption_ends(words, size) for words in shown for size in sizes)
    return next((end for end in ends if end), "")


def unknown_tags(words: str, model: AvatarModel) -> list[str]:
    """What control tags of a line name that the companion has not."""
    found = tags.TagFilter(frozenset(model.expressions), frozenset(GESTURES))
    found.feed(words)
    found.finish()
    return list(found.unknown)


def used_files(ceremony: Ceremony) -> set[str]:
    """Names of files that a script uses, whether they are there or not."""
    settings = ceremony.script.settings
    found = {settings.music, settings.outfit, settings.companion}
    found |= {outfit.file for outfit in ceremony.script.outfits.values()}
    for action, _, _ in all_acts(ceremony):
        found |= {getattr(action, "file", None), action.music if isinstance(action, actions.Music) else None}
    found |= {step.cue.timeout.play for step in ceremony.plan.steps if step.cue.timeout is not None}
    for text in settings.props:
        try:
            found.add(parse_prop(text).model)
        except UsageError:
            continue
    return {name for name in found if name is not None}


def _tried(folder: Path, name: str, limits: Limits, sizes: dict[str, float]) -> Mapping[str, str]:
    """Why a file cannot be used, as {name: why}; empty where it can."""
    path, kind = folder / name, Path(name).suffix.lower()
    try:
        if kind in preflight.SOUNDS:
            sound, rate = read_sound(path)
            if len(sound) < 0.01 * rate:
                return {name: "there is no sound in it"}
        elif kind == ".vrm":
            load(path, limits=limits)
        elif kind in PROP_FILES:
            model = load_prop(path, limits)
            points = np.concatenate([p.positions for p in model.primitives])
            sizes[name] = float(np.ptp(points, axis=0).max())
    except AvatarError as error:
        return {name: str(error).removeprefix(f"{path}: ")}
    return {}


def _asks(ceremony: Ceremony) -> bool:
    return any(step.cue.answer is not None for step in ceremony.plan.steps)


@cache
def _phones() -> Callable[[str], str] | None:
    """How words sound in the dictionary of the ear that hears answers, read as text; None where it is not installed."""
    try:
        import pocketsphinx
    except ImportError:
        return None
    path = os.path.join(os.path.dirname(pocketsphinx.__file__), "model", "en-us", "cmudict-en-us.dict")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            rows = dict(line.rstrip("\n").split(" ", 1) for line in file if " " in line)
    except OSError:
        return None
    return lambda word: rows.get(word, "").strip()
