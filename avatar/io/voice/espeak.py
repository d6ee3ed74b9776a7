"""eSpeak NG: small, plain, over a hundred languages, with the times of its sounds. It runs in a process of its own.

On 32 English sentences (795 sounds) its times lie 5 ms before those of a forced alignment in the median: that is added,
and half of them are then within 10 ms.

It is under the GPL. Presence neither carries nor loads it: ``espeak_child.py`` is started as another program and asked
over pipes, where the person has installed it (``pip install 'avatar-presence[espeak]'``, or the system's espeak-ng).
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import util
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from ...errors import VoiceError
from ...speech.ipa import sounds
from ...speech.manner import PLAIN, Manner
from ...speech.pace import shared
from ...speech.phones import cut
from ...speech.sound import level
from ...speech.visemes import track
from ...types import Phone, Speech

Ask = Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]
"""Question -> header and sound, as ``espeak_child.py`` says. Raises VoiceError where it cannot be answered."""


class Process(Protocol):
    """The process that is asked."""

    def ask(self, question: dict[str, Any], /) -> tuple[dict[str, Any], bytes]:
        """As ``Ask``."""
        ...

    def close(self) -> None:
        """End it."""
        ...


LICENCE: Final = "GPL-3.0"
WORDS_A_MINUTE: Final = 165
"""At rate 1; it counts short words, and pauses are not in it."""
LATE: Final = 0.005
"""Seconds from the time it gives for a sound to the sound."""
_LEAD: Final = 0.03
_TAIL: Final = 0.12
_FADE: Final = 0.006
_PAUSE: Final = 0.06
"""Silence shorter than this is part of the sound before it, seconds."""
_MIDDLE: Final = 50
_SEMITONE: Final = 7.1
"""Of its scale of pitch from 0 to 100; as measured."""
_PLACES: Final = (
    *("/usr/lib/*/libespeak-ng.so.1", "/usr/lib64/libespeak-ng.so.1", "/usr/lib/libespeak-ng.so.1"),
    *("/usr/local/lib/libespeak-ng.so.1", "/usr/local/lib/libespeak-ng.dylib", "/opt/homebrew/lib/libespeak-ng.dylib"),
    "C:/Program Files/eSpeak NG/libespeak-ng.dll",
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where it is. library : file; data : the folder ``espeak-ng-data``."""

    library: Path
    data: Path


@lru_cache(maxsize=1)
def find() -> Home | None:
    """The Python package espeakng-loader, else the system's; None where there is neither. Loads nothing."""
    spec = util.find_spec("espeakng_loader")
    if spec is not None and spec.origin:
        folder = Path(spec.origin).parent
        name = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}.get(sys.platform, "libespeak-ng.so")
        if (folder / name).is_file() and (folder / "espeak-ng-data").is_dir():
            return Home(folder / name, folder / "espeak-ng-data")
    for place in _PLACES:
        root, *rest = Path(place).parts
        for library in sorted(Path(root).glob("/".join(rest))):
            beside = (library.parent, library.parent.parent / "share", library.parent.parent.parent / "share")
            for folder in beside:
                if (folder / "espeak-ng-data" / "lang").is_dir():
                    return Home(library, folder / "espeak-ng-data")
    return None


@lru_cache(maxsize=4)
def languages(home: Home) -> dict[str, tuple[tuple[str, ...], str]]:
    """Name of a language for ``espeak:NAME`` -> (its BCP 47 tags, the one meant first; its name in English)."""
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for path in (home.data / "lang").rglob("*"):
        if not path.is_file():
            continue
        tags, title = [], path.name
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, rest = line.partition(" ")
            if key == "language" and rest.split():
                tags.append(rest.split()[0].lower())
            elif key == "name":
                title = rest.strip()
        found[path.name.lower()] = (tuple(tags) or (path.name.lower(),), title)
    return dict(sorted(found.items()))


class EspeakVoice:
    """One language of eSpeak NG. name : ``fr``, or with a variant ``fr+f2``; ask : the process that speaks.

    Raises VoiceError for a language that it has not."""

    phoned: Final = True

    def __init__(self, name: str, ask: Ask, home: Home) -> None:
        known = languages(home)
        base, _, variant = name.lower().partition("+")
        if base not in known or not re.fullmatch(r"[a-z0-9_-]{0,20}", variant):
            raise VoiceError(f"eSpeak NG has no language '{base}' (languages: {', '.join(known)})")
        self.name = f"espeak:{name.lower()}"
        self._tags, self._ask = known[base][0], ask
        self._voice = f"{base}+{variant}" if variant else base

    def warm(self) -> None:
        """Start the process."""
        self._ask({"text": ".", "voice": self._voice, "rate": WORDS_A_MINUTE, "pitch": _MIDDLE})

    def speaks(self, language: str | None) -> bool:
        """Is ``language`` (a BCP 47 tag, None = whatever the voice speaks) this one?"""
        if language is None:
            return True
        wanted = language.replace("_", "-").split("-")[0].lower()
        return any(tag.split("-")[0] == wanted for tag in self._tags)

    def speak(
        self,
        text: str,
        utterance: str,
        caption: str | None = None,
        manner: Manner = PLAIN,
        stressed: Collection[int] = (),
    ) -> Speech:
        """One sentence as sound (22.05 kHz, about -18 LUFS, at most -1 dBTP) and mouth. Raises VoiceError: nothing in
        it can be pronounced, or the process fails twice."""
        question = {
            "text": _marked(text, stressed),
            "voice": self._voice,
            "rate": round(WORDS_A_MINUTE * manner.rate),
            "pitch": round(_MIDDLE + _SEMITONE * manner.pitch),
        }
        header, data = self._ask(question)
        rate = int(header["rate"])
        sound = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        phones = _phones(header, len(sound) / rate, rate)
        heard = [p for p in phones if p.value != "SIL"]
        if not heard or not sound.any():
            raise VoiceError(f"the voice '{self.name}' can pronounce nothing in '{text[:40]}'")
        first = max(0, round((heard[0].start - _LEAD) * rate))
        last = min(len(sound), round((heard[-1].end + _TAIL) * rate))
        sound, phones = sound[first:last].copy(), cut(phones, first / rate, last / rate)
        ramp = np.linspace(0, 1, round(_FADE * rate), dtype=np.float32)
        sound[: len(ramp)] *= ramp
        sound[-len(ramp) :] *= ramp[::-1]
        return Speech(utterance, caption or text, level(sound, rate), rate, track(phones, len(sound) / rate))


def _marked(text: str, stressed: Collection[int]) -> str:
    """SSML; characters that XML has no place for are left out."""
    words = ["".join(c for c in word if c.isprintable()) for word in text.split()]
    said = [html.escape(w, quote=False) for w in words]
    return " ".join(
        f'<prosody rate="75%" pitch="+18%" volume="+4dB">{w}</prosody>' if k in stressed else w
        for k, w in enumerate(said)
    )


def _phones(header: dict[str, Any], seconds: float, rate: int) -> tuple[Phone, ...]:
    """Phones that tile the sound, from what the process said of it."""
    words = sorted(header["words"])
    marks = [
        (at / rate + LATE, str(ipa), int(np.searchsorted(words, at, side="right")) - 1) for at, ipa in header["phones"]
    ]
    numbers: dict[int, int] = {}
    found: list[Phone] = []

    def quiet(start: float, end: float) -> None:
        if end > start:
            start = found.pop().start if found and found[-1].value == "SIL" else start
            found.append(Phone("SIL", start, end))

    begin = min(marks[0][0], seconds) if marks else seconds
    quiet(0.0, begin)
    for (at, ipa, word), (until, _, _) in pairwise([*marks, (seconds, "", -1)]):
        start, end = min(at, seconds), min(until, seconds)
        values, stress = sounds(ipa)
        if end <= start:
            continue
        if not values and found and (ipa or end - start < _PAUSE):  # a mark on the sound before it, or a glottal stop
            found[-1] = replace(found[-1], end=end)
            continue
        if not values:
            quiet(start, end)
            continue
        number = numbers.setdefault(word, len(numbers))
        for value, length in zip(values, shared(values, end - start).tolist(), strict=True):
            vowel = value[0] in "AEIOU"
            found.append(Phone(value, start, min(start + length, end), stress if vowel else 0, number))
            start += length
    return tuple(found)
