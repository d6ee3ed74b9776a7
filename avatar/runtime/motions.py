"""``avatar motions`` as a function: the motions that have names."""

from __future__ import annotations

from typing import Any

from .. import paths
from ..animate.library import GESTURES


def motions() -> list[dict[str, Any]]:
    """One row a motion: ``name``; ``kind``, ``gesture`` (built in, fitted to any humanoid) or ``file``; ``file``, where
    it is, None for gestures."""
    rows: list[dict[str, Any]] = [{"name": name, "kind": "gesture", "file": None} for name in GESTURES]
    known = {row["name"] for row in rows}
    files = [(n, f) for n, f in paths.motion_files().items() if n not in known]
    return rows + [{"name": name, "kind": "file", "file": str(file)} for name, file in files]
