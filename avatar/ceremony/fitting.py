"""What the stage, the picture and the ear of this machine can take of a script: letters, captions, sizes, bodies, time,
phrases that can be heard and told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final

from ..errors import UsageError
from ..spelling import MOST_PROPS, parse_prop
from . import actions, estimate, outfits, viewing
from .consenting import bare
from .marked import Path
from .meaning import acts, all_acts, texts
from .reading import Ceremony, Problem
from .script import OnGuest
from .texts import UnknownName, Wording
from .viewing import View

ALIKE: Final = 0.8
"""Part of their sounds (of their letters, where those are not known) by which two answers are too alike."""
SMALLEST, LARGEST = 0.005, 1.5
"""Metres, of a prop on a tag."""
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "nod": ("head",),
    "shake": ("head",),
    "bow": ("spine",),
    "bow_small": ("spine",),
    "wave": ("rightUpperArm", "leftUpperArm"),
    "clap_twice": ("rightUpperArm", "leftUpperArm"),
    "offer_ring": ("rightUpperArm", "rightHand"),
    "raise_cup": ("rightUpperArm", "rightHand"),
    "hand_on_heart": ("rightUpperArm", "rightHand"),
}
"""Bones without which nothing of a gesture is seen."""


@dataclass(frozen=True, slots=True)
class Means:
    """How a script is shown and heard here. None = it is not known, and not looked at.

    letters : those of a text for which no font has a shape; font : what draws them; cut : what of a text a caption of
    a speaker leaves out, "" for none; tags : names in a line's control tags that mean nothing; phones : how a word
    sounds, "" for one that the ear does not know; bones, parts : of the companion; sizes : of prop files, longest side
    in metres; broken : file of the ceremony's -> why it cannot be used; view : what the picture can show; ear : why no
    spoken answer can be heard, "" where it can or nobody asked for it; reader : the same of whoever reads the
    companion's lines; bodies : files that the companion changes into."""

    letters: Callable[[str], str] | None = None
    font: str = ""
    cut: Callable[[str, str], str] | None = None
    tags: Callable[[str], list[str]] | None = None
    phones: Callable[[str], str] | None = None
    bones: frozenset[str] | None = None
    parts: Mapping[str, frozenset[int]] | None = None
    sizes: Mapping[str, float] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    view: View = View()  # noqa: RUF009
    ear: str = ""
    reader: str = ""
    bodies: Mapping[str, outfits.Body] = field(default_factory=dict)


def check(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    """Every problem of it."""
    for rule in (_letters, _captions, _tags, _heard, _alike, _bodies, _sizes, _guests, _times, _unheard, _unread):
        yield from rule(ceremony, means)
    yield from viewing.check(ceremony, means.view)
    yield from outfits.check(ceremony, means.parts, means.bodies)


def every_text(ceremony: Ceremony) -> Iterator[tuple[str, Path]]:
    """Every text in every language, names too, and where it stands."""
    found: list[tuple[Any, Path]] = [*texts(ceremony)]
    found += [(text, ("names", name)) for name, text in ceremony.script.names.items()]
    for text, path in found:
        if isinstance(text, dict):
            yield from ((str(words), (*path, language)) for language, words in text.items())
        else:
            yield str(text), path


def _letters(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    if means.letters is None:
        return
    wide = False
    for words, path in every_text(ceremony):
        wide = wide or any(ord(c) > 0x2E7F for c in words)
        missing = means.letters(words)
        for letter in dict.fromkeys(missing):
            mark = ceremony.source.within(path, letter)
            rule = f"there is no font here for '{letter}': it would be left out of the picture"
            yield Problem(mark.line, mark.column, rule, "warning")
    if wide and means.font:
        rule = f"Japanese, Chinese and Korean are drawn with {means.font}"
        yield ceremony.problem(("languages",), rule, "note", key=True)


def spoken_lines(ceremony: Ceremony) -> Iterator[tuple[str, str, str, Path]]:
    """(language, words with names in them, speaker, place) of each line and caption. Raises UnknownName."""
    for language in ceremony.script.languages:
        words = Wording(ceremony.script, language)
        for action, path, step in all_acts(ceremony):
            if not isinstance(action, actions.Say | actions.Vow | actions.Caption):
                continue
            key = type(action).__name__.lower()
            text = getattr(action, key)
            place: Path = (*path, key, language) if isinstance(text, dict) and language in text else (*path, key)
            who = getattr(action, "who", None) or (step.cue.who if step is not None else "companion")
            part = getattr(ceremony.script.roles, who, None)
            speaker = words(part.name) if part is not None and part.name else who
            yield language, words(text), getattr(action, "speaker", None) or speaker, place


def _captions(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    if means.cut is None:
        return
    try:
        lines = list(spoken_lines(ceremony))
    except UnknownName:
        return
    for language, words, speaker, path in lines:
        if left := means.cut(words, speaker):
            rule = f"a sentence of it does not fit a caption in '{language}': it breaks off at '{left}'"
            yield ceremony.problem(path, rule, "warning")


def _tags(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    known = [("the companion", means.tags)] if means.tags is not None else []
    known += [(outfits.called(ceremony.script, file), body.tags) for file, body in means.bodies.items()]
    for words, path in every_text(ceremony):
        if path[-1] in ("say", "vow") or (len(path) > 1 and path[-2] in ("say", "vow")):
            for who, name in ((who, name) for who, tags in known for name in tags(words)):
                mark = ceremony.source.within(path, name)
                rule = f"the tag '{name}' means nothing to {who}: it is left out, and nothing is shown"
                yield Problem(mark.line, mark.column, rule, "warning")


def _phrases(ceremony: Ceremony) -> Iterator[tuple[str, str, Path]]:
    """(cue or "", answer, place) of each English phrase that is listened for."""
    for step in ceremony.plan.steps:
        if step.cue.answer is not None:
            for name in ("yes", "no"):
                for language, found in getattr(step.cue.answer, name).words.items():
                    if language.split("-")[0] == "en":
                        for k in range(len(found)):
                            yield step.cue.id, name, (*step.path, "answer", name, "words", language, k)
    for language, found in ceremony.script.stop.words.items():
        if language.split("-")[0] == "en":
            for k in range(len(found)):
                yield "", "stop", ("stop", "words", language, k)


def _value(ceremony: Ceremony, path: Path) -> str:
    found: Any = ceremony.source.value
    for part in path:
        found = found[part]
    return str(found)


def _heard(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    if means.phones is None:
        return
    for _, _, path in _phrases(ceremony):
        phrase = _value(ceremony, path)
        unknown = [word for word in bare(phrase).split() if not means.phones(word)]
        if unknown and len(phrase.split()) > 1:
            rule = f"'{phrase}' is not listened for: the ear does not know '{unknown[0]}'; use everyday words"
            yield ceremony.problem(path, rule, "warning")


def _alike(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    """Answers of one question that an ear, or a person, would take for each other. One that goes on from another's
    ("I do not") is told apart by what follows."""
    found = [(cue, name, path, _value(ceremony, path)) for cue, name, path in _phrases(ceremony)]
    for k, (cue, name, path, phrase) in enumerate(found):
        for other_cue, other, _, said in found[:k]:
            if name == other or (cue and other_cue and cue != other_cue):
                continue
            one, two = bare(said), bare(phrase)
            if one == two or one.startswith(f"{two} ") or two.startswith(f"{one} "):
                continue  # the same is an error already
            if likeness(one, two, means.phones) >= ALIKE:
                rule = f"'{phrase}' ({name}) sounds nearly as '{said}' ({other}): choose words that cannot be confused"
                yield ceremony.problem(path, rule, "warning")


def likeness(one: str, two: str, phones: Callable[[str], str] | None) -> float:
    """0-1, how much of two phrases is the same, by their sounds where those are known."""
    heard = [[p for word in text.split() for p in phones(word).split()] if phones else [] for text in (one, two)]
    if all(heard):
        return SequenceMatcher(None, heard[0], heard[1], autojunk=False).ratio()
    return SequenceMatcher(None, one.replace(" ", ""), two.replace(" ", ""), autojunk=False).ratio()


def _bodies(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    known = [("the companion", means.bones)]
    known += [(outfits.called(ceremony.script, file), body.bones) for file, body in means.bodies.items()]
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Gesture):
            for who, bones in known:
                lacks = [b for b in _NEEDS.get(action.gesture, ()) if bones is not None and b not in bones]
                if lacks:
                    rule = f"{who} has no '{lacks[0]}': of the gesture '{action.gesture}' nothing would be seen"
                    yield ceremony.problem((*path, "gesture"), rule, "warning")


def _sizes(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    settings, count = ceremony.script.settings, set[str]()
    for k, text in enumerate(settings.props):
        try:
            wish = parse_prop(text)
        except UsageError:
            continue
        count.add(wish.name)
        size = means.sizes.get(wish.model)
        if size is not None and wish.place.on == "tag" and not SMALLEST <= size <= LARGEST:
            rule = f"'{wish.model}' would be {size:.3g} m large on its tag: files count as metres"
            yield ceremony.problem(("settings", "props", k), rule, "warning")
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Prop):
            count.add(action.prop)
            if len(count) == MOST_PROPS + 1:
                count.add("")
                rule = f"'{action.prop}' is one prop more than the {MOST_PROPS} that a stage has"
                yield ceremony.problem((*path, "prop"), rule)


def _unheard(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    if not means.ear:
        return
    for step in ceremony.plan.steps:
        if step.cue.answer is not None:
            rule = f"--mic: {means.ear}; answers are typed, tapped or given by gesture"
            yield ceremony.problem((*step.path, "answer"), rule, "warning", key=True)
            return
    yield Problem(1, 1, f"--mic: {means.ear}; nothing is asked, and so nothing is listened for", "warning")


def _unread(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    if means.reader:
        rule = f"--reader-mic: {means.reader}; the companion's mouth moves as if it read along"
        yield ceremony.problem(("settings", "voice"), rule, "warning")


def _guests(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    if ceremony.script.roles.guests is not None:
        return
    for step in ceremony.plan.steps:
        if isinstance(step.trigger, OnGuest) and step.path:
            rule = f"'{step.trigger.guest}' waits for guests, and there are none: add 'guests: {{}}' to 'roles'"
            yield ceremony.problem((*step.path, "trigger", "guest"), rule)


def _times(ceremony: Ceremony, means: Means) -> Iterator[Problem]:
    """Lines are over before their cue is given up."""
    for step in ceremony.plan.steps:
        timeout = step.cue.timeout
        if timeout is None or timeout.run is None:
            continue
        for language in ceremony.script.languages:
            try:
                words = Wording(ceremony.script, language)
                lasts = step.cue.pre + sum(
                    estimate.action(action, words) * (1.0 if _own(action, step.cue.who) else estimate.READS_SLOWER)
                    for action, path in acts(step)
                    if "answer" not in path
                )
            except UnknownName:
                return
            if lasts > timeout.run:
                rule = f"the cue takes about {lasts:.0f} s in '{language}', and is given up after {timeout.run:g} s"
                yield ceremony.problem((*step.path, "timeout", "run"), rule, "warning")
                break


def _own(action: actions.Action, who: str) -> bool:
    return (getattr(action, "who", None) or who) == "companion"
