"""What a person settled about voices: the table ``[voice]`` of ``settings.toml`` in the folder of settings.

[voice]
name = "heart"          # as 'avatar voices' lists them
rate = 1.0              # 0.5 to 2
pitch = 0.0             # semitones, -4 to 4
pause = 0.16            # seconds between sentences
breath = true           # a spoken "…" is heard as a breath
emoji = false           # emoji are said by their names, in English

[voice.remote.studio]   # the voice remote:studio
url = "http://127.0.0.1:8880/v1"
model = "kokoro"
voice = "af_sky"
key_env = "STUDIO_KEY"  # the name of the environment variable that holds the key, never the key
language = "en"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ... import paths
from ...errors import VoiceError
from ...speech.manner import PAUSES, PITCHES, PLAIN, RATES, Manner
from ..servers.server import fault_of, host_of, is_local

FILE: Final = "settings.toml"
LARGEST: Final = 256 << 10
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_SWITCHES: Final = ("breath", "emoji")
_NUMBERS: Final = {"rate": RATES, "pitch": PITCHES, "pause": PAUSES}


@dataclass(frozen=True, slots=True)
class Remote:
    """A speech server. url : up to and with ``/v1``; key_env : the environment variable that holds its key; language :
    BCP 47, "" = any."""

    name: str
    url: str
    model: str = "tts-1"
    voice: str = "alloy"
    key_env: str = ""
    language: str = ""

    @property
    def host(self) -> str:
        """Name or address of the machine that the text goes to."""
        return host_of(self.url)

    @property
    def local(self) -> bool:
        """Is it this machine?"""
        return is_local(self.host)


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """name : the voice, None = the house's; manner : how it speaks; remotes : speech servers by name."""

    name: str | None = None
    language: str | None = None
    manner: Manner = PLAIN
    remotes: Mapping[str, Remote] = field(default_factory=dict)


def settings_file() -> Path:
    """Where they are kept; it need not exist."""
    return paths.config_folder() / FILE


def read(path: Path | None = None) -> VoiceSettings:
    """The settings in a file, the defaults where there is none. Raises VoiceError (file, place and rule)."""
    path = settings_file() if path is None else path
    table = tables(path).get("voice", {})
    try:
        return _checked(table)
    except VoiceError as error:
        raise VoiceError(f"{path} at {error}") from None


def tables(path: Path) -> dict[str, Any]:
    """Everything in a file of settings, nothing where there is none. Raises VoiceError."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise VoiceError(f"{path}: it cannot be read ({error.strerror or error})") from None
    if len(data) > LARGEST:
        raise VoiceError(f"{path}: it is larger than {LARGEST >> 10} KiB, more than any settings need")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise VoiceError(f"{path}: it is not TOML ({error})") from None


def _checked(table: object) -> VoiceSettings:
    if not isinstance(table, dict):
        raise VoiceError("/voice: it must be a table")
    known = ("name", "language", "rate", "pitch", "pause", *_SWITCHES, "remote")
    for key in table:
        if key not in known:
            raise VoiceError(f"/voice/{key[:40]}: it is not a setting; the settings are {', '.join(known)}")
    how: dict[str, Any] = {}
    for key, (low, high) in _NUMBERS.items():
        value = table.get(key, getattr(Manner(), key))
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise VoiceError(f"/voice/{key}: it must be a number from {low:g} to {high:g}")
        how[key] = float(value)
    for key in _SWITCHES:
        how[key] = table.get(key, getattr(PLAIN, key))
        if not isinstance(how[key], bool):
            raise VoiceError(f"/voice/{key}: it must be true or false")
    remotes = table.get("remote", {})
    if not isinstance(remotes, dict):
        raise VoiceError("/voice/remote: it must be a table of servers, [voice.remote.NAME]")
    name, language = (_line(table, key, f"/voice/{key}") or None for key in ("name", "language"))
    return VoiceSettings(name, language, Manner(**how), {key: _remote(key, one) for key, one in remotes.items()})


def _remote(name: str, table: object) -> Remote:
    where = f"/voice/remote/{name[:40]}"
    if not _NAME.fullmatch(name):
        raise VoiceError(f"{where}: a server's name is letters, digits, - and _, at most 32")
    if not isinstance(table, dict):
        raise VoiceError(f"{where}: it must be a table")
    keys = ("url", "model", "voice", "key_env", "language")
    for key in table:
        if key not in keys:
            raise VoiceError(f"{where}/{key[:40]}: it is not a setting of a server; they are {', '.join(keys)}")
    values = {key: _line(table, key, f"{where}/{key}") for key in keys if key in table}
    if fault := fault_of(values.get("url", "")):
        raise VoiceError(f"{where}/url: {fault}")
    return Remote(name, **values)


def _line(table: dict[str, Any], key: str, where: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str) or len(value) > 300 or not value.isprintable():
        raise VoiceError(f"{where}: it must be a line of text")
    return value.strip()
