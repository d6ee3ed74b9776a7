"""VMC in datagrams: which messages are a frame, who owns the body and for how long, and what a frame weighs."""

from __future__ import annotations

import pytest
from pythonosc.osc_packet import OscPacket

from avatar.io.transports import osc, vmc
from avatar.io.transports.vmc import Place, Receiver

HOLD: Place = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def bone(name: str, w: float = 1.0) -> bytes:
    return osc.message("/VMC/Ext/Bone/Pos", name, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, w)


def blend(name: str, value: float) -> bytes:
    return osc.message("/VMC/Ext/Blend/Val", name, value)


def clock(t: float) -> bytes:
    return osc.message("/VMC/Ext/T", t)


APPLY = osc.message("/VMC/Ext/Blend/Apply")


def test_a_bundle_is_a_frame() -> None:
    receiver = Receiver()
    data = osc.bundle([clock(1.0), bone("Head"), bone("Hips", 0.5), blend("Joy", 0.7), APPLY])
    assert receiver.feed(data, 5.0)
    frame = receiver.frame(5.1)
    assert frame is not None
    assert frame.bones == {"Head": HOLD, "Hips": ((0, 0, 0), (0, 0, 0, 0.5))}
    assert frame.blends == pytest.approx({"Joy": 0.7})
    assert frame.t == 5.0


def test_a_frame_in_several_bundles_is_whole() -> None:
    """As Virtual Motion Capture sends it: bones, blends, and the rest in a bundle within the one with the time."""
    receiver = Receiver()
    assert receiver.feed(osc.bundle([bone("Hips"), bone("Spine")]), 0.0)
    receiver.feed(osc.bundle([blend("Joy", 1.0), APPLY]), 0.001)
    receiver.feed(osc.bundle([osc.bundle([bone("LeftEye")]), osc.message("/VMC/Ext/OK", 1), clock(0.5)]), 0.002)
    frame = receiver.frame(0.002)
    assert frame is not None
    assert set(frame.bones) == {"Hips", "Spine", "LeftEye"}
    assert set(frame.blends) == {"Joy"}


def test_single_messages_are_a_frame_at_the_next_time_or_when_a_bone_comes_again() -> None:
    receiver = Receiver()
    assert not receiver.feed(bone("Head", 0.1), 0.0)
    assert not receiver.feed(bone("Hips", 0.1), 0.0)
    frame = receiver.frame(0.0)
    assert frame is not None
    assert not frame.bones  # half a frame is not shown
    assert receiver.feed(clock(1.0), 0.001)
    assert not receiver.feed(bone("Head", 0.2), 0.01)
    assert not receiver.feed(bone("Hips", 0.2), 0.01)
    assert receiver.feed(bone("Head", 0.3), 0.02)
    frame = receiver.frame(0.02)
    assert frame is not None
    assert frame.bones["Head"][1][3] == pytest.approx(0.2)


def test_blends_wait_for_apply() -> None:
    receiver = Receiver()
    receiver.feed(osc.bundle([blend("Joy", 1.0)]), 0.0)
    frame = receiver.frame(0.0)
    assert frame is not None
    assert not frame.blends
    receiver.feed(APPLY, 0.01)
    frame = receiver.frame(0.01)
    assert frame is not None
    assert frame.blends == {"Joy": 1.0}


def test_ownership_ends_a_second_after_the_last_message() -> None:
    receiver = Receiver()
    receiver.feed(osc.bundle([bone("Head")]), 1.0, "a")
    assert receiver.frame(1.99) is not None
    assert receiver.frame(2.01) is None
    # until then nobody else moves it
    assert not receiver.feed(osc.bundle([bone("Hips")]), 1.5, "b")
    assert receiver.strange == 1
    assert receiver.feed(osc.bundle([bone("Hips")]), 2.1, "b")
    frame = receiver.frame(2.1)
    assert frame is not None
    assert set(frame.bones) == {"Hips"}


def test_a_bone_that_is_no_longer_sent_is_let_go() -> None:
    receiver = Receiver()
    receiver.feed(osc.bundle([bone("Head"), bone("Hips")]), 0.0)
    for k in range(1, 8):
        receiver.feed(osc.bundle([bone("Hips")]), 0.2 * k)
    frame = receiver.frame(1.4)
    assert frame is not None
    assert set(frame.bones) == {"Hips"}


def test_what_was_overtaken_on_its_way_is_left_out_and_a_sender_may_start_anew() -> None:
    receiver = Receiver()
    receiver.feed(osc.bundle([clock(10.0), bone("Head", 0.1)]), 0.0)
    assert receiver.feed(osc.bundle([clock(10.0), bone("Head", 0.1)]), 0.0)  # twice does no harm
    receiver.feed(osc.bundle([clock(10.1), bone("Head", 0.3)]), 0.1)
    assert not receiver.feed(osc.bundle([clock(10.05), bone("Head", 0.2)]), 0.11)
    assert receiver.late == 1
    assert receiver.feed(osc.bundle([clock(0.0), bone("Head", 0.4)]), 0.2)
    frame = receiver.frame(0.2)
    assert frame is not None
    assert frame.bones["Head"][1][3] == pytest.approx(0.4)


def test_a_sender_without_a_model_moves_nothing() -> None:
    receiver = Receiver()
    receiver.feed(osc.bundle([bone("Head"), osc.message("/VMC/Ext/OK", 0)]), 0.0)
    assert receiver.frame(0.0) is None
    receiver.feed(osc.bundle([bone("Head"), osc.message("/VMC/Ext/OK", 1, 3, 0)]), 0.1)
    assert receiver.frame(0.1) is not None


def test_what_is_not_a_finite_number_is_left_out() -> None:
    receiver = Receiver()
    nan, inf = float("nan"), float("inf")
    bad = [
        osc.message("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, 0.0, 0.0, nan, 1.0),
        osc.message("/VMC/Ext/Bone/Pos", "Neck", inf, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        osc.message("/VMC/Ext/Bone/Pos", "Spine", 0.0),
        osc.message("/VMC/Ext/Bone/Pos", 7, *[0.0] * 7),
        osc.message("/VMC/Ext/Bone/Pos", "x" * 200, *[0.0] * 7),
        osc.message("/VMC/Ext/Root/Pos", "root", *[nan] * 7),
        blend("Joy", nan),
        osc.message("/VMC/Ext/Blend/Val", "Joy"),
        clock(nan),
        APPLY,
        bone("Hips"),
    ]
    assert receiver.feed(osc.bundle(bad), 0.0)
    frame = receiver.frame(0.0)
    assert frame is not None
    assert set(frame.bones) == {"Hips"}
    assert not frame.blends
    assert frame.root is None


def test_cameras_lights_and_other_programs_are_none_of_its_business() -> None:
    receiver = Receiver()
    assert not receiver.feed(osc.message("/presence/go"), 0.0)
    assert receiver.frame(0.0) is None  # nobody owns it for that
    receiver.feed(osc.bundle([osc.message("/VMC/Ext/Cam", "Camera", *[1.0] * 8), bone("Head")]), 0.1)
    frame = receiver.frame(0.1)
    assert frame is not None
    assert set(frame.bones) == {"Head"}


def test_names_without_end_are_not_kept() -> None:
    receiver = Receiver()
    for k in range(3000):
        receiver.feed(osc.bundle([bone(f"B{k}"), blend(f"E{k}", 0.1), APPLY]), 0.0001 * k)
    frame = receiver.frame(0.3)
    assert frame is not None
    assert len(frame.bones) <= 257
    assert len(frame.blends) <= 257


def test_a_small_frame_is_one_bundle_and_a_large_one_several_of_at_most_1472_bytes() -> None:
    small = vmc.encoded(2.0, {"Head": HOLD}, {"Joy": 0.5})
    assert len(small) == 1
    names = [f"RightMiddleIntermediat{k:02}" for k in range(55)]
    large = vmc.encoded(2.0, dict.fromkeys(names, HOLD), {f"expression {k}": 0.1 for k in range(70)})
    assert max(map(len, large)) <= 1472
    assert len(large) <= 8
    said = [[m.message.address for m in OscPacket(part).messages] for part in large]
    assert all("/VMC/Ext/T" in part for part in said)
    assert sum(part.count("/VMC/Ext/Bone/Pos") for part in said) == 55
    assert sum(part.count("/VMC/Ext/Blend/Val") for part in said) == 70
    assert said[-1][-1] == "/VMC/Ext/Blend/Apply"
    assert "/VMC/Ext/OK" in said[0]
    assert "/VMC/Ext/Root/Pos" in said[0]
    receiver = Receiver()
    for part in large:
        receiver.feed(part, 0.0)
    frame = receiver.frame(0.0)
    assert frame is not None
    assert len(frame.bones) == 55
    assert len(frame.blends) == 70
