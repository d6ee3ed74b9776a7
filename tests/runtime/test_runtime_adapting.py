"""A program's speech through its adapter into a whole engine: what is heard, shown and captioned, and how it ends."""

from __future__ import annotations

import base64
import io
import json
import wave
from typing import Any

import numpy as np
import pytest
from speaking_stage import Show, voice

from avatar.io.adapters.base import Adapter, Step, ToEngine
from avatar.io.adapters.open_llm_vtuber import OpenLlmVtuber
from avatar.io.adapters.pipecat_rtvi import PipecatRtvi
from avatar.io.adapters.protobuf import pack_audio, pack_message
from avatar.types import VISEMES

TEXT = "Peter brought a map. We will look at it."
OPEN = [VISEMES.index(name) for name in ("aa", "E", "ih", "oh", "ou")]


@pytest.fixture(scope="module")
def spoken() -> tuple[np.ndarray, int]:
    """(n,) int16 and its rate: a sentence as a program's own voice would send it."""
    speech = voice().speak(TEXT, "u")
    return (np.clip(speech.sound, -1, 1) * 32767).astype("<i2"), speech.rate


class Joined:
    """An adapter at a show's own door."""

    def __init__(self, adapter: Adapter) -> None:
        self.show, self.adapter = Show(), adapter
        self.show.client.session.visemes = True
        adapter.welcome({"expressions": ["neutral", "happy", "sad"], "gestures": ["wave"]})
        self._told = 0

    def do(self, steps: list[Step]) -> None:
        for step in steps:
            if isinstance(step, ToEngine):
                answer = self.show.client.send(step.type, **step.data)
                assert answer["type"] == "presence.ack", answer

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * self.show.fps)):
            self.show.step()
            news, self._told = self.show.news[self._told :], len(self.show.news)
            for _, event in news:
                self.do(self.adapter.engine(event["type"], event["data"]))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [e["data"] for _, e in self.show.news if e["type"] == f"presence.{kind}"]

    def open(self) -> np.ndarray:
        """(n, 2): when, and how open the mouth is, of every change that was told."""
        return np.array([[v["at"], sum(v["weights"][k] for k in OPEN)] for v in self.of("viseme")])


def payload(sound: np.ndarray, rate: int) -> str:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(sound.tobytes())
    slices = np.array_split(sound.astype(float), max(1, len(sound) * 50 // rate))
    loud = np.array([np.sqrt(np.mean(s**2)) for s in slices])
    shown = {"text": TEXT, "name": "Mao", "avatar": "mao.png"}
    said = {"type": "audio", "audio": base64.b64encode(file.getvalue()).decode(), "slice_length": 20}
    said |= {"volumes": list(loud / loud.max()), "display_text": shown, "actions": {"expressions": ["joy"]}}
    return json.dumps(said | {"forwarded": False})


def test_a_sentence_is_heard_with_its_face_its_captions_and_a_mouth_that_follows(spoken) -> None:
    sound, rate = spoken
    joined = Joined(OpenLlmVtuber("s"))
    joined.run(0.2)
    joined.do(joined.adapter.peer(payload(sound, rate)))
    joined.run(len(sound) / rate + 1.0)
    assert [c["text"] for c in joined.of("caption")] == ["Peter brought a map.", "We will look at it."]
    (start,), (end,) = joined.of("speech.started"), joined.of("speech.finished")
    shown = joined.of("expression.shown")
    assert (shown[0]["expression"], shown[0]["at"]) == ("happy", pytest.approx(start["at"], abs=0.1))
    moves = joined.open()
    loud = np.abs(sound.astype(float))
    hop = rate // 100
    level = np.sqrt(np.convolve(loud**2, np.ones(3 * hop) / (3 * hop), "same"))[::hop]
    # The mouth at each hundredth of a second, as it was last told.
    times = start["at"] + np.arange(len(level)) / 100
    held = moves[np.clip(np.searchsorted(moves[:, 0], times, "right") - 1, 0, None), 1]
    voiced, quiet = level > 0.15 * level.max(), level < 0.02 * level.max()
    assert held[voiced].mean() > 0.3
    assert held[voiced].mean() > 5 * held[quiet].mean()
    inner = np.arange(20, len(level) - 20)
    alike = {lag: np.corrcoef(held[inner + lag], level[inner])[0, 1] for lag in range(-20, 21)}
    assert -6 <= max(alike, key=lambda lag: alike[lag]) <= 12, "hundredths of a second, with the 0.12 s it buffers"
    assert moves[-1][1] < 0.02, "shut at the end"
    assert moves[-1][0] < end["at"] + 0.4


def test_a_bot_that_dies_in_mid_utterance_leaves_a_shut_mouth_and_nothing_is_said_again(spoken) -> None:
    sound, rate = spoken
    joined = Joined(PipecatRtvi("s", binary=True))
    joined.do(joined.adapter.peer(pack_message('{"label":"rtvi-ai","type":"bot-ready","data":{"version":"1.0.0"}}')))
    half = sound[: len(sound) // 2].tobytes()
    for k in range(0, len(half), 8192):
        joined.do(joined.adapter.peer(pack_audio(half[k : k + 8192], rate, 1)))
    joined.run(0.7)
    assert joined.open()[:, 1].max() > 0.3
    gone = joined.show.clock.now()
    joined.do(joined.adapter.closed())
    joined.run(0.5)
    moves = joined.open()
    assert moves[-1][1] < 0.02
    assert moves[-1][0] < gone + 0.4
    count = len(joined.of("speech.started"))
    joined.adapter = PipecatRtvi("t", binary=True)
    joined.do(joined.adapter.opened())
    joined.run(2.0)
    assert len(joined.of("speech.started")) == count
    assert joined.of("speech.interrupted")
