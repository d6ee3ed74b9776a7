"""Everything that could fail, looked for before the guests come.

What the machine has comes in as a plain ``World``; what the script means by itself is ``meaning``, where its cues lead
is ``flow``. All of it together is ``check``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..errors import UsageError
from ..model.licence import Licence
from ..spelling import PROPS, parse_anchor, parse_place, parse_prop
from . import actions, consenting, estimate, fitting, flow, meaning, outfits
from .fitting import Means
from .marked import Path
from .meaning import all_acts
from .performing import READER
from .reading import Ceremony, Problem, near
from .script import OnEvent
from .texts import UnknownName, Wording

HEARD: Final = frozenset(("en", "ja"))
"""Languages in which spoken answers are listened for."""
READ: Final = re.compile(r"(^|[（(])[ぁ-ゖァ-ヺー・、 ]+[)）]?$")
"""A Japanese phrase that is kana, or has its reading in kana behind it."""
IMPLIED: Final = {"shinto-wedding": "religion"}
"""What a kind of ceremony asks of a licence without a word."""
SOUNDS: Final = (".wav", ".ogg", ".oga", ".opus", ".flac", ".mp3", ".m4a")
_MODELS: Final = (".vrm", ".glb", ".gltf")
_SCRIPTS: Final = (
    *("LATIN", "GREEK", "CYRILLIC", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "HALFWIDTH"),
)


@dataclass(frozen=True, slots=True)
class World:
    """What there is to perform with.

    files : in the ceremony's own folder, paths with / from it; companion : what is loaded; name : the
    companion's in it, "" = not known; expressions, gestures : of
    the companion; props, personas, sounds : of the house; voices : name -> languages ("*" = every one), of those that
    can speak now; voice : the one that is spoken with unless a line has its own, None = the best for the language;
    licence : of the companion, None = its file is no VRM and states none; means : how it is shown and heard."""

    files: frozenset[str] = frozenset()
    companion: str = "hikari"
    name: str = ""
    companions: frozenset[str] = frozenset(("hikari",))
    expressions: frozenset[str] = frozenset()
    gestures: frozenset[str] = frozenset()
    props: frozenset[str] = frozenset(PROPS)
    personas: frozenset[str] = frozenset(("calm", "default"))
    sounds: frozenset[str] = frozenset(actions.HOUSE_SOUNDS)
    voices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    voice: str | None = None
    licence: Licence | None = None
    means: Means = field(default_factory=lambda: Means(letters=undrawable))


def check(ceremony: Ceremony, world: World) -> list[Problem]:
    """Every problem of a ceremony on this machine, in the order of the file; those that are no errors too."""
    found = set(meaning.check(ceremony))
    rules = (_files, _motions, _props, _settings, _voices, _licences, _answers, _events)
    if not any(p.level == "error" for p in found):
        found.update(flow.check(ceremony))
        found.update(consenting.check(ceremony))
        found.update(_length(ceremony, world))  # what leads nowhere has none
    found.update(fitting.check(ceremony, world.means))
    found.update(problem for rule in rules for problem in rule(ceremony, world))
    return sorted(found, key=lambda p: (p.line, p.column, p.rule))


def path_rule(name: str) -> str:
    """Why a file's name is not taken; "" when it may be one of the ceremony's own folder."""
    if re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:", name):
        return "an address or drive is no file of the ceremony's folder"
    if name.startswith(("/", "\\", "~")) or "\\" in name:
        return "a path from elsewhere: files are in the ceremony's own folder, written with /"
    parts = name.split("/")
    if ".." in parts:
        return "'..' leads out of the ceremony's own folder"
    if "" in parts or "." in parts or not name.isprintable():
        return "this is no plain path of a file"
    if name.lower().endswith((".svg", ".svgz")):
        return "SVG files are not taken"
    return ""


def _file(ceremony: Ceremony, world: World, name: str, path: Path, kinds: tuple[str, ...]) -> Iterator[Problem]:
    rule = path_rule(name)
    if not rule and not name.lower().endswith(kinds):
        rule = f"a file of another kind: {', '.join(kinds)} are taken"
    if not rule and name not in world.files:
        rule = f"there is no such file in the ceremony's folder{near(name, world.files)}"
    rule = rule or world.means.broken.get(name, "")
    if rule:
        yield ceremony.problem(path, f"'{name}': {rule}")


def _files(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Say | actions.Vow) and action.file is not None:
            yield from _file(ceremony, world, action.file, (*path, "file"), SOUNDS)
        if isinstance(action, actions.Music) and action.music != "stop":
            yield from _sound(ceremony, world, action.music, (*path, "music"))
    for step in ceremony.plan.steps:
        if step.cue.timeout is not None and step.cue.timeout.play is not None:
            yield from _file(ceremony, world, step.cue.timeout.play, (*step.path, "timeout", "play"), SOUNDS)
    settings = ceremony.script.settings
    if settings.music is not None:
        yield from _sound(ceremony, world, settings.music, ("settings", "music"))
    if settings.outfit is not None and settings.outfit.lower().endswith(_MODELS):
        yield from _file(ceremony, world, settings.outfit, ("settings", "outfit"), _MODELS)
    for name, outfit in ceremony.script.outfits.items():
        if outfit.file is not None:
            yield from _file(ceremony, world, outfit.file, ("outfits", name, "file"), _MODELS)
    if settings.companion.lower().endswith(_MODELS):
        yield from _file(ceremony, world, settings.companion, ("settings", "companion"), _MODELS)
    elif settings.companion not in world.companions:
        rule = f"there is no companion '{settings.companion}'{near(settings.companion, world.companions)}"
        yield ceremony.problem(("settings", "companion"), rule)


def _sound(ceremony: Ceremony, world: World, name: str, path: Path) -> Iterator[Problem]:
    if name in world.sounds:
        return
    if not path_rule(name) and "/" not in name and "." not in name:
        rule = f"there is no music '{name}' in this house{near(name, {*world.sounds, 'stop'})}"
        yield ceremony.problem(path, f"{rule}; a file of your own is named with its ending, as in {name}.ogg")
        return
    yield from _file(ceremony, world, name, path, SOUNDS)


def _motions(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    known = [("the companion", world.expressions)]
    known += [(outfits.called(ceremony.script, file), body.expressions) for file, body in world.means.bodies.items()]
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Gesture) and action.gesture not in world.gestures:
            rule = f"there is no gesture '{action.gesture}'{near(action.gesture, world.gestures)}"
            yield ceremony.problem((*path, "gesture"), rule)
        key = {actions.Express: "express", actions.Picture: "smile"}.get(type(action), "expression")
        name = getattr(action, key, None)
        for who, has in known:
            if name is not None and name not in has:
                yield ceremony.problem((*path, key), f"{who} has no expression '{name}'{near(name, has)}")
        if isinstance(action, actions.Move):
            try:
                parse_anchor(action.move)
            except UsageError as error:
                yield ceremony.problem((*path, "move"), str(error))


def _props(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    known = set(world.props)
    for k, text in enumerate(ceremony.script.settings.props):
        path: Path = ("settings", "props", k)
        try:
            name, model, _ = parse_prop(text)
        except UsageError as error:
            yield ceremony.problem(path, str(error))
            continue
        known.add(name)
        if model not in world.props:
            kinds = (".glb", ".gltf", ".obj", ".stl", ".ply")
            yield from _file(ceremony, world, model, path, kinds)
    for action, path, _ in all_acts(ceremony):
        if not isinstance(action, actions.Prop):
            continue
        if action.prop not in known:
            rule = f"there is no prop '{action.prop}'{near(action.prop, known)}"
            yield ceremony.problem((*path, "prop"), rule)
        if action.to is not None:
            try:
                parse_place(action.to)
            except UsageError as error:
                yield ceremony.problem((*path, "to"), str(error))


def _settings(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    settings = ceremony.script.settings
    try:
        parse_anchor(settings.anchor)
    except UsageError as error:
        yield ceremony.problem(("settings", "anchor"), str(error))
    if settings.persona not in world.personas:
        if settings.persona.endswith(".toml"):
            yield from _file(ceremony, world, settings.persona, ("settings", "persona"), (".toml",))
        else:
            rule = f"there is no persona '{settings.persona}'{near(settings.persona, world.personas)}"
            yield ceremony.problem(("settings", "persona"), rule)


def _voices(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    def known(name: str, path: Path) -> Iterator[Problem]:
        if name not in world.voices and name.partition(":")[0] not in {v.partition(":")[0] for v in world.voices}:
            yield ceremony.problem(path, f"there is no voice '{name}' on this machine{near(name, world.voices)}")

    settings = ceremony.script.settings
    if settings.voice is not None:
        yield from known(settings.voice, ("settings", "voice"))
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Say | actions.Vow) and action.voice is not None:
            yield from known(action.voice, (*path, "voice"))
    chosen = world.voice or settings.voice
    for k, language in enumerate(ceremony.script.languages):
        names = [chosen] if chosen in world.voices else [name for name in world.voices if name not in ("none", READER)]
        if not any(_speaks(world.voices[name], language) for name in names if name is not None):
            rule = f"no voice on this machine speaks '{language}': performed in it, lines are shown and not heard"
            yield ceremony.problem(("languages", k), f"{rule} ('avatar voices --language {language}')", "warning")


def _speaks(languages: tuple[str, ...], language: str) -> bool:
    primary = language.split("-")[0]
    return any(one == "*" or one.replace("_", "-").split("-")[0].lower() == primary for one in languages)


def undrawable(text: str) -> str:
    """The letters of a text for which there is no font here."""
    return "".join(c for c in text if not _drawn(c))


def _drawn(c: str) -> bool:
    if c.isspace() or ord(c) < 0x250 or unicodedata.category(c)[0] in "PNZM" or unicodedata.category(c) == "Sm":
        return True
    return unicodedata.name(c, "").startswith(_SCRIPTS)


def _licences(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    yield from _licence(ceremony, world.licence, f"the companion '{world.companion}'", ("settings", "companion"))
    for file, body in world.means.bodies.items():
        where = outfits.place_of(ceremony.script, file)
        who = f"the companion {outfits.called(ceremony.script, file)}"
        yield from _licence(ceremony, body.licence, who, where)
        if world.name and body.name != world.name:
            rule = f"{who} is '{body.name}' by its file, and '{world.name}' before: is it the same one?"
            yield ceremony.problem(where, rule, "warning")


def _licence(ceremony: Ceremony, licence: Licence | None, who: str, where: Path) -> Iterator[Problem]:
    script = ceremony.script
    themes: dict[str, Path] = {theme: ("themes", k) for k, theme in enumerate(script.themes)}
    if (implied := IMPLIED.get(script.kind)) is not None:
        themes.setdefault(implied, ("kind",))
    terms = licence or Licence()
    allowed = {
        "religion": terms.politics_or_religion,
        "politics": terms.politics_or_religion,
        "violence": terms.violence,
        "sexual": terms.sexual,
        "commercial": terms.commerce in ("personalProfit", "corporation"),
        "company": terms.commerce == "corporation",
    }
    for theme, path in themes.items():
        if not allowed[theme]:
            rule = f"the licence of {who} does not allow it for '{theme}' (VRM meta)"
            yield ceremony.problem(path, f"{rule}: choose another companion")
    if licence is None:
        rule = f"the file of {who.removeprefix('the companion ')} states no licence: ask its author what is allowed"
        yield ceremony.problem(where, rule, "warning")
    elif terms.users != "everyone":
        these = "its author" if terms.users == "onlyAuthor" else "people with a licence of their own"
        yield ceremony.problem(where, f"only {these} may use {who} (VRM meta)", "warning")


def _answers(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    for step in ceremony.plan.steps:
        if step.cue.answer is None:
            continue
        for name in ("yes", "no"):
            for language in getattr(step.cue.answer, name).words:
                if language.split("-")[0] not in HEARD:
                    path = (*step.path, "answer", name, "words", language)
                    rule = f"answers in '{language}' are not listened for: they are typed, tapped or given by gesture"
                    yield ceremony.problem(path, rule, "note", key=True)
                    continue
                for k, phrase in enumerate(getattr(step.cue.answer, name).words[language]):
                    rule = ""
                    if language.startswith("ja") and not READ.search(phrase):
                        rule = f"'{phrase}' is not listened for without its reading in kana: write {phrase}（…）"
                    elif not language.startswith("ja") and len(phrase.split()) < 2:
                        rule = f"'{phrase}' is not listened for: a single word is heard in everything; give two or more"
                    if rule:
                        path = (*step.path, "answer", name, "words", language, k)
                        yield ceremony.problem(path, rule, "note")


def _events(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    for step in ceremony.plan.steps:
        trigger = step.trigger
        if isinstance(trigger, OnEvent) and trigger.event.startswith("presence.user."):
            rule = f"'{trigger.event}' is not told in a ceremony: wait for a gesture, as {{gesture: wave}}, or for GO"
            yield ceremony.problem((*step.path, "trigger", "event"), rule, "warning")


def _length(ceremony: Ceremony, world: World) -> Iterator[Problem]:
    script = ceremony.script
    try:
        seconds = seconds_of(ceremony)
    except UnknownName:
        return
    about = f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
    count = len(ceremony.plan.steps)
    rule = f"{len(script.scenes)} scenes, {count} cues, about {about} in '{script.languages[0]}'"
    yield ceremony.problem(("scenes",), rule, "note", key=True)
    view = world.means.view
    if view.seconds is not None and view.seconds < seconds:
        rule = f"'{view.name}' ends after {view.seconds:.0f} s, and with it the ceremony, of about {seconds:.0f} s"
        yield ceremony.problem(("scenes",), f"{rule} ('avatar ceremony resume' goes on)", "warning", key=True)


def seconds_of(ceremony: Ceremony, language: str | None = None) -> float:
    """About how long it takes when every question is answered with yes and every GO comes at once. Raises
    UnknownName."""
    words = Wording(ceremony.script, language)
    plan, at, total, seen = ceremony.plan, 0, 0.0, set[int]()
    while at < len(plan.steps) and at not in seen:
        seen.add(at)
        cue = plan.steps[at].cue
        lasts = estimate.cue(cue, words)
        total += 0.0 if plan.steps[at].trigger == "with" else lasts
        yes = cue.answer.yes.goto if cue.answer is not None else None
        at = plan.at(yes) if yes is not None else plan.after(at)
    return total
