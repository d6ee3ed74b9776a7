"""What was said so far, within a budget of tokens: the system prompt and the newest words stay, the oldest turns go.

Tokens are estimated, for every model counts its own way: four characters of ASCII are one, any other character is one,
and each message costs four more. For English that is near to what tokenisers count; for Japanese it is above it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Role: TypeAlias = Literal["system", "user", "assistant"]

BUDGET: Final = 3000
"""Tokens of a request, by the estimate; small enough for a model with a window of 4096 and an answer."""
_MESSAGE: Final = 4
_MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: who says what."""

    role: Role
    text: str


def tokens(text: str) -> int:
    """The estimate for a text."""
    ascii_ = sum(c.isascii() for c in text)
    return -(-ascii_ // 4) + len(text) - ascii_


@dataclass(slots=True)
class History:
    """system : the prompt, always sent; budget : tokens of everything that is sent together, by the estimate."""

    system: str
    budget: int = BUDGET
    _turns: deque[Message] = field(default_factory=lambda: deque(maxlen=_MOST))

    def add(self, role: Role, text: str) -> None:
        """One more turn. Nothing is kept of an empty one; of two in a row by the same, one is made."""
        text = text.strip()
        if not text:
            return
        if self._turns and self._turns[-1].role == role:
            text = f"{self._turns.pop().text}\n{text}"
        self._turns.append(Message(role, text))

    def messages(self) -> list[Message]:
        """What is sent: the system prompt, and the newest turns for which there is room, the first of them the
        person's; the newest is always sent."""
        left = self.budget - tokens(self.system) - _MESSAGE
        kept: deque[Message] = deque()
        for turn in reversed(self._turns):
            left -= tokens(turn.text) + _MESSAGE
            if left < 0 and kept:
                break
            kept.appendleft(turn)
        while len(kept) > 1 and kept[0].role != "user":
            kept.popleft()
        return [Message("system", self.system), *kept] if self.system else list(kept)

    @property
    def turns(self) -> tuple[Message, ...]:
        """Everything that is kept, oldest first."""
        return tuple(self._turns)
