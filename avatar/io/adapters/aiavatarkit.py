"""aiavatarkit: its answers, faces and animations over its WebSocket (github.com/uezo/aiavatarkit, v0.8).

We begin with ``start`` and a session's name. Each ``chunk`` is a sentence: ``voice_text``, a WAV file as base64 in
``audio_data``, and what the avatar does in ``avatar_control_request``. A server that sends its sound in pieces says
their ``metadata.pcm_format`` first; pieces come as chunks without a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import GarbageError, Source, Spoken, Step, Tell, ToEngine, line, read, write
from .sounds import audio, pcm_events, sound, wave, wave_events, words_in_time


class AiAvatarKit(Source):
    """State of one session: the conversation it is in, and the utterance whose pieces still come."""

    NAME, JOINS = "aiavatarkit", "aiavatarkit speaks through the companion"
    URL = "ws://127.0.0.1:8000/ws"
    FOLLOWS = "v0.8, WebSocket"
    TYPED = True

    def __init__(self, session: str) -> None:
        super().__init__(session)
        self._context: str | None = None
        self._open: str | None = None
        self._format = (24000, 1)

    def opened(self) -> list[Step]:
        start = {"type": "start", "session_id": self._session, "user_id": "presence", "context_id": self._context}
        return [write(start)]

    def peer(self, message: str | bytes) -> list[Step]:
        said = read(message)
        kind = said.get("type")
        if not isinstance(kind, str):
            raise GarbageError("it has no type")
        if isinstance(said.get("context_id"), str):
            self._context = said["context_id"]
        error = said["metadata"].get("error") if isinstance(said.get("metadata"), dict) else None
        told: list[Step] = [Tell(f"aiavatarkit reports: {line(error)}")] if error else []
        match kind:
            case "connected":
                self.ready = True
            case "start":
                return [*told, *self._finish()]
            case "chunk":
                return [*told, *self._chunk(said)]
            case "final":
                return [*told, *self._finish()]
            case "stop":
                self._open = None
                return [*told, *self.silence()]
        return told

    def typed(self, text: str) -> list[Step]:
        if not text.strip():
            return self.silence()
        who = {"session_id": self._session, "user_id": "presence", "context_id": self._context}
        return [write({"type": "invoke", **who, "text": text.strip()})]

    def _chunk(self, said: Mapping[str, Any]) -> list[Step]:
        text = said.get("voice_text")
        text = text.strip() if isinstance(text, str) else ""
        encoded = said.get("audio_data")
        form = said["metadata"].get("pcm_format") if isinstance(said.get("metadata"), dict) else None
        if form is not None and encoded and not text:
            return self._piece(sound(encoded), form)
        steps, moods = self._finish(), self._moods(said.get("avatar_control_request"))
        if form is not None and not encoded and text:
            self._open = self.utterance(Spoken(text, moods))
        elif encoded:
            found = wave(sound(encoded))
            name = self.utterance(Spoken(text, moods, whole=True))
            steps += [*words_in_time(name, text, found.seconds), *wave_events(name, found)]
        elif any(c.isalnum() for c in text):
            name = self.utterance(Spoken(text, moods, whole=True))
            steps.append(ToEngine("presence.say", {"text": text, "utterance": name}))
        else:
            steps += moods
        return steps

    def _piece(self, raw: bytes, form: object) -> list[Step]:
        if not isinstance(form, dict) or form.get("sample_width") != 2:
            raise GarbageError("its pieces of sound are not 16-bit PCM")
        rate, channels = form.get("sample_rate"), form.get("channels")
        if not isinstance(rate, int) or not isinstance(channels, int):
            raise GarbageError("its pieces of sound have no rate")
        self._format = rate, channels
        if self._open is None:
            self._open = self.utterance(Spoken())
        return pcm_events(self._open, raw, rate, channels)

    def _finish(self) -> list[Step]:
        """The utterance whose pieces came is whole."""
        name, self._open = self._open, None
        if name is None or name not in self.spoken:
            return []
        self.spoken[name].whole = True
        return [audio(name, "pcm_s16le", *self._format, b"", True)]

    def _moods(self, asked: object) -> list[Step]:
        if not isinstance(asked, dict):
            return []
        face = self.express(asked.get("face_name"), asked.get("face_duration"))
        return [*face, *self.gesture(asked.get("animation_name"))]
