"""``avatar adapter`` from the command line: which there are, what goes with which, and one line for what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import here

from avatar.runtime.adapting import KINDS

DOCS = Path(__file__).resolve().parents[1] / "docs" / "ADAPTERS.md"


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_without_a_name_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("adapter") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [kind.NAME for kind in KINDS]
    assert all(line.endswith(kind.URL) for line, kind in zip(lines, KINDS, strict=True))
    assert here("adapter", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["adapters"]
    assert {row["name"] for row in rows} == {kind.NAME for kind in KINDS}


def test_the_document_has_every_adapter_and_its_options() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.MULTILINE) == [kind.NAME for kind in KINDS]
    typed = set(re.findall(r"^(?:[A-Z_]+=… )?avatar adapter ([a-z-]+)", text, flags=re.MULTILINE))
    assert typed == {kind.NAME for kind in KINDS}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("obss",), "there is no adapter 'obss': did you mean 'obs'"),
        (("obs", "--type"), "nothing can be typed to obs"),
        (("pipecat", "--record"), "--record are for obs"),
        (("obs", "--add"), "--no-hotkeys are for vtube-studio"),
        (("obs", "--url", "localhost:4455"), "write an address as in ws://127.0.0.1:4455"),
        (("obs", "--url", "ws://obs.example.org"), "avatar consent grant remote-adapter obs.example.org"),
    ],
)
def test_what_does_not_go_is_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here("adapter", *arguments) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "\n" not in told
