"""What other clients' events are to a ceremony: GO, hold, back, go-to, and what stops everything."""

from __future__ import annotations

from ..ceremony import orders
from ..ceremony.director import Director
from ..errors import EventError
from ..events import messages
from ..events.codec import Event


def given(event: Event, director: Director, name: str) -> tuple[orders.Input | None, bool]:
    """(input for the ceremony called ``name``, or None; whether nobody else need act on it). Raises EventError."""
    match event.data:
        case messages.CueGo(ceremony=ceremony, cue=cue):
            _known(event, director, name, ceremony, cue)
            return orders.Go(cue, "a client"), True
        case messages.CueHold(ceremony=ceremony):
            _known(event, director, name, ceremony, None)
            return orders.Hold(), True
        case messages.CueBack(ceremony=ceremony):
            _known(event, director, name, ceremony, None)
            return orders.Back(), True
        case messages.CueGoto(ceremony=ceremony, cue=cue):
            _known(event, director, name, ceremony, cue)
            if cue is None:
                raise EventError("missing_field", "go-to needs a cue", "/data/cue", event.id)
            return orders.Goto(cue), True
        case messages.Panic(fade=fade):
            return orders.Panic(fade or 0.0), False
        case messages.Resume():
            return orders.Resume(), False
        case messages.Crisis():
            return orders.Crisis(), False
        case messages.Goodbye():
            return orders.Stop("goodbye"), False
        case _:
            return None, False


def _known(event: Event, director: Director, name: str, ceremony: str | None, cue: str | None) -> None:
    if ceremony is not None and ceremony != name:
        raise EventError("unknown_name", f"the ceremony here is '{name}'", "/data/ceremony", event.id)
    if cue is not None and not director.knows(cue):
        raise EventError("unknown_name", "there is no such cue in this ceremony", "/data/cue", event.id)
