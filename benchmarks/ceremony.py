"""Ceremonies: killed at random instants and gone on with; how exactly cues come; how soon GO acts.

    python benchmarks/ceremony.py [KILLS]

Performs the house's wedding without pictures in a process of its own, kills it (SIGKILL) at a random instant, restores
it from its checkpoint and performs the rest. Right: it stands by at the first cue that was not over (past what was done
for good), waits for a word, does nothing irreversible twice, and every cue comes. Prints one JSON line.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from avatar import paths
from avatar.ceremony import orders, reading
from avatar.ceremony.auto import Auto
from avatar.ceremony.director import Director
from avatar.ceremony.restoring import restore
from avatar.clock import ManualClock
from avatar.events import messages
from avatar.events.messages import Capabilities
from avatar.runtime.acts import Keep
from avatar.runtime.ceremony import Performance
from avatar.runtime.doors import CUES, HANDLED, Doors
from avatar.runtime.keeping import CHECKPOINT, kept
from avatar.runtime.mailbox import Inbox

SCRIPT = paths.assets() / "ceremonies/wedding.yaml"
FRAME = 1 / 30
RINGS = ("ring-on", "ring-hers")
"""What is done once, and never again."""


class Mixer:
    rate = 24000
    beside: Any = None


class Show:
    """The wedding with an engine that only listens, and says each line for two seconds."""

    def __init__(self, folder: Path, saved: dict[str, Any] | None = None, auto: bool = True) -> None:
        self.director = Director(reading.parse(SCRIPT.read_bytes(), SCRIPT.name))
        if saved is not None:
            restore(self.director, saved)
        self.clock = ManualClock()
        self.inbox: Inbox[Any] = Inbox()
        self.doors = Doors(self.inbox, self.clock, Capabilities(), HANDLED | CUES)
        picture = np.zeros((8, 8, 3), np.uint8)
        self.performance = Performance(
            self.director,
            self.doors,
            Mixer(),
            self.clock,
            lambda: picture,
            "wedding",
            Keep(SCRIPT.parent, folder),
            Auto() if auto else None,
        )
        self.acts = folder / "acts.txt"
        self._told = len(self.director.log)
        self._hand = 0.0
        self._talk: list[tuple[float, str]] = []

    def step(self, seconds: float = FRAME) -> int:
        now = self.clock.now()
        if now >= self._hand:  # a hand is held out, once a second
            self.performance.give(orders.HeldOut("left"))
            self._hand = now + 1.0
        self.performance.step(now)
        begun = [e.cue for e in self.director.log[self._told :] if e.what == "started" and e.cue in RINGS]
        self._told = len(self.director.log)
        if begun:
            with self.acts.open("a") as file:
                file.writelines(f"{cue}\n" for cue in begun)
                file.flush()
                os.fsync(file.fileno())
        found = self.inbox.drain()
        for delivery in found:
            data = delivery.event.data
            if isinstance(data, messages.Say):
                self._talk.append((now + 2.0, str(data.utterance)))
        for end, name in [t for t in self._talk if t[0] <= now]:
            self._talk.remove((end, name))
            self.doors.publish(messages.SpeechFinished(utterance=name, at=now, seconds=2.0))
        self.clock.advance(seconds)
        return len(found)


def endless(folder: str) -> None:
    show = Show(Path(folder))
    while not show.performance.over:
        show.step()
        time.sleep(0.0005)
    time.sleep(60)


def whole() -> list[str]:
    """The cues of a performance that nothing interrupts, in the script's order."""
    with tempfile.TemporaryDirectory() as name:
        show = Show(Path(name))
        while not show.performance.over:
            show.step()
        return [s.cue.id for s in show.director.plan.steps if s.cue.id in show.director.done]


def killed(instant: float, order: list[str]) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        child = multiprocessing.get_context("fork").Process(target=endless, args=(name,))
        child.start()
        while not (folder / CHECKPOINT).exists():
            time.sleep(0.002)
        time.sleep(instant)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        saved = kept(folder / CHECKPOINT)
        show = Show(folder, saved)
        expected = next((cue for cue in order if cue not in saved["done"] and cue not in saved["acts"]), "")
        right = show.director.view().standby == expected
        for _ in range(60):
            show.step()
        right &= show.director.done == saved["done"]
        show.performance.resume()
        for _ in range(20_000):
            show.step()
            if show.performance.over:
                break
        acts = show.acts.read_text().split() if show.acts.exists() else []
        cut = [e.cue for e in show.director.log if e.what == "restored" and e.detail]
        right &= all(acts.count(ring) == 1 or (ring in cut and not acts.count(ring)) for ring in RINGS)
        right &= set(order) <= {*show.director.done, *saved["acts"]}
        return bool(right and show.performance.over == "ended")


def timing() -> dict[str, float]:
    """How far from its due time each cue's picture was, milliseconds (less than 0: early), at 30 pictures a second
    whose times jitter by 8 ms; and how much of it had added up by the end."""
    with tempfile.TemporaryDirectory() as name:
        show, chance, seen = Show(Path(name)), random.Random(3), 0
        show.performance.lead = FRAME / 2
        off: list[float] = []
        while not show.performance.over:
            show.step(FRAME + chance.uniform(-0.008, 0.008))
            running = show.director._running
            if len(show.director.log) > seen and running:
                begun = [e for e in show.director.log[seen:] if e.what == "started"]
                off += [1000 * (e.t - FRAME / 2 - running[-1].begun) for e in begun if e.cue == running[-1].id]
            seen = len(show.director.log)
        return {
            "cues": len(off),
            "cue_off_ms_p50": round(float(np.percentile(np.abs(off), 50)), 1),
            "cue_off_ms_max": round(float(np.abs(off).max()), 1),
            "cue_off_ms_mean": round(float(np.mean(off)), 1),
        }


def go() -> float:
    """Milliseconds from GO to the event that it leads to, on a stage that is stepped thirty times a second."""
    waits = []
    for k in range(40):
        with tempfile.TemporaryDirectory() as name:
            show = Show(Path(name), auto=False)
            show.step()
            begun = time.perf_counter()
            show.performance.give(orders.Go())
            time.sleep(FRAME * (k / 40))
            while not show.step():
                time.sleep(FRAME)
            waits.append(time.perf_counter() - begun)
    return 1000 * float(np.percentile(waits, 95))


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    chance = random.Random(20261127)
    order = whole()
    right = sum(killed(chance.uniform(0.0, 5.0), order) for _ in range(kills))
    print(json.dumps({"kills": kills, "right": right, **timing(), "go_ms_p95": round(go(), 1)}))


if __name__ == "__main__":
    main()
