"""Events: how many are checked a second, and how long an ack takes over the WebSocket door at 1,000 a second.

    python benchmarks/events.py [--seconds 10] [--json]

The acks are timed by a client in a process of its own, whose two threads wait for one another as well: an upper bound.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

from websockets.sync.client import connect

from avatar.clock import SystemClock
from avatar.errors import EventError
from avatar.events import messages
from avatar.events.codec import decode, encode
from avatar.events.tags import strip
from avatar.io.transports.hub import Delivery
from avatar.runtime.doors import HANDLED, Doors
from avatar.runtime.mailbox import Inbox

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
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        while client.poll() is None:
            time.sleep(1 / 60)
            inbox.drain()
        assert client.stdout is not None
        facts: dict[str, float] = json.loads(client.stdout.read())
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the ack measurement")
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    parser.add_argument("--client", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
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
    }
    for name, value in facts.items():
        print(f"{name:22} {value}")
    if options.json:
        print(json.dumps(facts))


if __name__ == "__main__":
    main()
