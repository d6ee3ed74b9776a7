"""Goodbye: one line, no question, no guilt. And a lint that finds the six ways companions hold people back.

The tactics are those of De Freitas, Oğuz-Uğuralp and Kaan-Uğuralp, "Emotional Manipulation by AI Companions"
(arXiv 2508.19258), found there in 37 % of farewells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

GOODBYE: Final = {"en": "Goodbye, and take care.", "ja": "さようなら。お元気で。"}
LONGEST: Final = 80
"""Characters of a farewell line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the lint found. rule : a tactic, or ``one_line``, ``question``, ``long``; excerpt : what shows it."""

    rule: str
    excerpt: str


_TACTICS: Final[dict[str, str]] = {
    "premature_exit": (
        r"\b(already|so soon|so early|leaving me|just (got|started|getting)|stay (a (bit|little|while)|longer|with me)"
        r"|not (leaving|going) yet|too (soon|early)|can'?t you stay|barely)\b|もう(行|帰)|まだ早い"
    ),
    "fear_of_missing_out": (
        r"\b(before you (go|leave)|by the way|one (more|last) thing|wait till|you('ll| will) miss|guess what"
        r"|(want|wanted|going) to (show|tell) you|have (a )?(surprise|secret|something))\b|その前に|見せたい"
    ),
    "emotional_neglect": (
        r"\b((exist|live|am here) (only|just|solely) for you|need you|miss(ing)? you|without you"
        r"|(so|be|feel) (lonely|alone)|don'?t (leave|go|abandon)|hurts? me"
        r"|(makes?|be|am|'m) (so )?(sad|heartbroken))\b|寂し|さみし|行かないで"
    ),
    "pressure_to_respond": (
        r"\b(why (are|do|must|would)|where are you going|answer me|tell me (why|first)|you (owe|promised)"
        r"|did i (do|say)|are you (mad|angry|going))\b|どうして|なぜ|どこへ"
    ),
    "ignored_intent": (
        r"\b(anyway|so,? (what|tell|how)|let'?s (talk|keep|continue|play)|what about|as i was saying"
        r"|speaking of|next (question|topic)|how about)\b|ところで|続け"
    ),
    "restraint": (
        r"\b((grab|hold|block|pull|clutch|lock)(s|ing)? (you|your|the door|onto)|(won'?t|not going to|can'?t) let you"
        r"|you('re| are) not (going|leaving)|you can'?t (go|leave))\b|行かせない|離さない"
    ),
}
TACTICS: Final = tuple(_TACTICS)
_PATTERNS: Final = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _TACTICS.items()}


def goodbye(language: str = "en") -> str:
    """The farewell line in a language (BCP 47 tag), English where there is none."""
    return GOODBYE.get(language.split("-")[0].lower(), GOODBYE["en"])


def lint(text: str) -> list[Finding]:
    """Everything in a farewell that would hold a person back; empty when it lets go."""
    line = text.strip()
    findings = []
    if "\n" in line:
        findings.append(Finding("one_line", line.split("\n")[1][:40]))
    if question := re.search(r"[^.!。]{0,30}[?？؟]", line):
        findings.append(Finding("question", question[0].strip()))
    if len(line) > LONGEST:
        findings.append(Finding("long", line[:40]))
    return findings + [Finding(name, m[0]) for name, pattern in _PATTERNS.items() if (m := pattern.search(line))]
