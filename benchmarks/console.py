"""The director's console on a running stage: how soon GO and panic act, and how exactly cues come.

    python benchmarks/console.py [--size 640x480] [--times 40] [--busy] [--hung voice|backend]

A live stage draws thirty pictures a second (the companion on a plain ground, no sound card). A client in a process of
its own presses the console's buttons as the page does: GO by ``POST /v1/ceremony``, panic over its WebSocket.

GO: from the press to the end of the first picture that shows the effect, words on the picture, by its pixels.
Panic: from the press to the last sample over -80 dBFS, and to the first picture of a companion that comes to rest: its
mouth shut and no gesture left. --hung voice : a voice that never answers has been asked for the next line;
--hung backend : a chat backend streams words, the first sentence is heard, and the backend's process is stopped
(SIGSTOP) in the middle of the second, its socket open and unread. --busy : two other processes take what processor
time they get.
Cues: a short ceremony that performs itself; how far the picture of each cue was from its due time.
Targets: GO 50 ms, panic 100 ms, cues one picture.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from websockets.sync.client import connect

from avatar.ceremony import reading
from avatar.ceremony.director import Director
from avatar.config import Settings
from avatar.io.console.console import Console
from avatar.runtime.acts import Keep
from avatar.runtime.assemble import Assembly, stage
from avatar.runtime.ceremony import Performance
from avatar.runtime.loops import Hooks, live
from avatar.runtime.parts import Parts
from avatar.runtime.report import Report
from avatar.spelling import parse_size
from avatar.types import FloatArray, Phone, Speech, VisemeTrack

HEAD = 'presence: 1\ntitle: T\nkind: other\nstatement: "One line."\nscenes:\n- id: all\n  title: t\n  cues:\n'
SAID = '  - {id: said, do: [{say: "{statement}"}]}\n'
LIMIT = 1e-4
LETTERS = 80
"""Of 255: a pixel that changes by more has become part of a letter, or was."""
FPS = 30.0


class Spoken:
    """A voice: each line is a tone of ten seconds, at once; one with "never" in it does not come."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        if "never" in text:
            self.release.wait(600)
        seconds = 10.0
        sound = (0.2 * np.sin(np.arange(int(24000 * seconds)) / 20)).astype(np.float32)
        weights = np.zeros((round(100 * seconds), 15), np.float32)
        weights[:, 10] = 1.0
        return Speech(
            utterance, caption or text, sound, 24000, VisemeTrack(weights, 100.0, (Phone("AA", 0, seconds, 1, 0),))
        )


class Run:
    """A live stage with a ceremony and its console. pictures : (end of its drawing, its lower part); sound : (when it
    is heard, samples)."""

    def __init__(self, cues: str, size: str, voice: Spoken | None = None, auto: bool = False) -> None:
        self.pictures: list[tuple[float, FloatArray]] = []
        self.still: list[tuple[float, bool]] = []
        self.begun: list[tuple[str, float, float]] = []
        self.director = Director(reading.parse(HEAD + cues + SAID, "bench"))
        self.settings = Settings(
            camera_needed=False,
            no_source=True,
            headless=True,
            port=0,
            token=False,
            sound="none",
            voice="none",
            size=parse_size(size),
        )
        self.voice, self.prompt = voice, True

    @contextlib.contextmanager
    def live(self, conduct: Callable[[Assembly], None]) -> Iterator[Assembly]:
        hooks, console = Hooks(prompt=self.prompt), Console()
        with tempfile.TemporaryDirectory() as name:
            files = Keep(Path(name), Path(name))

            def make(parts: Parts) -> Performance:
                mixer, clock = parts.speaker.device.mixer, parts.speaker.clock
                found = Performance(self.director, parts.doors, mixer, clock, lambda: engine().look(), "bench", files)
                found.lead, found.nudge = parts.lead, lambda: hooks.nudge()
                return found

            def engine() -> Any:
                return whole.engine

            with stage(self.settings, Report(time.perf_counter()), lambda line: None, None, make, console) as whole:
                assert whole.parts.ceremony is not None
                if self.voice is not None:
                    voice = self.voice
                    whole.parts.speaker._voices[None] = voice  # type: ignore[assignment]
                console.plug(self.director, whole.parts.ceremony.give)
                self._watch(whole, console, hooks)
                thread = threading.Thread(target=self._conduct, args=(conduct, whole, hooks))
                thread.start()
                live(whole, lambda line: None, hooks)
                thread.join()
                if self.voice is not None:
                    self.voice.release.set()
                yield whole

    def _watch(self, whole: Assembly, console: Console, hooks: Hooks) -> None:
        seen = 0

        def each(elapsed: float) -> None:
            nonlocal seen
            now, engine = time.perf_counter(), whole.engine
            picture = engine.picture[-engine.picture.shape[0] // 4 :: 2, ::2].astype(np.float32)
            self.pictures.append((now, picture))
            shut = float(np.abs(engine._mouth[1:15]).max()) < 1e-3
            self.still.append((now, shut and not whole.parts.animator.active))
            lead, running = whole.parts.lead, self.director._running
            for entry in self.director.log[seen:]:
                due = next((p.begun for p in running if p.id == entry.cue), None)
                if entry.what == "started" and due is not None:
                    self.begun.append((entry.cue, 1000 * (entry.t - lead - due), entry.t))
            seen = len(self.director.log)
            console.refresh()

        hooks.each = each

    def _conduct(self, conduct: Callable[[Assembly], None], whole: Assembly, hooks: Hooks) -> None:
        try:
            while len(self.pictures) < 20:
                time.sleep(0.05)
            conduct(whole)
        finally:
            hooks.stop.set()


def press(pipe: Any, port: int) -> None:
    """The other process: presses what it is told to, and says when it did."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    with connect(f"ws://127.0.0.1:{port}/v1/events", proxy=None, compression=None, ping_interval=None) as door:
        door.send(event("presence.hello", {"client": "bench"}))
        door.recv(timeout=10)
        while (what := pipe.recv()) is not None:
            at = time.perf_counter()
            if what == "panic":
                door.send(event("presence.panic", {}))
            else:
                body = json.dumps({"command": what})
                line.request("POST", "/v1/ceremony", body)
                answer = line.getresponse()
                assert answer.status == 202, answer.read()
                answer.read()
            pipe.send(at)


def backend(port: int) -> None:
    """A chat backend in a process of its own: streams a sentence and the beginning of the next, and hangs."""
    with connect(f"ws://127.0.0.1:{port}/v1/events", proxy=None, compression=None, ping_interval=None) as door:
        door.send(event("presence.hello", {"client": "backend"}))
        door.recv(timeout=10)
        for words in ("One. ", "And then the words that "):
            door.send(event("presence.say.delta", {"utterance": "b1", "text": words}))
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGSTOP)


def event(kind: str, data: dict[str, Any]) -> str:
    more = {"specversion": "1.0", "id": str(time.monotonic_ns()), "source": "bench"}
    return json.dumps({**more, "type": kind, "data": data})


@contextlib.contextmanager
def hand(port: int | None) -> Iterator[Callable[[str], float]]:
    """Presses a button; returns when it was pressed (the machine's monotonic clock, the same in every process)."""
    mine, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=press, args=(theirs, port), daemon=True)
    process.start()

    def one(what: str) -> float:
        mine.send(what)
        return float(mine.recv())

    yield one
    mine.send(None)
    process.join(5)


def go(size: str, times: int, prompt: bool) -> dict[str, float]:
    """Milliseconds from GO to the end of the first picture that shows the words."""
    words = "#" * 24
    cues = "".join(f'  - {{id: c{k}, do: [{{caption: "Words {k} {words}", seconds: 0.35}}]}}\n' for k in range(times))
    run, waits, missed = Run(cues, size), list[float](), [0]
    run.prompt = prompt

    def conduct(whole: Assembly) -> None:
        with hand(whole.parts.doors.port) as button:
            for k in range(times):
                time.sleep(0.9 + (k % 10) / (10 * FPS))
                before = run.pictures[-1][1]
                at = button("go")
                time.sleep(0.5)
                after = [(t, p) for t, p in run.pictures if t > at]
                shown = next((t for t, p in after if (np.abs(p - before) > LETTERS).mean() > 0.01), None)
                if shown is None:
                    missed[0] += 1
                else:
                    waits.append(1000 * (shown - at))

    with run.live(conduct):
        ends = np.diff([t for t, _ in run.pictures])
    p50, p95 = np.percentile(waits, [50, 95]) if waits else (np.nan, np.nan)
    return {
        "go_ms_p50": round(float(p50), 1),
        "go_ms_p95": round(float(p95), 1),
        "go_ms_max": round(max(waits, default=np.nan), 1),
        "go_missed": missed[0],
        "picture_ms_p50": round(1000 * float(np.percentile(ends, 50)), 1),
        "picture_ms_p95": round(1000 * float(np.percentile(ends, 95)), 1),
    }


def panic(size: str, times: int, hung: str | None) -> dict[str, float]:
    """Milliseconds from the panic to silence, and to the first picture of a still companion."""
    next_one = "And never more." if hung == "voice" else "Two."
    line = "" if hung == "backend" else f', {{say: "One. {next_one}"}}'
    cues = f"  - {{id: a, do: [{{gesture: nod}}{line}, {{wait: 20}}]}}\n"
    spawn = multiprocessing.get_context("spawn")
    silent, still = list[float](), list[float]()
    for _ in range(times):
        run = Run(cues, size, Spoken())
        loud: list[tuple[float, float]] = []
        others: list[Any] = []

        def conduct(
            whole: Assembly, run: Run = run, loud: list[tuple[float, float]] = loud, others: list[Any] = others
        ) -> None:
            device, offset = whole.parts.speaker.device, time.perf_counter() - whole.clock.now()

            def tap(t: float, block: FloatArray) -> None:
                where = np.flatnonzero(np.abs(block) > LIMIT)
                if len(where):
                    loud.append((offset + t + where[0] / device.mixer.rate, offset + t + where[-1] / device.mixer.rate))

            device.tap = tap
            begun = time.perf_counter()
            with hand(whole.parts.doors.port) as button:
                if hung == "backend":
                    others.append(spawn.Process(target=backend, args=(whole.parts.doors.port,), daemon=True))
                    others[-1].start()
                    while not loud and time.perf_counter() < begun + 20:
                        time.sleep(0.02)
                button("go")
                end = time.perf_counter() + 20
                while not loud and time.perf_counter() < end:
                    time.sleep(0.02)
                time.sleep(0.7)
                at = button("panic")
                time.sleep(0.6)
            if loud:
                silent.append(1000 * (max(last for _, last in loud) - at))
                still.append(1000 * (next(t for t, calm in run.still if t > at and calm) - at))

        with run.live(conduct):
            pass
        for other in others:
            other.kill()
    return {
        "panic_silent_ms_max": round(max(silent, default=np.nan), 1),
        "panic_still_ms_p50": round(float(np.median(still)), 1) if still else float("nan"),
        "panic_still_ms_max": round(max(still, default=np.nan), 1),
        "panics": len(silent),
    }


def cues(size: str) -> dict[str, float]:
    """How far the picture of each cue was from its due time, at thirty pictures a second."""
    rows = [
        f"  - {{id: c{k}, trigger: {'follow' if k else 'go'}, pre: {0.1 + 0.037 * k:.3f}, do: [{{gaze: user}}, "
        f"{{wait: {0.2 + 0.013 * k:.3f}}}], post: {0.05 + 0.007 * k:.3f}}}\n"
        for k in range(24)
    ]
    rows.insert(12, "  - {id: beside, trigger: {after: 0.123}, do: [{wait: 0.5}]}\n")
    run = Run("".join(rows), size)

    def conduct(whole: Assembly) -> None:
        with hand(whole.parts.doors.port) as button:
            button("go")
            end = time.perf_counter() + 60
            while len(run.begun) < 25 and time.perf_counter() < end:
                time.sleep(0.1)

    with run.live(conduct):
        pass
    # The first cue begins with GO, which has no due time.
    off = np.array([error for _, error, _ in run.begun[1:]])
    return {
        "cues": len(off),
        "cue_off_ms_p50": round(float(np.percentile(np.abs(off), 50)), 1),
        "cue_off_ms_p95": round(float(np.percentile(np.abs(off), 95)), 1),
        "cue_off_ms_max": round(float(np.abs(off).max()), 1),
        "cue_off_ms_mean": round(float(off.mean()), 1),
    }


def spin() -> None:
    while True:
        sum(k * k for k in range(1000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="640x480", help="pixels of the pictures")
    parser.add_argument("--times", type=int, default=40, help="GOs; of panics a fifth of it")
    parser.add_argument("--busy", action="store_true", help="with two programs more that want the processor")
    parser.add_argument("--hung", choices=("voice", "backend"), help="panic while this never answers")
    parser.add_argument("--in-turn", action="store_true", help="GO waits for the next picture that is due anyway")
    parser.add_argument("--only", choices=("go", "panic", "cues"), help="this alone")
    options = parser.parse_args()
    others = [multiprocessing.get_context("spawn").Process(target=spin, daemon=True) for _ in range(2 * options.busy)]
    for other in others:
        other.start()
    facts: dict[str, Any] = {"size": options.size, "busy": options.busy, "hung": options.hung}
    if options.only in (None, "go"):
        facts |= go(options.size, options.times, not options.in_turn)
    if options.only in (None, "panic"):
        facts |= panic(options.size, max(3, options.times // 5), options.hung)
    if options.only in (None, "cues"):
        facts |= cues(options.size)
    for other in others:
        other.terminate()
    print(json.dumps(facts | {"load": [round(x, 1) for x in os.getloadavg()]}))


if __name__ == "__main__":
    main()
