"""Events: how many are checked a second, how long an ack takes over the WebSocket door at 1,000 a second, and what a
running stage feels of them.

    python benchmarks/events.py [--seconds 10] [--stage 60] [--type express] [--json]

The acks are timed by a client in a process of its own, whose two threads wait for one another as well: an upper bound.
The stage is a headless run on a plain ground (``--source demo``: with tracking); turns of 5 s with 1,000 events a
second and without take place one after the other, so that a machine that others use too tells them apart. Then single
events are sent: how many pictures later the pose is another one.
Targets: 20,000 checked a second; p99 of the ack 5 ms; the p95 of a picture's time within a tenth; the next picture.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

from websockets.sync.client import connect

from avatar.clock import SystemClock
from avatar.config import Settings
from avatar.errors import EventError
from avatar.events import messages
from avatar.events.codec import decode, encode
from avatar.events.tags import strip
from avatar.io.transports.hub import Delivery
from avatar.runtime.assemble import stage
from avatar.runtime.doors import HANDLED, Doors
from avatar.runtime.loops import Hooks, live
from avatar.runtime.mailbox import Inbox
from avatar.runtime.report import Report
from avatar.spelling import parse_size

ENVELOPE = {"specversion": "1.0", "id": "7f3c", "source": "my-bot", "time": "2026-11-22T19:00:00Z"}
SAY = {"text": "Hello, I am glad you are here.", "expression": "happy"}
WEIGHTS = {"expressions": {"happy": 0.5, "aa": 0.3, "blink": 0.1}}
TAGGED = 'Hello [joy] there <|ACT {"emotion":{"name":"happy","intensity":0.8}}|> friend, [face:sad] good night. ' * 10


def event(kind: str, data: object, **more: object) -> bytes:
    return json.dumps(ENVELOPE | {"type": f"presence.{kind}", "data": data} | more).encode()


def rate(work: object, seconds: float = 1.0) -> int:
    """Calls of ``work`` a second on one core (processor time, so that other programs do not count)."""
    assert callable(work)
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for _ in range(500):
            work()
        count += 500
    return round(count / (time.process_time() - start))


def refuse(raw: bytes) -> None:
    try:
        decode(raw)
    except EventError:
        return
    raise AssertionError("it should have been refused")


def acks(seconds: float) -> dict[str, float]:
    """A client in another process sends ``weights`` at a steady rate; time from sending to the ack."""
    inbox: Inbox[Delivery] = Inbox(4096)
    doors = Doors(inbox, SystemClock(), handled=HANDLED | {"presence.weights"})
    doors.listen(0)
    command = [sys.executable, __file__, "--client", doors.url, "--seconds", str(seconds)]
    begun = time.process_time()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        while client.poll() is None:
            time.sleep(1 / 60)
            inbox.drain()
        assert client.stdout is not None
        facts: dict[str, float] = json.loads(client.stdout.read())
    facts["door_us_per_event"] = round((time.process_time() - begun) / (seconds * 1000) * 1e6)
    doors.stop()
    return facts


def client(url: str, seconds: float, per_second: int = 1000) -> dict[str, float]:
    """The other process of ``acks``."""
    sent: list[float] = []
    waits: list[float] = []
    total = round(seconds * per_second)
    with connect(url, proxy=None, compression=None) as socket:
        socket.send(event("hello", {"client": "bench"}).decode())
        socket.recv(timeout=5)

        def hear() -> None:
            for k in range(total):
                answer = socket.recv(timeout=10)
                waits.append(time.perf_counter() - sent[k])
                assert "presence.ack" in answer, answer

        listener = threading.Thread(target=hear)
        listener.start()
        start = time.perf_counter()
        for k in range(total):
            text = event("weights", WEIGHTS, id=str(k)).decode()
            time.sleep(max(0.0, start + k / per_second - time.perf_counter()))
            sent.append(time.perf_counter())
            socket.send(text)
        listener.join()
        took = time.perf_counter() - start
    cuts = statistics.quantiles(waits, n=100)
    return {
        "sent_per_s": round(total / took, 1),
        "ack_ms_median": round(cuts[49] * 1000, 3),
        "ack_ms_p99": round(cuts[98] * 1000, 3),
        "ack_ms_max": round(max(waits) * 1000, 3),
    }


TYPES = {
    "weights": lambda k: WEIGHTS,
    "express": lambda k: {"expression": "happy" if k % 2 else "relaxed", "intensity": 0.5, "fade": 0.1},
    "gaze": lambda k: {"target": "user"},
}
TURN_S = 5.0


def on_stage(seconds: float, kind: str, source: str, size: tuple[int, int]) -> dict[str, float]:
    """Pictures of a running stage with and without 1,000 events a second, in turns, ``seconds`` of each."""
    settings = Settings(
        source=source,
        size=size,
        camera_needed=False,
        headless=True,
        port=0,
        token=False,
        sound="none",
        voice="none",
    )
    times: dict[bool, list[float]] = {True: [], False: []}
    sizes: dict[bool, list[float]] = {True: [], False: []}
    facts: dict[str, float] = {}
    with stage(settings, Report(time.perf_counter()), lambda line: None) as whole:
        hooks, engine = Hooks(), whole.engine
        pictures: list[tuple[float, float]] = []
        moment = [False, 0.0]
        plain = engine.tick

        def tick(*args: Any) -> None:
            start = time.perf_counter()
            plain(*args)
            end = time.perf_counter()
            if 0.5 < start - moment[1] < TURN_S:
                times[bool(moment[0])].append(1000 * (end - start))
                if pictures and pictures[-1][0] > moment[1] + 0.5:
                    sizes[bool(moment[0])].append(1000 * (start - pictures[-1][0]))
            pictures.append((start, float(engine.pose.expressions.get("happy", 0.0))))

        engine.tick = tick  # type: ignore[method-assign]

        def conduct() -> None:
            url = whole.parts.doors.url
            try:
                time.sleep(3.0)
                command = [
                    sys.executable,
                    __file__,
                    "--client",
                    url,
                    "--type",
                    kind,
                    "--turns",
                    str(round(seconds / TURN_S)),
                ]
                with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
                    assert other.stdout is not None
                    for line in other.stdout:
                        if line.startswith("{"):
                            facts.update(json.loads(line))
                        else:
                            moment[:] = [line.startswith("with "), time.perf_counter()]
                moment[:] = [False, 0.0]
                facts.update(to_pose(url, pictures))
            finally:
                hooks.stop.set()

        thread = threading.Thread(target=conduct)
        thread.start()
        live(whole, lambda line: None, hooks)
        thread.join()
    for name, found in (("picture", times), ("interval", sizes)):
        for loaded, word in ((False, "without"), (True, "with")):
            facts[f"{name}_ms_p95_{word}"] = round(statistics.quantiles(found[loaded], n=20)[18], 2)
            facts[f"{name}_ms_median_{word}"] = round(statistics.median(found[loaded]), 2)
        facts[f"{name}_p95_change"] = round(facts[f"{name}_ms_p95_with"] / facts[f"{name}_ms_p95_without"] - 1, 3)
    facts["pictures_each"] = len(times[True])
    return facts


def to_pose(url: str, pictures: list[tuple[float, float]]) -> dict[str, float]:
    """How many pictures after the ack of an ``express`` the pose is another one: 1 = the next one that begins."""
    later: list[int] = []
    with connect(url, proxy=None, compression=None) as socket:
        socket.send(event("hello", {"client": "bench"}).decode())

        def answer() -> None:
            while json.loads(socket.recv(timeout=10))["type"] not in ("presence.ack", "presence.welcome"):
                pass

        answer()
        for k in range(12):
            up = k % 2 == 0
            before = pictures[-1][1]
            data = {"expression": "happy", "intensity": 1.0 if up else 0.0, "fade": 0.3}
            socket.send(event("express", data, id=f"pose{k}").decode())
            answer()
            acked, first = time.perf_counter(), len(pictures)
            while len(pictures) < first + 6:
                time.sleep(0.005)
            begun = [happy for start, happy in pictures[first - 1 : first + 6] if start >= acked]
            moved = next((n for n, happy in enumerate(begun, 1) if abs(happy - before) > 1e-4), 99)
            later.append(moved)
            time.sleep(0.4)
    return {"pictures_to_pose_median": statistics.median(later), "pictures_to_pose_max": max(later)}


ANSWERED = re.compile(rb'"data":\{"id":"([0-9]+-[0-9]+)"')


def upgraded(url: str) -> socket.socket:
    """A WebSocket by hand: a client that costs the machine next to nothing, since its cost is not the engine's."""
    host, _, path = url.removeprefix("ws://").partition("/")
    name, _, port = host.partition(":")
    door = socket.create_connection((name, int(port)))
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = (f"GET /{path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade")
    head += ("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", "", "")
    door.sendall("\r\n".join(head).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += door.recv(1)
    return door


def framed(text: bytes) -> bytes:
    """A text frame with a mask of zeros."""
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + text


def turns(url: str, kind: str, count: int, per_second: int = 1000) -> None:
    """The other process of ``on_stage``: says on its output whether it sends, and at the end how it went."""
    sent: dict[str, float] = {}
    waits: list[float] = []
    rates: list[float] = []
    refused = 0
    with upgraded(url) as door:
        door.sendall(framed(event("hello", {"client": "bench"})))

        def hear() -> None:
            nonlocal refused
            rest = b""
            while data := door.recv(1 << 16):
                now = time.perf_counter()
                *whole, rest = (rest + data).rsplit(b"}}", 1)
                for part in whole:
                    refused += part.count(b'"presence.error"')
                    for name in ANSWERED.findall(part):
                        if (at := sent.pop(name.decode(), None)) is not None:
                            waits.append(now - at)

        listener = threading.Thread(target=hear)
        listener.start()
        total = 0
        for turn in range(2 * count):
            loud = turn % 2 == 1
            frames = [
                (f"{turn}-{k}", framed(event(kind, TYPES[kind](k // 500), id=f"{turn}-{k}")))
                for k in range(round(TURN_S * per_second) if loud else 0)
            ]
            print("with events" if loud else "without", flush=True)
            start = time.perf_counter()
            if not loud:
                time.sleep(TURN_S)
                continue
            for k, (name, frame) in enumerate(frames):
                time.sleep(max(0.0, start + k / per_second - time.perf_counter()))
                sent[name] = time.perf_counter()
                door.sendall(frame)
                total += 1
            rates.append(TURN_S * per_second / (time.perf_counter() - start))
        time.sleep(1.0)
        door.shutdown(socket.SHUT_RDWR)
    listener.join()
    cuts = statistics.quantiles(waits, n=100)
    facts = {
        "stage_sent": total,
        "stage_sent_per_s": round(min(rates), 1),
        "stage_refused": refused,
        "stage_unanswered": len(sent),
    }
    print(json.dumps(facts | {"stage_ack_ms_p99": round(cuts[98] * 1000, 2)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the ack measurement")
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    parser.add_argument("--stage", type=float, default=20.0, help="seconds with events on a running stage; 0 = none")
    parser.add_argument("--type", choices=sorted(TYPES), default="express", help="of the events that the stage gets")
    parser.add_argument("--source", default="0", help="of the stage; without such a camera a plain ground")
    parser.add_argument("--size", default="640x480", help="pixels of its pictures")
    parser.add_argument("--client", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--turns", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client and options.turns:
        turns(options.client, options.type, options.turns)
        return
    if options.client:
        print(json.dumps(client(options.client, options.seconds)))
        return
    say, weights = event("say", SAY), event("weights", WEIGHTS)
    bad = event("say", {"txt": "x"})
    mouth = messages.Viseme(at=1.0, weights=[0.1] * 15)
    moment = datetime.now(UTC)
    facts: dict[str, object] = {
        "decode_say_per_s": rate(lambda: decode(say)),
        "decode_weights_per_s": rate(lambda: decode(weights)),
        "refuse_per_s": rate(lambda: refuse(bad)),
        "encode_viseme_per_s": rate(lambda: encode(mouth, "1", moment)),
        "tags_kib_per_s": round(rate(lambda: strip(TAGGED)) * len(TAGGED) / 1024),
        **acks(options.seconds),
        **(on_stage(options.stage, options.type, options.source, parse_size(options.size)) if options.stage else {}),
        "load": [round(value, 1) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }
    for name, value in facts.items():
        print(f"{name:24} {value}")
    if options.json:
        print(json.dumps(facts))


if __name__ == "__main__":
    main()
