"""The numbers inside accessors: bounds, NaN, indices, normals, quaternions, joints and weights.

Source: glTF 2.0; codes and tolerances as in the Khronos glTF-Validator. Values are looked at in NumPy, a file's worth
at a time, and nothing is copied that need not be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ..codes import MOST_ALIKE, Journal, Said
from .elements import Array, Elements, as_numbers, lengths, note_places, sparse_indices
from .graph import Graph
from .schema import Item
from .skinning import check_influences

_UNIT, _UNIT_QUATERNION = 0.00674, 0.00769


def _finite(journal: Journal, at: str, value: Array, _: Any, __: Item) -> None:
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        flat = np.nonzero(~np.isfinite(value.ravel()))[0]
        note_places(journal, "ACCESSOR_INVALID_FLOAT", at, flat, lambda i: f"component {i} is {value.ravel()[i]}")


def _bound(name: str) -> Callable[[Journal, str, Array, Any, Item], None]:
    def check(journal: Journal, at: str, value: Array, declared: list[float], _: Item) -> None:
        least = np.fmin if name == "min" else np.fmax
        ends, first = least.reduce(value, axis=0).tolist(), value[0].tolist()
        for i, said in enumerate(declared):
            actual = float("nan") if first[i] != first[i] else float(ends[i])
            if actual == said:
                continue
            column = value[:, i]
            if not actual:
                actual = float(least.reduce(column))  # which of the two zeros depends on the way to it
            journal.add(f"ACCESSOR_{name.upper()}_MISMATCH", f"{at}/{i}", f"is {said:g}, the data has {actual:g}")
            beyond = int(np.count_nonzero(column < said if name == "min" else column > said))
            if beyond:
                text = f"{beyond} elements lie beyond {said:g}"
                journal.add(f"ACCESSOR_ELEMENT_OUT_OF_{name.upper()}_BOUND", f"{at}/{i}", text)

    return check


def _bind(journal: Journal, at: str, value: Array, _: Any, __: Item) -> None:
    wrong = value[:, 3::4] != np.array([0, 0, 0, 1])
    places = np.nonzero(wrong.any(axis=1))[0]
    text = "the last row is not 0 0 0 1"
    for place in places[:MOST_ALIKE]:
        journal.add("ACCESSOR_INVALID_IBM", at, f"matrix {place}: {text}", int(wrong[place].sum()))
    rest = int(wrong[places[MOST_ALIKE:]].sum())
    journal.add("ACCESSOR_INVALID_IBM", at, f"{rest} more numbers: {text}", rest)


def _times(journal: Journal, at: str, value: Array, _: Any, __: Item) -> None:
    times = value[:, 0].astype(np.float64)
    negative = times < 0
    below = np.nonzero(negative)[0]
    note_places(journal, "ACCESSOR_ANIMATION_INPUT_NEGATIVE", at, below, lambda i: f"time {i} is {times[i]:g}")
    kept = np.nonzero(~negative)[0]
    before = np.concatenate([[0.0], times[kept][:-1]])
    wrong = kept[(kept != 0) & (times[kept] <= before)]
    code = "ACCESSOR_ANIMATION_INPUT_NON_INCREASING"
    note_places(journal, code, at, wrong, lambda i: f"time {i} is {times[i]:g}, not above the one before it")


def _quaternions(journal: Journal, at: str, value: Array, cubic: bool, accessor: Item) -> None:
    found = as_numbers(accessor, value)
    first, step = (1, 3) if cubic else (0, 1)
    wrong = first + step * np.nonzero(np.abs(lengths(found[first::step]) - 1) > _UNIT_QUATERNION)[0]
    code = "ACCESSOR_ANIMATION_SAMPLER_OUTPUT_NON_NORMALIZED_QUATERNION"
    note_places(journal, code, at, wrong, lambda i: f"quaternion {i} has length {np.linalg.norm(found[i]):g}")


def _normal(journal: Journal, at: str, value: Array, _: Any, accessor: Item) -> None:
    found = as_numbers(accessor, value)
    wrong = np.nonzero(np.abs(lengths(found[:, :3]) - 1) > _UNIT)[0]
    text = "vector {} has length {:g}"
    note_places(
        journal,
        "ACCESSOR_VECTOR3_NON_UNIT",
        at,
        wrong,
        lambda i: text.format(i, float(np.linalg.norm(found[i, :3]))),
    )
    if found.shape[1] == 4:
        signs = np.nonzero(np.abs(found[:, 3]) != 1)[0]
        note_places(journal, "ACCESSOR_INVALID_SIGN", at, signs, lambda i: f"w of tangent {i} is {found[i, 3]:g}")


def _color(journal: Journal, at: str, value: Array, _: Any, __: Item) -> None:
    flat = value.ravel()
    wrong = np.nonzero((flat < 0) | (flat > 1))[0]
    note_places(journal, "ACCESSOR_NON_CLAMPED", at, wrong, lambda i: f"component {i} is {flat[i]:g}, not from 0 to 1")


def _indices(journal: Journal, at: str, value: Array, use: tuple[int | None, bool], _: Item) -> None:
    flat, (vertices, triangles) = value[:, 0], use
    top, restart = (vertices or 0) - 1, int(np.iinfo(flat.dtype).max)
    beyond = np.nonzero(flat.astype(np.int64) > top)[0]
    note_places(
        journal, "ACCESSOR_INDEX_OOB", at, beyond, lambda i: f"index {i} is {flat[i]}, the last vertex is {top}"
    )
    restarts = np.nonzero(flat == restart)[0]
    code = "ACCESSOR_INDEX_PRIMITIVE_RESTART"
    note_places(journal, code, at, restarts, lambda i: f"index {i} is the restart value {restart}")
    if triangles:
        a, b, c = flat[: len(flat) // 3 * 3].reshape(-1, 3).T
        flatly = int(((a == b) | (b == c) | (c == a)).sum())
        if flatly:
            text = f"{flatly} of {len(a)} triangles are degenerate"
            journal.add("ACCESSOR_INDEX_TRIANGLE_DEGENERATE", at, text)


_CHECKS: Final[dict[str, Callable[[Journal, str, Array, Any, Item], None]]] = {
    "finite": _finite,
    "min": _bound("min"),
    "max": _bound("max"),
    "bind": _bind,
    "times": _times,
    "quaternions": _quaternions,
    "normal": _normal,
    "tangent": _normal,
    "color": _color,
    "indices": _indices,
}


def check_data(graph: Graph) -> None:
    """Looks at the elements of every accessor that the linking planned a look at, and at skinning."""
    elements, journal = Elements(), graph.journal
    with np.errstate(all="ignore"):
        for accessor in graph.kind("accessors"):
            sparse = accessor["sparse"]
            at = sparse_indices(sparse) if sparse is not None and accessor["count"] is not None else None
            if at is not None and accessor["type"] is not None and accessor["componentType"] is not None:
                _check_sparse(journal, f"{accessor.at}/sparse", at, accessor["count"])
            seen: dict[Any, Said] = {}
            for kind, place, argument in graph.checkers.get(id(accessor), ()):
                value = elements.get(accessor)
                if value is None:
                    continue
                graph.work(value.size // 48)
                key = kind, tuple(argument) if isinstance(argument, list) else argument
                if key not in seen:
                    seen[key] = Said()
                    _CHECKS[kind](seen[key], "", value, argument, accessor)
                seen[key].of(place, journal)
        check_influences(graph, elements)


def _check_sparse(journal: Journal, at: str, indices: Array, count: int) -> None:
    falls = indices[1:] <= indices[:-1]
    if not falls.any() and indices[-1] < count:
        return
    falling = np.nonzero(falls)[0] + 1
    code = "ACCESSOR_SPARSE_INDICES_NON_INCREASING"
    note_places(journal, code, at, falling, lambda i: f"index {i} is {indices[i]}, not above the one before it")
    beyond = np.nonzero(indices >= count)[0]
    text = "index {} is {}, there are {} elements"
    note_places(journal, "ACCESSOR_SPARSE_INDEX_OOB", at, beyond, lambda i: text.format(i, indices[i], count))
