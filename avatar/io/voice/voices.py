"""All voices by name: ``heart`` or ``hibari:heart``, ``espeak:fr``, ``ja:jf_alpha``, ``remote:NAME``, ``none``."""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import util
from pathlib import Path
from typing import Final

from ...errors import UnknownVoiceError, VoiceError
from ...speech.manner import Manner
from ..servers.server import Allowed
from . import espeak, japanese, silent
from .delivery import Delivery, Engine
from .remote import RemoteVoice
from .settings import VoiceSettings

HOUSE: Final = "heart"
ENGINES: Final = ("espeak", "ja", "remote")
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
        *_japanese(),
        *_espeak(),
        *_remotes(settings),
        Entry(silent.NAME, ("*",), "Apache-2.0", True, "no sound: captions, and a mouth at a reader's pace"),
    ]


def _hibari() -> list[Entry]:
    """Read from its files: importing it would take longer than all else at a start."""
    spec = util.find_spec("hibari")
    if spec is None or not spec.origin:
        return [Entry(HOUSE, ("en-US",), "Apache-2.0", False, "pip install hibari-tts")]
    folder = Path(spec.origin).parent / "assets"
    try:
        table = json.loads((folder / "voices.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [Entry(HOUSE, ("en-US",), "Apache-2.0", False, f"hibari-tts is damaged ({error}): install it again")]
    found = []
    for name, facts in table.items():
        there = ((folder if facts.get("bundled") else _hibari_cache()) / facts["file"]).is_file()
        get = f"fetch it once, {facts['bytes'] / 1e6:.0f} MB: hibari Hello --voice {name} -o {name}.wav"
        note = f"{facts['accent']}, {facts['gender']}, neural" if there else get
        found.append(Entry(name, (facts["language"],), "Apache-2.0", there, note))
    return found


def _hibari_cache() -> Path:
    """Where it keeps the voices that a person fetched."""
    if chosen := os.environ.get("HIBARI_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "hibari"


def _japanese() -> list[Entry]:
    there = japanese.installed()
    names = japanese.NAMES if there else japanese.NAMES[:1]
    note = "neural, 92 MB; wants a quick machine" if there else japanese.HOW
    return [Entry(f"ja:{name}", ("ja-JP",), japanese.LICENCE, there, note) for name in names]


def _espeak() -> list[Entry]:
    home = espeak.find()
    if home is None:
        note = "over a hundred languages: pip install 'avatar-presence[espeak]', or the system's espeak-ng"
        return [Entry("espeak", ("*",), espeak.LICENCE, False, note)]
    return [
        Entry(f"espeak:{name}", tags, espeak.LICENCE, True, f"{title}; a process of its own")
        for name, (tags, title) in espeak.languages(home).items()
    ]


def _remotes(settings: VoiceSettings) -> list[Entry]:
    return [
        Entry(f"remote:{r.name}", (r.language or "*",), "its maker's", True, f"{r.model} {r.voice} at {r.host}")
        for r in settings.remotes.values()
    ]


class Voices:
    """Makes each voice once, when it is first asked for. Not for several threads at once, but for ``check``.

    settings : names, manner, servers; ask_espeak : makes the process that eSpeak NG speaks in; allowed : whether text
    may go to another machine (without it, to none). pace : a companion's own tempo, times the manner's rate; may be
    changed any time.
    """

    def __init__(
        self,
        settings: VoiceSettings | None = None,
        ask_espeak: Callable[[espeak.Home], espeak.Process] | None = None,
        allowed: Allowed = lambda host: False,
    ) -> None:
        self.settings = settings or VoiceSettings()
        self._ask_espeak, self._allowed = ask_espeak, allowed
        self._process: espeak.Process | None = None
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

    def close(self) -> None:
        """End what was started. A voice that is asked afterwards starts it anew."""
        if self._process is not None:
            self._process.close()

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
        """The voice of a name; an engine alone is the voice of it that fits best, ``+`` adds a variant of eSpeak's."""
        wanted, plus, variant = name.strip().lower().removeprefix("hibari:").partition("+")
        wanted = HOUSE if wanted == "hibari" else wanted
        found = next((e for e in self.entries if e.name.lower() == wanted), None)
        if found is None and wanted.startswith("espeak:"):
            found = next((e for e in self.entries if wanted[7:] in e.languages and e.name.startswith("espeak:")), None)
        if found is None and wanted in ENGINES:
            of_it = [e for e in self.entries if e.name.startswith(f"{wanted}:") and e.installed]
            tag = language or self.settings.language or "en"
            found = _best([e for e in of_it if e.speaks(tag)], tag) or (of_it[0] if of_it else None)
        if found is None or (plus and not found.name.startswith("espeak:")):
            near = difflib.get_close_matches(wanted, self.names(), 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise UnknownVoiceError(f"there is no voice named '{name}' (voices: {_shown(self.names())}){hint}")
        if not found.installed:
            raise UnknownVoiceError(f"the voice '{found.name}' is not on this machine ({found.note})")
        return replace(found, name=f"{found.name}+{variant}") if plus else found

    def _fitting(self, language: str | None) -> str:
        own = self._entry(self.settings.name or HOUSE, language)
        if own.speaks(language):
            return own.name
        assert language is not None  # every voice speaks whatever it speaks
        able = [e for e in self.entries if e.installed and e.speaks(language) and e.name != silent.NAME]
        for engine in ("ja:", "espeak:", "remote:", ""):
            if (best := _best([e for e in able if e.name.startswith(engine)], language)) is not None:
                return best.name
        raise UnknownVoiceError(f"no voice here speaks '{language}'; {self._who(language)}", "language")

    def _who(self, language: str | None) -> str:
        able = [e.name for e in self.entries if e.installed and e.speaks(language) and e.name != silent.NAME]
        if able:
            return f"these do: {_shown(able)}"
        get = next((e.note for e in self.entries if not e.installed and e.speaks(language) and e.note), "")
        known = sorted({_primary(tag) for e in self.entries if e.installed for tag in e.languages if tag != "*"})
        return f"languages here: {_shown(known)}" + (f" (to have it: {get})" if get else "")

    def _engine(self, name: str) -> Engine:
        if name == silent.NAME:
            return silent.SilentVoice()
        kind, _, rest = name.partition(":")
        if kind == "remote":
            return RemoteVoice(self.settings.remotes[rest], self._allowed)
        if kind == "ja":
            return japanese.JapaneseVoice(rest, japanese.cache_folder())
        home = espeak.find() if kind == "espeak" else None
        if home is not None:
            if self._ask_espeak is None:
                raise VoiceError(f"the voice '{name}' needs a process of its own, which nothing starts here")
            self._process = self._process or self._ask_espeak(home)
            return espeak.EspeakVoice(rest, self._process.ask, home)
        from .neural import NeuralVoice

        return NeuralVoice(name)


def _best(entries: list[Entry], language: str) -> Entry | None:
    """The one that is for this very tag, else for the language at large, else the first that speaks it."""
    tag = language.replace("_", "-").lower()
    for wanted in (tag, _primary(tag)):
        for entry in entries:
            if entry.name.lower().endswith(f":{wanted}"):
                return entry
    for entry in entries:
        if tag in (one.lower() for one in entry.languages):
            return entry
    return entries[0] if entries else None


def _shown(names: list[str]) -> str:
    """The names in a line; the hundred of eSpeak as one."""
    own = [name for name in names if not name.startswith("espeak:")]
    line = [*own, *((n for n in names if n not in own) if len(names) - len(own) <= 3 else ["espeak:LANGUAGE"])]
    more = len(line) - _SHOWN
    return ", ".join(line[:_SHOWN]) + (f" and {more} more, see 'avatar voices'" if more > 0 else "") if line else "none"
