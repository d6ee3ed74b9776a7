"""The house rules of docs/ARCHITECTURE.md, held by reading every file's imports and calls as text (AST)."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "avatar"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "_data" not in p.parts)

WORDS = {"errors", "clock", "paths", "types", "config", "spelling"}
DOMAIN = {"model", "animate", "speech", "tracking", "stage", "events", "ceremony", "care"}
IO = {"capture", "detect", "voice", "chat", "transports", "adapters", "outputs", "console", "servers"}
SHARED = "servers"
"""The one folder of io/ that the others may know: how a server is reached that the person has chosen."""
# The one domain folder (or two, where a device carries both) that each folder under io/ may know.
IO_SERVES = {
    "capture": set(),
    "detect": {"tracking"},
    "voice": {"speech"},
    "chat": {"events"},
    "transports": {"events"},
    "adapters": {"events"},
    "outputs": {"ceremony"},
    "servers": set(),
    "console": {"ceremony", "events"},
}
PURE = WORDS - {"clock"} | {"linalg"} | DOMAIN


def room(path: Path) -> tuple[str, ...]:
    """The room a file is in: ("types",), ("animate",), ("io", "voice") …"""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] == "io" and len(parts) > 2:
        return parts[:2]
    return parts[:1]


ROOMS = {here: [path for path in FILES if room(path) == here] for here in sorted({room(path) for path in FILES})}
each_room = pytest.mark.parametrize("here", ROOMS, ids="/".join)


@cache
def tree(path: Path) -> list[ast.AST]:
    """Every import and call of a file."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)]


@cache
def imports(path: Path) -> frozenset[tuple[str, ...]]:
    """Every import, as dotted parts; relative ones resolved to start with "avatar"."""
    package = ("avatar", *path.relative_to(PACKAGE).parts[:-1])
    found: set[tuple[str, ...]] = set()
    for node in tree(path):
        if isinstance(node, ast.Import):
            found |= {tuple(a.name.split(".")) for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = tuple(node.module.split(".")) if node.module else ()
            for alias in node.names:
                found.add((*base, *module, alias.name))
    return frozenset(found)


def may(here: tuple[str, ...], target: tuple[str, ...]) -> bool:
    """May a file in room ``here`` import ``target`` (parts after "avatar")?"""
    if not target or target[0].startswith("__"):
        return True
    top, name = here[0], target[0]
    if top in {"runtime", "cli", "__main__", "__init__"}:
        return True
    if name in WORDS or (name == top and top != "io"):
        return True
    if top in WORDS:
        return False
    if name == "linalg":
        return True
    if top == "linalg":
        return False
    if top in DOMAIN:
        return name == "model" and top != "model"
    if top == "render":
        return name in {"model", "stage"}
    if top == "io":
        if name == "io":
            return len(target) > 1 and target[1] in (here[-1], SHARED)
        return name in IO_SERVES[here[-1]]
    return False


@each_room
def test_imports_point_down(here: tuple[str, ...]) -> None:
    assert here[0] in WORDS | DOMAIN | {"linalg", "render", "io", "runtime", "cli", "__main__", "__init__"}, here
    if here[0] == "io" and len(here) > 1 and here[1] != "__init__":
        assert here[1] in IO, here
    for path in ROOMS[here]:
        for name in imports(path):
            if name[0] == "avatar":
                assert may(here, name[1:]), f"{path.relative_to(ROOT)} imports {'.'.join(name)}: that arrow points up"


@each_room
def test_only_render_imports_opengl(here: tuple[str, ...]) -> None:
    for path in ROOMS[here]:
        if here[0] != "render":
            assert not any(name[0] == "OpenGL" for name in imports(path)), path


@each_room
def test_pure_rooms_have_no_clock_thread_socket_or_device(here: tuple[str, ...]) -> None:
    banned = {"time", "threading", "socket", "asyncio", "subprocess", "multiprocessing", "sounddevice", "pygame"}
    banned |= {"mediapipe", "uvicorn", "starlette", "hibari", "av"}
    for path in ROOMS[here]:
        if here[0] in PURE:
            names = {n[0] for n in imports(path)}
            assert not names & banned, (path, names)
            source = path.read_text(encoding="utf-8")
            assert "datetime.now" not in source, path
            assert "perf_counter" not in source, path
        if here[0] not in {"runtime", "cli"}:
            calls = [
                node
                for node in tree(path)
                if isinstance(node, ast.Call) and ast.unparse(node.func) in {"threading.Thread", "Thread", "Process"}
            ]
            assert not calls, f"only runtime/ starts threads and processes: {path}"


def test_the_law_itself_can_fail() -> None:
    assert not may(("linalg",), ("render", "renderer"))
    assert not may(("animate",), ("speech", "visemes"))
    assert not may(("io", "voice"), ("io", "capture"))
    assert not may(("io", "servers"), ("io", "voice"))
    assert not may(("types",), ("linalg",))
    assert may(("animate",), ("model", "model"))
    assert may(("render",), ("stage", "scene"))


def test_no_circle() -> None:
    files = set(FILES)
    graph: dict[Path, set[Path]] = {}
    for path in FILES:
        graph[path] = set()
        for name in imports(path):
            if name[0] != "avatar":
                continue
            for cut in (len(name), len(name) - 1):
                module = PACKAGE.joinpath(*name[1:cut])
                for candidate in (module.with_suffix(".py"), module / "__init__.py"):
                    if candidate in files and candidate != path:
                        graph[path].add(candidate)
    state: dict[Path, int] = {}

    def visit(node: Path, trail: list[Path]) -> None:
        state[node] = 1
        for other in graph[node]:
            if other.name == "__init__.py":
                continue
            assert state.get(other) != 1, " -> ".join(str(p.relative_to(PACKAGE)) for p in [*trail, node, other])
            if other not in state:
                visit(other, [*trail, node])
        state[node] = 2

    for path in FILES:
        if path not in state:
            visit(path, [])


@each_room
def test_files_have_one_job(here: tuple[str, ...]) -> None:
    for path in ROOMS[here]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
