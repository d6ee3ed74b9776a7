"""``validate``: everything that is wrong with a glTF, VRM or VRMA file, as a report rather than one refusal.

The rules of glTF 2.0 carry the codes, severities and places that the Khronos glTF-Validator gives them; VRM rules carry
our own (docs/VALIDATE.md). What the loader refuses is never called valid. Nothing is raised for bad content.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from ...config import Limits
from ...errors import LimitError, ModelError
from ..codes import Journal, Report
from ..container import Container, open_container
from ..draco import Unpack, unpack_here
from ..load import read_opened
from ..motion import read_motion
from ..pictures import DamagedError
from .checks import CHECKS, version
from .clips import link_animations
from .container import MOST_BYTES, Files, Opened, check_images, load_buffers, open_bytes, parse
from .data import check_data
from .graph import Graph
from .link import (
    check_nodes,
    link_accessors,
    link_images,
    link_nodes,
    link_scenes,
    link_skins,
    link_views,
)
from .materials import link_materials
from .mesh import link_meshes
from .schema import Item, Reader, TooMuchError, step
from .tables import EXTENSIONS, KNOWN, LISTS, TABLES
from .values import Index, strings
from .vrm import check_vrm
from .vrm0 import check_vrm0
from .vrm_tables import VRM_EXTENSIONS, VRM_TABLES

OURS: Final = frozenset({name for _, name in VRM_EXTENSIONS} | {"VRM"})
"""Extensions that the Khronos validator does not know and that are checked here."""
_ALL_TABLES: Final = {**TABLES, **VRM_TABLES}
_ALL_EXTENSIONS: Final = {**EXTENSIONS, **VRM_EXTENSIONS, ("root", "VRM"): ("VRM", False)}
_EXTENSION_NAME = re.compile(r"[A-Z0-9]+_[A-Za-z0-9_]+")


def exit_code(report: Report) -> int:
    """What a command ends with: 0 valid, 1 invalid."""
    return 0 if report.verdict == "valid" else 1


def validate(path: str | Path, limits: Limits | None = None, *, unpack: Unpack = unpack_here) -> Report:
    """Everything found in the file. limits, unpack : as of ``load``, for the loader's last word.

    Never raises for content or for a missing file."""
    path, journal = Path(path), Journal()
    try:
        data = _bytes(path)
    except (OSError, ValueError) as error:
        reason = "there is no such file" if not path.exists() else f"cannot be read ({type(error).__name__})"
        journal.add("IO_ERROR", "", reason)
        return journal.report(str(path))
    if data is None:
        journal.add("PRESENCE_LIMIT", "", f"the file is larger than {MOST_BYTES >> 20} MiB")
        return journal.report(str(path))
    container = _container(path, data, limits or Limits())
    if isinstance(container, LimitError):  # what is too much is not looked into any further
        journal.add("PRESENCE_LIMIT", container.pointer, f"the loader refuses this: {container.rule}")
        return journal.report(str(path))
    opened, known = open_bytes(journal, data), container if isinstance(container, Container) else None
    root = parse(journal, opened.text, known) if opened.text else None
    if root is not None:
        try:
            _check(journal, path, opened, root, len(data))
        except TooMuchError:
            journal.add("PRESENCE_LIMIT", "", "checking the file would take too long")
        except RecursionError:
            journal.add("PRESENCE_LIMIT", "", "the file is nested too deep")
    elif opened.glb and opened.text is None and not journal.counts["error"]:
        journal.add("INVALID_JSON", "", "the GLB holds no JSON")
    extensions = root.get("extensions") if root is not None else None
    _load(journal, container, isinstance(extensions, dict) and "VRMC_vrm_animation" in extensions, unpack)
    return journal.report(str(path))


def _container(path: Path, data: bytes, limits: Limits) -> Container | ModelError:
    """The file as the loader opens it, or its refusal."""
    try:
        return open_container(path, limits, data)
    except ModelError as error:
        return error


def _bytes(path: Path) -> bytes | None:
    if not path.is_file():
        raise OSError("not a file")
    return path.read_bytes() if path.stat().st_size <= MOST_BYTES else None


def _check(journal: Journal, path: Path, opened: Opened, raw: dict[str, Any], size: int) -> None:
    words = {"mimes": ["image/jpeg", "image/png"], "paths": ["translation", "rotation", "scale", "weights"]}
    words["glb"] = ["yes"] if opened.glb else []
    reader = Reader(journal, _ALL_TABLES, CHECKS, _ALL_EXTENSIONS, words)
    root = Item(raw, "", "root", None)
    for key in raw:
        if key not in (*LISTS, "asset", "scene", "extensionsUsed", "extensionsRequired", "extensions", "extras"):
            journal.add("UNEXPECTED_PROPERTY", f"/{step(key)}", "this property is not defined")
    _names(reader, root)
    if not _asset(reader, root):
        return
    lists = {name: _list(reader, root, name, kind) for name, kind in LISTS.items()}
    root.extensions = reader.item(
        "root", {k: raw[k] for k in ("extensions", "extras") if k in raw}, "", None
    ).extensions
    graph = Graph(journal, root, lists, reader.read)
    scene = Index().read(reader, root, "scene")
    if scene is not None and graph.find("scenes", scene) is None:
        journal.add("UNRESOLVED_REFERENCE", "/scene", f"there is no scene {scene}")
    link_views(graph)
    link_accessors(graph)
    link_images(graph)
    link_materials(graph)
    link_meshes(graph, "KHR_mesh_quantization" in reader.known)
    link_nodes(graph)
    link_skins(graph)
    link_animations(graph)
    link_scenes(graph)
    check_nodes(graph)
    check_vrm(graph)
    check_vrm0(graph)
    _unused(graph)
    if opened.whole:
        files = Files(path, size)
        load_buffers(graph, opened, files)
        check_images(graph, files, words["mimes"])
        check_data(graph)


def _names(reader: Reader, root: Item) -> None:
    """extensionsUsed and extensionsRequired."""
    journal = reader.journal
    if "extensionsRequired" in root.raw and "extensionsUsed" not in root.raw:
        journal.add("UNSATISFIED_DEPENDENCY", "/extensionsRequired", "needs extensionsUsed")
    used = strings(reader, root, "extensionsUsed") or []
    required = strings(reader, root, "extensionsRequired") or []
    reader.declared = set(used)
    for i, name in enumerate(used):
        at = f"/extensionsUsed/{i}"
        if not _EXTENSION_NAME.match(name):
            journal.add("INVALID_EXTENSION_NAME_FORMAT", at, f"'{name[:60]}' is not PREFIX_name")
        if name in KNOWN or name in OURS:
            reader.known.add(name)
        else:
            journal.add("UNSUPPORTED_EXTENSION", at, f"the content of {name[:60]} is not checked")
        if name == "KHR_mesh_quantization" and name not in required:
            journal.add("NON_REQUIRED_EXTENSION", at, f"{name} must be in extensionsRequired too")
        if name == "EXT_texture_webp":
            reader.words["mimes"].append("image/webp")
        if name == "KHR_animation_pointer":
            reader.words["paths"].append("pointer")
    for i, name in enumerate(required):
        if name not in used:
            text = f"{name[:60]} is required but not used"
            journal.add("UNUSED_EXTENSION_REQUIRED", f"/extensionsRequired/{i}", text)


def _asset(reader: Reader, root: Item) -> bool:
    """Whether the file says that it is glTF 2."""
    found = reader.get(root, "asset", "an object", True)
    if found is not None and not isinstance(found, dict):
        reader.mismatch(root, "asset", found, "an object")
    if not isinstance(found, dict):
        return False
    asset = reader.item("asset", found, "/asset", root)
    if asset["version"] is None:
        return False
    major, minor = version(asset["version"])
    if major != 2:
        reader.journal.add("UNKNOWN_ASSET_MAJOR_VERSION", "/asset/version", f"glTF {major} is not known")
        return False
    if minor > 0:
        reader.journal.add("UNKNOWN_ASSET_MINOR_VERSION", "/asset/version", f"glTF 2.{minor} is not known")
    return True


def _list(reader: Reader, root: Item, name: str, kind: str) -> list[Item | None]:
    if name not in root.raw:
        return []
    found, at = root.raw[name], f"/{name}"
    if not isinstance(found, list):
        reader.mismatch(root, name, found, "an array")
        return []
    if not found:
        reader.journal.add("EMPTY_ENTITY", at, "must not be empty")
    made: list[Item | None] = []
    for i, value in enumerate(found):
        if isinstance(value, dict):
            made.append(reader.item(kind, value, f"{at}/{i}", root))
        else:
            reader.journal.add("TYPE_MISMATCH", f"{at}/{i}", "is not an object")
            made.append(None)
    return made


def _unused(graph: Graph) -> None:
    """What nothing in the file refers to."""
    for name in LISTS:
        if name in ("animations", "scenes"):
            continue
        for item in graph.kind(name):
            if not item.used:
                graph.journal.add("UNUSED_OBJECT", item.at, "nothing refers to this")
    for extension, key in (("KHR_lights_punctual", "lights"), ("KHR_materials_variants", "variants")):
        found = graph.root.extensions.get(extension)
        for item in (found[key] or ()) if found is not None else ():
            if not item.used:
                graph.journal.add("UNUSED_OBJECT", item.at, "nothing refers to this")
    for mesh in graph.kind("meshes"):
        if mesh["weights"] is not None and mesh.used and "weights used" not in mesh.facts:
            graph.journal.add("UNUSED_MESH_WEIGHTS", f"{mesh.at}/weights", "every node has its own weights")


def _load(journal: Journal, container: Container | ModelError, motion: bool, unpack: Unpack) -> None:
    """The loader has the last word: what it refuses is not valid."""
    try:
        if isinstance(container, ModelError):
            raise container
        if motion:
            read_motion(container, unpack)
        else:
            document = read_opened(container, unpack=unpack)
            for error in document.gaps.faults:
                code = "IMAGE_DATA_INVALID" if isinstance(error, DamagedError) else "PRESENCE_REPLACED"
                if not journal.has_error_at(error.pointer):
                    journal.add(code, error.pointer, error.rule)
            for note in document.model.notes:
                journal.add("PRESENCE_NOTE", "", note)
    except ModelError as error:
        code = "PRESENCE_REFUSED"
        if error.pointer.startswith("/extensionsRequired/"):
            code = "PRESENCE_UNSUPPORTED_EXTENSION"
        elif isinstance(error, LimitError):
            code = "PRESENCE_LIMIT"
        if not journal.has_error_at(error.pointer):
            journal.add(code, error.pointer, f"the loader refuses this: {error.rule}")
