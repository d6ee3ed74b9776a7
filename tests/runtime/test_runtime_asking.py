"""A child that answers, dies, hangs and babbles."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from avatar.errors import VoiceError
from avatar.runtime.asking import Child

SCRIPT = """
import json, os, sys, time
mode, mark = sys.argv[1], sys.argv[2]
for line in sys.stdin.buffer:
    asked = json.loads(line)
    first = not os.path.exists(mark)
    open(mark, "a").close()
    if mode == "dies" or (mode == "dies once" and first): os._exit(3)
    if mode == "hangs" or (mode == "hangs once" and first): time.sleep(60)
    if mode == "babbles": sys.stdout.buffer.write(b"\\xff\\x00 nonsense\\n"); sys.stdout.flush(); continue
    if mode == "refuses": sys.stdout.write(json.dumps({"error": "no such voice"}) + "\\n"); sys.stdout.flush(); continue
    data = b"\\x01\\x00" * asked["n"]
    sys.stdout.buffer.write(json.dumps({"samples": asked["n"], "pid": os.getpid()}).encode() + b"\\n" + data)
    sys.stdout.buffer.flush()
"""


def child(tmp_path: Path, mode: str, seconds: float = 10.0) -> Child:
    script = tmp_path / "child.py"
    script.write_text(SCRIPT)
    return Child(script, [mode, str(tmp_path / "mark")], "the child", seconds)


def test_it_answers_again_and_again_from_one_process(tmp_path):
    asked = child(tmp_path, "answers")
    first, data = asked.ask({"n": 5})
    second, _ = asked.ask({"n": 100_000})
    assert data == b"\x01\x00" * 5
    assert first["pid"] == second["pid"] == asked.pid
    asked.close()
    assert asked.pid is None


@pytest.mark.parametrize(("mode", "seconds"), [("dies once", 10.0), ("hangs once", 0.6)])
def test_broken_once_it_is_started_again_and_nobody_notices(tmp_path, mode, seconds):
    asked = child(tmp_path, mode, seconds)
    assert asked.ask({"n": 3})[1] == b"\x01\x00" * 3
    asked.close()


def test_killed_between_two_questions_it_is_started_again(tmp_path):
    asked = child(tmp_path, "answers")
    first = asked.ask({"n": 1})[0]["pid"]
    os.kill(asked.pid, signal.SIGKILL)
    assert asked.ask({"n": 1})[0]["pid"] != first
    asked.close()


@pytest.mark.parametrize(("mode", "seconds"), [("dies", 10.0), ("hangs", 0.3), ("babbles", 10.0)])
def test_broken_twice_it_is_one_error_and_the_next_question_is_asked_anew(tmp_path, mode, seconds):
    asked = child(tmp_path, mode, seconds)
    for _ in range(2):
        with pytest.raises(VoiceError, match="the child broke off twice; nothing was said"):
            asked.ask({"n": 3})
    asked.close()


def test_what_it_refuses_is_its_own_words(tmp_path):
    asked = child(tmp_path, "refuses")
    with pytest.raises(VoiceError, match="no such voice"):
        asked.ask({"n": 3})
    asked.close()
