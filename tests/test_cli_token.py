"""Tokens from the command line, and the way of a newcomer: a run, and a word to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import here

from avatar import local_token
from avatar.io.transports.tokens import TokenFiles


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar.io.transports.tokens.config_folder", lambda: tmp_path / "config")


def test_a_token_is_shown_once_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("token", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"tokens": []}
    assert here("token", "add", "my-bot", "--scope", "speak, pose") == 0
    token = capsys.readouterr().out.strip()
    grant = TokenFiles().grant(token)
    assert grant is not None
    assert grant.scopes == {"speak", "pose"}
    assert here("token", "list") == 0
    out = capsys.readouterr().out
    assert out.split()[:2] == ["my-bot", "pose,speak"]
    assert token not in out
    assert here("token", "list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["tokens"]
    assert (row["name"], row["scopes"]) == ("my-bot", ["pose", "speak"])
    assert row["created"].startswith("20")
    assert here("token", "revoke", "my-bot") == 0
    assert TokenFiles().grant(token) is None


def test_the_own_token_is_printed_for_those_who_cannot_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("token", "own") == 0
    assert capsys.readouterr().out.strip() == local_token()
    assert here("token", "own", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"token": local_token()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("token", "add", "x", "--scope", "fly"), "direct, observe, pose, speak"),
        (("token", "add", "x", "--scope", ","), "one or more of"),
        (("token", "add", "local"), "is taken"),
        (("token", "revoke", "nobody"), "no token 'nobody'"),
        (("run", "--host", "0.0.0.0", "--no-token"), "leave --no-token out"),
        (("run", "--host", "example.org"), "write an address"),
        (("run", "--origin", "*"), "as in http://localhost:3000"),
        (("run", "--source", "demo", "--headless", "--port", "0", "--host", "0.0.0.0"), "avatar token add"),
    ],
)
def test_wrong_words(arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert here(*arguments) == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if text.startswith("avatar: ")]
    assert words in line


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("token", "--help") == 0
    text = capsys.readouterr().out
    assert "Examples" in text
    assert "avatar token add" in text


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A run on a free port with settings of its own; its port, and the environment of its user."""
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    user = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    user["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    command = [
        sys.executable,
        "-m",
        "avatar",
        "run",
        "--source",
        "demo",
        "--headless",
        "--voice",
        "none",
        "--port",
        "0",
    ]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=user)
    assert run.stderr is not None
    try:
        address = next(line for line in run.stderr if line.startswith("events:"))
        port = re.search(r":(\d+)/", address)
        assert port is not None
        yield port[1], user
    finally:
        run.terminate()
        run.communicate(timeout=30)


@pytest.mark.gl
@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="settings by XDG_CONFIG_HOME")
def test_two_commands_are_enough_and_another_user_is_refused(
    engine: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    port, user = engine

    def send(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "avatar", "send", "say", "text=Hello.", "--port", port, "--json"]
        return subprocess.run(command, capture_output=True, text=True, env={**user, **more}, timeout=60)

    done = send()
    assert (done.returncode, json.loads(done.stdout)["type"]) == (0, "presence.ack")
    stranger = send(XDG_CONFIG_HOME=str(tmp_path / "stranger"))
    assert stranger.returncode == 1
    assert json.loads(stranger.stdout)["data"]["code"] == "not_authorised"
    given = send(XDG_CONFIG_HOME=str(tmp_path / "stranger"), PRESENCE_TOKEN=TokenFiles(tmp_path / "presence").own())
    assert json.loads(given.stdout)["type"] == "presence.ack"
