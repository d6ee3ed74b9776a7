"""Small files that ask for much work: each must be read or refused within two seconds and 1 GiB.

``python tests/fuzz/heavy.py [--only WORD] [--out FOLDER]`` makes each file, reads it with every reader in a process of
its own, and prints processor seconds, memory above the bare process, and what came of it. Ends with 1 past a bound.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
from attacks import ATTACKS
from check import READERS, Fault, check

HANG, MEMORY, SLACK = 2.0, 1 << 30, 512 << 20


def _memory(key: str) -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(key))
    return int(line.split()[1]) << 10


def _read(pipe: Any, path: Path, name: str) -> None:
    read = dict(READERS[path.suffix])[name]
    resource.setrlimit(resource.RLIMIT_AS, (_memory("VmSize") + 3 * MEMORY, -1))
    base, started = _memory("VmRSS"), time.process_time()
    try:
        said = check(path, b"", name, read, deep=False) or "loaded"
    except Fault as error:
        said = f"FAULT {error}"
    pipe.send((time.process_time() - started, _memory("VmHWM") - base, said))


def measure(path: Path, name: str, limit: float = 30.0) -> tuple[float, int, str]:
    """(processor seconds, bytes, what came of it) of one reader on one file; ``limit`` seconds at most."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe(duplex=False)
    process = context.Process(target=_read, args=(other, path, name), daemon=True)
    process.start()
    other.close()
    try:
        found: tuple[float, int, str] = pipe.recv() if pipe.poll(limit) else (limit, 0, f"FAULT no end in {limit} s")
    except EOFError:
        process.join()
        found = (0.0, 0, f"FAULT crash: exit {process.exitcode}")
    process.kill()
    process.join()
    return found


def main() -> int:
    """Runs the attacks; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="attacks whose name holds this word")
    parser.add_argument("--out", type=Path, help="keep the files that break a bound here")
    options = parser.parse_args()
    broken = []
    with tempfile.TemporaryDirectory() as folder:
        for attack, (suffix, make) in ATTACKS.items():
            if options.only not in attack:
                continue
            path = Path(folder) / f"{attack}{suffix}"
            path.write_bytes(make())
            for name, _ in READERS[suffix]:
                seconds, memory, said = measure(path, name)
                bad = seconds > HANG or memory > MEMORY or said.startswith("FAULT")
                mark = "BROKEN" if bad else "      "
                size = path.stat().st_size
                print(f"{mark} {attack:28} {name:8} {size:>11,} B {seconds:6.2f} s {memory >> 20:5} MiB  {said[:110]}")
                sys.stdout.flush()
                if bad:
                    broken.append({"attack": attack, "reader": name, "seconds": seconds, "bytes": memory, "said": said})
                    if options.out:
                        options.out.mkdir(parents=True, exist_ok=True)
                        (options.out / path.name).write_bytes(path.read_bytes())
            path.unlink()
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "heavy.json").write_text(json.dumps(broken, indent=1))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
