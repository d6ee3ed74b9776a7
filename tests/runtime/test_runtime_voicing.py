"""Which voice a run speaks with, asked by settings, by event and by language; and that a refusal stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.animate.persona import Persona
from avatar.clock import ManualClock
from avatar.errors import UnknownVoiceError, VoiceError
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import open_device
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.runtime.texts import text_of
from avatar.runtime.voicing import all_voices, voices_for
from avatar.types import Say


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "presence").mkdir()
    return tmp_path / "presence" / "settings.toml"


def test_a_run_goes_over_what_is_settled(own_settings):
    own_settings.write_text('[voice]\nname = "none"\nrate = 1.5\npitch = 2.0\n')
    assert voices_for().check(None) == "none"
    assert voices_for("heart").check(None) == "heart"
    assert voices_for(language="en").check(None) == "heart"
    manner = voices_for(rate=0.8).manner
    assert (manner.rate, manner.pitch, manner.breath) == (0.8, 2.0, True)
    with pytest.raises(UnknownVoiceError, match="nobody"):
        voices_for("nobody")
    with pytest.raises(VoiceError, match="speed"):
        voices_for(rate=3.0)
    own_settings.write_text('[voice]\nname = "nobody"\n')
    assert any(entry.name == "heart" for entry in all_voices())


def test_a_refused_voice_or_language_is_said_to_who_asked_and_the_next_is_heard():
    clock = ManualClock()
    inbox: Inbox[Delivery] = Inbox()
    voices = voices_for("none")
    speaker = Speaker(clock, open_device(clock, "none"), voices, sync=True)
    doors = Doors(inbox, clock, Capabilities(voices=voices.names()))
    talk = Conversation(inbox, speaker, doors.publish, "Hikari", [], [])
    client = doors.memory()
    assert client.send("presence.say", text="Hello.", voice="nobody")["data"]["code"] == "unknown_name"
    client.send("presence.say", text="Hello.", voice="hibari:nobody")
    client.send("presence.say", text="Hello.", voice="heart", language="xx")
    client.send("presence.say", text="Hello.", utterance="good", voice="heart", language="en-GB")
    client.send("presence.say", text="Hello.", utterance="silent", language="xx")
    for _ in range(300):
        talk.step(clock.advance(0.02))
    events = client.received()
    refused = [(e["data"]["code"], e["data"]["pointer"]) for e in events if e["type"] == "presence.error"]
    assert refused == [("unknown_name", "/data/voice"), ("unknown_name", "/data/language")]
    heard = [e["data"]["utterance"] for e in events if e["type"] == "presence.speech.finished"]
    assert heard == ["good", "silent"]
    speaker.close()


def test_a_personas_tempo_is_its_voices_pace():
    def seconds(persona: Persona) -> float:
        clock = ManualClock()
        speaker = Speaker(clock, open_device(clock, "none"), voices_for("none"), sync=True, persona=persona)
        speaker.say(Say("The rain has stopped and everybody is on the way home.", "u"))
        return speaker.device.mixer.waiting

    assert seconds(Persona(tempo=0.0)) / seconds(Persona(tempo=1.0)) == pytest.approx(1.12 / 0.9, abs=0.03)
    assert Persona().speech_rate == 1.0


def test_a_text_is_itself_or_a_file(tmp_path):
    assert text_of("Hello there.") == "Hello there."
    assert text_of("a" * 5000) == "a" * 5000
    assert text_of("no\0file") == "no\0file"
    path = tmp_path / "text.txt"
    path.write_text("Kept here.")
    assert text_of(str(path)) == "Kept here."
