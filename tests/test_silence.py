"""Nothing leaves the machine: a whole session, closing included, makes no connection beyond loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SESSION = ["-m", "avatar", "run", "--source", "demo", "--headless", "--seconds", "2", "--port", "0", "--json"]
CALL = re.compile(r"(?:connect|sendto|sendmsg|sendmmsg)\(.*sa_family=AF_INET6?.*")
LOCAL = re.compile(r'inet_addr\("127\.|"::1"|inet_addr\("0\.0\.0\.0"\)')

# Names by which a library knows that it is being tested: some then keep still what they send in a person's hands.
UNTESTED = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "CI", "GITHUB", "BUILD", "TF_BUILD"))}
# What a test must not lean on: silence has to come from the program itself.
UNTESTED.pop("ORT_DISABLE_TELEMETRY", None)

pytestmark = [pytest.mark.gl, pytest.mark.slow]


def reached(trace: str) -> list[str]:
    """The calls in an strace that address another machine."""
    return [line for line in trace.splitlines() if CALL.search(line) and not LOCAL.search(line)]


def test_the_reader_of_traces_sees_a_connection() -> None:
    line = '42 connect(7, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.9")}, 16) = 0'
    assert reached(line) == [line]
    assert reached(line.replace("203.0.113.9", "127.0.0.1")) == []


def test_a_session_connects_to_nothing(tmp_path: Path) -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace)]
    command += [sys.executable, *SESSION]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, env=UNTESTED)
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        pytest.skip("this machine does not allow strace")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["frames"] > 10
    assert reached(trace.read_text(errors="replace")) == []


def test_the_voice_runs_on_a_library_without_an_uploader() -> None:
    """Not by switching it off: no part of onnxruntime knows an address to send to."""
    import onnxruntime

    folder = Path(onnxruntime.__file__).parent
    parts = [p for p in folder.rglob("*") if p.suffix in {".so", ".pyd", ".dll", ".dylib"} or ".so." in p.name]
    assert parts
    assert not [p.name for p in parts if b"events.data.microsoft" in p.read_bytes()]


def test_a_session_needs_no_network() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    alone = ["unshare", "--net", "--map-root-user", "sh", "-c"]
    up = "ip link set lo up && "
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("unshare or ip is not installed")
    if subprocess.run([*alone, up + "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine does not allow network namespaces")
    line = up + " ".join([sys.executable, *SESSION])
    done = subprocess.run([*alone, line], capture_output=True, text=True, timeout=110, env=UNTESTED)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["tracked_fraction"] > 0.5
