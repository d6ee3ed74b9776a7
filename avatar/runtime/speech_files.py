"""A text spoken into files: the sound, and the mouth's shapes."""

from __future__ import annotations

import csv
import json
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import OutputError
from ..io.voice.voices import Voices
from ..speech.manner import carried
from ..speech.sound import loudness, true_peak
from ..speech.text import pieces
from ..speech.visemes import sample
from ..types import VISEMES, FloatArray, Phone, VisemeTrack
from .voicing import voices_of


def speak_to_files(
    text: str,
    wav: str | Path | None = None,
    visemes: str | Path | None = None,
    voice: str | None = None,
    marks: str | Path | None = None,
    voices: Voices | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """Speak ``text`` into files and say what came of it.

    wav : 16-bit mono WAV at the voice's rate; voice : by name, language : for one that fits, of voices (None = all of
    this machine, as they are); visemes : CSV at 100 Hz, ``t`` and the 15 Oculus weights; marks : JSON,
    ``[[start, end, phone], …]``, seconds and ARPABET. Returns ``seconds``,
    ``sentences``, ``voice``, ``source`` of its mouth, ``lufs`` and ``peak_dbtp`` (None for silence), ``phones``,
    ``unread`` (words in scripts without a reading, left out) and the paths written. Raises VoiceError, OutputError.
    """
    voices = voices or voices_of()
    speaker = voices(voice, language)
    parts = carried(pieces(text, emoji=voices.manner.emoji))
    said = [speaker.speak(piece.spoken, "speak", piece.caption) for piece in parts]
    rate = said[0].rate
    pause = np.zeros(round(voices.manner.pause * rate), np.float32)
    sound = np.concatenate([part for speech in said for part in (speech.sound, pause)][:-1])
    facts: dict[str, Any] = {
        "seconds": round(len(sound) / rate, 3),
        "sentences": len(said),
        "voice": speaker.name,
        "source": said[0].track.source,
        "lufs": _rounded(loudness(sound, rate)),
        "peak_dbtp": _rounded(true_peak(sound)),
        "phones": sum(p.value != "SIL" for speech in said for p in speech.track.phones),
        "unread": [word for piece in parts for word in piece.unread],
    }
    if wav is not None:
        facts["wav"] = str(wav)
        _write_wav(Path(wav), sound, rate)
    mouths, begin = [], 0.0
    for speech in said:
        mouths.append((speech.track, begin))
        begin += speech.seconds + len(pause) / rate
    if marks is not None:
        facts["marks"] = str(marks)
        write_marks(Path(marks), [(mouth.phones, begin) for mouth, begin in mouths])
    if visemes is not None:
        facts["visemes"] = str(visemes)
        write_mouth(Path(visemes), mouths, len(sound) / rate)
    return facts


def _rounded(decibels: float) -> float | None:
    return round(decibels, 2) if np.isfinite(decibels) else None


def _write_wav(path: Path, sound: FloatArray, rate: int) -> None:
    try:
        with path.open("wb") as target, wave.open(target, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(np.rint(np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def write_marks(path: Path, said: Sequence[tuple[Sequence[Phone], float]]) -> None:
    """Phones with their times as ``presence.speech.timing`` has them, of pieces and when each begins. Raises
    OutputError."""
    rows = [[round(b + p.start, 4), round(b + p.end, 4), p.value] for phones, b in said for p in phones]
    try:
        path.write_text(json.dumps(rows) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


MIDDLE: Final = 0.005


def write_mouth(
    path: Path, mouths: Sequence[tuple[VisemeTrack, float]], seconds: float, middle: float = MIDDLE
) -> None:
    """A CSV at 100 Hz, ``t`` and the 15 Oculus weights, of tracks and when each begins; a row stands for the
    hundredth of a second that begins at ``t``, and has what the mouth does ``middle`` seconds later. Raises
    OutputError."""
    weights = np.empty(len(VISEMES), np.float32)
    try:
        with path.open("w", newline="", encoding="utf-8") as target:
            rows = csv.writer(target)
            rows.writerow(["t", *VISEMES])
            k = 0
            for i in range(int(np.ceil(seconds * 100))):
                while k + 1 < len(mouths) and i / 100 >= mouths[k + 1][1]:
                    k += 1
                sample(mouths[k][0], i / 100 + middle - mouths[k][1], weights)
                rows.writerow([f"{i / 100:.2f}", *(f"{w:.4f}" for w in weights)])
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
