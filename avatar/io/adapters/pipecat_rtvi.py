"""Pipecat: a bot's speech over RTVI messages on a WebSocket (docs.pipecat.ai, RTVI 1.x; 2.x bots answer in 1.x).

Messages are JSON, ``{"label": "rtvi-ai", "type", "id", "data"}``: plain text frames, or inside Pipecat's own protobuf
frames, which carry the bot's sound too. Which of the two a bot speaks is tried in turn. With sound, the companion's
mouth follows it, and the words are captions; without, the companion says the words itself, as they come.
"""

from __future__ import annotations

from itertools import count
from typing import Any, Final

from .base import End, GarbageError, Source, Spoken, Step, Tell, ToEngine, ToPeer, line, read, write
from .protobuf import audio_frame, message_frame, pack_message
from .sounds import audio, pcm_events, sound

LABEL: Final = "rtvi-ai"
VERSION: Final = "1.0.0"
UNDERSTOOD: Final = ("1", "2")
_LETTERS_S: Final = 14.0
"""Letters that are spoken in a second, for words whose own time is not told."""
_TRY_S: Final = 4.0


class PipecatRtvi(Source):
    """State of one session. binary : messages go in Pipecat's protobuf frames, and sound comes in them."""

    NAME, JOINS = "pipecat", "a Pipecat bot speaks through the companion"
    URL = "ws://127.0.0.1:7860/ws"
    FOLLOWS = "RTVI 1.x over WebSocket"
    TYPED = True

    def __init__(self, session: str, binary: bool = False) -> None:
        super().__init__(session)
        self.patience = _TRY_S
        self._binary, self._ids = binary, count(1)
        self._now: str | None = None
        self._form = (24000, 1)
        self._sounds = binary
        self._heard_s, self._word_s = 0.0, 0.0

    def opened(self) -> list[Step]:
        about = {"library": "presence", "library_version": "1"}
        return [self._send("client-ready", {"version": VERSION, "about": about})]

    def peer(self, message: str | bytes) -> list[Step]:
        if isinstance(message, bytes):
            if (found := audio_frame(message)) is not None:
                return self._sound(*found)
            inner = message_frame(message)
            if inner is None:
                return []
            message = inner
        said = read(message)
        if said.get("label") != LABEL or not isinstance(said.get("type"), str):
            raise GarbageError(f"it is not labelled '{LABEL}'")
        data = said.get("data")
        return self._message(said["type"], data if isinstance(data, dict) else {})

    def typed(self, text: str) -> list[Step]:
        if not text.strip():
            return self._stop()
        options = {"run_immediately": True, "audio_response": True}
        return [self._send("send-text", {"content": text.strip(), "options": options})]

    def _message(self, kind: str, data: dict[str, Any]) -> list[Step]:
        match kind:
            case "bot-ready":
                version = str(data.get("version", ""))
                if version.split(".")[0] not in UNDERSTOOD:
                    return [End(f"the bot speaks RTVI {line(version)}; this adapter knows 1.x", final=True)]
                self.ready = True
            case "bot-tts-text":
                return self._words(data.get("text"))
            case "bot-tts-audio":
                rate, channels = data.get("sample_rate"), data.get("num_channels")
                if not isinstance(rate, int) or not isinstance(channels, int):
                    raise GarbageError("its sound has no rate")
                return self._sound(sound(data.get("audio")), rate, channels)
            case "bot-stopped-speaking":
                return self._finish()
            case "bot-interrupted":
                return self._stop()
            case "user-started-speaking":
                return [*self._stop(), ToEngine("presence.gaze", {"target": "user"})]
            case "error" | "error-response":
                words = f"the bot reports: {line(data.get('error', data.get('message')))}"
                return [End(words)] if data.get("fatal") is True else [Tell(words)]
        return []

    def _words(self, text: object) -> list[Step]:
        if not isinstance(text, str) or not text.strip():
            return []
        if self._now is None and not any(c.isalnum() for c in text):
            return []
        name = self._begin()
        self.spoken[name].text += text
        if not self._sounds:
            piece = text if text[-1:].isspace() else f"{text} "
            return [ToEngine("presence.say.delta", {"utterance": name, "text": piece})]
        marks: list[tuple[float, float, str]] = []
        at = max(self._heard_s, self._word_s)
        for word in text.split():
            marks.append((round(at, 3), round(at, 3), word))
            at += (len(word) + 1) / _LETTERS_S
        self._word_s = marks[-1][0] if marks else self._word_s
        return [ToEngine("presence.speech.timing", {"utterance": name, "unit": "word", "marks": marks})]

    def _sound(self, raw: bytes, rate: int, channels: int) -> list[Step]:
        steps: list[Step] = []
        if not self._sounds or self._form != (rate, channels):
            steps += self._finish() if self._heard_s or not self._sounds else []
            self._sounds, self._form = True, (rate, channels)
        fresh = pcm_events("", raw, rate, channels)
        name = self._begin()
        self._heard_s += len(raw) / (2 * channels * rate)
        return steps + [ToEngine(e.type, e.data | {"utterance": name}) for e in fresh if isinstance(e, ToEngine)]

    def _begin(self) -> str:
        if self._now is None or self._now not in self.spoken:
            self._now = self.utterance(Spoken())
            self._heard_s = self._word_s = 0.0
        return self._now

    def _finish(self) -> list[Step]:
        """What the bot said is whole."""
        name, self._now = self._now, None
        if name is None or name not in self.spoken:
            return []
        self.spoken[name].whole = True
        if not self._sounds:
            return [ToEngine("presence.say.delta", {"utterance": name, "text": "", "final": True})]
        return [audio(name, "pcm_s16le", *self._form, b"", True)]

    def _stop(self) -> list[Step]:
        self._now = None
        return self.silence()

    def _send(self, kind: str, data: dict[str, Any]) -> ToPeer:
        text = write({"label": LABEL, "type": kind, "id": str(next(self._ids)), "data": data})
        return ToPeer(pack_message(str(text.message))) if self._binary else text
