"""Rules for what is written with figures: dates, times, money, units, phone numbers, ranges, fractions and the rest.

A rule is a regular expression and what is said for a match, or None where the match is not what it looks like. Rules
are tried in the order of ``RULES``; what one has taken is no longer there for the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from .normal_tables import MONEY, NUMBERED, PER, REGNAL, UNITS
from .number_words import LONGEST, ROMAN, cardinal, decade, digits, fraction, number, ordinal, plain, roman, year

Say = Callable[[re.Match[str]], "str | None"]
Rule = tuple[re.Pattern[str], Say, frozenset[str]]
"""Expression, what is said, and characters of which a text must have one for the rule to be tried (none: always)."""

_NUM: Final = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+\.\d+|(?<![\d,])\d+,\d{1,2}(?![\d,])|\d+)"
_FREE: Final = r"(?<![\w.,])"
_TO: Final = r"\s?[-–—]\s?"
_MONTH_WORDS: Final = "January February March April May June July August September October November December"
_MONTHS: Final = _MONTH_WORDS.split()
_MONTH_OF: Final = {name[:3].lower(): name for name in _MONTHS}
_MONTH: Final = rf"(?:{'|'.join(_MONTHS)}|Sept|{'|'.join(name[:3] for name in _MONTHS)})"

_MONEY_SIGN: Final = "|".join(re.escape(k) for k in sorted(MONEY, key=len, reverse=True))
_SCALES: Final = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "t": "trillion"}
_SCALE: Final = r"(?:\s?(hundred|thousand|million|billion|trillion|(?:bn|mn|[kKmMbBtT])(?![\w/])))?"

_UNIT: Final = "|".join(sorted(UNITS, key=len, reverse=True))
_POWERS: Final = {"²": "squared", "2": "squared", "³": "cubed", "3": "cubed"}
_SUPERS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUBS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_VULGAR: Final = {
    c: (int(above), int(below))
    for c, above, below in zip("½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞", "112131234151357", "233445555668888", strict=True)
}


def _plural(text: str, one: str, many: str) -> str:
    return one if text in ("1", "1.0", "-1", "−1") else many


def _span(m: re.Match[str], first: str | int, second: str | int, say: Callable[[str], str] = number) -> str:
    """One number, or two with *to* between."""
    low, high = m[first], m[second]
    return say(low) if high is None else f"{say(low)} to {say(high)}"


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
    return _span(m, 1, 2) + _half(m[3], m[0])


def _feet(m: re.Match[str]) -> str:
    above, below = number(m[1]), number(m[2])
    if int(m[2]) < 12:
        return f"{above} {_plural(m[1], 'foot', 'feet')} {below} {_plural(m[2], 'inch', 'inches')}"
    return f"{above} {_plural(m[1], 'minute', 'minutes')} {below} {_plural(m[2], 'second', 'seconds')}"


def _feet_inches(m: re.Match[str]) -> str:
    inches = f" {number(m[2])} {_plural(m[2], 'inch', 'inches')}"
    return f"{number(m[1])} {_plural(m[1], 'foot', 'feet')}{inches}"


def _amount(sign: str, text: str, scale: str | None, high: str | None = None) -> str:
    one, many, cent, cents = MONEY[sign]
    if scale or high:
        big = f" {_SCALES.get(scale.lower(), scale)}" if scale else ""
        return f"{number(text)}{f' to {number(high)}' if high else ''}{big} {many}"
    whole, _, part = text.replace(",", "").partition(".")
    if not cent or len(part) != 2:
        return f"{number(text)} {_plural(text, one, many)}"
    low = f"{cardinal(int(part))} {_plural(str(int(part)), cent, cents)}"
    if int(whole) == 0 and int(part):
        return low
    said = f"{number(whole)} {_plural(whole, one, many)}"
    return f"{said} and {low}" if int(part) else said


def _money(m: re.Match[str]) -> str:
    return ("minus " if m[1] else "") + _amount(m[2], m[3], m[5], m[4])


def _money_after(m: re.Match[str]) -> str:
    return _amount(m[3], m[1], None, m[2])


def _unit(m: re.Match[str]) -> str:
    low, high, name, power, per, per_power = (m[k] for k in range(1, 7))
    one, _, many = UNITS[name].partition("/")
    last = high or low
    unit = _plural(last, one, many or f"{one}s")
    said = number(low) if not high else f"{number(low)} to {number(high)}"
    if power:
        unit = f"{'square' if _POWERS[power] == 'squared' else 'cubic'} {unit}"
    if per:
        unit += f" per {PER[per]}" + (f" {_POWERS[per_power]}" if per_power else "")
    return f"{said} {unit}"


def _percent(m: re.Match[str]) -> str:
    return f"{_span(m, 1, 2)} {'percent' if m[3] == '%' else 'per thousand'}"


def _degrees(m: re.Match[str]) -> str:
    scale = {"C": " Celsius", "F": " Fahrenheit", "K": " Kelvin", None: ""}[m[3]]
    return f"{_span(m, 1, 2)} {_plural(m[2] or m[1], 'degree', 'degrees')}{scale}"


def _phone(m: re.Match[str]) -> str | None:
    if sum(c.isdecimal() for c in m[0]) < 7:
        return None
    groups = [digits(g) for g in re.findall(r"\d+", m[0])]
    return ("plus " if m[0].startswith("+") else "") + ", ".join(groups)


def _version(m: re.Match[str]) -> str:
    parts = m[2].split(".")
    word = "version " if m[1] else ""
    if len(parts) == 4:
        return word + " dot ".join(number(p) for p in parts)
    return word + " point ".join(number(p) for p in parts)


def _vulgar(m: re.Match[str]) -> str:
    above, below = _VULGAR[m[2]]
    return _mixed(m[1], above, below)


def _mixed(whole: str | None, above: int, below: int) -> str:
    part = fraction(above, below)
    if whole is None:
        return part
    return f"{number(whole)} and {'a ' + part.removeprefix('one ') if above == 1 else part}"


def _slash(m: re.Match[str]) -> str | None:
    whole, above, below = m[1], int(m[2]), int(m[3])
    if m[0] in ("24/7", "9/11"):
        return f"{number(m[2])} {number(m[3])}"
    if 0 < above < below and (below <= 10 or below in (12, 16, 20, 32, 50, 64, 100)):
        return _mixed(whole, above, below)
    return None if whole else f"{number(m[2])} slash {number(m[3])}"


def _range(m: re.Match[str]) -> str:
    low, high = m[1], m[2]
    if len(low) == 4 and len(high) == 2 and re.fullmatch(r"1[1-9]\d\d|20\d\d", low):
        return f"{plain(low)} to {number(high)}"
    return f"{plain(low)} to {plain(high)}"


def _scaled(m: re.Match[str]) -> str:
    if m[0] in ("4K", "8K"):
        return f"{number(m[1])} K"
    return f"{number(m[1])} {_SCALES[m[2].lower()]}"


def _product(m: re.Match[str]) -> str:
    word = "by" if min(len(m[1]), len(m[2])) >= 3 else "times"
    return f"{number(m[1])} {word} {number(m[2])}"


def _power(m: re.Match[str]) -> str:
    up = (m[2] or m[3]).translate(_SUPERS)
    base = number(m[1]) if m[1][0].isdecimal() else m[1]
    return f"{base} {_POWERS[up]}" if up in ("2", "3") else f"{base} to the power of {number(up)}"


def _ordinal(m: re.Match[str]) -> str | None:
    text = m[1].replace(",", "")
    return ordinal(int(text)) if len(text) <= LONGEST else None


def _decade(m: re.Match[str]) -> str:
    return decade(m[1])


def _king(m: re.Match[str]) -> str | None:
    return f"the {ordinal(roman(m['x']))}" if m["x"] else None


def _chapter(m: re.Match[str]) -> str | None:
    return cardinal(roman(m["x"])) if m["x"] else None


def _century(m: re.Match[str]) -> str | None:
    return ordinal(roman(m["x"])) if m["x"] else None


def _code(m: re.Match[str]) -> str:
    """Letters and figures in one word: ``MP3``, ``B2B``, ``COVID-19``."""
    if re.fullmatch(r"[BCGP]2[BCGP]", m[0]):
        return f"{m[0][0]} to {m[0][2]}"
    parts = re.findall(r"\d+|[^\W\d_]+", m[0].translate(_SUBS))
    return " ".join(plain(p) if p.isdecimal() else p for p in parts)


def _number(m: re.Match[str]) -> str:
    return plain(m[0]) if m[0].isdecimal() else number(m[0])


def _rule(pattern: str, say: Say, flags: int = 0, needs: str = "") -> Rule:
    return re.compile(pattern, flags), say, frozenset(needs)


RULES: Final[tuple[Rule, ...]] = (
    _rule(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?:T(?=\d\d:))?(?![\w-])", _iso, needs="-"),
    _rule(r"(?<![\w/.])(\d{1,2})(/)(\d{1,2})/(\d{4}|\d{2})(?![\w/])", _slashed, needs="/."),
    _rule(r"(?<![\w/.])(\d{1,2})(\.)(\d{1,2})\.(\d{4})(?![\w/])", _slashed, needs="/."),
    _rule(
        rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[-–]\s?(\d{{1,2}}))?(?![\d:%/])\b(?:,? (\d{{4}})\b)?",
        _month_day,
    ),
    _rule(rf"\b(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})\b\.?(?:,? (\d{{4}})\b)?", _day_month),
    _rule(
        rf"(?<![\w:.])(\d{{1,2}}):(\d\d)(?:\s?([AaPp])\.?[Mm]\b\.?)?{_TO}(\d{{1,2}}):(\d\d)(?:\s?([AaPp])\.?[Mm]\b\.?)?(?![\w:])",
        _times,
        needs=":",
    ),
    _rule(r"(?<![\w:.])(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s?([AaPp])\.?[Mm]\b\.?)?(?![\w:])", _time, needs=":"),
    _rule(rf"(?<![\w:.])(\d{{1,2}})(?:{_TO}(\d{{1,2}}))?\s?([AaPp])\.?[Mm]\b\.?", _hour, needs="mM"),
    _rule(r"(?<![\w.])(\d+)['′](\d{1,2})(?:\"|''|″|”)", _feet, needs="'′"),
    _rule(r"(?<![\w.])(\d+)\s?(?:ft|foot|feet)\.?,?\s(\d{1,2})\s?in(?:ch(?:es)?|\.)?(?!\w)", _feet_inches),
    _rule(r"(?<![\w.])(\d+)\s?in\.(?= |$)", lambda m: f"{number(m[1])} {_plural(m[1], 'inch', 'inches')}"),
    _rule(
        rf"(?<![\w.])([-−])?({_MONEY_SIGN})\s?({_NUM})(?:{_TO}(?:{_MONEY_SIGN})?({_NUM}))?{_SCALE}(?![\d])",
        _money,
        needs="$£€¥₹₩₽₺₪฿₿¢UEGJC",
    ),
    _rule(rf"{_FREE}({_NUM})(?:{_TO}({_NUM}))?\s?({_MONEY_SIGN})(?![\w])", _money_after, needs="$£€¥₹₩₽₺₪฿₿¢UEGJC"),
    _rule(rf"{_FREE}([-−]?{_NUM})(?:{_TO}({_NUM}))?\s?([%‰])", _percent, needs="%‰"),
    _rule(rf"{_FREE}([-−+]?{_NUM})(?:{_TO}({_NUM}))?\s?[°º˚]\s?([CFK](?!\w))?", _degrees, needs="°º˚"),
    _rule(
        rf"{_FREE}([-−]?{_NUM})(?:{_TO}({_NUM}))?(?:\s|(?!s\b))({_UNIT})([²³23](?!\w))?"
        rf"(?:/({'|'.join(sorted(PER, key=len, reverse=True))})([²³2])?)?(?![\w'’/])",
        _unit,
    ),
    _rule(r"(?<![\w.+])\+\d{1,3}(?:[ .-]?\(?\d{2,4}\)?){2,4}(?!\w)", _phone, needs="+"),
    _rule(r"(?<![\w.])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\w)", _phone),
    _rule(r"(?<![\w.-])(?:\d{3}-\d{4}|0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4})(?![\w-])", _phone),
    _rule(r"(?<![\w.])(v(?:er)?\.?\s?)(\d+(?:\.\d+)+)(?![\w])", _version, re.IGNORECASE),
    _rule(r"(?<![\w.])()(\d+\.\d+\.\d+(?:\.\d+)*)(?![\w])", _version, needs="."),
    _rule(rf"(?<![\w.])(?:(\d+)\s?)?([{''.join(_VULGAR)}])", _vulgar, needs="½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"),
    _rule(r"(?<![\w./])(?:(\d+) )?(\d{1,3})[/⁄](\d{1,3})(?![\w/])", _slash, needs="/⁄"),
    _rule(r"(?<![\w.,])(\d+) ?[-−–] ?(\d+)(?= ?=)", lambda m: f"{number(m[1])} minus {number(m[2])}"),
    _rule(rf"{_FREE}(\d+(?:\.\d+)?)\s?[x×*]\s?(\d+(?:\.\d+)?)(?!\w)", _product, needs="x×*"),
    _rule(rf"{_FREE}(\d+(?:\.\d+)?)[x×](?![\w])", lambda m: f"{number(m[1])} times"),
    _rule(r"(?<![\w.-])(\d+)\s?[-–—]\s?(\d+)(?![\w-]|\.\d)", _range, needs="-–—"),
    _rule(r"(?<![\w.:])(\d+):(\d+)(?![\w:])", lambda m: f"{number(m[1])} to {number(m[2])}"),
    _rule(rf"{_FREE}({_NUM})\s?(k|K|M|B|bn|mn)(?![\w/'’])", _scaled, needs="kKMBbm"),
    _rule(r"(?<!\w)(\d+(?:\.\d+)?|[A-Za-z])(?:\^(-?\d+)|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))(?!\w)", _power, needs="^⁰¹²³⁴⁵⁶⁷⁸⁹"),
    _rule(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th|ST|ND|RD|TH)\b", _ordinal),
    _rule(r"(?<![\w.])['‘’]?((?:1[1-9]\d|20\d|[2-9])0)['’]?s\b", _decade, needs="s"),
    _rule(rf"\b(?:{REGNAL})(?: [A-Z][a-z]+)? (?P<x>{ROMAN})\b(?!['’.]\w)", _king, needs="IVXLCDM"),
    _rule(rf"\b(?:{NUMBERED}) (?P<x>{ROMAN})\b(?!['’.]\w)", _chapter, needs="IVX"),
    _rule(rf"\b(?P<x>{ROMAN})(?=th\b|st\b|nd\b|rd\b| [Cc]entur)", _century, needs="IVXLCDM"),
    _rule(
        r"\b[A-Z][a-z]+ (?P<x>(?:I{2,3}|IV|VI{0,3}(?<=..)|IX|XI{1,3}|XIV|XVI{0,3}|XI?X))\b(?!['’.]\w)",
        _chapter,
        needs="IVX",
    ),
    _rule(r"(?<![\w.])\d*[^\W\d_]+-?[\d₀-₉]+(?:[^\W\d_]+\d*)*(?!\w)|(?<![\w.,])\d+[^\W\d_]+\d*(?!\w)", _code),
    _rule(
        r"(?<![\w.,])\d{1,3}(?: \d{3}){2,}(?![\w,])|(?<![\w.,])\d{1,3}(?:\u202f\d{3})+(?!\w)", lambda m: number(m[0])
    ),
    _rule(rf"(?:(?<![\w.,)\]])[-−](?=\d))?(?:{_NUM}|(?<![\w.])\.\d+)", _number),
)
