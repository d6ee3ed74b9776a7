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
    from .config import Limits, Settings
    from .io.transports.tokens import local_token
    from .model.model import AvatarModel
    from .render.still import render_still
    from .runtime.film import render_film
    from .runtime.loading import inspect, load, load_motion, load_prop, validate
    from .runtime.picture import render_picture
    from .runtime.stage import Stage

__version__ = "0.1.0"

__all__ = [
    "AssetError",
    "AvatarError",
    "AvatarModel",
    "EventError",
    "GraphicsError",
    "Limits",
    "ModelError",
    "OutputError",
    "PortError",
    "Settings",
    "SourceError",
    "Stage",
    "UsageError",
    "VoiceError",
    "__version__",
    "inspect",
    "load",
    "load_motion",
    "load_prop",
    "local_token",
    "render_film",
    "render_picture",
    "render_still",
    "validate",
]

_HOMES = {
    "AvatarModel": ".model.model",
    "Limits": ".config",
    "Settings": ".config",
    "Stage": ".runtime.stage",
    "inspect": ".runtime.loading",
    "load": ".runtime.loading",
    "load_motion": ".runtime.loading",
    "load_prop": ".runtime.loading",
    "local_token": ".io.transports.tokens",
    "render_film": ".runtime.film",
    "render_picture": ".runtime.picture",
    "render_still": ".render.still",
    "validate": ".runtime.loading",
}


def __getattr__(name: str) -> Any:
    """Names with heavy homes are imported when they are first asked for."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module 'avatar' has no attribute '{name}'")
