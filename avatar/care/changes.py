"""A change of the companion's manner or model is said before it takes effect, so that nobody meets a silent one."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

T = TypeVar("T")

AHEAD_S: Final = 3.0
"""Seconds from the announcement to the change."""
SHOWN_S: Final = 5.0
"""Seconds the announcement stays on the picture."""
_MOST: Final = 8

MANNER: Final = {
    "en": "In a moment the companion changes its manner to '{name}'.",
    "ja": "まもなくコンパニオンのふるまいが「{name}」に変わります。",
}


def manner(name: str, language: str = "en") -> str:
    """The announcement of another persona, in a language (BCP 47 tag), English where there is none."""
    return MANNER.get(language.split("-")[0].lower(), MANNER["en"]).format(name=name)


class Changes(Generic[T]):
    """What was announced and has not happened yet. Times are seconds on the engine's clock."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, T]] = []
        self._text, self._since = "", 0.0

    def announce(self, text: str, what: T, now: float) -> None:
        """Say ``text`` from now on; ``what`` is due ``AHEAD_S`` later. The newest counts where there are too many."""
        self._text, self._since = text, now
        self._waiting = [*self._waiting[-_MOST + 1 :], (now + AHEAD_S, what)]

    def due(self, now: float) -> list[T]:
        """What is to happen now, each once, in the order of the announcements."""
        if not self._waiting:
            return []
        found = [what for at, what in self._waiting if at <= now]
        self._waiting = [(at, what) for at, what in self._waiting if at > now]
        return found

    def visible(self, now: float) -> str:
        """The announcement that stands on the picture, "" for none."""
        return self._text if self._text and 0.0 <= now - self._since < SHOWN_S else ""
