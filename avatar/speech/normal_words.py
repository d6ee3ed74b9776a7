"""Rules for what is written with letters and signs: markup, addresses, files, tags, abbreviations, drawn-out words.

``BEFORE`` is tried before the rules for figures, ``AFTER`` after them.
"""

from __future__ import annotations

import re
from typing import Final

from .normal_numbers import Rule, Say
from .normal_tables import ABBREVIATIONS, COUNTED, EXTENSIONS, SHORT_MONTHS, SYMBOLS, TITLES
from .number_words import number

_DOMAINS: Final = "com|org|net|edu|gov|io|co|uk|de|fr|jp|eu|info|biz|dev|app|ai|tv"
_SPELLED: Final = frozenset(("uk", "io", "ai", "tv", "de", "fr", "jp", "eu"))
_DOUBLED: Final = frozenset(
    (
        *(
            "good",
            "cool",
            "too",
            "soon",
            "noon",
            "moon",
            "food",
            "look",
            "see",
            "need",
            "been",
            "feel",
            "keep",
            "sleep",
        ),
        *("sweet", "week", "free", "tree", "three", "well", "all", "hell", "hello", "yell", "call", "will", "kill"),
        *("still", "miss", "kiss", "zoo", "oops", "off", "happy", "funny", "sorry", "hurry", "pretty", "silly", "ball"),
        *("tell", "full", "pull", "wall", "really", "totally", "woo", "boo", "room", "yummy", "seriously", "bees"),
    )
)
_SHOUTED: Final = frozenset(("IT", "US", "WHO", "AM", "OR", "ME", "IN", "IS", "AS", "PM", "GO", "SO", "NO", "OK"))


def _dotted(address: str) -> str:
    words = re.split(r"([._\-+])", address)
    said = []
    for word in words:
        if word == ".":
            said.append("dot")
        elif word == "+":
            said.append("plus")
        elif word.lower() in _SPELLED:
            said.append(".".join(word.upper()))
        elif word not in ("", "_", "-"):
            said.append(" ".join(number(p) if p.isdecimal() else p for p in re.findall(r"\d+|\D+", word)))
    return " ".join(said)


def _named(name: str) -> str:
    """Words of an identifier: ``MeToo_2`` is *Me Too two*."""
    parts = re.findall(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+", name)
    return " ".join(number(p) if p.isdecimal() else p for p in parts)


def _url(m: re.Match[str]) -> str:
    host: str = m["host"]
    return _dotted(host.removeprefix("www."))


def _file(m: re.Match[str]) -> str:
    return f"{_named(m[1]) or m[1]} dot {EXTENSIONS[m[2].lower()]}"


def _abbreviation(m: re.Match[str]) -> str:
    """The full stop is also the sentence's where the text ends, or a capital comes next."""
    said = ABBREVIATIONS[m[0]]
    after = m.string[m.end() :].lstrip(" ")
    if m[0] in ("e.g.", "i.e.") and after and after[0] not in ",:":
        return f"{said},"
    ends = m[0].endswith(".") and (not after or (m.string[m.end()] == " " and after[0].isupper() and m[0] == "etc."))
    return f"{said}." if ends else said


def _title(m: re.Match[str]) -> str:
    return TITLES[m[1]]


def _street(m: re.Match[str]) -> str:
    said = {"St": "Street", "Dr": "Drive"}[m["x"].rstrip(".")]
    return said + ("." if m["x"].endswith(".") and m.end() == len(m.string) else "")


def _counted(m: re.Match[str]) -> str:
    said = COUNTED[m[1].lower()]
    return said.capitalize() if m[1][0].isupper() else said


def _drawn_out(m: re.Match[str]) -> str | None:
    """``soooo`` is *so* and ``goooood`` *good*; a sound without a vowel keeps two: ``hmmm`` is *hmm*."""
    word = m[0]
    one, two = (re.sub(r"([^\W\d_])\1{2,}", rf"\1{again}", word) for again in ("", r"\1"))
    if re.fullmatch(r"[IVXLCDM]+", word) or not re.search(r"([^\W\d_])\1{2,}", word):
        return None
    return two if two.lower() in _DOUBLED or not re.search(r"[aeiouy]", word.lower()) else one


def _stutter(m: re.Match[str]) -> str:
    """A voice cannot stutter: ``b-b-but`` is said once, ``I-I`` twice."""
    return f"{m[2]}, {m[2]}" if m[2] == "I" else m[2]


def _shouted(m: re.Match[str]) -> str | None:
    return m[0].lower() if m[0] in _SHOUTED else None


def _symbol(m: re.Match[str]) -> str:
    return f" {SYMBOLS.get(m[0], '')} "


def _rule(pattern: str, say: Say | str, flags: int = 0, needs: str = "") -> Rule:
    return re.compile(pattern, flags), (lambda m: say) if isinstance(say, str) else say, frozenset(needs)


_ODD: Final = "|".join(
    key for key in (k.rstrip(".") for k in (*ABBREVIATIONS, *SHORT_MONTHS, *TITLES)) if key.replace(" ", "").isalpha()
)
PLAIN: Final = re.compile(
    r"(?!.*(?:([A-Za-z])\1\1|[A-Z]{2}|\.\S|[,;!?.'][,;!?.']| [,;!?.']|[A-Z][a-z]+ [IVXLCDM]\b"
    rf"|\b(?:[IVXLCDM]+th|{_ODD})\b))[A-Za-z][A-Za-z',;!?. ]*"
)
"""A text in which no rule finds anything, and there is nothing to tidy."""
_ABBREVIATED: Final = "|".join(re.escape(k) for k in sorted(ABBREVIATIONS, key=len, reverse=True))
_TITLED: Final = "|".join(TITLES)

BEFORE: Final[tuple[Rule, ...]] = (
    _rule(r"\x1b\[[0-9;?]*[A-Za-z]", " ", needs="\x1b"),
    _rule(r"!?\[(?=[^\]\n]{0,300}\]\([^)\s]{0,500}(?: \"[^\"\n]{0,200}\")?\))", "", needs="["),
    _rule(r"(?<=[^\s\[])\]\([^)\s]{0,500}(?: \"[^\"\n]{0,200}\")?\)", "", needs="["),
    _rule(
        r"\b([\w.+-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})\b",
        lambda m: f"{_dotted(m[1])} at {_dotted(m[2])}",
        needs="@",
    ),
    _rule(
        r"\b(?:https?|ftp)://(?P<host>[\w.-]{0,250}\w)(?:[/?#:]\S{0,2000}[\w/])?",
        _url,
        re.I,
        needs=":",
    ),
    _rule(r"\bwww\.([\w.-]{0,250}\w)(?:[/?#:]\S{0,2000}[\w/])?", lambda m: _dotted(m[1]), re.I, needs="."),
    _rule(
        rf"(?<![\w.@/-])((?:[a-z0-9][\w-]{{0,62}}\.){{1,4}}(?:{_DOMAINS}))(?:/\S{{0,2000}}[\w/])?(?![\w.]\w)\b(?!-)",
        lambda m: _dotted(m[1]),
        needs=".",
    ),
    _rule(rf"(?<![\w.@])([\w-]{{1,80}})\.({'|'.join(EXTENSIONS)})(?!\w)", _file, re.I, needs="."),
    _rule(r"(?<![\w&])#(\w*[^\W\d_]\w*)", lambda m: f"hashtag {_named(m[1])}", needs="#"),
    _rule(r"(?<![\w@])@(\w{1,80})", lambda m: f"at {_named(m[1])}", needs="@"),
    _rule(r"(?<![\w&])#(?=\d)", "number ", needs="#"),
    _rule(
        r"(?:(?<=\s)|^)(?:[:;]['’]?-?[)(DPpOo3/\\|*]+|=[)(DPp]+|<3+|\^_*\^|¯\\_\(ツ\)_/¯)(?=\s|$|[.,!?])",
        " ",
        needs=":;=<^¯",
    ),
    _rule(r"`+|\*\*+|~~+|(?<![\w*])\*(?=\w)|(?<=[\w.!?])\*(?![\w*])", "", needs="`*~"),
    _rule(r"^\s*(?:#{1,6}|>+|[-+•*])\s+", " ", re.M, "#>-+•*"),
    _rule(rf"(?<![\w.])(?:{_ABBREVIATED})(?!\w)", _abbreviation, needs="./#+MTFIONbptiafwvLG"),
    _rule(r"(?<=[a-z] )(?P<x>(?:St|Dr)\.)(?=$|[,;!?]| [a-z]|\s*$)", _street),
    _rule(r"(?<=\d [A-Z])(?:[a-z]+ )(?P<x>(?:St|Dr)\b\.?)", _street),
    _rule(
        rf"\b({_TITLED})\b\.?(?= [A-Z])",
        lambda m: _title(m) if m[1] in ("Mr", "Mrs", "Ms", "Mx", "Dr", "St", "Mt") or m[0].endswith(".") else None,
    ),
    _rule(r"\b(Mr|Mrs|Ms|Dr)\b\.", _title),
    _rule(rf"\b({'|'.join(COUNTED)})\. ?(?=\d)", lambda m: _counted(m) + " ", re.I),
    _rule(r"(?<=\w)/(?=(?:hour|day|week|month|year|person|minute|second|night|mile)\b)", " per ", needs="/"),
    _rule(r"(?<=\d) ?÷ ?(?=\d)|(?<=\d) / (?=\d)", " divided by ", needs="÷/"),
    _rule(r"~(?=[\d$€£])", "about ", needs="~"),
    _rule(r"\b([A-Za-z])-(?:\1-)*(\1[a-z]*)\b", _stutter, re.I, "-"),
)

AFTER: Final[tuple[Rule, ...]] = (
    _rule(rf"\b({'|'.join(re.escape(k) for k in SHORT_MONTHS)})(?!\w)\.?", lambda m: SHORT_MONTHS[m[1]]),
    _rule(r"(?<=\d),(?=\d)", ", ", needs=","),
    _rule(r"(?<![\w'])[^\W\d_]*([^\W\d_])\1{2,}[^\W\d_]*", _drawn_out),
    _rule(r"(?<![\w'])[A-Z]{2,3}(?= [A-Z]{2,} [A-Z]{2})", _shouted),
    _rule(r"(?<=[A-Z]{2} )[A-Z]{2,3}(?= [A-Z]{2}|[!?.,]|$)", _shouted),
    _rule(r"(?<=[A-Za-z])/(?=[A-Za-z])", " ", needs="/"),
    _rule(r"_", " ", needs="_"),
    _rule(r"[^\w\s.,;:!?…—–\-'\"“”()\[\]]", _symbol),
)
