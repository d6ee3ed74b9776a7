"""What the picture that a ceremony is performed over can show, as far as that is known beforehand, and what of a script
finds nothing there: it is told with what happens in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import UsageError
from ..spelling import COMPANION_PLACES, PROPS, PropPlace, parse_anchor, parse_place, parse_prop
from . import actions
from .marked import Path
from .meaning import all_acts
from .plan import Step
from .reading import Ceremony, Problem
from .script import OnGesture, OnHand

MOVES: Final = frozenset(("wave", "bow", "nod", "shake", "come_closer"))
"""Gestures of the person's that are movements; the others are held."""
_BY_HAND: Final = frozenset(("palm", "thumbs_up"))


@dataclass(frozen=True, slots=True)
class View:
    """What can be seen; None = that is not known, and not looked at.

    name : as ``--source`` has it, "" for no word about it; person, hands : of a person's; tags : numbers of printed
    ones; gestures : of the person's; held_out : sides of hands that are; looked : pictures that were looked at where
    there are more, 0 = all is known; seconds : how long it goes on before it ends; broken : why nothing comes of it."""

    name: str = ""
    person: bool | None = None
    hands: bool | None = None
    tags: frozenset[int] | None = None
    gestures: frozenset[str] | None = None
    held_out: frozenset[str] | None = None
    looked: int = 0
    seconds: float | None = None
    broken: str = ""

    def lacks(self, need: str, which: str = "") -> str:
        """Why what is needed is not to be seen, "" where it is or may be. need : ``person``, ``hand``, ``tag``,
        ``gesture`` or ``held out``; which : a tag's number, a gesture, a side."""
        if self._has(need, which) is not False:
            return ""
        what = {"tag": f"printed tag {which}".strip(), "gesture": f"'{which}'", "held out": "hand that is held out"}
        named = what.get(need, need)
        if self.looked:
            return f"no {named} was seen in the {self.looked} pictures of '{self.name}' that were looked at"
        return f"'{self.name}' shows no {named}"

    def _has(self, need: str, which: str) -> bool | None:
        match need:
            case "person":
                return self.person
            case "hand":
                return self.hands
            case "tag":
                return None if self.tags is None else bool(self.tags) if not which else int(which) in self.tags
            case "held out":
                sides = self.held_out
                if sides is None:
                    return False if self.hands is False else None
                return bool(sides) if which in ("", "any") else which in sides
        if self.gestures is not None:
            return which in self.gestures
        return False if (self.hands if which in _BY_HAND else self.person) is False else None


def check(ceremony: Ceremony, view: View) -> Iterator[Problem]:
    """What of a script this picture cannot show or see, with what happens in its place, and what has to be printed."""
    if view.broken:
        yield Problem(1, 1, f"--source {view.name}: {view.broken}")
        return
    yield from _seen(view)
    for need, which, what, instead, path in [*_anchors(ceremony), *_props(ceremony)]:
        if why := view.lacks(need, which):
            yield ceremony.problem(path, f"{what}: {why}; {instead}", "warning")
    if view.tags is None:
        yield from _to_print(ceremony)
    for step in ceremony.plan.steps:
        yield from _trigger(ceremony, step, view)
        yield from _answer(ceremony, step, view)


def _seen(view: View) -> Iterator[Problem]:
    if not view.name or view.person is None:
        return
    found = ["a person"] * bool(view.person) + ["a hand"] * bool(view.hands)
    found += [f"tag {number}" for number in sorted(view.tags or ())]
    found += [f"'{gesture}'" for gesture in sorted(view.gestures or ())]
    where = f"{view.looked} pictures of '{view.name}'" if view.looked else f"'{view.name}'"
    yield Problem(1, 1, f"seen in {where}: {', '.join(found) or 'nobody, no hand and no printed tag'}", "note")


Wish = tuple[str, str, str, str, Path]
"""(need, which, what needs it, what happens without, where)."""


def _anchors(ceremony: Ceremony) -> Iterator[Wish]:
    first = ceremony.script.settings.anchor
    found: list[tuple[str, str, Path]] = [(first, "until then the companion is not seen", ("settings", "anchor"))]
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Move):
            found.append((action.move, "the companion stays where it was", (*path, "move")))
    for text, instead, path in found:
        try:
            name = parse_anchor(text)[0]
        except UsageError:
            continue
        if need := {"palm": "hand", "tag": "tag", "shoulder": "person"}.get(name):
            yield need, "", f"anchor '{text}'", instead, path


def _props(ceremony: Ceremony) -> Iterator[Wish]:
    """Of each prop where it is to be, in the order of the script; without a word where it is already."""
    places: dict[str, PropPlace] = {}

    def wish(name: str, place: PropPlace, path: Path) -> Iterator[Wish]:
        before, places[name] = places.get(name), place
        own = before is not None and (before.on in COMPANION_PLACES or before.on == "ring-pillow")
        instead = "it stays where it was" if own else "it is not seen"
        instead = f"it is on '{place.otherwise}'" if place.otherwise else instead
        if need := _needs(place):
            which = place.which if need == "tag" else ""
            yield need, which, f"'{name}' on '{place}'", instead, path

    for k, text in enumerate(ceremony.script.settings.props):
        try:
            known = parse_prop(text)
        except UsageError:
            continue
        yield from wish(known.name, known.place, ("settings", "props", k))
    for action, path, _ in all_acts(ceremony):
        if not isinstance(action, actions.Prop) or action.action == "hide":
            continue
        try:
            if action.to is not None:
                yield from wish(action.prop, parse_place(action.to), (*path, "to"))
            elif action.prop not in places and action.prop in PROPS:
                yield from wish(action.prop, parse_place(PROPS[action.prop]), (*path, "prop"))
        except UsageError:
            continue


def _needs(place: PropPlace) -> str:
    if place.on in COMPANION_PLACES or place.on == "ring-pillow":
        return ""
    return "tag" if place.on == "tag" else "hand"


def _to_print(ceremony: Ceremony) -> Iterator[Problem]:
    for need, which, what, instead, path in [*_anchors(ceremony), *_props(ceremony)]:
        if need == "tag" and not instead.startswith("it is on"):
            tag = f"printed tag {which}" if which else "a printed tag"
            yield ceremony.problem(
                path, f"{what} needs {tag} before the camera ('avatar tags' makes the sheets)", "note"
            )
            return


def _trigger(ceremony: Ceremony, step: Step, view: View) -> Iterator[Problem]:
    trigger, why = step.trigger, ""
    if isinstance(trigger, OnGesture):
        why = view.lacks("gesture", trigger.gesture)
    elif isinstance(trigger, OnHand):
        why = view.lacks("held out", trigger.hand)
    if not why:
        return
    timeout = step.cue.timeout
    waits = timeout.wait if timeout is not None else None
    instead = "the cue waits for GO" if waits is None else f"after {waits:g} s its time-out follows"
    rule = f"cue '{step.cue.id}' does not begin by itself: {why}; {instead}"
    yield ceremony.problem((*step.path, "trigger"), rule, "warning")


def _answer(ceremony: Ceremony, step: Step, view: View) -> Iterator[Problem]:
    answer = step.cue.answer
    if answer is None or answer.of != "person":
        return
    for name in ("yes", "no"):
        gestures = getattr(answer, name).gestures
        if gestures and all(view.lacks("gesture", gesture) for gesture in gestures):
            why = view.lacks("gesture", gestures[0])
            rule = f"a '{name}' cannot be given by gesture: {why}; it is spoken, typed or tapped"
            yield ceremony.problem((*step.path, "answer", name, "gestures"), rule, "note")
