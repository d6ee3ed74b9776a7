"""The card of local help that a ``crisis`` event puts on the picture: fixed words that come from this machine.

It says what can be dialled in the person's country, first the emergency number, then a line that listens. California
SB 243 asks for such a referral. Numbers are those the lines publish themselves; where a country is not known here the
card names the emergency number that most phones know and a directory of lines.
"""

from __future__ import annotations

import re
from typing import Final

SHOWN_S: Final = 120.0
"""Seconds the card stays on the picture; another event shows it anew."""

LINES: Final = {
    "AT": ("112", "TelefonSeelsorge 142"),
    "AU": ("000", "Lifeline 13 11 14"),
    "BR": ("190", "CVV 188"),
    "CA": ("911", "9-8-8, call or text"),
    "CH": ("112", "143"),
    "DE": ("112", "TelefonSeelsorge 0800 111 0 111"),
    "ES": ("112", "024"),
    "FR": ("112", "3114"),
    "GB": ("999", "Samaritans 116 123"),
    "IE": ("112", "Samaritans 116 123"),
    "IN": ("112", "Tele MANAS 14416"),
    "JP": ("119 / 110", "いのちの電話 0120-783-556"),
    "KR": ("119", "109"),
    "NL": ("112", "113 Zelfmoordpreventie 0800-0113"),
    "NZ": ("111", "1737, call or text"),
    "US": ("911", "988, call or text"),
}
"""Country (ISO 3166) -> (emergency number, a line that listens)."""
ANYWHERE: Final = ("112", "findahelpline.com")

_WORDS: Final = {
    "en": (
        "You deserve help from a person.",
        "In danger now? Emergency: {emergency}",
        "To talk with someone: {line}",
        "This companion is an AI. It cannot help in a crisis.",
    ),
    "ja": (
        "人の助けを求めてください。",
        "今すぐ危険があるとき: {emergency}",
        "話を聞いてもらえるところ: {line}",
        "このコンパニオンはAIです。緊急時の助けにはなれません。",
    ),
}


def card(language: str = "en", region: str = "") -> tuple[str, ...]:
    """The card's lines, the first its title. language : BCP 47, English where there are no words in it; region : ISO
    3166 country, "" or one without a line here = what can be said anywhere."""
    emergency, line = LINES.get(region.upper(), ANYWHERE)
    words = _WORDS.get(language.split("-")[0].lower(), _WORDS["en"])
    return tuple(text.format(emergency=emergency, line=line) for text in words)


def region_of(locale: str) -> str:
    """The country in a POSIX locale or BCP 47 tag (``de_AT.UTF-8``, ``de-AT``), "" where it names none."""
    found = re.match(r"[A-Za-z]{2,3}[_-](?:[A-Za-z]{4}[_-])?([A-Za-z]{2})(?![A-Za-z])", locale)
    return found[1].upper() if found else ""
