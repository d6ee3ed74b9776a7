"""What a companion wears in a ceremony: named outfits, each of them parts of its model that are shown or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from . import actions
from .marked import Path
from .meaning import all_acts
from .reading import Ceremony, Problem, near
from .script import Script

MODELS: Final = (".vrm", ".glb", ".gltf")


def file_of(script: Script) -> str | None:
    """The companion's file that the outfit from the start asks for; None where that is no other than the companion's
    own."""
    name = script.settings.outfit
    if name is not None and name in script.outfits:
        return script.outfits[name].file
    return name if name is not None and name.lower().endswith(MODELS) else None


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


def check(ceremony: Ceremony, parts: Mapping[str, frozenset[int]] | None) -> Iterator[Problem]:
    """Outfits that there are not, parts that the companion has not, and outfits of which nothing is seen. parts : of
    the companion, None = not known."""
    script = ceremony.script
    first = script.settings.outfit
    if first is not None and first not in script.outfits and not first.lower().endswith(MODELS):
        rule = f"there is no outfit '{first}'{near(first, script.outfits)}: name one of 'outfits' or a file"
        yield ceremony.problem(("settings", "outfit"), rule)
    for action, path, _ in all_acts(ceremony):
        if isinstance(action, actions.Outfit):
            yield from _worn(ceremony, action.outfit, (*path, "outfit"))
    if parts is None:
        return
    everything = frozenset(k for found in parts.values() for k in found)
    for name, outfit in script.outfits.items():
        if outfit.file is not None:
            continue
        for key in ("hide", "show"):
            for k, part in enumerate(getattr(outfit, key)):
                if part not in parts:
                    rule = f"the companion has no part '{part}'{near(part, parts)}; 'avatar inspect' lists them"
                    yield ceremony.problem(("outfits", name, key, k), rule)
        if everything and everything <= hidden(script, name, parts):
            yield ceremony.problem(("outfits", name), f"outfit '{name}' hides all of the companion", key=True)


def _worn(ceremony: Ceremony, name: str, path: Path) -> Iterator[Problem]:
    outfit = ceremony.script.outfits.get(name)
    if outfit is None:
        yield ceremony.problem(path, f"there is no outfit '{name}'{near(name, ceremony.script.outfits)}")
    elif outfit.file is not None and name != ceremony.script.settings.outfit:
        rule = f"outfit '{name}' is another file: it can be worn from the start (settings: outfit), not changed into"
        yield ceremony.problem(path, f"{rule}; to change in the middle, show and hide parts of one file")
