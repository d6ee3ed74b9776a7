"""From an event to the first sound, and from an interrupt to silence and a shut mouth, through a running engine.

usage: python benchmarks/latency.py [--rounds 12] [--json]

A real engine runs on the demo feed with tracking, drawing and its WebSocket door; a real client sends events to that
door. Sound is what the engine's device plays (a virtual one where there is no card; a card adds its own latency): its
first sample above -50 dBFS counts as the first sound, the last one as the beginning of silence.
Targets: first sound within 150 ms (median), silence and a shut mouth within 100 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from typing import Any

import numpy as np
from websockets.sync.client import connect

from avatar.config import Settings
from avatar.runtime.assemble import Assembly, stage
from avatar.runtime.loops import Hooks, live
from avatar.runtime.report import Report

LOUD = 10 ** (-50 / 20)
LINE = "Hello there, it is a fine day for a long walk by the quiet river."


class Ear:
    """What the device played and how the mouth stood, with times on the engine's clock."""

    def __init__(self, whole: Assembly) -> None:
        self.whole = whole
        self.blocks: list[tuple[float, np.ndarray]] = []
        self.mouths: list[tuple[float, float]] = []
        whole.parts.speaker.device.tap = lambda t, block: self.blocks.append((t, block.copy()))

    def look(self) -> None:
        """Note how far the lips are from shut: the weights of everything but silence and a closure."""
        mouth = self.whole.engine._mouth
        self.mouths.append((self.whole.clock.now(), float(mouth[2:].max())))

    def loud(self, after: float) -> list[float]:
        """The times of all samples above the threshold after ``after``, in steps of 1 ms."""
        times: list[float] = []
        for t, block in list(self.blocks):
            if t + len(block) / 48000 >= after:
                hits = np.flatnonzero(np.abs(block) > LOUD)
                times += [t + k / 48000 for k in hits[::48]] + ([t + hits[-1] / 48000] if len(hits) else [])
        return [t for t in times if t >= after]


def client(url: str, ear: Ear, rounds: int, out: dict[str, list[float]], stop: threading.Event) -> None:
    """Say, wait for sound, interrupt, wait for silence; ``rounds`` times."""
    clock = ear.whole.clock
    with connect(url, compression=None) as door:

        def send(kind: str, **data: Any) -> float:
            event = {
                "specversion": "1.0",
                "id": str(time.monotonic_ns()),
                "source": "bench",
                "type": kind,
                "data": data,
            }
            at = clock.now()
            door.send(json.dumps(event))
            return at

        send("presence.hello", client="bench")
        time.sleep(3.0)  # let the voice and the trackers get warm
        for k in range(rounds):
            said = send("presence.say", text=LINE, utterance=f"u{k}")
            time.sleep(1.2)
            out["first_sound_ms"].append(1000 * (min(ear.loud(said)) - said))
            stopped = send("presence.interrupt")
            time.sleep(0.8)
            out["silence_ms"].append(1000 * max(0.0, max(ear.loud(stopped), default=stopped) - stopped))
            still = [t for t, amount in ear.mouths if t > stopped and amount > 0.05]
            out["shut_mouth_ms"].append(1000 * max(0.0, max(still, default=stopped) - stopped))
    stop.set()


def main() -> None:
    """Run it and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    out: dict[str, list[float]] = {"first_sound_ms": [], "silence_ms": [], "shut_mouth_ms": []}
    settings = Settings(source="demo", headless=True, port=0, token=False)
    with stage(settings, Report(), lambda text: None) as whole:
        ear, hooks = Ear(whole), Hooks()
        hooks.each = lambda elapsed: ear.look()
        thread = threading.Thread(
            target=client, args=(whole.parts.doors.url, ear, asked.rounds, out, hooks.stop), daemon=True
        )
        hooks.first = lambda now: thread.start()
        live(whole, print, hooks)
        thread.join(5)
    result = {
        name: {"median": round(statistics.median(v), 1), "max": round(max(v), 1), "n": len(v)}
        for name, v in out.items()
    }
    if asked.json:
        print(json.dumps(result))
        return
    for name, figures in result.items():
        print(f"{name:15} median {figures['median']:6.1f}   max {figures['max']:6.1f}   of {figures['n']}")


if __name__ == "__main__":
    main()
