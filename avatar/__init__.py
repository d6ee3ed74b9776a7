"""Presence: a 3D companion in your own camera view, with voice, lip-sync and events. Local, quiet, honest.

>>> from avatar import Stage
>>> stage = Stage(source="demo", headless=True, seconds=5)
>>> stage.send("say", text="Hello there.")
>>> facts = stage.run()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (
    AssetError,
    AvatarError,
    EventError,
    GraphicsError,
    ModelError,
    OutputError,
    PortError,
    SourceError,
    UsageError,
    VoiceError,
)

if TYPE_CHECKING:
    from .config import Settings
    from .model.load import load
    from .model.model import AvatarModel
    from .render.still import render_still
    from .runtime.stage import Stage

__version__ = "0.1.0"

__all__ = [
    "AssetError",
    "AvatarError",
    "AvatarModel",
    "EventError",
    "GraphicsError",
    "ModelError",
    "OutputError",
    "PortError",
    "Settings",
    "SourceError",
    "Stage",
    "UsageError",
    "VoiceError",
    "__version__",
    "load",
    "render_still",
]

_HOMES = {
    "AvatarModel": ".model.model",
    "Settings": ".config",
    "Stage": ".runtime.stage",
    "load": ".model.load",
    "render_still": ".render.still",
}


def __getattr__(name: str) -> Any:
    """Names with heavy homes are imported when they are first asked for."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module 'avatar' has no attribute '{name}'")
