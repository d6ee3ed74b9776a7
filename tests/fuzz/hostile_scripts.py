"""Ceremonies that are hostile or broken, by the thousand: each is read, checked and told in one line, or found right.

    python tests/fuzz/hostile_scripts.py [COUNT] [SEED]

Takes the house's scripts and breaks them: another kind of value at any key, names of nothing, paths out of the folder,
aliases, tags, directives, cycles of goto, doubled keys, numbers that are none, depth, length, letters that control
something, bytes that are no UTF-8, lines cut, doubled and shifted. Prints one JSON line: how many were refused, found
wrong by ``check`` and found right, the slowest, and whatever raised anything else than a CeremonyError.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from avatar.ceremony import marked, preflight, reading
from avatar.ceremony.preflight import World
from avatar.errors import CeremonyError
from avatar.model.licence import Licence

ROOT = Path(__file__).resolve().parents[2]
HOUSE = sorted((ROOT / "assets/ceremonies").glob("*.yaml"))
WORLD = World(voices={"heart": ("en",), "none": ("*",)}, licence=Licence(users="everyone"))
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        10**17,
        -(10**17),
        1.5,
        1e308,
        "",
        " ",
        "x",
        "end",
        "next",
        "yes",
        "../../etc/passwd",
    ),
    *("/etc/passwd", "file:///etc/passwd", "https://example.org/x.ogg", "C:\\x.ogg", "~", "{", "}", "{{", "{nobody}"),
    *("{title}", "{statement}", "a" * 5000, "\u202e", "\u0000".strip("\u0000") or "nul", "\U0001f54a", "誓い", [], {}),
    *(
        [[]],
        [{}],
        {"en": "x"},
        {"xx-": "x"},
        {"en": 1},
        {"": ""},
        [1, "2", None],
        {"say": "a", "vow": "b"},
        [["a"] * 50],
    ),
    *(".nan", "1e999", "picture.svg", "ring-finger:left", "tag:999", "spot 2,2", "[hapy]", "<|ACT {|>", "\ufeffx"),
)
LINES = (
    *(
        "&a [*a]",
        "*a",
        "!!python/object/apply:os.system [x]",
        "!x y",
        "<<: {a: 1}",
        "? [a]\n: b",
        "---",
        "...",
        "%YAML 1.1",
    ),
    *("\t- x", "a: b: c", "- - - - -", "'", '"', "|", ">-", "{", "]", "@", "`", "%", "a: .inf", "a: 1e999", "a: .NaN"),
    *(
        "id: &x y",
        "scenes: *scenes",
        "presence: 1",
        "\x07",
        "\x00",
        "\x85",
        "\ud83d",
        "x: " + "[" * 40,
        "x: " + "{a: " * 40,
    ),
)


def _walk(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from _walk(value[key], (*path, key))
    elif isinstance(value, list):
        for k in range(len(value)):
            yield from _walk(value[k], (*path, k))


def _another_value(dice: random.Random, tree: Any) -> bytes:
    tree = copy.deepcopy(tree)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        path = dice.choice(list(_walk(tree)))
        at = tree
        for part in path[:-1]:
            at = at[part]
        what = dice.randrange(5)
        if what == 0:
            del at[path[-1]]
        elif what == 1 and isinstance(at, dict):
            at[dice.choice(("goto", "x", "id", "do", "trigger", "outfit", "irreversible", "group"))] = at.pop(path[-1])
        elif what == 2 and isinstance(at, list):
            at.insert(0, copy.deepcopy(at[path[-1]]))
        else:
            at[path[-1]] = copy.deepcopy(dice.choice(VALUES))
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


def _another_text(dice: random.Random, text: str) -> bytes:
    lines = text.split("\n")
    for _ in range(dice.choice((1, 1, 2, 5))):
        k, what = dice.randrange(len(lines)), dice.randrange(8)
        if what == 0:
            lines.insert(k, " " * dice.randrange(8) + dice.choice(LINES))
        elif what == 1:
            lines[k] = lines[k] + dice.choice((" &a", " *a", " !t", ": x", " #", "\t", " [", " }", "\x1b[0m"))
        elif what == 2:
            lines[k] = " " + lines[k]
        elif what == 3:
            lines[k] = lines[k][: dice.randrange(len(lines[k]) + 1)]
        elif what == 4:
            lines.insert(k, lines[k])
        elif what == 5:
            del lines[k]
            lines = lines or [""]
        elif what == 6:
            lines[k] = lines[k].replace("id: ", "id: x-", 1).replace("goto: ", "goto: nowhere-", 1)
        else:
            lines[k] = lines[k].replace(": ", ": " + dice.choice(LINES) + " ", 1)
    data = bytearray("\n".join(lines).encode("utf-8", "surrogatepass"))
    if dice.random() < 0.15:
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data[: dice.randrange(len(data))] if dice.random() < 0.1 else data)


def _huge(dice: random.Random) -> bytes:
    return dice.choice(
        (
            b"a" * 10_000_000,
            b"[" * 200_000,
            b"- " * 100_000,
            b"presence: 1\nx: " + b"[" * 33 + b"]" * 33,
            b"presence: 1\n" + b"".join(b"k%d: 1\n" % k for k in range(60_000)),
            b"presence: 1\nx: [" + b"1," * 200_000 + b"]",
            b'presence: 1\ntitle: "' + b"x" * 900_000 + b'"',
            b"{" * 100_000,
            b"presence: 1\n" + b"? " * 5_000,
            "presence: 1\n".encode("utf-16"),
            b"\xff\xfe" * 50,
            b"",
            b"\n" * 900_000,
            b"presence: 1\nscenes:\n" + b"- id: a\n  title: t\n  cues: [{id: b}]\n" * 9_000,
        )
    )


def hostile(count: int, seed: int) -> Iterator[bytes]:
    """So many of them."""
    dice = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in HOUSE]
    trees = [yaml.safe_load(text) for text in texts]
    for k in range(count):
        which = dice.randrange(len(texts))
        if k % 50 == 49:
            yield _huge(dice)
        elif k % 2:
            yield _another_value(dice, trees[which])
        else:
            yield _another_text(dice, texts[which])


def outcome(data: bytes) -> str:
    """``refused``, ``wrong`` or ``right``. Raises AssertionError where what is told is not one line with its place."""
    try:
        ceremony, problems = reading.shape(marked.read(data, "f.yaml"))
    except CeremonyError as error:
        _one_line(str(error))
        return "refused"
    if ceremony is not None:
        problems = preflight.check(ceremony, WORLD)
    for problem in problems:
        _one_line(problem.told("f.yaml"))
    lines = data.count(b"\n") + data.count(b"\r") + data.count(b"\xc2\x85") + 2
    assert all(1 <= p.line <= lines and p.column >= 1 for p in problems)
    if ceremony is None:
        assert problems, "what cannot be read says why"
        return "refused"
    return "wrong" if any(p.level == "error" for p in problems) else "right"


def _one_line(told: str) -> None:
    name, line, column, rule = told.split(":", 3)
    assert name == "f.yaml", told[:80]
    assert int(line) >= 1
    assert int(column) >= 1
    assert rule.strip()
    assert len(told.splitlines()) == 1, told[:200]
    assert "Traceback" not in told
    assert len(told) < 2000, len(told)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    found: Counter[str] = Counter()
    failed: list[str] = []
    slowest = 0.0
    tracemalloc.start()
    for k, data in enumerate(hostile(count, seed)):
        begun = time.process_time()
        try:
            found[outcome(data)] += 1
        except Exception as error:
            failed.append(f"{k}: {type(error).__name__}: {str(error)[:160]}")
        slowest = max(slowest, time.process_time() - begun)
    most = tracemalloc.get_traced_memory()[1] / 1e6
    print(
        json.dumps(
            {"scripts": count, **found, "slowest_s": round(slowest, 2), "most_mb": round(most), "failed": failed[:20]},
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
