"""The soak: many damaged files through every reader, each bounded in time and memory.

``python tests/fuzz/run.py --count 100000 --out FOLDER`` (``--seed``, ``--workers``, ``--only SUFFIX``). Ends with 1
when anything broke. The offending files are saved in FOLDER/faults, the figures in FOLDER/result.json.

One input is one damaged file read by every reader that takes it. A worker is a process of its own with a limit on its
address space; the parent watches its processor time, so a busy machine cannot make an input look slow.
"""

from __future__ import annotations

import argparse
import collections
import json
import multiprocessing
import multiprocessing.connection
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import corpus
from check import READERS, Fault, check, outline
from mutate import mutate

HANG = 2.0
MEMORY = 1 << 30
EVERY = {"inspect": 4}
"""Readers that are mostly others once more take every so manieth input only."""
SLACK = 256 << 20
"""Address space is not memory: threads and arenas reserve what they never touch."""


def _memory(key: str) -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(key))
    return int(line.split()[1]) << 10


def one(seed: int, index: int, names: list[str], files: dict[str, bytes]) -> tuple[str, bytes]:
    """(seed's name, damaged bytes) of input ``index``: the same in every run."""
    rng = random.Random(seed * 1_000_003 + index)
    name = rng.choice(names)
    data = mutate(files[name], rng, files[rng.choice(names)])
    if rng.random() < 0.2:
        data = mutate(data, rng, files[rng.choice(names)])
    return name, data


def worker(pipe: Any, seed: int, share: range, names: list[str], folder: str) -> None:
    """Reads the inputs one after another and says of each what came of it."""
    files = corpus.seeds()
    corpus.write(Path(folder))
    for name in names:
        for reader, read in READERS[Path(name).suffix]:
            check(Path(folder) / name, files[name], reader, read)
    base = _memory("VmRSS")
    room = _memory("VmSize") + MEMORY + SLACK
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for index in share:
        name, data = one(seed, index, names, files)
        path = Path(folder) / ("input" + Path(name).suffix)
        path.write_bytes(data)
        pipe.send((index, name))
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        said: list[tuple[str, str]] = []
        slowest, fault = (0.0, ""), ""
        for reader, read in READERS[path.suffix]:
            if index % EVERY.get(reader, 1):
                continue
            started = time.process_time()
            try:
                said.append((reader, check(path, data, reader, read)))
            except Fault as error:
                fault = fault or "".join(traceback.format_exception(error))
            slowest = max(slowest, (time.process_time() - started, reader))
        verdicts = dict(said)
        if not fault and verdicts.get("load") and verdicts.get("validate") == "":
            fault = f"validate: called valid, but load refuses: {verdicts['load']}"
        pipe.send((said, slowest, max(0, _memory("VmHWM") - base), fault))
    pipe.send(None)


class Tally:
    """What has been seen so far."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.inputs = 0
        self.refused: collections.Counter[str] = collections.Counter()
        self.loaded: collections.Counter[str] = collections.Counter()
        self.rules: collections.Counter[str] = collections.Counter()
        self.slowest: dict[str, Any] = {"seconds": 0.0}
        self.biggest: dict[str, Any] = {"bytes": 0}
        self.faults: list[dict[str, Any]] = []
        self.kinds: collections.Counter[str] = collections.Counter()

    def result(self, index: int, name: str, found: tuple[Any, ...]) -> str:
        """Counts one input; gives a fault's text, or nothing."""
        said, (seconds, reader), memory, fault = found
        self.inputs += 1
        for by, rule in said:
            (self.refused if rule else self.loaded)[by] += 1
            if rule:
                self.rules[rule] += 1
        if seconds > self.slowest["seconds"]:
            self.slowest = {"seconds": round(seconds, 3), "input": index, "seed": name, "reader": reader}
        if memory > self.biggest["bytes"]:
            self.biggest = {"bytes": memory, "input": index, "seed": name}
        if not fault and seconds > HANG:
            fault = f"{reader}: took {seconds:.2f} s"
        if not fault and memory > MEMORY:
            fault = f"took {memory >> 20} MiB"
        return str(fault)

    def fault(self, index: int, name: str, text: str, data: bytes) -> None:
        """Keeps a fault, and the file of the first few of its kind."""
        lines = [line.strip() for line in text.strip().splitlines()]
        inside = [line for line in lines if line.startswith("File ") and "/avatar/" in line]
        kind = "".join(inside[-1:]).split(", in")[0].split("/avatar/")[-1] + " " + outline(lines[-1])
        self.kinds[kind] += 1
        if self.kinds[kind] <= 3:
            (self.out / "faults").mkdir(parents=True, exist_ok=True)
            path = self.out / "faults" / f"{index}_{name}"
            path.write_bytes(data)
            path.with_name(path.name + ".txt").write_text(text)
            self.faults.append({"input": index, "seed": name, "what": lines[-1][:300], "file": str(path)})

    def summary(self) -> dict[str, Any]:
        """All of it, for people and machines."""
        return {
            "inputs": self.inputs,
            "loaded": dict(self.loaded),
            "refused": dict(self.refused),
            "distinct_rules": len(self.rules),
            "slowest": self.slowest,
            "biggest": {**self.biggest, "MiB": self.biggest["bytes"] >> 20},
            "faults": sum(self.kinds.values()),
            "fault_kinds": dict(self.kinds.most_common()),
            "fault_files": self.faults,
            "rules": dict(self.rules.most_common()),
        }


class Runner:
    """Worker processes over a share of the inputs: one that dies or hangs is followed by a fresh one."""

    def __init__(self, seed: int, share: range, names: list[str], tally: Tally) -> None:
        self._seed, self._left, self._names, self._tally = seed, share, names, tally
        self._folder = tempfile.mkdtemp(prefix="fuzz", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self._current: tuple[int, str] | None = None
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe(duplex=False)
        arguments = (other, self._seed, self._left, self._names, self._folder)
        self._process = context.Process(target=worker, args=arguments, daemon=True)
        self._process.start()
        other.close()

    def _spent(self) -> float:
        with open(f"/proc/{self._process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def step(self) -> bool:
        """Takes in what the worker has said; False when the share is done."""
        try:
            while self.pipe.poll():
                said = self.pipe.recv()
                if said is None:
                    self._process.join()
                    shutil.rmtree(self._folder, ignore_errors=True)
                    return False
                if self._current is None:
                    self._current = said
                    self._since, self._busy = time.monotonic(), self._spent()
                else:
                    self._settle(self._tally.result(*self._current, said))
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode or 0
            if self._current is None:
                raise SystemExit(f"a worker ended with {code} outside any input") from None
            return self._restart(f"crash: {signal.Signals(-code).name if code < 0 else f'exit {code}'}")
        if self._current and (self._spent() - self._busy > 3 * HANG or time.monotonic() - self._since > 60):
            self._process.kill()
            self._process.join()
            return self._restart(f"hang: killed after {time.monotonic() - self._since:.1f} s")
        return True

    def _restart(self, text: str) -> bool:
        self._tally.inputs += 1
        self._settle(text)
        self._start()
        return True

    def _settle(self, text: str) -> None:
        assert self._current
        index, name = self._current
        if text:
            self._tally.fault(index, name, text, one(self._seed, index, self._names, corpus.seeds())[1])
        self._left = self._left[self._left.index(index) + 1 :]
        self._current = None


def main() -> int:
    """Runs the soak; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, choices=(1, 2))
    parser.add_argument("--only", default="", help="only seeds whose name ends so, e.g. .vrm")
    parser.add_argument("--out", type=Path, default=Path("fuzz-out"))
    options = parser.parse_args()
    os.nice(10)
    names = [n for n in corpus.seeds() if n not in corpus.BESIDE and n.endswith(options.only)]
    names = [n for n in names if READERS[Path(n).suffix]]
    options.out.mkdir(parents=True, exist_ok=True)
    tally, started, shown = Tally(options.out), time.monotonic(), 0
    shares = [range(k, options.count, options.workers) for k in range(options.workers)]
    runners = [Runner(options.seed, share, names, tally) for share in shares]
    while runners:
        multiprocessing.connection.wait([runner.pipe for runner in runners], timeout=0.2)
        runners = [runner for runner in runners if runner.step()]
        if tally.inputs >= shown + 5000:
            shown = tally.inputs
            print(f"{shown} inputs, {time.monotonic() - started:.0f} s, {sum(tally.kinds.values())} faults", flush=True)
    found = {**tally.summary(), "seconds": round(time.monotonic() - started, 1), "seed": options.seed}
    (options.out / "result.json").write_text(json.dumps(found, indent=1))
    print(json.dumps({key: value for key, value in found.items() if key != "rules"}, indent=1))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
