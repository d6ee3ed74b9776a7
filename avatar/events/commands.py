"""Checked events as the commands the engine's domain understands."""

from __future__ import annotations

from ..types import Attach, Become, Command, Express, Gaze, Gesture, Halt, Hold, Interrupt, Move, Say, Show
from . import messages
from .codec import Event


def command(event: Event) -> Command | None:
    """The command in an event, or None for a type that is no command. An utterance without a name takes the event's id.

    The text of a Say is as it came: ``tags.strip`` takes the control tags out of it.
    """
    match event.data:
        case messages.Say() as say:
            return Say(
                text=say.text,
                utterance=say.utterance or event.id,
                expression=say.expression,
                intensity=1.0 if say.intensity is None else say.intensity,
                voice=say.voice,
                language=say.language,
                interrupt=say.interrupt,
            )
        case messages.Interrupt() as stop:
            return Interrupt(stop.utterance)
        case messages.Express() as show:
            fade = 0.25 if show.fade is None else show.fade
            return Express(show.expression, show.intensity, show.seconds, fade)
        case messages.Gesture() as make:
            return Gesture(make.name, 1.0 if make.intensity is None else make.intensity, make.seconds)
        case messages.Gaze() as look:
            return Gaze(look.target, look.point)
        case messages.Move() as move:
            return Move(move.anchor, move.offset, move.turn, move.scale, move.seconds)
        case messages.Prop() as prop:
            return Attach(prop.name, prop.action, prop.to)
        case messages.Companion(persona=str(persona)):
            return Become(persona)
        case messages.Weights() as held:
            return Hold(held.expressions)
        case messages.Caption() as caption:
            return Show(caption.text, caption.speaker, caption.seconds)
        case messages.Panic() as panic:
            return Halt() if panic.fade is None else Halt(panic.fade)
        case _:
            return None
