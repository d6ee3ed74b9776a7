"""A stage's props: loads them, and does what events say about them."""

from __future__ import annotations

from collections.abc import Sequence

from .. import paths
from ..config import Limits
from ..model.model import AvatarModel
from ..spelling import PROPS, parse_place, parse_prop
from ..stage.props import Props
from ..types import Attach
from .loading import load_prop


def props_for(wishes: Sequence[str], limits: Limits, seed: int = 0) -> Props:
    """Those of ``Settings.props``. Raises AssetError, ModelError."""

    def load(name: str) -> AvatarModel:
        return load_prop(paths.prop(name), limits)

    props = Props(load, seed)
    for text in wishes:
        wish = parse_prop(text)
        props.add(wish.name, wish.model, wish.place)
    return props


def act(props: Props, command: Attach) -> None:
    """Show, hide or attach one. A house prop that is not there yet is fetched, to its usual place where none is named.
    UsageError for a place that there is not, AssetError for a name."""
    place = parse_place(command.to) if command.to else None
    if command.action == "hide":
        if command.name in props.names:
            props.show(command.name, False)
        return
    if command.name not in props.names:
        props.add(command.name, command.name, place or parse_place(PROPS[command.name]))
    elif place is not None:
        props.attach(command.name, place)
    else:
        props.show(command.name, True)
