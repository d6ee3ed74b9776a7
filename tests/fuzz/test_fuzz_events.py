"""A share of the malformed events (``malformed.py`` is the whole), every type among the valid ones, and flat memory."""

from __future__ import annotations

import gc
import json
import random
import tracemalloc

import pytest
from malformed import VALID, Tally, frame, still_valid, through_a_socket, through_sessions

from avatar.clock import ManualClock
from avatar.events import messages
from avatar.events.codec import decode
from avatar.events.messages import INBOUND, SCOPES, Capabilities
from avatar.io.transports.hub import Hub


def test_the_events_that_are_damaged_are_all_types_and_valid() -> None:
    assert {f"presence.{kind}" for kind in VALID} == set(INBOUND)
    for kind, data in VALID.items():
        assert set(data) <= set(INBOUND[f"presence.{kind}"].model_fields)
    hub = Hub(lambda delivery: None, ManualClock(), Capabilities())
    session = hub.open(scopes=SCOPES)
    assert session is not None
    for kind, data in VALID.items():
        text = text_of(kind, data)
        assert decode(text).type == f"presence.{kind}"
        assert still_valid(text)
        if kind != "hello":
            assert isinstance(session.receive(text), messages.Ack)


def text_of(kind: str, data: object) -> str:
    return json.dumps({"specversion": "1.0", "id": kind, "source": "t", "type": f"presence.{kind}", "data": data})


def test_each_malformed_event_gets_one_error_and_none_reaches_the_stage() -> None:
    tally = Tally()
    through_sessions(3000, 11, tally)
    assert tally.faults == []
    assert tally.refused >= 3000
    wanted = {"invalid_json", "too_deep", "not_finite", "unknown_type", "unknown_field", "missing_field", "bad_value"}
    assert wanted <= set(tally.codes), "the fuzzer does not reach every refusal"


def test_over_a_real_socket_too() -> None:
    tally = Tally()
    through_a_socket(400, 12, tally)
    assert tally.faults == []
    assert tally.codes["closed with 1007"] > 0


def test_memory_stays_flat() -> None:
    tally = Tally()
    held: list[int] = []

    def look(refused: int) -> None:
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        through_sessions(1200, 13, tally, look, every=300)
    finally:
        tracemalloc.stop()
    assert len(held) >= 4
    assert held[-1] - held[1] < 200_000, held


def test_a_fault_would_be_seen() -> None:
    tally = Tally()
    with pytest.raises((KeyError, AssertionError)):
        still_valid("{}")
    tally.judge("x", "{}", messages.Error(id=None, code="internal", pointer="", message="m"), [])
    tally.judge("x", "{}", messages.Error(id=None, code="bad_value", pointer="", message="a\nb"), [])
    assert len(tally.faults) == 2
    rng = random.Random(1)
    assert len({str(frame(rng)[1])[:200] for _ in range(200)}) > 190
