"""The gate refuses what the stage cannot do, by code and pointer, and knows which utterances live."""

from __future__ import annotations

import json
from typing import Any

import pytest

from avatar.errors import EventError
from avatar.events import messages
from avatar.events.codec import Event, decode
from avatar.events.commands import command
from avatar.events.gate import Gate
from avatar.events.messages import Capabilities
from avatar.types import Express, Gaze, Gesture, Halt, Hold, Interrupt, Say, Show

CAN = Capabilities(expressions=["happy", "aa"], gestures=["wave"], anchors=["left"], voices=["heart"])


def event(kind: str, id: str = "1", **data: Any) -> Event:
    return decode(json.dumps({"specversion": "1.0", "id": id, "source": "t", "type": f"presence.{kind}", "data": data}))


def gate(*kinds: str) -> Gate:
    return Gate((f"presence.{k}" for k in kinds), CAN)


def refusal(at: Gate, sent: Event) -> tuple[str, str, str | None]:
    with pytest.raises(EventError) as refused:
        at.admit(sent)
    return refused.value.code, refused.value.pointer, refused.value.event_id


def test_types_nobody_acts_on_yet() -> None:
    assert refusal(gate("say"), event("panic")) == ("not_ready", "/type", "1")
    gate("panic").admit(event("panic"))


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("say", {"text": "x", "expression": "zorp"}, "expression"),
        ("say", {"text": "x", "voice": "zorp"}, "voice"),
        ("express", {"expression": "zorp", "intensity": 1}, "expression"),
        ("gesture", {"name": "zorp"}, "name"),
        ("weights", {"expressions": {"aa": 1, "zorp": 1}}, "expressions"),
        ("move", {"anchor": "zorp"}, "anchor"),
    ],
)
def test_unknown_names(kind: str, data: dict[str, Any], field: str) -> None:
    assert refusal(gate(kind), event(kind, **data)) == ("unknown_name", f"/data/{field}", "1")
    Gate([f"presence.{kind}"], Capabilities()).admit(event(kind, **data))


def test_known_names_pass() -> None:
    at = gate("say", "express", "gesture", "weights", "move")
    at.admit(event("say", text="x", expression="happy", voice="heart"))
    at.admit(event("gesture", name="wave"))
    at.admit(event("weights", expressions={"aa": 1}))
    at.admit(event("move", anchor="left"))


def test_a_spot_has_its_place_in_its_name() -> None:
    at = Gate(["presence.move"], Capabilities(anchors=["beside", "spot"]))
    at.admit(event("move", anchor="spot"))
    at.admit(event("move", anchor="spot 0.2,0.9"))
    assert refusal(at, event("move", anchor="spot 9,9")) == ("bad_value", "/data/anchor", "1")
    assert refusal(at, event("move", anchor="beside 0.2,0.9")) == ("bad_value", "/data/anchor", "1")
    assert refusal(at, event("move", anchor="roof 0.2,0.9")) == ("unknown_name", "/data/anchor", "1")


def test_only_living_utterances_can_be_interrupted() -> None:
    at = gate("say", "interrupt")
    assert refusal(at, event("interrupt", utterance="u")) == ("unknown_utterance", "/data/utterance", "1")
    at.admit(event("say", text="x", utterance="u"))
    at.admit(event("say", id="e9", text="x"))
    at.admit(event("interrupt", utterance="u"))
    at.admit(event("interrupt", utterance="e9"))
    at.admit(event("interrupt"))
    at.observe(messages.SpeechFinished(utterance="u", at=1.0, seconds=1.0))
    at.observe(messages.SpeechInterrupted(utterance="e9", at=1.0, seconds=1.0))
    assert refusal(at, event("interrupt", utterance="u"))[0] == "unknown_utterance"
    assert refusal(at, event("interrupt", utterance="e9"))[0] == "unknown_utterance"
    at.observe(messages.SpeechStarted(utterance="own", at=1.0, seconds=1.0))
    at.admit(event("interrupt", utterance="own"))


def test_memory_of_utterances_is_bounded() -> None:
    at = gate("say", "interrupt")
    for k in range(6000):
        at.admit(event("say", id=str(k), text="x"))
    assert refusal(at, event("interrupt", utterance="0"))[0] == "unknown_utterance"
    at.admit(event("interrupt", utterance="5999"))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (event("say", id="e", text="[joy]Hi"), Say("[joy]Hi", "e")),
        (
            event("say", text="Hi", utterance="u", expression="happy", intensity=0.5, voice="v", language="en"),
            Say("Hi", "u", "happy", 0.5, "v", "en"),
        ),
        (event("say", text="Hi", utterance="u", interrupt=True), Say("Hi", "u", interrupt=True)),
        (event("interrupt"), Interrupt()),
        (event("interrupt", utterance="u"), Interrupt("u")),
        (event("express", expression="happy", intensity=0.5), Express("happy", 0.5)),
        (event("express", expression="happy", intensity=0, seconds=2, fade=0), Express("happy", 0.0, 2.0, 0.0)),
        (event("gesture", name="wave"), Gesture("wave")),
        (event("gaze", target="point", point=[0, 1, -2]), Gaze("point", (0.0, 1.0, -2.0))),
        (event("weights", expressions={"aa": 0.5}), Hold({"aa": 0.5})),
        (event("caption", text="Once", seconds=2), Show("Once", None, 2.0)),
        (event("panic", fade=0.1), Halt(0.1)),
        (event("resume"), None),
    ],
)
def test_commands(sent: Event, expected: object) -> None:
    assert command(sent) == expected


def test_an_engine_of_many_voices_may_be_asked_for_any_of_them() -> None:
    can = Capabilities(voices=["heart", "none", "espeak:de", "espeak:fr"])
    at = Gate(["presence.say"], can)
    for voice in ("heart", "espeak", "espeak:fr", "espeak:fr+f2", "espeak:en-gb", "hibari:heart"):
        at.admit(event("say", text="x", voice=voice))
    with pytest.raises(EventError, match=r"knows heart, none, espeak:…$"):
        at.admit(event("say", text="x", voice="ja:jf_alpha"))
