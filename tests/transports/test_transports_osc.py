"""OSC in bytes: what python-osc writes is read, it reads what is written, and nothing a datagram holds does harm."""

from __future__ import annotations

import math
import struct
import threading

import numpy as np
import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from avatar.errors import EventError
from avatar.io.transports import osc
from avatar.io.transports.show import event_of
from avatar.io.transports.vmc import Receiver

ARGUMENTS = ("Größe ✓", "", 3, -(2**31), 2**40, 0.5, True, False, None, b"\1\2\3")


def theirs(address: str, *arguments: object) -> OscMessageBuilder:
    builder = OscMessageBuilder(address)
    for each in arguments:
        builder.add_arg(each)  # type: ignore[arg-type]
    return builder


def test_what_python_osc_writes_is_read() -> None:
    packet = osc.decode(theirs("/a/b", *ARGUMENTS).build().dgram)
    assert packet == osc.Packet((osc.Message("/a/b", ARGUMENTS),), False)
    outer, inner = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(IMMEDIATELY)
    inner.add_content(theirs("/inner", [1, [2.0, "x"]]).build())
    outer.add_content(theirs("/first").build())
    outer.add_content(inner.build())
    outer.add_content(theirs("/last", 1).build())
    packet = osc.decode(outer.build().dgram)
    assert packet.bundled
    assert packet.messages == (
        osc.Message("/first"),
        osc.Message("/inner", (1, 2.0, "x")),
        osc.Message("/last", (1,)),
    )


def test_python_osc_reads_what_is_written() -> None:
    both = osc.bundle([osc.message("/a/b", *ARGUMENTS), osc.bundle([osc.message("/c")])])
    found = [m.message for m in OscPacket(both).messages]
    assert [m.address for m in found] == ["/a/b", "/c"]
    assert found[0].params == list(ARGUMENTS)


def test_bundles_hold_all_in_order_and_none_is_too_large() -> None:
    elements = [osc.message("/n", k, "x" * (k % 40)) for k in range(300)]
    made = osc.bundles(elements, 1472)
    assert max(map(len, made)) <= 1472
    assert [m.args[0] for part in made for m in osc.decode(part).messages] == list(range(300))
    # fewer could not hold them
    assert len(made) == math.ceil(sum(len(e) + 4 for e in elements) / (1472 - 16))
    assert osc.bundles([bytes(2000), elements[0]], 1472) == [osc.bundle([elements[0]])]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_value"),
        (b"#bundle\0", "bad_value"),
        (b"#bundle\0" + bytes(8) + struct.pack(">i", -4), "bad_value"),  # python-osc reads this one for ever
        (b"#bundle\0" + bytes(8) + struct.pack(">i", 0), "bad_value"),
        (b"#bundle\0" + bytes(8) + struct.pack(">i", 2**31 - 4), "bad_value"),
        (b"#bundle\0" + bytes(8) + b"\0\0", "bad_value"),
        (b"/a\0\0,i\0\0\0\0", "bad_value"),
        (b"/a\0\0,b\0\0\xff\xff\xff\xff", "bad_value"),
        (b"/a\0\0,s\0\0abcd", "bad_value"),
        (b"/\xff\0\0,\0\0\0", "bad_value"),
        (b"/a\0\0,z\0\0", "bad_value"),
        (b"/a\0\0i\0\0\0\0\0\0\1", "bad_value"),
        (b"hello\0\0\0", "bad_value"),
        (bytes(65508), "too_large"),
        (osc.message("/a", *([True] * 1100)), "too_large"),
    ],
)
def test_what_is_not_osc_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(EventError) as found:
        osc.decode(data)
    assert found.value.code == code


def test_bundles_may_not_be_too_deep() -> None:
    deep = osc.message("/a")
    for _ in range(8):
        deep = osc.bundle([deep])
    assert len(osc.decode(deep).messages) == 1
    with pytest.raises(EventError) as found:
        osc.decode(osc.bundle([deep]))
    assert found.value.code == "too_deep"


def fuzz(rng: np.random.Generator, count: int) -> list[bytes]:
    """Noise, and good datagrams that were cut, lengthened or have some of their bytes changed."""
    good = [
        theirs("/VMC/Ext/Bone/Pos", "LeftUpperArm", *map(float, range(7))).build().dgram,
        osc.bundle([osc.message("/VMC/Ext/Blend/Val", "Joy", 0.5), osc.message("/VMC/Ext/Blend/Apply")]),
        osc.bundle([osc.bundle([osc.message("/VMC/Ext/T", 1.0), osc.message("/presence/say", "hello")])]),
        theirs("/presence/express", "happy", 1.0).build().dgram,
        theirs("/cue/1/start", b"\1\2\3", [1, [2]]).build().dgram,
    ]
    out = []
    for _ in range(count):
        data = bytearray(good[rng.integers(len(good))] if rng.random() < 0.8 else rng.bytes(int(rng.integers(200))))
        for _ in range(int(rng.integers(4))):
            if data:
                data[rng.integers(len(data))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))])
        cut = int(rng.integers(-8, 9))
        out.append(bytes(data[:cut] if cut < 0 else bytes(data) + rng.bytes(cut) if rng.random() < 0.5 else data))
    return out


def test_twenty_thousand_broken_datagrams_do_no_harm(rng: np.random.Generator) -> None:
    receiver, read = Receiver(), 0
    codes: set[str] = set()
    for k, data in enumerate(fuzz(rng, 20_000)):
        receiver.feed(data, k * 1e-3, "one")
        try:
            packet = osc.decode(data)
        except EventError as error:
            codes.add(error.code)
            continue
        read += 1
        for message in packet.messages:
            try:
                event_of(message)
            except EventError as error:
                codes.add(error.code)
    assert codes <= {"bad_value", "too_deep", "too_large", "missing_field", "unknown_type"}
    assert 1000 < read < 19_000
    assert receiver.refused == 20_000 - read
    frame = receiver.frame(30.0)
    if frame is not None:
        numbers = [x for place in frame.bones.values() for part in place for x in part] + list(frame.blends.values())
        assert all(map(math.isfinite, numbers))
        assert len(frame.bones) <= 256
        assert len(frame.blends) <= 256
    assert threading.active_count() < 50
