"""MIDI show control: what a desk's bytes mean, and that broken ones mean nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from avatar.errors import EventError
from avatar.events.midi_show import LONGEST, Sysex, event_of


def message(command: int, data: bytes = b"", device: int = 0x7F, form: int = 0x01) -> bytes:
    return bytes([0xF0, 0x7F, device, 0x02, form, command, *data, 0xF7])


def fours(data: bytes) -> list[bytes]:
    """As PortMidi hands a message on: four bytes at a time, the last ones padded."""
    padded = data + bytes(-len(data) % 4)
    return [padded[k : k + 4] for k in range(0, len(padded), 4)]


@pytest.mark.parametrize(
    ("raw", "type", "data"),
    [
        (message(0x01), "presence.cue.go", {}),
        (message(0x01, b"12.5\x001\x00"), "presence.cue.go", {"cue": "12.5"}),
        (message(0x01, b"7", form=0x10), "presence.cue.go", {"cue": "7"}),
        (message(0x02), "presence.cue.hold", {}),
        (message(0x02, b"3"), "presence.cue.hold", {}),
        (message(0x03), "presence.resume", {}),
        (message(0x04, bytes([0x21, 1, 2, 3, 4]) + b"8\x00"), "presence.cue.go", {"cue": "8"}),
        (message(0x05, b"4"), "presence.cue.goto", {"cue": "4"}),
        (message(0x08), "presence.panic", {}),
        (message(0x09), "presence.resume", {}),
        (message(0x0B, b"4"), "presence.cue.back", {}),
        (message(0x10), "presence.cue.go", {}),
        (message(0x12, b"1"), "presence.cue.back", {}),
    ],
)
def test_a_desks_words(raw: bytes, type: str, data: dict[str, Any]) -> None:
    assert event_of(raw) == (type, data)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_value"),
        (b"\xf0", "bad_value"),
        (message(0x01)[:-1], "bad_value"),
        (message(0x01)[1:], "bad_value"),
        (b"\xf0\x7f\x7f\x02\xf7", "bad_value"),
        (b"\xf0\x7f\x7f\x02\x01\xf7", "bad_value"),
        (message(0x01, b"\x90"), "bad_value"),
        (message(0x01, b"12..5"), "bad_value"),
        (message(0x01, b"vows"), "bad_value"),
        (message(0x01, b"1" * LONGEST), "bad_value"),
        (message(0x04, b"\x21\x01"), "bad_value"),
        (message(0x05), "missing_field"),
        (message(0x0A), "unknown_type"),
        (message(0x06, b"1"), "unknown_type"),
    ],
)
def test_what_makes_no_sense_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(EventError) as refused:
        event_of(raw)
    assert refused.value.code == code


def test_only_what_is_for_us_is_ours() -> None:
    assert event_of(message(0x01, device=5), 5) == event_of(message(0x01), 5) == ("presence.cue.go", {})
    assert event_of(message(0x01, device=6), 5) is None
    assert event_of(bytes([0xF0, 0x41, 1, 2, 3, 4, 0xF7])) is None, "some maker's own"
    assert event_of(bytes([0xF0, 0x7F, 0x7F, 0x06, 0x02, 0xF7])) is None, "machine control"


def test_messages_are_put_together_again() -> None:
    sysex = Sysex()
    first, second = message(0x01, b"12.5"), message(0x02)
    notes = [bytes([0x90, 60, 100, 0]), bytes([0xF8, 0, 0, 0])]
    stream = [*notes, *fours(first)[:1], bytes([0xF8, 0, 0, 0]), *fours(first)[1:], *notes, *fours(second)]
    assert [whole for four in stream if (whole := sysex.feed(four)) is not None] == [first, second]
    assert sysex.broken == 0


def test_a_cut_off_or_endless_message_is_dropped_and_the_next_one_is_whole() -> None:
    sysex, good = Sysex(), message(0x01)
    cut = fours(message(0x01, b"1.5"))[:2]
    endless = [b"\xf0\x7f\x7f\x02", *([b"\x01\x01\x01\x01"] * LONGEST)]
    noted = [b"\xf0\x7f\x7f\x02", b"\x90\x3c\x64\x00"]
    for spoilt in (cut, endless, noted):
        stream = [*spoilt, *fours(good)]
        assert [whole for four in stream if (whole := sysex.feed(four)) is not None] == [good]
    assert sysex.broken == 3
    assert sysex.feed(b"") is None


def test_noise_never_does_anything_but_what_the_standard_says() -> None:
    chance, sysex = random.Random(11), Sysex()
    for _ in range(20_000):
        raw = bytes(chance.choice((0xF0, 0xF7, 0x7F, 0x02, 0x01, chance.randrange(256))) for _ in range(4))
        whole = sysex.feed(raw)
        if whole is None:
            continue
        assert len(whole) <= LONGEST
        try:
            found = event_of(whole)
        except EventError:
            continue
        assert found is None or found[0].startswith("presence.")
