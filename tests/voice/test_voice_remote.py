"""A speech server, faked on this machine: what goes there byte for byte, what comes back, and every way it can fail."""

from __future__ import annotations

import io
import json
import struct
import threading
import wave
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.io.voice import remote
from avatar.io.voice.delivery import Delivery
from avatar.io.voice.neural import NeuralVoice
from avatar.io.voice.remote import RemoteVoice
from avatar.io.voice.settings import Remote, VoiceSettings
from avatar.io.voice.voices import Voices
from avatar.io.voice.wav import decoded
from avatar.speech.manner import Manner
from avatar.speech.sound import loudness, true_peak
from avatar.types import VISEMES

TEXT = "Please bring Bob a big map."


def wav(sound, rate=24000, channels=1) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return target.getvalue()


class Server:
    """Answers in turn from ``answers``: (status, headers, body), the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append((self.path, dict(self.headers), body))
                status, headers, data = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


@pytest.fixture(scope="module")
def said():
    return NeuralVoice().speak(TEXT, "u")


SOUND = {"Content-Type": "audio/wav"}


def voice(server, **options) -> RemoteVoice:
    return RemoteVoice(Remote("studio", server.url, "kokoro", "af_sky", **options), lambda host: False)


def test_what_goes_there_is_the_documented_request_and_nothing_more(server, said, monkeypatch):
    monkeypatch.setenv("STUDIO_KEY", "secret-key")
    server.answers = [(200, SOUND, wav(said.sound))]
    Delivery(voice(server, key_env="STUDIO_KEY"), Manner(rate=1.25)).speak(TEXT, "u-17", TEXT)
    ((path, headers, body),) = server.asked
    assert path == "/v1/audio/speech"
    assert json.loads(body) == {
        "model": "kokoro",
        "input": TEXT,
        "voice": "af_sky",
        "response_format": "wav",
        "speed": 1.25,
    }
    assert headers["Authorization"] == "Bearer secret-key"
    assert headers["Content-Type"] == "application/json"
    assert set(headers) <= {
        *("Host", "Accept-Encoding", "Content-Length", "Content-Type", "Accept", "User-Agent", "Authorization")
    }


def test_its_mouth_is_aligned_with_the_sound(server, said):
    server.answers = [(200, SOUND, wav(said.sound))]
    speech = voice(server).speak(TEXT, "u")
    assert speech.track.source == "alignment"
    assert loudness(speech.sound, speech.rate) == pytest.approx(-18.0, abs=0.5)
    assert true_peak(speech.sound) <= -1.0
    ours = [p.start for p in said.track.phones if p.value in "PBM"]
    theirs = [p.start for p in speech.track.phones if p.value in "PBM"]
    assert len(ours) == len(theirs) == 7
    assert np.median(np.abs(np.subtract(ours, theirs))) < 0.025
    for p in speech.track.phones:
        if p.value in ("P", "B", "M"):
            rows = speech.track.weights[int(p.start * 100) : int(np.ceil(p.end * 100)) + 1]
            assert rows[:, VISEMES.index("PP")].max() == 1.0


def test_another_language_opens_its_mouth_by_loudness(server, said):
    server.answers = [(200, SOUND, wav(said.sound, channels=1))]
    speech = voice(server, language="fr").speak("Bonjour.", "u")
    assert speech.track.source == "loudness"
    open_ = 1 - speech.track.weights[:, 0]
    loud = [open_[round((p.start + p.end) * 50)] for p in said.track.phones if p.value[0] in "AEIOU"]
    assert np.median(loud) > 0.4
    assert open_[:2].max() < 0.1
    assert speech.track.weights.sum(1) == pytest.approx(1.0, abs=1e-5)


def test_a_pitch_is_asked_for_slower_and_played_quicker(server, said):
    server.answers = [(200, SOUND, wav(said.sound))]
    speech = Delivery(voice(server, language="fr"), Manner(pitch=4.0)).speak("Bonjour.", "u")
    assert json.loads(server.asked[0][2])["speed"] == pytest.approx(2 ** (-4 / 12), abs=1e-3)
    assert speech.seconds == pytest.approx(said.seconds / 2 ** (4 / 12), rel=0.01)


def test_a_stressed_word_is_longer_and_louder(server, said):
    server.answers = [(200, SOUND, wav(said.sound))]
    plain = voice(server).speak(TEXT, "u")
    held = Delivery(voice(server)).speak(TEXT, "u", TEXT.replace("big", "*big*"))

    def of(speech, word):
        own = [p for p in speech.track.phones if p.word == word]
        part = speech.sound[round(own[0].start * speech.rate) : round(own[-1].end * speech.rate)]
        return own[-1].end - own[0].start, float(np.sqrt(np.square(part).mean()))

    assert of(held, 4)[0] > of(plain, 4)[0] + 0.015
    assert of(held, 4)[1] / of(plain, 4)[1] > 1.1 * of(held, 5)[1] / of(plain, 5)[1]
    assert of(held, 5)[0] == pytest.approx(of(plain, 5)[0], abs=1e-3)


def test_a_failure_that_may_pass_is_tried_once_more(server, said):
    server.answers = [(503, {}, b"busy"), (200, SOUND, wav(said.sound))]
    assert voice(server, language="fr").speak("Bonjour.", "u").seconds > 1
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "words", "tries"),
    [
        ((500, {}, b""), "it refuses with status 500", 2),
        (
            (401, {}, b'{"error": {"message": "Incorrect\\n key"}}'),
            "status 401: Incorrect key",
            1,
        ),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), "it refuses with status 302", 1),
        ((200, {"Content-Type": "application/json"}, b'{"detail": "no model"}'), "text instead of sound: no model", 1),
        ((200, SOUND, b"RIFF\0\0\0\0WAVE"), "there is no sound in what it sent", 1),
        ((200, SOUND, b"ID3 an mp3"), "what it sent is no WAV sound", 1),
        ((0, {}, b""), "it does not answer", 2),
    ],
)
def test_every_failure_is_one_error_that_names_the_host(server, answer, words, tries):
    server.answers = [answer]
    with pytest.raises(VoiceError) as refused:
        voice(server).speak(TEXT, "u")
    assert str(refused.value).startswith("127.0.0.1: ")
    assert words in str(refused.value)
    assert len(server.asked) == tries


def test_an_answer_without_end_or_without_beginning(server, said, monkeypatch):
    monkeypatch.setattr(remote, "LARGEST", 1000)
    server.answers = [(200, SOUND, wav(said.sound))]
    with pytest.raises(VoiceError, match="its answer is larger than"):
        voice(server).speak(TEXT, "u")
    unheard = RemoteVoice(Remote("gone", "http://127.0.0.1:1/v1"), lambda host: False)
    with pytest.raises(VoiceError, match=r"127\.0\.0\.1: it does not answer \(Connection refused\)"):
        unheard.speak(TEXT, "u")


def test_a_key_that_is_not_there_is_said_and_nothing_goes_out(server, monkeypatch):
    monkeypatch.delenv("STUDIO_KEY", raising=False)
    with pytest.raises(VoiceError, match="its key is not in the environment variable STUDIO_KEY"):
        voice(server, key_env="STUDIO_KEY").speak(TEXT, "u")
    assert not server.asked


def test_without_consent_nothing_goes_to_another_machine(monkeypatch):
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it tried to connect")

    monkeypatch.setattr("http.client.HTTPSConnection.connect", never)
    asked: list[str] = []

    def allowed(host: str) -> bool:
        asked.append(host)
        return False

    away = RemoteVoice(Remote("away", "https://speech.example/v1"), allowed)
    with pytest.raises(VoiceError, match=r"avatar consent grant remote-voice speech\.example"):
        away.speak(TEXT, "u")
    assert asked == ["speech.example"]
    settings = VoiceSettings(remotes={"away": Remote("away", "https://speech.example/v1")})
    with pytest.raises(VoiceError, match="consent"):
        Voices(settings)("remote:away").speak(TEXT, "u")


def test_wav_of_every_kind_and_of_unknown_length():
    wave_ = (0.5 * np.sin(np.arange(2400) * 0.05)).astype(np.float32)
    whole = wav(wave_)
    sound, rate = decoded(whole, "x")
    assert rate == 24000
    np.testing.assert_allclose(sound, wave_, atol=1e-4)
    for unknown in (0, 0xFFFFFFFF):  # a header written before its sound was
        streamed = whole[:40] + struct.pack("<I", unknown) + whole[44:]
        np.testing.assert_array_equal(decoded(streamed, "x")[0], sound)

    wide = wave_.astype(np.float64)
    three = (wide * (1 << 23)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]

    def made(kind, bits, data, channels=1):
        head = struct.pack("<HHIIHH", kind, channels, 16000, 0, 0, bits)
        return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(data)) + data

    for data in (
        made(3, 32, wave_.tobytes()),
        made(1, 8, np.rint(wave_ * 127 + 128).astype(np.uint8).tobytes()),
        made(1, 32, (wide * (1 << 31)).astype("<i4").tobytes()),
        made(1, 24, three.tobytes()),
        made(3, 32, np.repeat(wave_, 6).tobytes(), 6),
    ):
        np.testing.assert_allclose(decoded(data, "x")[0], wave_, atol=0.01)
    with pytest.raises(VoiceError, match="x: a sample of what it sent is not a number"):
        decoded(made(3, 32, np.array([np.nan], "<f4").tobytes()), "x")
    with pytest.raises(VoiceError, match="x: WAV of format 7"):
        decoded(made(7, 8, b"abc"), "x")
