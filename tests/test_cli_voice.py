"""The voice from the command line: files and standard input, settings, which voices there are, and consent."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from command_line import here


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def facts(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_a_file_and_standard_input_are_spoken(tmp_path, monkeypatch, capsys):
    text, wav = tmp_path / "vows.txt", str(tmp_path / "a.wav")
    text.write_text("\ufeffI do. I really do.", encoding="utf-8")
    assert here("speak", str(text), "--wav", wav, "--json") == 0
    said = facts(capsys)
    assert (said["sentences"], said["voice"], said["source"]) == (2, "heart", "voice")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Good evening.")))
    assert here("speak", "-", "--wav", wav, "--json") == 0
    assert facts(capsys)["phones"] == 8


def test_a_file_that_is_no_text_is_one_error(tmp_path, capsys):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"Caf\xe9")
    assert here("speak", str(path), "--wav", str(tmp_path / "a.wav")) == 2
    assert capsys.readouterr().err.strip().endswith("bad.txt: it is not UTF-8 text (byte 3)")


def test_pace_and_pause_are_heard_and_a_silent_voice_is_silent(tmp_path, capsys):
    wav = str(tmp_path / "a.wav")

    def seconds(*more: str) -> float:
        assert here("speak", "One thing. Another.", "--wav", wav, "--json", *more) == 0
        return float(str(facts(capsys)["seconds"]))

    plain = seconds()
    assert seconds("--rate", "0.6") > 1.3 * plain
    assert seconds("--pause", "1.16") == pytest.approx(plain + 1.0, abs=0.01)
    assert here("speak", "Hello.", "--voice", "none", "--visemes", str(tmp_path / "a.csv"), "--json") == 0
    silent = facts(capsys)
    assert (silent["voice"], silent["lufs"], silent["source"]) == ("none", None, "words")


def test_what_was_not_read_is_said_and_emoji_are_named_when_asked(tmp_path, capsys):
    wav = str(tmp_path / "a.wav")
    assert here("speak", "The name is 漢字, or שלום, or 漢字 🙂.", "--wav", wav, "--json") == 0
    out, error = capsys.readouterr()
    silent = json.loads(out.splitlines()[-1])
    assert silent["unread"] == ["漢字", "שלום", "漢字"]
    (line,) = [text for text in error.splitlines() if "漢字" in text]
    assert line.endswith("漢字, שלום")
    assert here("speak", "The name is 🙂.", "--wav", wav, "--json") == 0
    plain = facts(capsys)
    assert plain["unread"] == []
    assert here("speak", "The name is 🙂.", "--wav", wav, "--json", "--emoji") == 0
    named = facts(capsys)
    assert int(str(named["phones"])) > int(str(plain["phones"])) + 8
    folder = tmp_path / "config" / "presence"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("[voice]\nemoji = true\n")
    assert here("speak", "The name is 🙂.", "--wav", wav, "--json") == 0
    assert facts(capsys)["phones"] == named["phones"]
    (folder / "settings.toml").write_text("[voice]\nemoji = 1\n")
    assert here("speak", "Hello.", "--wav", wav) == 2
    assert "settings.toml at /voice/emoji: it must be true or false" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("speak", "Hello.", "--voice", "nobody"), "no voice named 'nobody' (voices: heart"),
        (("speak", "Hello.", "--language", "xx"), "no voice here speaks 'xx'"),
        (("speak", "Hello.", "--rate", "9"), "the speed of the voice is 9; it must lie between 0.5 and 2"),
        (("speak", "Hello.", "--pitch", "12"), "between -4 and 4 semitones"),
        (("run", "--voice", "nobody", "--headless", "--port", "0"), "no voice named 'nobody'"),
        (("consent", "grant", "everything", "a.example"), "no purpose 'everything'"),
        (("consent", "grant", "remote-voice", "https://a.example/"), "is no host"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(arguments, words, capsys):
    assert here(*arguments) == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if text.startswith("avatar: ")]
    assert words in line


def test_what_is_settled_holds_until_an_option_says_otherwise(tmp_path, capsys):
    folder = tmp_path / "config" / "presence"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text('[voice]\nname = "none"\n')
    wav = str(tmp_path / "a.wav")
    assert here("speak", "Hello.", "--wav", wav, "--json") == 0
    assert facts(capsys)["voice"] == "none"
    assert here("speak", "Hello.", "--wav", wav, "--voice", "heart", "--json") == 0
    assert facts(capsys)["voice"] == "heart"
    (folder / "settings.toml").write_text("[voice]\nrate = 9\n")
    assert here("speak", "Hello.", "--wav", wav) == 2
    assert "settings.toml at /voice/rate" in capsys.readouterr().err


def test_voices_are_listed_with_languages_and_licences(capsys):
    assert here("voices", "--json") == 0
    rows = {row["name"]: row for row in facts(capsys)["voices"]}
    assert rows["heart"]["installed"]
    assert rows["heart"]["licence"] == "Apache-2.0"
    assert rows["none"]["languages"] == ["*"]
    assert any(name.startswith("ja:") for name in rows)
    assert any(name.startswith("espeak") and row["licence"] == "GPL-3.0" for name, row in rows.items())
    assert here("voices", "--language", "en") == 0
    text = capsys.readouterr().out
    assert "heart" in text
    assert "ja:jf_alpha" not in text


def test_consent_is_granted_listed_and_revoked(capsys):
    assert here("consent", "list", "--json") == 0
    assert facts(capsys) == {"consents": []}
    assert here("consent", "grant", "remote-voice", "Speech.Example") == 0
    capsys.readouterr()
    assert here("consent", "list", "--json") == 0
    (row,) = facts(capsys)["consents"]
    assert (row["purpose"], row["host"]) == ("remote-voice", "speech.example")
    assert here("consent", "revoke", "remote-voice", "--json") == 0
    assert facts(capsys) == {"revoked": 1}


@pytest.mark.parametrize("verb", ["speak", "voices", "consent"])
def test_help_has_examples(verb, capsys):
    assert here(verb, "--help") == 0
    text = capsys.readouterr().out
    assert "Examples" in text
    assert f"avatar {verb}" in text
