"""Numbers in English words, without hyphens or "and": each word of the result is one word to a voice."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_ONES: Final = _WORDS.split()
_TENS: Final = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ("", "thousand", "million", "billion", "trillion")
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
ROMAN: Final = r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
"""A Roman numeral up to 3999, as a regular expression."""
LONGEST: Final = 15
"""Digits: a longer number is read digit by digit."""
_BETWEEN: Final = re.compile(r"[\s'’_]")
_DECIMAL_COMMA: Final = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d+,\d{1,2}|\d+,\d{4,}")
_YEAR: Final = re.compile(r"1[1-9]\d\d|20\d\d")


@lru_cache(maxsize=1024)
def cardinal(n: int) -> str:
    """``1234`` is *one thousand two hundred thirty four*; n : below 10**15, negative with *minus*."""
    if n < 0:
        return f"minus {cardinal(-n)}"
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10] + (f" {_ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{_ONES[n // 100]} hundred" + (f" {cardinal(n % 100)}" if n % 100 else "")
    groups = []
    for scale in _SCALES:
        n, low = divmod(n, 1000)
        if low:
            groups.append(f"{cardinal(low)} {scale}".strip())
    return " ".join(reversed(groups))


def ordinal(n: int) -> str:
    """``21`` is *twenty first*."""
    *head, last = cardinal(n).split()
    regular = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return " ".join([*head, _ORDINALS.get(last, regular)])


def year(n: int) -> str:
    """``1905`` is *nineteen oh five*, ``2026`` *twenty twenty six*, ``2005`` *two thousand five*."""
    high, low = divmod(n, 100)
    if not 10 <= high <= 99 or (high % 10 == 0 and low < 10):
        return cardinal(n)
    rest = "hundred" if low == 0 else f"oh {cardinal(low)}" if low < 10 else cardinal(low)
    return f"{cardinal(high)} {rest}"


def decade(text: str) -> str:
    """``1990`` is *nineteen nineties*, ``90`` *nineties*, ``2000`` *two thousands*."""
    *head, last = (year(int(text)) if len(text) == 4 else cardinal(int(text))).split()
    return " ".join([*head, f"{last[:-1]}ies" if last.endswith("y") else f"{last}s"])


def digits(text: str) -> str:
    """``0800`` is *zero eight zero zero*; what is no digit is left out."""
    return " ".join(_ONES[int(c)] for c in text if c in "0123456789")


def number(text: str) -> str:
    """A number as it is written: ``1,234.50`` is *one thousand two hundred thirty four point five zero*, ``007`` is
    read digit by digit, ``-3`` has *minus*, ``5.000,5`` and ``10,5`` have a decimal comma."""
    sign = "minus " if text[:1] in ("-", "−") else ""
    text = _BETWEEN.sub("", text.lstrip("+-−"))
    if "," in text and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    whole, _, part = text.replace(",", "").partition(".")
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0" and not part):
        said = digits(whole)
    else:
        said = cardinal(int(whole or 0))
    return f"{sign}{said}" + (f" point {digits(part)}" if part else "")


def plain(text: str) -> str:
    """A whole number by itself, where four digits from 1100 to 2099 are read as a year is."""
    if len(text) == 4 and _YEAR.fullmatch(text):
        return year(int(text))
    return number(text)


def fraction(above: int, below: int) -> str:
    """``3/4`` is *three quarters*, ``1/2`` *one half*; below : from 2 to 100."""
    if below == 2:
        unit = "half" if above == 1 else "halves"
    else:
        unit = ("quarter" if below == 4 else ordinal(below)) + ("" if above == 1 else "s")
    return f"{cardinal(above)} {unit}"


def roman(text: str) -> int:
    """The value of a Roman numeral."""
    values = [_ROMAN[c] for c in text]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
