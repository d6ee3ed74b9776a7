"""The whole contract as one table: every inbound type, its fields, its scope; every outbound type, its data."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from avatar.ceremony import script
from avatar.errors import EventError
from avatar.events import messages
from avatar.events.codec import CODES, decode, encode
from avatar.tracking import gestures

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
MARKS = [[0.0, 0.2, "HH"], [0.2, 0.4, 3]]
AT = {"at": 3.5}

# type: (scope, required data, optional data)
INBOUND: dict[str, tuple[str | None, dict[str, Any], dict[str, Any]]] = {
    "hello": (
        None,
        {"client": "bot"},
        {"token": "t", "scopes": ["speak", "pose", "direct", "observe"], "visemes": True, "stays": True},
    ),
    "say": (
        "speak",
        {"text": "Hello."},
        {"utterance": "u", "expression": "happy", "intensity": 0.5, "voice": "heart", "language": "en-US"}
        | {"interrupt": True}
        | AT,
    ),
    "say.delta": ("speak", {"utterance": "u", "text": "Hel"}, {"final": True} | AT),
    "speech.audio": (
        "speak",
        {"utterance": "u", "encoding": "pcm_s16le", "rate": 24000, "channels": 1},
        {"audio": "AAAA", "final": True} | AT,
    ),
    "speech.timing": ("speak", {"utterance": "u", "unit": "phone", "marks": MARKS}, {"alphabet": "arpabet"} | AT),
    "interrupt": ("speak", {}, {"utterance": "u"} | AT),
    "express": ("pose", {"expression": "happy", "intensity": 1}, {"seconds": 2, "fade": 0.1} | AT),
    "gesture": ("pose", {"name": "wave"}, {"intensity": 0.5, "seconds": 2} | AT),
    "gaze": ("pose", {"target": "user"}, {"point": [0, 1, -2]} | AT),
    "weights": ("pose", {"expressions": {"aa": 0.5, "happy": 1}}, AT),
    "move": ("direct", {"anchor": "left"}, {"offset": [0, 0, 1], "turn": -1.5, "scale": 1.0, "seconds": 1} | AT),
    "prop": ("direct", {"name": "ring", "action": "attach"}, {"to": "leftHand"} | AT),
    "caption": ("direct", {"text": "Once"}, {"speaker": "Narrator", "seconds": 4} | AT),
    "companion": ("direct", {"model": "hikari"}, {"persona": "gentle"} | AT),
    "cue.go": ("direct", {}, {"ceremony": "vows", "cue": "3"} | AT),
    "cue.hold": ("direct", {}, {"ceremony": "vows", "cue": "3"} | AT),
    "cue.back": ("direct", {}, {"ceremony": "vows", "cue": "3"} | AT),
    "cue.goto": ("direct", {}, {"ceremony": "vows", "cue": "3"} | AT),
    "panic": ("direct", {}, {"fade": 0.1} | AT),
    "resume": ("direct", {}, {"fade": 0.1} | AT),
    "crisis": ("speak", {}, AT),
    "goodbye": ("speak", {}, AT),
}

BAD_VALUES: list[tuple[str, str, Any]] = [
    ("hello", "client", ""),
    ("hello", "scopes", ["fly"]),
    ("say", "text", 7),
    ("say", "text", ""),
    ("say", "intensity", 1.5),
    ("say", "intensity", "1"),
    ("say", "interrupt", 1),
    ("say", "at", -1),
    ("say.delta", "final", "yes"),
    ("speech.audio", "encoding", "mp3"),
    ("speech.audio", "rate", 24000.5),
    ("speech.audio", "rate", 1),
    ("speech.audio", "channels", 6),
    ("speech.audio", "audio", "not base64!"),
    ("speech.timing", "unit", "syllable"),
    ("speech.timing", "alphabet", "klingon"),
    ("express", "intensity", -0.1),
    ("express", "seconds", -1),
    ("gesture", "name", "x" * 200),
    ("gaze", "target", "wall"),
    ("move", "scale", 0),
    ("prop", "action", "eat"),
    ("companion", "model", ""),
    ("panic", "fade", True),
]

OUTBOUND: list[messages.Data] = [
    messages.Welcome(session="s", scopes=["speak"], clock=1.5, capabilities=messages.Capabilities(gestures=["wave"])),
    messages.Ack(id="1"),
    messages.Error(id=None, code="invalid_json", pointer="", message="m"),
    messages.SpeechStarted(utterance="u", at=1.0, seconds=2.0),
    messages.SpeechFinished(utterance="u", at=1.0, seconds=2.0),
    messages.SpeechInterrupted(utterance="u", at=1.0, seconds=2.0),
    messages.Viseme(at=1.0, weights=[0.0] * 15),
    messages.ExpressionShown(at=1.0, expression="happy", intensity=0.5, seconds=2.0),
    messages.GestureStarted(at=1.0, name="wave"),
    messages.Notice(kind="disclosure", text="An AI."),
    messages.CaptionShown(text="Hi", speaker="Hikari", utterance="u"),
    messages.CueStandby(ceremony="c", cue="q", number="12.5", at=0.0),
    messages.CueStarted(ceremony="c", cue="q", number="12.5", at=0.0),
    messages.CueFinished(ceremony="c", cue="q", number="12.5", at=0.0),
    messages.CueFailed(ceremony="c", cue="q", number="12.5", at=0.0),
    messages.Camera(state="live"),
    messages.Stage(fps=30.0, age_ms=20.0, companions=["hikari"]),
    messages.Stage(fps=30.0, age_ms=20.0, companions=["hikari"], tracking="live", eased=("pose", "matte")),
    messages.UserArrived(at=1.0),
    messages.UserLeft(at=1.0),
    messages.UserAttention(at=1.0, companion=True),
    messages.UserGesture(at=1.0, name="bow"),
    messages.UserFace(at=1.0, smile=0.7),
]


def event(kind: str, data: Any, **more: Any) -> str:
    envelope = {"specversion": "1.0", "id": "e-1", "source": "tests", "type": f"presence.{kind}", "data": data}
    return json.dumps(envelope | more)


def refused(text: str | bytes) -> EventError:
    with pytest.raises(EventError) as refusal:
        decode(text)
    assert refusal.value.code in CODES
    assert "\n" not in str(refusal.value)
    return refusal.value


def test_the_table_is_the_contract() -> None:
    assert {f"presence.{kind}" for kind in INBOUND} == set(messages.INBOUND)
    assert {data.TYPE for data in OUTBOUND} == set(messages.OUTBOUND)


@pytest.mark.skipif(not (SHARED / "EVENTS.md").is_file(), reason="the contract document is not beside the checkout")
def test_the_table_is_the_document() -> None:
    text = (SHARED / "EVENTS.md").read_text()
    _, inward, outward, errors = re.split(r"^## (?:In|Out|Errors.*)$", text, flags=re.MULTILINE)

    def named(section: str) -> set[str]:
        found = set()
        for line in re.findall(r"^\| (presence\..*?) \|", section, flags=re.MULTILINE):
            first, *rest = [part.strip() for part in line.split(" / ")]
            stem = first.rsplit(".", 1)[0]
            found |= {first} | {part if part.startswith("presence.") else stem + part for part in rest}
        return found

    assert named(inward) == set(messages.INBOUND)
    added = {"presence.expression.shown", "presence.gesture.started"}
    assert named(outward) | added == set(messages.OUTBOUND)
    assert tuple(re.findall(r"`([a-z_]+)`", errors)) == CODES


@pytest.mark.parametrize("kind", INBOUND)
def test_each_type_least_and_most(kind: str) -> None:
    scope, required, optional = INBOUND[kind]
    data_class = messages.INBOUND[f"presence.{kind}"]
    assert scope == data_class.SCOPE
    least, most = decode(event(kind, required)), decode(event(kind, required | optional))
    for decoded, given in ((least, required), (most, required | optional)):
        assert type(decoded.data) is data_class
        assert (decoded.id, decoded.source, decoded.type) == ("e-1", "tests", f"presence.{kind}")
        kept = json.loads(decoded.data.model_dump_json(exclude_unset=True))
        assert kept == given
    assert set(data_class.model_fields) == set(required) | set(optional), "a field the table does not know"


@pytest.mark.parametrize("kind", INBOUND)
def test_each_required_field_is_missed_by_name(kind: str) -> None:
    required = INBOUND[kind][1]
    for name in required:
        error = refused(event(kind, {k: v for k, v in required.items() if k != name}))
        assert (error.code, error.pointer, error.event_id) == ("missing_field", f"/data/{name}", "e-1")
        assert name in str(error)
    if not required:
        bare = json.loads(event(kind, {}))
        del bare["data"]
        assert decode(json.dumps(bare)).data == decode(event(kind, {})).data


@pytest.mark.parametrize("kind", INBOUND)
def test_each_type_refuses_an_unknown_field_by_name(kind: str) -> None:
    error = refused(event(kind, INBOUND[kind][1] | {"colour": 1}))
    assert (error.code, error.pointer, error.event_id) == ("unknown_field", "/data/colour", "e-1")
    assert "colour" in str(error)


@pytest.mark.parametrize(("kind", "name", "value"), BAD_VALUES)
def test_bad_values_point_at_their_field(kind: str, name: str, value: Any) -> None:
    error = refused(event(kind, INBOUND[kind][1] | {name: value}))
    assert error.code == "bad_value"
    assert error.pointer.startswith(f"/data/{name}")


@pytest.mark.parametrize(
    ("kind", "data", "code", "pointer"),
    [
        ("gaze", {"target": "point"}, "missing_field", "/data/point"),
        ("gaze", {"target": "point", "point": [0, 1]}, "missing_field", "/data/point/2"),
        ("gaze", {"target": "point", "point": [0, 1, "2"]}, "bad_value", "/data/point/2"),
        ("weights", {"expressions": {"aa": 2}}, "bad_value", "/data/expressions/aa"),
        ("weights", {"expressions": {"a/b~c": 2}}, "bad_value", "/data/expressions/a~1b~0c"),
        ("speech.timing", {"utterance": "u", "unit": "word", "marks": [[0, 1, None]]}, "bad_value", "/data/marks/0/2"),
        ("speech.timing", {"utterance": "u", "unit": "word", "marks": [[0, -1, "a"]]}, "bad_value", "/data/marks/0/1"),
    ],
)
def test_pointers_reach_inside(kind: str, data: Any, code: str, pointer: str) -> None:
    error = refused(event(kind, data))
    assert (error.code, error.pointer) == (code, pointer)


def test_a_misspelt_field_is_named_with_its_cure() -> None:
    error = refused(event("say", {"txt": "Hello"}))
    assert (error.code, error.pointer) == ("unknown_field", "/data/txt")
    assert "did you mean 'text'" in str(error)
    error = refused(event("sya", {"text": "Hello"}))
    assert (error.code, error.pointer) == ("unknown_type", "/type")
    assert "did you mean 'presence.say'" in str(error)


@pytest.mark.parametrize("data", OUTBOUND, ids=lambda d: d.TYPE)
def test_outbound_is_a_cloud_event(data: messages.Data) -> None:
    moment = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
    text = encode(data, "7", moment)
    assert "\n" not in text
    sent = json.loads(text)
    assert set(sent) == {"specversion", "id", "source", "type", "time", "data"}
    assert (sent["specversion"], sent["id"], sent["source"], sent["type"]) == ("1.0", "7", "presence", data.TYPE)
    assert datetime.fromisoformat(sent["time"]) == moment
    assert type(data).model_validate_json(json.dumps(sent["data"])) == data


def test_no_outbound_field_judges_the_person() -> None:
    fields = {name for kind in messages.OUTBOUND.values() for name in kind.model_fields}
    assert not fields & {"emotion", "mood", "feeling", "sentiment", "identity", "age", "gender"}


def test_the_person_s_gestures_have_the_same_names_wherever_they_are_written() -> None:
    told = get_args(messages.UserGesture.model_fields["name"].annotation)
    assert told == gestures.NAMES == get_args(script.OnGesture.model_fields["gesture"].annotation)
