"""``avatar track`` as a person and a program meet it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import here

COMMAND = [sys.executable, "-m", "avatar", "track"]
FIELDS = {"t", "head", "hands", "body", "matte", "light", "gestures"}
DEMO = pytest.mark.usefixtures("feed")


@pytest.fixture
def feed() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=100)


def no_number(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


@DEMO
def test_a_line_for_every_frame_and_nothing_else_on_stdout() -> None:
    done = call("demo", "--seconds", "0.2", "--json-lines")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line, parse_constant=no_number) for line in done.stdout.splitlines()]
    assert [round(30 * line["t"]) for line in told] == list(range(6))
    assert all(set(line) == FIELDS for line in told)
    assert all(line["head"] and line["body"] for line in told)


@DEMO
def test_lines_go_to_a_file_and_the_summary_to_stdout(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert here("track", "demo", "--seconds", "0.1", "--out", str(tmp_path / "a.jsonl"), "--json") == 0
    facts = json.loads(capfd.readouterr().out)
    assert facts["frames"] == len((tmp_path / "a.jsonl").read_text().splitlines()) == 3
    assert facts["face"] == 1.0
    assert facts["lines"] == str(tmp_path / "a.jsonl")


@DEMO
def test_the_summary_is_for_people(capfd: pytest.CaptureFixture[str]) -> None:
    assert here("track", "demo", "--seconds", "0.1") == 0
    words = {line.split()[0]: line for line in capfd.readouterr().out.splitlines()}
    assert "100.0 %" in words["face"]
    assert "3 in 0.07 s" in words["frames"]
    assert {"body", "gestures", "light"} <= set(words)


@DEMO
@pytest.mark.skipif(os.name != "posix", reason="pipes and signals as on POSIX")
def test_whoever_stops_reading_ends_it_without_a_word() -> None:
    with subprocess.Popen(
        [*COMMAND, "demo", "--json-lines"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        json.loads(run.stdout.readline())
        run.stdout.close()
        assert run.wait(30) == 0
        assert run.stderr.read() == ""


@DEMO
@pytest.mark.skipif(os.name != "posix", reason="pipes and signals as on POSIX")
def test_control_c_ends_it_after_a_whole_line() -> None:
    with subprocess.Popen(
        [*COMMAND, "demo", "--seconds", "600", "--json-lines"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        first = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read()
        assert run.wait(30) == 130
        assert run.stderr.read() == ""
    for line in (first + rest).splitlines():
        assert set(json.loads(line)) == FIELDS
    assert rest == "" or rest.endswith("\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.mkv",), ("nowhere.mkv", "no such file")),
        (("0",), ("0", "avatar run")),
        (("demo", "--person", "tallest"), ("tallest", "nearest")),
        (("demo", "--fov", "5"), ("field of view",)),
        (("demo", "--seconds", "0"), ("seconds 0",)),
        (("demo", "--out", "{none}/a.jsonl"), ("a.jsonl", "cannot be written")),
    ],
)
def test_a_mistake_is_one_line(
    arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert here("track", *(a.format(none=tmp_path / "none") for a in arguments)) == 2
    out, error = capfd.readouterr()
    (line,) = error.splitlines()
    assert line.startswith("avatar: ")
    assert all(word in line for word in words), line
    assert out == ""
