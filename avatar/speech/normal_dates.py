"""Rules for dates and times of day, as English says them: *May third, twenty twenty six*, *ten thirty A.M.*"""

from __future__ import annotations

import re
from typing import Final

from .normal_rules import TO, Rule, rule
from .number_words import cardinal, ordinal, span, year

_MONTH_WORDS: Final = "January February March April May June July August September October November December"
_MONTHS: Final = _MONTH_WORDS.split()
_MONTH_OF: Final = {name[:3].lower(): name for name in _MONTHS}
_MONTH: Final = rf"(?:{'|'.join(_MONTHS)}|Sept|{'|'.join(name[:3] for name in _MONTHS)})"


def _day(month: int | str, day: int, of_year: str | None = None) -> str | None:
    name = _MONTHS[month - 1] if isinstance(month, int) else _MONTH_OF[month[:3].lower()]
    if not 1 <= day <= 31:
        return None
    return f"{name} {ordinal(day)}" + (f", {_of_year(of_year)}" if of_year else "")


def _of_year(text: str) -> str:
    """Two figures are of 1970 to 2069, as POSIX has it."""
    if len(text) == 2:
        text = f"{20 if int(text) < 70 else 19}{text}"
    return year(int(text))


def _iso(m: re.Match[str]) -> str | None:
    month = int(m[2])
    return _day(month, int(m[3]), m[1]) if 1 <= month <= 12 else None


def _slashed(m: re.Match[str]) -> str | None:
    """What cannot be a month is the day; where both could be, the month is first with slashes, as the voice is
    American, and the day with dots, as nobody writes an American date so."""
    first, second = int(m[1]), int(m[3])
    month, day = (second, first) if first > 12 or m[2] == "." else (first, second)
    return _day(month, day, m[4]) if 1 <= month <= 12 else None


def _month_day(m: re.Match[str]) -> str | None:
    said = _day(m[1], int(m[2]))
    if said is None:
        return None
    if m[3]:
        if not int(m[2]) < int(m[3]) <= 31:
            return None
        said += f" to {ordinal(int(m[3]))}"
    return said + (f", {_of_year(m[4])}" if m[4] else "")


def _day_month(m: re.Match[str]) -> str | None:
    if not 1 <= int(m[1]) <= 31:
        return None
    said = f"the {ordinal(int(m[1]))} of {_MONTH_OF[m[2][:3].lower()]}"
    return said + (f", {_of_year(m[3])}" if m[3] else "")


def _half(letter: str | None, text: str) -> str:
    return "" if not letter else f" {letter.upper()}.M" + ("." if text.endswith(".") else "")


def _clock(hours: str, minutes: str | None, seconds: str | None, half: str | None, text: str) -> str | None:
    h, m, s = int(hours), int(minutes or 0), int(seconds or 0)
    if h > 24 or m > 59 or s > 59 or (half and not 1 <= h <= 12):
        return None
    said = cardinal(h)
    if m:
        said += f" oh {cardinal(m)}" if m < 10 else f" {cardinal(m)}"
    elif not half and not seconds:
        said = "midnight" if h in (0, 24) else said + (" hundred" if h > 12 else " o'clock")
    elif not half:
        said += " hundred"
    if s:
        said += f" and {cardinal(s)} second" + ("" if s == 1 else "s")
    return said + _half(half, text)


def _time(m: re.Match[str]) -> str | None:
    return _clock(m[1], m[2], m[3], m[4], m[0])


def _times(m: re.Match[str]) -> str | None:
    first, second = _clock(m[1], m[2], None, m[3], ""), _clock(m[4], m[5], None, m[6], m[0])
    return None if first is None or second is None else f"{first} to {second}"


def _hour(m: re.Match[str]) -> str | None:
    low, high = m[1], m[2]
    if not all(1 <= int(h) <= 12 for h in (low, high) if h):
        return None
    return span(m, 1, 2) + _half(m[3], m[0])


DATES: Final[tuple[Rule, ...]] = (
    rule(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?:T(?=\d\d:))?(?![\w-])", _iso, needs="-"),
    rule(r"(?<![\w/.])(\d{1,2})(/)(\d{1,2})/(\d{4}|\d{2})(?![\w/])", _slashed, needs="/."),
    rule(r"(?<![\w/.])(\d{1,2})(\.)(\d{1,2})\.(\d{4})(?![\w/])", _slashed, needs="/."),
    rule(
        rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[-–]\s?(\d{{1,2}}))?(?![\d:%/])\b(?:,? (\d{{4}})\b)?",
        _month_day,
    ),
    rule(rf"\b(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})\b\.?(?:,? (\d{{4}})\b)?", _day_month),
    rule(
        rf"(?<![\w:.])(\d{{1,2}}):(\d\d)(?:\s?([AaPp])\.?[Mm]\b\.?)?{TO}(\d{{1,2}}):(\d\d)(?:\s?([AaPp])\.?[Mm]\b\.?)?(?![\w:])",
        _times,
        needs=":",
    ),
    rule(r"(?<![\w:.])(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s?([AaPp])\.?[Mm]\b\.?)?(?![\w:])", _time, needs=":"),
    rule(rf"(?<![\w:.])(\d{{1,2}})(?:{TO}(\d{{1,2}}))?\s?([AaPp])\.?[Mm]\b\.?", _hour, needs="mM"),
)
