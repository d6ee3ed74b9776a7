"""The voices of a run: the person's settings, what this run asks for over them, and what the engines need started."""

from __future__ import annotations

from dataclasses import replace

from ..io.voice import settings as stored
from ..io.voice.voices import Entry, Voices


def voices_for(
    voice: str | None = None,
    language: str | None = None,
    rate: float | None = None,
    pitch: float | None = None,
    pause: float | None = None,
    breath: bool | None = None,
) -> Voices:
    """Every voice of this machine, speaking as ``settings.toml`` says, save for what is given here.

    Raises UnknownVoiceError, before anything is loaded, for a voice or language that is not there; VoiceError for a
    value out of its range or a file of settings that is not right.
    """
    kept = stored.read()
    given = {"rate": rate, "pitch": pitch, "pause": pause, "breath": breath}
    manner = replace(kept.manner, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    name = voice if voice is not None else (None if language is not None else kept.name)
    found = Voices(replace(kept, name=name, language=language or kept.language, manner=manner))
    found.check(None)
    return found


def all_voices() -> list[Entry]:
    """Those that are here and those that could be, whatever is settled. Raises VoiceError for a file of settings that
    is not right."""
    return Voices(stored.read()).entries
