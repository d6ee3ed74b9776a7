"""The person's own dictionary: the table ``[say]`` of ``settings.toml`` in the folder of settings.

[say]
Nguyen = "W IH1 N"      # sounds, in ARPABET; 1 after a vowel stresses it
Siobhan = "shivawn"     # or spelled so that it is read right
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from ... import paths
from ...errors import VoiceError
from ...speech.say_words import Sayings, read

FILE: Final = "settings.toml"
LARGEST: Final = 256 << 10


def settled(path: Path | None = None) -> Sayings:
    """The words in a file of settings, none where there is no file. Raises VoiceError (file, place and rule)."""
    path = paths.config_folder() / FILE if path is None else path
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Sayings()
    except OSError as error:
        raise VoiceError(f"{path}: it cannot be read ({error.strerror or error})") from None
    if len(data) > LARGEST:
        raise VoiceError(f"{path}: it is larger than {LARGEST >> 10} KiB, more than any settings need")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise VoiceError(f"{path}: it is not TOML ({error})") from None
    return read(table.get("say", {}), f"{path} at /say")
