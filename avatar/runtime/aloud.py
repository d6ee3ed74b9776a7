"""``avatar speak`` as a function: a text into files, or into the room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ..clock import SystemClock
from ..errors import VoiceError
from ..io.voice.playback import open_device
from ..io.voice.voices import Voices
from ..types import Say
from .speaking import Speaker
from .speech_files import speak_to_files
from .voicing import voices_of

Tell = Callable[[str], None]
SHOWN: Final = 5
"""Unread words that a person is told."""


def speak(
    text: str,
    wav: Path | None,
    visemes: Path | None,
    tell: Tell,
    marks: Path | None = None,
    voices: Voices | None = None,
) -> dict[str, Any]:
    """Speak a text into files; aloud when none is asked for and there is a sound device. voices : None = all of this
    machine, as they are."""
    voices = voices or voices_of()
    if wav is None and visemes is None and marks is None:
        _aloud(text, tell, voices)
    facts = speak_to_files(text, wav, visemes, marks=marks, voices=voices)
    if left := facts["unread"]:
        words = list(dict.fromkeys(left))
        more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
        tell(f"not read, for this voice has no reading for them: {', '.join(words[:SHOWN])}{more}")
    return facts


def _aloud(text: str, tell: Tell, voices: Voices) -> None:
    clock = SystemClock()
    device = open_device(clock)
    if device.virtual:
        device.close()
        tell(f"{device.note or 'no sound'}; --wav FILE writes it instead")
        return
    device.mixer.pause = voices.manner.pause
    speaker = Speaker(clock, device, voices)
    try:
        speaker.say(Say(text, "speak"))
        while speaker.busy:
            for heard in speaker.poll(clock.now()):
                if heard.kind == "failed":
                    raise VoiceError(heard.text)
            clock.sleep(0.02)
        clock.sleep(device.latency + 0.1)
    finally:
        speaker.close()
