"""What is not an event is refused with the right code, whatever it is; nothing else ever comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yardstick import quiet_seconds

from avatar.errors import EventError
from avatar.events.codec import CODES, MAX_BYTES, Event, decode

GOOD = {"specversion": "1.0", "id": "7f3c", "source": "my-bot", "type": "presence.say", "data": {"text": "Hello."}}


def refused(text: str | bytes) -> EventError:
    with pytest.raises(EventError) as refusal:
        decode(text)
    return refusal.value


def without(name: str) -> str:
    return json.dumps({k: v for k, v in GOOD.items() if k != name})


@pytest.mark.parametrize(
    ("text", "code", "pointer", "event_id"),
    [
        ("", "invalid_json", "", None),
        ("{", "invalid_json", "", None),
        (json.dumps(GOOD) + " x", "invalid_json", "", None),
        (b"\xff\xfe", "invalid_json", "", None),
        ("\ud800", "invalid_json", "", None),
        (json.dumps(GOOD).replace("Hello.", "\\ud800"), "invalid_json", "", None),
        ("'" + "x" * MAX_BYTES, "too_large", "", None),
        ("[" * 33 + "]" * 33, "too_deep", "", None),
        ("[" * 100_000, "too_deep", "", None),
        (json.dumps(GOOD | {"data": {"text": "x", "at": eval("[" * 40 + "]" * 40)}}), "too_deep", "", None),
        (
            json.dumps(GOOD | {"data": {"text": "x", "intensity": float("nan")}}),
            "not_finite",
            "/data/intensity",
            "7f3c",
        ),
        (json.dumps(GOOD | {"data": {"text": "x", "at": float("-inf")}}), "not_finite", "/data/at", "7f3c"),
        (json.dumps(GOOD).replace('"Hello."', '"x","at":1e999'), "not_finite", "/data/at", "7f3c"),
        (json.dumps(GOOD | {"id": float("inf")}), "not_finite", "/id", None),
        ("[]", "bad_value", "", None),
        ("null", "bad_value", "", None),
        (json.dumps(GOOD | {"type": "presence.fly"}), "unknown_type", "/type", "7f3c"),
        (json.dumps(GOOD | {"type": "presence.ack"}), "unknown_type", "/type", "7f3c"),
        (json.dumps(GOOD | {"type": 5}), "bad_value", "/type", "7f3c"),
        (without("type"), "missing_field", "/type", "7f3c"),
        (without("id"), "missing_field", "/id", None),
        (without("source"), "missing_field", "/source", "7f3c"),
        (without("specversion"), "missing_field", "/specversion", "7f3c"),
        (without("data"), "missing_field", "/data", "7f3c"),
        (json.dumps(GOOD | {"id": ""}), "bad_value", "/id", None),
        (json.dumps(GOOD | {"id": 5}), "bad_value", "/id", None),
        (json.dumps(GOOD | {"specversion": "0.3"}), "bad_value", "/specversion", "7f3c"),
        (json.dumps(GOOD | {"time": "yesterday"}), "bad_value", "/time", "7f3c"),
        (json.dumps(GOOD | {"data": "Hello."}), "bad_value", "/data", "7f3c"),
        (json.dumps(GOOD | {"Priority": 1}), "unknown_field", "/Priority", "7f3c"),
        (json.dumps(GOOD | {"extra": {"a": 1}}), "bad_value", "/extra", "7f3c"),
    ],
    ids=lambda v: ascii(v)[:40] if isinstance(v, str | bytes) else None,
)
def test_refusals(text: str | bytes, code: str, pointer: str, event_id: str | None) -> None:
    error = refused(text)
    assert (error.code, error.pointer, error.event_id) == (code, pointer, event_id)


def test_exactly_a_mebibyte_is_taken() -> None:
    room = MAX_BYTES - len(json.dumps(GOOD | {"data": {"text": ""}}))
    assert decode(json.dumps(GOOD | {"data": {"text": "x" * room}})).id == "7f3c"
    assert refused(json.dumps(GOOD | {"data": {"text": "x" * (room + 1)}})).code == "too_large"


def test_what_other_cloud_event_senders_add_is_let_through() -> None:
    more = {
        "datacontenttype": "application/json",
        "subject": "a",
        "traceparent": "00-ab",
        "sequence": 4,
        "sampled": True,
    }
    event = decode(json.dumps(GOOD | more | {"time": "2026-11-22T19:00:00+01:00"}))
    assert event.time is not None
    assert event.time.utcoffset() is not None


def test_brackets_inside_text_are_not_depth() -> None:
    assert decode(json.dumps(GOOD | {"data": {"text": "[{" * 1000}})).id == "7f3c"
    assert refused(json.dumps(GOOD | {"data": {"text": "[{" * 1000, "x": 1}})).code == "unknown_field"
    assert refused(json.dumps(GOOD | {"data": {"text": '"[{' * 1000, "x": 1}})).code == "unknown_field"


def test_messages_never_repeat_content() -> None:
    secret = "CANARY-3141"
    for data in ({"text": secret, "x": 1}, {"text": 5, "voice": secret}, {"text": "", "language": secret * 9}):
        assert secret not in str(refused(json.dumps(GOOD | {"data": data})))
    assert secret not in str(refused(json.dumps(GOOD | {"id": secret * 99})))
    assert secret not in str(refused('{"a": ' + secret))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["specversion", "id", "source", "type", "data", "time", "text", "at", "expression", "marks"])
kinds = st.sampled_from(
    ["presence.say", "presence.gaze", "presence.weights", "presence.speech.timing", "presence.hello"]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(keys, values), kinds, st.dictionaries(keys, values))
def test_any_json_is_an_event_or_one_documented_error(top: Any, kind: str, data: Any) -> None:
    for thing in (top, GOOD | top, GOOD | {"type": kind, "data": data}):
        check(json.dumps(thing))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_any_damage_is_an_event_or_one_documented_error(data: st.DataObject) -> None:
    raw = bytearray(json.dumps(GOOD | {"time": "2026-11-22T19:00:00Z"}).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        raw = raw or bytearray(b" ")
    check(bytes(raw))


def check(text: str | bytes) -> None:
    result: Event | EventError
    try:
        result = decode(text)
    except EventError as error:
        result = error
    if isinstance(result, EventError):
        assert result.code in CODES
        assert result.pointer == "" or result.pointer.startswith("/")
        assert "\n" not in str(result)


@pytest.mark.parametrize("unit", ["[],", '{"a":0},', '"\\"",', "-", "1e9,", '"[",'])
def test_no_text_of_a_mebibyte_takes_long(unit: str) -> None:
    hostile = json.dumps(GOOD)[:-1] + ',"x":[' + unit * ((MAX_BYTES - 200) // len(unit))
    assert quiet_seconds(lambda: refused(hostile), 2.0) < 2.0
