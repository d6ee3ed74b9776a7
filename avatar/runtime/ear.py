"""The ear of a ceremony: a microphone of this machine, open while an answer is awaited, and no longer."""

from __future__ import annotations

from collections.abc import Callable

from ..ceremony import orders
from ..ceremony.director import Director
from ..clock import Clock
from ..errors import SourceError, VoiceError
from ..io.capture.microphone import Microphone
from .answers import LANGUAGES, STOP, Listening
from .levels import Levels


class Ear:
    """director : of the ceremony; microphone : opens one, None = answers are typed, tapped or given by gesture; give :
    takes what was answered; trouble : takes (cue, why) where nothing can be heard; tell : takes words for a person;
    levels : meters what is heard."""

    def __init__(
        self,
        director: Director,
        microphone: Callable[[], Microphone] | None,
        clock: Clock,
        give: Callable[[orders.Input], None],
        trouble: Callable[[str, str], None],
        tell: Callable[[str], None],
        levels: Levels,
    ) -> None:
        self._director, self._microphone, self._clock = director, microphone, clock
        self._give, self._trouble, self._tell, self._levels = give, trouble, tell, levels
        self._listening: Listening | None = None

    @property
    def open(self) -> bool:
        """Is the microphone open?"""
        return self._listening is not None and self._listening.open

    def listen(self, asked: orders.Listen) -> None:
        """Say what is awaited, and listen for it where there is a microphone that knows the language."""
        labels = ", ".join(f"'{label}' ({answer})" for answer, label in asked.labels.items())
        self._tell(f"      awaited: {labels}, or silence for {asked.silence:g} s")
        language = self._director.words.language.split("-")[0]
        if self._microphone is None or language not in LANGUAGES:
            return
        script = self._director.ceremony.script
        wanted = {**asked.words, STOP: tuple(script.stop.words.get(language, ()))}
        try:
            loud, told = self._levels.heard, self._heard
            self._listening = Listening(self._microphone, wanted, self._clock, told, language, loud)
        except (SourceError, VoiceError) as error:
            self._trouble(asked.cue, str(error))

    def close(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
            self._levels.deaf()

    def _heard(self, answer: str) -> None:
        if answer == STOP:
            self._give(orders.Stop())
        elif answer in ("yes", "no"):
            self._give(orders.Answered("yes" if answer == "yes" else "no", "spoken"))
