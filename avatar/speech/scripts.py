"""Other scripts inside a text for a voice that reads Latin letters: kana, Cyrillic and Greek by their sound, accents
that the voice may not know taken off, everything else left out and named."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final


def _table(letters: str, readings: str) -> dict[str, str]:
    return dict(zip(letters, readings.split(), strict=True))


_LATIN: Final = _table("ßẞøØłŁđĐþÞðÐæÆœŒıħĦ", "ss SS o O l L d D th Th th Th ae Ae oe Oe i h H")
_CYRILLIC: Final = _table(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўљњћђџј",
    "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya i yi ye g w ly ny ch j j y",
)
_GREEK: Final = _table("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
_GREEK_PAIRS: Final = {"ου": "ou", "αι": "e", "ει": "i", "οι": "i", "ευ": "ef", "αυ": "af", "μπ": "b", "ντ": "d"}
_GREEK_NAMES: Final = _table(
    "αβγδεζηθικλμνξοπρστυφχψω",
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon "
    "phi chi psi omega",
)
_ROWS: Final = (
    ("あいうえお", "a i u e o"),
    ("かきくけこ", "ka ki ku ke ko"),
    ("がぎぐげご", "ga gi gu ge go"),
    ("さしすせそ", "sa shi su se so"),
    ("ざじずぜぞ", "za ji zu ze zo"),
    ("たちつてと", "ta chi tsu te to"),
    ("だぢづでど", "da ji zu de do"),
    ("なにぬねの", "na ni nu ne no"),
    ("はひふへほ", "ha hi fu he ho"),
    ("ばびぶべぼ", "ba bi bu be bo"),
    ("ぱぴぷぺぽ", "pa pi pu pe po"),
    ("まみむめも", "ma mi mu me mo"),
    ("やゆよ", "ya yu yo"),
    ("らりるれろ", "ra ri ru re ro"),
    ("わゐゑをんゔ", "wa i e o n vu"),
    ("ぁぃぅぇぉ", "a i u e o"),
    ("ゃゅょゎ", "ya yu yo wa"),
)
_KANA: Final = {k: r for row, readings in _ROWS for k, r in zip(row, readings.split(), strict=True)}
_GREETINGS: Final = {"こんにちは": "konnichiwa", "こんばんは": "konbanwa"}
_GLIDES: Final = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
_RUN: Final = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u3099\u309a]|[^\W\d_]|ー)*")


def readable(word: str) -> str | None:
    """A run of letters in Latin letters; None where its script has no reading here (Han, Arabic, Hebrew, Thai …).

    Letters of Latin-1 keep their accents (*café*), other accents go (*Dvořák* is *Dvorák*).
    """
    if word.isascii():
        return word
    parts = []
    for script, run in _runs(word):
        read = _READERS[script](run) if script in _READERS else None
        if read is None:
            return None
        parts.append(read)
    return "".join(parts) or None


def transliterated(text: str) -> str:
    """A text with every run of letters ``readable``; what is not stays as it is."""
    return _RUN.sub(lambda m: readable(m[0]) or m[0], text)


def mostly_latin(text: str) -> bool:
    """Are at least half of the letters Latin ones? True for a text without letters."""
    if text.isascii():
        return True
    letters = [c for c in text if c.isalpha()]
    return 2 * sum(_script(c) == "LATIN" for c in letters) >= len(letters)


@lru_cache(maxsize=4096)
def _script(c: str) -> str:
    if c in "ー゙゚":
        return "KANA"
    first = unicodedata.name(c, "").split(" ")[0]
    return {"HIRAGANA": "KANA", "KATAKANA": "KANA"}.get(first, first)


def _runs(word: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for c in word:
        script = found[-1][0] if found and unicodedata.combining(c) else _script(c)
        if found and found[-1][0] == script:
            found[-1] = (script, found[-1][1] + c)
        else:
            found.append((script, c))
    return found


def _latin(run: str) -> str:
    kept = []
    for c in run:
        if c in _LATIN:
            kept.append(_LATIN[c])
        elif ord(c) < 0x100:
            kept.append(c)
        else:
            kept.append("".join(x for x in unicodedata.normalize("NFKD", c) if x.isascii()))
    return "".join(kept)


def _cyrillic(run: str) -> str:
    said = "".join(_CYRILLIC.get(c, "") for c in run.lower()).replace("-", "")
    return said.capitalize() if run[:1].isupper() else said


def _greek(run: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", run.lower()) if not unicodedata.combining(c))
    if len(bare) == 1:
        return _GREEK_NAMES.get(bare, "")
    for pair, reading in _GREEK_PAIRS.items():
        bare = bare.replace(pair, reading)
    said = "".join(_GREEK.get(c, c if c.isascii() else "") for c in bare)
    return said.capitalize() if run[:1].isupper() else said


def _kana(run: str) -> str:
    text = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヴ" else c for c in unicodedata.normalize("NFC", run))
    if text in _GREETINGS:
        return _GREETINGS[text]
    said, double = "", False
    for c in text:
        if c in ("っ", "ー"):
            double = c == "っ"
            continue
        reading = _KANA.get(c, "")
        if c in _GLIDES and said.endswith("i"):
            hard = said.endswith(("shi", "chi", "ji"))
            said = said[:-1] + ("" if hard else "y") + _GLIDES[c]
            continue
        said += (reading[:1] if double and reading[:1] not in "aiueo" else "") + reading
        double = False
    return said


_READERS: Final = {"LATIN": _latin, "CYRILLIC": _cyrillic, "GREEK": _greek, "KANA": _kana}
