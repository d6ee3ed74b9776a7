"""What waits to be spoken: texts, whole or still arriving, and sound that a backend made itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..errors import VoiceError
from ..io.voice.mixer import Mixer
from ..speech.manner import carried
from ..speech.received import Received
from ..speech.text import Piece, pieces
from ..types import FloatArray, Say

JITTER_S: Final = 0.12
"""Sound that comes bit by bit begins, or goes on after a gap, when so much of it is there, seconds."""
QUIET_S: Final = 4.0
"""An utterance of which nothing more came for so long, seconds, is over."""
_AHEAD_S: Final = 1.0
_BLOCK_S: Final = 0.1
BUFFER_S: Final = 120.0
"""Sound that has come and is not heard yet, at most, seconds."""


@dataclass(eq=False, slots=True)
class Job:
    """An utterance made of text. pieces : as far as they are known; open : more may come; at : the next to be made;
    made : how many were; letters : in the text before it; reason : why one could not be; emoji : whether they are
    said by their names."""

    say: Say
    pieces: list[Piece]
    open: bool = False
    at: int = 0
    made: int = 0
    letters: int = 0
    reason: str = ""
    emoji: bool = False
    _mute: str = ""

    def more(self, text: str) -> None:
        """Speak ``text`` too; what cannot be pronounced goes to the next caption. Raises VoiceError as
        ``text.pieces`` does for too long a text."""
        try:
            found = pieces(text, self.say.language, self.emoji)
        except VoiceError:
            if any(c.isalnum() for c in text):
                raise
            self._mute = f"{self._mute} {text}".strip()
            return
        if self._mute:
            found[0] = replace(found[0], caption=f"{self._mute} {found[0].caption}")
            self._mute = ""
        self.pieces += carried([*self.pieces[-1:], *found])[len(self.pieces[-1:]) :]

    @property
    def waits(self) -> bool:
        """Is there something to make?"""
        return self.at < len(self.pieces)


@dataclass(eq=False, slots=True)
class Sound:
    """An utterance whose sound comes from elsewhere. touched : when something of it came last, seconds on the clock;
    arrived : seconds that came; complete : no more will.

    ``pump`` hands it to the mixer when its turn has come, a second ahead, so that timing which comes after the sound is
    still of use."""

    say: Say
    mixer: Mixer
    received: Received
    touched: float = 0.0
    made: int = 0
    reason: str = "no sound came for it"
    arrived: float = 0.0
    complete: bool = False
    _waiting: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    _queued: int = 0
    _running: bool = False

    @property
    def queued(self) -> float:
        """Seconds that are with the mixer already."""
        return self._queued / self.mixer.rate

    def pump(self, now: float) -> bool:
        """Go on at ``now``; True when all of it is on the line."""
        received, rate, name = self.received, self.mixer.rate, self.say.utterance
        if not received.final and not self.complete and now - self.touched > QUIET_S:
            self.complete = True
            received.hear(np.zeros(0, np.float32), round(received.in_rate or rate), final=True)
        if len(fresh := received.take()):
            self._waiting = np.concatenate([self._waiting, fresh])
        if received.changed and self.made:
            self.mixer.follow(name, received.mouth())
        if not self._running:
            self._running = received.final or len(self._waiting) >= JITTER_S * rate
        block = round(_BLOCK_S * rate)
        while self._running and len(self._waiting) and self.mixer.waiting < _AHEAD_S:
            text = received.caption((self._queued + block / 2) / rate)
            self.mixer.join(name, self._waiting[:block].copy(), received.mouth(), self._queued, text)
            self._queued += min(block, len(self._waiting))
            self._waiting = self._waiting[block:]
            self.made += 1
        if received.final:
            return not len(self._waiting)
        if not len(self._waiting) and self.mixer.waiting <= 0:
            self._running = False
        return False
