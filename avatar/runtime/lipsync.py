"""``avatar lipsync`` as a function: somebody else's speech, with its text or without, into mouth shapes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UsageError, VoiceError
from ..io.voice.english import English
from ..io.voice.sound_files import read_sound
from ..speech.align import Aligner
from ..speech.listen import Listener, Recogniser
from ..speech.pace import Spoken, held, phones_of
from ..speech.visemes import of_rows, track
from ..types import FloatArray, Phone, VisemeTrack
from .speech_files import MIDDLE, write_marks, write_mouth

MOST = 100_000


def lipsync(
    wav: str | Path,
    text: str | Path | None = None,
    words: str | Path | None = None,
    visemes: str | Path | None = None,
    marks: str | Path | None = None,
    look_ahead: float = math.inf,
) -> dict[str, Any]:
    """Mouth shapes for a sound file.

    wav : any sound file; text : what is said in it, or a file that holds it, None to go by the sound alone; words :
    JSON file with the times of its words ``[[start, end, "word"], …]``, or None to align the text with the sound;
    visemes : CSV at 100 Hz, ``t`` and the 15 Oculus weights; marks : JSON, ``[[start, end, phone], …]``; look_ahead :
    seconds of sound after an instant that may be heard before its mouth is settled, only by the sound alone; infinite =
    the whole file. Returns ``seconds``, ``source`` (``words``, ``alignment``, ``recognised`` or ``heard``), ``words``
    where they are known, ``phones``, ``closures`` and the paths written.
    Raises VoiceError, UsageError, OutputError.
    """
    alone = text is None and words is None
    if not alone and look_ahead != math.inf:
        raise UsageError("--look-ahead-ms goes with the sound alone, without --text and --words")
    said = "" if text is None else _text(text)
    sound, rate = read_sound(wav)
    seconds = len(sound) / rate
    try:
        if alone:
            mouth = _by_ear(sound, rate, look_ahead)
        elif words is not None:
            timed, source = _within(Path(words), _aligner(), sound, rate)
            mouth = track(timed, seconds, source)
        else:
            mouth = track(_aligner().align(sound, rate, said), seconds, "alignment")
    except VoiceError as error:
        raise VoiceError(f"{words or wav}: {error}") from None
    phones = mouth.phones
    facts: dict[str, Any] = {"seconds": round(seconds, 3), "source": mouth.source}
    if not alone:
        facts["words"] = len({p.word for p in phones if p.word >= 0})
    facts["phones"] = sum(p.value != "SIL" for p in phones)
    facts["closures"] = sum(p.value in ("P", "B", "M") for p in phones)
    if visemes is not None:
        facts["visemes"] = str(visemes)
        # What is heard as it comes must not be told ahead of its time.
        write_mouth(Path(visemes), [(mouth, 0.0)], seconds, 0.0 if mouth.source == "heard" else MIDDLE)
    if marks is not None:
        facts["marks"] = str(marks)
        write_marks(Path(marks), [(phones, 0.0)])
    return facts


def _aligner() -> Aligner:
    """With the person's own sayings."""
    english = English()
    return Aligner(english, english.sayings)


def _by_ear(sound: FloatArray, rate: int, look_ahead: float) -> VisemeTrack:
    """The whole sound at once, or as a listener hears it who may wait ``look_ahead`` seconds."""
    if look_ahead == math.inf:
        return track(Recogniser().phones(sound, rate), len(sound) / rate, "recognised")
    listener = Listener(rate, look_ahead)
    piece = max(1, rate // 50)
    heard = [listener.feed(sound[k : k + piece]) for k in range(0, len(sound), piece)]
    heard.append(listener.finish())
    phones: list[Phone] = [p for part in heard for p in part.phones]
    return of_rows(np.concatenate([part.rows for part in heard]), phones, "heard")


def _text(text: str | Path) -> str:
    """The text itself, or what the file of that name holds."""
    path = Path(text)
    try:
        there = len(str(text)) < 1024 and path.is_file()
    except (OSError, ValueError):
        there = False
    if there:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: it cannot be read as text ({error})") from error
    said = str(text)
    if not said.strip():
        raise UsageError("the text is empty: say what is spoken with --text")
    if len(said) > MOST:
        raise UsageError(f"the text has {len(said):,} characters; at most {MOST:,} are aligned at once")
    return said


def _within(path: Path, aligner: Aligner, sound: FloatArray, rate: int) -> tuple[tuple[Phone, ...], str]:
    """Phones that keep to the words' times, and begin inside a word when the sound says so, where it can be told."""
    words, texts = _timed(path, aligner)
    plain = phones_of(words, len(sound) / rate)
    try:
        heard = aligner.align(sound, rate, " ".join(texts))
    except VoiceError:
        return plain, "words"
    # One word with a time may be several of the aligner's: twenty-one.
    owner = [k for k, text in enumerate(texts) for _ in aligner.words(text)]
    heard = tuple(replace(p, word=owner[p.word]) if p.word >= 0 else p for p in heard)
    phones, count = held(words, heard, len(sound) / rate)
    return phones, "alignment" if 2 * count >= len(words) else "words"


def _timed(path: Path, aligner: Aligner) -> tuple[list[Spoken], list[str]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VoiceError(f"it cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise VoiceError(f"it is not JSON ({error})") from error
    if not isinstance(rows, list) or not rows:
        raise VoiceError('it must be a list of words, [[start, end, "word"], …]')
    found, texts = [], []
    for k, row in enumerate(rows):
        match row:
            case [int() | float() as start, int() | float() as end, str() as word]:
                phones = tuple(p for w in aligner.words(word) for p in w.phones)
                found.append(Spoken(float(start), float(end), phones))
                texts.append(word)
            case _:
                raise VoiceError(f'at /{k}: a word is [start, end, "word"], times in seconds')
    return found, texts
