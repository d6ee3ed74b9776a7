"""The voices of a run: the person's settings, what this run asks for over them, and what the engines need started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .. import paths
from ..care import consent
from ..io.voice import espeak, espeak_child
from ..io.voice import settings as stored
from ..io.voice.settings import VoiceSettings
from ..io.voice.voices import Entry, Voices
from .asking import Child


def voices_for(
    voice: str | None = None,
    language: str | None = None,
    rate: float | None = None,
    pitch: float | None = None,
    pause: float | None = None,
    breath: bool | None = None,
    emoji: bool | None = None,
) -> Voices:
    """Every voice of this machine, speaking as ``settings.toml`` says, save for what is given here.

    Raises UnknownVoiceError, before anything is loaded, for a voice or language that is not there; VoiceError for a
    value out of its range or a file of settings that is not right.
    """
    kept = stored.read()
    given = {"rate": rate, "pitch": pitch, "pause": pause, "breath": breath, "emoji": emoji}
    manner = replace(kept.manner, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    name = voice if voice is not None else (None if language is not None else kept.name)
    found = voices_of(replace(kept, name=name, language=language or kept.language, manner=manner))
    found.check(None)
    return found


def voices_of(settings: VoiceSettings | None = None) -> Voices:
    """Every voice of this machine, as the settings given say, or as the voices are."""
    return Voices(settings, _espeak, lambda host: consent.allowed(consent_file(), "remote-voice", host))


def consent_file() -> Path:
    """Where consents are kept; it need not exist."""
    return paths.config_folder() / consent.FILE


def _espeak(home: espeak.Home) -> Child:
    script = Path(espeak_child.__file__)
    return Child(script, [str(home.library), str(home.data.parent)], "eSpeak NG")


def all_voices() -> list[Entry]:
    """Those that are here and those that could be, whatever is settled. Raises VoiceError for a file of settings that
    is not right."""
    return Voices(stored.read()).entries
