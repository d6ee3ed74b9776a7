"""A voice on a speech server: the request ``POST /v1/audio/speech`` that OpenAI documented and many servers speak.

Only the text of a sentence, the model's and the voice's name go there, and the key where one is set; to another machine
only where the person has consented to that very host. The mouth comes from aligning the sound with its text.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Collection
from typing import Final

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
from ..servers.server import RETRIED, Allowed, KeyMissingError, detail, key_header, line_to, path_of, words
from .english import English
from .settings import Remote
from .wav import decoded

CONNECT_S: Final = 5.0
ANSWER_S: Final = 30.0
LARGEST: Final = 64 << 20
"""Bytes of an answer: more than ten minutes of the sound that is asked for."""
TRIES: Final = 2


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
        try:
            headers |= key_header(remote.key_env)
        except KeyMissingError as error:
            raise VoiceError(f"{remote.host}: {error}") from None
        reason = ""
        for _ in range(TRIES):
            try:
                status, data = self._post(body, headers)
            except (OSError, http.client.HTTPException) as error:
                reason = f"it does not answer ({words(error)})"
                continue
            if status == 200:
                return data
            reason = f"it refuses with status {status}{detail(data)}"
            if status not in RETRIED:
                break
        raise VoiceError(f"{remote.host}: {reason}")

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body; never follows a redirection, which would be another host."""
        line = line_to(self._remote.url, CONNECT_S)
        try:
            line.connect()
            if line.sock is not None:
                line.sock.settimeout(ANSWER_S)
            line.request("POST", path_of(self._remote.url, "/audio/speech"), body, headers)
            with line.getresponse() as answer:
                data = answer.read(LARGEST + 1)
                status, kind = answer.status, answer.getheader("Content-Type", "")
        finally:
            line.close()
        if len(data) > LARGEST:
            raise VoiceError(f"{self._remote.host}: its answer is larger than {LARGEST >> 20} MiB")
        if status == 200 and "json" in kind:
            raise VoiceError(f"{self._remote.host}: it answers with text instead of sound{detail(data)}")
        return status, data
