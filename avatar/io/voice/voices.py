"""All voices by name: ``heart`` or ``hibari:heart``, ``espeak:fr``, ``ja:jf_alpha``, ``remote:NAME``, ``none``."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import Final

from ...errors import UnknownVoiceError, VoiceError
from ...speech.manner import Manner
from . import silent
from .delivery import Delivery, Engine
from .settings import VoiceSettings

HOUSE: Final = "heart"
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """A voice. name : as a person asks for it; languages : BCP 47 tags, "*" = every one; licence : of its code and
    data; installed : it can speak now; note : what it is, or how to get it."""

    name: str
    languages: tuple[str, ...]
    licence: str
    installed: bool
    note: str = ""

    def speaks(self, language: str | None) -> bool:
        """Is this language one of its own?"""
        return language is None or "*" in self.languages or any(same(language, one) for one in self.languages)


def same(language: str, other: str) -> bool:
    """Do two BCP 47 tags name one language, whatever the region?"""
    return _primary(language) == _primary(other)


def _primary(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


def catalogue(settings: VoiceSettings) -> list[Entry]:
    """Every voice there is or could be, the house's first. Loads no model and starts nothing."""
    return [
        *_hibari(),
        *_remotes(settings),
        Entry(silent.NAME, ("*",), "Apache-2.0", True, "no sound: captions, and a mouth at a reader's pace"),
    ]


def _hibari() -> list[Entry]:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        from hibari.voices import VOICES, voice_path
    except ImportError:
        return [Entry(HOUSE, ("en-US",), "Apache-2.0", False, "pip install hibari-tts")]
    found = []
    for name, facts in VOICES.items():
        try:
            voice_path(name, download_missing=False)
            there, note = True, f"{facts['accent']}, {facts['gender']}, neural"
        except FileNotFoundError:
            there, note = (
                False,
                f"fetch it once, {facts['bytes'] / 1e6:.0f} MB: hibari Hello --voice {name} -o {name}.wav",
            )
        found.append(Entry(name, (facts["language"],), "Apache-2.0", there, note))
    return found


def _remotes(settings: VoiceSettings) -> list[Entry]:
    return [
        Entry(f"remote:{r.name}", (r.language or "*",), "its maker's", True, f"{r.model} {r.voice} at {r.host}")
        for r in settings.remotes.values()
    ]


class Voices:
    """Makes each voice once, when it is first asked for. Not for several threads at once, but for ``check``.

    settings : names, manner, servers. pace : a companion's own tempo, times the manner's rate; may be changed any time.
    """

    def __init__(self, settings: VoiceSettings | None = None) -> None:
        self.settings = settings or VoiceSettings()
        self.pace = 1.0
        self._made: dict[str, Delivery] = {}
        self._entries: list[Entry] | None = None

    @property
    def entries(self) -> list[Entry]:
        """The catalogue as it was when it was first asked for."""
        if self._entries is None:
            self._entries = catalogue(self.settings)
        return self._entries

    @property
    def manner(self) -> Manner:
        """How all of them speak."""
        return self.settings.manner

    def names(self) -> list[str]:
        """Of those that can speak now."""
        return [entry.name for entry in self.entries if entry.installed]

    def __call__(self, name: str | None = None, language: str | None = None) -> Delivery:
        """A voice by its name; without one the person's own choice, or one that fits the language. Raises
        UnknownVoiceError, VoiceError."""
        found = self.check(name, language)
        if found not in self._made:
            self._made[found] = Delivery(self._engine(found), self.manner, lambda: self.pace)
        return self._made[found]

    def check(self, name: str | None, language: str | None = None) -> str:
        """The full name of the voice that would speak. Raises UnknownVoiceError, which names the choices."""
        if name is None:
            return self._fitting(language or self.settings.language)
        entry = self._entry(name, language)
        if not entry.speaks(language):
            raise UnknownVoiceError(
                f"the voice '{entry.name}' does not speak '{language}'; {self._who(language)}", "language"
            )
        return entry.name

    def _entry(self, name: str, language: str | None) -> Entry:
        wanted = name.strip().lower().removeprefix("hibari:")
        wanted = HOUSE if wanted == "hibari" else wanted
        for entry in self.entries:
            if entry.name.lower() == wanted:
                if not entry.installed:
                    raise UnknownVoiceError(f"the voice '{entry.name}' is not on this machine ({entry.note})")
                return entry
        near = difflib.get_close_matches(wanted, self.names(), 1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise UnknownVoiceError(f"there is no voice named '{name}' (voices: {_shown(self.names())}){hint}")

    def _fitting(self, language: str | None) -> str:
        own = self._entry(self.settings.name or HOUSE, language)
        if own.speaks(language):
            return own.name
        for entry in self.entries:
            if entry.installed and entry.speaks(language) and entry.name != silent.NAME:
                return entry.name
        raise UnknownVoiceError(f"no voice here speaks '{language}'; {self._who(language)}", "language")

    def _who(self, language: str | None) -> str:
        able = [e.name for e in self.entries if e.installed and e.speaks(language) and e.name != silent.NAME]
        if able:
            return f"these do: {_shown(able)}"
        get = next((e.note for e in self.entries if not e.installed and e.speaks(language) and e.note), "")
        known = sorted({_primary(tag) for e in self.entries if e.installed for tag in e.languages if tag != "*"})
        return f"languages here: {_shown(known)}" + (f" (to have it: {get})" if get else "")

    def _engine(self, name: str) -> Engine:
        kind = name.partition(":")[0]
        if name == silent.NAME:
            return silent.SilentVoice()
        if kind == "remote":
            raise VoiceError(f"the voice '{name}' cannot be made")
        from .neural import NeuralVoice

        return NeuralVoice(kind)


def _shown(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return (
        ", ".join(names[:_SHOWN]) + (f" and {more} more, see 'avatar voices'" if more > 0 else "") if names else "none"
    )
