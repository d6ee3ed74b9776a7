"""``avatar chat`` as a person meets it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, refuses, says, serving

from avatar import cli
from avatar.care import consent
from avatar.runtime import chatting


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as made:
        yield made


def here(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["avatar", "chat", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say who answers: --base-url URL --model NAME, or --backend scripted"),
        (("--base-url", "http://127.0.0.1:1"), "--model NAME"),
        (("--backend", "magic"), "backend 'magic'"),
        (("--backend", "scripted", "--model", "x"), "needs no server"),
        (("--base-url", "http://ollama.example", "--model", "x"), "must go by https"),
        (("--base-url", "https://chat.example/v1", "--model", "x"), "avatar consent grant remote-chat chat.example"),
        (("--base-url", "http://127.0.0.1:1", "--model", "x", "--key-env", "NO_SUCH_KEY"), "NO_SUCH_KEY"),
        (("--backend", "scripted", "--budget", "5"), "200 to 1000000"),
        (("--backend", "scripted", "--persona", "nobody"), "no persona named 'nobody'"),
        (("--backend", "scripted", "--port", "8765", "--connect", "ws://x"), "not two"),
        (("--backend", "scripted", "--connect", "stage.example"), "write it as ws://"),
        (("--backend", "scripted", "--connect", "wss://stage.example/v1/events"), "remote-chat stage.example"),
        (("--backend", "scripted", "--port", "1"), "no engine answers there"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_opened(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chatting, "stage", lambda *a: pytest.fail("a stage was opened"))
    assert here(*arguments) == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if text.startswith("avatar: ")]
    assert words in line


def test_a_consent_for_voices_is_none_for_chats(capsys: pytest.CaptureFixture[str]) -> None:
    consent.grant(chatting.consent_file(), "remote-voice", "chat.example", "2026-11-27T00:00:00+00:00")
    assert here("--base-url", "https://chat.example", "--model", "x") == 2
    assert "grant remote-chat chat.example" in capsys.readouterr().err


class Stage:
    """``avatar run`` without a window, in a process of its own, and its port."""

    def __init__(self) -> None:
        command = [
            "-m",
            "avatar",
            "run",
            "--source",
            "demo",
            "--headless",
            "--json",
            "--port",
            "0",
            "--size",
            "160x160",
        ]
        self.process = subprocess.Popen(
            [sys.executable, *command, "--tracking", "here", "--voice", "none"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        address = next(line for line in self.process.stderr if line.startswith("events:"))
        found = re.search(r":(\d+)/", address)
        assert found is not None
        self.port = found[1]

    def end(self) -> Any:
        self.process.terminate()
        out, _ = self.process.communicate(timeout=60)
        return json.loads(out.splitlines()[-1])


@pytest.mark.gl
@pytest.mark.slow
def test_on_a_stage_that_runs_a_server_and_then_the_script_speak(
    server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    monkeypatch.setattr(chatting, "stop_signals", threading.Event)
    own = tmp_path / "smug.toml"
    own.write_text('name = "Tama"\n[tags.motions]\nboogie = "nod"\n[chat]\nprompt = "You are Tama."\n')
    server.answers = [says("[boo", "gie] Good [zorp]day."), refuses(404, "no such model")]
    stage = Stage()
    to = ("--port", stage.port)
    try:
        monkeypatch.setattr(sys, "stdin", io.StringIO("Hello\nand again\n"))
        asked = ("--base-url", server.base, "--model", "fake", "--persona", str(own), "--json")
        assert here(*asked, *to) == 1, "an answer failed"
        out, told = capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.StringIO("wave\nbye\n"))
        assert here("--backend", "scripted", *to) == 0
        second, label = capsys.readouterr()
    finally:
        facts = stage.end()
    first = json.loads(out)
    assert (first["answers"], first["failed"]) == (1, 1)
    assert first["word_to_sound_ms"] > 0
    assert all(words in told for words in ("Good day.", "'zorp'", "no such model"))
    assert server.asked[0][2]["messages"][0]["content"].startswith("You are Tama.\nYou are an AI.")
    assert second.splitlines()[0] == "Here is a wave."
    assert "not from a language model" in label
    assert facts["spoken"][:2] == ["Good day.", "Here is a wave."]
    assert facts["gestures"]["nod"] == 1
    assert facts["gestures"]["wave"] >= 1


@pytest.mark.gl
@pytest.mark.slow
def test_on_a_stage_of_its_own_it_ends_when_all_is_said() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    options = ["--headless", "--source", "demo", "--size", "160x160", "--voice", "none", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "avatar", "chat", "--backend", "scripted", *options],
        input="Hello!\n",
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert len(facts["spoken"]) == facts["answers"] == 1
    assert facts["failed"] == 0
    assert "AI companion, not a person" in done.stderr
