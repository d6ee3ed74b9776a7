"""What clients ask of the companion besides speech, and who set what: so that nothing stays of a client that has left.

Weights of expressions belong to whoever sent them last, for a second after that client's last ones; an expression and a
gaze belong to whoever asked for them, until somebody else does or the client leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..care import crisis
from ..events import messages, tags
from ..types import Command, Express, Gaze, Hold, Show

HELD_S: Final = 1.0
"""Seconds that weights are held after the last ones of their client."""
_BACK_S: Final = 0.4
_READ_S: Final = (2.0, 12.0)
_LETTER_S: Final = 0.07


class Acting:
    """publish : sends news to every client; departed : names of the sessions that have ended since it was called last;
    halted : told, True or False, when a panic takes effect and when it is over; language, region : of the words that
    the engine itself shows.

    crises : how often the card of local help was asked for, which is all that is kept of it.
    """

    def __init__(
        self,
        publish: Callable[[messages.Data], None],
        departed: Callable[[], list[str]] = list,
        halted: Callable[[bool], None] = lambda stopped: None,
        language: str = "en",
        region: str = "",
    ) -> None:
        self._publish, self.departed, self._tell = publish, departed, halted
        self.language, self._region = language, region
        self._owner: dict[str, str] = {}
        self._sent: dict[str, float] = {}
        self._holds: dict[str, float | None] = {}
        self._express: str | None = None
        self._gaze: str | None = None
        self._shown: tuple[str, str, str, float] | None = None
        self._card_until = -1.0
        self.crises = 0
        self.halted = False

    def own(self, command: Command, session: str, now: float) -> bool:
        """Note who asked for it; True for what is done here already."""
        match command:
            case Hold(weights):
                self._sent[session] = now
                self._owner |= dict.fromkeys(weights, session)
                self._holds |= weights
                return True
            case Express():
                self._express = session
            case Gaze():
                self._gaze = session
        return False

    def step(self, now: float) -> list[Command]:
        """Let go of weights that nobody sent again; what has changed, as one command."""
        for session in [s for s, at in self._sent.items() if now - at > HELD_S]:
            self._let_go(session)
        holds, self._holds = self._holds, {}
        return [Hold(holds)] if holds else []

    def left(self, session: str) -> list[Command]:
        """A client is gone: what it had set goes too, at once."""
        self._let_go(session)
        back: list[Command] = []
        if self._express == session:
            self._express = None
            back.append(Express("neutral", 1.0, fade=_BACK_S))
        if self._gaze == session:
            self._gaze = None
            back.append(Gaze())
        return back

    def halt(self) -> None:
        """A panic: nothing is held, nothing is shown but what may save somebody."""
        self.halted = True
        self._owner.clear()
        self._sent.clear()
        self._holds.clear()
        self._express = self._gaze = self._shown = None
        self._tell(True)

    def resume(self) -> None:
        """Go on; nothing comes back by itself."""
        self.halted = False
        self._tell(False)

    def show(self, show: Show, name: str, now: float) -> None:
        """Put a caption on the picture, and publish it under ``name``. Control tags in it are not shown."""
        text = tags.strip(show.text)[0].strip()
        if not text:
            self._shown = None
            return
        low, high = _READ_S
        seconds = min(max(low, _LETTER_S * len(text)), high) if show.seconds is None else show.seconds
        self._shown = (text, show.speaker or "", name, now + seconds)
        self._publish(messages.CaptionShown(text=text, speaker=show.speaker or "", utterance=name))

    def caption(self, now: float) -> tuple[str, str]:
        """(words, who says them) of the caption that is shown; empty for none."""
        if self._shown is None or now >= self._shown[3]:
            self._shown = None
            return "", ""
        return self._shown[:2]

    def crisis(self, now: float) -> None:
        """Show the card of local help."""
        self.crises += 1
        self._card_until = now + crisis.SHOWN_S
        text = " ".join(crisis.card(self.language, self._region))
        self._publish(messages.Notice(kind="crisis", text=text))

    def card(self, now: float) -> tuple[str, ...]:
        """The lines of the card, the first its title; empty for none."""
        return crisis.card(self.language, self._region) if now < self._card_until else ()

    def _let_go(self, session: str) -> None:
        self._sent.pop(session, None)
        for name in [n for n, owner in self._owner.items() if owner == session]:
            del self._owner[name]
            self._holds[name] = None
