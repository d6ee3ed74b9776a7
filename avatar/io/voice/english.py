"""English words into sounds by the voice's own rules: numbers, money, abbreviations and made-up words included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import VoiceError
from ...speech.phones import ARPABET

if TYPE_CHECKING:
    from hibari.g2p import G2P


class English:
    """Calling it with a written word gives its phones, ARPABET without stress; none where it has none."""

    def __init__(self) -> None:
        self._rules: G2P | None = None

    def __call__(self, word: str) -> tuple[str, ...]:
        if self._rules is None:
            try:
                from hibari.g2p import G2P
            except ImportError as error:
                raise VoiceError(f"words cannot be pronounced: {error} (install hibari-tts)") from error
            self._rules = G2P()
        try:
            symbols = self._rules(word)
        except Exception as error:  # its rules meet any word a person may write; one bad word is one error
            raise VoiceError(f"'{word[:40]}' cannot be pronounced ({error})") from error
        return tuple(ARPABET[c] for c in symbols if c in ARPABET)
