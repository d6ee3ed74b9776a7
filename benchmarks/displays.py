"""Many displays: how far apart two of them show an effect, and what 1, 10 and 100 cost the server and the stage.

    python benchmarks/displays.py [--cues 30] [--displays 1 10 100] [--rate 20] [--seconds 10] [--pictures DIR] [--json]

Step: a stage and a display, two processes with pictures, each noting on the machine's monotonic clock when the first
picture with an expression was finished. Growth: followers with everything but an engine, in a process of their own;
what a record needs from the stage's stamp to the follower's hands. Needs the extra 'nats'.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from avatar.clock import SystemClock
from avatar.config import Settings
from avatar.events.messages import Capabilities
from avatar.events.show import LEAD_S, Record
from avatar.io.outputs.still import write_png
from avatar.io.transports.nats import Link, address
from avatar.io.transports.nats_show import ShowReader
from avatar.runtime.assemble import stage
from avatar.runtime.doors import Doors
from avatar.runtime.loops import Hooks, live
from avatar.runtime.mailbox import Inbox
from avatar.runtime.nats_door import StageShow
from avatar.runtime.nats_server import OwnServer, guest_url
from avatar.runtime.report import Report

NAME = "bench"
WAVE_AT = 60.0
"""Seconds on the stage's clock at which a gesture begins, for ``--pictures``; a sentence follows after 4."""
PICTURES_AT = (60.5, 61.0, 61.8, 66.0)
FACES = ("surprised", "happy")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def engine(follow: bool, cues: int, size: tuple[int, int], pictures: str | None) -> None:
    """One of the two processes of ``step``: a line a turn of the face, when the picture was finished."""
    settings = Settings(
        camera_needed=False,
        headless=True,
        port=None,
        sound="none",
        size=size,
        nats="embedded",
        stage=NAME,
        follow=follow,
        tracking="here",
        seconds=600,
    )
    with stage(settings, Report(time.perf_counter()), lambda line: print(line, file=sys.stderr)) as whole:
        hooks = Hooks()
        shown, drawn = "", False
        kept: set[float] = set()
        ends = threading.Event()

        def each(elapsed: float) -> None:
            nonlocal shown, drawn
            if follow and not drawn:
                print(json.dumps({"ready": True}), flush=True)
            drawn = True
            weights = whole.engine.pose.expressions
            face = max(FACES, key=lambda name: weights.get(name, 0.0))
            if weights.get(face, 0.0) > 0.01 and face != shown:
                others = max(weights.get(name, 0.0) for name in FACES if name != face)
                if weights[face] > others:
                    shown = face
                    print(json.dumps({"face": face, "at": time.monotonic(), "of": whole.engine.scene.time}), flush=True)
            for at in PICTURES_AT:
                if pictures and at not in kept and whole.clock.now() >= at:
                    kept.add(at)
                    name = "display" if follow else "stage"
                    write_png(Path(pictures) / f"{name}-{at:g}.png", whole.engine.look())
            if ends.is_set() or (follow and sys.stdin in _readable()):
                hooks.stop.set()

        hooks.each = each
        if not follow:
            client = whole.parts.doors.memory()

            def send() -> None:
                print(json.dumps({"ready": True}), flush=True)
                sys.stdin.readline()
                dice = random.Random(7)
                for k in range(cues):
                    client.send("presence.express", expression=FACES[k % 2], intensity=1.0, fade=0.1)
                    time.sleep(dice.uniform(0.4, 0.8))
                if pictures:
                    client.send("presence.gesture", name="wave", at=WAVE_AT)
                    client.send("presence.express", expression="happy", intensity=1.0, at=WAVE_AT)
                    client.send("presence.say", text="Look, we are two, and we say the same.", at=WAVE_AT + 4)
                    while whole.clock.now() < max(PICTURES_AT) + 1:
                        time.sleep(0.1)
                ends.set()

            threading.Thread(target=send, daemon=True).start()
        live(whole, lambda line: print(line, file=sys.stderr), hooks)


def _readable() -> list[Any]:
    import select

    return select.select([sys.stdin], [], [], 0)[0]


def step(cues: int, size: tuple[int, int], pictures: str | None) -> dict[str, Any]:
    """Both engines; how far apart each turn of the face was seen."""
    base = [sys.executable, __file__, "--cues", str(cues), "--size", f"{size[0]}x{size[1]}", "--engine"]
    more = ["--pictures", pictures] if pictures else []
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*base, "stage", *more], **pipes) as first:
        assert first.stdout is not None
        assert first.stdin is not None
        first.stdout.readline()
        with subprocess.Popen([*base, "display", *more], **pipes) as second:
            assert second.stdin is not None
            assert second.stdout is not None
            second.stdout.readline()  # it draws
            time.sleep(1.0)
            first.stdin.write("go\n")
            first.stdin.flush()
            one = [json.loads(line) for line in first.stdout]
            second.stdin.write("end\n")
            second.stdin.flush()
            two = [json.loads(line) for line in second.stdout]
    apart: list[float] = []
    moments: list[float] = []
    for mine in one:
        near = [other for other in two if other["face"] == mine["face"] and abs(other["at"] - mine["at"]) < 0.3]
        if near:
            other = min(near, key=lambda o: abs(o["at"] - mine["at"]))
            apart.append(1000 * abs(other["at"] - mine["at"]))
            moments.append(1000 * abs(other["of"] - mine["of"]))
    apart.sort()
    moments.sort()
    return {
        "cues": len(one),
        "seen_on_both": len(apart),
        "apart_ms_median": round(statistics.median(apart), 2),
        "apart_ms_p95": round(apart[int(0.95 * (len(apart) - 1))], 2),
        "apart_ms_max": round(apart[-1], 2),
        "within_20_ms": round(sum(a <= 20 for a in apart) / len(apart), 3),
        "pictures_of_the_same_instant": round(sum(m <= 1 for m in moments) / len(moments), 3),
        "instants_apart_ms_p95": round(moments[int(0.95 * (len(moments) - 1))], 2),
    }


async def follow_many(count: int, seconds: float) -> None:
    """The other process of ``growth``: ``count`` followers without an engine. On one machine the monotonic clock is
    the same for all, so the stage's stamps are compared with it directly."""
    clock = SystemClock()
    base = time.monotonic() - clock.now()
    late: list[float] = []
    readers: list[ShowReader] = []
    links: list[Link] = []
    offsets: list[float] = []
    where = address(guest_url(NAME))

    def act(record: Record) -> None:
        if record.event is not None:
            late.append(clock.now() + base - float(record.event.source))

    for _ in range(count):
        reader = ShowReader(NAME, clock, act, lambda o, afresh: offsets.append(o), lambda: 1e9, lambda line: None)
        reader.expect(frozenset())

        async def ready(client: Any, reader: ShowReader = reader) -> None:
            tasks.extend((asyncio.ensure_future(reader.ask(client)), asyncio.ensure_future(reader.read(client))))

        readers.append(reader)
        links.append(Link(lambda: where, ready, lambda line: print(line, file=sys.stderr), "bench"))
    tasks: list[Any] = []
    running = [asyncio.ensure_future(link.run()) for link in links]
    while not all(reader.caught for reader in readers):
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)
    late.clear()
    begin, used = time.monotonic(), time.process_time()
    print(json.dumps({"ready": True}), flush=True)
    await asyncio.sleep(seconds + 1.0)
    used = time.process_time() - used
    late.sort()
    facts = {
        "heard": len(late),
        "late_ms_p50": round(1000 * late[len(late) // 2], 2),
        "late_ms_p99": round(1000 * late[int(0.99 * (len(late) - 1))], 2),
        "late_ms_max": round(1000 * late[-1], 2),
        "within_lead": round(sum(x <= LEAD_S for x in late) / len(late), 4),
        "followers_cpu": round(used / (time.monotonic() - begin), 3),
        "offset_ms_spread": round(1000 * (max(offsets[-count:]) - min(offsets[-count:])), 3),
    }
    print(json.dumps(facts), flush=True)
    for link in links:
        link.stop()
    for task in (*tasks, *running):
        task.cancel()


def growth(count: int, rate: float, seconds: float) -> dict[str, Any]:
    """``count`` followers of a stage that takes ``rate`` events a second."""
    clock = SystemClock()
    doors = Doors(Inbox(1 << 16), clock, Capabilities())
    own = OwnServer(NAME)
    show = StageShow(doors.hub, clock, lambda: address(own.url), NAME, lambda line: print(line, file=sys.stderr), False)
    show.start()
    doors.show = show
    client = doors.memory()
    command = [sys.executable, __file__, "--follow", str(count), "--seconds", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        server, mine, begin = cpu_seconds(own.pid), time.process_time(), time.monotonic()
        sent = 0
        while (now := time.monotonic()) < begin + seconds:
            data = {"expression": "happy", "intensity": 0.5}
            envelope = {"specversion": "1.0", "id": str(sent), "source": repr(now), "type": "presence.express"}
            client.send_text(json.dumps(envelope | {"data": data}))
            sent += 1
            time.sleep(max(0.0, begin + sent / rate - time.monotonic()))
        took = time.monotonic() - begin
        used = cpu_seconds(own.pid) - server, time.process_time() - mine
        facts: dict[str, Any] = json.loads(other.stdout.readline())
    show.close()
    own.close()
    return {
        "displays": count,
        "sent": sent,
        "missing": sent * count - facts["heard"],
        "delivered_per_s": round(facts["heard"] / took),
        **{k: v for k, v in facts.items() if k != "heard"},
        "server_cpu": round(used[0] / took, 3),
        "stage_cpu": round(used[1] / took, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cues", type=int, default=30, help="turns of the face in the step measurement; 0 = none")
    parser.add_argument("--displays", type=int, nargs="*", default=[1, 10, 100], help="numbers of followers")
    parser.add_argument("--rate", type=float, default=20.0, help="events a second in the growth measurement")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each growth measurement")
    parser.add_argument("--size", default="320x240", help="pictures of the step measurement")
    parser.add_argument("--pictures", metavar="DIR", help="keep both engines' pictures of the same instants there")
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    parser.add_argument("--engine", choices=["stage", "display"], help=argparse.SUPPRESS)
    parser.add_argument("--follow", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = tuple(map(int, options.size.split("x")))
    if options.engine:
        engine(options.engine == "display", options.cues, (size[0], size[1]), options.pictures)
        return
    if options.follow:
        asyncio.run(follow_many(options.follow, options.seconds))
        return
    facts: dict[str, Any] = {"load": [round(x, 1) for x in os.getloadavg()], "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        if options.cues:
            facts["step"] = step(options.cues, (size[0], size[1]), options.pictures)
            print(facts["step"], flush=True)
        facts["growth"] = []
        for count in options.displays:
            facts["growth"].append(growth(count, options.rate, options.seconds))
            print(facts["growth"][-1], flush=True)
    if options.json:
        print(json.dumps(facts))


if __name__ == "__main__":
    main()
