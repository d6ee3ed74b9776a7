"""Japanese kana into the sounds that shape a mouth: one mora after another, in ARPABET as near as it comes."""

from __future__ import annotations

import unicodedata
from typing import Final

VOWELS: Final = {"a": "AA", "i": "IY", "u": "UW", "e": "EH", "o": "AO"}
"""Japanese vowels by the mouth: u is less round than in English, which is the face's to say and not the sound's."""
_ROWS: Final = (
    *(("", "あいうえお"), ("K", "かきくけこ"), ("G", "がぎぐげご"), ("S", "さしすせそ"), ("Z", "ざじずぜぞ")),
    *(("T", "たちつてと"), ("D", "だぢづでど"), ("N", "なにぬねの"), ("HH", "はひふへほ"), ("B", "ばびぶべぼ")),
    *(("P", "ぱぴぷぺぽ"), ("M", "まみむめも"), ("L", "らりるれろ")),
)
_KANA: Final = {
    kana: ((onset,) if onset else ()) + (VOWELS["aiueo"[k]],) for onset, row in _ROWS for k, kana in enumerate(row)
} | {
    "し": ("SH", "IY"),
    "じ": ("JH", "IY"),
    "ち": ("CH", "IY"),
    "ぢ": ("JH", "IY"),
    "つ": ("T", "S", "UW"),
    "づ": ("Z", "UW"),
    "ふ": ("F", "UW"),
    "を": ("AO",),
    "わ": ("W", "AA"),
    "や": ("Y", "AA"),
    "ゆ": ("Y", "UW"),
    "よ": ("Y", "AO"),
    "ん": ("N",),
    "ゔ": ("V", "UW"),
}
_SMALL: Final = {"ゃ": "AA", "ゅ": "UW", "ょ": "AO", "ぁ": "AA", "ぃ": "IY", "ぅ": "UW", "ぇ": "EH", "ぉ": "AO"}
_LIPS: Final = frozenset("PBM")


def moras(word: str) -> tuple[str, ...] | None:
    """The sounds of a word in hiragana or katakana, marks left out; None where something else is in it, such as kanji.

    ``ん`` before p, b, m is an M; the small ``っ`` holds the sound after it, which is written twice.
    """
    kana = [_plain(c) for c in unicodedata.normalize("NFKC", word) if c.isalnum() or c == "ー"]
    found: list[str] = []
    doubled = False
    for k, c in enumerate(kana):
        if c == "ー":
            found += [found[-1]] if found and found[-1][0] in "AEIOU" else []
        elif c == "っ":
            doubled = True
        elif c in _SMALL:
            if found and found[-1][0] in "AEIOU":
                found.pop()
            glide = c in "ゃゅょ" and (not found or found[-1] not in ("SH", "CH", "JH"))
            found += [*(["Y"] if glide else []), _SMALL[c]]
        elif c in _KANA:
            sounds = _KANA[c]
            if c == "ん" and k + 1 < len(kana) and _KANA.get(kana[k + 1], ("",))[0] in _LIPS:
                sounds = ("M",)
            found += [*(sounds[:1] if doubled else ()), *sounds]
            doubled = False
        else:
            return None
    return tuple(found) if found else None


def _plain(c: str) -> str:
    """Katakana as hiragana."""
    return chr(ord(c) - 0x60) if "ァ" <= c <= "ヴ" else c
