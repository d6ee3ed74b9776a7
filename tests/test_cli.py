"""The command line as a person meets it: facts on stdout, one clear line for a mistake, exit code 2."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from command_line import here
from typer.main import get_command

from avatar import paths
from avatar.animate import persona
from avatar.cli import app
from avatar.cli.render import weights
from avatar.errors import UsageError
from avatar.io.detect import models
from avatar.types import VISEMES

VERBS = ("demo", "run", "render", "inspect", "validate", "motions", "speak", "send", "doctor")
VERBS += ("tags", "calibrate", "track", "chat", "events", "replay")


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "avatar", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200", **environment},
        timeout=100,
    )


def mistake(*arguments: str, **environment: str) -> str:
    """The one line that a mistake is answered with; in a process of its own where it has an environment of its own."""
    if environment:
        done = call(*arguments, **environment)
        code, error = done.returncode, done.stderr
    else:
        with contextlib.redirect_stderr(io.StringIO()) as heard:
            code = here(*arguments)
        error = heard.getvalue()
    assert code == 2, (code, error)
    assert "Traceback" not in error
    lines = [line for line in error.splitlines() if line.startswith("avatar: ")]
    assert len(lines) == 1, error
    return lines[0]


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert here(verb, "--help") == 0
    text = capsys.readouterr().out
    assert "Examples" in text
    assert f"avatar {verb}" in text


def test_no_such_camera() -> None:
    line = mistake("run", "--source", "37", "--headless", "--port", "0")
    assert "37" in line
    assert "camera" in line


def test_a_persona_that_there_is_not(tmp_path: Path) -> None:
    line = mistake("demo", "--persona", "grumpy", "--headless", "--out", str(tmp_path))
    assert all(name in line for name in ("grumpy", *persona.names()))
    bad = tmp_path / "my.toml"
    bad.write_text("energy = 2")
    line = mistake("run", "--source", "demo", "--persona", str(bad), "--headless", "--port", "0")
    assert "my.toml at /energy" in line


def test_help_names_the_house_personas(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("demo", "run"):
        assert here(verb, "--help") == 0
        text = capsys.readouterr().out
        assert "--persona" in text
        assert all(name in text for name in persona.names())


def test_unreadable_video(tmp_path: Path) -> None:
    video = tmp_path / "broken.mp4"
    video.write_bytes(b"this is no film" * 100)
    assert "broken.mp4" in mistake("run", "--source", str(video), "--headless", "--port", "0")


def test_missing_video(tmp_path: Path) -> None:
    assert "nowhere.mkv" in mistake("run", "--source", str(tmp_path / "nowhere.mkv"), "--headless", "--port", "0")


def test_truncated_vrm(tmp_path: Path) -> None:
    whole = paths.companion("hikari").read_bytes()
    cut = tmp_path / "cut.vrm"
    cut.write_bytes(whole[: len(whole) // 2])
    assert "cut.vrm" in mistake("render", str(cut), "--out", str(tmp_path / "x.png"))
    assert "cut.vrm" in mistake("run", "--source", "demo", "--companion", str(cut), "--headless", "--port", "0")
    assert not (tmp_path / "x.png").exists()


def test_wrong_model_hash(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    file, real = models.MODELS["face"]
    monkeypatch.setitem(models.MODELS, "face", (file, "0" * 64))
    assert here("run", "--source", "demo", "--headless", "--port", "0", "--seconds", "1") == 2
    error = capsys.readouterr().err
    (line,) = [text for text in error.splitlines() if text.startswith("avatar: ")]
    assert file in line
    assert "0" * 64 in line
    assert real in line


def test_port_in_use() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = mistake("run", "--source", "demo", "--headless", "--seconds", "1", "--port", str(port))
    assert f"port {port}" in line
    assert "in use" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--headless", "--out", "{file}/folder"),
        ("run", "--source", "demo", "--headless", "--port", "0", "--record", "{file}/film.mp4"),
        ("render", "hikari", "--out", "{file}/picture.png"),
        ("render", "hikari", "--out", "{file}/film.mp4"),
        ("speak", "Hello.", "--wav", "{file}/sound.wav"),
        ("speak", "Hello.", "--visemes", "{file}/mouth.csv"),
    ],
)
def test_unwritable_output(arguments: tuple[str, ...], tmp_path: Path) -> None:
    blocker = tmp_path / "a-file"
    blocker.write_text("in the way")
    assert "a-file" in mistake(*(a.format(file=blocker) for a in arguments))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes EGL's drivers away")
@pytest.mark.parametrize("verb", ["render", "demo"])
def test_no_gl(verb: str, tmp_path: Path) -> None:
    arguments = {"render": ("hikari", "--out", str(tmp_path / "x.png")), "demo": ("--headless", "--out", str(tmp_path))}
    nothing = tmp_path / "nothing.json"
    nothing.write_text("{}")
    line = mistake(verb, *arguments[verb], __EGL_VENDOR_LIBRARY_FILENAMES=str(nothing))
    assert "EGL" in line or "OpenGL" in line
    assert "libegl1" in line or "Mesa" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--size", "640"), "WIDTHxHEIGHT"),
        (("run", "--size", "9x9"), "160 to 4096"),
        (("run", "--seconds", "0"), "more than 0"),
        (("run", "--fov", "5"), "field of view"),
        (("run", "--anchor", "roof"), "left-half"),
        (("run", "--anchor", "spot", "2,0.5"), "spot X,Y"),
        (("run", "--anchor", "tag", "--tag-size", "3"), "tag size 3 mm"),
        (("demo", "--seconds", "-1"), "more than 0"),
        (("tags", "--size", "500"), "largest tag that fits"),
        (("tags", "--paper", "a3"), "a4 or letter"),
        (("tags", "--out", "tags.doc"), ".pdf"),
        (("tags", "--board", "2x2"), "3 to 30"),
        (("calibrate", "none.mp4"), "no such file"),
        (("calibrate", "--distance", "90"), "0.15 to 5"),
        (("calibrate", "--distance", "0.6", "--board", "7x9"), "not both"),
        (("calibrate", "demo", "--distance", "0.6", "--seconds", "0"), "more than 0"),
        (("run", "--companion", "nobody"), "hikari"),
        (("render", "hikari", "--out", "x.jpg"), ".png"),
        (("render", "hikari", "--out", "x.png", "--expression", "happy=2"), "from 0 to 1"),
        (("render", "hikari", "--out", "x.png", "--plan", "oracle", "--pose", "rest"), "pose of its own"),
        (("render", "hikari", "--out", "x.png", "--seconds", "2"), "--seconds goes with a film"),
        (("render", "hikari", "--out", "x.png", "--fps", "25"), "--fps goes with a film"),
        (("render", "hikari", "--out", "x.mp4", "--plan", "oracle"), "plan 'oracle' is a picture's"),
        (("render", "hikari", "--out", "x.mp4", "--fps", "0"), "fps 0"),
        (("render", "hikari", "--out", "x.png", "--expression", "jolly"), "no expression 'jolly'"),
        (("render", "hikari", "--out", "x.png", "--background", "blueish"), "not a colour"),
        (("speak", ""), "empty"),
        (("send", "say", "text"), "key=value"),
        (("send", "say", "text=hello", "--port", "1"), "127.0.0.1:1"),
    ],
)
def test_wrong_words(
    arguments: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert here(*arguments) == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if text.startswith("avatar: ")]
    assert words in line


@pytest.mark.parametrize(
    ("arguments", "words", "help_of"),
    [
        (("run", "--colour", "red"), "--colour", "avatar run"),
        (("render",), "missing argument 'MODEL'", "avatar render"),
        (("render", "hikari"), "missing option '--out'", "avatar render"),
        (("render", "hikari", "--out"), "'--out' requires an argument", "avatar render"),
        (("render", "hikari", "--out", "x.png", "--time", "soon"), "'--time'", "avatar render"),
        (("run", "--port", "here"), "'--port'", "avatar run"),
        (("demo", "now"), "now", "avatar demo"),
        (("run", "--anchor", "palm", "0.5,0.5"), "0.5,0.5", "avatar run"),
        (("inspect",), "missing argument 'FILE'", "avatar inspect"),
        (("validate", "a.vrm", "b.vrm"), "b.vrm", "avatar validate"),
        (("speak", "--loud", "Hello."), "--loud", "avatar speak"),
        (("send", "say", "--timeout", "x"), "'--timeout'", "avatar send"),
        (("doctor", "--fix"), "--fix", "avatar doctor"),
        (("chat", "--budget", "much"), "'--budget'", "avatar chat"),
        (("sing",), "no such command 'sing'", "avatar"),
        (("--shout",), "--shout", "avatar"),
    ],
)
def test_words_that_are_not_understood(
    arguments: tuple[str, ...], words: str, help_of: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here(*arguments) == 2
    out, error = capsys.readouterr()
    (line,) = error.splitlines()
    assert line.startswith("avatar: ")
    assert words in line
    assert line.endswith(f"(see '{help_of} --help')")
    assert out == ""


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert here() == 2
    out, error = capsys.readouterr()
    assert all(verb in out for verb in VERBS)
    assert error == ""


@pytest.mark.parametrize("verb", ["run", "demo"])
def test_a_limit_reaches_the_companion(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = {
        "run": ("--source", "demo", "--headless", "--port", "0", "--seconds", "1"),
        "demo": ("--headless", "--out", str(tmp_path)),
    }
    assert here(verb, *arguments[verb], "--limit", "vertices=100") == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if text.startswith("avatar: ")]
    assert "hikari.vrm" in line
    assert "100" in line


@pytest.mark.parametrize("verb", ["inspect", "validate"])
def test_looking_into_a_file_starts_no_stage(verb: str) -> None:
    """Importing what a stage needs costs seconds on a slow machine."""
    look = (
        "import sys; from avatar.cli import main; sys.argv = ['avatar', sys.argv[1], 'hikari', '--json']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'mediapipe', 'OpenGL', 'pygame', 'av', 'hibari', 'starlette', 'sounddevice'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", look, verb], text=True).splitlines()[-1] == "[]"


def test_expression_weights() -> None:
    assert weights(["happy=1", "aa=0.5", "blink"]) == {"happy": 1.0, "aa": 0.5, "blink": 1.0}
    for wrong in ("=1", "happy=-1", "happy=nan", "happy=x"):
        with pytest.raises(UsageError, match="NAME=WEIGHT"):
            weights([wrong])


def test_speak_writes_sound_and_mouth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wav, table = tmp_path / "a.wav", tmp_path / "a.csv"
    assert here("speak", "Peter, hello.", "--wav", str(wav), "--visemes", str(table), "--json") == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    with wave.open(str(wav)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        assert sound.getsampwidth() == 2
    assert facts["seconds"] == pytest.approx(seconds, abs=0.01)
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["t", *VISEMES]
    times = [float(r[0]) for r in rows[1:]]
    assert np.allclose(np.diff(times), 0.01, atol=1e-6)
    assert times[-1] == pytest.approx(seconds, abs=0.05)
    shut = max(float(r[1 + VISEMES.index("PP")]) for r in rows[1:])
    assert shut > 0.99


@pytest.mark.gl
def test_render_writes_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "h.png"
    done = call("render", "hikari", "--out", str(picture), "--size", "200x300", "--expression", "happy=1", "--json")
    assert done.returncode == 0, done.stderr
    image = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
    assert image.shape == (300, 200, 4)
    assert 0.03 < (image[..., 3] > 128).mean() < 0.9
    assert json.loads(done.stdout.splitlines()[-1])["png"] == str(picture)


@pytest.mark.gl
def test_render_writes_a_film(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "h.MP4"
    shape = ("--size", "160x240", "--seconds", "0.3", "--fps", "10")
    assert here("render", "hikari", "--out", str(film), *shape, "--json") == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (facts["film"], facts["seconds"], facts["frames"]) == (str(film), 0.3, 3)
    reader = cv2.VideoCapture(str(film))
    assert [reader.read()[0] for _ in range(4)] == [True, True, True, False]


def test_motions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("motions", "--json") == 0
    rows = json.loads(capsys.readouterr().out.splitlines()[-1])["motions"]
    assert {"wave", "bow", "clap"} <= {row["name"] for row in rows}
    assert here("motions") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [row["name"] for row in rows]


@pytest.mark.alone
@pytest.mark.gl
@pytest.mark.slow
def test_demo_then_send_while_it_runs(tmp_path: Path) -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = ["run", "--source", "demo", "--headless", "--seconds", "6", "--json", "--port", str(port)]
    film = tmp_path / "film.mp4"
    result: list[subprocess.CompletedProcess[str]] = []
    thread = threading.Thread(target=lambda: result.append(call(*run, "--record", str(film))))
    thread.start()
    while thread.is_alive():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.05)
    answer = call("send", "say", "text=Hello there.", "--port", str(port), "--json")
    thread.join(90)
    assert json.loads(answer.stdout)["type"] == "presence.ack"
    facts = json.loads(result[0].stdout.splitlines()[-1])
    assert facts["spoken"] == ["Hello there."]
    with av.open(str(film)) as opened:
        drawn = sorted(float(frame.time) for frame in opened.decode(video=0))
    # It ends with the first picture after its time: within 5 %, and what the slowest of its pictures took.
    slowest = max(0.0, float(np.diff(drawn).max()) - 1 / 30)
    assert 6 * 0.95 <= facts["seconds"] <= 6 * 1.05 + slowest
    assert film.stat().st_size > 10_000


def test_a_missing_system_library_is_one_line_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: object) -> None:
        raise ImportError("libgthread-2.0.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(app, "asked_for", lambda arguments: broken)
    assert here("doctor") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "libgthread-2.0.so.0" in line
    assert f"apt-get install -y {app.SYSTEM_LIBS}" in line


def test_only_the_command_that_is_asked_for_is_read_and_all_of_them_where_none_is() -> None:
    for name in get_command(app.app).commands:
        assert list(get_command(app.asked_for([name, "--help"])).commands) == [name]
    for none in ([], ["--help"], ["runn"], ["--version", "run"]):
        assert app.asked_for(none) is app.app


def test_the_same_libraries_are_named_everywhere() -> None:
    root = Path(__file__).resolve().parents[1]
    assert f'SYSTEM_LIBS="{app.SYSTEM_LIBS}"' in (root / "dev").read_text(encoding="utf-8")


@pytest.mark.gl
@pytest.mark.slow
def test_stdio_says_what_a_parent_writes_and_ends_with_it() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    event = {"specversion": "1.0", "id": "1", "source": "parent", "type": "presence.say", "data": {"text": "Hello."}}
    done = subprocess.run(
        [sys.executable, "-m", "avatar", "run", "--source", "demo", "--headless", "--port", "0", "--stdio"],
        input=json.dumps(event) + "\nno event\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert kinds[0] == "presence.ack"
    assert kinds[1] == "presence.error"
    assert "presence.speech.finished" in kinds


@pytest.mark.gl
def test_without_a_camera_of_its_own_a_run_goes_on(tmp_path: Path) -> None:
    if list(Path("/dev").glob("video*")):
        pytest.skip("this machine has a camera")
    still = tmp_path / "alone.png"
    done = call("run", "--headless", "--seconds", "1", "--port", "0", "--json", "--still", str(still))
    assert done.returncode == 0, done.stderr
    assert "no camera" in done.stderr
    assert cv2.imread(str(still)).std() > 20
    assert "camera 0" in mistake("run", "--source", "0", "--headless", "--port", "0")


@pytest.mark.parametrize("name", ["nowhere.vrm", "walk.bvh", "two\nlines.vrm"])
def test_what_cannot_be_validated_is_a_mistake_not_a_verdict(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if path.suffix == ".bvh":
        path.write_text("HIERARCHY")
    assert "validated" in mistake("validate", str(path)) if path.exists() else mistake("validate", str(path))
