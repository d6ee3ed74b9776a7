"""The examples are the gallery: each one runs as written, and its picture looks like the one that is kept."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
KEPT = EXAMPLES / "gallery"
OUT = ROOT / "tests" / "_out"
PICTURES = ["01_portrait", "02_hello", "04_turnaround", "05_faces", "06_room_light", "07_gestures"]
FROM_A_SHELL = "01_portrait"
PICTURES += ["08_idle", "09_gaze", "10_troupe", "11_place", "12_touch", "13_camera", "14_mouth"]


def run(name: str, *arguments: str, text: str = "") -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=110,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.gl
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_the_one_in_the_gallery(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in ("02_hello", "11_place", "13_camera"):
        pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    made = tmp_path / f"{name}.png"
    if name == FROM_A_SHELL:
        run(f"{name}.py", str(made))
    else:
        # As its own main program, but here: Python and the companion's voice are started once for all of them.
        monkeypatch.setattr(sys, "argv", [f"{name}.py", str(made)])
        monkeypatch.syspath_prepend(str(EXAMPLES))
        try:
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        except SystemExit as end:
            if end.code:
                raise
    picture = cv2.imread(str(made), cv2.IMREAD_COLOR).astype(np.int16)
    kept = cv2.imread(str(KEPT / f"{name}.png"), cv2.IMREAD_COLOR).astype(np.int16)
    assert picture.shape == kept.shape
    difference = np.abs(picture - kept)
    if difference.mean() > 2.0:
        OUT.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(OUT / f"{name}-made.png"), picture)
        cv2.imwrite(str(OUT / f"{name}-difference.png"), np.clip(difference * 4, 0, 255))
    assert difference.mean() <= 2.0, f"see {OUT}"


@pytest.mark.gl
@pytest.mark.slow
def test_the_echo_bot_makes_the_companion_speak() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    engine = subprocess.Popen(
        [sys.executable, "-m", "avatar", "run", "--source", "demo", "--headless", "--json", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert engine.stderr is not None
    try:
        address = next(line for line in engine.stderr if line.startswith("events:"))
        port = re.search(r":(\d+)/", address)
        assert port is not None
        run("03_echo_bot.py", port[1], text="Good morning.\n\nThank you.\n")
    finally:
        engine.terminate()
        out, _ = engine.communicate(timeout=30)
    assert json.loads(out.splitlines()[-1])["spoken"] == ["Good morning.", "Thank you."]


class Model(BaseHTTPRequestHandler):
    """A model that says two words, streamed as Ollama does."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked["messages"][-1] == {"role": "user", "content": "Who is there?"}
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for word in ("[jo", "y] ", "Only ", "Hikari."):
            delta = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None}]}
            self.wfile.write(b"data: " + json.dumps(delta).encode() + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.gl
@pytest.mark.slow
def test_the_ollama_bot_and_the_webhook_make_the_companion_speak() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    model = HTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=model.serve_forever, args=(0.01,), daemon=True).start()
    engine = subprocess.Popen(
        [sys.executable, "-m", "avatar", "run", "--source", "demo", "--headless", "--json", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert engine.stderr is not None
    try:
        address = next(line for line in engine.stderr if line.startswith("events:"))
        port = re.search(r":(\d+)/", address)
        assert port is not None
        base = f"http://127.0.0.1:{model.server_port}/v1"
        assert run("15_ollama_bot.py", "fake", port[1], base, text="Who is there?\n") == "[joy] Only Hikari.\n"
        assert run("16_webhook.py", "[joy] The cake is ready.", port[1]) == "202 presence.ack\n"
    finally:
        engine.terminate()
        out, _ = engine.communicate(timeout=30)
        model.shutdown()
        model.server_close()
    assert json.loads(out.splitlines()[-1])["spoken"][:1] == ["Only Hikari."]


@pytest.mark.gl
@pytest.mark.slow
def test_the_puppeteers_film_shows_what_it_sent(tmp_path: Path) -> None:
    made, film = tmp_path / "puppeteer.png", tmp_path / "puppeteer.mp4"
    facts = run("19_vmc_puppeteer.py", str(made), str(film))
    assert "vmc in: 127.0.0.1:" in facts
    assert film.stat().st_size > 10_000
    picture = cv2.imread(str(made), cv2.IMREAD_COLOR).astype(np.int16)
    kept = cv2.imread(str(KEPT / "19_vmc_puppeteer.png"), cv2.IMREAD_COLOR).astype(np.int16)
    assert picture.shape == kept.shape
    for column in np.array_split(np.abs(picture - kept), 6, axis=1):
        assert column.mean() <= 2.0


@pytest.mark.gl
@pytest.mark.slow
def test_the_chat_log_is_read_the_same_every_time() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    lines = run("17_chat_log.py").splitlines()
    fates = [line.split(": ", 1) for line in lines[:-1]]
    assert [(who.split()[-1], what) for who, what in fates] == [
        *(("ada", "answered"), ("bert", "a link"), ("cleo", "answered"), ("dora", "answered"), ("emil", "too old")),
        *(("fay", "answered"), ("bert", "no such command"), ("gil", "answered"), ("gil", "said before")),
    ]
    welcome = [f"Hello {name}, and welcome to the room." for name in ("Ada", "Cleo", "Dora")]
    real = "No, Gil: I am an AI, and these lines come from a file."
    assert lines[-1] == " ".join(["spoken:", *welcome, "For Fay.", real])


@pytest.mark.gl
@pytest.mark.slow
def test_the_agent_uses_the_tools_it_finds() -> None:
    pytest.importorskip("mcp", reason="needs the extra 'mcp'")
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    lines = run("18_mcp_agent.py").splitlines()
    assert lines[0] == "tools: cue, express, gaze, gesture, say, state"
    said = [line for line in lines if line.startswith("say ")]
    assert len(said) == 2
    assert all('"finished"' in line for line in said)
    (mistake,) = (line for line in lines if "error:" in line)
    assert "unknown_name at /name" in mistake
