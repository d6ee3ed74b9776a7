"""The person's own dictionary is heard from the voice and known to the aligner; its file is checked."""

from __future__ import annotations

import pytest

from avatar.errors import VoiceError
from avatar.io.voice.english import English, Reading
from avatar.io.voice.words import settled
from avatar.speech.align import Aligner
from avatar.speech.say_words import read


def test_the_voice_says_it_so() -> None:
    own = read({"Nguyen": "W IH1 N", "Siobhan": "shivawn"})
    reading = Reading(sayings=own)
    assert "wˈɪn" in reading("Mr. Nguyen left")
    assert reading("Siobhan.") == reading("shivawn.")
    assert reading("Nguyen left") != Reading(sayings=read({}))("Nguyen left")
    assert English(own)("Nguyen") == ("W", "IH", "N")


def test_figures_are_read_by_our_own_rules() -> None:
    reading = Reading(sayings=read({}))
    assert reading("King Charles III") == reading("King Charles the third")
    assert "zˌɪɹO" not in reading("King Charles")
    assert reading("It costs $3.50") == reading("It costs three dollars and fifty cents")


def test_a_made_up_word_is_said_somehow() -> None:
    assert len(English(read({}))("xylvanquist")) > 4


def test_the_aligner_knows_it() -> None:
    own = read({"Nguyen": "W IH1 N", "Siobhan": "shivawn", "the": "Z IY1"})
    words = Aligner(English(own), own).words("Nguyen met Siobhan at the sea")
    assert words[0].phones == ("W", "IH", "N")
    assert words[2].phones[0] == "SH"
    assert words[4].phones == ("Z", "IY"), "before the dictionary's own"


def test_the_file(tmp_path) -> None:
    path = tmp_path / "settings.toml"
    assert not settled(path).phones
    path.write_text('[voice]\nname = "heart"\n[say]\nNguyen = "W IH1 N"\n', encoding="utf-8")
    assert settled(path).sounds("Nguyen") == ("W", "IH", "N")
    for text, rule in (
        ("[say", "not TOML"),
        ('[say]\nA1 = "N N"', "/say/A1: 'N N' has no vowel"),
        ("say = 3", "must be a table"),
        ("# " + "x" * 300_000, "larger than 256 KiB"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(VoiceError, match=rule) as caught:
            settled(path)
        assert str(path) in str(caught.value)


def test_the_folder_of_settings_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("avatar.paths.config_folder", lambda: tmp_path)
    (tmp_path / "settings.toml").write_text('[say]\nNguyen = "W IH1 N"\n', encoding="utf-8")
    assert English()("Nguyen") == ("W", "IH", "N")
