"""English into sounds by the voice's own rules, once figures and signs are words (``speech.normal``).

The rules that the voice has for figures are left out: they meet *King Charles* as a Roman numeral and say "King the
zeroth Charles".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ...errors import VoiceError
from ...speech.normal import normal
from ...speech.phones import ARPABET
from ...speech.say_words import Sayings
from .words import settled

if TYPE_CHECKING:
    from hibari.g2p import G2P


class Reading:
    """Text into the voice's symbols, as its own G2P gives them. Raises VoiceError where that cannot be loaded.

    sayings : the person's own dictionary, None = as it is settled.
    """

    def __init__(self, british: bool = False, sayings: Sayings | None = None) -> None:
        self._british = british
        self.sayings = settled() if sayings is None else sayings

    def __call__(self, text: str) -> str:
        symbols: str = _rules(self._british)(self.sayings.marked(normal(text).spoken), normalize_text=False)
        return symbols


@lru_cache(maxsize=2)
def _rules(british: bool) -> G2P:
    """Read once by a process: the dictionaries take a quarter of a second and some 60 MB, and no text changes them."""
    try:
        from hibari.g2p import G2P
    except ImportError as error:
        raise VoiceError(f"words cannot be pronounced: {error} (install hibari-tts)") from error
    return G2P(british=british)


class English:
    """Calling it with a written word gives its phones, ARPABET without stress; none where it has none."""

    def __init__(self, sayings: Sayings | None = None) -> None:
        self._reading = Reading(sayings=sayings)

    @property
    def sayings(self) -> Sayings:
        """The person's own dictionary."""
        return self._reading.sayings

    def __call__(self, word: str) -> tuple[str, ...]:
        own = self.sayings.sounds(word)
        if own:
            return own
        try:
            symbols = self._reading(word)
        except VoiceError:
            raise
        except Exception as error:  # its rules meet any word a person may write; one bad word is one error
            raise VoiceError(f"'{word[:40]}' cannot be pronounced ({error})") from error
        return tuple(ARPABET[c] for c in symbols if c in ARPABET)
