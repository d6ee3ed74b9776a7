"""Open-LLM-VTuber: its companion's voice and mood, as its own web page is told of them.

A client of ``/client-ws`` (github.com/Open-LLM-VTuber/Open-LLM-VTuber, v1.2). Each ``audio`` message is one sentence: a
WAV file as base64, its loudness every ``slice_length`` milliseconds, its text, and expressions by their number in the
model or by name. It is answered as that page answers: ``audio-play-start`` when a sentence is heard,
``frontend-playback-complete`` when all of a turn has been.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...events.tags import EMOTIONS, strip
from ...types import Express
from .base import GarbageError, Source, Spoken, Step, Tell, ToEngine, line, read, write
from .sounds import sound, wave, wave_events, words_in_time

_VAGUE: Final = frozenset(("fear", "disgust", "smirk"))
"""Words whose own face the companion has not; beside another word they say less."""


class OpenLlmVtuber(Source):
    """State of one connection: the model's names of its expressions, and whether a turn waits to be confirmed."""

    NAME, JOINS = "open-llm-vtuber", "Open-LLM-VTuber speaks through the companion"
    URL = "ws://127.0.0.1:12393/client-ws"
    FOLLOWS = "v1.2, /client-ws"
    TYPED = True

    def __init__(self, session: str) -> None:
        super().__init__(session)
        self._names: dict[int, str] = {}
        self._owed = False
        self._displayed: dict[str, object] = {}

    def peer(self, message: str | bytes) -> list[Step]:
        said = read(message)
        kind = said.get("type")
        if not isinstance(kind, str):
            raise GarbageError("it has no type")
        self.ready = True
        match kind:
            case "set-model-and-conf":
                self._names = emotions(said.get("model_info"))
            case "audio":
                return self._audio(said)
            case "control" if said.get("text") == "interrupt":
                return [*self.silence(), *self._confirm()]
            case "backend-synth-complete":
                self._owed = True
                return self._confirm()
            case "error":
                return [Tell(f"Open-LLM-VTuber reports: {line(said.get('message'))}")]
        return []

    def typed(self, text: str) -> list[Step]:
        if text.strip():
            return [write({"type": "text-input", "text": text.strip()})]
        heard = " ".join(s.text for s in self.spoken.values() if s.started)
        return [*self.silence(), write({"type": "interrupt-signal", "text": heard}), *self._confirm()]

    def began(self, name: str, spoken: Spoken) -> list[Step]:
        shown = self._displayed.get(name)
        return [write({"type": "audio-play-start", "display_text": shown, "forwarded": True})]

    def over(self, name: str, spoken: Spoken, interrupted: bool) -> list[Step]:
        self._displayed.pop(name, None)
        if interrupted and spoken.started:
            return [write({"type": "interrupt-signal", "text": spoken.text}), *self._confirm()]
        return self._confirm()

    def _audio(self, said: Mapping[str, Any]) -> list[Step]:
        shown = said.get("display_text")
        text = shown.get("text") if isinstance(shown, dict) else None
        # The program leaves the model's tags in what it displays: they name the mood more exactly than a number does.
        text, marks, _ = strip(text if isinstance(text, str) else "", self.expressions or None, self.gestures or None)
        text = text.strip()
        tagged = [what.expression for _, what in marks if isinstance(what, Express)]
        moods = self.express(tagged[0]) if tagged else self._moods(said.get("actions"))
        if said.get("audio") is None:
            if not any(c.isalnum() for c in text):
                return moods
            name = self.utterance(Spoken(text, moods, whole=True))
            self._displayed[name] = shown
            return [ToEngine("presence.say", {"text": text, "utterance": name})]
        found = wave(sound(said["audio"]))
        name = self.utterance(Spoken(text, moods, whole=True))
        self._displayed[name] = shown
        words = words_in_time(name, text, found.seconds, said.get("volumes"))
        return [*words, *wave_events(name, found)]

    def _moods(self, actions: object) -> list[Step]:
        """Of ``{"expressions": [3, "joy"]}``: the first is the sentence's, as in the program's own page."""
        listed = actions.get("expressions") if isinstance(actions, dict) else None
        for one in listed if isinstance(listed, list) else []:
            word = self._names.get(one) if isinstance(one, int) else one
            if found := self.express(word):
                return found
        return []

    def _confirm(self) -> list[Step]:
        if not self._owed or self.spoken:
            return []
        self._owed = False
        return [write({"type": "frontend-playback-complete"})]


def emotions(model_info: object) -> dict[int, str]:
    """Number of an expression -> its word, of a model's ``emotionMap``; of several for one, the one whose mood
    most of them share."""
    listed = model_info.get("emotionMap") if isinstance(model_info, dict) else None
    words: dict[int, list[str]] = {}
    for word, place in listed.items() if isinstance(listed, dict) else ():
        if isinstance(place, int):
            words.setdefault(place, []).append(str(word))

    def weight(word: str, among: list[str]) -> tuple[int, bool]:
        moods = [EMOTIONS.get(other.lower()) for other in among]
        known = EMOTIONS.get(word.lower())
        return (moods.count(known) if known else 0), word.lower() not in _VAGUE

    return {place: max(listed, key=lambda word: weight(word, listed)) for place, listed in words.items()}
