"""The honesty notice: what it says and when. Its cadence can be made denser, never thinner, and not turned off.

New York GBL § 1702 and California SB 243 ask for a reminder at the start and at least every three hours;
the EU AI Act, Art. 50, that a person knows they speak with an AI.
"""

from __future__ import annotations

from typing import Final

from ..errors import UsageError

HOUR: Final = 3600.0
LONGEST: Final = 3 * HOUR
SHOWN_S: Final = 6.0
"""Seconds a notice stays on the picture."""

NOTICE: Final = {
    "en": "This is an AI companion, not a person. It has no feelings. The picture stays on this machine.",
    "ja": "これはAIのコンパニオンであり、人ではありません。感情はありません。映像はこの機械の外に出ません。",
}
BREAK: Final = {
    "en": "This is a good moment for a short break.",
    "ja": "少し休憩するのによい時間です。",
}


def notice(language: str = "en") -> str:
    """The notice in a language (BCP 47 tag), English where there is none."""
    return NOTICE.get(language.split("-")[0].lower(), NOTICE["en"])


def pause(language: str = "en") -> str:
    """The break reminder that goes with each notice after the first."""
    return BREAK.get(language.split("-")[0].lower(), BREAK["en"])


class Disclosure:
    """Says when the notice is due. period : seconds between two, one hour to three (shorter is allowed, longer is not).

    Times are seconds on the engine's clock, which a change of the wall clock does not move.
    """

    def __init__(self, period: float = LONGEST, language: str = "en") -> None:
        if not 60.0 <= period <= LONGEST:
            raise UsageError(
                f"the honesty notice comes at least every {LONGEST / HOUR:.0f} h: {period:g} s is not allowed"
            )
        self._period, self._language = period, language
        self._last: float | None = None
        self._text = ""

    def due(self, now: float) -> str | None:
        """The text when a notice is due at ``now``, which counts as said; None otherwise. A break reminder goes with
        every one but the first. After a long sleep it is due once, not once for each period missed."""
        if self._last is not None and now - self._last < self._period:
            return None
        first, self._last = self._last is None, now
        text = notice(self._language)
        self._text = text if first else f"{text} {pause(self._language)}"
        return self._text

    def visible(self, now: float) -> str:
        """The text that stands on the picture at ``now``, "" for none."""
        return self._text if self._last is not None and 0.0 <= now - self._last < SHOWN_S else ""
