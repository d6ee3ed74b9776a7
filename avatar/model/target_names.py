"""What a file calls the morph targets of a mesh. glTF has no word for it; three customs have grown."""

from __future__ import annotations

from typing import Any, Final

from .place import Place, printable

_LONGEST: Final = 120


def target_names(mesh: Place, count: int) -> list[str]:
    """``count`` names, "" where there is none: ``extras.targetNames`` of the mesh or of a primitive (exporters for
    Blender, Unity and Maya), or ``extras.name`` of each target. Extras may hold anything: what is no text is no name.
    """
    found = [""] * count
    primitives = [p for p in _list(mesh.value, "primitives") if isinstance(p, dict)]
    for owner in (mesh.value, *primitives):
        _fill(found, _list(_extras(owner), "targetNames"))
    for primitive in primitives:
        _fill(found, [_extras(t).get("name") for t in _list(primitive, "targets")[:count] if isinstance(t, dict)])
    return found


def _fill(found: list[str], names: list[Any]) -> None:
    for k, name in enumerate(names[: len(found)]):
        if isinstance(name, str) and not found[k]:
            found[k] = printable(name)[:_LONGEST]


def _extras(owner: dict[str, Any]) -> dict[str, Any]:
    extras = owner.get("extras")
    return extras if isinstance(extras, dict) else {}


def _list(owner: dict[str, Any], key: str) -> list[Any]:
    value = owner.get(key)
    return value if isinstance(value, list) else []
