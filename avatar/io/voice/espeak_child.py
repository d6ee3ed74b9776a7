"""A program of its own that speaks through the eSpeak NG library; run as ``python espeak_child.py LIBRARY DATA``.

It is the only place that touches that library, which is under the GPL: none of it is in the process that asks. It
imports nothing of Presence. A question is a line of JSON on standard input, ``{"text", "voice", "rate", "pitch"}``:
SSML, a name, words a minute, 0 to 100. The answer is a line of JSON, ``{"rate", "samples", "phones": [[sample, sound],
…], "words": [sample, …]}`` or ``{"error"}``, then ``samples`` 16-bit numbers, little end first.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

SYNCHRONOUS, PHONES, IPA, STAY = 2, 1, 2, 0x8000
UTF8, SSML = 1, 0x10
RATE, PITCH = 1, 3
WORD, PHONE = 1, 7


class Id(ctypes.Union):
    """What an event is about."""

    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class Event(ctypes.Structure):
    """``espeak_EVENT`` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", Id),
    )


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Library:
    """The library, initialised."""

    def __init__(self, path: str, data: str) -> None:
        self.lib = ctypes.CDLL(path)
        self.rate = self.lib.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), PHONES | IPA | STAY)
        if self.rate <= 0:
            raise OSError(f"eSpeak NG does not start with the data in {data}")
        self.sound = bytearray()
        self.phones: list[tuple[int, str]] = []
        self.words: list[int] = []
        self.callback = CALLBACK(self._take)
        self.lib.espeak_SetSynthCallback(self.callback)

    def _take(self, wave: Any, count: int, events: Any) -> int:
        if count > 0 and wave:
            self.sound += ctypes.string_at(wave, 2 * count)
        k = 0
        while events and events[k].type:
            event = events[k]
            at = round(event.audio_position * self.rate / 1000)
            if event.type == PHONE:
                self.phones.append((at, event.id.string.decode("utf-8", "ignore")))
            elif event.type == WORD:
                self.words.append(at)
            k += 1
        return 0

    def speak(self, text: str, voice: str, rate: int, pitch: int) -> tuple[dict[str, Any], bytes]:
        """Header and sound. Raises ValueError for a voice that is not there."""
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"eSpeak NG has no voice '{voice}'")
        self.lib.espeak_SetParameter(RATE, rate, 0)
        self.lib.espeak_SetParameter(PITCH, pitch, 0)
        self.sound, self.phones, self.words = bytearray(), [], []
        data = text.encode() + b"\0"
        if self.lib.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, UTF8 | SSML, None, None) != 0:
            raise ValueError("eSpeak NG refuses the text")
        self.lib.espeak_Synchronize()
        header = {"rate": self.rate, "samples": len(self.sound) // 2, "phones": self.phones, "words": self.words}
        return header, bytes(self.sound)


def main() -> None:
    """Answer until standard input ends."""
    out = sys.stdout.buffer
    try:
        library = Library(sys.argv[1], sys.argv[2])
    except OSError as error:
        out.write(json.dumps({"error": str(error)}).encode() + b"\n")
        return
    for line in sys.stdin.buffer:
        sound = b""
        try:
            header, sound = library.speak(**json.loads(line))
        except (ValueError, TypeError) as error:
            header = {"error": str(error)}
        out.write(json.dumps(header).encode() + b"\n" + sound)
        out.flush()


if __name__ == "__main__":
    main()
