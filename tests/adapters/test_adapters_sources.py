"""Programs that make the companion speak: their documented messages, byte for byte, into events and back."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from adapter_fakes import SET_MODEL, rtvi, sentence, tone

from avatar.events.codec import decode
from avatar.io.adapters.aiavatarkit import AiAvatarKit
from avatar.io.adapters.base import End, GarbageError, Source, Step, Tell, ToEngine, ToPeer
from avatar.io.adapters.open_llm_vtuber import OpenLlmVtuber, emotions
from avatar.io.adapters.pipecat_rtvi import PipecatRtvi
from avatar.io.adapters.protobuf import audio_frame, message_frame, pack_audio, pack_message
from avatar.io.adapters.sounds import PIECE, wave, wave_events, words_in_time
from avatar.speech.pcm import wav as heard

FACES = {
    "expressions": ["neutral", "happy", "sad", "angry", "surprised", "relaxed"],
    "gestures": ["wave", "nod", "bow"],
}


def joined(kind: Any, *more: Any) -> Any:
    made = kind("s1", *more)
    made.welcome(FACES)
    return made


def events(steps: list[Step]) -> list[tuple[str, dict[str, Any]]]:
    """What goes to the engine; each is an event that the contract takes."""
    found = [(s.type, s.data) for s in steps if isinstance(s, ToEngine)]
    for kind, data in found:
        decode(json.dumps({"specversion": "1.0", "id": "1", "source": "t", "type": kind, "data": data}))
    return found


def sent(steps: list[Step]) -> list[str | bytes]:
    return [s.message for s in steps if isinstance(s, ToPeer)]


def started(source: Source, name: str) -> list[Step]:
    return source.engine("presence.speech.started", {"utterance": name, "at": 1.0, "seconds": 0.5})


def finished(source: Source, name: str, kind: str = "finished") -> list[Step]:
    return source.engine(f"presence.speech.{kind}", {"utterance": name, "at": 1.5, "seconds": 0.5})


def test_open_llm_vtuber_speaks_a_sentence_with_its_face_and_is_answered_as_its_page_does() -> None:
    source = joined(OpenLlmVtuber)
    assert source.opened() == []
    assert source.peer('{"type": "full-text", "text": "Connection established"}') == []
    assert source.ready
    assert source.peer(SET_MODEL) == []
    assert source.peer('{"type": "group-update", "members": [], "is_owner": false}') == []
    assert source.peer('{"type": "control", "text": "start-mic"}') == []
    (timing, marks), (kind, audio) = events(source.peer(sentence(sound=tone())))
    assert (timing, kind) == ("presence.speech.timing", "presence.speech.audio")
    assert [m[2] for m in marks["marks"]] == ["Hello", "there."]
    assert (audio["encoding"], audio["rate"], audio["channels"], audio["final"]) == ("wav", 16000, 1, True)
    sound, rate = heard(base64.b64decode(audio["audio"]))
    assert (len(sound), rate) == (8000, 16000)
    name = audio["utterance"]
    steps = started(source, name)
    assert events(steps) == [("presence.express", {"expression": "happy", "intensity": 1.0})]
    assert sent(steps) == [
        '{"type":"audio-play-start","display_text":{"text":"Hello there.","name":"Mao","avatar":"mao.png"},'
        '"forwarded":true}'
    ]
    assert source.peer('{"type": "backend-synth-complete"}') == [], "it is still heard"
    assert sent(finished(source, name)) == ['{"type":"frontend-playback-complete"}']
    assert source.peer('{"type": "force-new-message"}') == []


def test_open_llm_vtuber_with_no_sound_is_said_in_the_companions_voice() -> None:
    source = joined(OpenLlmVtuber)
    ((kind, data),) = events(source.peer(sentence(expressions='["surprise"]')))
    assert (kind, data["text"]) == ("presence.say", "Hello there.")
    assert events(started(source, data["utterance"])) == [
        ("presence.express", {"expression": "surprised", "intensity": 1.0})
    ]
    assert events(source.peer(sentence("...", '["sadness"]'))) == [
        ("presence.express", {"expression": "sad", "intensity": 1.0})
    ]


def test_tags_that_are_left_in_what_is_displayed_are_the_face_and_no_caption() -> None:
    source = joined(OpenLlmVtuber)
    source.peer(SET_MODEL)
    (_, marks), (_, audio) = events(source.peer(sentence("[surprise] Oh, hello.", "[3]", tone())))
    assert [m[2] for m in marks["marks"]] == ["Oh,", "hello."]
    assert events(started(source, audio["utterance"]))[0][1]["expression"] == "surprised"


def test_open_llm_vtuber_interrupts_both_ways() -> None:
    source = joined(OpenLlmVtuber)
    first, second = (events(source.peer(sentence(sound=tone())))[1][1]["utterance"] for _ in range(2))
    started(source, first)
    steps = source.peer('{"type": "control", "text": "interrupt"}')
    assert events(steps) == [("presence.interrupt", {"utterance": n}) for n in (first, second)]
    assert sent(finished(source, first, "interrupted")) == [], "it knows: the word was its own"

    third = events(source.peer(sentence(sound=tone())))[1][1]["utterance"]
    started(source, third)
    assert sent(finished(source, third, "interrupted")) == ['{"type":"interrupt-signal","text":"Hello there."}']

    fourth = events(source.peer(sentence(sound=tone())))[1][1]["utterance"]
    started(source, fourth)
    steps = source.typed("")
    assert events(steps) == [("presence.interrupt", {"utterance": fourth})]
    assert sent(steps) == ['{"type":"interrupt-signal","text":"Hello there."}']
    assert sent(source.typed(" How are you? ")) == ['{"type":"text-input","text":"How are you?"}']


def test_open_llm_vtuber_is_not_kept_waiting_by_a_sentence_that_is_refused() -> None:
    source = joined(OpenLlmVtuber)
    name = events(source.peer(sentence(sound=tone())))[1][1]["utterance"]
    source.peer('{"type": "backend-synth-complete"}')
    error = {"id": "x", "code": "rate_limited", "message": "", "refused": "presence.speech.audio", "utterance": name}
    assert sent(source.engine("presence.error", error)) == ['{"type":"frontend-playback-complete"}']


def test_numbers_of_expressions_are_the_models_own() -> None:
    assert emotions(json.loads(SET_MODEL)["model_info"]) == {0: "neutral", 2: "anger", 1: "sadness", 3: "joy"}
    assert emotions({"emotionMap": {"blush": 4, "smile": 4, "x": "file.exp3"}}) == {4: "smile"}
    assert emotions(None) == {}


def chunk(**fields: Any) -> str:
    whole = {"type": "chunk", "session_id": "s1", "user_id": "presence", "context_id": "c9", "text": None}
    whole |= {"voice_text": None, "language": None, "avatar_control_request": None, "audio_data": None, "metadata": {}}
    return json.dumps(whole | fields, separators=(",", ":"))


def test_aiavatarkit_greets_speaks_and_moves() -> None:
    source = joined(AiAvatarKit)
    assert sent(source.opened()) == ['{"type":"start","session_id":"s1","user_id":"presence","context_id":null}']
    source.peer(chunk(type="connected"))
    assert source.ready
    asked = {"animation_name": "wave_hands", "animation_duration": 4.0, "face_name": "joy", "face_duration": 4.0}
    sound = base64.b64encode(tone()).decode()
    text = "[face:joy][animation:wave_hands]Hello."
    steps = source.peer(chunk(text=text, voice_text="Hello.", avatar_control_request=asked, audio_data=sound))
    (_, marks), (kind, audio) = events(steps)
    assert (marks["marks"][0][2], kind) == ("Hello.", "presence.speech.audio")
    assert events(started(source, audio["utterance"])) == [
        ("presence.express", {"expression": "happy", "intensity": 1.0, "seconds": 4.0}),
        ("presence.gesture", {"name": "wave"}),
    ]
    assert sent(source.typed("Hi")) == [
        '{"type":"invoke","session_id":"s1","user_id":"presence","context_id":"c9","text":"Hi"}'
    ]
    assert events(source.peer(chunk(type="final", text=text, voice_text="Hello."))) == []
    assert events(source.peer(chunk(type="stop"))) == [("presence.interrupt", {"utterance": audio["utterance"]})]


def test_aiavatarkit_sound_in_pieces_is_one_utterance() -> None:
    source = joined(AiAvatarKit)
    form = {"pcm_format": {"sample_rate": 24000, "channels": 1, "sample_width": 2}}
    assert events(source.peer(chunk(text="Hello.", voice_text="Hello.", metadata=form))) == []
    pieces = []
    for k in range(3):
        piece = base64.b64encode(bytes([k, 0]) * 400).decode()
        pieces += events(source.peer(chunk(audio_data=piece, metadata=form)))
    assert [d.get("final") for _, d in pieces] == [None] * 3
    ((_, last),) = events(source.peer(chunk(type="final", text="Hello.")))
    assert (last["final"], last["audio"]) == (True, "")
    assert len({d["utterance"] for _, d in pieces} | {last["utterance"]}) == 1
    assert b"".join(base64.b64decode(d["audio"]) for _, d in pieces) == b"".join(bytes([k, 0]) * 400 for k in range(3))


def test_aiavatarkit_without_a_voice_is_said_in_the_companions() -> None:
    source = joined(AiAvatarKit)
    ((kind, data),) = events(source.peer(chunk(text="[face:sorrow]Oh.", voice_text="Oh.")))
    assert (kind, data["text"]) == ("presence.say", "Oh.")
    error = chunk(type="final", metadata={"error": "WebSocket disconnect: session_id is required."})
    assert source.peer(error) == [Tell("aiavatarkit reports: WebSocket disconnect: session_id is required.")]


def test_rtvi_words_are_spoken_as_they_come() -> None:
    source = joined(PipecatRtvi)
    assert sent(source.opened()) == [
        '{"label":"rtvi-ai","type":"client-ready","id":"1","data":{"version":"1.0.0",'
        '"about":{"library":"presence","library_version":"1"}}}'
    ]
    source.peer(rtvi("bot-ready", '{"version": "1.0.0", "config": []}'))
    assert source.ready
    assert source.peer(rtvi("bot-started-speaking")) == []
    first = events(source.peer(rtvi("bot-tts-text", '{"text": "Hello"}')))
    second = events(source.peer(rtvi("bot-tts-text", '{"text": "there."}')))
    last = events(source.peer(rtvi("bot-stopped-speaking")))
    assert [kind for kind, _ in first + second + last] == ["presence.say.delta"] * 3
    assert [d["text"] for _, d in first + second + last] == ["Hello ", "there. ", ""]
    assert last[0][1]["final"] is True
    assert len({d["utterance"] for _, d in first + second + last}) == 1
    assert events(source.peer(rtvi("bot-tts-text", '{"text": "Next"}')))[0][1]["utterance"] != first[0][1]["utterance"]


@pytest.mark.parametrize("kind", ["bot-interrupted", "user-started-speaking"])
def test_rtvi_an_interrupted_bot_falls_silent(kind: str) -> None:
    source = joined(PipecatRtvi)
    name = events(source.peer(rtvi("bot-tts-text", '{"text": "Hello"}')))[0][1]["utterance"]
    assert events(source.peer(rtvi(kind)))[0] == ("presence.interrupt", {"utterance": name})
    spoken = rtvi("user-transcription", '{"text": "Stop", "user_id": "u", "timestamp": "t", "final": true}')
    assert source.peer(spoken) == [], "what a person says is told to nobody"


def test_rtvi_in_pipecats_own_frames_carries_its_sound() -> None:
    source = joined(PipecatRtvi, True)
    (ready,) = sent(source.opened())
    assert isinstance(ready, bytes)
    assert json.loads(message_frame(ready) or "")["type"] == "client-ready"
    source.peer(pack_message(rtvi("bot-ready", '{"version": "1.4.0"}')))
    assert source.ready
    marks = events(source.peer(pack_message(rtvi("bot-tts-text", '{"text": "Hello there."}'))))
    sound = events(source.peer(pack_audio(b"\1\0" * 240, 24000, 1)))
    last = events(source.peer(pack_message(rtvi("bot-stopped-speaking"))))
    assert [k for k, _ in marks + sound + last] == ["presence.speech.timing", *["presence.speech.audio"] * 2]
    assert len({d["utterance"] for _, d in marks + sound + last}) == 1
    assert base64.b64decode(sound[0][1]["audio"]) == b"\1\0" * 240
    assert last[0][1]["final"] is True


def test_rtvi_sound_in_messages_is_heard_and_not_said_again() -> None:
    source = joined(PipecatRtvi)
    piece = rtvi("bot-tts-audio", '{"audio": "AQABAA==", "sample_rate": 24000, "num_channels": 1}')
    ((kind, data),) = events(source.peer(piece))
    assert (kind, data["encoding"], data["rate"], data["audio"]) == (
        "presence.speech.audio",
        "pcm_s16le",
        24000,
        "AQABAA==",
    )
    ((kind, timed),) = events(source.peer(rtvi("bot-tts-text", '{"text": "Hello"}')))
    assert (kind, timed["utterance"]) == ("presence.speech.timing", data["utterance"])
    with pytest.raises(GarbageError):
        source.peer(rtvi("bot-tts-audio", '{"audio": "AQABAA=="}'))


def test_pipecats_frames_are_protobuf() -> None:
    """The bytes of its generated code: Frame{audio: {id: 1, name: "a", audio: ab, sample_rate: 24000, channels: 2}}."""
    frame = bytes.fromhex("12 0f 08 01 12 01 61 1a 02 61 62 20 c0 bb 01 28 02".replace(" ", ""))
    assert audio_frame(frame) == (b"ab", 24000, 2)
    assert message_frame(frame) is None
    assert message_frame(bytes.fromhex("22040a027b7d")) == "{}"
    assert pack_message("{}") == bytes.fromhex("22040a027b7d")
    for bad in (b"\xff" * 11, b"\x12\x7f", b"\x0b", b"\x22\x04\x0a\x02\xff\xfe"):
        with pytest.raises(GarbageError):
            message_frame(bad)


def test_another_version_of_rtvi_ends_it_for_good() -> None:
    (end,) = joined(PipecatRtvi).peer(rtvi("bot-ready", '{"version": "9.0.0"}'))
    assert end == End("the bot speaks RTVI 9.0.0; this adapter knows 1.x", final=True)
    fatal = joined(PipecatRtvi).peer(rtvi("error", '{"error": "no key", "fatal": true}'))
    assert fatal == [End("the bot reports: no key")]


def test_what_has_not_come_whole_stops_when_the_program_goes() -> None:
    source = joined(PipecatRtvi)
    name = events(source.peer(rtvi("bot-tts-text", '{"text": "Hello"}')))[0][1]["utterance"]
    assert events(source.closed()) == [("presence.interrupt", {"utterance": name})]
    whole = joined(OpenLlmVtuber)
    whole.peer(sentence(sound=tone()))
    assert whole.closed() == []


@pytest.mark.parametrize("kind", [OpenLlmVtuber, AiAvatarKit, PipecatRtvi])
@pytest.mark.parametrize(
    "message",
    ["", "{", "[]", "null", '"a"', "{}", '{"type": 3}', '{"type": NaN}', "[" * 50_000, "\ud800", b"\xff\xfe", b"\x12"],
)
def test_garbage_is_one_error(kind: Any, message: str | bytes) -> None:
    with pytest.raises(GarbageError):
        joined(kind).peer(message)


@pytest.mark.parametrize("sound", ['"%%%"', "7", '"UklGRg=="', f'"{base64.b64encode(b"ID3" + b"x" * 99).decode()}"'])
def test_sound_that_is_none_is_one_error_and_no_utterance(sound: str) -> None:
    source = joined(OpenLlmVtuber)
    with pytest.raises(GarbageError):
        source.peer(sentence().replace("null", sound))
    assert not source.spoken
    with pytest.raises(GarbageError):
        joined(AiAvatarKit).peer(chunk(voice_text="a", audio_data=json.loads(sound)))


def test_mutilated_messages_are_understood_or_refused() -> None:
    """Whatever is cut out or changed, it is an event of the contract or a GarbageError, and nothing else."""
    rng = np.random.default_rng(7)
    asked = {"face_name": "joy", "animation_name": "nod"}
    kept = [
        (OpenLlmVtuber, SET_MODEL),
        (OpenLlmVtuber, sentence(sound=tone(0.01))),
        (AiAvatarKit, chunk(voice_text="a", avatar_control_request=asked)),
        (PipecatRtvi, rtvi("bot-tts-text", '{"text": "Hello"}')),
    ]
    good = 0
    for _ in range(1500):
        kind, text = kept[rng.integers(len(kept))]
        raw = bytearray(text.encode())
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(raw)))
            raw[at : at + int(rng.integers(0, 3))] = bytes(rng.choice(list(b'0[]{}":,anull'), int(rng.integers(0, 3))))
        try:
            events(joined(kind).peer(raw.decode()))
            good += 1
        except GarbageError:
            pass
    assert 100 < good < 1500


def test_a_long_sound_is_cut_to_the_size_of_an_event() -> None:
    found = wave(tone(40.0))
    steps = wave_events("u", found)
    assert len(steps) > 1
    assert [d.get("final") for _, d in events(steps)] == [None] * (len(steps) - 1) + [True]
    parts = [heard(base64.b64decode(d["audio"]))[0] for _, d in events(steps)]
    assert np.array_equal(np.concatenate(parts), heard(tone(40.0))[0])
    assert max(len(base64.b64decode(d["audio"])) for _, d in events(steps)) <= PIECE + 64


def test_words_are_said_where_it_is_loud() -> None:
    """Half a second of silence, one of voice, half of silence: the words lie within the voice, in order."""
    volumes = [0.0] * 25 + [0.9] * 50 + [0.0] * 25
    ((_, data),) = events(words_in_time("u", "One two three four.", 2.0, volumes))
    starts = [m[0] for m in data["marks"]]
    assert starts == sorted(starts)
    assert 0.5 <= starts[0] < 0.55
    assert 1.4 < starts[-1] <= 1.5
    assert all(a == b for a, b, _ in data["marks"]), "no length: the mouth is left to what is heard"
    assert words_in_time("u", "", 2.0, volumes) == []
    assert events(words_in_time("u", "One two", 2.0, [0.0] * 10))[0][1]["marks"][0][0] == 0.0
