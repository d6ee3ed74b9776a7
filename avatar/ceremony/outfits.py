"""What a companion wears in a ceremony: named outfits, each of them parts of its model that are shown or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ..model.licence import Licence
from . import actions
from .marked import Path
from .meaning import all_acts
from .reading import Ceremony, Problem, near
from .script import Script

MODELS: Final = (".vrm", ".glb", ".gltf")


@dataclass(frozen=True, slots=True)
class Body:
    """What is known of a file that the companion changes into. name : the companion's in it; expressions, bones, parts
    : that it has, bones None = not known; licence : None = it states none; tags : names in a line's control tags that
    mean nothing to it."""

    name: str = ""
    expressions: frozenset[str] = frozenset()
    bones: frozenset[str] | None = None
    parts: Mapping[str, frozenset[int]] = field(default_factory=dict)
    licence: Licence | None = None
    tags: Callable[[str], list[str]] = lambda words: []


def body_of(script: Script, name: str | None) -> str:
    """The file that is worn in an outfit, or in none; "" for the companion's own, ``settings.companion``."""
    outfit = script.outfits.get(name) if name is not None else None
    if outfit is not None and outfit.file is not None:
        return outfit.file
    first = script.settings.outfit
    own = first is not None and first not in script.outfits and first.lower().endswith(MODELS)
    return first if own and first is not None else ""


def file_of(script: Script) -> str | None:
    """The companion's file that the outfit from the start asks for; None where that is no other than the companion's
    own."""
    return body_of(script, script.settings.outfit) or None


def changed_into(ceremony: Ceremony) -> dict[str, str]:
    """Files that the companion changes into at a cue, "" for its own, without the one from the start -> the first of
    the outfits that ask for it."""
    script = ceremony.script
    found = {body_of(script, script.settings.outfit): ""}
    for action, _, _ in all_acts(ceremony):
        if isinstance(action, actions.Outfit) and action.outfit in script.outfits:
            found.setdefault(body_of(script, action.outfit), action.outfit)
    return {body: name for body, name in found.items() if name}


def hidden(script: Script, name: str | None, parts: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """Primitives that are not shown in an outfit, or in none. parts : name -> primitives; names that there are not
    count for nothing."""

    def of(names: list[str]) -> frozenset[int]:
        return frozenset(k for one in names for k in parts.get(one, ()))

    special = of([part for outfit in script.outfits.values() for part in outfit.show])
    outfit = script.outfits.get(name) if name is not None else None
    if outfit is None:
        return special
    return of(outfit.hide) | (special - of(outfit.show))


def place_of(script: Script, body: str) -> Path:
    """Where a script names a file that the companion changes into."""
    named = (name for name, outfit in script.outfits.items() if body and outfit.file == body)
    return next((("outfits", name, "file") for name in named), ("settings", "outfit" if body else "companion"))


def called(script: Script, body: str) -> str:
    """A file that the companion changes into, for a person."""
    return f"'{body or script.settings.companion}'"


def check(
    ceremony: Ceremony, parts: Mapping[str, frozenset[int]] | None, bodies: Mapping[str, Body] = MappingProxyType({})
) -> Iterator[Problem]:
    """Outfits that there are not, parts that the companion has not, and outfits of which nothing is seen. parts : of
    the companion as it begins, None = not known; bodies : what it changes into, by file."""
    script = ceremony.script
    first = script.settings.outfit
    if first is not None and first not in script.outfits and not first.lower().endswith(MODELS):
        rule = f"there is no outfit '{first}'{near(first, script.outfits)}: name one of 'outfits' or a file"
        yield ceremony.problem(("settings", "outfit"), rule)
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Outfit) and action.outfit not in script.outfits:
            rule = f"there is no outfit '{action.outfit}'{near(action.outfit, script.outfits)}"
            yield ceremony.problem((*path, "outfit"), rule)
    known = {file: body.parts for file, body in bodies.items()}
    if parts is not None:
        known[body_of(script, first)] = parts
    for name, outfit in script.outfits.items():
        own = known.get(body_of(script, name))
        if own is None:
            continue
        who = "the companion" if outfit.file is None else f"'{outfit.file}'"
        for key in ("hide", "show"):
            for k, part in enumerate(getattr(outfit, key)):
                if part not in own:
                    rule = f"{who} has no part '{part}'{near(part, own)}; 'avatar inspect' lists them"
                    yield ceremony.problem(("outfits", name, key, k), rule)
        everything = frozenset(k for found in own.values() for k in found)
        if everything and everything <= hidden(script, name, own):
            yield ceremony.problem(("outfits", name), f"outfit '{name}' hides all of the companion", key=True)
