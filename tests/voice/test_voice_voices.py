"""Voices by name: which is found for what is asked, what is said when there is none, and what a person settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.errors import UnknownVoiceError, VoiceError
from avatar.io.voice import settings as stored
from avatar.io.voice.settings import VoiceSettings
from avatar.io.voice.voices import Voices, _hibari_cache


def test_names_are_found_with_and_without_their_engine():
    voices = Voices()
    for name in (None, "heart", "hibari:heart", "Hibari", " HEART "):
        assert voices.check(name) == "heart"
    assert voices.check("none", "fr") == "none"
    assert {"heart", "none"} <= set(voices.names())
    assert voices("heart") is voices(None) is voices("hibari:heart", "en-GB")


@pytest.mark.parametrize(
    ("name", "language", "words", "field"),
    [
        ("hart", None, r"'hart'.*voices: heart.*did you mean 'heart'\?", "voice"),
        ("heart", "fr", "'heart' does not speak 'fr'", "language"),
        (None, "xx", "no voice here speaks 'xx'", "language"),
        ("remote:studio", None, "'remote:studio'", "voice"),
    ],
)
def test_one_clear_error_names_the_choices(name, language, words, field):
    with pytest.raises(UnknownVoiceError, match=words) as refused:
        Voices().check(name, language)
    assert refused.value.field == field


def test_a_voice_that_is_known_but_not_here_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(UnknownVoiceError, match=r"'emma' is not on this machine \(fetch it once"):
        Voices().check("emma")


def test_the_persons_own_choice_comes_first():
    assert Voices(VoiceSettings("none")).check(None) == "none"
    assert Voices(VoiceSettings("none")).check("heart") == "heart"
    with pytest.raises(UnknownVoiceError, match="nobody"):
        Voices(VoiceSettings("nobody")).check(None)


def test_settings_are_read_and_the_defaults_hold_without_a_file(tmp_path):
    assert stored.read(tmp_path / "absent.toml") == VoiceSettings()
    path = tmp_path / "settings.toml"
    path.write_text(
        '[other]\nx = 1\n[voice]\nname = "none"\nrate = 1.25\nbreath = false\n'
        '[voice.remote.studio]\nurl = "http://127.0.0.1:8880/v1"\nmodel = "kokoro"\n'
        '[voice.remote.away]\nurl = "https://speech.example/v1"\nkey_env = "AWAY_KEY"\n'
    )
    found = stored.read(path)
    assert (found.name, found.manner.rate, found.manner.breath, found.manner.pitch) == ("none", 1.25, False, 0.0)
    assert found.remotes["studio"].local
    assert found.remotes["studio"].model == "kokoro"
    assert (found.remotes["away"].host, found.remotes["away"].local) == ("speech.example", False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[voice]\nrate = 9", "/voice/rate: it must be a number from 0.5 to 2"),
        ("[voice]\nrate = true", "/voice/rate"),
        ("[voice]\nrate = nan", "/voice/rate"),
        ("[voice]\nspeed = 1", "/voice/speed: it is not a setting"),
        ("voice = 3", "/voice: it must be a table"),
        ('[voice]\nbreath = "yes"', "/voice/breath"),
        ("[voice", "not TOML"),
        ('[voice.remote.a]\nurl = "ftp://x/v1"', "/voice/remote/a/url"),
        ('[voice.remote.a]\nurl = "http://speech.example/v1"', "http is for this machine only"),
        ('[voice.remote.a]\nurl = "https://me:word@speech.example/v1"', "/voice/remote/a/url"),
        ('[voice.remote.a]\nurl = "https://x/v1"\nkey = "secret"', "/voice/remote/a/key: it is not a setting"),
        ('[voice.remote."../a"]\nurl = "https://x/v1"', "a server's name"),
    ],
)
def test_a_wrong_setting_is_one_error_with_file_place_and_rule(tmp_path, text, words):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(VoiceError) as refused:
        stored.read(path)
    assert str(path) in str(refused.value)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_the_list_says_of_the_house_voices_is_what_they_say_themselves(monkeypatch, tmp_path):
    from hibari.voices import VOICES, cache_dir

    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    assert Path(cache_dir()) == _hibari_cache() == tmp_path
    monkeypatch.delenv("HIBARI_HOME")
    assert Path(cache_dir()) == _hibari_cache()
    listed = {e.name: e.languages for e in Voices().entries if ":" not in e.name and e.name not in ("none", "espeak")}
    assert listed == {name: (facts["language"],) for name, facts in VOICES.items()}
