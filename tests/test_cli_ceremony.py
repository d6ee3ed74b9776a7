"""``avatar ceremony``: what a stranger types, what goes wrong, and how it is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from avatar.cli.app import start


def command(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["avatar", *arguments])
    with pytest.raises(SystemExit) as ended:
        start()
    return int(ended.value.code or 0)


def test_a_strangers_way_from_new_to_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "our-day"
    assert command(["ceremony", "new", "wedding", "--out", str(folder), "--json"], monkeypatch) == 0
    path = Path(json.loads(capsys.readouterr().out)["ceremony"])
    assert command(["ceremony", "check", str(path)], monkeypatch) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if "is empty" in line]
    assert lines[0].startswith(f"{path}:19:11: name 'person' is empty"), lines
    text = path.read_text(encoding="utf-8")
    for k in range(text.count('""')):
        text = text.replace('""', f'"Word {k}"', 1)
    path.write_text(text, encoding="utf-8")
    assert command(["ceremony", "check", str(path), "--json"], monkeypatch) == 0
    assert json.loads(capsys.readouterr().out)["errors"] == 0


def test_check_says_what_the_source_cannot_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from avatar import paths

    path = tmp_path / "vow-renewal.yaml"
    text = (paths.assets() / "ceremonies" / path.name).read_text(encoding="utf-8")
    path.write_text(text.replace('""', '"Noa"'), encoding="utf-8")
    check = ["ceremony", "check", str(path), "--size", "320x240", "--mic", "no such microphone", "--source"]
    assert command([*check, "demo"], monkeypatch) == 0
    told = capsys.readouterr().out.splitlines()
    assert any("warning: cue" in one and "'demo' shows no hand that is held out" in one for one in told)
    assert any("warning: --mic: there is no microphone 'no such microphone'" in one for one in told)
    assert command([*check, "nothing.mp4"], monkeypatch) == 1
    assert f"{path}:1:1: --source nothing.mp4: there is no such file" in capsys.readouterr().out
    assert command([*check, "demo", "--fov", "300"], monkeypatch) == 2
    assert "the field of view must be 10 to 150 degrees" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ":1:1: the file is empty"),
        ("presence: 1\na: &a [*a]\n", ":2:4: anchor '&a'"),
        ("presence: 1\ntitle: !!python/name:os.system x\n", ":2:8: tag"),
        ("presence: 2\n", ":1:11: 'presence: 2': this version"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "run", "rehearse", "resume"])
def test_a_wrong_script_is_one_line(
    verb: str, text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    monkeypatch.chdir(tmp_path)
    assert command(["ceremony", verb, str(path)], monkeypatch) in (1, 2)
    out, err = capsys.readouterr()
    lines = [line for line in (out + err).splitlines() if str(path) in line]
    assert len(lines) == 1
    assert told in lines[0]


def test_ten_megabytes_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a" * 10_000_000)
    assert command(["ceremony", "check", str(path)], monkeypatch) == 2
    assert "1 MiB" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["check", "nothing.yaml"], ["run", "nothing.yaml"], ["resume", "nothing.yaml"]])
def test_a_file_that_is_not_there(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["ceremony", *arguments], monkeypatch) == 2
    assert "there is no such file ('avatar ceremony new wedding' makes one)" in capsys.readouterr().err


def test_nothing_to_resume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from avatar import paths

    monkeypatch.chdir(tmp_path)
    assert command(["ceremony", "resume", str(paths.assets() / "ceremonies/wedding.yaml")], monkeypatch) == 2
    assert "there is no checkpoint" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["new", "check", "rehearse", "run", "resume"])
def test_every_verb_has_help_with_examples(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["ceremony", verb, "--help"], monkeypatch) == 0
    assert f"avatar ceremony {verb} " in capsys.readouterr().out
