"""The person's own dictionary: the table ``[say]`` of ``settings.toml`` in the folder of settings.

[say]
Nguyen = "W IH1 N"      # sounds, in ARPABET; 1 after a vowel stresses it
Siobhan = "shivawn"     # or spelled so that it is read right
"""

from __future__ import annotations

from pathlib import Path

from ...speech.say_words import Sayings, read
from .settings import settings_file, tables


def settled(path: Path | None = None) -> Sayings:
    """The words in a file of settings, none where there is no file. Raises VoiceError (file, place and rule)."""
    path = settings_file() if path is None else path
    return read(tables(path).get("say", {}), f"{path} at /say")
