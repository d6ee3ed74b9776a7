"""Timing that other voices send, into phones: their alphabets, and the shapes in which they send it.

Azure's 22 viseme ids are those of its speech service's documentation, Polly's symbols those of its speech marks; the
Oculus names are ``types.VISEMES``. Several sounds share one viseme there, and one stands for all of them: the mouth is
the same.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from ..errors import VoiceError
from ..types import VISEMES, Phone

Mark: TypeAlias = tuple[float, float, str | int]
"""(start, end, value): seconds in the utterance."""
Word: TypeAlias = tuple[float, float, str]
"""(start, end, word as it is written)."""

OCULUS: Final = dict(
    zip(VISEMES, ("SIL", "P", "F", "TH", "T", "K", "CH", "S", "N", "R", "AA", "EH", "IY", "AO", "UW"), strict=True)
)
AZURE: Final = (
    *("SIL", "AE", "AA", "AO", "EH", "ER", "IY", "UW", "OW", "AW", "OY", "AY", "HH", "R", "L", "S", "SH", "DH", "F"),
    *("T", "K", "P"),
)
"""Viseme id 0-21 -> ARPABET."""
POLLY: Final = {
    **dict(
        zip(
            "ptSTfkirsuaoO", ["PP", "DD", "CH", "TH", "FF", "kk", "ih", "RR", "SS", "ou", "aa", "oh", "oh"], strict=True
        )
    ),
    **dict.fromkeys("@eE", "E"),
    "sil": "sil",
}
"""Polly's viseme symbol -> Oculus."""
_ARPABET: Final = frozenset(
    (
        *("AA", "AE", "AH", "AO", "AW", "AX", "AY", "B", "CH", "D", "DH", "DX", "EH", "ER", "EY", "F", "G", "HH"),
        *("IH", "IY", "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "SIL", "T", "TH", "UH", "UW"),
        *("V", "W", "Y", "Z", "ZH"),
    )
)
_ARPABET_TOO: Final = {
    **dict.fromkeys(("PAU", "H#", "EPI", "SP", "SPN", ""), "SIL"),
    **dict.fromkeys(("EN", "NX"), "N"),
    **dict.fromkeys(("AXR",), "ER"),
    **dict(
        zip(("IX", "UX", "EL", "EM", "ENG", "HV", "Q", "WH"), ["IH", "UW", "L", "M", "NG", "HH", "T", "W"], strict=True)
    ),
}
"""TIMIT's and other spellings."""
_IPA: Final = {
    **dict.fromkeys(("tʃ", "ʧ", "tɕ", "ʈʂ"), "CH"),
    **dict.fromkeys(("dʒ", "ʤ", "dʑ", "ɟ"), "JH"),
    **dict.fromkeys(("aɪ", "aj", "ai"), "AY"),
    **dict.fromkeys(("aʊ", "aw", "au"), "AW"),
    **dict.fromkeys(("eɪ", "ej", "ei"), "EY"),
    **dict.fromkeys(("oʊ", "əʊ", "ow", "ou"), "OW"),
    **dict.fromkeys(("ɔɪ", "oj", "oi", "ɔj", "ɔʏ"), "OY"),
    **dict.fromkeys("ɑɒaä", "AA"),
    **dict.fromkeys("æ", "AE"),
    **dict.fromkeys("ʌɐ", "AH"),
    **dict.fromkeys("əɘɵ", "AX"),
    **dict.fromkeys("ɔo", "AO"),
    **dict.fromkeys("ɛeœø", "EH"),
    **dict.fromkeys("ɜɚɝɞ", "ER"),
    **dict.fromkeys("ɪɨᵻ", "IH"),
    **dict.fromkeys("i", "IY"),
    **dict.fromkeys("ʊ", "UH"),
    **dict.fromkeys("uʉyʏɯ", "UW"),
    **{c: c.upper() for c in "bdfklmnpstvwz"},
    **dict.fromkeys("hɦħ", "HH"),
    **dict.fromkeys("jʝ", "Y"),
    **dict.fromkeys("ɹrɾʀʁɻ", "R"),
    **dict.fromkeys("ɡgɢ", "G"),
    **dict.fromkeys("xɣcqχç", "K"),
    **dict.fromkeys("ŋɴ", "NG"),
    **dict.fromkeys("ɲɳ", "N"),
    **dict.fromkeys("ɫʎɭ", "L"),
    **dict.fromkeys("ʔʈ", "T"),
    **dict.fromkeys("βʋ", "V"),
    **dict.fromkeys("ɥʍ", "W"),
    **dict(zip("ðθɖɱɸ", ("DH", "TH", "D", "M", "F"), strict=True)),
    **dict.fromkeys("ʃɕʂ", "SH"),
    **dict.fromkeys("ʒʑʐ", "ZH"),
    **dict.fromkeys(("", "|", "_", "sil", "SIL", "pau", "sp", "…", ".", ","), "SIL"),
}
_IPA_MARKS: Final = re.compile(r"[ˈˌːˑ.‿͜͡ʰʲʷˠˤ̃̊]")
_STRESS: Final = re.compile(r"(.*?)([012])?")


def phones(marks: Sequence[Mark], unit: str, alphabet: str | None, after: float = 0.0) -> tuple[Phone, ...]:
    """Phones of marks whose unit is ``phone`` or ``viseme``, in order, gaps left open.

    alphabet : ``arpabet`` (default for phones), ``ipa``, ``oculus`` (default for visemes) or ``azure``; after : seconds
    that marks of before have taken. Raises MarksError as ``check`` does, and for a value that is not in the alphabet.
    """
    alphabet = alphabet or ("arpabet" if unit == "phone" else "oculus")
    check(marks, after)
    found = []
    for k, (start, end, value) in enumerate(marks):
        sound, stress = _sound(value, alphabet, k)
        if end > start:
            found.append(Phone(sound, start, end, stress, -1))
    return tuple(found)


def check(marks: Sequence[Mark], after: float = 0.0) -> None:
    """Raises MarksError where marks are no times, end before they begin, or begin before the one before has ended."""
    at = after
    for k, (start, end, _) in enumerate(marks):
        if not (math.isfinite(start) and math.isfinite(end)) or end < start:
            raise MarksError(k, 1, f"mark {k} ends at {end:g} s and begins at {start:g} s")
        if start < at - 1e-3:
            raise MarksError(k, 0, f"mark {k} begins at {start:g} s, before the one before it has ended, at {at:g} s")
        at = max(at, end)


def words(marks: Sequence[Mark], unit: str, after: float = 0.0) -> list[Word]:
    """(start, end, word as written) of marks whose unit is ``word`` or ``char``.

    Characters are put together to words at blanks; punctuation stays with its word. Raises MarksError as ``check``
    does, and for a value that is no text.
    """
    check(marks, after)
    found: list[Word] = []
    open_word = False
    for k, (start, end, value) in enumerate(marks):
        if not isinstance(value, str):
            raise MarksError(k, 2, f"mark {k} is {value}; a {unit} is text")
        if unit == "word":
            if value.strip():
                found.append((start, end, value.strip()))
        elif not value.strip():
            open_word = False
        elif open_word:
            # A mark of punctuation is written in its word's time and not spoken in it.
            spoken = any(c.isalnum() for c in value)
            found[-1] = (found[-1][0], end if spoken else found[-1][1], found[-1][2] + value)
        else:
            found.append((start, end, value))
            open_word = True
    return found


class MarksError(VoiceError):
    """Marks are refused. mark : number of the one at fault, from 0; part : 0 its start, 1 its end, 2 its value."""

    def __init__(self, mark: int, part: int, message: str) -> None:
        super().__init__(message)
        self.mark, self.part = mark, part


def _sound(value: str | int, alphabet: str, k: int) -> tuple[str, int]:
    """(ARPABET, stress) of a value."""
    found: str | None = None
    stress = 0
    if alphabet == "azure":
        number = value if isinstance(value, int) else int(value) if value.isascii() and value.isdecimal() else -1
        found = AZURE[number] if 0 <= number < len(AZURE) else None
    elif isinstance(value, str):
        if alphabet == "oculus":
            found = OCULUS.get(value.strip())
        elif alphabet == "arpabet":
            bare = _STRESS.fullmatch(value.strip().upper())
            name, stress = (bare[1], int(bare[2] or 0)) if bare else ("", 0)
            found = name if name in _ARPABET else _ARPABET_TOO.get(name)
        else:
            stress = 1 if "ˈ" in value else 2 if "ˌ" in value else 0
            bare_ipa = _IPA_MARKS.sub("", unicodedata.normalize("NFD", value)).strip()
            found = _IPA.get(unicodedata.normalize("NFC", bare_ipa)) or _IPA.get(bare_ipa[:2]) or _IPA.get(bare_ipa[:1])
    if found is None:
        shown = "".join(c for c in str(value)[:20] if c.isprintable())
        raise MarksError(k, 2, f"mark {k}: '{shown}' is not in the alphabet '{alphabet}'")
    return found, stress


def azure(events: Sequence[tuple[int, int]], seconds: float) -> list[Mark]:
    """Azure's viseme events (audio offset in ticks of 100 ns, viseme id) as marks; each lasts until the next, the last
    one until ``seconds``."""
    starts = [ticks / 1e7 for ticks, _ in events]
    ends = [*starts[1:], max(seconds, starts[-1] if starts else 0.0)]
    return [(start, end, number) for start, end, (_, number) in zip(starts, ends, events, strict=True)]


def polly(lines: str, seconds: float) -> tuple[list[Mark], list[Mark]]:
    """(visemes in the Oculus alphabet, words) of Polly's speech marks, one JSON object a line; each viseme lasts until
    the next, each word until the next, the last until ``seconds``.

    Raises VoiceError with the line's number: no JSON, or not a speech mark.
    """
    shapes: list[tuple[float, str]] = []
    said: list[tuple[float, str]] = []
    for k, line in enumerate(lines.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            mark = json.loads(line)
            at, kind, value = float(mark["time"]) / 1000, mark["type"], str(mark["value"])
        except (ValueError, KeyError, TypeError):
            raise VoiceError(f"line {k}: this is no speech mark with time, type and value") from None
        if kind == "viseme":
            if value not in POLLY:
                raise VoiceError(f"line {k}: there is no viseme '{value[:20]}'")
            shapes.append((at, POLLY[value]))
        elif kind == "word":
            said.append((at, value))
    return _until_next(shapes, seconds), _until_next(said, seconds)


def elevenlabs(alignment: Mapping[str, Any]) -> list[Mark]:
    """Marks of the unit ``char`` from ElevenLabs' ``alignment``: characters with their start and end seconds.

    Raises VoiceError: the three lists are not there, or not of one length.
    """
    names = ("characters", "character_start_times_seconds", "character_end_times_seconds")
    lists = [alignment.get(name) for name in names]
    if (
        not all(isinstance(found, list) for found in lists)
        or len({len(found) for found in lists if found is not None}) != 1
    ):
        raise VoiceError(f"an alignment is three lists of one length: {', '.join(names)}")
    try:
        return [(float(start), float(end), str(c)) for c, start, end in zip(*lists, strict=True)]
    except (TypeError, ValueError):
        raise VoiceError("an alignment's times are seconds") from None


def _until_next(found: Sequence[tuple[float, str]], seconds: float) -> list[Mark]:
    ends = [at for at, _ in found[1:]] + [max(seconds, found[-1][0])] if found else []
    return [(at, end, value) for (at, value), end in zip(found, ends, strict=True)]
