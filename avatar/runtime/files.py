"""``avatar inspect`` and ``avatar validate`` as functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import paths
from ..config import Limits
from ..errors import AssetError, UsageError
from ..model.codes import Report
from ..model.inspect import describe_lines
from ..model.validate import exit_code
from . import loading


def inspect(file: str, limits: Limits) -> tuple[dict[str, Any], list[str]]:
    """What a file or a house companion holds, as facts and as lines for a person."""
    facts = loading.inspect(_file(file), limits)
    return facts, describe_lines(facts)


def validate(file: str, limits: Limits) -> tuple[Report, int]:
    """Everything wrong with a file or a house companion, and the command's exit code. Raises UsageError for what is no
    glTF file at all, AssetError where there is none."""
    path = _file(file)
    if not path.is_file():
        raise AssetError(f"{path}: there is no such file")
    if path.suffix.lower() in {".bvh", ".obj", ".stl", ".ply"}:
        raise UsageError(f"{path}: only glTF, VRM and VRMA files are validated; 'avatar inspect' looks into this one")
    report = loading.validate(path, limits)
    return report, exit_code(report)


def _file(name: str) -> Path:
    """A file as it is named, else a house companion's."""
    own = Path(name).expanduser()
    return own if own.suffix or own.exists() else paths.companion(name)
