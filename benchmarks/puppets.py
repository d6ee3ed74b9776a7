"""What VMC costs a frame: taking one in, following it, and sending one; processor time on one core.

    python benchmarks/puppets.py [--json]

The incoming frame is a whole humanoid with fingers (55 bones) and 17 blend shapes, made by python-osc: once as one
bundle, once as single messages. python-osc's own reading of the same bundle stands beside ours.
"""

from __future__ import annotations

import argparse
import json
import socket
import time
from collections.abc import Callable

from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from avatar import paths
from avatar.animate import vmc as retarget
from avatar.io.transports import osc
from avatar.io.transports.vmc import Receiver, encoded
from avatar.model.load import load
from avatar.runtime.animating import animator_for
from avatar.runtime.osc_doors import VmcOut

BLENDS = ("Joy", "Angry", "Sorrow", "Fun", "A", "I", "U", "E", "O", "Blink", "Blink_L", "Blink_R")
BLENDS += ("LookUp", "LookDown", "LookLeft", "LookRight", "Neutral")


def milliseconds(work: Callable[[], object], seconds: float = 1.0) -> float:
    """Processor time of a call."""
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for _ in range(20):
            work()
        count += 20
    return round((time.process_time() - start) / count * 1000, 3)


def frame() -> list[bytes]:
    """Its messages."""
    rows: list[tuple[str, tuple[object, ...]]] = [("/VMC/Ext/OK", (1,)), ("/VMC/Ext/T", (1.0,))]
    rows += [("/VMC/Ext/Bone/Pos", (n, 0.0, 0.1, 0.0, 0.1, 0.2, 0.3, 0.927)) for n in retarget.UNITY.values()]
    rows += [("/VMC/Ext/Blend/Val", (n, 0.2)) for n in BLENDS]
    out = []
    for address, arguments in [*rows, ("/VMC/Ext/Blend/Apply", ())]:
        builder = OscMessageBuilder(address)
        for each in arguments:
            builder.add_arg(each)
        out.append(builder.build().dgram)
    return out


def measure() -> dict[str, float]:
    """Milliseconds a frame."""
    messages = frame()
    bundle = osc.bundle(messages)
    receiver, single = Receiver(), Receiver()

    def singly() -> None:
        for each in messages:
            single.feed(each, 0.0)

    model = load(paths.companion("hikari"))
    animator = animator_for(model, 1)
    own = tuple(model.expressions)
    receiver.feed(bundle, 0.0)
    said = receiver.frame(0.0)
    assert said is not None
    puppet = retarget.from_vmc(said.bones, said.blends, 0.0, root=said.root, own=own)
    clock = [0.0]

    def step() -> None:
        clock[0] += 1 / 60
        animator.step((), clock[0], 1 / 60)

    alone = milliseconds(step)
    follower = animator.influences.puppet()

    def follow() -> None:
        follower.give(retarget.from_vmc(said.bones, said.blends, clock[0], own=own))
        step()

    led = milliseconds(follow)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        out = VmcOut("127.0.0.1", sink.getsockname()[1], animator)
        send = milliseconds(lambda: out.send(0.0, animator.pose))
        frames = len(encoded(0.0, retarget.to_vmc(puppet.rotation), retarget.to_blends(animator.pose.expressions)))
        out.close()
    return {
        "in_bundle": milliseconds(lambda: receiver.feed(bundle, 0.0)),
        "in_single_messages": milliseconds(singly),
        "in_python_osc": milliseconds(lambda: OscPacket(bundle)),
        "retarget": milliseconds(lambda: retarget.from_vmc(said.bones, said.blends, 0.0, own=own)),
        "step_alone": alone,
        "step_led_with_retarget": led,
        "out": send,
        "out_datagrams": frames,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = measure()
    if parser.parse_args().json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24} {value:8.3f} {'' if name == 'out_datagrams' else 'ms a frame'}")


if __name__ == "__main__":
    main()
