"""The suite's own order: nothing runs beside a test that is marked ``alone``, whichever worker has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("xdist")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="workers take turns by POSIX locks")

TESTS = """
import json, os, time
from pathlib import Path
import pytest

def stay(name):
    began = time.monotonic()
    time.sleep(0.02)
    line = json.dumps([name, os.getpid(), began, time.monotonic()])
    with Path(os.environ["DIARY"]).open("a") as diary:
        diary.write(line + "\\n")

@pytest.mark.parametrize("k", range(8))
def test_beside(k):
    stay("beside")

@pytest.mark.alone
@pytest.mark.parametrize("k", range(16))
def test_alone(k):
    stay("alone")
    assert k < 15
"""


def suite(tmp_path: Path, *arguments: str) -> tuple[int, str, list[tuple[str, int, float, float]]]:
    """(exit code, output, (name, process, began, ended) of each test)."""
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_it.py").write_text(TESTS)
    diary = tmp_path / "diary"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), *arguments]
    done = subprocess.run(
        [*command, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tmp_path,
        env={**os.environ, "DIARY": str(diary)},
    )
    return done.returncode, done.stdout, [tuple(json.loads(line)) for line in diary.read_text().splitlines()]


def test_nothing_runs_beside_a_test_that_is_alone(tmp_path: Path) -> None:
    code, said, seen = suite(tmp_path, "-n", "2", "--dist", "worksteal")
    assert (code, len(seen)) == (1, 24), said
    assert "1 failed, 23 passed" in said
    assert len({process for name, process, *_ in seen if name == "alone"}) == 2, "both workers had some"
    for name, _, began, ended in seen:
        beside = [n for n, _, other_began, other_ended in seen if other_began < ended and began < other_ended]
        assert name == "beside" or beside == ["alone"]
