"""A voice on a speech server: the request ``POST /v1/audio/speech`` that OpenAI documented and many servers speak.

Only the text of a sentence, the model's and the voice's name go there, and the key where one is set; to another machine
only where the person has consented to that very host. The mouth comes from aligning the sound with its text.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import urlsplit

import numpy as np

from ...errors import VoiceError
from ...speech.align import Aligner
from ...speech.bending import factor, pitched
from ...speech.bending import stressed as bent
from ...speech.envelope import mouth as mouth_of_loudness
from ...speech.manner import PLAIN, Manner
from ...speech.sound import level
from ...speech.visemes import track
from ...types import FloatArray, Phone, Speech
from .english import English
from .settings import Remote
from .wav import decoded

CONNECT_S: Final = 5.0
ANSWER_S: Final = 30.0
LARGEST: Final = 64 << 20
"""Bytes of an answer: more than ten minutes of the sound that is asked for."""
TRIES: Final = 2
_RETRIED: Final = frozenset((408, 429, 500, 502, 503, 504))

Allowed = Callable[[str], bool]
"""Has the person consented to text going to this host?"""


class RemoteVoice:
    """One voice of one server. allowed : asked before every sentence, so that a consent withdrawn holds at once.

    ``speak`` blocks for as long as the server takes, at most two tries of 30 s: it is for a worker's thread.
    """

    phoned: Final = False

    def __init__(self, remote: Remote, allowed: Allowed) -> None:
        self.name = f"remote:{remote.name}"
        self._remote, self._allowed = remote, allowed
        english = remote.language.lower().split("-")[0] in ("", "en")
        self._aligner = Aligner(English()) if english else None

    def warm(self) -> None:
        """Nothing goes anywhere before something is to be said."""

    def speaks(self, language: str | None) -> bool:
        """Is ``language`` (a BCP 47 tag) the server's? Without one in the settings, every language."""
        own = self._remote.language
        return language is None or not own or language.split("-")[0].lower() == own.split("-")[0].lower()

    def speak(
        self,
        text: str,
        utterance: str,
        caption: str | None = None,
        manner: Manner = PLAIN,
        stressed: Collection[int] = (),
    ) -> Speech:
        """One sentence as sound (-18 LUFS, at most -1 dBTP) and mouth; its pace is the server's ``speed``; a pitch
        moves the formants too, and only words of aligned English are stressed. Raises VoiceError, which names the
        host: no consent, no answer, a refusal, no sound."""
        if not any(c.isalnum() for c in text):
            raise VoiceError(f"the voice '{self.name}' can pronounce nothing in '{text[:40]}'")
        host = self._remote.host
        if not self._remote.local and not self._allowed(host):
            raise VoiceError(
                f"the voice '{self.name}' would send what is said to {host}; to allow it: "
                f"avatar consent grant remote-voice {host}"
            )
        sound, rate = decoded(self._asked(text, manner.rate / factor(manner.pitch)), host)
        sound = level(pitched(sound, rate, manner.pitch), rate)
        phones = self._phones(text, sound, rate)
        if stressed and phones and len(text.split()) == 1 + max(p.word for p in phones):
            sound, phones = bent(sound, rate, phones, stressed)
            sound = level(sound, rate)
        mouth = track(phones, len(sound) / rate, "alignment") if phones else mouth_of_loudness(sound, rate)
        return Speech(utterance, caption or text, sound, rate, mouth)

    def _phones(self, text: str, sound: FloatArray, rate: int) -> tuple[Phone, ...]:
        """None where its words are not known, or the sound is not of them: loudness is what is left then."""
        with contextlib.suppress(VoiceError):
            if self._aligner is not None:
                return self._aligner.align(sound, rate, text)
        return ()

    def _asked(self, text: str, rate: float) -> bytes:
        """The answer's body."""
        remote = self._remote
        body = json.dumps(
            {
                "model": remote.model,
                "input": text,
                "voice": remote.voice,
                "response_format": "wav",
                "speed": round(float(np.clip(rate, 0.25, 4.0)), 3),
            }
        ).encode()
        headers = {"Content-Type": "application/json", "Accept": "audio/wav", "User-Agent": "presence"}
        if remote.key_env:
            key = os.environ.get(remote.key_env, "")
            if not key.isascii() or not key.isprintable() or not key:
                raise VoiceError(f"{remote.host}: its key is not in the environment variable {remote.key_env}")
            headers["Authorization"] = f"Bearer {key}"
        reason = ""
        for _ in range(TRIES):
            try:
                status, data = self._post(body, headers)
            except (OSError, http.client.HTTPException) as error:
                reason = f"it does not answer ({_words(error)})"
                continue
            if status == 200:
                return data
            reason = f"it refuses with status {status}{_detail(data)}"
            if status not in _RETRIED:
                break
        raise VoiceError(f"{remote.host}: {reason}")

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body; never follows a redirection, which would be another host."""
        parts = urlsplit(self._remote.url)
        line: http.client.HTTPConnection
        if parts.scheme == "https":
            line = http.client.HTTPSConnection(
                self._remote.host, parts.port, timeout=CONNECT_S, context=ssl.create_default_context()
            )
        else:
            line = http.client.HTTPConnection(self._remote.host, parts.port, timeout=CONNECT_S)
        try:
            line.connect()
            if line.sock is not None:
                line.sock.settimeout(ANSWER_S)
            line.request("POST", f"{parts.path.rstrip('/')}/audio/speech", body, headers)
            with line.getresponse() as answer:
                data = answer.read(LARGEST + 1)
                status, kind = answer.status, answer.getheader("Content-Type", "")
        finally:
            line.close()
        if len(data) > LARGEST:
            raise VoiceError(f"{self._remote.host}: its answer is larger than {LARGEST >> 20} MiB")
        if status == 200 and "json" in kind:
            raise VoiceError(f"{self._remote.host}: it answers with text instead of sound{_detail(data)}")
        return status, data


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it takes too long"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _detail(data: bytes) -> str:
    """The reason in an error as it is documented, ``{"error": {"message": …}}``; "" where there is none."""
    try:
        match json.loads(data[:65536]):
            case {"error": {"message": str(message)}} | {"detail": str(message)} | {"error": str(message)}:
                line = " ".join(message.split())
                return f": {line[:200]}"
    except (ValueError, RecursionError):
        pass
    return ""
