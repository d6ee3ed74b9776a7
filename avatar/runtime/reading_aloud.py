"""A human reads the companion's lines: the prompter has the words, GO says that they were read, its mouth goes along.

The mouth follows the reader's voice where there is a microphone for it, open while such a line is read and no longer;
without one it moves as if it read along. Gestures come at their words either way. Nothing that is heard is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ..ceremony.orders import Line
from ..clock import Clock
from ..errors import SourceError, VoiceError
from ..events import tags
from ..io.capture.microphone import Microphone
from ..speech.by_ear import best_ear
from ..speech.loudness import Listener
from ..types import FloatArray
from .captions import Captions, pieces_of
from .hearing import Hearing

OVER: Final = frozenset({"presence.speech.finished", "presence.speech.interrupted", "presence.error"})
"""News after which nothing more comes of an utterance."""
_ALONG: Final = ".along"
_CLOSE_S: Final = 2.0

Heard = Callable[[FloatArray, float], None]


class Overheard:
    """A microphone whose sound goes to a meter too. rate, name : as the microphone's."""

    def __init__(self, microphone: Microphone, loud: Heard) -> None:
        self._microphone, self._loud = microphone, loud
        self.rate, self.name = microphone.rate, microphone.name

    @property
    def open(self) -> bool:
        """As ``Microphone.open``."""
        return self._microphone.open

    def read(self, now: float) -> tuple[float, FloatArray]:
        """As ``Microphone.read``."""
        t, sound = self._microphone.read(now)
        self._loud(sound, self.rate)
        return t, sound

    def close(self) -> None:
        """As ``Microphone.close``."""
        self._microphone.close()


class Ears:
    """A reader's microphone between ``begin`` and ``end``. opens : a microphone; loud : takes its sound and rate, for a
    meter; trouble : takes why nothing is heard; apart : it is opened, heard and closed in a thread of its own, since a
    device takes its time; False = at once, for a stage whose time is counted in frames."""

    def __init__(
        self,
        opens: Callable[[], Microphone],
        clock: Clock,
        loud: Heard,
        trouble: Callable[[str], None],
        apart: bool = True,
        listener: Callable[[int], Listener] = best_ear,
    ) -> None:
        self._opens, self._clock, self._loud, self._trouble = opens, clock, loud, trouble
        self._listener = listener
        self._hearing: Hearing | None = None
        self._wanted, self._closing = False, False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True) if apart else None
        if self._thread is not None:
            self._thread.start()

    @property
    def open(self) -> bool:
        """Is a device of this machine open?"""
        hearing = self._hearing
        return hearing is not None and hearing.microphone.open

    def begin(self) -> None:
        """Listen from now on."""
        self._want(True)
        if self._thread is None and self._hearing is None:
            self._hearing = self._opened()

    def end(self) -> None:
        """Listen no more."""
        self._want(False)
        if self._thread is None and self._hearing is not None:
            self._hearing.microphone.close()
            self._hearing = None

    def mouth(self, now: float, out: FloatArray) -> bool:
        """A reader's mouth into ``out``, as ``Hearing.mouth`` has it; False where nothing is listened to."""
        hearing = self._hearing
        if hearing is None or not self._wanted:
            return False
        hearing.mouth(now, out)
        return True

    def close(self) -> None:
        """For good."""
        self.end()
        with self._change:
            self._closing = True
            self._change.notify()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    def _want(self, wanted: bool) -> None:
        with self._change:
            self._wanted = wanted
            self._change.notify()

    def _opened(self) -> Hearing | None:
        try:
            microphone = Overheard(self._opens(), self._loud)
        except (SourceError, VoiceError) as error:
            self._trouble(str(error))
            return None
        return Hearing(microphone, self._clock, reader=True, listener=self._listener)

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._wanted or self._closing)
                if self._closing:
                    return
            hearing = self._opened()
            if hearing is None:
                with self._change:  # the next line tries again
                    self._change.wait_for(lambda: not self._wanted or self._closing)
                continue
            with hearing:
                self._hearing = hearing
                with self._change:
                    self._change.wait_for(lambda: not self._wanted or self._closing)
                self._hearing = None


class ReadAloud:
    """Of one ceremony. send : one event to the engine; captions : what is read is shown there once the companion's own
    caption is over; ears : the reader's, None = none."""

    def __init__(self, send: Callable[..., str], captions: Captions, language: str, ears: Ears | None = None) -> None:
        self.ears = ears
        self._send, self._captions, self._language = send, captions, language
        self._line, self._speaker = "", ""
        self._text = ""

    @property
    def open(self) -> bool:
        """Is a device of this machine open?"""
        return self.ears is not None and self.ears.open

    def begin(self, line: Line, speaker: str, now: float) -> None:
        """A human begins to read a line of the companion's."""
        self.end()
        self._line, self._speaker, self._text = line.utterance + _ALONG, speaker, tags.strip(line.text)[0]
        if self.ears is not None:
            self.ears.begin()
        failed = self._send(
            "presence.say",
            id=self._line,
            text=line.text,
            utterance=self._line,
            expression=line.expression,
            intensity=line.intensity,
            voice="none",
            language=self._language,
        )
        if failed:
            self._captions.read(self._text, speaker, line.seconds, now, ends=False)

    def end(self) -> bool:
        """It was read, or broken off. False where nothing was."""
        if not self._line:
            return False
        self._send("presence.interrupt", utterance=self._line)
        self._line = ""
        if self.ears is not None:
            self.ears.end()
        return True

    def own(self, utterance: str, over: bool, now: float) -> bool:
        """Take news of an utterance, which may be ours: True when it is. over : nothing more comes of it. Whoever reads
        may take longer: the last words stay until they are read."""
        if not utterance.endswith(_ALONG):
            return False
        if over and utterance == self._line:
            last = pieces_of(self._text)
            self._captions.read(last[-1] if last else "", self._speaker, 0.0, now, ends=False)
        return True

    def mouth(self, now: float, out: FloatArray) -> bool:
        """The reader's mouth now into ``out``, (15,) or (18,) float32; False where the companion's own is meant."""
        return bool(self._line) and self.ears is not None and self.ears.mouth(now, out)

    def close(self) -> None:
        """Listen no more."""
        if self.ears is not None:
            self.ears.close()
